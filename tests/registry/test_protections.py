"""Protected people: yes, no, and not known, which outsiders are told as yes."""

import io
import zipfile
from typing import Any

import pytest
from sqlmodel import select

from kit.database import reading
from registry.persons.protection_tables import Protection
from tests.registry.cases import ACCEPT, lead_of, put, read
from tests.registry.house import COUNTY, OTHER_COUNTY, TOWN, VILLAGE, House, id_number, person_row, workbook
from tests.registry.outsiders import Keepers, Outsider, code_of
from tests.registry.staff import journal

FIRST, SECOND = id_number("19700102", 11), id_number("19720203", 22)
WIFE = {"姓名": "李秀英", "身份证号": SECOND, "出生日期": "19720203", "与户主关系": "配偶", "联系电话": "13800000002"}
SECRETS = ("某镇某村3组1号", "13800000001", "JY0000001", VILLAGE)
REVEAL = "reveal"
WHY = {"reason": "visit"}
FULL = {"identity": "full", **WHY}


@pytest.fixture
def family(house: House) -> House:
    house.take(workbook([person_row(), person_row(**WIFE)]))
    return house


def found(house: House, number: str, **who: str) -> dict[str, Any]:
    answer = house.call("POST", "/persons/lookup", "registry:read", json={"id_number": number}, **who)
    assert answer.status_code == 200, answer.text
    person: dict[str, Any] = answer.json()
    return person


def say(house: House, who: dict[str, str], state: str, *scopes: str, **more: Any) -> Any:
    body = {**who, "state": state, "reason": "本人申请，有人身安全保护令", **more}
    if state == "yes":
        body.setdefault("kind", "domestic-violence")
    area = body.pop("by", COUNTY)
    return house.call("POST", "/protections", "cases:write", *scopes, json=body, area=area)


def said(house: House, number: str, state: str) -> str:
    person_id = str(found(house, number)["person_id"])
    answer = say(house, {"person_id": person_id}, state, "persons:protected")
    assert answer.status_code == 200, answer.text
    return person_id


def test_what_nothing_was_said_of_is_unknown_and_the_house_works_on(family: House) -> None:
    person = found(family, FIRST, purpose=REVEAL, params=WHY)
    assert (person["name"], person["address"], person["phone"]) == ("马有福", "某镇某村3组1号", "13800000001")
    seen = family.call("GET", f"/persons/{person['person_id']}/protection", "persons:protected")
    assert seen.json() == {"state": "unknown", "kind": None, "set_by": None, "set_at": None}


def test_a_protected_person_is_shown_to_the_house_by_a_scope_only(family: House) -> None:
    person_id = said(family, SECOND, "yes")
    shown = found(family, SECOND, purpose=REVEAL, params=WHY)
    assert (shown["person_id"], shown["name"], shown["coverage"][0]["programme"]) == (
        person_id, "（受保护）", "dibao-rural",
    )  # fmt: skip
    hidden = ("id_number", "phone", "address", "division", "household_id", "household_number", "birth_date", "former")
    assert not any(shown[name] for name in hidden)
    scopes = ("registry:read", "persons:protected")
    opened = family.call("GET", f"/persons/{person_id}", *scopes, purpose=REVEAL, params=WHY).json()
    assert (opened["name"], opened["phone"]) == ("李秀英", "13800000002")
    household = found(family, FIRST)["household_id"]
    members = family.call("GET", f"/households/{household}", "registry:read", purpose=REVEAL, params=WHY).json()[
        "members"
    ]
    assert [one["name"] for one in members] == ["马有福", "（受保护）"]
    followed = {one["name"] for one in family.export()[1]}
    assert followed == {"马有福", "李秀英"}, "the matcher knows whom it links"


def test_a_protected_person_is_not_found_by_name_and_leaves_no_gap(family: House) -> None:
    """Nor by a page that is shorter than it should be, or by a cursor behind which nothing comes."""
    person_id = said(family, SECOND, "yes")
    others = [
        family.call(
            "POST", "/persons", "registry:write", json={"name": "李秀英", "division": VILLAGE}, area=COUNTY
        ).json()["person_id"]
        for _ in range(2)
    ]

    def named(*scopes: str, limit: int) -> list[list[str]]:
        pages, cursor = [], None
        while True:
            told = {"limit": limit} | ({"cursor": cursor} if cursor else {})
            answer = family.call("POST", "/persons/search", *scopes, json={"name": "李秀英"}, params=told).json()
            pages.append([one["person_id"] for one in answer["persons"]])
            cursor = answer["cursor"]
            if cursor is None:
                return pages

    read = ("registry:read",)
    assert [len(one) for one in named(*read, limit=1)] == [1, 1, 0]
    assert sorted(named(*read, limit=3)[0]) == sorted(others)
    (everybody,) = named("registry:read", "persons:protected", limit=4)
    assert sorted(everybody) == sorted([*others, person_id])


def test_who_says_it_when_and_why_is_kept_and_the_reason_is_sealed(family: House) -> None:
    person_id = str(found(family, FIRST)["person_id"])
    for state in ("no", "yes"):
        assert say(family, {"person_id": person_id}, state).status_code == 200
    kept = say(family, {"person_id": person_id}, "no")
    assert (kept.status_code, code_of(kept)) == (403, "protection-kept")
    assert say(family, {"person_id": person_id}, "unknown", "persons:protected").status_code == 200
    with reading(family.database) as session:
        rows = session.exec(select(Protection).order_by("protection_id")).all()
        assert [(row.state, row.kind) for row in rows] == [
            ("no", None), ("yes", "domestic-violence"), ("unknown", None),
        ]  # fmt: skip
        assert all("安全" not in row.word_sealed and row.set_by and row.area == VILLAGE for row in rows)
    noted = [(subject, detail["state"]) for action, subject, detail in journal(family) if action == "person.protect"]
    assert noted == [(person_id, "no"), (person_id, "yes"), (person_id, "unknown")]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"state": "yes", "kind": None}, "body-invalid"),
        ({"state": "no", "kind": "witness"}, "body-invalid"),
        ({"state": "no", "reason": " "}, "body-invalid"),
        ({"state": "maybe"}, "body-invalid"),
        ({"state": "no", "subject_id": "0" * 36}, "body-invalid"),
        ({"state": "no", "person_id": "0" * 36}, "not-found"),
        ({"state": "no", "by": OTHER_COUNTY}, "not-found"),
    ],
)
def test_what_cannot_be_said(family: House, body: dict[str, Any], code: str) -> None:
    who = {"person_id": body.pop("person_id", found(family, FIRST)["person_id"])}
    assert code_of(say(family, who, body.pop("state"), **body)) == code


FIELDS = {"person": ["*"], "household": ["*"], "case": ["*"]}


def test_outsiders_are_not_told_where_anybody_lives_unless_somebody_said_no(family: House) -> None:
    Keepers(family).agreed(fields=FIELDS, purposes=["dynamic-monitoring", REVEAL])
    person, outsider = found(family, FIRST), Outsider(family, purpose=REVEAL)
    told = outsider.person(person["person_id"], **WHY)
    assert (told.json()["name"], told.json()["division"]) == ("马有福", TOWN)
    assert not any(secret in told.text for secret in SECRETS)
    path = f"/households/{person['household_id']}"
    assert outsider.call("GET", path, "registry:read", params=WHY).status_code == 404
    said(family, FIRST, "no")
    assert all(secret in outsider.person(person["person_id"], **WHY).text for secret in SECRETS)
    told = outsider.call("GET", path, "registry:read", params=WHY)
    assert [one["name"] for one in told.json()["members"]] == ["马有福"], "of the other nobody knows"
    assert told.json()["area"] == TOWN
    said(family, SECOND, "no")
    told = outsider.call("GET", path, "registry:read", params=WHY)
    assert (len(told.json()["members"]), told.json()["area"]) == (2, VILLAGE)
    said(family, SECOND, "yes")
    assert outsider.person(found(family, SECOND)["person_id"], **WHY).json()["name"] == "（受保护）"


SUBJECT = "11111111-1111-7111-8111-111111111111"


def test_a_case_shows_the_protected_to_whoever_took_it_over(family: House) -> None:
    case = put(family, subject_id=SUBJECT).json()
    assert say(family, {"subject_id": SUBJECT}, "yes").status_code == 200
    (item,) = read(family, case, purpose=REVEAL, params=WHY)["items"]
    assert [item[name] for name in ("name", "id_number", "phone", "address", "reasons")] == [None] * 4 + [[]]
    worker = {"purpose": REVEAL}
    both = ("cases:read", "cases:write")
    path, tag = f"/cases/{case['case_id']}", {"If-Match": f'"{case["version"]}"'}
    taken = family.call("POST", f"{path}/accept", *both, json=ACCEPT, headers=tag, **worker)
    assert taken.status_code == 200
    assert taken.json()["items"][0]["name"] == "马*福", "a step tells nobody unmasked"
    listed = family.call("GET", "/cases", *both, params=WHY, **worker).json()["cases"]
    assert listed[0]["items"][0]["phone"] == "13800000001"
    assert read(family, case, purpose=REVEAL, params=WHY)["items"][0]["name"] is None, "another account"
    book = family.call("GET", "/cases/export.xlsx", "cases:read", purpose=REVEAL, params=FULL)
    assert "马有福" not in _text(book.content)
    assert "马有福" in _text(family.call("GET", "/cases/export.xlsx", *both, params=FULL, **worker).content)


def _text(content: bytes) -> str:
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        return "".join(book.read(name).decode("utf-8", "replace") for name in book.namelist())


def test_whoever_took_a_case_of_somebody_over_is_told_who_they_are(family: House) -> None:
    person_id = said(family, FIRST, "yes")
    case = put(family, person_id=person_id, subject_id=None).json()
    scopes = ("registry:read", "cases:write")
    path = f"/persons/{person_id}"
    assert family.call("GET", path, *scopes, purpose=REVEAL, params=WHY).json()["name"] == "（受保护）"
    tag = {"If-Match": f'"{case["version"]}"'}
    taken = family.call("POST", f"/cases/{case['case_id']}/accept", *scopes, purpose=REVEAL, json=ACCEPT, headers=tag)
    assert taken.status_code == 200
    assert family.call("GET", path, *scopes, purpose=REVEAL, params=WHY).json()["name"] == "马有福"


def test_at_the_door_no_protected_head_of_the_household_is_named(family: House) -> None:
    wife = str(found(family, SECOND)["person_id"])
    case = put(family, person_id=wife, subject_id=None).json()
    scopes = ("cases:read", "cases:write")
    path, tag = f"/cases/{case['case_id']}/accept", {"If-Match": f'"{case["version"]}"'}
    assert family.call("POST", path, *scopes, json=ACCEPT, headers=tag).status_code == 200
    mine = family.call("GET", "/cases/mine", *scopes).text
    assert "马有福" in mine, "her household's head, and the name on the lead"
    said(family, FIRST, "yes")
    (shown,) = family.call("GET", "/cases/mine", *scopes).json()["cases"]
    assert shown["people"][0]["head"] is None


def test_what_was_said_before_the_registry_knew_somebody_holds_afterwards(family: House) -> None:
    put(family, subject_id=SUBJECT)
    assert say(family, {"subject_id": SUBJECT}, "yes", by=TOWN).status_code == 200
    new = {
        "name": "马有福",
        "id_number": lead_of()["snapshot"]["id_number"],
        "subject_id": SUBJECT,
        "division": VILLAGE,
    }
    made = family.call("POST", "/persons", "registry:write", json=new)
    shown = family.call(
        "GET", f"/persons/{made.json()['person_id']}", "registry:read", purpose=REVEAL, params=WHY
    ).json()
    assert shown["name"] == "（受保护）"
    told = family.call("GET", "/disclosure", "registry:follow").json()
    assert told["protected"] == sorted([SUBJECT, made.json()["person_id"]])
    assert say(family, {"person_id": made.json()["person_id"]}, "no", "persons:protected").status_code == 200
    assert family.call("GET", "/disclosure", "registry:follow").json()["protected"] == []
