"""Who a household's people were on a day: who is registered there; before anybody was, who was supported under it.

An import dates a place in a household by its own day and support by its true start: of the years before the first
import, support is all that says who lived there.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from sqlmodel import Session, col, select

from kit.auth import Caller
from registry.coverage import store as coverage
from registry.households import store as households
from registry.households.schemas import MemberOut
from registry.households.tables import Membership
from registry.persons.merges import survivors
from registry.persons.tables import PersonVersion
from registry.times import Asked, believed, standing

MOST = 1000  # periods of support of one household on one day


@dataclass(frozen=True)
class People:
    """Those told of. `by_support`: nobody was registered yet, they were supported; `since`: from when on anybody is."""

    members: list[MemberOut] = field(default_factory=list)
    by_support: bool = False
    since: date | None = None


def people_of(session: Session, caller: Caller, household_id: str, then: Asked) -> People:
    """The people of a household on a day, by the knowledge of a moment, in the clear; `then.as_of` is never None."""
    registered = _registered(session, caller, household_id, then)
    if registered:
        return People(registered)
    since = _since(session, caller, household_id, then)
    if since is not None and then.as_of is not None and then.as_of >= since:
        return People(since=since)  # who was there had left
    found = _supported(session, caller, household_id, then)
    return People(found, by_support=bool(found), since=since)


def _registered(session: Session, caller: Caller, household_id: str, then: Asked) -> list[MemberOut]:
    """Who belonged to it on the day, the head first; somebody's place may be known of days before their own record
    begins. Who turned out to be another is that one, once."""
    query = select(Membership).where(col(Membership.household_id) == household_id, *standing(Membership, then))
    places = session.exec(query.order_by(col(Membership.membership_id))).all()
    gone = survivors(session, [one.person_id for one in places], then)
    place_of = {one.person_id: one for one in places if one.person_id not in gone}
    for one in places:
        place_of.setdefault(gone.get(one.person_id, one.person_id), one)
    rows = as_registered(session, caller, list(place_of), then)
    return [
        MemberOut(
            person_id=who,
            name=rows[who].name,
            relation=place.relation,
            is_head=place.is_head,
            valid_from=place.valid_from,
        )
        for who, place in sorted(place_of.items(), key=lambda one: not one[1].is_head)
        if who in rows
    ]


def as_registered(session: Session, caller: Caller, person_ids: Sequence[str], then: Asked) -> dict[str, PersonVersion]:
    """What is believed of each on the day; of who was not registered yet, what is believed of them since."""
    since = households.versions(session, caller, person_ids, Asked(None, then.known_at))
    return since | households.versions(session, caller, person_ids, then)


def _since(session: Session, caller: Caller, household_id: str, then: Asked) -> date | None:
    """The first day anybody of the caller's area is believed to belong to it."""
    query = select(Membership).where(col(Membership.household_id) == household_id, *believed(Membership, then))
    rows = session.exec(query).all()
    mine = as_registered(session, caller, sorted({row.person_id for row in rows}), then)
    return min((row.valid_from for row in rows if row.person_id in mine), default=None)


def _supported(session: Session, caller: Caller, household_id: str, then: Asked) -> list[MemberOut]:
    """Who held support on the day that names this household, or that names none and is of who belongs to it since."""
    named = coverage.page(session, caller, coverage.Wanted(household_id=household_id), then, "", MOST)
    ids = list(dict.fromkeys(row.person_id for row in named))
    gone = survivors(session, ids, then)
    joined = households.members(session, caller, household_id, Asked(None, then.known_at))
    held = coverage.of_persons(session, caller, [one.person_id for one in joined], then)
    nameless = [who for who, rows in held.items() if any(row.household_id is None for row in rows)]
    there = [*(gone.get(one, one) for one in ids), *nameless]
    rows = as_registered(session, caller, there, then)
    return [_told(rows[one]) for one in _in_order(there, joined) if one in rows]


def _in_order(ids: Sequence[str], joined: Sequence[MemberOut]) -> list[str]:
    """As they are told of later, the head first; then who never came to be registered."""
    return list(dict.fromkeys([*(one.person_id for one in joined if one.person_id in ids), *ids]))


def _told(row: PersonVersion) -> MemberOut:
    """Whose head or child somebody was is not known of the day."""
    return MemberOut(person_id=row.person_id, name=row.name, relation=None, is_head=False, valid_from=row.valid_from)
