"""The ledger of a month, frozen: opened = closed + open, never altered, and the past written down as it was."""

import json
from datetime import date, datetime
from io import BytesIO
from typing import Any

import pytest
import sqlalchemy
from openpyxl import load_workbook

from kit.columns import now
from kit.database import reading, transaction
from registry.snapshots.freeze import Frozen, Ledger
from registry.snapshots.prose import last_day_of
from registry.snapshots.store import due_on
from tests.registry.cases import ACCEPT, accept, close, done, put, reported, taken_over
from tests.registry.house import COUNTY, OTHER_COUNTY, TOWN, VILLAGE, House
from tests.registry.test_ledger_invariants import Story
from tests.registry.test_ledger_steps import areas

MONTH = "2021-06"


@pytest.fixture(autouse=True)
def known(house: House) -> None:
    areas(house, COUNTY, TOWN, VILLAGE)


def freeze(house: House, area: str = COUNTY, month: str = MONTH) -> dict[str, Any]:
    answer = house.call("POST", "/ledger/snapshots", "cases:write", json={"area": area, "month": month})
    assert answer.status_code == 201, answer.text
    row: dict[str, Any] = answer.json()
    assert row["opened"] == row["closed"] + row["still_open"]
    return row


def act(house: House, row: dict[str, Any], action: str, *scopes: str) -> tuple[int, Any]:
    answer = house.call("POST", f"/ledger/snapshots/{row['snapshot_id']}/{action}", *(scopes or ("cases:approve",)))
    return answer.status_code, answer.json().get("code") or answer.json()


def holds(house: House, row: dict[str, Any]) -> bool:
    told = house.call("GET", f"/ledger/snapshots/{row['snapshot_id']}/verify", "cases:read").json()
    assert told["digest"] == row["digest"]
    return bool(told["holds"])


@pytest.mark.parametrize("seed", [11, 12])
def test_whatever_is_done_since_the_past_is_frozen_as_it_was_and_stays(house: House, seed: int) -> None:
    story = Story(house, seed)
    then: list[tuple[Any, Frozen]] = []
    rows = []
    for number in range(48):
        story.step()
        if number % 6 == 5:
            moment, day = now(), date(2021, 6, 1)
            with reading(house.database) as session:
                then.append(((moment, day), Ledger(session, house.ring, COUNTY, moment, day).freeze()))
            rows.append(freeze(house, month=f"{story.day:%Y-%m}"))
    with reading(house.database) as session:
        for (moment, day), frozen in then:
            again = Ledger(session, house.ring, COUNTY, moment, day).freeze()
            told, found = (
                [json.loads(line) for part in one.parts for line in part.splitlines()] for one in (frozen, again)
            )
            assert found == told
            assert again.counts == frozen.counts
    assert then[-1][1].counts["opened"] > 0
    assert all(holds(house, row) for row in rows)
    assert len({row["number"] for row in rows}) == len(rows)


def test_a_month_is_frozen_signed_by_another_person_reported_and_not_altered(house: House) -> None:
    case = taken_over(house)
    reported(house, "08")
    put(house, "lead-2", household_key="F002")
    row = freeze(house)
    assert (row["opened"], row["closed"], row["still_open"], row["number"]) == (2, 1, 1, f"{COUNTY}-202106-1")
    assert act(house, row, "report") == (409, "snapshot-unsigned")
    both = ("cases:write", "cases:approve")
    own = house.call("POST", "/ledger/snapshots", *both, json={"area": COUNTY, "month": MONTH}).json()
    assert act(house, own, "sign", *both) == (409, "second-person-needed")
    status, signed = act(house, row, "sign")
    assert (status, signed["signed_at"] is not None, len(signed["receipts"])) == (200, True, 1)
    assert act(house, row, "sign") == (409, "snapshot-signed")
    assert act(house, row, "report")[1]["late"] is False
    assert act(house, row, "report") == (409, "snapshot-reported")
    put(house, "lead-3", household_key="F003")
    assert case["case_id"]
    lines = house.call("GET", f"/ledger/snapshots/{row['snapshot_id']}/lines", "cases:read").json()["lines"]
    assert [(one["state"], one["codes"], one["task"]) for one in lines] == [
        ("closed", ["08"], "疑似漏保核查（1人）"), ("awaiting-acceptance", [], "疑似漏保核查（1人）"),
    ]  # fmt: skip
    assert lines[0]["responsible_person"] == ACCEPT["responsible_person"]
    again = freeze(house)
    assert (again["opened"], again["number"]) == (3, f"{COUNTY}-202106-3")
    assert holds(house, row)
    for statement in (
        "UPDATE ledger_snapshot SET closed = 0, still_open = opened",
        "DELETE FROM ledger_snapshot_part",
        "UPDATE ledger_snapshot_step SET actor = 'x'",
    ):
        with pytest.raises(sqlalchemy.exc.DBAPIError, match="written once"), transaction(house.database) as session:
            session.execute(sqlalchemy.text(statement))


def test_a_line_put_in_place_of_another_is_found(house: House) -> None:
    put(house)
    first = freeze(house)
    put(house, "lead-2", household_key="F002")
    second = freeze(house)
    with transaction(house.database) as session:
        session.execute(
            sqlalchemy.text(
                "UPDATE ledger_snapshot_part SET lines_sealed = (SELECT lines_sealed FROM ledger_snapshot_part "
                "WHERE snapshot_id = :other) WHERE snapshot_id = :one"
            ),
            {"one": first["snapshot_id"], "other": second["snapshot_id"]},
        )
    assert not holds(house, first)
    assert holds(house, second)
    assert act(house, first, "sign") == (409, "snapshot-broken")
    assert house.call("GET", f"/ledger/snapshots/{first['snapshot_id']}/lines", "cases:read").status_code == 409


def test_what_each_township_owes_of_a_month_and_what_is_late(house: House) -> None:
    put(house)
    house.told(as_of=date(2021, 7, 7))
    house.tokens.clear()
    row = freeze(house, TOWN, "2021-06")
    told = house.call("GET", "/ledger/snapshots/due", "cases:read", params={"month": MONTH}).json()
    assert told["divisions"] == [
        {
            "area": TOWN, "area_name": told["divisions"][0]["area_name"], "snapshot_id": row["snapshot_id"],
            "number": row["number"], "signed_at": None, "reported_at": None, "due_on": "2021-07-05", "late": True,
        }
    ]  # fmt: skip
    assert (
        house.call("GET", "/ledger/snapshots/due", "cases:read", params={"month": "2021-07"}).json()["divisions"][0][
            "late"
        ]
        is False
    )
    refused = house.call("POST", "/ledger/snapshots", "cases:write", json={"area": COUNTY, "month": "2021-08"})
    assert (refused.status_code, refused.json()["code"]) == (422, "month-not-begun")


@pytest.mark.parametrize(
    ("month", "day", "expected"),
    [("2021-06", 5, "2021-07-05"), ("2021-12", 5, "2022-01-05"), ("2022-01", 28, "2022-02-28")],
)
def test_the_day_of_reporting_is_of_the_next_month(month: str, day: int, expected: str) -> None:
    assert due_on(month, day).isoformat() == expected


@pytest.mark.parametrize(
    ("cut_off", "expected"),
    [("2021-05-31T16:00:00+00:00", "2021-05-31"), ("2021-06-14T16:40:00+00:00", "2021-06-15"),
     ("2021-06-15T15:59:00+00:00", "2021-06-15")],
)  # fmt: skip
def test_the_report_names_its_last_day_as_china_counts_days(cut_off: str, expected: str) -> None:
    assert last_day_of(datetime.fromisoformat(cut_off)).isoformat() == expected


def test_the_months_report_is_written_from_the_frozen_figures(house: House) -> None:
    case = put(house).json()
    done(accept(house, case))
    done(close(house, case))
    put(house, "lead-2", household_key="F002")
    row = freeze(house)
    put(house, "lead-3", household_key="F003")
    told = house.call("GET", f"/ledger/snapshots/{row['snapshot_id']}/report-text", "cases:read").json()
    assert told["title"].endswith("2021年6月低收入人口动态监测核查工作情况报告")
    assert "累计开立核查事项2件，办结1件，办结率50.0%，在办1件" in told["text"]
    assert "待签收1件" in told["text"]
    sheet = house.call("GET", f"/ledger/snapshots/{row['snapshot_id']}/export.xlsx", "cases:read")
    cells = [[cell.value for cell in line] for line in load_workbook(BytesIO(sheet.content)).active.iter_rows()]
    header = next(line for line in cells if "完成时限" in line)
    assert header[2:7] == ["任务", "措施", "完成时限", "责任单位", "责任人"]
    assert sum(line[0] == case["case_id"] for line in cells) == 1


def test_frozen_ledgers_of_another_area_are_not_there(house: House) -> None:
    row = freeze(house)
    path = f"/ledger/snapshots/{row['snapshot_id']}"
    everything = ("cases:read", "cases:write", "cases:approve")
    for method, tail in (
        ("GET", ""), ("GET", "/verify"), ("GET", "/lines"), ("GET", "/export.xlsx"), ("GET", "/report-text"),
        ("POST", "/sign"), ("POST", "/report"),
    ):  # fmt: skip
        assert house.call(method, path + tail, *everything, area=OTHER_COUNTY).status_code == 404
    listed = house.call("GET", "/ledger/snapshots", *everything, area=OTHER_COUNTY).json()
    assert listed["snapshots"] == []
    assert [one["number"] for one in house.call("GET", "/ledger/snapshots", *everything).json()["snapshots"]] == [
        row["number"]
    ]
