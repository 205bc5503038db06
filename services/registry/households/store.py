"""Finding households and their members."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import Session, col, select

from kit.auth import Caller
from kit.problems import NotFound
from kit.scope import within
from registry.households.schemas import MemberOut
from registry.households.tables import Household, Membership
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


def find(session: Session, caller: Caller, household_id: str) -> Household:
    """A household within the caller's area. Raises NotFound."""
    query = select(Household).where(col(Household.household_id) == household_id, within(caller, col(Household.area)))
    found = session.exec(query).first()
    if found is None:
        raise NotFound
    return found


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
    kept = _versions(session, caller, sorted(set(gone.values()) - here), asked)
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


def _versions(session: Session, caller: Caller, person_ids: Sequence[str], asked: Asked) -> dict[str, PersonVersion]:
    query = select(PersonVersion).where(
        col(PersonVersion.person_id).in_(person_ids),
        *standing(PersonVersion, asked),
        within(caller, col(PersonVersion.area)),
    )
    return {row.person_id: row for row in session.exec(query)}


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
    """Where each person belongs; of several households within the caller's area the one joined last."""
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
