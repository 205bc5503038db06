"""The journal proves itself and shows an auditor its own area."""

from sqlalchemy import text

from kit.database import transaction
from tests.registry.house import OTHER_COUNTY, TOWN, VILLAGE, House, id_number


def register(house: House, number: int, area: str, division: str) -> None:
    body = {"name": f"马{number}", "id_number": id_number("19700102", number), "division": division}
    assert house.call("POST", "/persons", "registry:write", area=area, json=body).status_code == 201


def test_every_sight_and_write_of_a_person_is_an_entry_and_the_chain_holds(house: House) -> None:
    register(house, 1, TOWN, VILLAGE)
    house.export()
    verdict = house.call("GET", "/audit/verify", "audit:read").json()
    entries = house.call("GET", "/audit", "audit:read").json()["entries"]
    told = {"entries": 2, "sound": True, "broken_at": None, "reason": None, "checkpoints": 0, "checked_to": 0}
    assert verdict == told
    assert [one["action"] for one in entries] == ["person.create", "registry.export"]


def test_an_altered_entry_breaks_the_chain_at_its_place(house: House) -> None:
    for number in (1, 2, 3):
        register(house, number, TOWN, VILLAGE)
    with transaction(house.database) as session:
        session.execute(text("UPDATE journal_entry SET actor = 'somebody' WHERE number = 2"))
    assert house.call("GET", "/audit/verify", "audit:read").json() == {
        "entries": 1, "sound": False, "broken_at": 2, "reason": "altered", "checkpoints": 0, "checked_to": 0,
    }  # fmt: skip


def test_an_auditor_sees_the_entries_of_its_own_subtree_page_by_page(house: House) -> None:
    register(house, 1, TOWN, VILLAGE)
    register(house, 2, OTHER_COUNTY, "640498100201")
    register(house, 3, TOWN, VILLAGE)
    first = house.call("GET", "/audit", "audit:read", params={"limit": 1}).json()
    rest = house.call("GET", "/audit", "audit:read", params={"cursor": first["cursor"]}).json()
    other = house.call("GET", "/audit", "audit:read", area=OTHER_COUNTY).json()
    assert [one["number"] for one in first["entries"] + rest["entries"]] == [1, 3]
    assert [one["number"] for one in other["entries"]] == [2]
