"""Temporary aid: how often and how much, whether within its hours; and what each township's reserve fund holds."""

from collections import Counter
from datetime import datetime, time

from registry.money.clock import clock_of
from registry.money.reserve import Movement, balances
from registry.registers import store
from registry.registers.api import subtree
from registry.registers.declared.reserve_fund import IN
from registry.registers.declaring import Values, date_of
from registry.registers.telling import contents
from registry.settings import moment, today
from registry.statistics.ground import AREA, NAME, Figures, Row, Span, Statistic, count, money, share
from registry.statistics.sums import Tally
from registry.times import Asked

AID, FUND = "temporary-aid", "reserve-fund"
_AID = (
    count("times", "救助次数"), count("people", "救助人数"), money("fen", "救助金额"),
    count("emergencies", "急难型线索"), count("met", "按时限先行救助"), count("broken", "超过时限"),
    count("running", "时限未到"), share("met_share", "按时限率"),
)  # fmt: skip


def _temporary_aid(ground: Span) -> Figures:
    found, decided = Tally(_AID), Counter[str]()
    people: dict[str, set[str]] = {}
    for unit, values in ground.entries(AID):
        if ground.holds(date_of(values, "aided_at")):
            found.add(unit, times=1, fen=values.get("amount", 0))
            people.setdefault(unit, set()).add(_who(values))
        if (state := _clock(ground, values)) is not None:
            found.add(unit, emergencies=1, **{state: 1})
            decided[unit] += state != "running"
    for unit, whom in people.items():
        found.add(unit, people=len(whom))
    figures = found.figures(ground)
    rows = [_with_share(row) for row in figures.rows]
    total: Row = {**(figures.total or {}), "people": len(set().union(*people.values()))}
    return Figures(rows, _with_share(total))


def _who(values: Values) -> str:
    said = values["recipient"]
    return str(said.get("person_id") or said.get("id_number") or said["name"])


def _clock(ground: Span, values: Values) -> str | None:
    """How the clock stood at the end of the day asked about, of an emergency whose clue came in the period."""
    if not ground.holds(date_of(values, "clue_at")):
        return None
    settings = ground.desk.settings
    at = moment(settings) if ground.day >= today(settings) else datetime.combine(ground.day, time.max)
    known = {**values} if (date_of(values, "aided_at") or ground.day) <= ground.day else {**values, "aided_at": None}
    clock = clock_of(known, at, settings.aid_first_hours)
    return None if clock is None else clock.state


def _with_share(row: Row) -> Row:
    met, broken = int(row["met"] or 0), int(row["broken"] or 0)
    return {**row, "met_share": round(met / (met + broken), 4) if met + broken else None}


TEMPORARY_AID = Statistic(
    "temporary-aid",
    "临时救助",
    "按下一级区划统计临时救助登记簿。救助次数、金额：首次救助时间在统计期内的登记及其金额；救助人数按人去重。急难型线"
    "索：线索时间在统计期内、未决定不予救助的急难型登记；按时限：线索后规定小时数（默认 24 小时）内已救助的，超过时限"
    "：到时未救助或晚于时限救助的，其余为时限未到。按时限率＝按时限÷（按时限＋超过时限）。",
    (AREA, NAME, *_AID),
    _temporary_aid,
    asks=("as_of", "since", "known_at"),
)

_FUND = (
    count("funds", "备用金数"), money("opening_fen", "期初结存"), money("in_fen", "本期收入"),
    money("paid_fen", "其中救助支出"), money("out_fen", "本期支出"), money("closing_fen", "期末结存"),
    count("payments", "救助支出笔数"), count("overdrawn", "结存为负的"),
)  # fmt: skip


def _reserve_funds(ground: Span) -> Figures:
    found = Tally(_FUND)
    rows = store.live(ground.clerk, FUND, subtree(ground.area), Asked(known_at=ground.known_at))
    booked = [Movement(row.area, content.values) for row, content in contents(ground.clerk, rows)]
    opening, closing = balances(booked, ground.before), balances(booked, ground.day)
    for (area, fund), fen in closing.items():
        found.add(
            ground.unit(area), funds=1, opening_fen=opening.get((area, fund), 0), closing_fen=fen,
            overdrawn=int(fen < 0),
        )  # fmt: skip
    for one in booked:
        values = one.values
        if ground.holds(date_of(values, "booked_on")):
            amount, payment = values["amount"], values["kind"] == "payment"
            came = {"in_fen": amount} if values["kind"] in IN else {"out_fen": amount}
            found.add(ground.unit(one.of[0]), **came, paid_fen=amount * payment, payments=int(payment))
    return found.figures(ground)


RESERVE_FUNDS = Statistic(
    "reserve-funds",
    "临时救助备用金",
    "按下一级区划统计临时救助备用金台账。期末结存＝期初结存＋本期收入－本期支出，到分。收入含期初登记、拨入、其他收入"
    "、退回；支出含救助支出、上缴。结存为负的：期末结存小于零的备用金个数。",
    (AREA, NAME, *_FUND),
    _reserve_funds,
    asks=("as_of", "since", "known_at"),
)
