"""The quarter's bulletin: numbers and typical cases in which nobody can be recognised."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.views.bulletin import Finding, counted, quarter_days, typical
from tests.registry.cases import put, reported, taken_over
from tests.registry.house import COUNTY, OTHER_COUNTY, House

CODES = st.sampled_from(["02", "08", "09", "10"])
FOUND = st.lists(
    st.builds(Finding, st.just("missed"), CODES, st.just(("uncovered-serious-illness",)), st.integers(1, 60))
)


@pytest.mark.parametrize(
    ("quarter", "days"),
    [
        ("2021Q1", ("2021-01-01", "2021-03-31")), ("2021Q2", ("2021-04-01", "2021-06-30")),
        ("2021Q4", ("2021-10-01", "2021-12-31")), ("2024Q1", ("2024-01-01", "2024-03-31")),
    ],
)  # fmt: skip
def test_a_quarter_has_its_days(quarter: str, days: tuple[str, str]) -> None:
    assert tuple(day.isoformat() for day in quarter_days(quarter)) == days


@given(FOUND, st.integers(2, 10))
def test_no_small_number_is_told_nor_can_it_be_reckoned_from_the_others(found: list[Finding], bound: int) -> None:
    lines = counted(found, bound)
    assert all(line.number is None or line.number >= bound for line in lines)
    withheld = [line for line in lines if line.number is None]
    assert len(withheld) != 1 or len(lines) == 1
    for sentence in typical(found, bound):
        number = int(sentence.split("同类")[1].split("人")[0])
        assert number >= bound


def bulletin(house: House, **more: Any) -> dict[str, Any]:
    answer = house.call("GET", "/ledger/bulletin", "statistics:read", params={"quarter": "2021Q2"}, **more)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def test_the_bulletin_names_nobody_and_no_place_below_its_area(house: House) -> None:
    house.told(small_cell=3)
    for number in range(6):
        taken_over(house, f"lead-{number}", household_key=f"F{number}")
        reported(house, "08", f"lead-{number}")
    put(house, "lead-9", household_key="F9")
    told = bulletin(house)
    assert [(one["code"], one["number"]) for one in told["lines"]] == [("08", 6)]
    assert told["typical"] == ["疑似漏保（uncovered-serious-illness）：核查结果“暂无困难，持续监测”，同类6人。"]
    assert "马" not in str(told)
    assert [code for code in str(told).split("'") if code.startswith("640499") and code != COUNTY] == []
    assert bulletin(house, area=OTHER_COUNTY)["lines"] == []
