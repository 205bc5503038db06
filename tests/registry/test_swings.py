"""Entries and exits that stand out, by a table of both sides of each boundary; and nobody counted who only changed."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.money.swings import Parameters, Period, Stretch, anomalies, before, stretches
from tests.registry.house import COUNTY, TOWN, House
from tests.registry.test_coverage_entry import done, entered, person
from tests.registry.test_register_whole import areas
from tests.tables import table

CASES: list[dict[str, Any]] = table(Path(__file__).parent / "swings.yaml")
MONTH, LONG = "2021-05", date(2015, 1, 1)
TOLD = Parameters(months=6, percent=200, least=5, mass=10, mass_percent=30, villages=3)
VILLAGE = "640499100201"


def people(number: int, village: str, start: date, end: date | None) -> list[Stretch]:
    return [Stretch("", village, village, start, end) for _ in range(number)]


def ground(case: dict[str, Any]) -> list[Stretch]:
    found: list[Stretch] = []
    for month, number in zip(before(MONTH, 6), case["before"], strict=True):
        # In a village of their own, so that they alter no share.
        found += people(number, "640499100999", LONG, date.fromisoformat(f"{month}-28"))
    for village, number in case["exits"].items():
        found += people(number, village, LONG, date(2021, 5, 31))
    for village, number in case.get("entries", {}).items():
        found += people(number, village, date(2021, 5, 1), None)
    for village, number in case["held"].items():
        found += people(number, village, LONG, None)
    return found


@pytest.mark.parametrize("case", CASES, ids=lambda one: one["what"])
def test_a_month_stands_out_on_one_side_of_each_boundary_only(case: dict[str, Any]) -> None:
    found = anomalies(ground(case), MONTH, TOLD)
    assert [f"{one.code} {one.area} {one.count}" for one in found] == case["found"]


DAY = st.integers(0, 60).map(lambda days: date(2021, 1, 1) + timedelta(days=days))
PERIODS = st.lists(
    st.tuples(st.sampled_from("ab"), DAY, st.none() | st.integers(0, 30)).map(
        lambda one: Period(one[0], VILLAGE, one[1], None if one[2] is None else one[1] + timedelta(days=one[2]))
    ),
    max_size=8,
)


@given(PERIODS)
def test_stretches_cover_the_same_days_as_the_periods_and_never_touch(periods: list[Period]) -> None:
    last = date(2021, 6, 1)

    def days(ones: list[Any], who: str) -> set[date]:
        return {
            one.start + timedelta(days=at)
            for one in ones
            if one.person == who
            for at in range(((one.end or last) - one.start).days + 1)
        }

    found = stretches(periods)
    for who in "ab":
        assert days(found, who) == days(periods, who)
        mine = sorted((one for one in found if one.person == who), key=lambda one: one.start)
        for one, after in zip(mine, mine[1:], strict=False):  # noqa: RUF007 - the last has no next
            assert one.end is not None
            assert after.start > one.end + timedelta(days=1)


def test_the_months_before_cross_the_new_year() -> None:
    assert before("2021-02", 3) == ["2020-11", "2020-12", "2021-01"]


def swings(house: House, **asked: str) -> dict[str, Any]:
    who = {"area": asked.pop("caller")} if "caller" in asked else {}
    answer = house.call("GET", "/exits/anomalies", "registry:read", params=asked, **who)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_going_over_is_no_exit_and_the_settings_say_what_stands_out(house: House) -> None:
    areas(house)
    for at in range(4):
        who = person(house, f"人{at}")
        one = entered(house, who, start="2020-01-01")
        done(house, one, "end", on="2021-04-30", reason="other-programme")
        if at == 0:
            entered(house, who, programme="dibao-urban", start="2021-05-01")
    found = swings(house, month="2021-04")
    assert (found["rows"][-1]["month"], found["rows"][-1]["exits"], found["anomalies"]) == ("2021-04", 3, [])
    house.told(swing_least=3, mass_exits=3, mass_exit_percent=75)
    codes = [
        (one["code"], one["area"], one["count"], one["baseline"]) for one in swings(house, month="2021-04")["anomalies"]
    ]
    assert codes == [("exits-surge", COUNTY, 3, 0.0), ("mass-exit", COUNTY, 3, None)]
    house.told(mass_exit_percent=76)
    assert [one["code"] for one in swings(house, month="2021-04")["anomalies"]] == ["exits-surge"]
    assert swings(house, month="2021-04", area=TOWN)["rows"] == []
    assert swings(house, month="2021-04", caller=TOWN)["anomalies"] == []
