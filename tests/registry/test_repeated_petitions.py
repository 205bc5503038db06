"""Whoever petitions again and again and is in no list is followed in the ledger all the same, once for each matter."""

from typing import Any

import pytest

from tests.registry.cases import accept, close, done, read
from tests.registry.fact_asks import facts, said
from tests.registry.house import COUNTY, OTHER_VILLAGE, TOWN, VILLAGE, House, id_number
from tests.registry.payouts import HEAD, registered
from tests.registry.test_ledger_steps import areas
from tests.registry.test_registers import add
from tests.workbooks import workbook

MATTER = "反映低保申请被村里退回，请求重新受理"
STRANGER = {"name": "司徒耕", "id_number": id_number("19550505", 41)}
ME = {"name": HEAD["姓名"], "id_number": HEAD["身份证号"]}
BOTH = ("registers:read", "registers:write")


@pytest.fixture(autouse=True)
def known(house: House) -> None:
    areas(house, COUNTY, TOWN, VILLAGE, "640499101000", OTHER_VILLAGE)


def petition(house: House, number: str, received_on: str, matter: str = MATTER, **more: Any) -> dict[str, Any]:
    """One petition of the stranger, unless told otherwise."""
    values = {
        "number": number, "petitioner": STRANGER, "received_on": received_on, "class": "request", "matter": matter,
        **more.pop("values", {}),
    }  # fmt: skip
    return add(house, "petition", values={name: one for name, one in values.items() if one}, area=VILLAGE, **more)


def cases(house: House, **asked: Any) -> list[dict[str, Any]]:
    answer = house.call("GET", "/cases", "cases:read", params={"limit": 100, **asked})
    found: list[dict[str, Any]] = answer.json()["cases"]
    return found


def test_the_second_petition_of_a_stranger_opens_one_case_and_the_third_none(house: House) -> None:
    petition(house, "1", "2020-03-01", values={"petitioner_phone": "13800000009"})
    assert cases(house) == []
    petition(house, "2", "2021-03-01", f"再次{MATTER}", values={"petitioner_phone": "13800000009"})
    (case,) = cases(house)
    assert (case["origin"], case["title"], case["area"], case["state"]) == (
        "hand", "重复信访", VILLAGE, "awaiting-acceptance",
    )  # fmt: skip
    full = house.call(
        "GET", f"/cases/{case['case_id']}", "cases:read", purpose="reveal", params={"reason": "visit"}
    ).json()
    (item,) = full["items"]
    assert (item["kind"], item["name"], item["id_number"], item["phone"], item["tier"]) == (
        "doubt", STRANGER["name"], STRANGER["id_number"], "13800000009", "必访",
    )  # fmt: skip
    (reason,) = item["reasons"]
    assert f"就“再次{MATTER}”已信访2次，最近一次2021-03-01" in reason
    petition(house, "3", "2021-04-01", f"第三次{MATTER}")
    assert [one["case_id"] for one in cases(house)] == [case["case_id"]]
    assert facts(house, "petition") == [], "facts are of registered people"


def test_whoever_is_registered_is_the_matcher_s_and_opens_no_case_here(house: House) -> None:
    ids = registered(house)
    petition(house, "1", "2020-03-01", values={"petitioner": ME})
    petition(house, "2", "2021-03-01", values={"petitioner": ME})
    assert cases(house) == []
    # The last one bears no number: that it hangs together with the others says whose it is.
    petition(house, "3", "2021-04-01", values={"petitioner": {"name": ME["name"]}})
    assert cases(house) == []
    assert said(facts(house, "petition"), "subject_id", "count", "valid_from") == [(ids["person_id"], 3, "2021-04-01")]


def test_a_stranger_who_came_into_the_registry_meanwhile_is_none(house: House) -> None:
    petition(house, "1", "2020-03-01", values={"petitioner": ME})
    ids = registered(house)
    petition(house, "2", "2021-03-01", values={"petitioner": ME})
    assert cases(house) == []
    assert said(facts(house, "petition"), "subject_id", "count") == [(ids["person_id"], 2)]


def test_what_comes_after_the_case_was_closed_opens_the_next(house: House) -> None:
    petition(house, "1", "2020-03-01")
    petition(house, "2", "2021-03-01")
    (first,) = cases(house)
    done(accept(house, first))
    done(close(house, read(house, first), "当面答复，本人认可"))
    other = petition(house, "9", "2021-04-01", "邻居占用宅基地道路纠纷", values={"petitioner": ME})
    assert other["person_id"] is None
    assert [one["state"] for one in cases(house)] == ["closed"], "another's petition is no news of this matter"
    petition(house, "3", "2021-05-01")
    closed, following = cases(house)
    assert (closed["state"], following["state"]) == ("closed", "awaiting-acceptance")
    assert cases(house, relapse=True) == [following]


def test_two_townships_each_with_one_petition_are_seen_together(house: House) -> None:
    values = {"number": "1", "petitioner": STRANGER, "received_on": "2020-03-01", "class": "request", "matter": MATTER}
    for number, day, area in (("1", "2020-03-01", TOWN), ("2", "2021-03-01", "640499101000")):
        body = {"values": {**values, "number": number, "received_on": day}}
        made = house.call("POST", "/registers/petition/entries", *BOTH, area=area, json=body)
        assert made.status_code == 201, made.text
    assert [one["area"] for one in cases(house)] == ["640499101000"], "where it was brought last"


@pytest.mark.parametrize(("day", "number"), [("2018-05-31", 0), ("2018-06-01", 1)])
def test_only_what_was_brought_within_the_months_is_followed(house: House, day: str, number: int) -> None:
    petition(house, "1", "2018-02-01")
    petition(house, "2", day)
    assert len(cases(house)) == number


def test_how_often_is_a_setting_and_a_denied_pair_is_no_repetition(house: House) -> None:
    house.told(petition_times=3)
    made = [petition(house, str(year), f"{year}-03-01") for year in (2019, 2020)]
    assert cases(house) == []
    body = {"first": made[0]["entry_id"], "second": made[1]["entry_id"], "decision": "deny", "reason": "不同事项"}
    assert house.call("POST", "/registers/petition/repeats", *BOTH, json=body).status_code == 200
    house.told(petition_times=2)
    answer = house.call("POST", "/registers/petition/repeats", *BOTH, json={**body, "decision": "confirm"})
    assert answer.status_code == 200
    assert len(cases(house)) == 1, "a human's word is enough"


def test_a_list_of_petitions_opens_them_and_a_rehearsal_does_not(house: House) -> None:
    head = ["信访编号", "信访人姓名", "信访人身份证号", "收件日期", "信访类别", "信访事项"]
    rows = [[str(at), "司徒耕", None, f"2021-0{at}-01", "求决", MATTER] for at in (1, 2)]
    content = workbook([head, *rows])
    for dry, number in ((True, 0), (False, 1), (False, 1)):
        answer = house.call("POST", "/registers/petition/import", *BOTH, content=content, params={"dry_run": dry})
        assert answer.status_code == 200, answer.text
        assert len(cases(house)) == number
    noted = house.call("GET", "/audit", "audit:read", params={"limit": 1000}).json()["entries"]
    assert [one["action"] for one in noted].count("case.create") == 1


def test_anonymous_accusations_open_no_case_of_a_person(house: House) -> None:
    for number, day in (("1", "2020-03-01"), ("2", "2021-03-01")):
        petition(house, number, day, values={"petitioner": None, "accused": "某村主任"})
    assert cases(house) == []
