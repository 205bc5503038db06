"""Two people at the bench: blind second readings, adjudication, leases, and two who decide at the same moment."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError
from sqlmodel import select

from kit.auth import Caller
from kit.columns import now
from kit.database import reading, transaction
from matcher.reviews import queue
from matcher.reviews.queue import Filters
from matcher.reviews.tables import Doubt, Reading
from matcher.settlements import history
from matcher.settlements.tables import Decision
from tests.matcher import county, reviewers
from tests.matcher.conftest import Matcher
from tests.matcher.fake_registry import COUNTY
from tests.matcher.reviewers import FAR, OWNER, Reviewer, borrowed, decided, deliver, linked, taught


@pytest.fixture
def twice(matcher: Matcher) -> tuple[str, str]:
    """Every doubt is to be read by two: (batch, the person in question)."""
    reviewers.resettle(matcher, review_second_share=1.0)
    return borrowed(matcher)


@pytest.fixture
def people(matcher: Matcher) -> list[Reviewer]:
    return [Reviewer(matcher, name) for name in ("ma", "li", "wang", "head")]


class TestBlind:
    def test_the_first_answer_decides_nothing_and_the_second_reader_knows_nothing_of_it(
        self, matcher: Matcher, twice: tuple[str, str], people: list[Reviewer]
    ) -> None:
        ma, li, *_ = people
        first = ma.answer("same", comment="是同一人")
        assert first["state"] == "open"
        assert decided(matcher) == taught(matcher) == set()
        assert ma.claim() is None, "never the same person"
        review = li.claim()
        assert review is not None
        assert (review["readings"], review["stage"]) == ([], "reading")
        overseer = Reviewer(matcher, "head", "reviews:oversee")
        for text in (str(review), str(li.get()), str(overseer.get(f"/{review['review_id']}"))):
            assert "是同一人" not in text
            assert "second" not in text
        assert [one["mine"] for one in ma.get(f"/{review['review_id']}")["readings"]] == [True]
        agreed = li.answer("same")
        assert agreed["state"] == "settled"
        assert [one["comment"] for one in agreed["readings"]] == ["是同一人", None]
        assert decided(matcher) == {(twice[1], "confirm", "review")}
        matcher.work()
        assert linked(matcher, twice[0]) == (twice[1], "human")

    def test_two_who_differ_are_settled_by_a_third_who_sees_both(
        self, matcher: Matcher, twice: tuple[str, str], people: list[Reviewer]
    ) -> None:
        ma, li, wang, _ = people
        ma.answer("same")
        assert li.answer("different")["state"] == "open"
        assert decided(matcher) == set()
        assert ma.claim() is li.claim() is None
        (listed,) = wang.get()["reviews"]
        assert listed["stage"] == "adjudication"
        assert wang.get(f"/{listed['review_id']}")["readings"] == [], "not before it is theirs"
        review = wang.claim()
        assert review is not None
        assert [one["verdict"] for one in review["readings"]] == ["same", "different"]
        assert {one["reviewer"] for one in review["readings"]} == {None}
        assert wang.answer("different")["state"] == "settled"
        assert decided(matcher) == {(twice[1], "reject", "review")}
        assert {row[:2] for row in taught(matcher)} == {(twice[1], "no-match")}

    def test_naming_different_people_is_disagreeing(self, matcher: Matcher, people: list[Reviewer]) -> None:
        reviewers.resettle(matcher, review_second_share=1.0)
        _, owner = borrowed(matcher)
        sister = matcher.registry.put_person(county.person("李秀兰", OWNER[1]))
        matcher.work()
        people[0].answer("same", candidate_id=owner)
        people[1].answer("same", candidate_id=sister)
        assert reviewers.doubt(matcher).stage == "adjudication"
        assert decided(matcher) == set()

    def test_with_one_of_two_answers_goes_what_both_decided(
        self, matcher: Matcher, twice: tuple[str, str], people: list[Reviewer]
    ) -> None:
        ma, li, wang, _ = people
        ma.answer("same")
        told = li.answer("same")
        undone = ma.undo(told).json()
        assert undone["state"] == "open"
        assert decided(matcher) == taught(matcher) == set()
        assert li.claim() is None, "li's answer stands"
        assert wang.answer("same")["state"] == "settled"
        assert decided(matcher) == {(twice[1], "confirm", "review")}

    def test_of_three_answers_two_that_are_left_and_agree_still_decide(
        self, matcher: Matcher, twice: tuple[str, str], people: list[Reviewer]
    ) -> None:
        ma, li, wang, _ = people
        ma.answer("same")
        li.answer("different")
        told = wang.answer("different")
        undone = ma.undo(told).json()
        assert undone["state"] == "settled"
        assert decided(matcher) == {(twice[1], "reject", "review")}
        assert li.undo(undone).json()["state"] == "open"
        assert decided(matcher) == taught(matcher) == set()

    def test_asked_of_other_people_earlier_readings_were_of_another_question(
        self, matcher: Matcher, twice: tuple[str, str], people: list[Reviewer]
    ) -> None:
        ma = people[0]
        ma.answer("different")
        sister = matcher.registry.put_person(county.person("李秀兰", OWNER[1]))
        matcher.work()
        again = ma.claim()
        assert again is not None
        assert {one["person_id"] for one in again["candidates"]} == {twice[1], sister}
        assert reviewers.doubt(matcher).stage == "first"


class TestLease:
    def test_two_claim_two_different_reviews_and_each_keeps_theirs(
        self, matcher: Matcher, people: list[Reviewer]
    ) -> None:
        ma, li, wang, _ = people
        matcher.registry.put_person(county.person(*OWNER, coverage=[county.covered()]))
        deliver(matcher, *(county.card(name, OWNER[1], address=FAR) for name in ("张万林", "赵文斌")))
        one, two = ma.claim(), li.claim()
        assert one is not None
        assert two is not None
        assert one["review_id"] != two["review_id"]
        assert wang.claim() is None
        again = ma.claim()
        assert again is not None
        assert again["review_id"] == one["review_id"]
        assert again["held_until"] > one["held_until"]
        assert {entry["claimed"] for entry in ma.get()["reviews"]} == {True}
        assert ma.post(f"/{one['review_id']}/release").status_code == 200
        taken = wang.claim()
        assert taken is not None
        assert taken["review_id"] == one["review_id"]

    def test_a_lease_that_ran_out_is_the_next_ones_and_the_late_answer_is_refused(
        self, matcher: Matcher, people: list[Reviewer]
    ) -> None:
        ma, li, *_ = people
        borrowed(matcher)
        late = ma.claim()
        assert late is not None
        assert li.claim() is None
        reviewers.run_out(matcher)
        assert li.claim() is not None
        refused = ma.post(f"/{late['review_id']}/decision", late["version"], verdict="different")
        assert (refused.status_code, refused.json()["code"]) == (409, "review-not-held")
        assert li.answer("same")["state"] == "settled"

    def test_a_lease_that_ran_out_unnoticed_still_takes_the_answer(
        self, matcher: Matcher, people: list[Reviewer]
    ) -> None:
        borrowed(matcher)
        late = people[0].claim()
        assert late is not None
        reviewers.run_out(matcher)
        said = people[0].post(f"/{late['review_id']}/decision", late["version"], verdict="different")
        assert said.status_code == 200

    def test_an_answer_to_what_has_changed_meanwhile_is_refused(self, matcher: Matcher, people: list[Reviewer]) -> None:
        borrowed(matcher)
        seen = people[0].claim()
        assert seen is not None
        matcher.registry.put_person(county.person("李秀兰", OWNER[1]))
        matcher.work()
        refused = people[0].post(f"/{seen['review_id']}/decision", seen["version"], verdict="same")
        assert (refused.status_code, refused.json()["code"]) == (412, "version-mismatch")
        assert decided(matcher) == set()


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    with ThreadPoolExecutor(len(calls)) as pool:
        return [future.result() for future in [pool.submit(call) for call in calls]]


class TestAtOnce:
    def test_one_review_is_claimed_by_one_of_many(self, matcher: Matcher) -> None:
        borrowed(matcher)
        many = [Reviewer(matcher, f"reviewer-{number}") for number in range(6)]
        claimed = [one for one in at_once(*(each.claim for each in many)) if one is not None]
        assert len(claimed) == 1

    def test_many_claims_share_out_the_queue_without_a_double(self, matcher: Matcher) -> None:
        matcher.registry.put_person(county.person(*OWNER, coverage=[county.covered()]))
        names = ("张万林", "赵文斌", "周桂花", "吴小军")
        deliver(matcher, *(county.card(name, OWNER[1], address=FAR) for name in names))
        many = [Reviewer(matcher, f"reviewer-{number}") for number in range(6)]
        claimed = [one["review_id"] for one in at_once(*(each.claim for each in many)) if one is not None]
        assert len(claimed) == len(set(claimed)) == len(many[0].get()["reviews"])

    def test_one_holder_who_answers_twice_at_once_answers_once(self, matcher: Matcher) -> None:
        _, owner = borrowed(matcher)
        ma = Reviewer(matcher, "ma")
        review = ma.claim()
        assert review is not None

        def say(verdict: str) -> int:
            return ma.post(f"/{review['review_id']}/decision", review["version"], verdict=verdict).status_code

        codes = at_once(lambda: say("same"), lambda: say("different"))
        assert sorted(codes) == [200, 409]
        (stands,) = decided(matcher)
        assert stands[0] == owner
        with reading(matcher.database) as session:
            (only,) = session.exec(select(Reading)).all()
        assert stands[1] == {"same": "confirm", "different": "reject"}[only.verdict]

    def test_a_row_two_counties_decide_at_once_is_one_persons_at_most(self, matcher: Matcher) -> None:
        """The same row, two entries of the queue, two people named: the database lets one of them through."""
        names = [f"{number}" * 36 for number in (1, 2)]

        def give(person: str) -> bool:
            try:
                with transaction(matcher.database) as session:
                    history.decide(session, [{**word("p" * 32, person, "confirm"), "source": person}])
            except IntegrityError:
                return False
            return True

        assert any(at_once(*(lambda person=person: give(person) for person in names)))
        with reading(matcher.database) as session:
            assert len([row for row in session.exec(select(Decision)) if row.verdict == "confirm"]) == 1

    def test_the_database_itself_refuses_to_give_a_row_to_two(self, matcher: Matcher) -> None:
        columns = {**word("p" * 32, "1" * 36, "confirm"), "made_at": now()}
        with transaction(matcher.database) as session:
            session.add(Decision(id="a", **columns))
        with pytest.raises(IntegrityError), transaction(matcher.database) as session:
            session.add(Decision(id="b", **{**columns, "person_id": "2" * 36}))
        with transaction(matcher.database) as session:  # told apart from many it may be
            for number in range(3, 6):
                session.add(Decision(id=str(number), **{**columns, "person_id": str(number) * 36, "verdict": "reject"}))

    def test_a_claim_passes_over_what_somebody_is_just_taking(self, matcher: Matcher) -> None:
        borrowed(matcher)
        ma, li = (Reviewer(matcher, name) for name in ("ma", "li"))
        with transaction(matcher.database) as session:
            doubt = session.exec(select(Doubt)).one()
            assert queue.claim(session, caller("ma"), Filters(), 5) is not None
            assert doubt.leased_by == "ma"
            if matcher.database.dialect == "postgresql":
                assert li.claim() is None, "it did not wait, and it did not take it"
        held = ma.claim()
        assert held is not None
        assert held["review_id"] == doubt.id


def word(record_print: str, person_id: str, verdict: str) -> dict[str, Any]:
    """A decision's columns."""
    place = {"batch_id": "b" * 36, "line": 2, "area": COUNTY}
    said = {"record_print": record_print, "person_id": person_id, "verdict": verdict}
    return {**said, **place, "code": "review", "source": "s", "lead_id": ""}


def caller(name: str) -> Caller:
    return Caller(name, "civil-affairs", COUNTY, frozenset(), "matching")
