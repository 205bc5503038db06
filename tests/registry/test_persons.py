"""Persons in both times, sealed, scoped, masked."""

from typing import Any

import httpx
from sqlalchemy import text

from kit.database import reading, transaction
from registry.persons import merges
from tests.registry.house import OTHER_COUNTY, OTHER_VILLAGE, VILLAGE, House, id_number
from tests.registry.staff import journal
from tests.registry.test_registry_statistics import OTHER_TOWN, divisions

NUMBER = id_number("19850102", 33)
WRITE = "registry:write"


def register(house: House, **values: Any) -> httpx.Response:
    body = {"name": "马有福", "id_number": NUMBER, "birth_date": "1985-01-02", "division": VILLAGE, **values}
    return house.call("POST", "/persons", WRITE, json=body)


def look(house: House, number: str = NUMBER, **more: Any) -> httpx.Response:
    body = {"id_number": number, **({"name": more.pop("name")} if "name" in more else {})}
    return house.call("POST", "/persons/lookup", "registry:read", json=body, **more)


def test_a_person_is_found_by_the_number_however_it_is_written(house: House) -> None:
    person_id = register(house).json()["person_id"]
    spellings = [NUMBER, f" {NUMBER[:6]} {NUMBER[6:]}", f"'{NUMBER}", f"{NUMBER}43"]  # the last is a disability card
    assert [look(house, one).json().get("person_id") for one in spellings] == [person_id] * 4


def test_absent_and_not_yours_look_exactly_the_same(house: House) -> None:
    person_id = register(house).json()["person_id"]
    absent = look(house, id_number("19990909", 9))
    foreign = look(house, area=OTHER_COUNTY)
    hidden = house.call("GET", f"/persons/{person_id}", "registry:read", area=OTHER_COUNTY)
    bodies = [{**one.json(), "request_id": ""} for one in (absent, foreign, hidden)]
    assert [one.status_code for one in (absent, foreign, hidden)] == [404] * 3
    assert bodies[0] == bodies[1] == bodies[2]


def test_a_number_of_two_living_people_is_ambiguous_until_named_or_one_has_died(house: House) -> None:
    register(house)
    other = register(house, name="马有禄").json()["person_id"]
    both = look(house)
    assert (both.status_code, both.json()["code"]) == (409, "identifier-ambiguous")
    assert look(house, name="马有禄").json()["person_id"] == other
    died = house.call("PATCH", f"/persons/{other}", WRITE, json={"died_on": "2021-05-01"}, headers={"If-Match": '"1"'})
    assert died.status_code == 200
    assert look(house, purpose="reveal", params={"reason": "identity"}).json()["name"] == "马有福"


def test_the_same_number_and_name_is_not_registered_twice(house: House) -> None:
    first = register(house).json()["person_id"]
    again = register(house)
    assert (again.status_code, again.json()["code"]) == (409, "person-exists")
    assert again.json()["args"] == {"person_id": first}


def test_identity_is_masked_unless_the_purpose_is_to_reveal_and_that_is_on_record(house: House) -> None:
    person_id = register(house, phone="13800000001").json()["person_id"]
    masked = look(house).json()
    revealed = look(house, purpose="reveal", params={"reason": "identity"}).json()
    entries = house.call("GET", "/audit", "audit:read", params={"subject": person_id}).json()["entries"]
    assert masked["id_number"] == NUMBER[:3] + "*" * 11 + NUMBER[-4:]
    assert masked["phone"] == "138****0001"
    assert (masked["name"], masked["address"]) == ("马*福", None)
    assert (revealed["id_number"], revealed["phone"]) == (NUMBER, "13800000001")
    looked = [(one["purpose"], one["detail"]["revealed"]) for one in entries if one["action"] == "person.lookup"]
    assert looked == [("dynamic-monitoring", False), ("reveal", True)]


def test_number_and_telephone_lie_sealed_in_the_database(house: House) -> None:
    register(house, phone="13800000001")
    with reading(house.database) as session:
        row = session.execute(text("SELECT * FROM person_version")).mappings().one()
    stored = " ".join(str(value) for value in row.values())
    assert NUMBER not in stored
    assert "13800000001" not in stored


def test_a_correction_changes_what_was_and_a_change_does_not(house: House) -> None:
    made = register(house, valid_from="2020-01-01").json()
    path = f"/persons/{made['person_id']}"
    move = {"division": OTHER_VILLAGE, "address": "河源镇", "valid_from": "2021-03-01"}
    moved = house.call("PATCH", path, WRITE, json=move, headers={"If-Match": '"1"'}).json()
    house.call("PATCH", path, WRITE, json={"name": "马有富"}, headers={"If-Match": '"2"'})

    def seen(**when: str) -> tuple[str, str]:
        found = house.call("GET", path, "registry:read", purpose="reveal", params={**when, "reason": "identity"}).json()
        return found["name"], found["division"]

    assert seen() == ("马有富", OTHER_VILLAGE)
    assert seen(as_of="2021-02-28") == ("马有福", VILLAGE)
    assert seen(as_of="2021-03-01") == ("马有富", OTHER_VILLAGE)
    assert seen(known_at=made["recorded_at"]) == ("马有福", VILLAGE)
    assert seen(known_at=moved["recorded_at"]) == ("马有福", OTHER_VILLAGE)
    former = house.call("GET", path, "registry:read", purpose="reveal", params={"reason": "identity"}).json()["former"]
    assert [one["name"] for one in former] == ["马有福"]
    assert house.call("GET", path, "registry:read", params={"as_of": "2019-12-31"}).status_code == 404


def test_a_change_needs_the_version_seen(house: House) -> None:
    path = f"/persons/{register(house).json()['person_id']}"
    missing = house.call("PATCH", path, WRITE, json={"ethnic": "回族"})
    stale = house.call("PATCH", path, WRITE, json={"ethnic": "回族"}, headers={"If-Match": '"7"'})
    etag = house.call("GET", path, "registry:read").headers["etag"]
    fresh = house.call("PATCH", path, WRITE, json={"ethnic": "回族"}, headers={"If-Match": etag})
    early = house.call(
        "PATCH", path, WRITE, json={"ethnic": "汉族", "valid_from": "1999-01-01"}, headers={"If-Match": '"2"'}
    )
    nameless = house.call("PATCH", path, WRITE, json={"name": None}, headers={"If-Match": '"2"'})
    assert [one.status_code for one in (missing, stale, fresh, early, nameless)] == [428, 412, 200, 422, 422]


def test_both_the_area_left_and_the_area_entered_hear_of_a_move(house: House) -> None:
    person_id = register(house).json()["person_id"]
    move = {"division": OTHER_VILLAGE, "on": "2021-06-01"}
    house.call("POST", f"/persons/{person_id}/changes", WRITE, json=move, headers={"If-Match": '"1"'})
    left = house.call("GET", "/changes", "registry:follow", area=VILLAGE).json()["changes"]
    entered = house.call("GET", "/changes", "registry:follow", area=OTHER_VILLAGE).json()["changes"]
    assert [(one["id"], one["person"]) for one in left] == [(person_id, None)] * 2
    assert [one["person"]["division"] for one in entered] == [OTHER_VILLAGE]


def test_a_merged_person_answers_with_the_one_that_remained_and_is_exported_once(house: House) -> None:
    kept = register(house).json()["person_id"]
    gone = register(house, name="马友福").json()["person_id"]
    with transaction(house.database) as session:
        merges.merge(session, gone, kept)
    assert house.call("GET", f"/persons/{gone}", "registry:read").json()["person_id"] == kept
    _, people = house.export()
    assert [(one["person_id"], [was["name"] for was in one["former"]]) for one in people] == [(kept, ["马友福"])]


def test_a_subject_the_matcher_knew_keeps_its_id_in_the_change(house: House) -> None:
    subject = "01890000-0000-7000-8000-000000000001"
    register(house, subject_id=subject)
    changes = house.call("GET", "/changes", "registry:follow").json()["changes"]
    assert [one["person"]["subject_id"] for one in changes] == [subject]


def test_the_same_idempotency_key_registers_once_and_its_kept_answer_is_sealed(house: House) -> None:
    body = {"name": "马有福", "id_number": NUMBER, "division": VILLAGE}
    headers = {"Idempotency-Key": "k1"}
    answers = [house.call("POST", "/persons", WRITE, json=body, headers=headers) for _ in range(2)]
    other = house.call("POST", "/persons", WRITE, json=body | {"name": "别人"}, headers=headers)
    with reading(house.database) as session:
        stored = str(session.execute(text("SELECT body FROM idempotency_key")).scalar_one())
    assert [one.status_code for one in answers] == [201, 201]
    assert answers[0].json() == answers[1].json()
    assert other.json()["code"] == "idempotency-key-reused"
    assert answers[0].json()["person_id"] not in stored


def named(house: House, name: str, *, status: int = 200, **more: Any) -> list[dict[str, Any]]:
    answer = house.call("POST", "/persons/search", "registry:read", json={"name": name}, **more)
    assert answer.status_code == status, answer.text
    found: list[dict[str, Any]] = answer.json().get("persons", [])
    return found


def test_a_name_is_found_whole_however_its_signs_are_written_and_masked(house: House) -> None:
    mine = register(house, phone="13800000001").json()["person_id"]
    dotted = register(house, name="买买提.吐尔逊", id_number=id_number("19850102", 35)).json()["person_id"]
    (found,) = named(house, " 马 有 福 ")
    assert (found["person_id"], found["name"], found["address"]) == (mine, "马*福", None)
    assert NUMBER not in str(found)
    assert [one["person_id"] for one in named(house, "馬有福")] == [mine]
    assert [one["person_id"] for one in named(house, "买买提·吐尔逊")] == [dotted]
    assert named(house, "马有") == named(house, "马有福的妻子") == named(house, "不详") == []
    house.call("PATCH", f"/persons/{mine}", WRITE, json={"name": "马有富"}, headers={"If-Match": '"1"'})
    assert named(house, "马有福") == []
    assert [one["person_id"] for one in named(house, "马有富")] == [mine]


def test_a_name_is_found_in_the_callers_area_alone_and_within_the_part_asked_for(house: House) -> None:
    divisions(house)
    mine = register(house).json()["person_id"]
    other = register(house, division=OTHER_VILLAGE, id_number=id_number("19850102", 37)).json()["person_id"]
    assert named(house, "马有福", area=OTHER_COUNTY) == []
    assert {one["person_id"] for one in named(house, "马有福")} == {mine, other}
    assert [one["person_id"] for one in named(house, "马有福", area=VILLAGE)] == [mine]
    assert [one["person_id"] for one in named(house, "马有福", params={"area": OTHER_TOWN})] == [other]
    assert named(house, "马有福", params={"area": "110000000000"}, status=400) == []


def test_a_search_by_name_is_on_record_with_whom_it_told_of_and_reveals_for_a_reason(house: House) -> None:
    mine = register(house).json()["person_id"]
    named(house, "马有福")
    named(house, "马有禄")
    assert named(house, "马有福", params={"reason": "identity"}, status=403) == []
    (seen,) = named(house, "马有福", purpose="reveal", params={"reason": "identity"})
    assert (seen["name"], seen["id_number"]) == ("马有福", NUMBER)
    entries = [detail for action, _, detail in journal(house) if action == "person.search"]
    told = [(one["persons"], one["revealed"], one.get("reason")) for one in entries]
    assert sorted(told, key=str) == sorted(
        [([mine], False, None), ([], False, None), ([mine], True, "identity")], key=str
    )
    assert "马有" not in str(entries)
    assert house.call("POST", "/persons/search", "cases:read", json={"name": "马有福"}).status_code == 403


def test_who_was_merged_is_found_as_who_remained(house: House) -> None:
    mine = register(house).json()["person_id"]
    twice = register(house, id_number=id_number("19850102", 37)).json()["person_id"]
    with transaction(house.database) as session:
        merges.merge(session, twice, mine)
    assert [one["person_id"] for one in named(house, "马有福")] == [mine]
