"""Registers, one engine for all: entries one by one, in both times, within the caller's scope."""

from typing import Any

from tests.registry.house import COUNTY, OTHER_VILLAGE, VILLAGE, House, id_number, person_row, workbook

OLD_MAN = ("马有福", id_number("19400102", 11))
CARER = ("马小福", id_number("19700305", 13))


def person(who: tuple[str, str]) -> dict[str, str]:
    return {"name": who[0], "id_number": who[1]}


def agreement(**changes: Any) -> dict[str, Any]:
    """A sound agreement; a field changed to None is left out."""
    values = {
        "beneficiary": person(OLD_MAN), "carer": person(CARER), "carer_phone": "13800000002", "self_care": "partial",
        "services": "做饭、洗衣、送医", "requirements": "每日看望", "rights_duties": "双方按约履行",
        "liability": "违约退还照料费", "begins_on": "2021-01-01", "ends_on": "2021-12-31", "hotline": "12345",
        **changes,
    }  # fmt: skip
    return {name: value for name, value in values.items() if value is not None}


def tekun(house: House, who: tuple[str, str] = OLD_MAN, **more: Any) -> str:
    """Somebody supported at home, imported; the id."""
    born = who[1][6:14]
    told = {"户号": f"T{who[1][-8:]}", "救助类别": "分散供养", "户主姓名": who[0], "姓名": who[0], "身份证号": who[1]}
    house.take(workbook([person_row(**{**told, "出生日期": born, **more})]))
    found = house.call("POST", "/persons/lookup", "registry:read", json={"id_number": who[1]})
    return str(found.json()["person_id"])


PATH = "/registers/care-agreement/entries"
BOTH = ("registers:read", "registers:write")


def add(house: House, register: str = "care-agreement", **body: Any) -> dict[str, Any]:
    answer = house.call("POST", f"/registers/{register}/entries", *BOTH, json=body)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_an_agreement_is_registered_of_whom_the_registry_knows_and_told_masked(house: House) -> None:
    person_id = tekun(house)
    made = house.call("POST", PATH, *BOTH, json={"values": agreement()})
    assert made.status_code == 201, made.text
    entry = made.json()
    assert made.headers["Location"].endswith(entry["entry_id"])
    assert (entry["person_id"], entry["area"], entry["due_on"]) == (person_id, VILLAGE, "2021-12-31")
    assert entry["household_id"] is not None
    assert entry["values"]["beneficiary"] == {
        "person_id": person_id,
        "name": "马*福",
        "id_number": f"640{'*' * 11}{OLD_MAN[1][-4:]}",
    }
    assert entry["values"]["carer"]["person_id"] is None  # not in the registry: kept as said
    assert OLD_MAN[1] not in made.text
    assert "13800000002" not in made.text
    again = house.call("GET", f"{PATH}/{entry['entry_id']}", "registers:read")
    assert again.json() == entry
    assert again.headers["ETag"].startswith('"1')
    full = house.call(
        "GET", f"{PATH}/{entry['entry_id']}", "registers:read", purpose="reveal", params={"reason": "visit"}
    )
    assert full.json()["values"]["carer"]["id_number"] == CARER[1]
    listed = house.call("GET", PATH, "registers:read", params={"person_id": person_id}).json()
    assert [one["entry_id"] for one in listed["entries"]] == [entry["entry_id"]]


def test_every_mistake_is_told_at_once_at_its_field(house: House) -> None:
    wrong = agreement(carer={"name": "马小福", "id_number": "123"}, begins_on="2021-13-01", hotline=None, self_care="x")
    wrong["nonsense"] = 1
    answer = house.call("POST", PATH, *BOTH, json={"values": wrong})
    assert answer.status_code == 422
    told = {(one["pointer"], one["code"]) for one in answer.json()["errors"]}
    assert told == {
        ("/values/carer/id_number", "id-number-invalid"), ("/values/begins_on", "date-expected"),
        ("/values/hotline", "required"), ("/values/self_care", "choice-unknown"), ("/values/*", "unknown-field"),
    }  # fmt: skip
    assert "nonsense" not in answer.text
    assert house.call("GET", PATH, "registers:read").json()["entries"] == []


def test_an_entry_is_corrected_changed_and_ended_by_the_version_seen(house: House) -> None:
    entry = add(house, values=agreement())
    at = f"{PATH}/{entry['entry_id']}"
    assert house.call("PATCH", at, *BOTH, json={"values": {}}).status_code == 428
    assert house.call("PATCH", at, *BOTH, json={"values": {}}, headers={"If-Match": '"9"'}).status_code == 412
    same = house.call("PATCH", at, *BOTH, json={"values": {}}, headers={"If-Match": '"1"'})
    assert (same.json()["ended"], same.json()["values"]) == (False, entry["values"])
    fixed = house.call("PATCH", at, *BOTH, json={"values": {"self_care": "none"}}, headers={"If-Match": '"2"'})
    assert (fixed.status_code, fixed.json()["version"]) == (200, 3), fixed.text
    moved = {"values": {"carer": person(("马大福", id_number("19720305", 15)))}, "on": "2021-05-01"}
    changed = house.call("POST", f"{at}/changes", *BOTH, json=moved, headers={"If-Match": '"3"'})
    assert changed.json()["values"]["carer"]["name"] == "马*福"
    early = {**moved, "on": "2020-01-01"}
    assert house.call("POST", f"{at}/changes", *BOTH, json=early, headers={"If-Match": '"4"'}).status_code == 422
    over = {"on": "2021-05-20", "reason": "转为集中供养"}
    ended = house.call("POST", f"{at}/end", *BOTH, json=over, headers={"If-Match": '"4"'}).json()
    assert (ended["ended"], ended["end_reason"], ended["valid_from"]) == (True, "转为集中供养", "2021-05-20")
    late = house.call("POST", f"{at}/changes", *BOTH, json={**moved, "on": "2021-06-01"}, headers={"If-Match": '"5"'})
    assert (late.status_code, late.json()["code"]) == (409, "entry-ended")
    assert house.call("GET", PATH, "registers:read").json()["entries"] == []
    for state in ("ended", "all"):
        assert len(house.call("GET", PATH, "registers:read", params={"state": state}).json()["entries"]) == 1
    then = house.call("GET", at, "registers:read", params={"as_of": "2021-03-01"}).json()
    assert (then["ended"], then["values"]["self_care"]) == (False, "none")
    versions = house.call("GET", f"{at}/history", "registers:read").json()["versions"]
    assert [one["superseded_at"] is None for one in versions].count(True) == 3
    assert len(versions) == 7


def test_the_same_entry_twice_is_refused_and_another_area_is_not_ours(house: House) -> None:
    entry = add(house, values=agreement())
    again = house.call("POST", PATH, *BOTH, json={"values": agreement()})
    assert (again.status_code, again.json()["code"]) == (409, "entry-exists")
    assert entry["entry_id"] in again.json()["detail"]
    outside = house.call("POST", PATH, *BOTH, json={"values": agreement(), "area": "640498000000"})
    assert outside.status_code == 403
    there = house.call("GET", f"{PATH}/{entry['entry_id']}", "registers:read", area=OTHER_VILLAGE)
    assert there.status_code == 404
    assert house.call("GET", "/registers/none/entries", "registers:read").json()["code"] == "register-unknown"
    assert entry["area"] == COUNTY  # nobody the registry knows: the caller's own


def test_who_is_named_by_id_alone_is_looked_up(house: House) -> None:
    person_id = tekun(house)
    made = add(house, values=agreement(beneficiary={"person_id": person_id}))
    assert made["values"]["beneficiary"]["name"] == "马*福"
    for nobody in ("00000000-0000-7000-8000-000000000000", "\x00", 7):
        answer = house.call("POST", PATH, *BOTH, json={"values": agreement(beneficiary={"person_id": nobody})})
        assert [one["pointer"] for one in answer.json()["errors"]] == ["/values/beneficiary/person_id"]


def test_what_is_due_and_who_has_no_agreement_is_listed_with_area_and_reason(house: House) -> None:
    alone = ("马有禄", id_number("19390708", 17))
    tekun(house)
    without = tekun(house, alone)
    made = add(house, values=agreement(ends_on="2021-06-20"))
    listed = house.call("GET", "/registers/care-agreement/due", "registers:read").json()
    assert [(one["reason"], one["entry_id"], one["person_id"], one["area"]) for one in listed["items"]] == [
        ("agreement-expiring", made["entry_id"], made["person_id"], VILLAGE),
        ("agreement-missing", None, without, VILLAGE),
    ]
    assert listed["by"] == "2021-07-01"
    later = house.call("GET", "/registers/care-agreement/due", "registers:read", params={"by": "2021-06-30"}).json()
    missing = {one["person_id"] for one in later["items"] if one["reason"] == "agreement-missing"}
    assert missing == {without, made["person_id"]}
    first = house.call("GET", "/registers/care-agreement/due", "registers:read", params={"limit": 1}).json()
    rest = house.call(
        "GET", "/registers/care-agreement/due", "registers:read", params={"limit": 1, "cursor": first["cursor"]}
    ).json()
    assert first["items"] + rest["items"] == listed["items"]
