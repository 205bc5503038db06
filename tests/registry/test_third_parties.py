"""Social workers under contract see the cases lent to them, while they are, and nothing else."""

import io
import zipfile
from typing import Any

import pytest

from tests.registry.cases import done, outcome, put, read, report, step, taken_over
from tests.registry.house import House
from tests.registry.outsiders import Keepers, Outsider, code_of
from tests.registry.staff import journal

WORKERS = "social-workers"
LENT = {"responsible_unit": "社工站", "responsible_person": "周社工", "agency": WORKERS, "agency_until": "2021-06-30"}
FIELDS = {"case": ["*"], "case-history": ["*"], "lead": ["*"], "lead-identity": ["*"]}
WHY = {"reason": "visit"}
FULL = {"identity": "full", **WHY}
READ, WRITE = "cases:read", "cases:write"


@pytest.fixture
def workers(house: House) -> Outsider:
    Keepers(house).agreed(WORKERS, "third-party", fields=FIELDS)
    return Outsider(house, WORKERS)


def lent(house: House, lead: str = "lead-1", **values: Any) -> dict[str, Any]:
    case = taken_over(house, lead, household_key=f"household of {lead}")
    return done(step(house, case, "assign", {**LENT, **values}))


def seen(workers: Outsider) -> list[str]:
    return [one["case_id"] for one in workers.call("GET", "/cases", READ).json()["cases"]]


def book(workers: Outsider, **asked: str) -> str:
    content = workers.call("GET", "/cases/export.xlsx", READ, params=asked).content
    with zipfile.ZipFile(io.BytesIO(content)) as unpacked:
        return "".join(unpacked.read(name).decode("utf-8", "replace") for name in unpacked.namelist())


def test_only_what_is_lent_is_seen_by_list_single_history_export_and_outcome(house: House, workers: Outsider) -> None:
    mine = lent(house)
    other = taken_over(house, "lead-2", household_key="another")
    assert (mine["assigned_agency"], mine["assigned_from"], mine["assigned_until"]) == (
        WORKERS, "2021-06-01", "2021-06-30",
    )  # fmt: skip
    assert seen(workers) == [mine["case_id"]]
    for path in ("", "/history"):
        assert workers.call("GET", f"/cases/{mine['case_id']}{path}", READ).status_code == 200
        assert workers.call("GET", f"/cases/{other['case_id']}{path}", READ).status_code == 404
    assert mine["case_id"] in book(workers)
    assert other["case_id"] not in book(workers)
    both = {"outcomes": [outcome("08"), outcome("08", "lead-2")]}
    told = workers.call("POST", "/cases/outcomes", WRITE, json=both).json()
    assert [one["result"] for one in told["results"]] == ["taken", "refused"]
    assert told["results"][1]["errors"][0]["code"] == "item-unknown"
    sheet = f"线索编号,核查结果,核查方式,核查日期\n{'lead-2'},08,入户,2021-06-01\n".encode()
    told = workers.call("POST", "/cases/outcomes", WRITE, content=sheet, headers={"Content-Type": "text/csv"}).json()
    assert (told["taken"], told["refused"]) == (0, 1)


def test_an_assignment_has_its_time_and_ends_with_the_case(house: House, workers: Outsider) -> None:
    past = lent(house, "lead-1", agency_until="2021-05-31")
    today = lent(house, "lead-2", agency_until="2021-06-01")
    assert past["assigned_until"] == "2021-05-31"
    assert seen(workers) == [today["case_id"]]
    done(step(house, today, "assign", {"responsible_unit": "民政办", "responsible_person": "李主任"}))
    assert seen(workers) == []
    moved = lent(house, "lead-3")
    assert seen(workers) == [moved["case_id"]]
    report(house, outcome("08", "lead-3"))
    assert read(house, moved)["state"] == "closed"
    assert seen(workers) == []
    body = {"responsible_unit": "社工站", "responsible_person": "周社工", "agency": WORKERS}
    assert code_of(step(house, lent(house, "lead-4"), "assign", body)) == "body-invalid"


def test_a_case_lent_to_another_is_another_s(house: House, workers: Outsider) -> None:
    lent(house, agency="another-station")
    assert seen(workers) == []


def test_they_take_no_step_of_the_house_and_get_no_figures(house: House, workers: Outsider) -> None:
    case = lent(house)
    for name in ("accept", "assign", "transfer", "suspend", "close", "reopen", "approve", "return"):
        answer = workers.call("POST", f"/cases/{case['case_id']}/{name}", WRITE, "cases:approve", json={})
        assert code_of(answer) == "agreement-insufficient", name
    for path in (
        "/statistics/ledger",
        "/persons/x",
        "/households/x",
        "/changes",
        "/export",
        "/imports",
        "/publication",
    ):
        scopes = ("statistics:read", "registry:read", "registry:follow", "imports:write", "publication:read")
        assert workers.call("GET", path, *scopes).status_code == 403, path
    waiting = put(house, "lead-9", household_key="waiting").json()
    line = f"{waiting['case_id']},lead-9,08,入户,2021-06-01,社工站,周社工,入户"
    sheet = f"事项编号,线索编号,核查结果,核查方式,核查日期,责任单位,责任人,措施\n{line}\n".encode()
    told = workers.call("POST", "/cases/outcomes", WRITE, content=sheet, headers={"Content-Type": "text/csv"}).json()
    assert told["accepted"] == 0
    assert read(house, waiting)["state"] == "awaiting-acceptance"


def test_fields_not_agreed_are_in_no_answer_and_no_workbook(house: House) -> None:
    Keepers(house).agreed(WORKERS, "third-party", fields={"case": ["items.name", "due_on"]})
    workers, case = Outsider(house, WORKERS), lent(house)
    (told,) = workers.call("GET", "/cases", READ).json()["cases"]
    assert set(told) == {"case_id", "version", "state", "due_on", "items", "withheld"}
    assert set(told["items"][0]) == {"item_id", "kind", "kinds", "standing", "name"}
    assert {"items.phone", "responsible_person", "items.reasons"} <= set(told["withheld"])
    text = book(workers)
    assert case["case_id"] in text
    assert "马*福" in text
    assert not any(secret in text for secret in ("周社工", "32000", "lead-1", "138****0001"))
    assert code_of(workers.call("GET", f"/cases/{case['case_id']}/history", READ)) == "agreement-insufficient"


def test_where_somebody_lives_is_told_once_it_was_said_that_they_are_not_protected(house: House) -> None:
    subject = "22222222-2222-7222-8222-222222222222"
    Keepers(house).agreed(WORKERS, "third-party", fields=FIELDS, purposes=["dynamic-monitoring", "reveal"])
    workers = Outsider(house, WORKERS, purpose="reveal")
    case = done(step(house, taken_over(house, subject_id=subject), "assign", LENT))
    path = f"/cases/{case['case_id']}"
    told = workers.call("GET", path, READ, params=WHY).json()
    assert (told["area"], told["household_key"]) == ("640499100000", None)
    assert [told["items"][0][name] for name in ("name", "phone", "address")] == ["马有福", None, None]
    assert "13800000001" not in book(workers, **FULL)
    said = {"subject_id": subject, "state": "no", "reason": "入户核实"}
    assert house.call("POST", "/protections", WRITE, json=said).status_code == 200
    told = workers.call("GET", path, READ, params=WHY).json()
    assert (told["area"], told["household_key"]) == ("640499100201", "F001")
    assert told["items"][0]["address"] == "某村3组1号"
    assert "13800000001" in book(workers, **FULL)


def test_a_repeated_report_is_answered_within_the_agreement_of_now(house: House) -> None:
    keepers = Keepers(house)
    made = keepers.agreed(WORKERS, "third-party", fields={"case": ["items.name"]})
    workers, case = Outsider(house, WORKERS), lent(house)
    path = f"/cases/{case['case_id']}/outcome"
    headers = {"Idempotency-Key": "once", "If-Match": f'"{case["version"]}"'}
    body = outcome("02", None)
    first = workers.call("POST", path, WRITE, json=body, headers=headers)
    again = workers.call("POST", path, WRITE, json=body, headers=headers)
    assert (first.status_code, again.headers["Idempotent-Replayed"]) == (200, "true")
    assert first.json() == again.json()
    assert "responsible_person" not in again.json()
    assert keepers.end(made).status_code == 200
    refused = workers.call("POST", path, WRITE, json=body, headers=headers)
    assert code_of(refused) == "agreement-missing"


def test_what_they_were_shown_is_in_the_journal_with_their_agreement(house: House, workers: Outsider) -> None:
    lent(house)
    seen(workers)
    (shown,) = [detail for action, _, detail in journal(house) if action == "case.list" and detail["agency"] == WORKERS]
    assert len(shown["agreement"]) == 36
