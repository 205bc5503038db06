"""Six categories: what each is known by, by area and day; who is in which, counted once at the highest."""

from typing import Any

import httpx
import pytest

from kit.columns import now
from kit.scope import NATION
from tests.registry.cases import ACCEPT, outcome, put, report
from tests.registry.house import COUNTY, OTHER_COUNTY, TOWN, VILLAGE, House, id_number, person_row, workbook
from tests.registry.outsiders import code_of
from tests.registry.test_households import made, send, who

PROVINCE = "640000000000"
NUMBERS = {name: id_number(f"197{at}0102", 11 + 2 * at) for at, name in enumerate("甲乙丙丁戊")}


def put_rule(house: House, area: str, category: str, body: dict[str, Any], by: str = PROVINCE) -> httpx.Response:
    seen = house.call("GET", f"/categories/{area}/{category}").headers["ETag"]
    path = f"/categories/{area}/{category}"
    return house.call("PUT", path, "standards:write", json=body, headers={"If-Match": seen}, area=by)


def rule(since: str, **values: Any) -> dict[str, Any]:
    said = {"title": "低保边缘家庭成员", "rank": 4, "known_by": {"programmes": ["dibao-margin"]}}
    return {"mode": "change", "valid_from": since, **said, **values}


def row(name: str, **values: Any) -> dict[str, Any]:
    """Somebody who heads a household alone unless told otherwise."""
    of = {"姓名": f"马{name}", "户主姓名": f"马{name}", "户号": f"JY{name}", "身份证号": NUMBERS[name]}
    return person_row(**{**of, "出生日期": NUMBERS[name][6:14], "家庭人口": "1", "保障人数": "1", **values})


@pytest.fixture(autouse=True)
def divisions(house: House) -> None:
    codes = (PROVINCE, COUNTY, TOWN, VILLAGE, OTHER_COUNTY)
    body = {"areas": [{"code": code, "name": f"区划{code[:9]}"} for code in codes]}
    assert house.call("POST", "/areas/import", "areas:write", area=NATION, json=body).status_code == 200


@pytest.fixture
def people(house: House) -> dict[str, str]:
    """甲 低保, 乙 特困, 丙 低保边缘 with 丁 in his household (aided once, no more), 戊 in none."""
    rows = [
        row("甲"),
        row("乙", 救助类别="特困分散供养", 保障方式=None),
        row("丙", 救助类别="低保边缘", 保障方式=None, 家庭人口="2"),
        row("丁", 救助类别="临时救助", 保障方式=None, 户号="JY丙", 户主姓名="马丙", 与户主关系="妻", 家庭人口="2"),
        row("戊", 救助类别="临时救助", 保障方式=None),
    ]
    house.take(workbook(rows), as_of="2021-02-01")
    return {name: who(house, number) for name, number in NUMBERS.items()}


def highest(house: House, person_id: str, **asked: str) -> str | None:
    answer = house.call("GET", f"/persons/{person_id}/categories", "registry:read", params=asked)
    assert answer.status_code == 200, answer.text
    found: str | None = answer.json()["highest"]
    return found


def test_what_ships_holds_until_an_area_says_otherwise_and_then_the_nearest_does(house: House) -> None:
    def margin(area: str, **asked: str) -> tuple[str, bool, bool]:
        told = house.call("GET", "/categories", params={"area": area, **asked}).json()["categories"]
        assert [one["rank"] for one in told] == sorted(one["rank"] for one in told)
        one = next(one for one in told if one["category"] == "4")
        return one["title"], one["inherited"], one["shipped"]

    first = now().isoformat()
    assert margin(TOWN) == ("最低生活保障边缘家庭成员", True, True)
    assert put_rule(house, PROVINCE, "4", rule("2021-01-01", title="省定边缘")).status_code == 200
    assert put_rule(house, COUNTY, "4", rule("2021-05-01", title="县定边缘")).status_code == 200
    assert margin(TOWN) == ("县定边缘", True, False)
    assert margin(COUNTY) == ("县定边缘", False, False)
    assert margin(TOWN, as_of="2021-04-30") == ("省定边缘", True, False)
    assert margin(OTHER_COUNTY) == ("省定边缘", True, False)
    assert margin(TOWN, as_of="2020-12-31") == margin(TOWN, known_at=first) == ("最低生活保障边缘家庭成员", True, True)
    assert code_of(put_rule(house, COUNTY, "4", rule("2021-04-01"))) == "category-unordered"
    taken = {"mode": "correction", "valid_from": "2021-05-01", "valid_to": "2021-06-01"}
    assert put_rule(house, COUNTY, "4", taken).status_code == 200
    assert margin(TOWN, as_of="2021-05-15") == ("省定边缘", True, False)
    assert margin(TOWN, as_of="2021-06-01") == ("县定边缘", True, False)
    told = house.call("GET", f"/categories/{COUNTY}/4").json()
    assert [(one["valid_from"], one["valid_to"]) for one in told["versions"]] == [("2021-06-01", None)]
    half = {"mode": "change", "valid_from": "2021-07-01", "title": "半句"}
    assert put_rule(house, COUNTY, "4", half).status_code == 422
    assert put_rule(house, COUNTY, "4", rule("2021-07-01"), by=OTHER_COUNTY).status_code == 403


def test_everybody_is_in_the_highest_of_what_they_are_known_by(house: House, people: dict[str, str]) -> None:
    found = {name: highest(house, one) for name, one in people.items()}
    assert found == {"甲": "1", "乙": "2", "丙": "4", "丁": "4", "戊": None}
    before = now().isoformat()
    watched = made(house, kind="monitored", number="99", monitored_as="marginal")
    for name in ("甲", "丁"):
        body = {"person_id": people[name], "belongs": True, "on": "2021-03-01"}
        assert send(house, "POST", f"/households/{watched}/members", body).status_code == 200
    told = house.call("GET", f"/persons/{people['甲']}/categories", "registry:read").json()
    assert (told["highest"], [one["category"] for one in told["categories"]]) == ("1", ["1", "3"])
    assert highest(house, people["丁"]) == "3"
    assert highest(house, people["丁"], as_of="2021-02-28") == highest(house, people["丁"], known_at=before) == "4"
    done = {"monitored_as": "removed", "on": "2021-05-01"}
    assert send(house, "POST", f"/households/{watched}/changes", done).status_code == 200
    assert highest(house, people["丁"]) == "4"
    assert highest(house, people["丁"], as_of="2021-04-30") == "3"


def test_what_a_visit_found_counts_for_its_months(house: House, people: dict[str, str]) -> None:
    case = put(house, person_id=people["戊"]).json()
    taken = {"cases": [{"case_id": case["case_id"], **ACCEPT}]}
    assert house.call("POST", "/cases/accept", "cases:write", json=taken).json()["taken"] == 1
    before = now().isoformat()
    assert report(house, outcome("18"))["taken"] == 1
    assert highest(house, people["戊"]) == highest(house, people["戊"], as_of="2022-05-31") == "6"
    assert highest(house, people["戊"], as_of="2022-06-01") is None
    assert highest(house, people["戊"], known_at=before) is None


def test_an_area_may_rank_and_know_them_otherwise(house: House, people: dict[str, str]) -> None:
    household = house.call("GET", f"/persons/{people['丁']}", "registry:read").json()["household_id"]

    def of_household(**asked: str) -> tuple[str | None, dict[str, str | None]]:
        path = f"/households/{household}/categories"
        told = house.call("GET", path, "registry:read", params=asked).json()
        return told["highest"], {one["person_id"]: one["highest"] for one in told["members"]}

    assert of_household() == ("4", {people["丙"]: "4", people["丁"]: "4"})
    only = rule("2021-05-01", known_by={"programmes": ["dibao-margin"], "whole_household": False})
    assert put_rule(house, COUNTY, "4", only).status_code == 200
    assert of_household() == ("4", {people["丙"]: "4", people["丁"]: None})
    assert of_household(as_of="2021-04-30")[1][people["丁"]] == "4"
    aid = rule("2021-05-01", title="其他", rank=1, known_by={"programmes": ["temporary-aid"]})
    assert put_rule(house, COUNTY, "6", aid).status_code == 200
    assert of_household() == ("6", {people["丙"]: "4", people["丁"]: "6"})


def test_the_statistic_counts_everybody_once_on_a_day_as_known_at_a_moment(
    house: House, people: dict[str, str]
) -> None:
    def counted(**asked: str) -> dict[str, int]:
        told = house.call("GET", "/statistics/categories", "statistics:read", params={"area": COUNTY, **asked})
        assert told.status_code == 200, told.text
        body = told.json()
        assert body["total"]["persons"] == sum(one["persons"] for one in body["rows"])
        return {one["category"]: one["persons"] for one in body["rows"] if one["persons"]}

    assert counted() == {"1": 1, "2": 1, "4": 2}
    before = now().isoformat()
    house.take(workbook([row("甲", 停保年月="202103")]), as_of="2021-06-01")
    assert counted() == {"2": 1, "4": 2}
    assert counted(as_of="2021-03-31") == counted(known_at=before) == {"1": 1, "2": 1, "4": 2}
    assert counted(known_at="2020-01-01T00:00:00Z") == {}
    assert counted(as_of="2019-06-30") == {}
    covered = house.call("GET", "/statistics/coverage", "statistics:read", params={"known_at": before}).json()
    assert covered["total"] == {"persons": 2, "households": 2}
    refused = house.call("GET", "/statistics/ledger", "statistics:read", params={"as_of": "2021-03-31"})
    assert code_of(refused) == "ledger-not-frozen"
    # Few people are not told to a township, nor what they could be reckoned from.
    mine = house.call("GET", "/statistics/categories", "statistics:read", area=TOWN, params={"area": TOWN}).json()
    assert mine["withheld"]
    assert not any(isinstance(row["persons"], int) and 0 < row["persons"] < 5 for row in mine["rows"])
