"""The life of a case, pure: what follows from where its items stand, and which steps may be taken."""

from datetime import date
from typing import get_args

import pytest

from registry.ledger import states
from registry.ledger.outcome_codes import OUTCOMES, months_after, suppress_until
from registry.ledger.outcome_schemas import OutcomeIn
from registry.ledger.schemas import Code, Standing, State
from registry.ledger.states import CaseView, ItemView, derive, may

PENDING = ItemView("pending")
GONE = ItemView("pending", withdrawn=True)
REVISIT = ItemView("revisit")
WAITING = ItemView("awaiting-approval")
RUNNING = ItemView("in-progress")
NOT = ItemView("settled", closed_reason="不符合条件")
COVERED = ItemView("settled", closed_reason="已纳入保障")
TAKEN_BACK = ItemView("settled", withdrawn=True, closed_reason="线索撤回")
STILL_PAID = ItemView("pending", reopened_reason="仍在发放")


def case(state: str = "verifying", *, accepted: bool = True, returned: bool = False, people: bool = True) -> CaseView:
    return CaseView(state, accepted, returned, people)


@pytest.mark.parametrize(
    ("before", "items", "expected"),
    [
        (case("awaiting-acceptance", accepted=False), [PENDING], ("awaiting-acceptance", None, None)),
        (case("awaiting-acceptance", accepted=False), [PENDING, TAKEN_BACK], ("awaiting-acceptance", None, None)),
        (case("awaiting-acceptance", accepted=False), [TAKEN_BACK], ("closed", None, "线索撤回")),
        (case("awaiting-acceptance", accepted=False), [], ("closed", None, "线索撤回")),
        (case("closed", accepted=False), [PENDING], ("awaiting-acceptance", None, None)),
        (case(), [PENDING], ("verifying", None, None)),
        (case(), [GONE], ("verifying", "线索撤回", None)),
        (case(), [GONE, PENDING], ("verifying", "线索撤回", None)),
        (case(), [GONE, STILL_PAID], ("verifying", "仍在发放", None)),
        (case(), [REVISIT, NOT], ("verifying", None, None)),
        (case(), [WAITING, PENDING], ("verifying", None, None)),
        (case(returned=True), [WAITING, PENDING], ("returned", None, None)),
        (case(returned=True), [WAITING], ("awaiting-approval", None, None)),
        (case(), [WAITING, RUNNING], ("awaiting-approval", None, None)),
        (case(), [RUNNING, NOT], ("in-progress", None, None)),
        (case("in-progress"), [RUNNING, PENDING], ("verifying", None, None)),
        (case("in-progress"), [COVERED, COVERED], ("closed", None, "已纳入保障")),
        (case("in-progress"), [COVERED, NOT], ("closed", None, "核查办结")),
        (case("in-progress"), [COVERED, TAKEN_BACK], ("closed", None, "已纳入保障")),
        (case("suspended"), [PENDING], ("suspended", None, None)),
        (case("suspended"), [COVERED], ("closed", None, "已纳入保障")),
        (case("awaiting-acceptance", people=False), [], ("verifying", None, None)),
        (case("verifying", people=False), [], ("verifying", None, None)),
        (case("closed", people=False), [], ("closed", None, "人工办结")),
    ],
)
def test_a_case_stands_where_its_items_put_it(
    before: CaseView, items: list[ItemView], expected: tuple[str, str | None, str | None]
) -> None:
    found = derive(before, items)
    assert (found.state, found.flag, found.closed_reason) == expected


def test_a_return_is_over_when_nothing_is_left_to_verify() -> None:
    assert derive(case(returned=True), [PENDING]).returned
    assert not derive(case(returned=True), [WAITING]).returned
    assert not derive(case(returned=True), [COVERED]).returned


@pytest.mark.parametrize(
    ("step", "allowed"),
    [
        ("accept", {"awaiting-acceptance"}),
        ("report", {"verifying", "returned"}),
        ("assign", {"verifying", "returned", "awaiting-approval", "in-progress", "suspended"}),
        ("transfer", {"awaiting-acceptance", "verifying", "returned"}),
        ("suspend", {"verifying", "returned", "awaiting-approval", "in-progress"}),
        ("resume", {"suspended"}),
        ("reopen", {"closed", "in-progress", "verifying", "returned", "awaiting-approval"}),
        ("close", {"awaiting-acceptance", "verifying", "returned", "awaiting-approval", "in-progress", "suspended"}),
    ],
)
def test_each_step_is_open_from_its_states_only(step: str, allowed: set[str]) -> None:
    assert {state for state in get_args(State) if may(step, state)} == allowed


def test_the_contract_and_the_code_name_the_same_states_standings_and_codes() -> None:
    assert set(get_args(State)) == set(states.LABELS)
    assert set(get_args(Standing)) == set(states.STANDINGS)
    assert get_args(Code) == tuple(OUTCOMES)
    assert {state for known in states.STEPS.values() for state in known} <= set(states.LABELS)
    assert set(states.STEPS) <= set(states.ACTIONS)


def test_the_catalogue_is_complete_and_names_fields_that_exist() -> None:
    titles = [code.title for code in OUTCOMES.values()]
    assert list(OUTCOMES) == [f"{n:02d}" for n in range(1, 19)] + [f"{kind}{n}" for kind in "WP" for n in range(1, 6)]
    assert len(set(titles)) == len(titles)
    for code in OUTCOMES.values():
        assert set(code.required) <= set(OutcomeIn.model_fields), code.code
        assert bool(code.programmes) == (code.after == "in-progress" and "missed" in code.kinds), code.code
        assert (code.decision_days is not None) == (code.after == "in-progress"), code.code


def test_a_second_person_is_needed_for_entitlement_aid_referral_and_stops_only() -> None:
    needed = {code.code for code in OUTCOMES.values() if code.second_person}
    assert needed == {"02", "03", "04", "05", "06", "07", "W1", "W2", "P1", "P2", "P5"}
    assert {code.code for code in OUTCOMES.values() if code.after == "in-progress"} == {
        "02", "03", "04", "05", "17", "W1", "W2",
    }  # fmt: skip
    assert {code.code for code in OUTCOMES.values() if len(code.kinds) == 3} == {"14", "15"}


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2021, 6, 1), 3, date(2021, 9, 1)),
        (date(2021, 11, 30), 3, date(2022, 2, 28)),
        (date(2023, 12, 31), 2, date(2024, 2, 29)),
        (date(2021, 6, 1), 12, date(2022, 6, 1)),
        (date(2021, 12, 15), 12, date(2022, 12, 15)),
    ],
)
def test_months_are_counted_to_the_same_day_or_the_months_last(day: date, months: int, expected: date) -> None:
    assert months_after(day, months) == expected


def test_without_a_period_a_lead_stays_away_until_facts_change() -> None:
    assert suppress_until("10", date(2021, 6, 1)) is None
    assert suppress_until("09", date(2021, 6, 1)) == date(2022, 6, 1)
