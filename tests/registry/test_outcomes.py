"""Outcomes: what each code does to its item and case, what is refused and why, and that repeating changes nothing."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any

import pytest
from sqlalchemy import text
from sqlmodel import col, select

from kit.columns import new_id
from kit.database import reading
from registry.ledger.outcome_codes import OUTCOMES, suppress_until
from registry.ledger.tables import CaseEvent, Outcome
from tests.registry.cases import (
    NUMBER,
    accept,
    approve,
    done,
    errors,
    item_of,
    kind_of,
    outcome,
    put,
    read,
    report,
    reported,
    step,
    taken_over,
)
from tests.registry.house import OTHER_COUNTY, OTHER_VILLAGE, VILLAGE, House, person_row, workbook

TODAY = date(2021, 6, 1)


def extra(house: House, code: str) -> dict[str, Any]:
    """What code 14 needs: another lead it repeats."""
    if code != "14":
        return {}
    put(house, "lead-9", household_key="F009")
    return {"duplicate_of": "lead-9"}


@pytest.mark.parametrize("code", OUTCOMES)
def test_every_code_leaves_its_item_and_case_where_the_catalogue_says(house: House, code: str) -> None:
    case = taken_over(house, kind=kind_of(code))
    told = OUTCOMES[code]
    sent = reported(house, code, **extra(house, code))
    after = read(house, case)
    item = item_of(after)
    if told.second_person:
        assert (after["state"], item["standing"], item["settled_on"]) == (
            "awaiting-approval",
            "awaiting-approval",
            None,
        )
        after = approve(house, case)
        item = item_of(after)
    state = {"settled": "closed", "in-progress": "in-progress", "revisit": "verifying"}[told.after]
    assert (after["state"], item["standing"], item["code"], item["outcome_id"]) == (state, told.after, code, sent)
    until = suppress_until(code, TODAY)
    if told.after == "settled":
        assert (item["settled_on"], item["closed_reason"]) == ("2021-06-01", told.title)
        assert item["suppress_until"] == (until.isoformat() if until else None)
        assert (after["closed_reason"], after["flag"], after["overdue"]) == (told.title, None, False)


@pytest.mark.parametrize("code", [code for code in OUTCOMES if OUTCOMES[code].required])
def test_each_field_a_code_needs_is_asked_for_by_name(house: House, code: str) -> None:
    taken_over(house, kind=kind_of(code))
    bare = dict.fromkeys(OUTCOMES[code].required)
    assert errors(house, outcome(code, **bare)) == [("required", name) for name in OUTCOMES[code].required]


@pytest.mark.parametrize(
    ("code", "values", "expected"),
    [
        ("02", {"form": "institution"}, [("form-unfit", "form")]),
        ("03", {"form": "single"}, [("form-unfit", "form")]),
        ("08", {"visited_on": "2021-06-02"}, [("date-in-future", "visited_on")]),
        ("08", {"visited_on": "1999-12-31"}, [("date-too-early", "visited_on")]),
        ("10", {"died_on": "2021-06-02"}, [("date-in-future", "died_on")]),
        ("10", {"died_on": "1920-05-01"}, [("date-too-early", "died_on")]),
        ("15", {"revisit_on": "2021-06-01"}, [("date-past", "revisit_on")]),
        ("08", {"entered_on": "2021-07-01"}, [("date-in-future", "entered_on")]),
        ("12", {"id_number": "640499198501020330"}, [("id-number-invalid", "id_number")]),
        ("12", {"id_number": "马有福"}, [("id-number-invalid", "id_number")]),
        ("01", {"person_id": "x" * 36}, [("person-unknown", "person_id")]),
        ("14", {"duplicate_of": "lead-77"}, [("duplicate-unknown", "duplicate_of")]),
        ("14", {"duplicate_of": "lead-1"}, [("duplicate-self", "duplicate_of")]),
        ("W1", {}, [("code-kind", "code")]),
        (
            "09",
            {"reason": None, "visited_on": "2022-01-01"},
            [("required", "reason"), ("date-in-future", "visited_on")],
        ),
    ],
)
def test_what_is_wrong_with_an_outcome_is_named_all_at_once(
    house: House, code: str, values: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    case = taken_over(house)
    before = read(house, case)
    assert errors(house, outcome(code, **values)) == expected
    assert read(house, case) == before


@pytest.mark.parametrize(
    ("month", "fine"), [("1999-12", False), ("2000-01", True), ("2022-12", True), ("2023-01", False)]
)
def test_the_month_a_stop_begins_must_be_plausible(house: House, month: str, fine: bool) -> None:
    taken_over(house, kind="wrong")
    result = report(house, outcome("W1", stop_from=month))["results"][0]
    assert (result["result"], [one["code"] for one in result["errors"]]) == (
        ("taken", []) if fine else ("refused", ["month-unlikely"])
    )


def test_a_month_in_digits_of_another_script_is_not_kept(house: House) -> None:
    taken_over(house, kind="wrong")
    told = {"outcomes": [outcome("W1", stop_from="２０２１-07")]}
    answer = house.call("POST", "/cases/outcomes", "cases:write", json=told)
    assert answer.status_code == 422
    assert [one["pointer"] for one in answer.json()["errors"]] == ["/body/outcomes/0/stop_from"]


def test_the_codes_of_one_kind_do_not_fit_another(house: House) -> None:
    taken_over(house, kind="wrong")
    taken_over(house, "lead-2", household_key="F002")
    taken_over(house, "lead-3", household_key="F003", kind="doubt")
    for code in OUTCOMES:
        for lead, kind in (("lead-1", "wrong"), ("lead-2", "missed"), ("lead-3", "doubt")):
            if kind not in OUTCOMES[code].kinds:
                assert errors(house, outcome(code, lead)) == [("code-kind", "code")]


def test_an_item_must_be_named_known_and_the_same_by_both_names(house: House) -> None:
    case = taken_over(house)
    taken_over(house, "lead-2", household_key="F002")
    item = item_of(case)["item_id"]
    assert errors(house, outcome("08", None)) == [("item-missing", "item_id")]
    assert errors(house, outcome("08", None, item_id=new_id())) == [("item-unknown", "item_id")]
    assert errors(house, outcome("08", "lead-77")) == [("item-unknown", "lead_id")]
    assert errors(house, outcome("08", "lead-2", item_id=item)) == [("item-ambiguous", "lead_id")]
    assert errors(house, outcome("08", "lead-1"), area=OTHER_COUNTY) == [("item-unknown", "lead_id")]
    assert report(house, outcome("08", "lead-1", item_id=item))["taken"] == 1


def test_nothing_is_reported_before_acceptance_while_suspended_or_over_an_outcome_that_holds(house: House) -> None:
    waiting = put(house).json()
    assert errors(house, outcome("08")) == [("not-accepted", None)]
    case = done(accept(house, waiting))
    done(step(house, case, "suspend", {"reason": "外出务工"}))
    assert errors(house, outcome("08")) == [("case-suspended", None)]
    done(step(house, case, "resume"))
    reported(house, "02")
    assert errors(house, outcome("08")) == [("already-reported", None)]
    approve(house, case)
    assert errors(house, outcome("08")) == [("already-reported", None)]


def test_a_lead_withdrawn_before_acceptance_needs_no_visit(house: House) -> None:
    put(house)
    put(house, "lead-2")
    put(house, "lead-2", version=2, state="withdrawn")
    done(accept(house, read(house, put(house).json())))
    assert errors(house, outcome("08", "lead-2")) == [("lead-withdrawn", None)]


def test_a_second_visit_replaces_not_having_met_anybody(house: House) -> None:
    case = taken_over(house)
    reported(house, "15", revisit_on="2021-06-20")
    item = item_of(read(house, case))
    assert (item["standing_label"], item["revisit_on"], item["settled_on"]) == ("待再访", "2021-06-20", None)
    reported(house, "15", revisit_on="2021-06-25")
    reported(house, "13")
    after = read(house, case)
    assert (after["state"], item_of(after)["revisit_on"]) == ("closed", None)
    history = house.call("GET", f"/cases/{case['case_id']}/history", "cases:read").json()
    assert [one["code"] for one in history["outcomes"]] == ["15", "15", "13"]


def test_the_same_outcome_again_changes_nothing_and_another_content_is_refused(house: House) -> None:
    case = taken_over(house)
    sent = outcome("08", note="家中有劳力")
    first = report(house, sent, sent)
    after = read(house, case)
    by_item = {**sent, "lead_id": None, "item_id": item_of(case)["item_id"], "outcome_id": sent["outcome_id"].upper()}
    again = report(house, sent, by_item)
    assert (first["taken"], first["unchanged"], again["unchanged"]) == (1, 1, 2)
    assert read(house, case) == after
    assert errors(house, {**sent, "note": "另一说明"}) == [("outcome-differs", "outcome_id")]
    with reading(house.database) as session:
        assert len(session.exec(select(Outcome)).all()) == 1
        assert len(session.exec(select(CaseEvent).where(col(CaseEvent.action) == "report")).all()) == 1


def test_an_outcome_id_is_used_once_even_across_counties(house: House) -> None:
    taken_over(house)
    sent = outcome("08")
    report(house, sent)
    body = {"kind": "missed", "area": OTHER_COUNTY, "title": "群众来电", "snapshot": {"name": "李四"}}
    case = house.call("POST", "/cases", "cases:write", area=OTHER_COUNTY, json=body).json()
    headers = {"If-Match": f'"{case["version"]}"'}
    words = {"responsible_unit": "民政办", "responsible_person": "王主任", "measure": "入户"}
    path = f"/cases/{case['case_id']}/accept"
    house.call("POST", path, "cases:write", area=OTHER_COUNTY, json=words, headers=headers)
    stolen = {**sent, "lead_id": None, "item_id": case["items"][0]["item_id"]}
    assert errors(house, stolen, area=OTHER_COUNTY) == [("outcome-differs", "outcome_id")]


def test_of_many_outcomes_each_is_judged_by_itself_in_order(house: House) -> None:
    taken_over(house)
    taken_over(house, "lead-2", household_key="F002")
    put(house, "lead-3", household_key="F003")
    sent = [outcome("08"), outcome("09", reason=None), outcome("13", "lead-2"), outcome("08", "lead-3"), outcome("13")]
    result = report(house, *sent)
    assert [one["result"] for one in result["results"]] == ["taken", "refused", "taken", "refused", "refused"]
    assert [one["index"] for one in result["results"]] == [0, 1, 2, 3, 4]
    assert [one["outcome_id"] for one in result["results"]] == [one["outcome_id"] for one in sent]
    codes = [one["errors"][0]["code"] if one["errors"] else None for one in result["results"]]
    assert codes == [None, "already-reported", None, "not-accepted", "already-reported"]
    texts = [one["errors"][0]["detail"] for one in result["results"] if one["errors"]]
    assert all(text[0] > "一" and "(" in text for text in texts)  # Chinese first, English after


def test_one_case_has_as_many_outcomes_as_people_and_closes_with_the_last(house: House) -> None:
    put(house)
    case = done(accept(house, put(house, "lead-2").json()))
    reported(house, "08")
    half = read(house, case)
    reported(house, "02", "lead-2")
    waiting = read(house, case)
    final = approve(house, case)
    assert [half["state"], waiting["state"], final["state"]] == ["verifying", "awaiting-approval", "in-progress"]
    assert (half["reported_at"], final["due_on"]) == (final["reported_at"], "2021-07-13")  # thirty working days


def test_a_candidate_is_asked_for_and_must_be_one_of_those_named(house: House) -> None:
    house.take(
        workbook([person_row(), person_row(姓名="马有禄", 身份证号=None, 出生日期="19720103", 与户主关系="弟弟")])
    )
    people = {one["name"]: one["person_id"] for one in house.export()[1]}
    candidates = [{"person_id": people[name], "name": name} for name in ("马有福", "马有禄")]
    case = taken_over(house, kind="wrong", candidates=candidates)
    masked, shown = (
        item_of(case)["candidates"],
        item_of(read(house, case, purpose="reveal", params={"reason": "visit"}))["candidates"],
    )
    assert [one["name"] for one in masked] == ["马*福", "马*禄"]
    assert shown == candidates
    assert errors(house, outcome("W1")) == [("candidate-missing", "person_id")]
    assert errors(house, outcome("W2", person_id=new_id())) == [("candidate-unknown", "person_id")]
    assert report(house, outcome("W1", person_id=people["马有禄"]))["taken"] == 1


def test_01_may_name_any_person_of_the_registry_within_scope(house: House) -> None:
    house.take(workbook([person_row()]))
    person = house.export()[1][0]["person_id"]
    house.take(workbook([person_row(区划代码="640498100201", 身份证号=None, 姓名="外县人")]), area=OTHER_COUNTY)
    other = house.export(area=OTHER_COUNTY)[1][0]["person_id"]
    taken_over(house)
    assert errors(house, outcome("01", person_id=other)) == [("person-unknown", "person_id")]
    assert report(house, outcome("01", person_id=person))["taken"] == 1


def test_what_an_outcome_says_of_people_is_sealed_at_rest_and_kept_out_of_history(house: House) -> None:
    case = taken_over(house)
    reported(house, "12", name="马有禄", id_number=NUMBER, note="查无此号", visited_by="李主任")
    with reading(house.database) as session:
        stored = str(session.execute(text("SELECT * FROM ledger_outcome")).mappings().one())
    history = house.call("GET", f"/cases/{case['case_id']}/history", "cases:read").text
    for secret in ("马有禄", NUMBER, "查无此号", "李主任"):
        assert secret not in stored
        assert secret not in history


def test_a_single_outcome_needs_the_version_seen_unless_it_is_a_repetition(house: House) -> None:
    case = taken_over(house)
    path = f"/cases/{case['case_id']}/outcome"
    sent = outcome("08", None)
    blind = house.call("POST", path, "cases:write", json=sent)
    stale = house.call("POST", path, "cases:write", json=sent, headers={"If-Match": '"1"'})
    assert [blind.status_code, stale.status_code] == [428, 412]
    assert read(house, case)["version"] == case["version"]
    taken = house.call("POST", path, "cases:write", json=sent, headers={"If-Match": f'"{case["version"]}"'})
    again = house.call("POST", path, "cases:write", json=sent, headers={"If-Match": f'"{case["version"]}"'})
    other = house.call("POST", path, "cases:write", json={**sent, "note": "x"}, headers={"If-Match": '"9"'})
    assert [taken.status_code, again.status_code, other.status_code] == [200, 200, 409]
    assert taken.json() == again.json()
    assert (taken.headers["etag"], other.json()["code"]) == (f'"{taken.json()["version"]}"', "outcome-differs")


def test_a_single_outcome_says_what_is_wrong_field_by_field(house: House) -> None:
    case = taken_over(house)
    wrong = step(house, case, "outcome", outcome("09", None, reason=None, visited_on="2022-01-01"))
    other = taken_over(house, "lead-2", household_key="F002")
    elsewhere = step(house, case, "outcome", outcome("08", "lead-2"))
    reported(house, "08")
    late = step(house, case, "outcome", outcome("13", None))
    assert (wrong.status_code, wrong.json()["code"]) == (422, "outcome-refused")
    assert [one["pointer"] for one in wrong.json()["errors"]] == ["/reason", "/visited_on"]
    assert (elsewhere.status_code, read(house, other)["state"]) == (404, "verifying")
    assert (late.status_code, late.json()["errors"][0]["code"]) == (409, "already-reported")


def test_two_clients_reporting_the_same_item_at_once_are_taken_and_refused(house: House) -> None:
    taken_over(house)
    sent = [outcome("08"), outcome("13")]
    with ThreadPoolExecutor(2) as pool:
        results = list(pool.map(lambda one: report(house, one)["results"][0]["result"], sent))
    assert sorted(results) == ["refused", "taken"]
    with reading(house.database) as session:
        assert len(session.exec(select(Outcome)).all()) == 1


def test_the_same_outcome_sent_twice_at_once_is_one_row(house: House) -> None:
    taken_over(house)
    sent = outcome("08")
    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(lambda _: report(house, sent)["results"][0]["result"], range(4)))
    assert sorted(results) == ["taken", "unchanged", "unchanged", "unchanged"]


def test_outcomes_of_another_village_are_out_of_reach(house: House) -> None:
    taken_over(house, area=OTHER_VILLAGE)
    assert errors(house, outcome("08"), area=VILLAGE) == [("item-unknown", "lead_id")]
