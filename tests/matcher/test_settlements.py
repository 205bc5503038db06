"""Next month, and what people answered: a lead changes only with what matters, and what a human settled stays settled
until something new is known or its time is over."""

from datetime import date
from typing import Any

import pytest
from sqlmodel import col, select

from kit.database import reading
from matcher.leads.tables import Finding, Lead, LeadChange, Screening
from matcher.settlements.tables import Settlement
from tests.matcher import county
from tests.matcher.conftest import Matcher
from tests.matcher.scenes import scene

PEOPLE = county.numbered(8)


def on(matcher: Matcher, day: date) -> None:
    """From now on it is that day."""
    matcher.settings = matcher.settings.model_copy(update={"as_of": day})
    matcher.worker = matcher.new_worker(f"of {day}")


@scene
def cards(matcher: Matcher, *people: tuple[str, str], **more: Any) -> str:
    """A delivery of severe cards of these people, done with."""
    batch = matcher.deliver("disability-cards", [county.card(*one, **more) for one in people])
    matcher.work()
    return batch


def by_name(matcher: Matcher, state: str = "open") -> dict[str, dict[str, Any]]:
    return {lead["name"]: lead for lead in matcher.leads(state=state)}


def row_of(matcher: Matcher, name: str) -> Lead:
    """The lead's row, of the person of that name."""
    lead_id = by_name(matcher, "any")[name]["lead_id"]
    with reading(matcher.database) as session:
        return session.exec(select(Lead).where(col(Lead.id) == lead_id)).one()


def last_run(matcher: Matcher) -> Screening:
    with reading(matcher.database) as session:
        return session.exec(select(Screening).order_by(col(Screening.id).desc())).first()  # type: ignore[return-value]  # there is one


def counts(run: Screening) -> dict[str, int]:
    names = ("created", "changed", "gone", "suppressed", "returned", "unchanged", "open")
    return {name: value for name in names if (value := getattr(run, name))}


class TestNextMonth:
    def test_the_same_rows_in_another_order_change_no_lead_and_nobody_is_told(self, matcher: Matcher) -> None:
        cards(matcher, *PEOPLE)
        before, puts = by_name(matcher), len(matcher.registry.puts)
        with reading(matcher.database) as session:
            told = len(session.exec(select(LeadChange)).all())
        batch = cards(matcher, *reversed(PEOPLE))
        after = by_name(matcher)
        assert {name: lead["version"] for name, lead in after.items()} == dict.fromkeys(before, 1)
        assert all(
            lead["sources"] == [f"{batch}:{9 - place}"] for place, lead in enumerate(after[n] for n, _ in PEOPLE)
        )
        assert len(matcher.registry.puts) == puts
        with reading(matcher.database) as session:
            assert len(session.exec(select(LeadChange)).all()) == told
            assert {one.since_version for one in session.exec(select(Finding))} == {1}
        assert counts(last_run(matcher)) == {"created": 8, "open": 8}, "a run that changed nothing is no row"

    def test_of_several_rows_about_one_person_the_order_tells_nothing(self, matcher: Matcher) -> None:
        rows = [
            county.illness(*ONE),
            [*county.illness(*ONE, paid="30000")[:6], "尿毒症", "N18.0", "", "60000", "30000"],
        ]
        rows[1][5] = "13900000001"
        two = county.monitored(*ONE)
        matcher.deliver("health-illness", rows)
        matcher.deliver("rural-monitoring", [two, county.monitored(*ONE, category="边缘易致贫户")])
        matcher.work()
        matcher.deliver("health-illness", rows[::-1])
        matcher.deliver("rural-monitoring", [county.monitored(*ONE, category="边缘易致贫户"), two])
        matcher.work()
        assert [lead["version"] for lead in matcher.leads()] == [1]

    def test_another_day_alone_changes_no_lead_and_is_one_row_of_its_own(self, matcher: Matcher) -> None:
        matcher.registry.put_person(county.person(*PEOPLE[7], coverage=[county.covered()]))
        matcher.deliver("health-deaths", [county.death(*PEOPLE[7], died="2020-12-01")])
        cards(matcher, *PEOPLE[:2])
        on(matcher, date(2021, 7, 1))
        matcher.work()
        assert {lead["version"] for lead in matcher.leads()} == {1}
        assert counts(last_run(matcher)) == {"unchanged": 3, "open": 3}
        assert last_run(matcher).as_of == date(2021, 7, 1)

    def test_gone_new_and_changed_are_counted_and_told(self, matcher: Matcher) -> None:
        cards(matcher, *PEOPLE[:7])
        rows = [county.card(*one) for one in (*PEOPLE[1:6], PEOPLE[7])]
        moved = county.card(*PEOPLE[6], address="白杨乡杏花村1组")
        matcher.deliver("disability-cards", [*rows, moved])
        matcher.work()
        assert counts(last_run(matcher)) == {"created": 1, "changed": 1, "gone": 1, "unchanged": 5, "open": 7}
        gone = by_name(matcher, "withdrawn")
        assert list(gone) == [PEOPLE[0][0]]
        assert matcher.registry.cases[gone[PEOPLE[0][0]]["lead_id"]]["state"] == "withdrawn"
        assert matcher.registry.cases[row_of(matcher, PEOPLE[6][0]).id]["area"] == "640499200201"

    def test_who_is_delivered_again_comes_back_under_the_same_lead(self, matcher: Matcher) -> None:
        cards(matcher, *PEOPLE)
        first = by_name(matcher)[PEOPLE[0][0]]
        cards(matcher, *PEOPLE[1:])
        cards(matcher, *PEOPLE)
        again = by_name(matcher)[PEOPLE[0][0]]
        assert (again["lead_id"], again["version"]) == (first["lead_id"], 3)
        assert counts(last_run(matcher)) == {"returned": 1, "unchanged": 7, "open": 8}

    def test_a_risk_that_was_removed_takes_the_lead_from_the_list(self, matcher: Matcher) -> None:
        matcher.deliver("rural-monitoring", [county.monitored(*one) for one in PEOPLE])
        matcher.work()
        removed = county.monitored(*PEOPLE[0], removed="是")
        matcher.deliver("rural-monitoring", [removed, *(county.monitored(*one) for one in PEOPLE[1:])])
        matcher.work()
        assert set(by_name(matcher)) == {name for name, _ in PEOPLE[1:]}
        assert list(by_name(matcher, "withdrawn")) == [PEOPLE[0][0]]

    def test_a_lead_the_ledger_never_saw_is_withdrawn_without_a_call(self, matcher: Matcher) -> None:
        matcher.settings = matcher.settings.model_copy(update={"publish_page": 1})
        matcher.worker = matcher.new_worker("of small pages")
        cards(matcher, *PEOPLE)
        late = [("陈晚来", county.number("19600606", 77)), ("丁晚到", county.number("19610607", 79))]
        matcher.deliver_offline("disability-cards", [county.card(*one) for one in (*PEOPLE, *late)])
        matcher.work()
        matcher.deliver_offline("disability-cards", [county.card(*one) for one in reversed(PEOPLE)])
        matcher.work()
        matcher.registry.down = False
        matcher.work()
        assert by_name(matcher, "withdrawn").keys() == {name for name, _ in late}
        # One had been offered in a call whose answer never came: that one has to be taken back.
        assert len(matcher.registry.puts) == 8 + 1
        with reading(matcher.database) as session:
            assert not session.exec(select(Lead.id).where(col(Lead.version) > col(Lead.published_version))).all()

    def test_figures_of_the_funnel_stand_with_the_run_by_township(self, matcher: Matcher) -> None:
        matcher.registry.put_person(county.person(*PEOPLE[0], coverage=[county.covered()]))
        matcher.registry.put_person(county.person(*PEOPLE[1]))
        matcher.deliver("disability-cards", [county.card(*PEOPLE[5], address="白杨乡杏花村1组")])
        matcher.deliver("health-illness", [county.illness(*one) for one in PEOPLE[:4]])
        matcher.work()
        figures = last_run(matcher).figures
        assert figures["total"] == {
            "at_risk": 5, "linked": 2, "covered": 1, "uncovered": 4, "linked_uncovered": 1,
            "screens": {"uncovered-serious-illness": 3, "uncovered-severe-disability": 1},
            "groups": {"serious": [4, 1], "severe": [1, 0], "any": [5, 1]}, "cards": {"4-1": {"uncovered": 1}},
            "doubled": {"same_county": 0, "two_counties": 0},
        }  # fmt: skip
        assert figures["640499200"]["uncovered"] == 1
        assert figures["640499100"]["screens"] == {"uncovered-serious-illness": 3}


NEW = county.number("19600606", 77)
NAME = PEOPLE[0][0]
ONE = PEOPLE[0]


@pytest.fixture
def asked(matcher: Matcher) -> Matcher:
    """Two people with severe cards on the list."""
    cards(matcher, *PEOPLE[:2])
    return matcher


def lead_id(matcher: Matcher) -> str:
    return str(by_name(matcher, "any")[NAME]["lead_id"])


def repeat(matcher: Matcher) -> None:
    """The same rows in a new delivery."""
    last = [county.card(*one) for one in PEOPLE[:2]]
    matcher.deliver("disability-cards", [*reversed(last), county.card("陈晚来", NEW, grade="四级")])
    matcher.work()


class TestSettled:
    def test_an_answer_takes_the_lead_from_the_list_and_the_same_facts_do_not_bring_it_back(
        self, matcher: Matcher
    ) -> None:
        codes = ("01", "06", "07", "08", "09", "11", "12", "13", "14", "16", "18", "P1", "P2", "P3", "P4", "P5")
        people = county.numbered(len(codes) + 1)
        cards(matcher, *people)
        names = {name: code for (name, _), code in zip(people, codes, strict=False)}
        for name, lead in by_name(matcher).items():
            if name in names:
                matcher.registry.answer(lead["lead_id"], names[name])
        matcher.work()
        assert counts(last_run(matcher)) == {"suppressed": len(codes), "unchanged": 1, "open": 1}
        cards(matcher, *reversed(people))
        for name, lead in by_name(matcher, "any").items():
            row = row_of(matcher, name)
            told = (row.state, row.suppressed_for, row.case_state)
            assert told == (("suppressed", names[name], "closed") if name in names else ("open", None, row.case_state))
            settled = "settled" if name in names else "pending"
            assert matcher.registry.cases[lead["lead_id"]]["standing"] == settled

    def test_a_lead_closed_by_hand_stays_away_too(self, asked: Matcher) -> None:
        asked.registry.answer(lead_id(asked), None, closed_reason="人工办结")  # type: ignore[arg-type]  # by hand: no code
        asked.work()
        assert (row_of(asked, NAME).state, row_of(asked, NAME).suppressed_for) == ("suppressed", "hand")

    def test_a_lead_the_ledger_closed_because_it_was_withdrawn_comes_back_when_its_facts_do(
        self, matcher: Matcher
    ) -> None:
        cards(matcher, *PEOPLE)
        cards(matcher, *PEOPLE[1:])
        matcher.registry.answer(lead_id(matcher), None, outcome_id="", closed_reason="线索撤回")  # type: ignore[arg-type]  # nobody answered
        matcher.registry.cases[lead_id(matcher)]["outcome_id"] = None
        cards(matcher, *PEOPLE)
        assert NAME in by_name(matcher)

    @pytest.mark.parametrize("standing", ["awaiting-approval", "in-progress", "revisit", "pending"])
    def test_a_lead_whose_item_is_not_settled_stays_on_the_list(self, asked: Matcher, standing: str) -> None:
        asked.registry.answer(lead_id(asked), "02", standing=standing, settled_on=None, case_state=standing)
        asked.work()
        repeat(asked)
        lead = by_name(asked)[NAME]
        assert (lead["state"], lead["version"], lead["case_state"]) == ("open", 1, standing)

    def test_until_its_period_ends_it_stays_away_and_the_day_after_it_returns_naming_the_answer(
        self, asked: Matcher
    ) -> None:
        outcome = asked.registry.answer(lead_id(asked), "09", suppress_until="2022-06-01")
        asked.work()
        on(asked, date(2022, 6, 1))
        asked.work()
        assert row_of(asked, NAME).state == "suppressed"
        on(asked, date(2022, 6, 2))
        asked.work()
        case = asked.registry.cases[lead_id(asked)]
        assert (case["state"], case["knows_outcome"], case["return_reason"]) == ("open", outcome, "period-ended")
        assert case["standing"] == "pending"
        assert row_of(asked, NAME).state == "open"
        version = row_of(asked, NAME).version
        repeat(asked)
        assert row_of(asked, NAME).version == version

    def test_a_new_fact_brings_it_back_and_what_was_known_does_not(self, asked: Matcher) -> None:
        outcome = asked.registry.answer(lead_id(asked), "08", suppress_until="2021-09-01")
        asked.work()
        asked.deliver("health-illness", [county.illness(*ONE)])
        asked.work()
        case = asked.registry.cases[lead_id(asked)]
        assert (case["knows_outcome"], case["return_reason"]) == (outcome, "new-facts")
        assert by_name(asked)[NAME]["screens"] == ["uncovered-serious-illness", "uncovered-severe-disability"]
        # Answered again, now in knowledge of the illness: a lower amount is no news, twice the amount is.
        asked.registry.answer(lead_id(asked), "08")
        asked.work()
        for paid, state in (("21000", "suppressed"), ("15000", "suppressed"), ("30500", "open")):
            asked.deliver("health-illness", [county.illness(*ONE, paid=paid)])
            asked.work()
            assert row_of(asked, NAME).state == state, paid

    def test_a_doubt_found_in_order_stays_away_for_years_and_comes_back_with_a_new_fact(self, asked: Matcher) -> None:
        outcome = asked.registry.answer(lead_id(asked), "P3", kind="doubt")
        asked.work()
        on(asked, date(2025, 6, 1))
        asked.work()
        assert (row_of(asked, NAME).state, row_of(asked, NAME).suppressed_for) == ("suppressed", "P3")
        on(asked, date(2021, 6, 1))
        asked.deliver("health-illness", [county.illness(*ONE)])
        asked.work()
        case = asked.registry.cases[lead_id(asked)]
        assert (case["knows_outcome"], case["return_reason"]) == (outcome, "new-facts")

    def test_a_worse_grade_is_news_a_new_telephone_is_not(self, asked: Matcher) -> None:
        cards(asked, (NAME, ONE[1]), PEOPLE[1], grade="二级")
        asked.registry.answer(lead_id(asked), "09")
        asked.work()
        row = county.card(*ONE, grade="二级")
        row[8] = "13900000001"
        asked.deliver("disability-cards", [row, county.card(*PEOPLE[1])])
        asked.work()
        assert row_of(asked, NAME).state == "suppressed"
        asked.deliver("disability-cards", [county.card(*ONE, grade="一级"), county.card(*PEOPLE[1])])
        asked.work()
        assert row_of(asked, NAME).state == "open"

    def test_covered_since_and_stopped_again_is_news(self, asked: Matcher) -> None:
        asked.registry.answer(lead_id(asked), "02", closed_reason="已纳入保障")
        person = county.person(*ONE, coverage=[county.covered(start="2021-06-01")])
        asked.registry.put_person(person)
        asked.work()
        assert row_of(asked, NAME).state == "withdrawn"
        on(asked, date(2021, 9, 1))
        asked.registry.put_person({**person, "coverage": [county.covered(start="2021-06-01", end="2021-07-31")]})
        asked.work()
        assert by_name(asked)[NAME]["state"] == "open"
        assert asked.registry.cases[lead_id(asked)]["return_reason"] == "new-facts"

    def test_a_settled_lead_whose_facts_vanish_and_come_again_stays_settled(self, matcher: Matcher) -> None:
        cards(matcher, *PEOPLE)
        matcher.registry.answer(lead_id(matcher), "09")
        matcher.work()
        cards(matcher, *PEOPLE[1:])
        assert row_of(matcher, NAME).state == "withdrawn"
        cards(matcher, *PEOPLE)
        assert row_of(matcher, NAME).state == "suppressed"

    def test_somebody_settled_who_turns_out_to_be_registered_is_not_proposed_again(self, asked: Matcher) -> None:
        subject = by_name(asked)[NAME]["subject_id"]
        asked.registry.answer(lead_id(asked), "09")
        asked.work()
        asked.registry.put_person(county.person(*ONE, subject_id=subject))
        asked.work()
        repeat(asked)
        assert NAME not in by_name(asked)
        states = {lead["state"] for lead in asked.leads(state="any") if lead["name"] == NAME}
        assert states == {"suppressed"}

    def test_the_answer_is_kept_with_what_was_known_at_its_version_and_nothing_of_it_lies_readable(
        self, asked: Matcher
    ) -> None:
        asked.registry.answer(lead_id(asked), "11", told_name="王小二", told_number=NEW, died_on="2021-05-02")
        asked.work()
        with reading(asked.database) as session:
            row = session.exec(select(Settlement).where(col(Settlement.code).is_not(None))).one()
            assert (row.code, row.lead_version, len(row.basis)) == ("11", 1, 2)
            told = str(row.model_dump())
        assert not [part for part in ("王小二", NEW, "2021-05-02") if part in told]


class TestRaces:
    def test_a_version_sent_while_the_township_settles_does_not_open_the_case_again(self, asked: Matcher) -> None:
        asked.registry.withholds = True
        asked.registry.answer(lead_id(asked), "09")
        row = county.card(*ONE)
        row[8] = "13900000001"
        asked.deliver("disability-cards", [row, county.card(*PEOPLE[1])])
        asked.work()
        case = asked.registry.cases[lead_id(asked)]
        assert (case["lead_version"], case["knows_outcome"], case["standing"]) == (2, None, "settled")
        asked.registry.withholds = False
        asked.work()
        assert row_of(asked, NAME).state == "suppressed"
        assert asked.registry.cases[lead_id(asked)]["standing"] == "settled"

    def test_facts_that_came_before_the_answer_was_heard_but_after_it_was_given_bring_the_lead_back(
        self, asked: Matcher
    ) -> None:
        asked.registry.down = True
        asked.deliver_offline("health-illness", [county.illness(*ONE)])
        asked.work()
        asked.registry.down = False
        outcome = asked.registry.answer(lead_id(asked), "09")
        asked.work()
        case = asked.registry.cases[lead_id(asked)]
        assert (case["lead_version"], case["knows_outcome"], case["standing"]) == (3, outcome, "pending")
        assert row_of(asked, NAME).state == "open"

    def test_hearing_the_same_news_again_changes_nothing(self, asked: Matcher) -> None:
        asked.registry.answer(lead_id(asked), "09")
        asked.work()
        before = row_of(asked, NAME).model_dump()
        asked.registry.changes += [dict(change) for change in asked.registry.changes if change["kind"] == "case"]
        asked.work()
        assert row_of(asked, NAME).model_dump() == before

    def test_a_matcher_that_slept_too_long_loses_no_answer(self, asked: Matcher) -> None:
        asked.registry.answer(lead_id(asked), "09")
        asked.registry.forgets_before = len(asked.registry.changes)
        asked.work()
        assert row_of(asked, NAME).state == "suppressed"
        asked.registry.answer(str(by_name(asked)[PEOPLE[1][0]]["lead_id"]), "13")
        asked.work()
        assert by_name(asked) == {}
