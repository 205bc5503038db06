"""Who is in which category on a day, by the knowledge of a moment: everybody counted once, at the highest."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import and_
from sqlmodel import Session, col, select

from kit.auth import Caller
from kit.scope import within
from registry.categories.kinds import Meaning
from registry.categories.schemas import CategoryReasonOut, PersonCategoriesOut
from registry.categories.store import Meanings
from registry.coverage import store as coverage
from registry.coverage.tables import Coverage
from registry.households.kinds import ASSISTANCE, MONITORED
from registry.households.tables import Household, HouseholdVersion, Membership
from registry.ledger.outcome_codes import months_after
from registry.ledger.stood import found_by
from registry.persons.merges import owners
from registry.times import Asked, running, standing

BULK = 500
Known = tuple[
    str, str, date
]  # by what: `programme:…`, `household:…` (a member's programme), `monitored:…`, `outcome:…`


@dataclass(frozen=True)
class Asker:
    """Who asks, of which day and by which knowledge; `then.as_of` is never None."""

    session: Session
    caller: Caller
    then: Asked

    @property
    def day(self) -> date:
        """The day asked about."""
        return self.then.as_of or date.min


def of_people(asker: Asker, areas: Mapping[str, str]) -> dict[str, list[CategoryReasonOut]]:
    """Person → its categories, the highest first, by what the area it is registered in says; `areas`: person → area."""
    meanings = Meanings(asker.session, asker.day, asker.then.known_at)
    known: dict[str, list[tuple[str, date]]] = {}
    for who, what, since in _known(asker, areas):
        known.setdefault(who, []).append((what, since))
    return {who: _found(meanings.of(area), known.get(who, []), asker.day) for who, area in areas.items()}


def told(person_id: str, day: date, found: Sequence[CategoryReasonOut]) -> PersonCategoriesOut:
    """On the wire."""
    highest = found[0].category if found else None
    return PersonCategoriesOut(person_id=person_id, as_of=day, highest=highest, categories=list(found))


def _found(meanings: Mapping[str, Meaning], known: Iterable[tuple[str, date]], day: date) -> list[CategoryReasonOut]:
    best: dict[str, CategoryReasonOut] = {}
    for what, since in sorted(known, key=lambda one: (one[1], one[0])):
        for code, meaning in meanings.items():
            if code not in best and _puts(meaning, what, since, day):
                best[code] = CategoryReasonOut(
                    category=code, title=meaning.title, rank=meaning.rank, known_by=what, since=since
                )
    return sorted(best.values(), key=lambda one: (one.rank, one.category))


def _puts(meaning: Meaning, what: str, since: date, day: date) -> bool:
    """Whether that puts somebody into the category."""
    by, (how, _, value) = meaning.known_by, what.partition(":")
    if how == "programme":
        return value in by.programmes
    if how == "household":
        return by.whole_household and value in by.programmes
    if how == "monitored":
        return value in by.monitored
    return value in by.outcomes and since <= day < months_after(since, by.months)


def _known(asker: Asker, people: Iterable[str]) -> list[Known]:
    ids = sorted(people)
    whose = owners(asker.session, ids, asker.then)
    places = _places(asker, list(whose))
    found = [
        (who, f"programme:{row.programme}", row.start)
        for who, rows in coverage.of_persons(asker.session, asker.caller, ids, asker.then).items()
        for row in rows
    ]
    held = _held(asker, sorted({home for _, home, kind, _, _ in places if kind == ASSISTANCE}))
    for who, home, kind, monitored_as, since in places:
        if kind == MONITORED and monitored_as is not None:
            found.append((whose[who], f"monitored:{monitored_as}", since))
        found += [(whose[who], f"household:{programme}", max(start, since)) for programme, start in held.get(home, ())]
    told_by_visits = found_by(asker.session, asker.caller, list(whose), ["18"], asker.then.known_at)
    return found + [(whose[who], f"outcome:{code}", day) for who, code, day in told_by_visits]


def _places(asker: Asker, ids: Sequence[str]) -> list[tuple[str, str, str, str | None, date]]:
    """Person, household, its kind, what monitoring takes it for, since when."""
    found: list[tuple[str, str, str, str | None, date]] = []
    for start in range(0, len(ids), BULK):
        query = (
            select(Membership, Household, HouseholdVersion)
            .join(Household, col(Household.household_id) == col(Membership.household_id))
            .join(
                HouseholdVersion,
                and_(
                    col(HouseholdVersion.household_id) == col(Household.household_id),
                    *standing(HouseholdVersion, asker.then),
                ),
                isouter=True,
            )
            .where(
                col(Membership.person_id).in_(ids[start : start + BULK]),
                *standing(Membership, asker.then),
                within(asker.caller, col(Household.area)),
            )
        )
        for place, home, version in asker.session.exec(query):
            as_ = version.monitored_as if version is not None else None
            since = place.valid_from if version is None else max(place.valid_from, version.valid_from)
            found.append((place.person_id, home.household_id, home.kind, as_, since))
    return found


def _held(asker: Asker, household_ids: Sequence[str]) -> dict[str, list[tuple[str, date]]]:
    """Household → the programmes any of its members holds there on the day, and since when."""
    found: dict[str, list[tuple[str, date]]] = {}
    for start in range(0, len(household_ids), BULK):
        query = select(Coverage).where(
            col(Coverage.household_id).in_(household_ids[start : start + BULK]),
            *running(Coverage, asker.then),
            within(asker.caller, col(Coverage.area)),
        )
        for row in asker.session.exec(query.order_by(col(Coverage.start))):
            found.setdefault(str(row.household_id), []).append((row.programme, row.start))
    return found
