"""Doubts about money, custody and care: which leads they are, what answers them; older leads stay as they were."""

from datetime import date
from typing import Any

import pytest

from registry.ledger.outcome_codes import ANSWERED_BY, OUTCOMES, kinds_of
from tests.registry.case_sheets import VISITED, Clerk, exported, send
from tests.registry.cases import (
    NUMBER,
    accept,
    approve,
    done,
    errors,
    item_of,
    news,
    outcome,
    put,
    read,
    report,
    reported,
    taken_over,
)
from tests.registry.house import COUNTY, TOWN, VILLAGE, House, person_row, workbook
from tests.registry.test_ledger_steps import areas

PAYEE = {"screen": "payee-differs", "kind": "payment"}
DEAD = {"screen": "covered-but-dead", "kind": "wrongly-covered"}
ILL = {"screen": "uncovered-serious-illness", "kind": "uncovered"}


def found(*hits: dict[str, str]) -> dict[str, Any]:
    """What a lead says of its screens."""
    return {"hits": list(hits), "screens": [one["screen"] for one in hits]}


@pytest.mark.parametrize(
    ("hits", "kinds"),
    [
        (["payment"], ["doubt"]),
        (["conduct"], ["doubt"]),
        (["care"], ["doubt"]),
        (["wrongly-covered"], ["wrong"]),
        (["exit"], ["missed"]),
        (["a kind of tomorrow"], ["missed"]),
        (["payment", "wrongly-covered"], ["wrong", "doubt"]),
        (["care", "wrongly-covered", "uncovered", "payment"], ["missed", "wrong", "doubt"]),
        ([], []),
    ],
)
def test_what_screens_are_about_says_which_codes_answer(hits: list[str], kinds: list[str]) -> None:
    assert kinds_of(hits) == kinds
    assert kinds_of(reversed(hits)) == kinds


def test_a_lead_is_answered_by_the_codes_of_any_of_its_screens(house: House) -> None:
    for number, (hits, fitting) in enumerate(
        [([PAYEE], "P"), ([DEAD], "W"), ([DEAD, PAYEE], "WP"), ([ILL, PAYEE], "01P")]
    ):
        lead = f"lead-{number}"
        taken_over(house, lead, household_key=f"F{number:03}", kind="missed", **found(*hits))
        for code in OUTCOMES:
            if code[0] not in fitting and code not in ("14", "15"):
                assert errors(house, outcome(code, lead)) == [("code-kind", "code")], (hits, code)
        reported(house, {"P": "P3", "W": "W5", "WP": "P3", "01P": "P3"}[fitting], lead)


def test_a_lead_of_before_is_what_its_kind_says(house: House) -> None:
    case = put(house, kind="wrong").json()
    assert (item_of(case)["kind"], item_of(case)["kinds"]) == ("wrong", ["wrong"])
    case = put(house, "lead-2", household_key="F002").json()
    assert (item_of(case, "lead-2")["kind"], item_of(case, "lead-2")["kinds"]) == ("missed", ["missed"])


def test_another_version_is_about_something_else_and_a_withdrawn_one_keeps_what_it_was_about(house: House) -> None:
    case = taken_over(house, **found(PAYEE, DEAD))
    assert item_of(case)["kinds"] == ["wrong", "doubt"]
    put(house, version=2, **found(PAYEE))
    assert item_of(read(house, case))["kinds"] == ["doubt"]
    put(house, version=3, state="withdrawn", kind="doubt", screens=[])
    assert item_of(read(house, case))["kinds"] == ["doubt"]
    put(house, version=4, **found(PAYEE, ILL))
    assert (item_of(read(house, case))["kind"], item_of(read(house, case))["kinds"]) == ("missed", ["missed", "doubt"])


@pytest.mark.parametrize("code", ["P1", "P2", "P5"])
def test_what_is_put_right_or_handed_over_needs_a_second_person(house: House, code: str) -> None:
    case = taken_over(house, **found(PAYEE))
    both = ("cases:write", "cases:approve", "cases:read")
    assert house.call("POST", "/cases/outcomes", *both, json={"outcomes": [outcome(code)]}).json()["taken"] == 1
    headers = {"If-Match": f'"{read(house, case)["version"]}"'}
    alone = house.call("POST", f"/cases/{case['case_id']}/approve", *both, headers=headers)
    assert (alone.status_code, alone.json()["code"]) == (409, "second-person-needed")
    assert read(house, case)["state"] == "awaiting-approval"
    assert approve(house, case)["closed_reason"] == OUTCOMES[code].title


def test_a_doubt_that_is_in_order_is_settled_until_something_is_new(house: House) -> None:
    cursor = house.call("GET", "/changes", "registry:follow").json()["cursor"]
    case = taken_over(house, **found(PAYEE))
    sent = reported(house, "P3")
    item = item_of(read(house, case))
    assert (item["standing"], item["suppress_until"], item["closed_reason"]) == ("settled", None, "核实合理")
    assert news(house, cursor)[-1]["items"][0]["code"] == "P3"
    put(house, version=2, **found(PAYEE))
    assert read(house, case)["state"] == "closed", "the same lead again sends nobody"
    put(house, version=3, **found(PAYEE), knows_outcome=sent, return_reason="new-facts")
    assert item_of(read(house, case))["standing"] == "pending"


def test_what_was_put_right_states_month_and_amount_where_it_was_about_money(house: House) -> None:
    bare = {"paid_month": None, "overpaid_fen": None}
    taken_over(house, **found(PAYEE, DEAD))
    assert errors(house, outcome("P1", **bare)) == [("required", "paid_month"), ("required", "overpaid_fen")]
    taken_over(house, "lead-2", household_key="F002", **found({"screen": "care-agreement-missing", "kind": "care"}))
    assert errors(house, outcome("P1", "lead-2", note=None, **bare)) == [("required", "note")]
    reported(house, "P1", "lead-2", **bare)


@pytest.mark.parametrize(
    ("code", "values", "expected"),
    [
        ("P2", {"recovered_fen": 60001}, [("recovered-too-much", "recovered_fen")]),
        ("P2", {"recovered_fen": 60000}, []),
        ("P2", {"recovered_fen": 0}, []),
        ("P1", {"paid_month": "2021-07"}, [("month-unlikely", "paid_month")]),
        ("P1", {"paid_month": "2021-06"}, []),
        ("P1", {"paid_month": "1999-12"}, [("month-unlikely", "paid_month")]),
        ("P1", {"overpaid_fen": 0}, []),
    ],
)
def test_month_and_amount_of_a_doubt_lie_behind_us(
    house: House, code: str, values: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    taken_over(house, **found(PAYEE))
    sent = outcome(code, **values)
    result = report(house, sent)["results"][0]
    assert [(one["code"], one["field"]) for one in result["errors"]] == expected


def test_history_tells_the_month_and_the_amount(house: House) -> None:
    case = taken_over(house, **found(PAYEE))
    reported(house, "P2")
    told = house.call("GET", f"/cases/{case['case_id']}/history", "cases:read").json()["outcomes"][0]
    assert (told["code"], told["paid_month"], told["overpaid_fen"], told["recovered_fen"]) == (
        "P2",
        "2021-03",
        60000,
        60000,
    )


def test_a_doubt_may_be_entered_by_hand(house: House) -> None:
    areas(house, COUNTY, TOWN, VILLAGE)
    body = {"kind": "doubt", "area": VILLAGE, "title": "户名不符", "snapshot": {"name": "马兰"}}
    case = house.call("POST", "/cases", "cases:write", json=body)
    assert case.status_code == 201, case.text
    item = case.json()["items"][0]
    assert item["kinds"] == ["doubt"]
    taken = done(accept(house, case.json()))
    sent = outcome("P4", None, item_id=item["item_id"])
    assert report(house, sent)["taken"] == 1
    assert read(house, taken)["state"] == "closed"


def test_every_kind_that_is_mapped_leads_to_codes() -> None:
    for kind in set(ANSWERED_BY.values()):
        assert any(kind in one.kinds for one in OUTCOMES.values())


def test_a_clerk_answers_a_doubt_in_the_sheet(house: House) -> None:
    areas(house, COUNTY, TOWN, VILLAGE)
    case = taken_over(house, **found(DEAD, PAYEE))
    clerk = Clerk(exported(house))
    (line,) = clerk.lines()
    assert clerk.read(line, "类别") == "疑似错保、疑点复核"
    clerk.write(line, **VISITED, 核查结果="P2 属实，追回", 涉及年月="2021年3月")
    clerk.write(line, **{"多发金额(元)": "600元", "追回金额(元)": 250.5})
    answer = send(house, clerk.saved())
    assert answer.json()["taken"] == 1, answer.text
    told = house.call("GET", f"/cases/{case['case_id']}/history", "cases:read").json()["outcomes"][0]
    assert (told["code"], told["paid_month"], told["overpaid_fen"], told["recovered_fen"]) == (
        "P2",
        "2021-03",
        60000,
        25050,
    )


def test_an_import_judges_by_the_answer_whatever_the_lead_is_about_by_then(house: House) -> None:
    case = taken_over(house, **found(ILL))
    reported(house, "02")
    approve(house, case)
    put(house, version=2, **found(PAYEE))
    house.told(as_of=date(2021, 7, 1))
    house.take(workbook([person_row()]))
    assert read(house, case)["state"] == "in-progress", "nobody's support stopped, and nothing was granted yet"
    row = {**person_row(户号="JY0000009", 身份证号=NUMBER, 性别=None, 出生日期="19850102", 起保年月="202107")}
    house.take(workbook([{**row, "家庭人口": "1", "保障人数": "1"}]))
    person = next(one for one in house.export()[1] if one["id_number"] == NUMBER)
    put(house, version=3, **found(PAYEE), person_id=person["person_id"])
    house.take(workbook([person_row(), {**row, "家庭人口": "1", "保障人数": "1"}]))
    assert (read(house, case)["state"], item_of(read(house, case))["closed_reason"]) == ("closed", "已纳入保障")
