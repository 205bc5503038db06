"""Who is supported and with what money: persons and households, new and stopped, due, paid and returned."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import case, func, select
from sqlmodel import col

from registry.coverage.rules import COVERING
from registry.coverage.store import is_paid_on
from registry.coverage.tables import Coverage
from registry.payments.tables import Payment
from registry.persons.merges import survivors
from registry.statistics.coverage import TITLES
from registry.statistics.ground import AREA, NAME, Figures, Row, Span, Statistic, count, money, text
from registry.statistics.sums import Tally
from registry.times import Asked, believed, running

_COUNTED = (
    count("persons", "在保人数"), count("households", "在保户数"), count("whole", "其中整户保人数"),
    count("single", "其中单人保人数"), count("new", "本期新增人数"), count("stopped", "本期停止人数"),
    money("due_fen", "应发"), money("listed_fen", "清册金额"), money("paid_fen", "发放成功"),
    money("returned_fen", "退回金额"), count("returned", "退回笔数"),
)  # fmt: skip


@dataclass(frozen=True)
class _Held:
    """One period of support on a day; `person` is whoever that turned out to be."""

    area: str
    programme: str
    person: str
    household: str | None
    form: str | None
    fen: int


def _on(ground: Span, day: date) -> list[_Held]:
    """Everybody covered on the day, as known at the moment asked about."""
    asked = Asked(day, ground.known_at)
    names = ("area", "programme", "person_id", "household_id", "form", "amount_fen", "own_amount_fen")
    query = select(*(col(getattr(Coverage, name)) for name in names)).where(
        ground.inside(col(Coverage.area)),
        col(Coverage.programme).in_(sorted(COVERING)),
        *running(Coverage, asked),
        is_paid_on(day, asked),
    )
    rows = ground.session.execute(query).all()
    gone = survivors(ground.session, sorted({row.person_id for row in rows}), asked)
    return [
        _Held(
            ground.unit(row.area), row.programme, gone.get(row.person_id, row.person_id), row.household_id, row.form,
            # The amount of a household stands on the row of each member; without a household the person's own counts.
            row.amount_fen or 0 if row.household_id else (row.own_amount_fen or row.amount_fen or 0),
        )
        for row in rows
    ]  # fmt: skip


def _support(ground: Span) -> Figures:
    found = Tally(_COUNTED)
    now, then = _on(ground, ground.day), _on(ground, ground.before)
    before, after = {one.person for one in then}, {one.person for one in now}
    people, whole, single = set[str](), set[str](), set[str]()
    for key, ones in _grouped(now).items():
        persons = {one.person for one in ones}
        parts = [{one.person for one in ones if one.form == form} for form in ("household", "single")]
        found.add(
            key, persons=len(persons), new=len(persons - before), whole=len(parts[0]), single=len(parts[1]),
            households=len({one.household for one in ones} - {None}), due_fen=_due(ones),
        )  # fmt: skip
        people |= persons
        whole |= parts[0]
        single |= parts[1]
    for key, ones in _grouped(then).items():
        found.add(key, stopped=len({one.person for one in ones} - after))
    _paid(ground, found)
    figures = found.figures_by(ground, {code: _words(code, title) for code, title in TITLES.items()})
    homes = {one.household for one in now} - {None}
    once: Row = {
        "persons": len(people), "households": len(homes), "whole": len(whole), "single": len(single),
        "new": len(after - before), "stopped": len(before - after),
    }  # fmt: skip
    return Figures(figures.rows, {**(figures.total or {}), **once})


def _grouped(held: Iterable[_Held]) -> dict[tuple[str, str], list[_Held]]:
    found: dict[tuple[str, str], list[_Held]] = {}
    for one in held:
        found.setdefault((one.area, one.programme), []).append(one)
    return found


def _due(ones: Iterable[_Held]) -> int:
    """The amount of each household once, of whoever has none their own."""
    by_unit: dict[str, int] = {}
    for one in ones:
        unit = one.household or f"person:{one.person}"
        by_unit[unit] = max(one.fen, by_unit.get(unit, 0))
    return sum(by_unit.values())


def _paid(ground: Span, found: Tally) -> None:
    """The payments for the month of the day asked about."""
    child = ground.child(col(Payment.area))
    amount, said = col(Payment.amount_fen), col(Payment.bank_return)
    query = (
        select(
            child,
            col(Payment.programme),
            func.sum(amount),
            func.sum(case((said == "paid", amount), else_=0)),
            func.sum(case((said == "returned", amount), else_=0)),
            func.sum(case((said == "returned", 1), else_=0)),
        )
        .where(
            ground.inside(col(Payment.area)),
            *believed(Payment, Asked(known_at=ground.known_at)),
            col(Payment.month) == f"{ground.day:%Y-%m}",
            col(Payment.programme).in_(sorted(COVERING)),
        )
        .group_by("child", col(Payment.programme))
    )
    for code, programme, listed, paid, returned, times in ground.session.execute(query):
        told = {"listed_fen": listed, "paid_fen": paid, "returned_fen": returned, "returned": times}
        found.add((code, programme), **{name: int(value) for name, value in told.items()})


def _words(code: str, title: str) -> Row:
    return {"programme": code, "programme_name": title}


SUPPORT = Statistic(
    "support",
    "保障与资金",
    "按下一级区划和救助类别统计。在保人数、户数同“在保情况”，其中整户保、单人保按保障方式。本期新增：统计日在保、统计"
    "期开始前一日不在保的人；本期停止：统计期开始前一日在保、统计日不再在保的人（含停发）；所以合计＝上期末＋新增－停"
    "止，期内来而又去的不计，在两类之间转换的不计新增、停止。应发：统计日在保家庭的月保障金，每户一次，没有户号的按本"
    "人金额；未记金额的按 0。清册、发放成功、退回：统计日所在月份的发放清册金额、银行回盘成功和退回的金额与笔数。合计"
    "的人数、户数去重。",
    (AREA, NAME, text("programme", "类别代码"), text("programme_name", "救助类别"), *_COUNTED),
    _support,
    asks=("as_of", "since", "known_at"),
)
