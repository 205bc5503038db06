"""Temporary aid, applications, and what a township paid out of its reserve against the rules (E7–E10)."""

from collections import Counter
from collections.abc import Hashable, Iterator
from typing import Any

import polars as pl

from registry.facts.entries import Said, live, of_somebody
from registry.facts.ground import Ground, facts
from registry.registers.declared.application import DECIDED, OPEN
from registry.registers.declared.codes import PROGRAMMES
from registry.registers.declared.reserve_fund import OVER, REPEATED
from registry.registers.declared.reserve_fund import REGISTER as RESERVE
from registry.registers.declared.temporary_aid import CAUSES
from registry.registers.declaring import Alike, ByStandard

TYPES = {"emergency": "emergency", "expense": "expenditure"}
AID, FUND = "temporary-aid", "reserve-fund"


def temporary_aid(ground: Ground) -> pl.DataFrame:
    """Aid by the register: `emergency-granted`, `expenditure-declined`, `emergency-open` … by the day it was granted,
    else declined, else the clue came."""
    return facts(AID, (_aid(one) for one in of_somebody(ground, AID)))


def _aid(one: Said) -> dict[str, Any]:
    aided, declined = one.day("aided_at"), one.day("declined_on")
    state = "granted" if aided else "declined" if declined else "open"
    return one.fact(
        text=CAUSES[one.values["cause"]],
        code=f"{TYPES[one.values['type']]}-{state}",
        number=_yuan(one),
        valid_from=aided or declined or one.day("clue_at"),
    )


def application(ground: Ground) -> pl.DataFrame:
    """Applications that wait, and decided ones; what was withdrawn is neither."""
    return facts(
        "application",
        (
            one.fact(
                text=PROGRAMMES[one.values["programme"]],
                code="open" if one.values["state"] in OPEN else "decided",
                valid_from=one.day("applied_on"),
                valid_to=one.day("decided_on"),
            )
            for one in of_somebody(ground, "application")
            if one.values["state"] in OPEN | DECIDED
        ),
    )


def reserve_payment(ground: Ground) -> pl.DataFrame:
    """Payments over the township's tier, without receipt or papers, or again to the same person within a year."""
    entries = live(ground, FUND)
    unfinished = {one.values["number"] for one in live(ground, AID) if one.row.due_on is not None}
    known = {one.values["number"] for one in live(ground, AID)}
    (over,) = (one for one in RESERVE.beside if isinstance(one, ByStandard) and one.reason is OVER)
    (again,) = (one for one in RESERVE.beside if isinstance(one, Alike) and one.reason is REPEATED)
    times: Counter[Hashable] = Counter(key for one in entries if (key := again.key(one.values)) is not None)
    return facts("reserve-payment", _doubted(ground, entries, (over, again, times, unfinished, known)))


def _doubted(ground: Ground, entries: list[Said], by: tuple[Any, ...]) -> Iterator[dict[str, Any]]:
    over, again, times, unfinished, known = by
    for one in entries:
        if one.subject_id is None or one.values["kind"] != "payment":
            continue
        number, often = one.values.get("aid_number"), times[again.key(one.values)]
        bare = one.values.get("receipt") is None or number not in known or number in unfinished
        codes = {
            "over-tier": over.holds(one.values, ground.clerk.limit(one.row.area)),
            "incomplete": bare,
            "repeated": often > 1,
        }
        for code in (name for name, holds in codes.items() if holds):
            yield one.fact(
                code=code,
                number=_yuan(one),
                count=often,
                about=ground.token("town", one.row.area[:9]),
                valid_from=one.day("booked_on"),
            )


def _yuan(one: Said) -> float | None:
    fen = one.values.get("amount")
    return None if fen is None else fen / 100
