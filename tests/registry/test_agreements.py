"""Agreements come into force by two people and are never altered; without one another agency is told nothing."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from kit.database import reading, transaction
from registry.access import agreements
from registry.access.resources import RESOURCES, resolved
from tests.registry.house import COUNTY, OTHER_COUNTY, TOWN, VILLAGE, House, id_number, person_row, workbook
from tests.registry.outsiders import FEDERATION, Keepers, Outsider, code_of, terms
from tests.registry.staff import journal

COVERED, ENDED, NOBODY = id_number("19700102", 11), id_number("19700102", 13), id_number("19880808", 15)


@pytest.fixture
def keepers(house: House) -> Keepers:
    rows = [
        person_row(),
        person_row(户号="JY0000002", 姓名="马无保", 户主姓名="马无保", 身份证号=ENDED, 救助类别="低保边缘"),
    ]
    house.take(workbook(rows))
    return Keepers(house)


def person_id(house: House) -> str:
    found = house.call("POST", "/persons/lookup", "registry:read", json={"id_number": COVERED})
    return str(found.json()["person_id"])


def test_an_agreement_needs_two_people_and_then_tells_what_it_names(keepers: Keepers) -> None:
    outsider = Outsider(keepers.house)
    assert code_of(outsider.check(COVERED)) == "agreement-missing"
    made = keepers.propose()
    assert (made["versions"][0]["state"], made["versions"][0]["in_force"]) == ("proposed", False)
    assert code_of(outsider.check(COVERED)) == "agreement-missing"
    assert code_of(keepers.approve(made, "an")) == "approver-same"
    assert code_of(outsider.check(COVERED)) == "agreement-missing"
    approved = keepers.approve(made).json()["versions"][0]
    assert (approved["state"], approved["in_force"], approved["fields"]) == (
        "approved", True, {"coverage-check": ["holdings.programme", "index", "status"]},
    )  # fmt: skip
    told = outsider.check(COVERED).json()
    assert told == {
        "on_date": "2021-06-01",
        "answers": [
            {
                "index": 0, "status": "covered", "holdings": [{"programme": "dibao-rural"}],
                "withheld": [
                    "holdings.covers", "holdings.end", "holdings.form", "holdings.start", "holdings.status",
                    "person_id",
                ],
            }
        ],
    }  # fmt: skip
    assert code_of(keepers.approve(made)) == "step-taken"
    actions = [(action, subject) for action, subject, _ in journal(keepers.house) if action.startswith("agreement.")]
    assert actions == [("agreement.propose", made["agreement_id"]), ("agreement.approve", made["agreement_id"])]
    asked = [detail for action, _, detail in journal(keepers.house) if action == "coverage.check"]
    assert [detail["agreement"] for detail in asked] == [approved["version_id"]]


def test_who_is_not_covered_reads_alike_whether_registered_or_not_unless_that_was_agreed(keepers: Keepers) -> None:
    outsider, made = Outsider(keepers.house), keepers.agreed()
    told = outsider.check(ENDED, NOBODY).json()["answers"]
    assert {**told[0], "index": 1} == told[1]
    assert {one["status"] for one in told} == {"not-covered"}
    more = {"coverage-check": ["status", "registered", "holdings.*"]}
    assert keepers.approve(keepers.next(made, fields=more)).status_code == 200
    told = outsider.check(ENDED, NOBODY).json()["answers"]
    assert [one["status"] for one in told] == ["not-covered", "unknown"]
    assert told[0]["holdings"][0]["programme"] == "dibao-margin"


@pytest.mark.parametrize(
    ("values", "who", "code"),
    [
        ({"purposes": ["reveal"]}, {}, "agreement-missing"),
        ({"valid_from": "2021-06-02"}, {}, "agreement-missing"),
        ({"valid_to": "2021-05-31"}, {}, "agreement-missing"),
        ({}, {"agency": "health"}, "agreement-missing"),
        ({"area": VILLAGE}, {"area": OTHER_COUNTY}, "agreement-missing"),
        ({"fields": {"person": ["name"]}}, {}, "agreement-insufficient"),
    ],
)
def test_what_does_not_fit_the_call_tells_nothing(
    keepers: Keepers, values: dict[str, Any], who: dict[str, str], code: str
) -> None:
    keepers.agreed(**values)
    refused = Outsider(keepers.house, **who).check(COVERED)
    assert (refused.status_code, code_of(refused)) == (403, code)


def test_the_last_day_is_told_and_the_end_is_at_once(keepers: Keepers) -> None:
    made, outsider = keepers.agreed(valid_from="2021-06-01", valid_to="2021-06-01"), Outsider(keepers.house)
    assert outsider.check(COVERED).status_code == 200
    ended = keepers.end(made).json()["versions"][0]
    assert (ended["state"], ended["in_force"], ended["end_reason"]) == ("ended", False, "合同到期")
    assert code_of(outsider.check(COVERED)) == "agreement-missing"
    assert code_of(keepers.end(made)) == "step-taken"


def test_a_narrower_agreement_narrows_the_area(keepers: Keepers) -> None:
    keepers.agreed(fields={"person": ["name"]})
    keepers.agreed(agency="health", area=TOWN, fields={"person": ["name"]})
    who = person_id(keepers.house)
    inside = Outsider(keepers.house, "health")
    assert inside.person(who).status_code == 200
    assert keepers.house.call("PATCH", f"/persons/{who}", "registry:write", json={"division": COUNTY},
                              headers={"If-Match": '"1"'}).status_code == 200  # fmt: skip
    assert inside.person(who).status_code == 404
    assert Outsider(keepers.house).person(who).status_code == 200


def test_a_person_is_told_field_by_field(keepers: Keepers) -> None:
    fields = {"person": ["name", "coverage.programme", "former.*"]}
    keepers.agreed(fields=fields, purposes=["dynamic-monitoring", "reveal"])
    who = person_id(keepers.house)
    told = Outsider(keepers.house).person(who).json()
    assert set(told) == {"person_id", "name", "coverage", "former", "withheld"}
    assert told["coverage"] == [{"programme": "dibao-rural"}]
    assert {"id_number", "phone", "coverage.amount_fen", "address"} <= set(told["withheld"])
    found = Outsider(keepers.house, purpose="reveal").call(
        "POST", "/persons/lookup", "registry:read", json={"id_number": COVERED}, params={"reason": "identity"}
    )
    assert (found.json()["name"], "id_number" in found.json()) == ("马有福", False)
    for scopes in (("registry:write",), ("imports:write",), ("registry:follow",), ("cases:write",)):
        for method, path in (("POST", "/persons"), ("POST", "/imports"), ("GET", "/export"), ("POST", "/cases")):
            refused = Outsider(keepers.house).call(method, path, *scopes, json={})
            assert code_of(refused) == "agreement-insufficient", path


def test_the_house_is_not_bound_and_makes_none_with_itself(keepers: Keepers) -> None:
    assert "withheld" not in keepers.house.call("GET", f"/persons/{person_id(keepers.house)}", "registry:read").text
    for agency in ("civil-affairs", "township", "doudi"):
        body = {"agency": agency, **terms()}
        assert code_of(keepers.call("an", "POST", "/agreements", json=body)) == "agency-of-house"


def test_a_version_is_what_it_was_whatever_the_resource_gains(
    keepers: Keepers, monkeypatch: pytest.MonkeyPatch
) -> None:
    keepers.agreed(fields={"person": ["*"]})
    who = person_id(keepers.house)
    before = Outsider(keepers.house).person(who).json()
    grown = RESOURCES["person"].__class__("人员", (*RESOURCES["person"].fields, "income"), ("person_id",))
    monkeypatch.setitem(RESOURCES, "person", grown)
    assert "income" in resolved("person", ["*"])
    assert Outsider(keepers.house).person(who).json() == before
    with reading(keepers.house.database) as session:
        (found,) = agreements.in_force(session, keepers.house.ring, _day(), FEDERATION)
    assert "income" not in found.fields["person"]


def _day() -> Any:
    return date(2021, 6, 1)


STATEMENTS = (
    "UPDATE agreement_version SET valid_to = '2099-12-31'",
    'UPDATE agreement_version SET fields = \'{"person":["id_number"]}\'',
    "UPDATE agreement_step SET actor = 'somebody'",
    "DELETE FROM agreement_step",
    "DELETE FROM agreement_version",
)


@pytest.mark.parametrize("statement", STATEMENTS)
def test_the_database_refuses_to_alter_what_was_agreed(keepers: Keepers, statement: str) -> None:
    made = keepers.agreed()
    with pytest.raises(DBAPIError, match="written once"), transaction(keepers.house.database) as session:
        session.execute(text(statement))
    path = f"/agreements/{made['agreement_id']}"
    assert keepers.call("an", "GET", path).json()["versions"] == made["versions"]


def _past_the_triggers(house: House, statement: str) -> None:
    """As somebody with the database in hand would write."""
    with transaction(house.database) as session:
        if session.get_bind().dialect.name == "postgresql":
            for table in ("agreement_version", "agreement_step"):
                session.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
        else:
            for table in ("agreement_version", "agreement_step"):
                for event in ("update", "delete"):
                    session.execute(text(f"DROP TRIGGER {table}_no_{event}"))
        session.execute(text(statement))


FORGERIES: list[Callable[[str], str]] = [
    lambda _: "UPDATE agreement_version SET valid_to = '2099-12-31'",
    lambda _: 'UPDATE agreement_version SET purposes = \'["dynamic-monitoring","reveal"]\'',
    lambda _: 'UPDATE agreement_version SET fields = \'{"coverage-check":["index","status"],"person":["name"]}\'',
    lambda _: "UPDATE agreement_version SET area = '000000000000'",
    lambda _: "UPDATE agreement_version SET proposed_by = 'somebody'",
    lambda _: "UPDATE agreement_version SET valid_from = '2020-01-01'",
    lambda _: "UPDATE agreement_step SET actor = 'somebody'",
    lambda version: f"UPDATE agreement_step SET step_id = '{version}'",
]


@pytest.mark.parametrize("forged", FORGERIES)
def test_whatever_is_written_past_the_triggers_is_seen_and_tells_nothing(
    keepers: Keepers, forged: Callable[[str], str]
) -> None:
    made = keepers.agreed()
    assert Outsider(keepers.house).check(COVERED).status_code == 200
    _past_the_triggers(keepers.house, forged(made["versions"][0]["version_id"]))
    assert code_of(Outsider(keepers.house).check(COVERED)) == "agreement-missing"
    path = f"/agreements/{made['agreement_id']}"
    moved = keepers.call("an", "GET", path).status_code == 404  # to an area the administrator does not see
    if moved:
        return
    shown = keepers.call("an", "GET", path).json()["versions"][0]
    assert (shown["state"], shown["in_force"]) == ("damaged", False)


def test_an_approval_that_nobody_gave_is_none(keepers: Keepers) -> None:
    version = keepers.propose()["versions"][0]["version_id"]
    with transaction(keepers.house.database) as session:
        session.execute(
            text(
                "INSERT INTO agreement_step (step_id, version_id, action, actor, at, digest) "
                f"VALUES ('s', '{version}', 'approve', 'somebody', '2021-01-01', 'm.0')"
            )
        )
    assert code_of(Outsider(keepers.house).check(COVERED)) == "agreement-missing"


def test_of_several_versions_the_newest_that_began_counts_and_no_older_one_in_its_place(keepers: Keepers) -> None:
    made, outsider = keepers.agreed(), Outsider(keepers.house)
    later = keepers.next(made, valid_from="2021-07-01")
    assert keepers.approve(later).status_code == 200
    assert outsider.check(COVERED).status_code == 200, "the next has not begun"
    third = keepers.next(made, fields={"person": ["name"]})
    assert keepers.approve(third).status_code == 200
    assert code_of(outsider.check(COVERED)) == "agreement-insufficient"
    assert keepers.end(made, 3).status_code == 200
    assert code_of(outsider.check(COVERED)) == "agreement-missing"


def test_an_older_version_does_not_come_back_when_the_newer_is_put_off(keepers: Keepers) -> None:
    made = keepers.agreed()
    assert keepers.approve(keepers.next(made, fields={"person": ["name"]})).status_code == 200
    _past_the_triggers(keepers.house, "UPDATE agreement_version SET valid_from = '2022-01-01' WHERE number = 2")
    assert code_of(Outsider(keepers.house).check(COVERED)) == "agreement-missing"


def test_two_agreements_of_one_agency_add_up_for_the_same_area(keepers: Keepers) -> None:
    keepers.agreed(fields={"person": ["name"]})
    keepers.agreed(fields={"person": ["sex"]}, catalogue_number="8")
    assert {"name", "sex"} <= set(Outsider(keepers.house).person(person_id(keepers.house)).json())


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"valid_to": "2020-12-31"}, "term-unlimited"),
        ({"valid_to": "2041-01-01"}, "term-unlimited"),
        ({"fields": {"person": ["wealth"]}}, "field-unknown"),
        ({"fields": {"people": ["name"]}}, "field-unknown"),
        ({"area": OTHER_COUNTY}, "area-outside"),
        ({"valid_to": None}, "body-invalid"),
        ({"purposes": []}, "body-invalid"),
    ],
)
def test_what_cannot_be_agreed(keepers: Keepers, values: dict[str, Any], code: str) -> None:
    body = {"agency": FEDERATION, **terms(**values)}
    assert code_of(keepers.call("an", "POST", "/agreements", json=body)) == code


def test_a_third_party_is_agreed_cases_and_leads_only(keepers: Keepers) -> None:
    body = {"agency": "social-workers", "kind": "third-party", **terms(fields={"statistics": ["figures"]})}
    assert code_of(keepers.call("an", "POST", "/agreements", json=body)) == "field-unknown"


def test_programs_propose_and_approve_nothing(keepers: Keepers) -> None:
    made, house = keepers.propose(), keepers.house
    body = {"agency": FEDERATION, **terms()}
    assert code_of(house.call("POST", "/agreements", "agreements:write", json=body)) == "people-only"
    path = f"/agreements/{made['agreement_id']}/versions/1"
    assert code_of(house.call("POST", f"{path}/approve", "agreements:write")) == "people-only"
    assert code_of(house.call("POST", f"{path}/end", "agreements:write", json={"reason": "x"})) == "people-only"


def test_agreements_are_listed_page_by_page_within_the_area(keepers: Keepers) -> None:
    for number in range(3):
        keepers.propose(catalogue_number=str(number))
    first = keepers.call("an", "GET", "/agreements", params={"limit": 2}).json()
    rest = keepers.call("an", "GET", "/agreements", params={"limit": 2, "cursor": first["cursor"]}).json()
    assert [one["catalogue_number"] for one in first["versions"] + rest["versions"]] == ["0", "1", "2"]
    other = keepers.house.call("GET", "/agreements", "agreements:write", area=OTHER_COUNTY)
    assert other.json()["versions"] == []
    assert keepers.call("an", "GET", "/agreements/nobody").status_code == 404
    listed = keepers.call("an", "GET", "/agreements/resources").json()["resources"]
    assert [one["resource"] for one in listed] == list(RESOURCES)
