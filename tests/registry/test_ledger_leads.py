"""Leads that return, and leads by the hundred: who re-opens what, and who does not."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from kit.columns import new_id
from tests.registry.cases import (
    accept,
    approve,
    close,
    done,
    item_of,
    lead_of,
    outcome,
    put,
    put_all,
    read,
    report,
    reported,
    taken_over,
)
from tests.registry.house import OTHER_COUNTY, OTHER_VILLAGE, House


@pytest.mark.parametrize(("reason", "flag"), [("new-facts", "新情况"), ("period-ended", "期满复查"), (None, "新情况")])
def test_a_lead_that_knows_the_outcome_reopens_its_case(house: House, reason: str | None, flag: str) -> None:
    case = taken_over(house)
    sent = reported(house, "08")
    after = put(house, version=2, knows_outcome=sent, return_reason=reason, tier="必访").json()
    item = item_of(after)
    assert (after["case_id"], after["state"], after["flag"]) == (case["case_id"], "awaiting-acceptance", flag)
    assert (after["reopened"], after["accepted_at"], after["closed_at"], after["reported_at"]) == (1, None, None, None)
    assert (item["standing"], item["code"], item["outcome_id"], item["suppress_until"]) == ("pending", None, None, None)
    assert after["tier"] == "必访"
    done(accept(house, after))
    reported(house, "09")
    assert (read(house, case)["state"], read(house, case)["flag"]) == ("closed", None)


def test_a_lead_may_ask_for_a_time_of_its_own_which_runs_from_when_it_first_asked(house: House) -> None:
    def told(lead: str, version: int = 1, days: int | None = None) -> dict[str, Any]:
        return done(put(house, lead=lead, version=version, household_key=lead, due_on=None, due_days=days))

    case = told("first", days=1)
    first = case["due_on"]
    assert first is not None
    assert told("first", 2, 3)["due_on"] == first, "more time given later is no delay"
    assert done(accept(house, read(house, case)))["due_on"] == first
    assert told("other", days=10)["due_on"] > first
    assert told("other", 2, 1)["due_on"] == first, "less time is a new day"
    assert told("third")["due_on"] is None, "the county's own term, from the acceptance"
    assert put(house, lead="fourth", due_days=0).status_code == 422


@pytest.mark.parametrize("knows", [None, "other"])
def test_a_version_sent_before_the_matcher_heard_of_the_outcome_only_updates(house: House, knows: str | None) -> None:
    case = taken_over(house)
    sent = reported(house, "08")
    after = put(house, version=2, knows_outcome=knows and new_id(), tier="必访", screens=["x"]).json()
    item = item_of(after)
    assert (after["state"], after["reopened"], after["closed_reason"]) == ("closed", 0, "暂无困难，持续监测")
    assert (item["standing"], item["outcome_id"], item["screens"], item["lead_version"]) == ("settled", sent, ["x"], 2)
    assert after["closed_at"] == read(house, case)["closed_at"]


def test_an_outcome_given_after_the_return_is_not_undone_by_the_same_return_again(house: House) -> None:
    taken_over(house)
    first = reported(house, "08")
    again = put(house, version=2, knows_outcome=first).json()
    done(accept(house, again))
    reported(house, "13")
    assert put(house, version=3, knows_outcome=first).json()["state"] == "closed"


def test_a_lead_in_progress_or_awaiting_approval_is_updated_and_nothing_else(house: House) -> None:
    case = taken_over(house)
    sent = reported(house, "02")
    waiting = put(house, version=2, knows_outcome=sent).json()
    approve(house, case)
    running = put(house, version=3, knows_outcome=sent).json()
    gone = put(house, version=4, state="withdrawn").json()
    assert [one["state"] for one in (waiting, running, gone)] == ["awaiting-approval", "in-progress", "in-progress"]
    assert [one["flag"] for one in (waiting, running, gone)] == [None, None, None]


def test_a_lead_closed_by_hand_returns_only_in_spite_of_that_very_step(house: House) -> None:
    case = taken_over(house)
    closed = done(close(house, case))
    closing = item_of(closed)["outcome_id"]
    assert put(house, version=2).json()["state"] == "closed"
    assert put(house, version=3, knows_outcome=closing).json()["state"] == "awaiting-acceptance"


def test_a_returning_lead_joins_the_case_its_household_has_open_by_now(house: House) -> None:
    old = taken_over(house)
    sent = reported(house, "08")
    present = taken_over(house, "lead-2")
    after = put(house, version=2, knows_outcome=sent).json()
    left = read(house, old)
    assert after["case_id"] == present["case_id"] != old["case_id"]
    assert (after["state"], after["flag"], len(after["items"])) == ("verifying", "新情况", 2)
    assert (left["state"], left["items"], left["reopened"]) == ("closed", [], 0)
    history = house.call("GET", f"/cases/{old['case_id']}/history", "cases:read").json()
    assert [one["outcome_id"] for one in history["outcomes"]] == [sent]  # what was reported stays where it was


def test_a_returning_lead_of_an_open_case_is_verified_there(house: House) -> None:
    put(house, "lead-2")
    case = taken_over(house)
    sent = reported(house, "08")
    after = put(house, version=2, knows_outcome=sent, return_reason="new-facts").json()
    assert (after["case_id"], after["state"], after["flag"], after["reopened"]) == (
        case["case_id"], "verifying", "新情况", 0,
    )  # fmt: skip


def test_a_returning_lead_of_another_household_by_now_gets_a_case_of_its_own(house: House) -> None:
    old = taken_over(house)
    sent = reported(house, "08")
    after = put(house, version=2, knows_outcome=sent, household_key="F777").json()
    assert (after["case_id"] != old["case_id"], after["household_key"], after["state"]) == (
        True, "F777", "awaiting-acceptance",
    )  # fmt: skip


def test_a_settled_lead_withdrawn_and_back_stays_settled(house: House) -> None:
    case = taken_over(house)
    reported(house, "08")
    put(house, version=2, state="withdrawn")
    back = put(house, version=3).json()
    assert (back["case_id"], back["state"], item_of(back)["state"]) == (case["case_id"], "closed", "open")


def test_many_leads_do_what_they_do_one_by_one(house: House) -> None:
    one_by_one = [put(house, "a").json(), put(house, "b").json(), put(house, "c", household_key="F002").json()]
    together = put_all(
        house,
        {"lead_id": "d", **lead_of("d", household_key="F003")},
        {"lead_id": "e", **lead_of("e", household_key="F003")},
        {"lead_id": "f", **lead_of("f", household_key="F004")},
        {"lead_id": "d", **lead_of("d", version=2, household_key="F003", tier="必访")},
    )
    cases = [one["case_id"] for one in together]
    assert cases[0] == cases[1] == cases[3] != cases[2]
    assert [one["state"] for one in together] == ["awaiting-acceptance"] * 4
    pair = read(house, {"case_id": cases[0]})
    assert (pair["version"], pair["tier"], [item["lead_id"] for item in pair["items"]]) == (3, "必访", ["d", "e"])
    assert (one_by_one[1]["version"], len(one_by_one[1]["items"])) == (2, 2)


def test_cases_and_items_of_one_call_are_listed_in_the_order_sent(house: House) -> None:
    names = [f"lead-{n:02d}" for n in range(60)]
    put_all(house, *({"lead_id": name, **lead_of(name, household_key=f"F{name}")} for name in names))
    put_all(house, *({"lead_id": f"{name}-b", **lead_of(name, household_key="F0")} for name in names))
    cases = house.call("GET", "/cases", "cases:read", params={"limit": 1000}).json()["cases"]
    assert [case["household_key"] for case in cases] == [*(f"F{name}" for name in names), "F0"]
    assert [item["lead_id"] for item in cases[-1]["items"]] == [f"{name}-b" for name in names]


def test_a_lead_refused_does_not_stop_its_neighbours(house: House) -> None:
    abroad = {"area": "640498100201", "household_key": "G001"}
    house.call("PUT", "/cases/by-lead/far", "cases:lead", area=OTHER_COUNTY, json=lead_of("far", **abroad))
    results = put_all(
        house,
        {"lead_id": "a", **lead_of("a")},
        {"lead_id": "far", **lead_of("far", version=2)},
        {"lead_id": "b", **lead_of("b", **abroad)},
        {"lead_id": "c", **lead_of("c", area=OTHER_VILLAGE, household_key="F002")},
    )
    assert [one["code"] for one in results] == [None, "lead-taken", "area-outside", None]
    assert [one["case_id"] is None for one in results] == [False, True, True, False]
    single = put(house, "far", version=2)
    assert (single.status_code, single.json()["code"]) == (409, "lead-taken")


def test_leads_sent_again_change_nothing(house: House) -> None:
    leads = [{"lead_id": f"lead-{n}", **lead_of(f"lead-{n}", household_key=f"F{n:03d}")} for n in range(5)]
    first = put_all(house, *leads)
    cursor, _ = house.export()
    again = put_all(house, *leads)
    changes = house.call("GET", "/changes", "registry:follow", params={"cursor": cursor}).json()["changes"]
    assert (again, changes) == (first, [])


def test_the_same_leads_from_several_senders_at_once_make_one_case_each(house: House) -> None:
    leads = [{"lead_id": f"lead-{n}", **lead_of(f"lead-{n}", household_key=f"F{n % 3}")} for n in range(9)]
    house.token("cases:lead")
    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(lambda _: put_all(house, *leads), range(4)))
    cases: dict[str, Any] = house.call("GET", "/cases", "cases:read").json()
    assert all(result == results[0] for result in results)
    assert [len(case["items"]) for case in cases["cases"]] == [3, 3, 3]


def test_a_new_lead_of_a_household_being_worked_on_is_verified_in_the_same_case(house: House) -> None:
    case = taken_over(house)
    reported(house, "02")
    approve(house, case)
    after = put(house, "lead-2").json()
    assert (after["case_id"], after["state"], after["due_on"]) == (case["case_id"], "verifying", "2021-06-15")
    assert report(house, outcome("08", "lead-2"))["taken"] == 1
    assert read(house, case)["due_on"] == "2021-07-13"  # back to what the decision waits for
