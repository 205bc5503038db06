"""The review bench over the real application: claimed by one, decided for good, undone without a trace lost."""

import uuid

import pytest
from sqlmodel import col, select

from kit.columns import now
from kit.database import reading, transaction
from matcher.audit.tables import Journal
from matcher.leads.tables import Lead
from matcher.reviews.tables import Doubt, Reading, Review
from matcher.settlements.tables import DecisionEntry
from tests.matcher import county, reviewers
from tests.matcher.conftest import Matcher
from tests.matcher.reviewers import FAR, OTHERS, OWNER, Reviewer, borrowed, decided, deliver, doubt, linked, taught


@pytest.fixture
def ma(matcher: Matcher) -> Reviewer:
    return Reviewer(matcher, "ma")


@pytest.fixture
def li(matcher: Matcher) -> Reviewer:
    return Reviewer(matcher, "li")


@pytest.fixture
def head(matcher: Matcher) -> Reviewer:
    """Who oversees the bench."""
    return Reviewer(matcher, "head", "reviews:oversee")


class TestAnswer:
    def test_same_gives_the_row_to_the_person_for_this_delivery_and_all_later_ones(
        self, matcher: Matcher, ma: Reviewer
    ) -> None:
        batch, owner = borrowed(matcher)
        assert linked(matcher, batch)[0] != owner
        told = ma.answer("same", comment="问过村干部")
        assert (told["state"], told["version"]) == ("settled", 2)
        assert [(one["verdict"], one["candidate_id"], one["comment"]) for one in told["readings"]] == [
            ("same", owner, "问过村干部")
        ]
        matcher.work()
        assert linked(matcher, batch) == (owner, "human")
        again = deliver(matcher, county.card("张万林", OWNER[1], address=FAR), county.card(*OTHERS[0]))
        assert linked(matcher, again) == (owner, "human")
        assert decided(matcher) == {(owner, "confirm", "review")}
        assert taught(matcher) == {(owner, "match", "queue:0.00-0.20")}
        assert ma.claim() is None

    def test_a_number_taken_for_its_owner_under_another_name_is_asked_about_all_the_same(
        self, matcher: Matcher, ma: Reviewer
    ) -> None:
        owner = matcher.registry.put_person(county.person(*OWNER, sex="女", coverage=[county.covered()]))
        other = county.illness("李美玲", OWNER[1], address="青石镇柳树村3组8号")
        other[2] = "女"
        batch = deliver(matcher, other, feed="health-illness")
        assert linked(matcher, batch) == (owner, "other-name")
        assert (doubt(matcher).reason, doubt(matcher).kind) == ("other-name", "doubt")
        ma.answer("different")
        matcher.work()
        assert linked(matcher, batch)[0] != owner
        assert decided(matcher) == {(owner, "reject", "review")}
        again = deliver(matcher, other, county.illness(*OTHERS[0]), feed="health-illness")
        assert linked(matcher, again)[0] != owner
        assert ma.claim() is None

    def test_different_takes_the_pair_out_of_the_doubts_and_off_the_lead(self, matcher: Matcher, ma: Reviewer) -> None:
        batch, owner = borrowed(matcher)
        (before,) = matcher.leads()
        assert [one["other"] for one in before["doubts"]] == [owner]
        ma.answer("different")
        matcher.work()
        (after,) = matcher.leads()
        assert (after["lead_id"], after["doubts"], after["grade"]) == (before["lead_id"], [], "certain")
        assert linked(matcher, batch)[0] == before["subject_id"]
        assert decided(matcher) == {(owner, "reject", "review")}
        assert taught(matcher) == {(owner, "no-match", "queue:0.00-0.20")}
        deliver(matcher, county.card("张万林", OWNER[1], address=FAR), county.card(*OTHERS[0]))
        assert ma.get(state="open")["reviews"] == []

    def test_who_cannot_tell_leaves_it_until_there_is_something_new(self, matcher: Matcher, ma: Reviewer) -> None:
        borrowed(matcher)
        assert ma.answer("unsure")["state"] == "deferred"
        matcher.work()
        assert ma.claim() is None
        assert decided(matcher) == set()
        assert taught(matcher) == set()
        # Another person with that number enters the registry: another question.
        matcher.registry.put_person(county.person("李秀兰", OWNER[1]))
        matcher.work()
        review = ma.claim()
        assert review is not None
        assert len(review["candidates"]) == 2
        assert reviewers.doubt(matcher).round == 2

    def test_put_off_it_comes_back_on_its_day(self, matcher: Matcher, ma: Reviewer, li: Reviewer) -> None:
        borrowed(matcher)
        told = ma.answer("later", days=3)
        assert told["state"] == "open"
        assert told["not_before"] is not None
        assert li.claim() is None
        reviewers.alter(matcher, not_before=now())
        assert ma.claim() is not None, "putting off is no answer: the same person may read it"

    def test_of_two_candidates_one_is_named_and_the_other_told_apart(self, matcher: Matcher, ma: Reviewer) -> None:
        batch, owner = borrowed(matcher)
        sister = matcher.registry.put_person(county.person("李秀兰", OWNER[1]))
        matcher.work()
        review = ma.claim()
        assert review is not None
        path = f"/{review['review_id']}/decision"
        assert ma.post(path, review["version"], verdict="same").json()["code"] == "candidate-needed"
        assert ma.post(path, review["version"], verdict="same", candidate_id=sister).status_code == 200
        assert decided(matcher) == {(sister, "confirm", "review"), (owner, "reject", "review")}
        assert {row[:2] for row in taught(matcher)} == {(sister, "match"), (owner, "no-match")}
        matcher.work()
        assert linked(matcher, batch) == (sister, "human")

    def test_somebody_who_is_no_candidate_may_be_named_if_the_registry_has_them_here(
        self, matcher: Matcher, ma: Reviewer
    ) -> None:
        batch, owner = borrowed(matcher)
        named = matcher.registry.put_person(county.person("马得福", county.number("19500101", 3)))
        away = matcher.registry.put_person(
            county.person("马得禄", county.number("19510101", 3), division="640500100201")
        )
        matcher.work()
        review = ma.claim()
        assert review is not None
        for nobody in ("0" * 36, away):
            refused = ma.post(
                f"/{review['review_id']}/decision", review["version"], verdict="same", candidate_id=nobody
            )
            assert (refused.status_code, refused.json()["code"]) == (422, "candidate-unknown")
        ma.answer("same", candidate_id=named)
        matcher.work()
        assert linked(matcher, batch) == (named, "human")
        assert (owner, "reject", "review") in decided(matcher)

    def test_what_the_doors_refuse(self, matcher: Matcher, ma: Reviewer, li: Reviewer) -> None:
        borrowed(matcher)
        review = ma.claim()
        assert review is not None
        path = f"/{review['review_id']}/decision"
        assert ma.post(path, verdict="same").json()["code"] == "version-missing"
        assert ma.post(path, review["version"] + 1, verdict="same").json()["code"] == "version-mismatch"
        assert ma.post(path, review["version"], verdict="perhaps").status_code == 422
        assert ma.post(path, review["version"], verdict="different", candidate_id="x").status_code == 422
        assert li.post(path, review["version"], verdict="same").json()["code"] == "review-not-held"
        assert li.post(f"/{review['review_id']}/reveal", reason="identity").json()["code"] == "review-not-held"
        assert li.post(f"/{review['review_id']}/release").json()["code"] == "review-not-held"
        assert li.post(f"/{review['review_id']}/undo", review["version"]).json()["code"] == "nothing-to-undo"
        away = Reviewer(matcher, "ma", area="640500000000")
        assert away.post(path, review["version"], verdict="same").status_code == 404
        assert away.claim() is None
        assert away.get()["reviews"] == []
        clerk = matcher.headers("links:read", sub="clerk")
        assert matcher.http.post("/reviews/claim", headers=clerk).json()["code"] == "scope-missing"
        assert ma.post(path, review["version"], verdict="different").status_code == 200
        assert ma.post(path, review["version"] + 1, verdict="same").json()["code"] == "review-closed"

    def test_the_same_call_again_is_answered_again_and_does_nothing(self, matcher: Matcher, ma: Reviewer) -> None:
        borrowed(matcher)
        review = ma.claim()
        assert review is not None
        headers = {**matcher.headers(reviewers.SCOPES, sub="ma"), "Idempotency-Key": "k", "If-Match": '"1"'}
        path = f"/reviews/{review['review_id']}/decision"
        first, second = (matcher.http.post(path, headers=headers, json={"verdict": "different"}) for _ in range(2))
        assert first.json() == second.json()
        with reading(matcher.database) as session:
            assert len(session.exec(select(Reading)).all()) == 1


class TestSides:
    def test_who_lives_with_a_candidate_is_told_masked(self, matcher: Matcher, ma: Reviewer) -> None:
        home = str(uuid.uuid4())
        for name, day, relation in (("李有福", "19530303", "配偶"), ("李小宝", "20010303", "之孙")):
            number = county.number(day, 3)
            matcher.registry.put_person(
                county.person(name, number, household_id=home, relation=relation, is_head=False)
            )
        owner = county.person(*OWNER, household_id=home, relation="户主")
        matcher.registry.put_person(owner)
        deliver(matcher, county.card("张万林", OWNER[1], address=FAR))
        review = ma.claim()
        assert review is not None
        (side,) = review["comparisons"]
        assert [(one["name"], one["relation"], one["birth_year"]) for one in side["household"]] == [
            ("李*福", "配偶", 1953), ("李*宝", "之孙", 2001),
        ]  # fmt: skip

    def test_values_are_masked_until_they_are_revealed_which_is_on_record(self, matcher: Matcher, ma: Reviewer) -> None:
        borrowed(matcher)
        review = ma.claim()
        assert review is not None
        (side,) = review["comparisons"]
        fields = {one["field"]: one for one in side["differences"]}
        assert (fields["name"]["record"], fields["name"]["person"]) == ("张*林", "李*英")
        assert (fields["name"]["same"], fields["name"]["record_at"]) == (False, [1, 2, 3])
        assert fields["name"]["level"] == "姓名不同"
        assert fields["id_number"]["same"] is True
        assert OWNER[1] not in str(review)
        assert (review["source"], review["told_on"] is not None) == ("残疾人联合会 残疾人证持证人员", True)
        weighed = {one["title"]: one["weight"] for one in side["evidence"]}
        assert weighed["身份证号"] > 0 > weighed["姓名"]
        assert side["prior"] < 0
        revealed = ma.post(f"/{review['review_id']}/reveal", reason="identity").json()
        shown = {one["field"]: one for one in revealed["comparisons"][0]["differences"]}
        assert (shown["name"]["record"], shown["id_number"]["person"]) == ("张万林", OWNER[1])
        assert shown["address"]["record"] == FAR
        with reading(matcher.database) as session:
            rows = session.exec(select(Journal).where(col(Journal.subject) == review["review_id"])).all()
        assert [row.action for row in rows] == ["review.claim", "review.reveal"]
        assert {(row.actor, row.purpose) for row in rows} == {("ma", "matching")}
        blind = Reviewer(matcher, "blind")
        headers = matcher.headers("links:read reviews:decide", sub="ma")
        assert matcher.http.post(f"/reviews/{review['review_id']}/reveal", headers=headers, json={}).status_code == 403
        assert OWNER[1] not in str(blind.get(f"/{review['review_id']}"))

    def test_nothing_personal_stands_in_the_queue_in_the_clear(self, matcher: Matcher, ma: Reviewer) -> None:
        borrowed(matcher)
        ma.answer("different", comment="李秀英说不认识")
        with reading(matcher.database) as session:
            kept = [str(row.model_dump()) for table in (Doubt, Reading) for row in session.exec(select(table))]
        assert len(kept) == 2
        assert not any(word in text for text in kept for word in ("李秀英", "张万林", OWNER[1], "杏花村"))


class TestQueue:
    def test_what_decides_a_list_comes_first_and_the_order_says_why(self, matcher: Matcher, ma: Reviewer) -> None:
        """One borrowed number of somebody on a list, one of somebody no screen looks at."""
        second = ("王桂花", county.number("19600606", 8))
        for one in (OWNER, second):
            matcher.registry.put_person(county.person(*one, coverage=[county.covered()]))
        listed = county.card("张万林", OWNER[1], address=FAR)
        unlisted = county.card("赵文斌", second[1], grade="四级", address=FAR)
        batch = deliver(matcher, unlisted, listed)
        found = ma.get()["reviews"]
        assert [one["record"] for one in found] == [f"{batch}:3", f"{batch}:2"]
        assert found[0]["value"] > found[1]["value"]
        assert [one["code"] for one in found[0]["why"]] == ["list", "records", "near"]
        assert found[0]["why"][0]["text"] == "决定1条线索上的人是否在名单上"
        assert [one["code"] for one in found[1]["why"]] == ["records", "near"]
        assert all(abs(sum(part["points"] for part in one["why"]) - one["value"]) < 0.02 for one in found)
        first = ma.get(limit=1)
        (rest,) = ma.get(limit=1, cursor=first["cursor"])["reviews"]
        assert [first["reviews"][0]["review_id"], rest["review_id"]] == [one["review_id"] for one in found]
        assert ma.get(feed="health-illness")["reviews"] == []
        claimed = ma.claim(feed="disability-cards")
        assert claimed is not None
        assert claimed["record"] == f"{batch}:3"

    def test_one_row_is_one_entry_whoever_sends_it_and_however_often(self, matcher: Matcher, ma: Reviewer) -> None:
        owner = matcher.registry.put_person(county.person(*OWNER, coverage=[county.covered()]))
        row = county.card("张万林", OWNER[1], address=FAR)
        batch = deliver(matcher, row, list(row), county.card(*OTHERS[0]))
        (entry,) = ma.get()["reviews"]
        rows = [line for line in (2, 3) if f"{batch}:{line}" in entry["records"]]
        assert rows, entry
        assert len(entry["records"]) == len(rows)
        ma.answer("same")
        matcher.work()
        assert {linked(matcher, batch, line) for line in rows} == {(owner, "human")}
        with reading(matcher.database) as session:
            assert not session.exec(select(Review).where(col(Review.state) == "open")).all()

    def test_next_months_row_is_the_same_entry_and_a_corrected_row_closes_it(
        self, matcher: Matcher, ma: Reviewer
    ) -> None:
        first, _ = borrowed(matcher)
        (before,) = ma.get()["reviews"]
        second = deliver(matcher, county.card(*OTHERS[0]), county.card("张万林", OWNER[1], address=FAR))
        (after,) = ma.get()["reviews"]
        assert after["review_id"] == before["review_id"]
        assert (before["record"], after["record"]) == (f"{first}:2", f"{second}:3")
        deliver(matcher, county.card(*OTHERS[0]), county.card("张万林", county.number("19600101", 5), address=FAR))
        assert ma.get()["reviews"] == []
        (closed,) = ma.get(state="closed")["reviews"]
        assert (closed["review_id"], closed["closed_reason"]) == (before["review_id"], "no-question")

    def test_a_merged_candidate_closes_the_review_of_whoever_holds_it(self, matcher: Matcher, ma: Reviewer) -> None:
        _, owner = borrowed(matcher)
        review = ma.claim()
        assert review is not None
        matcher.registry.drop_person(owner)
        matcher.work()
        late = ma.post(f"/{review['review_id']}/decision", review["version"], verdict="same")
        assert (late.status_code, late.json()["code"]) == (409, "review-closed")
        assert decided(matcher) == set()

    def test_what_a_township_answered_is_not_asked(self, matcher: Matcher, ma: Reviewer) -> None:
        _, owner = borrowed(matcher)
        (lead,) = matcher.leads()
        matcher.registry.answer(lead["lead_id"], "01", named=owner)
        matcher.work()
        assert ma.claim() is None
        (closed,) = ma.get(state="closed")["reviews"]
        assert closed["closed_reason"] in ("answered", "no-question")

    def test_a_decision_about_a_merged_person_goes_over_to_the_one_that_remained(
        self, matcher: Matcher, ma: Reviewer
    ) -> None:
        batch, owner = borrowed(matcher)
        ma.answer("same")
        matcher.work()
        kept = matcher.registry.put_person(county.person("李秀英", county.number("19550202", 6), address=FAR))
        matcher.registry.put_person({**matcher.registry.people[owner], "survivor_id": kept})
        matcher.work()
        assert decided(matcher) == {(kept, "confirm", "review")}
        assert linked(matcher, batch) == (kept, "human")


class TestUndo:
    def test_undoing_brings_back_what_was_said_before_and_keeps_both_on_record(
        self, matcher: Matcher, ma: Reviewer, li: Reviewer
    ) -> None:
        batch, owner = borrowed(matcher)
        told = ma.answer("same")
        matcher.work()
        assert linked(matcher, batch) == (owner, "human")
        assert li.undo(told).json()["code"] == "nothing-to-undo"
        undone = ma.undo(told)
        assert undone.status_code == 200, undone.text
        assert undone.json()["state"] == "open"
        assert (decided(matcher), taught(matcher)) == (set(), set())
        matcher.work()
        assert linked(matcher, batch)[0] != owner
        with reading(matcher.database) as session:
            said = session.exec(select(Reading).order_by(Reading.id)).all()
            words = [row.verdict for row in session.exec(select(DecisionEntry).order_by(DecisionEntry.number))]
        assert [(one.verdict, one.revokes) for one in said] == [("same", None), ("revoke", said[0].id)]
        assert words == ["confirm", "revoke"]
        assert ma.undo(undone.json()).json()["code"] in ("nothing-to-undo", "version-mismatch")
        assert ma.answer("different")["state"] == "settled"

    def test_an_outcome_said_before_a_reviewers_answer_holds_again_once_that_is_undone(
        self, matcher: Matcher, ma: Reviewer
    ) -> None:
        batch, owner = borrowed(matcher)
        with reading(matcher.database) as session:
            lead = session.exec(select(Lead)).one()
        told = ma.answer("different")
        matcher.work()
        matcher.registry.answer(lead.id, "01", named=owner)
        matcher.work()
        assert decided(matcher) == {(owner, "confirm", "01")}
        assert ma.undo({**told, "version": reviewers.doubt(matcher).version}).status_code == 200
        matcher.work()
        assert decided(matcher) == {(owner, "confirm", "01")}, "a later word of somebody else's stands"
        assert linked(matcher, batch) == (owner, "human")

    def test_who_oversees_the_bench_takes_back_anybodys(self, matcher: Matcher, ma: Reviewer, head: Reviewer) -> None:
        borrowed(matcher)
        told = ma.answer("same")
        undone = head.undo(told)
        assert undone.status_code == 200, undone.text
        assert decided(matcher) == set()
        assert [one["reviewer"] for one in undone.json()["readings"]] == ["head"], "open again: nobody's answer shows"

    def test_taking_back_undoes_before_anything_was_linked_anew(self, matcher: Matcher, ma: Reviewer) -> None:
        batch, owner = borrowed(matcher)
        ma.undo(ma.answer("same"))
        again = ma.claim()
        assert again is not None
        assert again["candidate_id"] == owner
        matcher.work()
        assert linked(matcher, batch)[0] != owner

    def test_what_was_taken_back_comes_again_though_another_is_worth_more_by_now(
        self, matcher: Matcher, ma: Reviewer, li: Reviewer
    ) -> None:
        second = ("王桂花", county.number("19600606", 8))
        for one in (OWNER, second):
            matcher.registry.put_person(county.person(*one, coverage=[county.covered()]))
        unlisted = county.card("赵文斌", second[1], grade="四级", address=FAR)
        deliver(matcher, unlisted, county.card("张万林", OWNER[1], address=FAR))
        told = ma.answer("same")
        assert ma.undo(told).status_code == 200
        with transaction(matcher.database) as session:
            other = session.exec(select(Doubt).where(col(Doubt.id) != told["review_id"])).one()
            other.value = 1000.0
            session.add(other)
            most = other.id

        def comes(one: Reviewer, **wanted: str) -> str:
            review = one.claim(**wanted)
            assert review is not None
            one.post(f"/{review['review_id']}/release")
            return str(review["review_id"])

        assert comes(ma) == most
        assert comes(ma, first=told["review_id"]) == told["review_id"]
        assert comes(ma, first="somewhere-else") == most
        assert ma.claim(first=told["review_id"]) is not None
        assert comes(li, first=told["review_id"]) == most, "what somebody holds is not taken from them"
        assert comes(ma, first=most) == told["review_id"], "what one holds oneself comes before it"
