"""How a household stood on a day by the knowledge of a moment: persons, places, support, categories, cases together."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from china.masks import mask_name
from kit.auth import Caller
from kit.columns import now
from kit.crypto import KeyRing
from kit.problems import NotFound
from registry.categories.people import Asker, of_people
from registry.categories.schemas import CategoryReasonOut
from registry.coverage import store as coverage
from registry.coverage.schemas import SuspensionOut
from registry.coverage.tables import Coverage, Suspension
from registry.households import store as households
from registry.households.schemas import MemberOut
from registry.ledger import states
from registry.ledger.stood import Meant, Stood, StoodItem, stood
from registry.persons import protections
from registry.persons.merges import owners
from registry.persons.protections import SHIELD
from registry.persons.tables import PersonVersion
from registry.times import Asked
from registry.views.standing_people import People, as_registered, people_of
from registry.views.standing_schemas import (
    StandingCaseOut,
    StandingCoverageOut,
    StandingFindingOut,
    StandingMemberOut,
    StandingPlaceOut,
)
from registry.views.standing_words import of_household


@dataclass(frozen=True)
class Question:
    """Whose standing, for whom, on which day (`then.as_of` is never None) and by which knowledge."""

    session: Session
    ring: KeyRing
    caller: Caller
    household_id: str
    then: Asked

    @property
    def moment(self) -> datetime:
        """Until when something must have been known."""
        return self.then.known_at or now()


@dataclass(frozen=True)
class Standing:
    """The answer but for what came later."""

    home: households.Home | None
    members: list[StandingMemberOut]
    cases: list[StandingCaseOut]
    findings: list[StandingFindingOut]


def standing_of(question: Question) -> Standing:
    """How it stood. A household not known then is told as that."""
    session, caller, then = question.session, question.caller, question.then
    try:
        home: households.Home | None = households.find(session, caller, question.household_id, then)
    except NotFound:
        home = None
    people = people_of(session, caller, question.household_id, then) if home else People()
    found = people.members
    ids = [one.person_id for one in found]
    hidden = protections.hidden(session, caller, ids)
    seen = [one for one in ids if one not in hidden]
    whose = owners(session, seen, then)
    # Of a case of a protected member's not even that there is one: nor of their household's.
    meant = Meant(list(whose), question.household_id if not hidden else "")
    cases = stood(session, question.ring, caller, meant, question.moment)
    cases = [case for case in cases if not hidden or all(item.person_id not in hidden for item in case.items)]
    facts = _Facts.of(question, seen, whose, cases)
    members = [_hidden(one) if one.person_id in hidden else facts.member(one) for one in found]
    own = [_case(case, case.items) for case in cases if not any(item.person_id in whose for item in case.items)]
    return Standing(home, members, own, of_household(people if home else None, members, own))


@dataclass(frozen=True)
class _Facts:
    """What is known of the members who may be told of."""

    question: Question
    whose: dict[str, str]  # everybody merged into a member → the member
    rows: dict[str, PersonVersion]
    held: dict[str, list[Coverage]]
    paused: coverage.Pauses
    places: dict[str, list[StandingPlaceOut]]
    categories: dict[str, list[CategoryReasonOut]]
    cases: Sequence[Stood]

    @classmethod
    def of(cls, question: Question, ids: Sequence[str], whose: dict[str, str], cases: Sequence[Stood]) -> "_Facts":
        """Read them, each kind with one query."""
        session, caller, then = question.session, question.caller, question.then
        rows = as_registered(session, caller, ids, then)
        every = Asked(known_at=then.known_at)
        held = coverage.of_persons(session, caller, ids, every)
        paused = coverage.pauses(session, (row.coverage_id for those in held.values() for row in those), every)
        categories = of_people(Asker(session, caller, then), {one: row.area for one, row in rows.items()})
        return cls(question, whose, rows, held, paused, _places(question, whose), categories, cases)

    def member(self, one: MemberOut) -> StandingMemberOut:
        """A member as it stood, masked."""
        who, died, day = one.person_id, self.rows[one.person_id].died_on, self.question.then.as_of
        shown = [self._coverage(row) for row in self.held.get(who, [])]
        about = [
            _case(case, mine)
            for case in self.cases
            if (mine := [item for item in case.items if self.whose.get(str(item.person_id)) == who])
        ]
        return StandingMemberOut(
            person_id=who,
            name=str(mask_name(one.name)),
            relation=one.relation,
            is_head=one.is_head,
            protected=False,
            died_on=died if died is not None and (day is None or died <= day) else None,
            covered=any(held.covers for held in shown),
            households=self.places.get(who, []),
            coverage=shown,
            categories=list(self.categories.get(who, [])),
            cases=about,
            merged=sorted(gone for gone, kept in self.whose.items() if kept == who != gone),
        )

    def _coverage(self, row: Coverage) -> StandingCoverageOut:
        day = self.question.then.as_of
        pauses = self.paused.get(row.coverage_id, ())
        status, covers = coverage.status(row, pauses, day or row.start)
        begun = [one for one in pauses if day is None or one.start <= day]
        return StandingCoverageOut(
            coverage_id=row.coverage_id,
            programme=row.programme,
            form=row.form,
            start=row.start,
            end=row.end,
            status=status,
            covers=covers,
            end_reason=row.end_reason,
            suspensions=[_pause(one) for one in begun],
        )


def _pause(one: Suspension) -> SuspensionOut:
    return SuspensionOut(start=one.start, end=one.end, reason=one.reason)


def _places(question: Question, whose: dict[str, str]) -> dict[str, list[StandingPlaceOut]]:
    found: dict[str, list[StandingPlaceOut]] = {}
    for person_id, home, place in households.every_place(question.session, question.caller, list(whose), question.then):
        told = StandingPlaceOut(
            household_id=home.household_id,
            kind=home.kind,
            number=home.number,
            relation=place.relation,
            is_head=place.is_head,
            valid_from=place.valid_from,
        )
        found.setdefault(whose[person_id], []).append(told)
    return found


def _case(case: Stood, items: Sequence[StoodItem]) -> StandingCaseOut:
    untils = [item.suppressed_until for item in items if item.suppressed_until is not None]
    return StandingCaseOut(
        case_id=case.case_id,
        state=case.state,
        state_label=states.LABELS.get(case.state, case.state),
        opened_on=case.opened_on,
        codes=sorted({item.code for item in items if item.code is not None}),
        suppressed_until=max(untils, default=None),
    )


def _hidden(one: MemberOut) -> StandingMemberOut:
    return StandingMemberOut(
        person_id=one.person_id, name=SHIELD, relation=None, is_head=False, protected=True, died_on=None, covered=False,
        households=[], coverage=[], categories=[], cases=[], merged=[],
    )  # fmt: skip
