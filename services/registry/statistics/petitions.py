"""Petitions and rectification: how many of a thousand people supported, how many repeated, closed, and back again."""

from collections import Counter

from sqlalchemy import select
from sqlmodel import col

from kit.scope import holds
from registry.ledger.tables import Case
from registry.registers.declaring import date_of
from registry.registers.petitions import CONFIRM, PETITION, found, supported
from registry.settings import CHINA
from registry.statistics.ground import AREA, NAME, Figures, Row, Span, Statistic, count, permille
from registry.statistics.sums import Tally, thousandths

_COLUMNS = (
    count("received", "本期信访件"), permille("per_thousand", "每千名在保对象"), count("repeats", "其中重复信访"),
    count("closed", "本期办结"), count("open", "在办"), count("overdue", "超期未办结"), count("supported", "在保人数"),
    count("problems", "本期新增整改事项"), count("problems_closed", "本期销号"), count("problems_open", "整改未销号"),
    count("relapsed", "反弹"),
)  # fmt: skip


def _petitions(ground: Span) -> Figures:
    tally = Tally(_COLUMNS)
    _received(ground, tally)
    _repeated(ground, tally)
    _problems(ground, tally)
    for unit, number in supported(ground.clerk, ground.area, ground.width).items():
        tally.add(unit, supported=number)
    figures = tally.figures(ground)
    return Figures([_rated(row) for row in figures.rows], _rated(figures.total or {}))


def _rated(row: Row) -> Row:
    return {**row, "per_thousand": thousandths(int(row["received"] or 0), int(row["supported"] or 0))}


def _received(ground: Span, tally: Tally) -> None:
    for unit, values in ground.entries(PETITION):
        came, shut, until = (date_of(values, name) for name in ("received_on", "closed_on", "answer_by"))
        if came is None or came > ground.day:
            continue
        waits = shut is None or shut > ground.day
        tally.add(
            unit, received=int(ground.holds(came)), closed=int(ground.holds(shut)), open=int(waits),
            overdue=int(waits and until is not None and until < ground.day),
        )  # fmt: skip


def _repeated(ground: Span, tally: Tally) -> None:
    """Those of the period a human said repeat an earlier one, each once."""
    pairs = (pair.second for pair in found(ground.clerk)[0] if pair.decision == CONFIRM)
    later = {row.entry_id: row.area for row, said in pairs if ground.holds(date_of(said.values, "received_on"))}
    mine = Counter(ground.unit(area) for area in later.values() if holds(ground.caller, ground.area, area))
    for unit, number in mine.items():
        tally.add(unit, repeats=number)


def _problems(ground: Span, tally: Tally) -> None:
    """Cases opened by hand: the list of problems, each crossed off once it is put right."""
    query = select(col(Case.area), col(Case.opened_on), col(Case.closed_at), col(Case.relapsed)).where(
        ground.inside(col(Case.area)), col(Case.origin) == "hand", col(Case.opened_on) <= ground.day
    )
    for area, opened, closed, relapsed in ground.session.execute(query):
        shut = None if closed is None else closed.astimezone(CHINA).date()
        tally.add(
            ground.unit(area), problems=int(ground.holds(opened)), problems_closed=int(ground.holds(shut)),
            problems_open=int(shut is None or shut > ground.day), relapsed=int(relapsed),
        )  # fmt: skip


PETITIONS = Statistic(
    "petitions",
    "信访与整改",
    "按下一级区划统计。信访件：收件日期在统计期内的社会救助信访件；每千名在保对象＝本期信访件÷统计日在保人数×1000。重"
    "复信访：其中经人工确认与以前的信访同人同事的。本期办结按办结日期；在办：统计日以前收到、统计日未办结；超期：在办"
    "且过了办理期限。整改事项：人工开立的台账事项（问题清单），按开立、办结日期计入本期；反弹：办结后重新打开，或同一"
    "对象在同一地方曾经办结又再开立的，为累计数。",
    (AREA, NAME, *_COLUMNS),
    _petitions,
    asks=("as_of", "since"),
)
