"""What the test for 特困 asks of civil affairs: who owes somebody support and can give it, and who chose 低保."""

from datetime import date
from typing import Any

import polars as pl

from registry.facts.entries import Said, of_somebody
from registry.facts.ground import Ground, facts


def obligor(ground: Ground) -> pl.DataFrame:
    """One row a person, by all live entries together: `able` where one obligor is, `unable` where every one is not,
    `none` where there is none. Told from the day of the last look at any of them."""
    by_person: dict[str, list[Said]] = {}
    for one in of_somebody(ground, "obligor"):
        by_person.setdefault(str(one.subject_id), []).append(one)
    return facts("obligor", (_together(ones) for ones in by_person.values()))


def _together(ones: list[Said]) -> dict[str, Any]:
    """Whoever is named outweighs an entry that says there is nobody."""
    named = [one for one in ones if one.values["ability"] != "none"] or ones
    able = [one for one in named if one.values["ability"] == "able"]
    decides = max(able or named, key=lambda one: (_checked(one), one.row.entry_id))
    return decides.fact(
        code=decides.values["ability"],
        count=len([one for one in named if one.values["ability"] != "none"]),
        valid_from=max(map(_checked, named)),
    )


def _checked(one: Said) -> date:
    return one.day("checked_on") or date.min


def voluntary_dibao(ground: Ground) -> pl.DataFrame:
    """Agreements that have not been ended; one that expired says so by its last day."""
    return facts(
        "voluntary-dibao",
        (
            one.fact(code="valid", valid_from=one.day("signed_on"), valid_to=one.day("ends_on"))
            for one in of_somebody(ground, "voluntary-dibao")
        ),
    )
