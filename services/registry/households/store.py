"""Finding households and their members."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel
from sqlalchemy import ColumnElement, exists, func, or_
from sqlmodel import Session, col, select

from kit.auth import Caller
from kit.problems import NotFound
from kit.scope import in_part, within
from registry.households.kinds import ASSISTANCE, number_of
from registry.households.schemas import (
    HouseholdHistoryOut,
    HouseholdVersionOut,
    LinkVersionOut,
    MemberOut,
    MembershipVersionOut,
)
from registry.households.tables import Household, HouseholdLink, HouseholdVersion, Membership
from registry.persons import protections
from registry.persons.merges import owners, survivors
from registry.persons.protections import SHIELD
from registry.persons.tables import PersonVersion
from registry.times import NOW, Asked, standing

BULK = 500


@dataclass(frozen=True)
class Place:
    """A person's place in a household."""

    household_id: str
    number: str
    relation: str | None
    is_head: bool


@dataclass(frozen=True)
class Home:
    """A household as it was on the day asked about, by the knowledge asked about."""

    household_id: str
    kind: str
    number: str
    area: str
    monitored_as: str | None = None
    members: int = 0


def find(session: Session, caller: Caller, household_id: str, asked: Asked = NOW) -> Home:
    """A household within the caller's area. Raises NotFound."""
    found = homes(session, caller, asked, [col(Household.household_id) == household_id])
    if not found:
        raise NotFound
    return found[0]


def homes(  # noqa: PLR0913, PLR0917 - for whom, as of when, which of them, from where and how many
    session: Session,
    caller: Caller,
    asked: Asked,
    clauses: Sequence[ColumnElement[bool]] = (),
    page: tuple[str, int] = ("", BULK),
    digits: str = "",
) -> list[Home]:
    """Households that lay within the caller's area (and in the part whose codes begin with `digits`), in order of id:
    so many above one."""
    after, limit = page

    def rows(query: Any, area: Any) -> Any:
        mine = (within(caller, area), in_part(caller, area, digits), col(Household.household_id) > after, *clauses)
        return session.exec(query.where(*mine).order_by(col(Household.household_id)).limit(limit)).all()

    told = [
        Home(row.household_id, row.kind, version.number, version.area, version.monitored_as)
        for row, version in rows(_versioned(asked), col(HouseholdVersion.area))
    ]
    told += [
        Home(row.household_id, row.kind, number_of(row.kind, row.number), row.area)
        for row in rows(_unaltered(asked), col(Household.area))
    ]
    return sorted(told, key=lambda one: one.household_id)[:limit]


def _versioned(asked: Asked) -> Any:
    same = col(HouseholdVersion.household_id) == col(Household.household_id)
    return select(Household, HouseholdVersion).join(HouseholdVersion, same).where(*standing(HouseholdVersion, asked))


def _unaltered(asked: Asked) -> Any:
    """Those without a version: they are as they were made."""
    altered = exists().where(col(HouseholdVersion.household_id) == col(Household.household_id))
    known = [] if asked.known_at is None else [col(Household.created_at) <= asked.known_at]
    return select(Household).where(~altered, *known)


def version_of(session: Session, household_id: str) -> int:
    """How often something was written or taken back of a household: what a write must have seen. An import counts."""
    number = 0
    for table, mine in (
        (HouseholdVersion, col(HouseholdVersion.household_id) == household_id),
        (Membership, col(Membership.household_id) == household_id),
        (
            HouseholdLink,
            or_(*(col(end) == household_id for end in (HouseholdLink.household_id, HouseholdLink.other_id))),
        ),
    ):
        counted = select(func.count(), func.count(col(table.superseded_at))).select_from(table).where(mine)
        number += sum(session.exec(counted).one())
    return number + 1


def belonging(session: Session, person_id: str, asked: Asked) -> list[str]:
    """The households of a person, and of those merged into it, on the day: without a scope, to narrow a list by."""
    query = select(Membership.household_id).where(
        col(Membership.person_id).in_(list(owners(session, [person_id], asked))),
        *standing(Membership, asked),
    )
    return sorted(set(session.exec(query)))


def counted(session: Session, caller: Caller, household_ids: Sequence[str], asked: Asked) -> dict[str, int]:
    """How many people of the caller's area belonged to each on the day; who turned out to be another is that one."""
    query = (
        select(Membership.household_id, Membership.person_id)
        .join(PersonVersion, col(PersonVersion.person_id) == col(Membership.person_id))
        .where(
            col(Membership.household_id).in_(household_ids),
            *standing(Membership, asked),
            *standing(PersonVersion, asked),
            within(caller, col(PersonVersion.area)),
        )
    )
    rows = session.exec(query).all()
    gone = survivors(session, sorted({person for _, person in rows}), asked)
    kept = versions(session, caller, sorted(set(gone.values())), asked)
    found: dict[str, set[str]] = {}
    for household, person in rows:
        if person not in gone or gone[person] in kept:
            found.setdefault(household, set()).add(gone.get(person, person))
    return {household: len(people) for household, people in found.items()}


def links(session: Session, caller: Caller, household_id: str, asked: Asked) -> list[tuple[Home, HouseholdLink]]:
    """The households linked to this one on the day, as far as they lay within the caller's area."""
    rows = {
        _other(row, household_id): row for row in session.exec(_linked(household_id, *standing(HouseholdLink, asked)))
    }
    there = homes(session, caller, asked, [col(Household.household_id).in_(sorted(rows))])
    return [(home, rows[home.household_id]) for home in there]


def _linked(household_id: str, *clauses: ColumnElement[bool]) -> Any:
    ends = (col(HouseholdLink.household_id), col(HouseholdLink.other_id))
    query = select(HouseholdLink).where(or_(*(end == household_id for end in ends)), *clauses)
    return query.order_by(col(HouseholdLink.recorded_at), col(HouseholdLink.link_id))


def _other(row: HouseholdLink, household_id: str) -> str:
    return row.other_id if row.household_id == household_id else row.household_id


def history(session: Session, caller: Caller, household_id: str) -> HouseholdHistoryOut:
    """Everything ever believed of a household, as far as it lay within the caller's area, and of its members there."""
    stretches = select(HouseholdVersion).where(
        col(HouseholdVersion.household_id) == household_id, within(caller, col(HouseholdVersion.area))
    )
    members = select(Membership).where(
        col(Membership.household_id) == household_id,
        exists().where(
            col(PersonVersion.person_id) == col(Membership.person_id),
            *standing(PersonVersion, NOW),
            within(caller, col(PersonVersion.area)),
        ),
    )
    places = session.exec(members.order_by(col(Membership.recorded_at), col(Membership.membership_id))).all()
    hidden = protections.hidden(session, caller, {row.person_id for row in places})
    linked = session.exec(_linked(household_id)).all()
    others = sorted({_other(row, household_id) for row in linked})
    seen = {one.household_id for one in homes(session, caller, NOW, [col(Household.household_id).in_(others)])}
    order = (col(HouseholdVersion.recorded_at), col(HouseholdVersion.valid_from))
    return HouseholdHistoryOut(
        household_id=household_id,
        version=version_of(session, household_id),
        versions=[
            HouseholdVersionOut(**_told(row, HouseholdVersionOut)) for row in session.exec(stretches.order_by(*order))
        ],
        members=[
            MembershipVersionOut(**_told(row, MembershipVersionOut)) for row in places if row.person_id not in hidden
        ],
        links=[
            LinkVersionOut(**_told(row, LinkVersionOut) | {"household_id": _other(row, household_id)})
            for row in linked
            if _other(row, household_id) in seen
        ],
    )


def _told(row: Any, shape: type[BaseModel]) -> dict[str, Any]:
    told: dict[str, Any] = row.model_dump(include=set(shape.model_fields))
    return told


def members(session: Session, caller: Caller, household_id: str, asked: Asked) -> list[MemberOut]:
    """Those within the caller's area who belonged to the household on the day, the head first, by the names they had;
    in the clear, for the caller to mask."""
    query = (
        select(Membership, PersonVersion)
        .join(PersonVersion, col(PersonVersion.person_id) == col(Membership.person_id))
        .where(
            col(Membership.household_id) == household_id,
            *standing(Membership, asked),
            *standing(PersonVersion, asked),
            within(caller, col(PersonVersion.area)),
        )
        .order_by(col(Membership.is_head).desc(), col(Membership.membership_id))
    )
    rows = session.exec(query).all()
    gone = survivors(session, [place.person_id for place, _ in rows], asked)
    here = {place.person_id for place, _ in rows if place.person_id not in gone}
    kept = versions(session, caller, sorted(set(gone.values()) - here), asked)
    found: list[MemberOut] = []
    for place, person in rows:
        # Who turned out to be another is that one: once, and as far as the caller is told of it.
        shown = kept.pop(gone[place.person_id], None) if place.person_id in gone else person
        if shown is not None:
            found.append(
                MemberOut(
                    person_id=shown.person_id,
                    name=shown.name,
                    relation=place.relation,
                    is_head=place.is_head,
                    valid_from=place.valid_from,
                )
            )
    return found


def versions(session: Session, caller: Caller, person_ids: Sequence[str], asked: Asked) -> dict[str, PersonVersion]:
    """What is believed of these very persons on the day, where they are the caller's."""
    query = select(PersonVersion).where(
        col(PersonVersion.person_id).in_(person_ids),
        *standing(PersonVersion, asked),
        within(caller, col(PersonVersion.area)),
    )
    return {row.person_id: row for row in session.exec(query)}


def every_place(
    session: Session, caller: Caller, person_ids: Sequence[str], asked: Asked
) -> list[tuple[str, Home, Membership]]:
    """The places of these people on the day in households of every notion within the caller's area."""
    query = select(Membership).where(col(Membership.person_id).in_(person_ids), *standing(Membership, asked))
    rows = session.exec(query.order_by(col(Membership.valid_from), col(Membership.membership_id))).all()
    ids = sorted({row.household_id for row in rows})
    there = homes(session, caller, asked, [col(Household.household_id).in_(ids)])
    home_of = {one.household_id: one for one in there}
    return [(row.person_id, home_of[row.household_id], row) for row in rows if row.household_id in home_of]


def shielded(session: Session, caller: Caller, members: Sequence[MemberOut]) -> list[MemberOut]:
    """The members as this caller is told them: the protected without name; outsiders those alone who may be told."""
    ids = [one.person_id for one in members]
    hidden, guarded = (ask(session, caller, ids) for ask in (protections.hidden, protections.guarded))
    return [
        one.model_copy(update={"name": SHIELD, "relation": None}) if one.person_id in hidden else one
        for one in members
        if one.person_id not in guarded
    ]


def places(session: Session, caller: Caller, person_ids: Sequence[str], asked: Asked = NOW) -> dict[str, Place]:
    """Where each person belongs by civil affairs' own notion; of several households within the caller's area the one
    joined last."""
    found: dict[str, Place] = {}
    whose = owners(session, person_ids, asked)
    # Its own place is told before that of somebody merged into it.
    firmly: set[str] = set()
    ids = list(whose)
    for start in range(0, len(ids), BULK):
        query = (
            select(Membership, col(Household.number))
            .join(Household, col(Household.household_id) == col(Membership.household_id))
            .where(
                col(Membership.person_id).in_(ids[start : start + BULK]),
                *standing(Membership, asked),
                col(Household.kind) == ASSISTANCE,
                within(caller, col(Household.area)),
            )
            .order_by(col(Membership.valid_from), col(Membership.membership_id))
        )
        for one, number in session.exec(query):
            if whose[one.person_id] == one.person_id or whose[one.person_id] not in firmly:
                found[whose[one.person_id]] = Place(one.household_id, number, one.relation, one.is_head)
            if whose[one.person_id] == one.person_id:
                firmly.add(one.person_id)
    return found


def heads(session: Session, caller: Caller, household_ids: Sequence[str]) -> dict[str, str]:
    """The present head of each household, by name, where it lies in the caller's area; in the clear. Not of a protected
    head: that somebody works on a case of the household is no reason to be told who else lives there."""
    found: dict[str, str] = {}
    for start in range(0, len(household_ids), BULK):
        query = (
            select(Membership.household_id, PersonVersion.name, PersonVersion.person_id)
            .join(PersonVersion, col(PersonVersion.person_id) == col(Membership.person_id))
            .where(
                col(Membership.household_id).in_(household_ids[start : start + BULK]),
                col(Membership.is_head).is_(True),
                *standing(Membership, NOW),
                *standing(PersonVersion, NOW),
                within(caller, col(PersonVersion.area)),
            )
            .order_by(col(Membership.membership_id))
        )
        rows = session.exec(query).all()
        hidden = protections.hidden(session, caller, (head for _, _, head in rows))
        found.update((household, name) for household, name, head in rows if head not in hidden)
    return found
