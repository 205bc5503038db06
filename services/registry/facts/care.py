"""Agreements on care, wishes for a place, and assessments of self-care (A1, A2, E15, E16)."""

from collections.abc import Iterator, Mapping
from typing import Any

import polars as pl

from registry.facts.entries import Said, of_somebody
from registry.facts.ground import Ground, facts
from registry.registers.catalogue import REGISTERS
from registry.registers.declared.codes import SELF_CARE
from registry.registers.declared.self_care_assessment import ITEMS

AGREEMENT = "care-agreement"
# What A2 asks of an agreement: what the form demands, and the basic particulars of both that it leaves open.
WHOLE = (
    *(one.name for one in REGISTERS[AGREEMENT].fields if one.needed), "beneficiary_address", "carer_relation",
)  # fmt: skip
GRADES = {"full": "full", "partial": "partly", "none": "none"}


def care_agreement(ground: Ground) -> pl.DataFrame:
    """Agreements that have not ended; one that expired says so by its last day."""
    return facts(
        "care-agreement",
        (
            one.fact(
                text=one.values["carer"]["name"],
                code="complete" if all(one.values.get(name) for name in WHOLE) else "incomplete",
                valid_from=one.day("begins_on"),
                valid_to=one.day("ends_on"),
            )
            for one in of_somebody(ground, AGREEMENT)
        ),
    )


def wish_of(values: Mapping[str, Any]) -> str:
    """wants, unwilling, placed; `undecided` where somebody was asked and does not know."""
    if values.get("placed_on") is not None:
        return "placed"
    return {"institution": "wants", "home": "unwilling"}.get(values["wish"], "undecided")


def placement_wish(ground: Ground) -> pl.DataFrame:
    """集中供养意愿."""
    return facts(
        "placement-wish",
        (
            one.fact(code=wish_of(one.values), valid_from=one.day("asked_on"), valid_to=one.day("placed_on"))
            for one in of_somebody(ground, "placement-wish")
        ),
    )


def self_care(ground: Ground) -> pl.DataFrame:
    """The last assessment of each; a next one is due only where a change was reported."""
    return facts(
        "self-care",
        (
            one.fact(
                text=SELF_CARE[one.values["grade"]],
                code=GRADES[one.values["grade"]],
                count=[one.values.get(name) for name in ITEMS].count(False),
                valid_from=one.day("assessed_on"),
                valid_to=one.row.due_on,
            )
            for one in of_somebody(ground, "self-care-assessment")
        ),
    )


def self_care_change(ground: Ground) -> pl.DataFrame:
    """Changes that were reported and not yet assessed."""
    return facts(
        "self-care-change",
        (one.fact(valid_from=one.day("change_reported_on"), valid_to=one.row.due_on) for one in _waiting(ground)),
    )


def _waiting(ground: Ground) -> Iterator[Said]:
    return (one for one in of_somebody(ground, "self-care-assessment") if one.row.due_on is not None)
