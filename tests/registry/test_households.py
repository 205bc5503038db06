"""Three notions of household: entered, linked, changed and corrected, each read in both times."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from kit.columns import now
from tests.registry.house import OTHER_COUNTY, TOWN, VILLAGE, House, id_number, person_row, workbook
from tests.registry.outsiders import code_of
from tests.registry.staff import journal

HEAD, WIFE, SON = id_number("19700102", 11), id_number("19720304", 42), id_number("20010506", 13)


@pytest.fixture
def family(house: House) -> dict[str, str]:
    """A 单人保 household: the wife alone is covered, the other two are on the same export without support."""
    rows = [
        person_row(身份证号=HEAD, 救助类别="低保边缘", 保障方式=None, 家庭人口="3", 保障人数="1"),
        person_row(姓名="李秀英", 身份证号=WIFE, 性别="女", 出生日期="19720304", 与户主关系="妻", 保障方式="单人保",
                   家庭人口="3", 保障人数="1"),
        person_row(姓名="马小宝", 身份证号=SON, 出生日期="20010506", 与户主关系="子", 救助类别="低保边缘",
                   保障方式=None, 家庭人口="3", 保障人数="1"),
    ]  # fmt: skip
    house.take(workbook(rows), as_of="2021-05-01")
    people = {name: who(house, number) for name, number in (("head", HEAD), ("wife", WIFE), ("son", SON))}
    home = house.call("GET", f"/persons/{people['head']}", "registry:read").json()["household_id"]
    return {**people, "home": home}


def who(house: House, number: str) -> str:
    found = house.call("POST", "/persons/lookup", "registry:read", json={"id_number": number})
    return str(found.json()["person_id"])


def read(house: House, home: str, **asked: str) -> Any:
    answer = house.call("GET", f"/households/{home}", "registry:read", params=asked)
    assert answer.status_code == 200, answer.text
    return answer.json()


def send(house: House, method: str, path: str, body: dict[str, Any], **more: Any) -> httpx.Response:
    """A write that has seen the present version."""
    home = path.split("/")[2]
    seen = house.call("GET", f"/households/{home}/history", "registry:read").headers["ETag"]
    return house.call(method, path, "registry:write", json=body, headers={"If-Match": seen}, **more)


def made(house: House, **values: Any) -> str:
    body = {"kind": "hukou", "number": "640499000123", "area": VILLAGE, "valid_from": "2015-01-01", **values}
    answer = house.call("POST", "/households", "registry:write", json=body)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["household_id"])


def test_every_member_is_kept_and_size_count_and_form_are_three_things(house: House, family: dict[str, str]) -> None:
    home = read(house, family["home"])
    covered = {one["person_id"]: one["covered"] for one in home["members"]}
    assert covered == {family["head"]: False, family["wife"]: True, family["son"]: False}
    single = next(one for one in home["support"] if one["programme"] == "dibao-rural")
    assert (single["form"], single["household_size"], single["covered_count"], single["covered"]) == ("single", 3, 1, 1)
    margin = next(one for one in home["support"] if one["programme"] == "dibao-margin")
    assert (margin["form"], margin["covered"]) == (None, 0)


def test_a_number_is_unique_by_its_notion_and_the_notions_are_linked_in_time(
    house: House, family: dict[str, str]
) -> None:
    number = read(house, family["home"])["number"]
    hukou, watched = made(house, number=number), made(house, kind="monitored", number=number, monitored_as="unstable")
    again = house.call(
        "POST", "/households", "registry:write",
        json={"kind": "hukou", "number": number, "area": TOWN, "valid_from": "2020-01-01"},
    )  # fmt: skip
    assert code_of(again) == "household-exists"
    for other in (hukou, watched):
        body = {"household_id": other, "linked": True, "valid_from": "2018-01-01"}
        assert send(house, "PUT", f"/households/{family['home']}/links", body).status_code == 200
    between = now().isoformat()
    gone = {"household_id": watched, "linked": False, "valid_from": "2021-03-01"}
    assert (
        send(house, "PUT", f"/households/{watched}/links", gone | {"household_id": family["home"]}).status_code == 200
    )

    def linked(**asked: str) -> set[str]:
        return {one["kind"] for one in read(house, family["home"], **asked)["links"]}

    assert linked() == {"hukou"}
    assert linked(as_of="2021-02-28") == linked(known_at=between) == {"hukou", "monitored"}
    assert linked(as_of="2017-12-31") == set()
    assert {one["number"] for one in read(house, hukou)["links"]} == {number}
    unfit = {"household_id": made(house, number="2"), "linked": True, "valid_from": "2018-01-01"}
    assert code_of(send(house, "PUT", f"/households/{hukou}/links", unfit)) == "link-unfit"


def test_an_import_neither_ends_nor_joins_the_places_of_another_notion(house: House, family: dict[str, str]) -> None:
    hukou = made(house, number="JY0000001")
    body = {"person_id": family["son"], "belongs": True, "relation": "之子", "on": "2016-01-01"}
    assert send(house, "POST", f"/households/{hukou}/members", body).status_code == 200
    rows = [
        person_row(姓名="马小宝", 身份证号=SON, 出生日期="20010506", 户号="JY0000009", 户主姓名="马小宝"),
    ]
    house.take(workbook(rows), as_of="2021-06-01")
    assert [one["person_id"] for one in read(house, hukou)["members"]] == [family["son"]]
    shown = house.call("GET", f"/persons/{family['son']}", "registry:read").json()
    assert shown["household_number"] == "JY0000009"
    listed = house.call("GET", "/households", "registry:read", params={"person_id": family["son"]}).json()
    assert {one["kind"] for one in listed["households"]} == {"hukou", "assistance"}


def test_number_and_place_are_changed_and_corrected_and_read_in_both_times(
    house: House, family: dict[str, str]
) -> None:
    home, before = family["home"], now().isoformat()
    moved = {"number": "JY0000077", "area": "640499101203", "on": "2021-03-01"}
    assert send(house, "POST", f"/households/{home}/changes", moved).status_code == 200
    between = now().isoformat()
    right = {"area": TOWN, "valid_from": "2021-03-01", "valid_to": "2021-04-01"}
    assert send(house, "PATCH", f"/households/{home}", right).status_code == 200

    def place(**asked: str) -> tuple[str, str]:
        shown = read(house, home, **asked)
        return shown["number"], shown["area"]

    assert place() == place(as_of="2021-04-01") == ("JY0000077", "640499101203")
    assert place(as_of="2021-03-31") == ("JY0000077", TOWN)
    assert place(as_of="2021-03-31", known_at=between) == ("JY0000077", "640499101203")
    assert place(as_of="2021-02-28") == place(known_at=before) == ("JY0000001", VILLAGE)
    # The import finds it by the number it has now, and the old one is free.
    house.take(workbook([person_row(身份证号=HEAD, 户号="JY0000077")]), as_of="2021-06-01")
    shown = house.call("GET", f"/persons/{family['head']}", "registry:read").json()
    assert shown["household_id"] == home
    early = {"number": "X", "on": "2021-02-01"}
    assert code_of(send(house, "POST", f"/households/{home}/changes", early)) == "date-unordered"
    for asked, seen in (({"as_of": "2021-03-15"}, [home]), ({}, []), ({"as_of": "2021-02-15"}, [home])):
        listed = house.call("GET", "/households", "registry:read", area=TOWN, params=asked).json()
        assert [one["household_id"] for one in listed["households"]] == seen
    told = house.call("GET", f"/households/{home}/history", "registry:read").json()
    assert {one["number"] for one in told["versions"]} == {"JY0000001", "JY0000077"}
    assert {one["person_id"] for one in told["members"]} == {family[name] for name in ("head", "wife", "son")}


def test_a_member_who_left_and_one_who_never_was_there_are_told_apart(house: House, family: dict[str, str]) -> None:
    path, between = f"/households/{family['home']}/members", now()
    left = {"person_id": family["son"], "belongs": False, "on": "2021-05-20"}
    assert send(house, "POST", path, left).status_code == 200
    never = {"person_id": family["head"], "belongs": False, "valid_from": "2000-01-01"}
    assert send(house, "PATCH", path, never).status_code == 200

    def members(**asked: str) -> set[str]:
        found = {one["person_id"] for one in read(house, family["home"], **asked)["members"]}
        return {name for name, one in family.items() if one in found}

    assert members() == {"wife"}
    assert members(as_of="2021-05-19") == {"wife", "son"}
    assert members(known_at=between.isoformat()) == {"head", "wife", "son"}
    assert code_of(send(house, "POST", path, left | {"on": "2021-05-19"})) == "date-unordered"
    back = {"person_id": family["son"], "belongs": True, "relation": "长子", "is_head": True, "on": "2021-05-25"}
    assert send(house, "POST", path, back).status_code == 200
    assert members(as_of="2021-05-24") == {"wife"}
    assert members(as_of="2021-05-25") == {"wife", "son"}
    done = [action for action, _, _ in journal(house) if action.startswith("household.member")]
    assert done == ["household.member-change", "household.member-correct", "household.member-change"]


def test_a_write_needs_the_version_seen_and_an_import_moves_it(house: House, family: dict[str, str]) -> None:
    home = family["home"]
    body = {"number": "JY0000078", "on": "2021-05-20"}
    path = f"/households/{home}/changes"
    assert code_of(house.call("POST", path, "registry:write", json=body)) == "version-missing"
    seen = house.call("GET", f"/households/{home}/history", "registry:read").headers["ETag"]
    rows = [person_row(身份证号=HEAD, 与户主关系="配偶")]
    house.take(workbook(rows), as_of="2021-06-01")
    stale = house.call("POST", path, "registry:write", json=body, headers={"If-Match": seen})
    assert code_of(stale) == "version-mismatch"


def test_what_lies_outside_is_neither_read_nor_written(house: House, family: dict[str, str]) -> None:
    path = f"/households/{family['home']}"
    for method, place, body in (
        ("GET", "", None),
        ("GET", "/history", None),
        ("POST", "/changes", {"number": "1", "on": "2021-05-20"}),
        ("PATCH", "/members", {"person_id": family["son"], "belongs": False, "valid_from": "2021-01-01"}),
    ):
        scope = "registry:read" if method == "GET" else "registry:write"
        sent = {} if body is None else {"json": body, "headers": {"If-Match": '"1"'}}
        answer = house.call(method, path + place, scope, area=OTHER_COUNTY, **sent)
        assert answer.status_code == 404, answer.text
    outside = {"area": "640498100201", "on": "2021-05-20"}
    assert code_of(send(house, "POST", f"{path}/changes", outside)) == "area-outside"


def test_monitoring_says_of_its_own_households_what_it_takes_them_for(house: House) -> None:
    bare = {"kind": "monitored", "number": "1", "area": VILLAGE, "valid_from": "2020-01-01"}
    assert code_of(house.call("POST", "/households", "registry:write", json=bare)) == "monitored-unfit"
    home = made(house, kind="monitored", monitored_as="marginal")
    done = {"monitored_as": "removed", "on": "2021-02-01"}
    assert send(house, "POST", f"/households/{home}/changes", done).status_code == 200
    assert read(house, home)["monitored_as"] == "removed"
    assert read(house, home, as_of="2021-01-31")["monitored_as"] == "marginal"
    known = (now() - timedelta(days=1)).isoformat()
    answer = house.call("GET", f"/households/{home}", "registry:read", params={"known_at": known})
    assert answer.status_code == 404
