"""Who is on a sheet: names and numbers as far as they are the caller's, masked unless they are to be told."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlmodel import Session, col, select

from china.masks import mask_name, mask_number
from kit.auth import Caller
from kit.crypto import KeyRing
from kit.scope import within
from registry.households.tables import Household
from registry.persons import protections
from registry.persons.protections import SHIELD
from registry.persons.sealed import ID_NUMBER, unseal
from registry.persons.tables import PersonVersion
from registry.times import NOW, standing

BULK = 500


@dataclass(frozen=True)
class Known:
    """Persons by id with name and number in the clear, 户号 by household, and of whom not even the name is told."""

    persons: dict[str, tuple[str, str | None]]
    numbers: dict[str, str]
    hidden: set[str]

    def told(self, person_id: str | None, *, revealed: bool) -> tuple[str | None, str | None]:
        """Name and number of somebody, as a sheet has them."""
        found = self.persons.get(person_id or "")
        if found is None:
            return None, None
        if person_id in self.hidden:
            return SHIELD, None
        return found if revealed else (mask_name(found[0]), mask_number(found[1]))

    def mine(self, household_id: str | None) -> str | None:
        """The household's id, where it is the caller's: of one that lies elsewhere nothing is told."""
        return household_id if household_id in self.numbers else None

    def number_of(self, household_id: str | None) -> str | None:
        """The 户号."""
        return self.numbers.get(household_id or "")


def known(
    session: Session, ring: KeyRing, caller: Caller, of: tuple[Iterable[str | None], Iterable[str | None]]
) -> Known:
    """These persons and households, looked up at once."""
    ids, homes = (sorted({one for one in some if one}) for some in of)
    people = _persons(session, ring, caller, ids)
    return Known(people, _numbers(session, caller, homes), protections.hidden(session, caller, set(people)))


def _persons(session: Session, ring: KeyRing, caller: Caller, ids: Sequence[str]) -> dict[str, tuple[str, str | None]]:
    found: dict[str, tuple[str, str | None]] = {}
    for start in range(0, len(ids), BULK):
        query = select(PersonVersion).where(
            col(PersonVersion.person_id).in_(ids[start : start + BULK]),
            *standing(PersonVersion, NOW),
            within(caller, col(PersonVersion.area)),
        )
        for row in session.exec(query):
            found[row.person_id] = row.name, unseal(ring, row.id_number_sealed, ID_NUMBER)
    return found


def _numbers(session: Session, caller: Caller, ids: Sequence[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for start in range(0, len(ids), BULK):
        query = select(Household.household_id, Household.number).where(
            col(Household.household_id).in_(ids[start : start + BULK]), within(caller, col(Household.area))
        )
        found.update(session.exec(query).all())
    return found
