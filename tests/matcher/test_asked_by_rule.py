"""A row that a stated rule finds weaker goes back to its sender without a visit, where the area has the screen on."""

from typing import Any

import pytest

from tests.matcher import county
from tests.matcher.conftest import Matcher
from tests.matcher.profiled import Office, profile

PEOPLE = county.numbered(6)
MA, LI, WANG = PEOPLE[:3]


def corrections(matcher: Matcher, feed: str | None = None) -> list[dict[str, Any]]:
    who = None if feed is None else matcher.agency(feed)
    found: list[dict[str, Any]] = matcher.get("/corrections", who)["corrections"]
    return found


def on(matcher: Matcher, *kinds: str, **more: Any) -> None:
    Office(matcher).in_force(profile(disagreements=list(kinds), **more))
    matcher.work()


def deliver(matcher: Matcher, feed: str, *rows: list[str]) -> str:
    batch = matcher.deliver(feed, list(rows))
    matcher.work()
    return batch


def test_a_card_whose_words_contradict_its_number_is_asked_about_once_and_answered_by_the_next_list(
    matcher: Matcher,
) -> None:
    wrong = county.card(*LI)
    wrong[county.CARDS.index("残疾等级")] = "四级"
    batch = deliver(matcher, "disability-cards", county.card(*MA), wrong)
    assert corrections(matcher) == [], "nationally off"
    on(matcher, "card")
    (one,) = corrections(matcher, "disability-cards")
    assert (one["batch_id"], one["line"], one["feed"], one["kind"], one["state"]) == (
        batch, 3, "disability-cards", "card", "open",
    )  # fmt: skip
    assert one["fields"] == ["残疾人证号", "残疾类别", "残疾等级"]
    assert "以证号为准" in one["request"]
    assert not [word for word in (*LI, "低保", "特困") if word in str(one)]
    again = deliver(matcher, "disability-cards", wrong, county.card(*MA))
    (one,) = corrections(matcher)
    assert (one["state"], one["stands"]) == ("open", {"batch_id": again, "line": 2}), (
        "asked once, whatever is delivered"
    )
    fixed = deliver(matcher, "disability-cards", county.card(*LI), county.card(*MA))
    (one,) = corrections(matcher)
    assert (one["state"], one["answered_by"]) == ("answered", fixed), "the same person, other words"


def test_a_number_that_can_be_nobody_s_is_asked_about_and_one_s_own_is_not(matcher: Matcher) -> None:
    for who in (MA, LI):
        matcher.registry.put_person(county.person(*who, coverage=[county.covered()]))
    broken = LI[1][:17] + ("0" if LI[1][17] != "0" else "1")
    deliver(matcher, "health-illness", county.illness(*MA), county.illness(LI[0], broken))
    on(matcher, "identity")
    (one,) = corrections(matcher, "health-illness")
    assert (one["line"], one["kind"], one["fields"]) == (3, "number", ["姓名", "证件号码"])
    assert broken not in str(one)
    # Our own mistake: the registry had the number wrong, and the row stands as it was.
    matcher.registry.put_person(county.person(*WANG))
    matcher.work()
    assert len(corrections(matcher)) == 1
    on(matcher, "card", valid_from="2021-06-01")
    assert corrections(matcher) == [], "asked no longer where nobody asks"


@pytest.mark.parametrize(("feeds", "asked"), [(["rural-monitoring"], ["coverage"]), ([], [])])
def test_what_a_row_says_of_coverage_goes_back_only_where_the_agreement_lets_the_agency_know(
    matcher: Matcher, feeds: list[str], asked: list[str]
) -> None:
    matcher.registry.put_person(county.person(*MA, coverage=[county.covered()]))
    matcher.registry.put_person(county.person(*LI))
    head = (*county.RURAL, "是否享受低保")
    rows = [[*county.monitored(*who, household=who[1]), "否"] for who in (MA, LI)]
    assert matcher.push("rural-monitoring", county.csv(head, rows)).status_code == 202
    matcher.work()
    on(matcher, "coverage", **({"claims_feeds": feeds} if feeds else {}))
    assert [one["kind"] for one in corrections(matcher)] == asked


def test_the_sender_answers_such_a_request_like_any_other(matcher: Matcher) -> None:
    wrong = county.card(*LI)
    wrong[county.CARDS.index("残疾等级")] = "四级"
    deliver(matcher, "disability-cards", county.card(*MA), wrong)
    on(matcher, "card")
    (one,) = corrections(matcher)
    body = {"answer": "confirmed-right", "reason": "与原始档案一致"}
    answer = matcher.http.post(
        f"/corrections/{one['correction_id']}/answer", json=body, headers=matcher.agency("disability-cards")
    )
    assert answer.status_code == 200, answer.text
    (now,) = corrections(matcher)
    assert (now["state"], now["answer"]) == ("answered", "confirmed-right")
    deliver(matcher, "disability-cards", wrong, county.card(*MA))
    (now,) = corrections(matcher)
    assert now["answer"] == "confirmed-right", "insisting, it is not asked anew each month"
