"""An export carries the cases too: a follower that slept past the changes must not lose what people answered."""

import json
from typing import Any

from tests.registry.cases import news, put, reported, taken_over
from tests.registry.house import House


def exported(house: House, **who: str) -> tuple[str, list[dict[str, Any]]]:
    """The cursor and the cases of an export that ended well."""
    text = house.call("GET", "/export", "registry:follow", **who).text
    lines = [json.loads(line) for line in text.splitlines() if line]
    assert lines[-1] == {"kind": "end", "count": len(lines) - 2}
    return lines[0]["cursor"], [line["case"] for line in lines if line["kind"] == "case"]


def test_every_case_is_told_as_the_changes_tell_it_and_the_cursor_goes_on_from_there(house: House) -> None:
    start, none = exported(house)
    assert none == []
    taken_over(house)
    outcome = reported(house, "09")
    put(house, "lead-2", household_key="F002")
    cursor, cases = exported(house)
    last = {case["case_id"]: case for case in news(house, start)}
    assert {case["case_id"]: case for case in cases} == last
    told = {item["lead_id"]: (item["standing"], item["outcome_id"]) for case in cases for item in case["items"]}
    assert told == {"lead-1": ("settled", outcome), "lead-2": ("pending", None)}
    assert news(house, cursor) == []


def test_a_follower_of_another_township_is_told_no_case(house: House) -> None:
    put(house)
    assert exported(house, area="640499101000")[1] == []


def test_cases_come_whole_over_several_pages(house: House) -> None:
    house.told(export_chunk_rows=2)
    for number in range(5):
        put(house, f"lead-{number}", household_key=f"F{number}")
    assert len(exported(house)[1]) == 5
