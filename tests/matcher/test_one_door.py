"""A household is one card, one case and one visit, whatever place each of its rows names."""

import polars as pl
import pytest

from matcher.flows.write_leads import at_one_door
from matcher.frames import PERSON, conform
from matcher.leads.store import Wanted

COUNTY, VILLAGE, OTHER, THIRD = "640499000000", "640499201201", "640499202201", "640499203201"


def persons(*rows: tuple[str, str | None, str]) -> pl.DataFrame:
    """subject, household, area of everybody who lives there."""
    columns = {"subject_id": [row[0] for row in rows], "household_key": [row[1] for row in rows]}
    return conform(pl.DataFrame({**columns, "area": [row[2] for row in rows]}), PERSON)


def wanted(area: str, household: str | None = "F001", subject: str = "s") -> Wanted:
    return Wanted(
        subject_id=subject, registered=False, household_key=household, area=area, residence=None, tier="必访",
        grade="certain", sources=[], doubts=[], snapshot={}, hits=[],
    )  # fmt: skip


@pytest.mark.parametrize(
    ("areas", "door"),
    [
        ((VILLAGE, OTHER, VILLAGE), VILLAGE),
        ((OTHER, VILLAGE), VILLAGE),  # undecided: the smallest code, whoever comes first
        ((COUNTY, COUNTY, THIRD), THIRD),  # the county's own list only says that nobody knows
        ((COUNTY, COUNTY), COUNTY),
    ],
)
def test_the_leads_of_a_household_go_to_the_place_most_of_them_name(areas: tuple[str, ...], door: str) -> None:
    lived = persons(*((str(place), "F001", area) for place, area in enumerate(areas)))
    listed = [wanted(areas[0], subject="0")]  # who of them is listed does not matter: the door stays when one goes
    assert [one.area for one in at_one_door(listed, lived)] == [door]


def test_people_without_a_household_stay_where_they_are() -> None:
    lived = persons(("a", None, VILLAGE), ("b", None, OTHER), ("c", "F002", THIRD), ("d", None, VILLAGE))
    listed = [wanted(VILLAGE, None, "a"), wanted(OTHER, None, "b"), wanted(THIRD, "F002", "c")]
    found = at_one_door(listed, lived)
    assert [one.area for one in found] == [VILLAGE, OTHER, THIRD]
