"""From a visit that found somebody entitled to the first money: how many of them, and how many days after the clue."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlmodel import col

from registry.coverage.amounts import month_end
from registry.coverage.tables import Coverage
from registry.ledger.outcome_codes import OUTCOMES
from registry.ledger.tables import Case, CaseItem
from registry.payments.tables import Payment
from registry.statistics.ground import AREA, NAME, Figures, Row, Span, Statistic, count, days, share, text
from registry.statistics.sums import Tally, median_of
from registry.times import Asked, believed

BULK = 500
CODES = ("02", "03")  # what is paid month by month
_COUNTED = (
    count("verified", "本期核定符合人数"), count("paid", "本期首次发放人数"),
    count("verified_ever", "累计核定符合人数"), count("paid_ever", "累计已发放人数"),
    share("paid_share", "累计发放率"),
)  # fmt: skip


@dataclass(frozen=True)
class _Found:
    """Somebody a visit found entitled: where, to what, the day of the clue and of the answer."""

    unit: str
    code: str
    person: str | None
    clue: date
    reported: date


def _first_pay(ground: Span) -> Figures:
    found = _entitled(ground)
    first = _first_days(ground, [one for one in found if one.person])
    counted, spent = Tally(_COUNTED, {"paid_share": ("paid_ever", "verified_ever")}), dict[tuple[str, str], list[int]]()
    for one in found:
        day = first.get((one.person or "", one.code))
        paid = day is not None and day <= ground.day
        now = ground.holds(day)
        counted.add(
            (one.unit, one.code), verified=int(ground.holds(one.reported)), paid=int(now), verified_ever=1,
            paid_ever=int(paid),
        )  # fmt: skip
        if now and day is not None:
            spent.setdefault((one.unit, one.code), []).append((day - one.clue).days)
    figures = counted.figures_by(ground, {code: _words(code) for code in CODES})
    for row in figures.rows:
        row["days"] = median_of(spent.get((str(row["area"])[: ground.width], str(row["code"])), ()))
    every = [value for values in spent.values() for value in values]
    return Figures(figures.rows, {**(figures.total or {}), "days": median_of(every)})


def _words(code: str) -> Row:
    return {"code": code, "code_title": OUTCOMES[code].title}


def _entitled(ground: Span) -> list[_Found]:
    """Answers that hold, of everybody until the day; reported once more, they count from then."""
    person = func.coalesce(col(CaseItem.stated_person_id), col(CaseItem.person_id))
    query = (
        select(col(Case.area), col(CaseItem.code), person, col(Case.opened_on), col(CaseItem.reported_on))
        .join(Case, col(Case.case_id) == col(CaseItem.case_id))
        .where(ground.inside(col(Case.area)), col(CaseItem.code).in_(CODES), col(CaseItem.reported_on) <= ground.day)
    )
    return [
        _Found(ground.unit(area), code, who, clue, reported)
        for area, code, who, clue, reported in ground.session.execute(query)
    ]


def _first_days(ground: Span, found: Sequence[_Found]) -> dict[tuple[str, str], date]:
    """(person, code) → the day of the first payment of a programme the code leads to, not before the clue: through the
    household a payment names, or to the person."""
    clues = {(str(one.person), one.code): one.clue for one in found}
    people = sorted({who for who, _ in clues})
    homes = _homes(ground, people)
    units = {home for ones in homes.values() for home, _ in ones}
    paid = [*_payments(ground, Payment.person_id, people), *_payments(ground, Payment.household_id, sorted(units))]
    by_unit: dict[str, list[Payment]] = {}
    for one in paid:
        for unit in {one.person_id if one.household_id is None else None, one.household_id} - {None}:
            by_unit.setdefault(str(unit), []).append(one)
    made: dict[tuple[str, str], date] = {}
    for (who, code), clue in clues.items():
        programmes = OUTCOMES[code].programmes
        mine = [home for home, programme in homes.get(who, ()) if programme in programmes]
        told = (one for unit in (who, *mine) for one in by_unit.get(unit, ()) if one.programme in programmes)
        since = [_day(one) for one in told if one.month >= f"{clue:%Y-%m}" and _day(one) >= clue]
        if since:
            made[who, code] = min(since)
    return made


def _homes(ground: Span, people: Sequence[str]) -> Mapping[str, list[tuple[str, str]]]:
    """Person → (household, programme) of whatever they hold or held."""
    found: dict[str, list[tuple[str, str]]] = {}
    for part in _parts(people):
        query = select(col(Coverage.person_id), col(Coverage.household_id), col(Coverage.programme)).where(
            col(Coverage.person_id).in_(part),
            col(Coverage.household_id).is_not(None),
            *believed(Coverage, Asked(known_at=ground.known_at)),
        )
        for who, home, programme in ground.session.execute(query):
            found.setdefault(who, []).append((home, programme))
    return found


def _payments(ground: Span, column: object, ids: Sequence[str]) -> Iterable[Payment]:
    for part in _parts(ids):
        query = select(Payment).where(
            col(column).in_(part),
            *believed(Payment, Asked(known_at=ground.known_at)),
            col(Payment.bank_return) != "returned",
            col(Payment.amount_fen) > 0,
        )
        yield from ground.session.execute(query).scalars()


def _parts(ids: Sequence[str]) -> Iterable[Sequence[str]]:
    return (ids[start : start + BULK] for start in range(0, len(ids), BULK))


def _day(one: Payment) -> date:
    """When it was paid; where the list does not say, by the end of the month it is for."""
    return one.paid_on or month_end(date.fromisoformat(f"{one.month}-01"))


FIRST_PAY = Statistic(
    "first-pay",
    "核定到首次发放",
    "按事项所属下一级区划和核查结果（符合低保、符合特困）统计。核定符合：现行核查结果为该类的对象，按报告日计入本期，"
    "累计为统计日以前全部。首次发放：其中本人或所在户领到第一笔相应救助金（银行退回的不算；发放月份、日期不早于立项的"
    "）的，按发放日期计入本期，清册未记日期的按发放月份最后一天。累计发放率＝累计已发放÷累计核定符合。用时：本期首次发"
    "放的对象从立项到发放的天数，取中位数。核查结果本身不产生保障，尚未关联到登记人员的计为未发放。",
    (
        AREA,
        NAME,
        text("code", "结果代码"),
        text("code_title", "核查结果"),
        *_COUNTED,
        days("days", "立项到首次发放用时"),
    ),
    _first_pay,
    asks=("as_of", "since", "known_at"),
)
