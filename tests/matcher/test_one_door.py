"""A household is one card, one case and one visit, whatever place each of its rows names."""

import polars as pl
import pytest

from matcher.flows.know_subjects import at_one_door
from matcher.frames import PERSON, conform

COUNTY, VILLAGE, OTHER, THIRD = "640499000000", "640499201201", "640499202201", "640499203201"


def persons(*rows: tuple[str, str | None, str]) -> pl.DataFrame:
    """subject, household, area of everybody who lives there."""
    columns = {"subject_id": [row[0] for row in rows], "household_key": [row[1] for row in rows]}
    return conform(pl.DataFrame({**columns, "area": [row[2] for row in rows]}), PERSON)


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
    assert at_one_door(lived)["area"].to_list() == [door] * len(areas)


def test_people_without_a_household_stay_where_they_are() -> None:
    lived = persons(("a", None, VILLAGE), ("b", None, OTHER), ("c", "F002", THIRD), ("d", None, VILLAGE))
    assert at_one_door(lived)["area"].to_list() == [VILLAGE, OTHER, THIRD, VILLAGE]
