"""Phasing out of 低保 (E1–E3): what the standards of the area say of it on that day."""

from datetime import date
from typing import Any

from sqlmodel import Session

from registry.coverage.amounts import WHOLE, benefit, month_end, next_month, phase_out_days, phases_out
from registry.coverage.problems import CoverageUnfit, NotOwed, PhaseOutMonths, PhaseOutUnfit, StandardMissing
from registry.coverage.rules import DIBAO
from registry.coverage.tables import Coverage
from registry.coverage.write_schemas import PhaseOutIn, RequalifyIn
from registry.standards.kinds import KINDS
from registry.standards.store import Standards, of_area


def begun(session: Session, row: Coverage, body: PhaseOutIn) -> dict[str, Any]:
    """The terms of a phase-out decided that day.

    Raises CoverageUnfit, StandardMissing, PhaseOutMonths, PhaseOutUnfit.
    """
    _running(row, body.decided_on)
    if row.phase_out_from is not None and body.decided_on <= (row.phase_out_until or date.max):
        raise CoverageUnfit(reason="已在渐退期或已决定渐退")
    known, day = of_area(session, row.area), body.decided_on
    least, most = (_value(known, f"phase-out-months-{name}", day) for name in ("least", "most"))
    if not least <= body.months <= most:
        raise PhaseOutMonths(least=least, most=most)
    standard, factor = _value(known, row.programme, day), _value(known, "phase-out-factor", day)
    if not phases_out(standard, body.income_per_head_fen, factor):
        raise PhaseOutUnfit(standard_fen=standard, factor=f"{factor / WHOLE:g}")
    begins, ends = phase_out_days(day, body.months)
    if row.end is not None and row.end < ends:
        raise CoverageUnfit(reason="渐退期超出停保年月")
    return {"phase_out_from": begins, "phase_out_until": ends}


def ended(session: Session, row: Coverage, body: RequalifyIn) -> dict[str, Any]:
    """The terms from next month on of somebody who meets the conditions again.

    Raises CoverageUnfit, StandardMissing, NotOwed.
    """
    _running(row, body.decided_on)
    if row.phase_out_from is None or body.decided_on > (row.phase_out_until or date.max):
        raise CoverageUnfit(reason="不在渐退期")
    people = body.people or row.covered_count
    if people is None:
        raise CoverageUnfit(reason="没有保障人数，请写 people")
    known, from_then = of_area(session, row.area), next_month(body.decided_on)
    standard = _value(known, row.programme, from_then)
    amount = benefit(standard, people, body.income_fen, _value(known, "amount-step", from_then))
    if amount == 0:
        raise NotOwed(standard_fen=standard, people=people)
    begun_already = row.phase_out_from <= body.decided_on
    return {
        "phase_out_from": row.phase_out_from if begun_already else None,
        "phase_out_until": month_end(body.decided_on) if begun_already else None,
        "amount_fen": amount,
        "covered_count": people,
    }


def _running(row: Coverage, day: date) -> None:
    if row.programme not in DIBAO:
        raise CoverageUnfit(reason="只有低保有渐退期")
    if not (row.start <= day <= (row.end or date.max)):
        raise CoverageUnfit(reason="决定日不在保障期内")


def _value(known: Standards, kind: str, day: date) -> int:
    value = known.value(kind, day)
    if value is None:
        raise StandardMissing(area=known.area, on=day.isoformat(), kind=KINDS[kind].zh)
    return value
