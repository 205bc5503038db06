"""Statistics as pure functions of frames: what a screening counts, what agencies supply, divisions below an area."""

from datetime import date
from typing import Any

import polars as pl
import pytest

from matcher.flows.count_people import count_people
from matcher.statistics.figure import Measure, by_area, child_width, children
from matcher.statistics.ground import Asked
from matcher.statistics.supply import Known, Period, supply

COUNTY, GREEN, POPLAR = "640499000000", "640499100000", "640499200000"
WILLOW, APRICOT = "640499100201", "640499200201"


def scene(**rows: list[Any]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema_overrides={"card_grade": pl.Int64, "doubled_where": pl.String})


def test_a_screening_counts_cards_by_what_covers_and_double_cover_by_where() -> None:
    people = scene(
        subject_id=list("abcdef"), area=[WILLOW, WILLOW, APRICOT, APRICOT, APRICOT, COUNTY], registered=[True] * 6,
        covered=[True, False, True, True, True, False], dead=[False, False, False, False, True, False],
        programme=["dibao-rural", None, "tekun-home", "dibao-rural", "dibao-rural", None],
        card_class=["6", "6", None, "1", "1", None], card_grade=[1, 1, None, None, 2, None],
        doubled=[False, False, True, True, True, False],
        doubled_where=[None, None, "two-counties", "same-county", "two-counties", None],
        severe=[True, True, False, False, True, False], serious=[False] * 6, monitored=[False] * 5 + [True],
    )  # fmt: skip
    counted = count_people(
        people, pl.DataFrame(schema={"subject_id": pl.String, "screen": pl.String, "kind": pl.String})
    )
    total = counted["total"]
    assert total["cards"] == {"6-1": {"dibao-rural": 1, "uncovered": 1}, "1-": {"dibao-rural": 1}}
    assert total["doubled"] == {"two_counties": 1, "same_county": 1}, "the dead are covered by nothing twice"
    assert total["groups"] == {"severe": [2, 1], "monitored": [1, 0], "any": [3, 1]}
    assert counted["640499200"]["groups"] == {}
    assert counted["640499100"]["cards"] == {"6-1": {"dibao-rural": 1, "uncovered": 1}}
    assert counted["640499000"]["groups"]["monitored"] == [1, 0]


# ---- supply

ONE_FEED = [{"feed": "f", "title": "数据", "agency": "a", "agency_zh": "部门", "freshness_days": 10}]


@pytest.mark.parametrize(
    ("extracted", "delivered", "late"),
    [
        (date(2021, 5, 21), date(2021, 5, 25), 0),  # ten days old on the last day of May
        (date(2021, 5, 20), date(2021, 5, 25), 1),
        (None, date(2021, 5, 21), 0),  # not said: of the day it came
        (date(2021, 5, 21), date(2021, 5, 27), 1),  # came a day after the period had begun
    ],
)
def test_a_feed_is_on_time_while_no_day_of_the_period_finds_it_older_than_agreed(
    extracted: date | None, delivered: date, late: int
) -> None:
    came = [{"feed": "f", "agency": "a", "area": COUNTY, "extracted_at": extracted, "delivered_on": delivered}]
    period = Period(date(2021, 5, 26), date(2021, 5, 31))
    (row,) = supply(ONE_FEED, came, Known({}, {}), period).rows
    assert (row["late_days"], row["on_time"], row["agreed"]) == (late, int(not late), 1)


def test_what_never_came_is_late_every_day_and_what_is_asked_is_counted_beside() -> None:
    links = {"f": {"records": 8, "certain": 5, "probable": 1, "open_reviews": 3}}
    known = Known(links, {"f": Asked(4, 3, 1)})
    found = supply(ONE_FEED, [], known, Period(date(2021, 5, 1), date(2021, 5, 31)))
    (row,) = found.rows
    assert (row["late_days"], row["on_time_share"], row["matched_share"]) == (31, 0.0, 0.75)
    assert [row[name] for name in ("doubts", "corrections", "answered", "answered_share", "overdue")] == [
        3,
        4,
        3,
        0.75,
        1,
    ]
    assert found.total is not None
    assert found.total["matched_share"] == 0.75


# ---- divisions


@pytest.mark.parametrize(
    ("area", "width"),
    [("000000000000", 2), ("640000000000", 4), ("640400000000", 6), (COUNTY, 9), (GREEN, 12), (WILLOW, 12)],
)
def test_the_divisions_below_are_told_apart_by_so_many_digits(area: str, width: int) -> None:
    assert child_width(area) == width


def test_rows_are_the_divisions_below_and_what_nobody_placed() -> None:
    places = pl.DataFrame({"code": [COUNTY, GREEN, POPLAR, WILLOW], "name": ["安宁县", "青石镇", "白杨乡", "柳树村"]})
    assert children(places, COUNTY) == {COUNTY: "安宁县", GREEN: "青石镇", POPLAR: "白杨乡"}
    counts = pl.DataFrame({"area": [COUNTY, GREEN, "640499300000"], "people": [1, 2, 3]})
    rows, total = by_area([counts], [Measure("people", "人数"), Measure("unknown", "不知")], COUNTY, places)
    assert [(row["area_name"], row["people"], row["unknown"]) for row in rows] == [
        ("安宁县（本级）", 1, None),
        ("青石镇", 2, None),
        ("白杨乡", 0, None),
        ("640499300000", 3, None),
    ]
    assert total == {"people": 6, "unknown": None}
