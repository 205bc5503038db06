"""What the bench measures: links nobody doubts drawn for review, how labels came about, and the figures by hand."""

import pytest
from sqlmodel import select

from kit.database import reading
from matcher.reviews.tables import Doubt
from matcher.settlements.tables import Label
from tests.matcher import county, reviewers
from tests.matcher.conftest import Matcher
from tests.matcher.reviewers import FAR, OWNER, Reviewer, borrowed, decided, deliver, linked, taught

PEOPLE = county.numbered(60)


def known(matcher: Matcher, count: int = 60) -> dict[str, str]:
    """So many registered people whose cards are delivered: name → person."""
    found = {name: matcher.registry.put_person(county.person(name, number)) for name, number in PEOPLE[:count]}
    deliver(matcher, *(county.card(*one) for one in PEOPLE[:count]))
    return found


class TestSample:
    def test_a_sample_of_sure_links_is_drawn_and_troubles_nobodys_lead(self, matcher: Matcher) -> None:
        reviewers.resettle(matcher, review_sample_certain=0.5)
        known(matcher)
        found = Reviewer(matcher, "ma").get(limit=1000)["reviews"]
        assert 12 <= len(found) <= 48
        assert {(one["kind"], one["reason"], one["grade"]) for one in found} == {("sample", "sample", "certain")}
        assert all(one["candidates"][0]["linked"] and len(one["candidates"]) == 1 for one in found)
        assert all(one["subject_id"] == one["candidate_id"] for one in found)
        assert {(lead["grade"], str(lead["doubts"])) for lead in matcher.leads()} == {("certain", "[]")}
        assert matcher.get("/batches")["batches"][0]["linked"]["in_review"] == 0

    def test_the_same_rows_are_drawn_every_month_and_another_share_draws_more_of_the_same(
        self, matcher: Matcher
    ) -> None:
        reviewers.resettle(matcher, review_sample_certain=0.04)
        known(matcher)
        few = self.drawn(matcher)
        deliver(matcher, *(county.card(*one) for one in reversed(PEOPLE)))
        assert self.drawn(matcher) == few
        reviewers.resettle(matcher, review_sample_certain=0.5)
        deliver(matcher, *(county.card(*one) for one in PEOPLE))
        more = self.drawn(matcher)
        assert few < more
        reviewers.resettle(matcher, review_sample_certain=0.0)
        deliver(matcher, *(county.card(*one) for one in reversed(PEOPLE)))
        assert self.drawn(matcher) == set()

    @staticmethod
    def drawn(matcher: Matcher) -> set[str]:
        with reading(matcher.database) as session:
            return {row.record_print for row in session.exec(select(Doubt)) if row.state == "open"}

    def test_a_wrong_link_found_is_taken_back_and_teaches_with_its_probability_of_being_drawn(
        self, matcher: Matcher
    ) -> None:
        reviewers.resettle(matcher, review_sample_certain=1.0)
        (person,) = known(matcher, 1).values()
        ma = Reviewer(matcher, "ma")
        (before,) = ma.get()["reviews"]
        batch = before["record"].partition(":")[0]
        assert linked(matcher, batch) == (person, None)
        ma.answer("different")
        matcher.work()
        assert linked(matcher, batch)[0] != person
        assert decided(matcher) == {(person, "reject", "review")}
        assert taught(matcher) == {(person, "no-match", "sample:certain")}
        with reading(matcher.database) as session:
            (label,) = session.exec(select(Label)).all()
        assert label.inclusion == 1.0
        assert label.pattern is not None
        assert label.probability is not None
        assert label.model_version == before["model_version"]
        assert (label.feed, f"{label.batch_id}:{label.line}") == ("disability-cards", before["record"])

    def test_a_right_link_confirmed_is_not_drawn_again(self, matcher: Matcher) -> None:
        reviewers.resettle(matcher, review_sample_certain=1.0)
        (person,) = known(matcher, 1).values()
        ma = Reviewer(matcher, "ma")
        assert ma.answer("same")["state"] == "settled"
        matcher.work()
        assert ma.get()["reviews"] == []
        assert linked(matcher, ma.get(state="settled")["reviews"][0]["record"].partition(":")[0]) == (person, "human")
        assert taught(matcher) == {(person, "match", "sample:certain")}

    def test_a_label_of_the_queue_says_how_likely_its_band_was_answered(self, matcher: Matcher) -> None:
        matcher.registry.put_person(county.person(*OWNER, coverage=[county.covered()]))
        deliver(matcher, *(county.card(name, OWNER[1], address=FAR) for name in ("张万林", "赵文斌")))
        ma = Reviewer(matcher, "ma")
        bands = {one["candidates"][0]["probability"] < 0.2 for one in ma.get()["reviews"]}
        assert bands == {True}, "both of one band"
        ma.answer("different")
        ma.answer("different")
        with reading(matcher.database) as session:
            shares = [row.inclusion for row in session.exec(select(Label).order_by(Label.made_at))]
        assert shares == [0.5, 1.0]


class TestFigures:
    @pytest.fixture
    def head(self, matcher: Matcher) -> Reviewer:
        return Reviewer(matcher, "head", "reviews:oversee")

    def test_the_figures_of_samples_by_hand(self, matcher: Matcher, head: Reviewer) -> None:
        reviewers.resettle(matcher, review_sample_certain=1.0)
        known(matcher, 5)
        ma = Reviewer(matcher, "ma")
        for verdict in ("same", "same", "different"):
            ma.answer(verdict)
        ma.answer("unsure")
        held = ma.claim()
        assert held is not None
        stats = head.get("/stats")
        told = {"open": 1, "claimed": 1, "second": 0, "adjudication": 0, "deferred": 1, "settled": 3, "closed": 0}
        assert stats["waiting"] == told
        assert stats["by_kind"] == stats["by_reason"] == stats["by_priority"] == {"sample": 1}
        assert (stats["today"], stats["own"]) == (4, {"held": None, "today": 0})
        assert ma.get("/stats")["own"] == {"held": held["review_id"], "today": 4}
        (grade,) = stats["by_grade"]
        assert (grade["name"], grade["reviewed"], grade["right"], grade["share"]) == ("certain", 3, 2, 0.6667)
        assert stats["precision"] == 0.6667
        assert stats["by_band"] == []
        (reviewer,) = stats["reviewers"]
        assert (reviewer["reviewer"], reviewer["answers"], reviewer["unsure"]) == ("ma", 4, 1)
        assert stats["median_seconds"] is not None
        assert ma.get("/stats")["reviewers"] is None
        away = Reviewer(matcher, "away", "reviews:oversee", area="640500000000")
        assert set(away.get("/stats")["waiting"].values()) == {0}
        assert away.get("/stats")["reviewers"] == []

    def test_the_figures_of_two_readers_by_hand(self, matcher: Matcher, head: Reviewer) -> None:
        """Two doubts read twice: one agreed (different), one not; chance (½·1) of two verdicts."""
        reviewers.resettle(matcher, review_second_share=1.0)
        matcher.registry.put_person(county.person(*OWNER, coverage=[county.covered()]))
        deliver(matcher, *(county.card(name, OWNER[1], address=FAR) for name in ("张万林", "赵文斌")))
        ma, li = Reviewer(matcher, "ma"), Reviewer(matcher, "li")
        for reviewer, verdicts in ((ma, ("same", "different")), (li, ("different", "different"))):
            for verdict in verdicts:
                reviewer.answer(verdict)
        stats = head.get("/stats")
        assert stats["agreement"] == {"read_twice": 2, "agreed": 1, "rate": 0.5, "kappa": 0.0}
        assert (stats["waiting"]["adjudication"], stats["waiting"]["settled"]) == (1, 1)
        (band,) = stats["by_band"]
        assert (band["name"], band["reviewed"], band["right"]) == ("0.00-0.20", 1, 0)
        assert [one["agreement"]["read_twice"] for one in stats["reviewers"]] == [2, 2]

    def test_what_was_taken_back_is_not_counted_but_as_such(self, matcher: Matcher, head: Reviewer) -> None:
        borrowed(matcher)
        ma = Reviewer(matcher, "ma")
        ma.undo(ma.answer("same"))
        stats = head.get("/stats")
        assert stats["by_band"] == []
        (reviewer,) = stats["reviewers"]
        assert (reviewer["answers"], reviewer["taken_back"]) == (0, 1)
