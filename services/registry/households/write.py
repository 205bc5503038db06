"""Writing households in both times: a change happened in the world on a day, a correction says the record was wrong.

Either states days anew; what rows said of other days stays so, and what was believed stays on record.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import update
from sqlmodel import Session, col, select

from kit.columns import new_id, now
from registry.areas.shelf import SINCE_EVER
from registry.households.days import Days, meets, outside, since
from registry.households.kinds import MONITORED, TITLES, key_of, number_of
from registry.households.problems import HouseholdExists, LinkUnfit, MonitoredUnfit
from registry.households.tables import Household, HouseholdLink, HouseholdVersion, Membership
from registry.persons.merges import owners
from registry.persons.problems import DateUnordered
from registry.times import NOW, believed


@dataclass(frozen=True)
class Place:
    """What is said of somebody's place in a household; without one, that there is none."""

    relation: str | None = None
    is_head: bool = False


def create(session: Session, values: Mapping[str, Any]) -> Household:
    """A new household with its first version. Raises HouseholdExists, MonitoredUnfit."""
    _fits(values["kind"], values["monitored_as"])
    at = now()
    row = Household(
        household_id=new_id(),
        county=values["area"][:6],
        number=key_of(values["kind"], values["number"]),
        area=values["area"],
        kind=values["kind"],
        created_at=at,
    )
    _alone(session, row)
    session.add(row)
    session.flush()
    said = {name: values[name] for name in ("number", "area", "monitored_as")}
    session.add(_version(row.household_id, said, (values["valid_from"], None), at))
    session.flush()
    return row


def change(session: Session, household_id: str, values: Mapping[str, Any], on: date) -> None:
    """From that day on it is so. Raises DateUnordered, HouseholdExists, MonitoredUnfit."""
    row = _row(session, household_id)
    _after(on, since(_versions(session, row)))
    _restate(session, row, values, (on, None))


def correct(session: Session, household_id: str, values: Mapping[str, Any], days: Days) -> None:
    """On these days it was so. Raises DateUnordered, HouseholdExists, MonitoredUnfit."""
    row = _row(session, household_id)
    first = min(one.valid_from for one in _versions(session, row))
    if days[0] < first or (days[1] is not None and days[1] <= days[0]):
        raise DateUnordered
    _restate(session, row, values, days)


def change_member(session: Session, household_id: str, person_id: str, said: Place | None, on: date) -> None:
    """From that day on the person has this place, or none. Raises DateUnordered."""
    rows = _places(session, household_id, person_id)
    _after(on, since(rows))
    _place_anew(session, (household_id, person_id), rows, said, (on, None))


def correct_member(session: Session, household_id: str, person_id: str, said: Place | None, days: Days) -> None:
    """On these days the person had this place, or none. Raises DateUnordered."""
    if days[1] is not None and days[1] <= days[0]:
        raise DateUnordered
    _place_anew(session, (household_id, person_id), _places(session, household_id, person_id), said, days)


def link(session: Session, household_id: str, other_id: str, days: Days, *, linked: bool) -> None:
    """On these days the two are of the same people, or are not. Raises DateUnordered, LinkUnfit."""
    if days[1] is not None and days[1] <= days[0]:
        raise DateUnordered
    if _row(session, household_id).kind == _row(session, other_id).kind:
        raise LinkUnfit
    one, other = sorted((household_id, other_id))
    query = select(HouseholdLink).where(
        col(HouseholdLink.household_id) == one, col(HouseholdLink.other_id) == other, *believed(HouseholdLink, NOW)
    )
    meant = [row for row in session.exec(query) if meets(row, days)]
    at = now()
    _supersede(session, HouseholdLink, "link_id", meant, at)
    stretches = [kept for _, kept in outside(meant, days)] + ([days] if linked else [])
    session.add_all(
        HouseholdLink(
            link_id=new_id(), household_id=one, other_id=other, valid_from=first, valid_to=until, recorded_at=at
        )
        for first, until in stretches
    )
    session.flush()


def members_now(session: Session, household_id: str) -> list[str]:
    """Everybody who belongs to it now; without a scope: for the feed, never for an answer."""
    query = select(Membership.person_id).where(
        col(Membership.household_id) == household_id,
        col(Membership.valid_to).is_(None),
        *believed(Membership, NOW),
    )
    return sorted(set(session.exec(query)))


def _row(session: Session, household_id: str) -> Household:
    return session.exec(select(Household).where(col(Household.household_id) == household_id)).one()


def _after(on: date, present: date | None) -> None:
    if present is not None and on < present:
        raise DateUnordered


def _fits(kind: str, monitored_as: str | None) -> None:
    if (kind == MONITORED) != (monitored_as is not None):
        raise MonitoredUnfit


def _alone(session: Session, row: Household) -> None:
    """Without the caller's scope: a number taken next door is taken; nothing of whose it is is told."""
    query = select(Household.household_id).where(
        col(Household.county) == row.county,
        col(Household.number) == row.number,
        col(Household.household_id) != row.household_id,
    )
    if session.exec(query).first() is not None:
        raise HouseholdExists(title=TITLES[row.kind])


def _versions(session: Session, row: Household) -> Sequence[HouseholdVersion]:
    """What is believed of its days now. One never altered gets its first version here: as it was made."""
    query = select(HouseholdVersion).where(
        col(HouseholdVersion.household_id) == row.household_id, *believed(HouseholdVersion, NOW)
    )
    found = session.exec(query.order_by(col(HouseholdVersion.valid_from))).all()
    if found:
        return found
    said = {"number": number_of(row.kind, row.number), "area": row.area, "monitored_as": None}
    first = _version(row.household_id, said, (SINCE_EVER, None), row.created_at)
    session.add(first)
    session.flush()
    return [first]


def _restate(session: Session, row: Household, values: Mapping[str, Any], days: Days) -> None:
    at = now()
    meant = [one for one in _versions(session, row) if meets(one, days)]
    _supersede(session, HouseholdVersion, "version_id", meant, at)
    for one, kept in outside(meant, days):
        session.add(_version(row.household_id, _said(one), kept, at))
    for one in meant:
        within = (max(one.valid_from, days[0]), _earlier(one.valid_to, days[1]))
        said = {**_said(one), **values}
        _fits(row.kind, said["monitored_as"])
        session.add(_version(row.household_id, said, within, at))
    session.flush()
    _stand(session, row)


def _stand(session: Session, row: Household) -> None:
    """The present state, for queries that ask for nothing else. Raises HouseholdExists."""
    present = next(one for one in _versions(session, row) if one.valid_to is None)
    row.county, row.area = present.area[:6], present.area
    row.number = key_of(row.kind, present.number)
    with session.no_autoflush:
        _alone(session, row)
    session.add(row)
    session.flush()


def _said(one: HouseholdVersion) -> dict[str, Any]:
    return {"number": one.number, "area": one.area, "monitored_as": one.monitored_as}


def _earlier(one: date | None, other: date | None) -> date | None:
    ends = [day for day in (one, other) if day is not None]
    return min(ends) if ends else None


def _version(household_id: str, said: Mapping[str, Any], days: Days, at: datetime) -> HouseholdVersion:
    return HouseholdVersion(
        version_id=new_id(),
        household_id=household_id,
        **said,
        valid_from=days[0],
        valid_to=days[1],
        recorded_at=at,
    )


def _places(session: Session, household_id: str, person_id: str) -> Sequence[Membership]:
    """What is believed of the places of a person, and of those merged into it, in the household."""
    query = select(Membership).where(
        col(Membership.household_id) == household_id,
        col(Membership.person_id).in_(list(owners(session, [person_id]))),
        *believed(Membership, NOW),
    )
    return session.exec(query.order_by(col(Membership.valid_from), col(Membership.membership_id))).all()


def _place_anew(
    session: Session, whose: tuple[str, str], rows: Sequence[Membership], said: Place | None, days: Days
) -> None:
    at = now()
    meant = [row for row in rows if meets(row, days)]
    _supersede(session, Membership, "membership_id", meant, at)
    # Outside these days somebody merged keeps places of its own: a split gives them back.
    session.add_all(
        _membership((row.household_id, row.person_id), Place(row.relation, row.is_head), kept, at)
        for row, kept in outside(meant, days)
    )
    if said is not None:
        session.add(_membership(whose, said, days, at))
    session.flush()


def _membership(whose: tuple[str, str], said: Place, days: Days, at: datetime) -> Membership:
    return Membership(
        membership_id=new_id(),
        household_id=whose[0],
        person_id=whose[1],
        relation=said.relation,
        is_head=said.is_head,
        valid_from=days[0],
        valid_to=days[1],
        recorded_at=at,
    )


def _supersede(session: Session, table: Any, key: str, rows: Iterable[Any], at: datetime) -> None:
    column: Callable[[Any], Any] = col
    ids = [getattr(row, key) for row in rows]
    session.execute(update(table).where(column(getattr(table, key)).in_(ids)).values(superseded_at=at))
