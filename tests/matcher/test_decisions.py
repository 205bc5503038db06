"""What a human said of a row and a person outranks every score, for this delivery and for all later ones."""

from typing import Any

import pytest
from sqlmodel import col, select

from kit.database import reading, transaction
from matcher.leads.tables import Lead
from matcher.links.tables import Link
from matcher.reviews.tables import Review
from matcher.settlements.tables import Decision, Label, Shield
from tests.matcher import county
from tests.matcher.conftest import Matcher
from tests.matcher.scenes import scene

PEOPLE = county.numbered(8)
(NAME, NUMBER), OTHERS = PEOPLE[0], PEOPLE[1:]
ELSEWHERE = "白杨乡杏花村1组2号"


def enter(matcher: Matcher, name: str, number: str | None, *, covered: bool, **more: Any) -> str:
    """Somebody in the registry."""
    coverage = [county.covered()] if covered else []
    return matcher.registry.put_person(county.person(name, number, coverage=coverage, **more))


def deliver(matcher: Matcher, *rows: list[str], feed: str = "disability-cards") -> str:
    batch = matcher.deliver(feed, list(rows))
    matcher.work()
    return batch


def leads(matcher: Matcher, state: str = "open") -> dict[str, dict[str, Any]]:
    return {lead["name"]: lead for lead in matcher.leads(state=state)}


def links(matcher: Matcher, batch: str) -> dict[int, tuple[str, str, str | None]]:
    """Line → whom it is taken for, grade, reason."""
    with reading(matcher.database) as session:
        rows = session.exec(select(Link).where(col(Link.batch_id) == batch)).all()
        return {row.line: (row.subject_id, row.grade, row.reason) for row in rows}


def reviewed(matcher: Matcher, batch: str) -> set[tuple[int, str]]:
    with reading(matcher.database) as session:
        rows = session.exec(select(Review).where(col(Review.batch_id) == batch, col(Review.state) == "open")).all()
        return {(row.line, row.candidate_id) for row in rows}


def labels(matcher: Matcher) -> set[tuple[str, str, str]]:
    """code, verdict, person of every label; each bears the evidence it was given on."""
    with reading(matcher.database) as session:
        rows = session.exec(select(Label)).all()
        assert all(row.batch_id and row.record_print and row.feed for row in rows)
        return {(row.code, row.verdict, row.person_id) for row in rows}


def filler() -> list[list[str]]:
    """Rows of others, so that one row more or less is no shrunken delivery."""
    return [county.card(*one) for one in OTHERS]


class TestWhoItIs:
    def test_01_gives_the_rows_to_the_person_named_and_next_months_row_too(self, matcher: Matcher) -> None:
        covered = enter(matcher, "马得福", county.number("19500101", 3), covered=True, address=ELSEWHERE)
        deliver(matcher, county.card(NAME, NUMBER), *filler())
        lead = leads(matcher)[NAME]
        matcher.registry.answer(lead["lead_id"], "01", named=covered)
        matcher.work()
        assert leads(matcher, "withdrawn")[NAME]["lead_id"] == lead["lead_id"]
        again = deliver(matcher, *filler(), county.card(NAME, NUMBER))
        assert links(matcher, again)[9] == (covered, "certain", "human")
        assert NAME not in leads(matcher)
        assert labels(matcher) == {("01", "match", covered)}
        # Somebody's identity changes in the registry: everything is linked anew, and the word still holds.
        enter(matcher, "王另外", county.number("19700707", 5), covered=False)
        matcher.work()
        assert links(matcher, again)[9] == (covered, "certain", "human")

    def test_12_takes_the_row_from_the_person_for_good_unless_the_row_says_something_else(
        self, matcher: Matcher
    ) -> None:
        person = enter(matcher, NAME, NUMBER, covered=False)
        first = deliver(matcher, county.card(NAME, NUMBER), *filler())
        lead = leads(matcher)[NAME]
        assert lead["person_id"] == person
        matcher.registry.answer(lead["lead_id"], "12")
        matcher.work()
        assert links(matcher, first)[2][0] != person
        again = deliver(matcher, *filler(), county.card(NAME, NUMBER))
        assert links(matcher, again)[9][0] != person
        assert not reviewed(matcher, again)
        assert leads(matcher, "withdrawn")[NAME]["lead_id"] == lead["lead_id"]
        # The row is somebody's, and whose is for the agency to say: nobody is sent to the same door for it.
        assert NAME not in leads(matcher)
        assert leads(matcher, "suppressed")[NAME]["subject_id"] == links(matcher, again)[9][0]
        assert labels(matcher) == {("12", "record-wrong", person)}
        # The agency corrected the row: that is new evidence.
        mended = deliver(matcher, *filler(), county.card(NAME, NUMBER, address="青石镇石桥村1组"))
        assert links(matcher, mended)[9][0] == person
        assert leads(matcher)[NAME]["lead_id"] == lead["lead_id"]

    def test_12_of_a_row_without_the_persons_number_is_a_wrong_link(self, matcher: Matcher) -> None:
        person = enter(matcher, NAME, NUMBER, covered=False)
        row = county.illness(NAME, NUMBER, address="青石镇柳树村3组8号")
        row[1] = ""
        batch = deliver(matcher, row, feed="health-illness")
        assert links(matcher, batch)[2][0] == person
        matcher.registry.answer(leads(matcher)[NAME]["lead_id"], "12")
        matcher.work()
        assert links(matcher, batch)[2][0] != person
        assert labels(matcher) == {("12", "no-match", person)}

    def test_12_of_somebody_no_registry_knows_is_kept_as_a_wrong_identity(self, matcher: Matcher) -> None:
        deliver(matcher, county.card(NAME, NUMBER))
        lead = leads(matcher)[NAME]
        matcher.registry.answer(lead["lead_id"], "12")
        matcher.work()
        assert leads(matcher, "suppressed")[NAME]["lead_id"] == lead["lead_id"]
        assert labels(matcher) == {("12", "identity-wrong", lead["subject_id"])}
        with reading(matcher.database) as session:
            assert session.exec(select(Decision)).all() == []

    @pytest.mark.parametrize(("told", "linked"), [("马得福", True), ("王得福", False), (None, False)])
    def test_a_number_completed_at_the_door_links_to_its_bearer_when_the_name_is_the_bearers(
        self, matcher: Matcher, told: str | None, linked: bool
    ) -> None:
        number = county.number("19500101", 3)
        person = enter(matcher, "马得福", number, covered=False, address=ELSEWHERE)
        deliver(matcher, county.card(NAME, NUMBER), *filler())
        lead = leads(matcher)[NAME]
        more = {"standing": "in-progress", "settled_on": None, "told_name": told, "told_number": number}
        matcher.registry.answer(lead["lead_id"], "02", **more)
        matcher.work()
        after = {one["lead_id"]: one for one in matcher.leads()}[lead["lead_id"]]
        assert (after["person_id"] == person) is linked
        again = deliver(matcher, *filler(), county.card(NAME, NUMBER))
        assert (links(matcher, again)[9][0] == person) is linked

    def test_14_is_a_lesson_and_moves_no_link(self, matcher: Matcher) -> None:
        batch = deliver(matcher, *filler())
        first, second = (leads(matcher)[name] for name, _ in OTHERS[:2])
        before = links(matcher, batch)
        matcher.registry.answer(first["lead_id"], "14", duplicate_of=second["lead_id"])
        matcher.work()
        assert links(matcher, batch) == before
        assert labels(matcher) == {("14", "match", second["subject_id"])}
        assert first["name"] in leads(matcher, "suppressed")

    def test_whom_the_registry_enters_is_linked_by_its_word_next_month_too(self, matcher: Matcher) -> None:
        deliver(matcher, county.card(NAME, NUMBER), *filler())
        lead = leads(matcher)[NAME]
        entered = enter(matcher, "马又名", None, covered=False, subject_id=lead["subject_id"], address=ELSEWHERE)
        matcher.work()
        again = deliver(matcher, *filler(), county.card(NAME, NUMBER))
        assert links(matcher, again)[9][0] == entered
        mine = [one for one in matcher.leads(state="any") if one["lead_id"] == lead["lead_id"]]
        assert [(one["state"], one["person_id"]) for one in mine] == [("open", entered)]
        assert len(matcher.leads(state="any")) == 8, "nobody stands on the list twice"

    def test_a_later_answer_about_the_same_row_replaces_the_earlier_one(self, matcher: Matcher) -> None:
        one = enter(matcher, "马得福", county.number("19500101", 3), covered=False, address=ELSEWHERE)
        two = enter(matcher, "马得禄", county.number("19510101", 3), covered=False, address=ELSEWHERE)
        batch = deliver(matcher, county.card(NAME, NUMBER), *filler())
        lead_id = leads(matcher)[NAME]["lead_id"]
        for person in (one, two):
            matcher.registry.answer(lead_id, "01", named=person)
            matcher.work()
            assert links(matcher, batch)[2][0] == person
        with reading(matcher.database) as session:
            held = {(row.person_id, row.verdict) for row in session.exec(select(Decision))}
        assert held == {(one, "reject"), (two, "confirm")}


def dead_rows() -> list[list[str]]:
    """Deaths of others, far away."""
    return [county.death(*one, died="2021-03-03", address=ELSEWHERE) for one in OTHERS]


@pytest.fixture
@scene
def accused(matcher: Matcher) -> tuple[Matcher, str, str]:
    """A covered person whom a death record with their own number is taken for: matcher, person, lead."""
    person = enter(matcher, NAME, NUMBER, covered=True)
    deliver(matcher, county.death(NAME, NUMBER), *dead_rows(), feed="health-deaths")
    (lead,) = matcher.leads()
    return matcher, person, lead["lead_id"]


class TestDeath:
    def test_10_takes_the_dead_from_every_list_of_the_uncovered_for_good(self, matcher: Matcher) -> None:
        deliver(matcher, county.card(NAME, NUMBER), *filler())
        matcher.registry.answer(leads(matcher)[NAME]["lead_id"], "10", died_on="2021-05-02")
        matcher.work()
        assert NAME in leads(matcher, "withdrawn")
        deliver(matcher, county.illness(NAME, NUMBER), feed="health-illness")
        deliver(matcher, *filler(), county.card(NAME, NUMBER))
        assert NAME not in leads(matcher)

    def test_somebody_found_dead_and_covered_nonetheless_is_put_as_a_payment_to_stop(self, matcher: Matcher) -> None:
        person = county.person(NAME, NUMBER)
        matcher.registry.put_person(person)
        deliver(matcher, county.card(NAME, NUMBER), *filler())
        lead = leads(matcher)[NAME]
        outcome = matcher.registry.answer(lead["lead_id"], "10", died_on="2021-04-02")
        matcher.registry.put_person({**person, "coverage": [county.covered()]})
        matcher.work()
        listed = leads(matcher)[NAME]
        assert (listed["lead_id"], listed["screens"]) == (lead["lead_id"], ["covered-but-dead"])
        assert "outcome:0" in listed["sources"]
        assert matcher.registry.cases[lead["lead_id"]]["knows_outcome"] == outcome

    def test_w4_shields_from_the_rejected_row_and_from_rows_without_the_number_not_from_a_new_hit_on_it(
        self, accused: tuple[Matcher, str, str]
    ) -> None:
        matcher, person, lead_id = accused
        outcome = matcher.registry.answer(lead_id, "W4")
        matcher.work()
        assert matcher.leads() == []
        assert labels(matcher) == {("W4", "record-wrong", person)}
        same = [county.death(NAME, NUMBER), *dead_rows()]
        deliver(matcher, *reversed(same), feed="health-deaths")
        assert matcher.leads() == []
        nameless = county.death(NAME, NUMBER)
        nameless[1] = ""
        deliver(matcher, *dead_rows(), nameless, feed="health-deaths")
        assert matcher.leads() == []
        deliver(
            matcher,
            county.death(NAME, NUMBER, died="2021-05-20", address=ELSEWHERE),
            *dead_rows(),
            feed="health-deaths",
        )
        (again,) = matcher.leads()
        assert again["lead_id"] == lead_id
        assert matcher.registry.cases[lead_id]["knows_outcome"] == outcome

    def test_without_a_shield_a_death_without_the_number_does_flag(self, matcher: Matcher) -> None:
        """The other side of the shield: the same row, nobody having been seen alive."""
        enter(matcher, NAME, NUMBER, covered=True)
        nameless = county.death(NAME, NUMBER)
        nameless[1] = ""
        deliver(matcher, *dead_rows(), nameless, feed="health-deaths")
        assert [lead["screens"] for lead in matcher.leads()] == [["covered-but-dead"]]

    def test_w1_after_w4_ends_the_shield(self, accused: tuple[Matcher, str, str]) -> None:
        matcher, person, lead_id = accused
        matcher.registry.answer(lead_id, "W4")
        matcher.work()
        deliver(matcher, county.death(NAME, NUMBER, address=ELSEWHERE), *dead_rows(), feed="health-deaths")
        matcher.registry.answer(lead_id, "W1", standing="in-progress", died_on="2021-02-11")
        matcher.work()
        with reading(matcher.database) as session:
            assert session.exec(select(Shield)).all() == []
        (lead,) = matcher.leads()
        assert lead["lead_id"] == lead_id
        # The row goes; what was answered keeps the payment in sight until an import shows that it ended.
        deliver(matcher, *dead_rows(), feed="health-deaths")
        assert [one["lead_id"] for one in matcher.leads()] == [lead_id]
        matcher.registry.put_person({**matcher.registry.people[person], "coverage": [county.covered(end="2021-05-31")]})
        matcher.work()
        assert matcher.leads() == []

    @pytest.mark.parametrize("code", ["W3", "W5"])
    def test_already_stopped_and_rightly_kept_stay_away_while_the_import_lags(
        self, accused: tuple[Matcher, str, str], code: str
    ) -> None:
        matcher, person, lead_id = accused
        matcher.registry.answer(lead_id, code)
        matcher.work()
        deliver(matcher, *dead_rows(), county.death(NAME, NUMBER), feed="health-deaths")
        assert matcher.leads() == []
        assert labels(matcher) == ({("W3", "match", person)} if code == "W3" else set())


@pytest.fixture
@scene
def question(matcher: Matcher) -> tuple[Matcher, list[str], str]:
    """Two covered namesakes and one death without a number: matcher, persons, lead."""
    people = [county.person("丁万林", county.number("19480406", serial)) for serial in (11, 33)]
    both = [enter_row(matcher, one) for one in people]
    deliver(matcher, *dead_rows(), DOUBT, feed="health-deaths")
    (lead,) = matcher.leads()
    return matcher, both, lead["lead_id"]


class TestWhichOfThem:
    def test_the_one_named_has_the_row_and_the_lead_and_the_other_is_left_alone(
        self, question: tuple[Matcher, list[str], str]
    ) -> None:
        matcher, (one, other), lead_id = question
        told = {"named": other, "standing": "in-progress", "settled_on": None}
        matcher.registry.answer(lead_id, "W1", **told)
        matcher.work()
        (lead,) = matcher.leads(state="any")
        assert (lead["lead_id"], lead["person_id"], lead["state"]) == (lead_id, other, "open")
        again = deliver(matcher, DOUBT, *dead_rows(), feed="health-deaths")
        assert links(matcher, again)[2] == (other, "certain", "human")
        assert not reviewed(matcher, again)
        assert [one["lead_id"] for one in matcher.leads(state="any")] == [lead_id]
        assert labels(matcher) == {("W1", "match", other), ("W1", "no-match", one)}
        with reading(matcher.database) as session:
            evidence = session.exec(select(Label)).all()
        assert all(row.pattern is not None and row.model_version and row.probability is not None for row in evidence)

    def test_named_though_that_person_had_a_lead_once_the_question_stays_the_same_lead(
        self, question: tuple[Matcher, list[str], str]
    ) -> None:
        matcher, (_, other), lead_id = question
        # Somebody's lead of earlier days, long withdrawn.
        with reading(matcher.database) as session:
            row = session.exec(select(Lead).where(col(Lead.id) == lead_id)).one().model_dump()
        with transaction(matcher.database) as session:
            early = {"id": "0" * 36, "subject_id": other, "state": "withdrawn", "case_id": None, "version": 2}
            session.add(Lead(**{**row, **early, "published_version": 2, "told_area": None}))
        matcher.registry.answer(lead_id, "W1", named=other, standing="in-progress")
        matcher.work()
        assert {one["lead_id"]: one["state"] for one in matcher.leads(state="any")} == {
            lead_id: "open",
            "0" * 36: "withdrawn",
        }
        assert matcher.leads()[0]["person_id"] == other


DOUBT = ["丁万林", "", "男", "19480406", "青石镇柳树村3组8号", "2021-02-11"]


def enter_row(matcher: Matcher, one: dict[str, Any]) -> str:
    return matcher.registry.put_person({**one, "household_id": one["person_id"], "coverage": [county.covered()]})
