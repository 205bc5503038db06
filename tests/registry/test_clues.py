"""Clues by hand meet leads: nobody is visited twice for one thing, and what comes back is known to have been there."""

from typing import Any

import pytest

from tests.registry.cases import NUMBER, close, done, put, reported, step, taken_over
from tests.registry.house import COUNTY, OTHER_VILLAGE, TOWN, VILLAGE, House, id_number
from tests.registry.test_ledger_steps import areas


@pytest.fixture(autouse=True)
def known(house: House) -> None:
    areas(house, COUNTY, TOWN, VILLAGE)


def clue(house: House, number: str | None = NUMBER, **values: Any) -> tuple[int, dict[str, Any]]:
    body = {"kind": "missed", "area": VILLAGE, "title": "群众来电", "snapshot": {"name": "马有福", "id_number": number}}
    answer = house.call("POST", "/cases", "cases:write", json={**body, **values})
    return answer.status_code, answer.json()


def test_a_clue_about_somebody_a_lead_is_open_about_leads_there(house: House) -> None:
    case = taken_over(house)
    status, told = clue(house)
    assert (status, told["code"], told["args"]["case_id"]) == (409, "household-has-open-case", case["case_id"])
    assert clue(house, f" {NUMBER.lower()} ")[0] == 409  # as people type it
    assert clue(house, kind="wrong")[0] == 201  # another thing altogether
    assert clue(house, id_number("19900101", 77))[0] == 201
    reported(house, "08")
    assert clue(house)[0] == 201  # answered: a new clue is a new matter


def test_a_second_clue_about_the_same_number_leads_to_the_first(house: House) -> None:
    first = clue(house)[1]
    status, told = clue(house)
    assert (status, told["args"]["case_id"]) == (409, first["case_id"])
    assert clue(house, None)[0] == clue(house, None)[0] == 201  # without a number nobody is known to be the same


def test_what_comes_back_to_a_household_followed_before_is_listed(house: House) -> None:
    case = taken_over(house)
    done(close(house, case))
    assert relapsed(house) == []
    again = put(house, "lead-2")
    other = put(house, "lead-3", household_key="F009")
    assert relapsed(house) == [again.json()["case_id"]]
    told = house.call("GET", "/cases", "cases:read", params={"relapse": False}).json()["cases"]
    assert {one["case_id"] for one in told} == {case["case_id"], other.json()["case_id"]}


def test_what_was_moved_is_a_relapse_only_where_the_earlier_case_was(house: House) -> None:
    areas(house, OTHER_VILLAGE)
    done(close(house, taken_over(house)))
    again = put(house, "lead-2").json()
    moved = done(step(house, again, "transfer", {"area": OTHER_VILLAGE, "reason": "搬家"}))
    assert relapsed(house) == []
    back = done(step(house, moved, "transfer", {"area": VILLAGE, "reason": "搬回"}))
    assert relapsed(house) == [back["case_id"]]


def relapsed(house: House) -> list[str]:
    told = house.call("GET", "/cases", "cases:read", params={"relapse": True}).json()["cases"]
    return [one["case_id"] for one in told]
