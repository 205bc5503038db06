"""The list that is put up in the village (公示): who is supported, and nothing besides that must be public.

Head of household, category, number of persons, amount, village. Never a number, a telephone, an account, health or
disability; nor 单人保, which says that somebody of the household is ill or disabled. A child is never named, nor
anybody known to be protected; of whom it is not known whether they are, only on a decision the caller names.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import or_
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from china.masks import mask_name
from kit.auth import Caller
from kit.scope import lies_in, within
from registry.coverage.store import is_paid_on
from registry.coverage.tables import Coverage
from registry.households.tables import Membership
from registry.persons import protections
from registry.persons.protections import NO, YES
from registry.persons.tables import PersonVersion

CATEGORIES = {
    "dibao-rural": "农村低保", "dibao-urban": "城市低保", "tekun-institution": "特困供养", "tekun-home": "特困供养",
    "dibao-margin": "低保边缘家庭", "rigid-expenditure": "刚性支出困难家庭", "temporary-aid": "临时救助",
}  # fmt: skip
OF_AGE = 18
MOST_ROWS = 5_000
BULK = 500


@dataclass(frozen=True)
class Wanted:
    """Which list: of which area and programme, on which day, with names masked or not, by which decision."""

    area: str
    programme: str
    day: date
    full_names: bool
    decision: str | None


@dataclass(frozen=True)
class Entry:
    """One line of the list."""

    name: str
    category: str
    persons: int
    amount_fen: int | None
    area: str


@dataclass
class _Unit:
    """A household (or a person without one) as it is supported."""

    rows: list[Coverage] = field(default_factory=list)
    heads: list[str] = field(default_factory=list)  # more than one where two imports say so

    @property
    def people(self) -> set[str]:
        """Everybody the line is about."""
        return {row.person_id for row in self.rows} | set(self.heads)


def listed(session: Session, caller: Caller, wanted: Wanted) -> tuple[list[Entry], int]:
    """The lines that may be put up, by area, and how many may not. More than `MOST_ROWS` periods: the caller must ask
    for less (one row above the bound says so)."""
    units = _units(session, caller, wanted)
    people = _people(session, caller, {one for unit in units for one in unit.heads})
    protected = protections.states(session, {one for unit in units for one in unit.people})
    found: list[Entry] = []
    for unit in units:
        head = next((people[one] for one in unit.heads if one in people), None)  # the first whom the caller may see
        if head is not None and _is_adult(head, wanted.day) and _may_stand(unit, protected, wanted.decision):
            found.append(_entry(unit, head, wanted))
    return sorted(found, key=lambda one: (one.area, one.name)), len(units) - len(found)


def too_many(session: Session, caller: Caller, wanted: Wanted) -> bool:
    """Whether the list is longer than one is put up."""
    rows = session.exec(_supported(caller, wanted).limit(MOST_ROWS + 1)).all()
    return len(rows) > MOST_ROWS


def _supported(caller: Caller, wanted: Wanted) -> SelectOfScalar[Coverage]:
    return (
        select(Coverage)
        .where(
            within(caller, col(Coverage.area)),
            lies_in(caller, col(Coverage.area), wanted.area),
            col(Coverage.programme) == wanted.programme,
            col(Coverage.superseded_at).is_(None),
            col(Coverage.start) <= wanted.day,
            or_(col(Coverage.end).is_(None), col(Coverage.end) >= wanted.day),
            is_paid_on(wanted.day),
        )
        .order_by(col(Coverage.coverage_id))
    )


def _units(session: Session, caller: Caller, wanted: Wanted) -> list[_Unit]:
    units: dict[str, _Unit] = {}
    for row in session.exec(_supported(caller, wanted)):
        unit = units.setdefault(row.household_id or row.person_id, _Unit())
        unit.rows.append(row)
        if row.household_id is None:
            unit.heads = [row.person_id]
    for household_id, head in _heads(session, [one for one in units if not units[one].heads]):
        units[household_id].heads.append(head)
    return list(units.values())


def _heads(session: Session, household_ids: Sequence[str]) -> Iterable[tuple[str, str]]:
    for start in range(0, len(household_ids), BULK):
        yield from session.exec(
            select(Membership.household_id, Membership.person_id)
            .where(
                col(Membership.household_id).in_(household_ids[start : start + BULK]),
                col(Membership.is_head).is_(True),
                col(Membership.superseded_at).is_(None),
                col(Membership.valid_to).is_(None),
            )
            .order_by(col(Membership.membership_id))
        )


def _people(session: Session, caller: Caller, person_ids: set[str]) -> dict[str, PersonVersion]:
    ids, found = sorted(person_ids), dict[str, PersonVersion]()
    for start in range(0, len(ids), BULK):
        query = select(PersonVersion).where(
            col(PersonVersion.person_id).in_(ids[start : start + BULK]),
            col(PersonVersion.superseded_at).is_(None),
            col(PersonVersion.valid_to).is_(None),
            within(caller, col(PersonVersion.area)),
        )
        found.update((row.person_id, row) for row in session.exec(query))
    return found


def _is_adult(head: PersonVersion, day: date) -> bool:
    """Nobody whose age is not known is taken for an adult."""
    born = head.birth_date
    return born is not None and (day.year - born.year - ((day.month, day.day) < (born.month, born.day))) >= OF_AGE


def _may_stand(unit: _Unit, protected: dict[str, str], decision: str | None) -> bool:
    said = {protected.get(one) for one in unit.people}
    return YES not in said and (said == {NO} or decision is not None)


def _entry(unit: _Unit, head: PersonVersion, wanted: Wanted) -> Entry:
    first = unit.rows[0]
    return Entry(
        name=head.name if wanted.full_names else str(mask_name(head.name)),
        category=CATEGORIES[wanted.programme],
        persons=first.covered_count or len({row.person_id for row in unit.rows}),
        amount_fen=max((row.amount_fen for row in unit.rows if row.amount_fen is not None), default=None),
        area=first.area,
    )
