"""A worker's own cases: whom to visit, without a budget, as long as the case is theirs and open."""

from typing import Any

import httpx
import pytest

from kit.columns import now
from tests.registry.case_sheets import Clerk
from tests.registry.cases import ACCEPT, NUMBER, lead_of, outcome
from tests.registry.house import COUNTY, TOWN, VILLAGE, House, person_row, workbook
from tests.registry.staff import Person, at_work, token_of

SEEN = {
    "name": "马有福", "id_last4": NUMBER[-4:], "phone": "13800000001", "group": "向阳村3组", "head": None,
}  # fmt: skip


class Worker:
    """Somebody of a township, signed in for their daily work."""

    def __init__(self, house: House, login: str = "li.na", area: str = TOWN, role: str = "township-worker") -> None:
        self.person: Person = at_work(house, role, login=login, area=area, agency="township")
        self.token = token_of(self.person.sign_in())

    def call(self, method: str, path: str, **more: Any) -> httpx.Response:
        return self.person.call(self.token, method, path, timeout=60, **more)

    def accept(self, case: dict[str, Any]) -> None:
        body = {"cases": [{"case_id": case["case_id"], **ACCEPT}]}
        assert self.call("POST", "/cases/accept", json=body).json()["taken"] == 1

    def mine(self, **narrowed: Any) -> list[dict[str, Any]]:
        answer = self.call("GET", "/cases/mine", params=narrowed)
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = answer.json()["cases"]
        return found

    def people(self) -> list[dict[str, Any]]:
        return [person for case in self.mine() for person in case["people"]]


def led(house: House, lead: str = "lead-1", **values: Any) -> dict[str, Any]:
    answer = house.call("PUT", f"/cases/by-lead/{lead}", "cases:lead", json=lead_of(lead, household_key=lead, **values))
    assert answer.status_code == 200, answer.text
    case: dict[str, Any] = answer.json()
    return case


@pytest.fixture(autouse=True)
def areas(house: House) -> None:
    body = {"areas": [{"code": VILLAGE, "name": "向阳村"}, {"code": TOWN, "name": "香山镇"}]}
    house.call("POST", "/areas/import", "areas:write", json=body)


def test_what_is_needed_at_the_door_is_shown_and_nothing_more(house: House) -> None:
    worker = Worker(house)
    house.told(reveals_per_person=1)
    worker.accept(led(house))
    led(house, "lead-2")
    answer = worker.call("GET", "/cases/mine")
    assert answer.headers["Cache-Control"] == "no-store"
    (case,) = answer.json()["cases"]
    (person,) = case["people"]
    assert {name: person[name] for name in SEEN} == SEEN
    assert set(person) == {*SEEN, "item_id", "lead_id", "kind", "standing", "standing_label"}
    for hidden in (NUMBER, NUMBER[:14], NUMBER[6:14], "1号", "医疗费", "illness"):
        assert hidden not in answer.text
    listed = worker.call("GET", "/cases").json()["cases"]
    assert {one["items"][0]["name"] for one in listed} == {"马*福"}, "elsewhere it stays masked"


def test_it_costs_nothing_and_stands_in_the_journal_by_case(house: House) -> None:
    worker = Worker(house)
    cases = [led(house, f"lead-{number}") for number in range(4)]
    for case in cases:
        worker.accept(case)
    house.told(reveals_per_person=1)
    assert [len(worker.mine()) for _ in range(3)] == [4, 4, 4]
    entries = house.call("GET", "/audit", "audit:read", area=COUNTY, params={"limit": 1000}).json()["entries"]
    looks = [one for one in entries if one["action"] == "case.mine"]
    assert len(looks) == 3
    assert looks[0]["actor"] == worker.person.account_id
    assert sorted(looks[0]["detail"]["cases"]) == sorted(case["case_id"] for case in cases)
    assert house.call("GET", "/audit/alerts", "audit:read").json()["alerts"] == []


def test_the_head_of_the_household_is_told_where_the_registry_knows_the_person(house: House) -> None:
    house.take(workbook([
        person_row(户主姓名="马德山", 姓名="马德山", 身份证号=None, 出生日期="19500101"),
        person_row(户主姓名="马德山", 身份证号=NUMBER, 出生日期="19850102", 与户主关系="子"),
    ]))  # fmt: skip
    found = house.call("POST", "/persons/lookup", "registry:read", json={"id_number": NUMBER}).json()
    worker = Worker(house)
    worker.accept(led(house, person_id=found["person_id"]))
    (person,) = worker.people()
    assert (person["name"], person["head"]) == ("马有福", "马德山")


def test_nobody_elses_and_nothing_before_or_after(house: House) -> None:
    worker, other = Worker(house), Worker(house, "wu.gang")
    case = led(house)
    assert worker.mine() == []
    worker.accept(case)
    assert (len(worker.mine()), other.mine()) == (1, [])
    program = house.call("GET", "/cases/mine", "cases:read", area=TOWN)
    assert program.json()["cases"] == []
    said = outcome("08", "lead-1")
    assert worker.call("POST", "/cases/outcomes", json={"outcomes": [said]}).json()["taken"] == 1
    assert house.call("GET", f"/cases/{case['case_id']}", "cases:read").json()["state"] == "closed"
    assert worker.mine() == []


def test_a_program_that_took_cases_over_sees_its_own(house: House) -> None:
    case = led(house)
    body = {"cases": [{"case_id": case["case_id"], **ACCEPT}]}
    assert house.call("POST", "/cases/accept", "cases:read", "cases:write", area=TOWN, json=body).json()["taken"] == 1
    (own,) = house.call("GET", "/cases/mine", "cases:read", "cases:write", area=TOWN).json()["cases"]
    assert own["people"][0]["name"] == "马有福"


def assign(house: House, case: dict[str, Any], account_id: str | None) -> httpx.Response:
    version = house.call("GET", f"/cases/{case['case_id']}", "cases:read").json()["version"]
    body = {
        "responsible_unit": "民政办",
        "responsible_person": "吴刚",
        **({"account_id": account_id} if account_id else {}),
    }
    path = f"/cases/{case['case_id']}/assign"
    return house.call("POST", path, "cases:write", json=body, headers={"If-Match": f'"{version}"'})


def test_a_case_handed_to_another_account_is_seen_there_and_no_longer_here(house: House) -> None:
    worker, other = Worker(house), Worker(house, "wu.gang")
    case = led(house)
    worker.accept(case)
    assert assign(house, case, other.person.account_id).status_code == 200
    assert (worker.mine(), len(other.mine())) == ([], 1)
    assert assign(house, case, None).status_code == 200
    assert (len(worker.mine()), other.mine()) == (1, [])


def test_it_is_handed_only_to_who_is_there_and_works_on_cases_of_that_area(house: House) -> None:
    worker = Worker(house)
    case = led(house)
    worker.accept(case)
    elsewhere = Worker(house, "zhao", area="640499200000")
    dashboard = at_work(house, "dashboard-reader", login="kan.ban", area=TOWN)
    gone = at_work(house, "township-worker", login="gone", area=TOWN)
    gone.alter(disabled_at=now())
    for account in (elsewhere.person.account_id, dashboard.account_id, gone.account_id, "0" * 36):
        refused = assign(house, case, account)
        assert (refused.status_code, refused.json()["code"]) == (422, "assignee-unknown")
    assert len(worker.mine()) == 1


def test_a_case_that_was_handed_on_to_another_township_or_opened_again_is_nobodys_until_taken_over(
    house: House,
) -> None:
    worker = Worker(house)
    body = {"areas": [{"code": "640499200000", "name": "白杨乡"}]}
    house.call("POST", "/areas/import", "areas:write", json=body)
    case = led(house)
    worker.accept(case)
    version = worker.mine()[0]["version"]
    answer = house.call(
        "POST", f"/cases/{case['case_id']}/transfer", "cases:write", headers={"If-Match": f'"{version}"'},
        json={"area": "640499200000", "reason": "户籍在那里"},
    )  # fmt: skip
    assert answer.status_code == 200, answer.text
    assert worker.mine() == []


def test_the_list_is_narrowed_and_paged_as_any(house: House) -> None:
    worker = Worker(house)
    for number in range(3):
        worker.accept(led(house, f"lead-{number}", tier="必访" if number else "观察"))
    first = worker.call("GET", "/cases/mine", params={"limit": 2}).json()
    rest = worker.call("GET", "/cases/mine", params={"limit": 2, "cursor": first["cursor"]}).json()
    ids = [case["case_id"] for page in (first, rest) for case in page["cases"]]
    assert len(set(ids)) == len(ids) == 3
    assert worker.mine(state="closed") == []
    assert len(worker.mine(area=VILLAGE)) == 3
    assert worker.call("GET", "/cases/mine", params={"whose": "everybody"}).status_code == 400
    assert Worker(house, "qian", role="dashboard-reader").call("GET", "/cases/mine").status_code == 403


def test_the_excel_list_shows_ones_own_at_the_door_and_others_masked(house: House) -> None:
    worker = Worker(house)
    worker.accept(led(house))
    led(house, "lead-2")
    answer = worker.call("GET", "/cases/export.xlsx")
    clerk = Clerk(answer.content)
    by_lead = {clerk.read(line, "线索编号"): line for line in clerk.lines()}
    headers = ("姓名", "身份证号", "电话", "住址", "户主")
    own = [clerk.read(by_lead["lead-1"], header) for header in headers]
    assert own == ["马有福", "*" * 14 + NUMBER[-4:], "13800000001", "向阳村3组", None]
    other = [clerk.read(by_lead["lead-2"], header) for header in headers]
    assert other == ["马*福", f"{NUMBER[:3]}{'*' * 11}{NUMBER[-4:]}", "138****0001", None, None]
    program = Clerk(house.call("GET", "/cases/export.xlsx", "cases:read", area=TOWN).content)
    assert {program.read(line, "姓名") for line in program.lines()} == {"马*福"}
