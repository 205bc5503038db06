"""Temporary aid: 24 hours from clue to first aid, tiers by area and day, one cause a year, papers completed later."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.scope import NATION
from registry.money.clock import clock_of, timeliness
from tests.registry.house import COUNTY, TOWN, VILLAGE, House
from tests.registry.register_cases import PEOPLE, RIGHT
from tests.registry.test_register_whole import areas, due
from tests.registry.test_registers import add
from tests.tables import table

AID = RIGHT["temporary-aid"]
NOW = datetime(2021, 6, 1, 12)  # noqa: DTZ001 - the clock in China
CASES: list[dict[str, Any]] = table(Path(__file__).parent / "aid_clock.yaml")


def aid(house: House, number: str, area: str = VILLAGE, **more: Any) -> dict[str, Any]:
    values = {name: value for name, value in {**AID, "number": number, **more}.items() if value is not None}
    return add(house, "temporary-aid", values=values, area=area)


def tier(house: House, kind: str, value: int, since: str, area: str = COUNTY) -> None:
    named = [{"code": code, "name": "某地"} for code in (COUNTY, TOWN, VILLAGE)]
    assert house.call("POST", "/areas/import", "areas:write", json={"areas": named}, area=NATION).status_code == 200
    seen = house.call("GET", f"/standards/{area}/{kind}").json()["version"]
    answer = house.call(
        "PUT", f"/standards/{area}/{kind}", "standards:write", area=area, headers={"If-Match": f'"{seen}"'},
        json={"mode": "change", "value": value, "valid_from": since},
    )  # fmt: skip
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize("case", CASES, ids=lambda one: one["what"])
def test_the_clock_of_an_emergency_on_both_sides_of_its_hours(case: Mapping[str, Any]) -> None:
    values = {**AID, "aided_at": None, "amount": None, "approver": None, **case["values"]}
    clock = clock_of(values, datetime.fromisoformat(case["now"]), 24)
    assert (None if clock is None else (clock.state, clock.hours_left)) == (
        None if case["state"] is None else (case["state"], case.get("left"))
    )


MINUTES = st.integers(0, 3 * 24 * 60)


@given(st.lists(st.tuples(MINUTES, st.none() | MINUTES), max_size=12))
def test_every_emergency_is_met_broken_or_running_and_counted_once(told: list[tuple[int, int | None]]) -> None:
    entries = []
    for clue, after in told:
        at = NOW - timedelta(minutes=clue)
        aided = None if after is None else (at + timedelta(minutes=after)).isoformat(timespec="minutes")
        entries.append((VILLAGE, {**AID, "clue_at": at.isoformat(timespec="minutes"), "aided_at": aided}))
    rows = timeliness(entries, NOW, 24)
    assert sum(one.met + one.broken + one.running for one in rows) == len(told)
    assert sum(one.met for one in rows) == sum(after is not None and after <= 24 * 60 for _, after in told)
    waits = sum(after is None and clue <= 24 * 60 for clue, after in told)
    assert sum(one.running for one in rows) == waits
    assert all(one.share is None or 0 <= one.share <= 1 for one in rows)


def test_who_waits_and_whose_hours_are_over_is_listed_the_most_pressing_first(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    areas(house)
    monkeypatch.setattr("registry.money.clock_api.moment", lambda _: NOW)
    unaided = {"aided_at": None, "amount": None, "approver": None}
    running = aid(house, "1", clue_at="2021-05-31 12:00", **unaided)
    over = aid(house, "2", clue_at="2021-05-31 11:00", **unaided)
    late = aid(house, "3", clue_at="2021-05-02 09:00", aided_at="2021-05-03 09:01")
    aid(house, "4", clue_at="2021-05-02 09:00", aided_at="2021-05-03 09:00")
    aid(house, "5", type="expense", clue_at="2021-05-01 09:00", **unaided)
    declined = {"declined_on": "2021-05-02", "declined_why": "不符合条件"}
    aid(house, "6", clue_at="2021-05-01 09:00", **unaided, **declined)
    answer = house.call("GET", "/temporary-aid/clock", "registers:read").json()
    told = [(one["entry_id"], one["state"], one["hours_left"], one["papers_missing"]) for one in answer["items"]]
    assert told == [
        (late["entry_id"], "broken", None, True),
        (over["entry_id"], "broken", -1.0, False),
        (running["entry_id"], "running", 0.0, False),
    ]
    assert {one["name"] for one in answer["items"]} == {"马*福"}
    moments = [answer["items"][0][name] for name in ("clue_at", "aid_until", "aided_at")]
    assert moments == [f"2021-05-{at}:00+08:00" for at in ("02T09:00", "03T09:00", "03T09:01")]
    assert answer["now"] == "2021-06-01T12:00:00+08:00"
    only = house.call("GET", "/temporary-aid/clock", "registers:read", params={"state": "running"}).json()["items"]
    assert [one["entry_id"] for one in only] == [running["entry_id"]]
    first = house.call("GET", "/temporary-aid/clock", "registers:read", params={"limit": 1}).json()
    rest = house.call("GET", "/temporary-aid/clock", "registers:read", params={"cursor": first["cursor"]}).json()
    assert [one["entry_id"] for one in first["items"] + rest["items"]] == [one[0] for one in told]
    elsewhere = house.call("GET", "/temporary-aid/clock", "registers:read", area="640499101000").json()["items"]
    assert elsewhere == []
    rows = house.call("GET", "/temporary-aid/timeliness", "registers:read").json()["rows"]
    assert rows == [
        {"area": TOWN, "month": "2021-05", "emergencies": 4, "met": 1, "broken": 2, "running": 1, "share": 0.3333}
    ]
    params = {"from": "2021-06"}
    assert house.call("GET", "/temporary-aid/timeliness", "registers:read", params=params).json()["rows"] == []


def test_a_township_approves_up_to_its_tier_of_that_area_and_day(house: House) -> None:
    tier(house, "aid-emergency-township", 100000, "2021-01-01")
    tier(house, "aid-expense-township", 50000, "2021-01-01")
    within = aid(house, "1", amount=100000)
    over = aid(house, "2", amount=100001, cause="illness")
    by_county = aid(house, "3", amount=100001, cause="study", approver="county")
    expense = aid(house, "4", amount=50001, cause="accident", type="expense")
    before = aid(house, "5", amount=900000, cause="old-age", clue_at="2020-12-31 09:00", aided_at="2020-12-31 10:00")
    doubted = {one for code, one in due(house, "temporary-aid") if code == "aid-over-tier"}
    assert doubted == {over["entry_id"], expense["entry_id"]}
    told = [[one["code"] for one in entry["notices"]] for entry in (within, over, by_county, before)]
    assert ["aid-over-tier" in codes for codes in told] == [False, True, False, False]
    tier(house, "aid-emergency-township", 200000, "2021-04-01", area=TOWN)
    doubted = {one for code, one in due(house, "temporary-aid") if code == "aid-over-tier"}
    assert doubted == {expense["entry_id"]}


def test_one_aid_for_one_cause_a_calendar_year_unless_it_is_reasoned(house: House) -> None:
    areas(house)

    def again() -> set[str | None]:
        return {one for code, one in due(house, "temporary-aid") if code == "aid-same-cause"}

    first = aid(house, "1")
    aid(house, "2", cause="illness")
    aid(house, "3", clue_at="2020-12-30 09:00", aided_at="2020-12-31 08:00")
    aid(house, "4", recipient=PEOPLE["B"])
    aid(house, "5", exceptional=True, exceptional_why="再次受灾")
    assert again() == set()
    second = aid(house, "6", clue_at="2021-05-20 09:00", aided_at="2021-05-20 10:00")
    assert again() == {first["entry_id"], second["entry_id"]}


def test_papers_of_aid_given_first_are_due_after_working_days_and_links_must_exist(house: House) -> None:
    areas(house)
    # 2021-05-01 20:30 is a Saturday; the tenth working day after it is Friday 14 May without a calendar of holidays.
    open_papers = aid(house, "1")
    aid(house, "2", cause="illness", papers_on="2021-05-10")
    aid(house, "3", cause="study", aid_first=False, decided_on="2021-05-01")
    assert open_papers["due_on"] == "2021-05-14"
    assert due(house, "temporary-aid") == [("aid-papers-due", open_papers["entry_id"])]
    house.told(aid_papers_working_days=30)
    assert aid(house, "4", cause="accident")["due_on"] == "2021-06-11"
    applied = add(house, "application", values=RIGHT["application"], area=TOWN)
    aid(house, "5", cause="old-age", application=applied["entry_id"], papers_on="2021-05-10")
    lost = aid(house, "6", cause="minor", application="没有这个编号", papers_on="2021-05-10")
    assert ("application-unknown", lost["entry_id"]) in due(house, "temporary-aid")
    assert [code for code, _ in due(house, "temporary-aid")].count("application-unknown") == 1


def test_a_moment_is_read_from_a_sheet_as_people_write_it_and_only_with_its_time(house: House) -> None:
    areas(house)
    header = "救助编号,救助对象姓名,救助对象身份证号,救助类型,致困事由,线索（申请）时间,是否先行救助"
    who = f"{PEOPLE['A']['name']},{PEOPLE['A']['id_number']},急难型,因灾"
    said = ["2021-05-01 9:30", "2021年5月1日 9时30分", "2021/5/1 09:30:00", "2021-05-01", "2021-05-01 25:00"]
    lines = [header, *(f"L{at},{who},{one},是" for at, one in enumerate(said))]
    answer = house.call(
        "POST", "/registers/temporary-aid/import", "registers:write", content="\n".join(lines).encode(),
        headers={"Content-Type": "text/csv"},
    )  # fmt: skip
    told = [(one["outcome"], [issue["code"] for issue in one["issues"]]) for one in answer.json()["rows"]]
    assert told == [("created", [])] * 3 + [("rejected", ["moment-expected"])] * 2
    kept = house.call("GET", "/registers/temporary-aid/entries", "registers:read").json()["entries"]
    assert {one["values"]["clue_at"] for one in kept} == {"2021-05-01T09:30"}
