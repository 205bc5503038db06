"""Held screens and paces of townships in the database, each query under the caller's scope."""

from collections.abc import Iterable, Sequence
from typing import Protocol

from sqlmodel import Session, col, select

from kit.auth import Caller
from kit.columns import new_id, now
from kit.problems import NotFound
from kit.scope import lies_in, prefix, within
from matcher.leads.pace import TOWN, Pace, Paces
from matcher.leads.tables import Finding, Lead, ScreenHold, TownPace


class Counted(Protocol):
    """What a screening counted of one screen in one township."""

    @property
    def screen(self) -> str: ...
    @property
    def area(self) -> str: ...
    @property
    def people(self) -> int: ...
    @property
    def found(self) -> int: ...
    @property
    def listed(self) -> int: ...


def listed(session: Session) -> set[tuple[str, str]]:
    """(subject, screen) of every finding that stands on the list, or waits or was settled there."""
    query = select(Lead.subject_id, Finding.screen).join(Finding, col(Finding.lead_id) == col(Lead.id))
    return set(session.exec(query.where(col(Finding.until_version).is_(None), col(Lead.state) != "withdrawn")))


def decided(session: Session) -> dict[tuple[str, str], str]:
    """(screen, township's nine digits) → held, confirmed or refused."""
    return {(row.screen, row.area[:TOWN]): row.state for row in session.exec(select(ScreenHold))}


def note(session: Session, held: Iterable[Counted]) -> None:
    """Write down what is held now; what was held and is no longer too much is forgotten, decisions are not."""
    rows = {(row.screen, row.area): row for row in session.exec(select(ScreenHold))}
    at = now()
    for one in held:
        row = rows.pop((one.screen, one.area), None)
        if row is None:
            row = ScreenHold(
                id=new_id(), screen=one.screen, area=one.area, people=0, found=0, listed=0, state="held", made_at=at,
                counted_at=at,
            )  # fmt: skip
        if (row.people, row.found, row.listed) != (one.people, one.found, one.listed):
            row.people, row.found, row.listed, row.counted_at = one.people, one.found, one.listed, at
        session.add(row)
    for row in rows.values():
        if row.state == "held":
            session.delete(row)


def page(session: Session, caller: Caller, area: str | None, state: str | None) -> Sequence[ScreenHold]:
    """What is held or was decided within the caller's area."""
    query = select(ScreenHold).where(within(caller, col(ScreenHold.area)))
    if area is not None:
        query = query.where(lies_in(caller, col(ScreenHold.area), area))
    if state is not None:
        query = query.where(col(ScreenHold.state) == state)
    return session.exec(query.order_by(col(ScreenHold.area), col(ScreenHold.screen))).all()


def find(session: Session, caller: Caller, hold_id: str) -> ScreenHold:
    """One of them. Raises NotFound when absent or outside the caller's area."""
    query = select(ScreenHold).where(col(ScreenHold.id) == hold_id, within(caller, col(ScreenHold.area)))
    row = session.exec(query).first()
    if row is None:
        raise NotFound
    return row


def paces(session: Session) -> Paces:
    """All paces, by the digits their areas share."""
    rows = session.exec(select(TownPace))
    return Paces({prefix(row.area): Pace(row.households, row.urgent_from) for row in rows})


def paces_of(session: Session, caller: Caller) -> Sequence[TownPace]:
    """The paces set within the caller's area."""
    return session.exec(select(TownPace).where(within(caller, col(TownPace.area))).order_by(col(TownPace.area))).all()


def pace(session: Session, caller: Caller, area: str) -> TownPace | None:
    """The pace set for exactly that area, within the caller's."""
    query = select(TownPace).where(col(TownPace.area) == area, within(caller, col(TownPace.area)))
    return session.exec(query).first()
