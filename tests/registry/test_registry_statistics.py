"""Figures of the registry, counted by hand: by division, by state, by code, and never beyond the caller's area."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlmodel import SQLModel

from kit.columns import new_id
from kit.database import transaction
from registry.coverage.tables import Coverage
from registry.households.tables import Household
from registry.ledger.listing import standings_of, waits_until
from registry.ledger.tables import Case, CaseItem
from registry.persons.tables import Person
from tests.registry.house import COUNTY, OTHER_COUNTY, OTHER_VILLAGE, TOWN, VILLAGE, House

OPENED = datetime(2021, 5, 3, 1, tzinfo=UTC)
OTHER_TOWN = "640499101000"
EMPTY_TOWN = "640499102000"
TODAY = date(2021, 6, 1)  # of the house
FOREIGN = "640498100201"
STATE_NAMES = ["awaiting-acceptance", "verifying", "returned", "awaiting-approval", "in-progress", "suspended"]


def keep(house: House, *rows: SQLModel) -> None:
    with transaction(house.database) as session:
        for row in rows:
            session.add(row)
            session.flush()


def after(days: float) -> datetime:
    return OPENED + timedelta(days=days)


def case(house: House, area: str, state: str, *items: dict[str, Any], **values: Any) -> str:
    one = Case(
        case_id=new_id(),
        subject_key=new_id(),
        area=area,
        town=area[:9],
        state=state,
        opened_at=OPENED,
        opened_on=OPENED.date(),
        **values,
    )
    people = [
        CaseItem(
            case_id=one.case_id, lead_id=new_id(), lead_version=1, state="open", screens=[], snapshot_sealed="",
            updated_at=OPENED, **{"item_id": new_id(), **item},
        )
        for item in items
    ]  # fmt: skip
    one.waits_until, one.standings = waits_until(one), standings_of(people)
    keep(house, one, *people)
    return one.case_id


def divisions(house: House) -> None:
    names = [(COUNTY, "某县"), (TOWN, "香山镇"), (OTHER_TOWN, "清水乡"), (EMPTY_TOWN, "无事乡"), (VILLAGE, "向阳村")]
    body = "code,name\n" + "".join(f"{code},{name}\n" for code, name in names)
    answer = house.call(
        "POST", "/areas/import", "areas:write", content=body.encode(), headers={"Content-Type": "text/csv"}
    )
    assert answer.status_code < 300, answer.text


def asked(house: House, name: str, **parameters: Any) -> dict[str, Any]:
    who = {"area": parameters.pop("caller")} if "caller" in parameters else {}
    answer = house.call("GET", f"/statistics/{name}", "statistics:read", params=parameters, **who)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    named = {column["name"] for column in body["columns"]}
    assert all(set(row) == named for row in body["rows"]), "every row has the columns told, and no other"
    return body


def by_area(body: dict[str, Any], *columns: str) -> dict[str, tuple[Any, ...]]:
    return {row["area_name"]: tuple(row[column] for column in columns) for row in body["rows"]}


def a_small_ledger(house: House) -> None:
    """Six cases of one township, one of another, one nobody could place, one of another county."""
    divisions(house)
    case(house, VILLAGE, "awaiting-acceptance", accept_due_on=date(2021, 5, 31))  # a day late
    case(house, VILLAGE, "awaiting-acceptance", accept_due_on=TODAY, due_on=date(2021, 6, 20))  # its last day
    case(house, VILLAGE, "verifying", accepted_at=after(2), due_on=date(2021, 5, 31), flag="线索撤回")
    done = {"accepted_at": after(1), "reported_at": after(5)}
    on_time = {"standing": "settled", "code": "08", "settled_on": date(2021, 5, 20)}
    case(house, VILLAGE, "closed", on_time, **done, closed_at=after(17), due_on=date(2021, 5, 20), flag="旧")
    late = {**on_time, "code": "09", "settled_on": date(2021, 5, 21)}
    case(house, TOWN, "closed", on_time, late, **done, closed_at=after(18), due_on=date(2021, 5, 20), reopened=1)
    gone = {"standing": "settled", "closed_reason": "线索撤回", "settled_on": date(2021, 5, 4)}
    case(house, VILLAGE, "closed", gone, closed_at=after(1), closed_reason="线索撤回")
    case(house, OTHER_VILLAGE, "suspended", due_on=date(2021, 5, 1), suspended_until=TODAY)
    waiting = {"standing": "in-progress", "code": "02"}
    case(house, COUNTY, "in-progress", waiting, **done, due_on=date(2021, 7, 1))
    case(house, FOREIGN, "closed", on_time, **done, closed_at=after(3))


def test_opened_is_closed_and_open_by_division_with_states_late_and_flagged(house: House) -> None:
    a_small_ledger(house)
    body = asked(house, "ledger")
    assert (body["area"], body["as_of"], body["title"]) == (COUNTY, "2021-06-01", "台账进度")
    columns = ("opened", "closed", "open", *STATE_NAMES, "overdue", "flagged", "reopened")
    assert by_area(body, *columns) == {
        "某县（本级）": (1, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0),
        "香山镇": (6, 3, 3, 2, 1, 0, 0, 0, 0, 2, 1, 1),
        "清水乡": (1, 0, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0),
        "无事乡": (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
    }
    total = body["total"]
    assert [total[name] for name in columns] == [8, 3, 5, 2, 1, 0, 0, 1, 1, 2, 1, 1]
    for row in (*body["rows"], total):
        assert row["opened"] == row["closed"] + row["open"]
        assert row["open"] == sum(row[name] for name in STATE_NAMES)


def test_a_township_is_parted_into_villages_and_its_own_unplaced_cases(house: House) -> None:
    a_small_ledger(house)
    body = asked(house, "ledger", area=TOWN)
    assert by_area(body, "opened") == {"香山镇（本级）": (1,), "向阳村": (5,)}
    assert body["total"]["opened"] == 6
    assert by_area(asked(house, "ledger", area=VILLAGE), "opened") == {"向阳村（本级）": (5,)}


@pytest.mark.parametrize("name", ["ledger", "outcomes", "timeliness", "coverage"])
def test_few_people_are_told_to_the_county_and_withheld_from_a_township(house: House, name: str) -> None:
    a_small_ledger(house)
    covered_people(house)
    whole = asked(house, name, area=TOWN)
    assert not whole["withheld"]
    assert any(0 < value < 5 for row in whole["rows"] for value in row.values() if isinstance(value, int))
    mine = asked(house, name, caller=TOWN)
    assert mine["withheld"]
    words = {column["name"] for column in mine["columns"] if column["kind"] == "text"}
    told = [value for row in mine["rows"] for key, value in row.items() if key not in words]
    assert not any(isinstance(value, int) and 0 < value < 5 for value in told)
    assert asked(house, name, caller=TOWN) == mine


@pytest.mark.parametrize("name", ["ledger", "outcomes", "timeliness", "coverage"])
def test_nobody_counts_what_lies_outside_their_area(house: House, name: str) -> None:
    a_small_ledger(house)
    covered_people(house)
    house.told(small_cell=1)  # so that there is something to compare
    mine, whole = asked(house, name, caller=TOWN), asked(house, name, caller=TOWN, area=COUNTY)
    assert {row["area"] for row in whole["rows"]} == {TOWN}
    assert {row["area"] for row in mine["rows"]} <= {TOWN, VILLAGE}
    assert mine["total"] == whole["total"] == asked(house, name, area=TOWN)["total"]
    elsewhere = asked(house, name, caller=OTHER_COUNTY, area=COUNTY)
    assert elsewhere["rows"] == []
    assert not any(elsewhere["total"].values())
    foreign = asked(house, name, caller=OTHER_COUNTY)["rows"]
    assert {row["area"][:6] for row in foreign} == {OTHER_COUNTY[:6]}


def test_the_whole_nation_is_parted_into_provinces(house: House) -> None:
    a_small_ledger(house)
    body = asked(house, "ledger", caller="000000000000")
    assert [(row["area"], row["opened"]) for row in body["rows"]] == [("640000000000", 9)]


def test_results_that_hold_now_are_counted_by_code_with_their_share(house: House) -> None:
    a_small_ledger(house)
    body = asked(house, "outcomes")
    rows = [(row["area_name"], row["code"], row["code_title"], row["count"], row["share"]) for row in body["rows"]]
    assert rows == [
        ("某县（本级）", "02", "符合低保", 1, 1.0),
        ("香山镇", "08", "暂无困难，持续监测", 2, 0.6667),
        ("香山镇", "09", "不符合条件", 1, 0.3333),
    ]
    assert body["total"] == {"count": 4}


def test_the_league_table_begins_with_the_worst_and_medians_are_of_days(house: House) -> None:
    a_small_ledger(house)
    body = asked(house, "timeliness")
    columns = ("rank", "opened", "closed", "overdue", "in_time_share", "days_to_accept", "days_to_report")
    assert [(row["area_name"], *(row[name] for name in columns)) for row in body["rows"]] == [
        ("香山镇", 1, 6, 3, 2, 0.25, 1.0, 4.0),  # one in time of: that one, one closed late, two open and late
        ("某县（本级）", 2, 1, 0, 0, None, 1.0, 4.0),
        ("清水乡", 3, 1, 0, 0, None, None, None),
        ("无事乡", 4, 0, 0, 0, None, None, None),
    ]
    assert by_area(body, "days_to_close")["香山镇"] == (17.5,), (
        "17 and 18 days; the withdrawn lead's day is not counted"
    )
    assert (body["total"]["in_time_share"], body["total"]["days_to_close"], body["total"]["days_to_accept"]) == (
        0.25, 17.5, 1.0,
    )  # fmt: skip


def covered_people(house: House) -> None:
    """In the township: two of one household, a third in 特困 and, merged since, counted once; then all that is no
    coverage on the day: ended, not begun, corrected away, 低保边缘."""
    home = Household(household_id=new_id(), county="640499", number="H1", area=VILLAGE, created_at=OPENED)
    keep(house, home)

    def person(survivor: str | None = None) -> str:
        one = Person(person_id=new_id(), survivor_id=survivor, created_at=OPENED)
        keep(house, one)
        return one.person_id

    def held(person_id: str, programme: str, area: str = VILLAGE, **values: Any) -> None:
        told = {"start": date(2020, 1, 1), "household_id": None, **values}
        row = Coverage(
            row_id=new_id(), coverage_id=new_id(), person_id=person_id, area=area, programme=programme,
            recorded_at=OPENED, **told,
        )  # fmt: skip
        keep(house, row)

    first, second, third = person(), person(), person()
    held(first, "dibao-rural", household_id=home.household_id)
    held(second, "dibao-rural", household_id=home.household_id, end=TODAY)
    held(third, "tekun-home")
    held(person(third), "tekun-home")
    held(person(), "dibao-rural", end=date(2021, 5, 31))
    held(person(), "dibao-rural", start=date(2021, 6, 2))
    held(person(), "dibao-rural", superseded_at=OPENED)
    held(person(), "dibao-margin")
    held(person(), "dibao-urban", OTHER_VILLAGE, start=TODAY)
    held(person(), "dibao-rural", FOREIGN)


def test_the_covered_are_counted_by_programme_once_each_on_the_day(house: House) -> None:
    divisions(house)
    covered_people(house)
    body = asked(house, "coverage")
    counted = {
        (row["area_name"], row["programme"]): (row["persons"], row["households"])
        for row in body["rows"]
        if row["persons"]
    }
    assert counted == {
        ("香山镇", "dibao-rural"): (2, 1),
        ("香山镇", "tekun-home"): (1, 0),
        ("清水乡", "dibao-urban"): (1, 0),
    }
    assert body["total"] == {"persons": 4, "households": 1}
    assert len(body["rows"]) == 4 * 3, "every programme of every township, also where nobody is covered"


def test_statistics_say_what_they_count_and_unknown_ones_are_not_found(house: House) -> None:
    listed = house.call("GET", "/statistics", "statistics:read").json()["statistics"]
    assert [one["name"] for one in listed] == [
        "ledger", "outcomes", "timeliness", "coverage", "categories", "support", "verification", "first-pay",
        "wrong-support", "temporary-aid", "reserve-funds", "petitions", "slips",
    ]  # fmt: skip
    assert all(one["definition"] and one["columns"] for one in listed)
    unknown = house.call("GET", "/statistics/persons", "statistics:read")
    nowhere = house.call("GET", "/statistics/ledger", "statistics:read", params={"area": "640499999000"})
    barred = house.call("GET", "/statistics/ledger", "cases:read")
    period = house.call("GET", "/statistics/ledger", "statistics:read", params={"period": "2021-05"})
    assert [(one.status_code, one.json()["code"]) for one in (unknown, nowhere, barred, period)] == [
        (404, "not-found"), (400, "area-unknown"), (403, "scope-missing"), (400, "parameter-unknown"),
    ]  # fmt: skip


def test_a_dashboard_that_polls_gets_304_until_a_figure_changes(house: House) -> None:
    divisions(house)
    first = house.call("GET", "/statistics/ledger", "statistics:read")
    seen = {"If-None-Match": first.headers["etag"]}
    same = house.call("GET", "/statistics/ledger", "statistics:read", headers=seen)
    case(house, VILLAGE, "verifying")
    other = house.call("GET", "/statistics/ledger", "statistics:read", headers=seen)
    assert (same.status_code, same.content, other.status_code) == (304, b"", 200)
    assert other.headers["etag"] != first.headers["etag"]
