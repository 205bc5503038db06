"""Samples: seed and frame say what was drawn, weights count as told, surveys name nobody."""

from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import col, select

from kit.database import transaction
from registry.samples.draw import Unit, digest_of, draw, key_of
from registry.samples.tables import SamplePick
from tests.registry.cases import put
from tests.registry.house import COUNTY, OTHER_COUNTY, TOWN, VILLAGE, House, person_row, workbook
from tests.registry.test_ledger_steps import areas

UNITS = st.lists(st.tuples(st.uuids().map(str), st.integers(1, 9)), unique_by=lambda one: one[0], max_size=40)


def frame(drawn: list[tuple[str, int]]) -> list[Unit]:
    return [Unit(unit, TOWN, weight) for unit, weight in drawn]


@given(UNITS, st.text("abc123", min_size=4, max_size=8), st.integers(1, 50))
def test_the_same_seed_and_frame_draw_the_same_in_any_order_and_nobody_twice(
    drawn: list[tuple[str, int]], seed: str, size: int
) -> None:
    units = frame(drawn)
    picks = draw(seed, units, size)
    assert picks == draw(seed, units[::-1], size)
    assert len(picks) == min(size, len(units)) == len(set(picks))
    assert digest_of(units) == digest_of(units[::-1])
    if picks:  # who leaves the frame moves nobody else
        left = [one for one in units if one != picks[0]]
        assert draw(seed, left, size - 1) == picks[1:]


def test_a_weight_of_three_is_drawn_first_three_times_as_often() -> None:
    units = [Unit("a", TOWN, 3), Unit("b", TOWN, 1)]
    first = Counter(draw(f"seed-{number}", units, 1)[0].unit for number in range(4000))
    assert 0.72 < first["a"] / 4000 < 0.78
    assert key_of("s", units[0]) > 0


@pytest.fixture
def filled(house: House) -> House:
    areas(house, COUNTY, TOWN, VILLAGE)
    for number in range(12):
        put(house, f"lead-{number}", household_key=f"F{number}", kind="wrong" if number % 3 == 0 else "missed")
    return house


def drawn(house: House, **body: Any) -> dict[str, Any]:
    told = {"area": COUNTY, "title": "季度抽查", "of": "cases", "size": 5, **body}
    answer = house.call("POST", "/samples", "cases:approve", json=told)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def test_a_sample_is_drawn_again_and_a_changed_pick_is_found(filled: House) -> None:
    made = drawn(filled, weighted=True, seed="2021-Q2-01")
    assert (made["size"], made["frame_size"], sorted({one["weight"] for one in made["picks"]})[-1]) == (5, 12, 3)
    assert drawn(filled, weighted=True, seed="2021-Q2-01")["picks"] == made["picks"]
    path = f"/samples/{made['sample_id']}"
    sound = {"frame_holds": True, "picks_hold": True, "places": []}
    put(filled, "lead-99", household_key="F99")  # the ledger goes on, the sample stays
    assert filled.call("GET", f"{path}/redraw", "cases:read").json() == sound
    found = filled.call(
        "PUT", f"{path}/picks/2", "cases:approve", json={"result": "wrong", "finding": "电话13800000001打不通"}
    ).json()
    assert (found["picks"][1]["result"], found["picks"][1]["finding"]) == ("wrong", "电话138****0001打不通")
    assert filled.call("GET", "/samples", "cases:read").json()["samples"][-1]["found"] == 1
    with transaction(filled.database) as session:
        query = select(SamplePick).where(col(SamplePick.sample_id) == made["sample_id"], col(SamplePick.place) == 3)
        pick = session.exec(query).one()
        pick.unit = made["picks"][0]["unit"]
        session.add(pick)
    told = filled.call("GET", f"{path}/redraw", "cases:read").json()
    assert told == {"frame_holds": True, "picks_hold": False, "places": [3]}
    assert filled.call("GET", path, "cases:read", area=OTHER_COUNTY).status_code == 404


def test_a_survey_of_beneficiaries_names_nobody(filled: House) -> None:
    filled.take(workbook([person_row(), person_row(姓名="马兰", 身份证号=None, 与户主关系="妻")]))
    made = drawn(filled, of="beneficiaries")
    assert (made["frame_size"], [one["unit"] for one in made["picks"]]) == (2, [None, None])
    sheet = filled.call("GET", f"/samples/{made['sample_id']}/export.xlsx", "cases:read")
    assert sheet.status_code == 200
    towns = drawn(filled, of="townships")
    assert [one["unit"] for one in towns["picks"]] == [TOWN]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"of": "beneficiaries"}, 409, "nothing-to-draw"),
        ({"of": "beneficiaries", "weighted": True}, 422, "body-invalid"),
        ({"of": "townships", "first": "2021-01-01"}, 422, "body-invalid"),
        ({"first": "2021-02-01", "last": "2021-01-01"}, 422, "body-invalid"),
        ({"size": 0}, 422, "body-invalid"),
        ({"first": "2030-01-01"}, 409, "nothing-to-draw"),
    ],
)
def test_what_cannot_be_drawn_is_refused(filled: House, body: dict[str, Any], status: int, code: str) -> None:
    told = {"area": COUNTY, "title": "抽查", "of": "cases", "size": 5, **body}
    answer = filled.call("POST", "/samples", "cases:approve", json=told)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
