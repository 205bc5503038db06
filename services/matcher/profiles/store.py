"""Profiles in the database: drafted, changed, approved once, ended; every step is kept.

Whoever moves what is in force calls `people.store.screen_anew` first: it puts the approvals in a row.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import func
from sqlmodel import Session, col, select

from kit.auth import Caller
from kit.columns import new_id, now
from kit.problems import NotFound
from kit.scope import lies_in, within
from matcher.profiles.problems import ProfileNotApproved, ProfileNotDraft
from matcher.profiles.tables import ScreenProfile, ScreenProfileStep

DRAFT, APPROVED, WITHDRAWN = "draft", "approved", "withdrawn"


@dataclass(frozen=True)
class Wording:
    """What a profile says."""

    area: str
    valid_from: date
    valid_to: date | None
    campaign: str | None
    exempt: bool
    purpose: str
    values: Mapping[str, Any]
    basis: Mapping[str, str]


def wording(row: ScreenProfile) -> Wording:
    """What it says now."""
    days = (row.valid_from, row.valid_to)
    return Wording(row.area, *days, row.campaign, row.exempt, row.purpose, row.settings, row.basis)


def approved(session: Session) -> list[dict[str, Any]]:
    """All approved profiles as the screens read them, in the order of approval: those over too, for what was granted
    under a campaign outlasts it."""
    rows = session.exec(
        select(ScreenProfile).where(col(ScreenProfile.state) == APPROVED).order_by(col(ScreenProfile.serial))
    )
    return [as_read(row) for row in rows]


def as_read(row: ScreenProfile) -> dict[str, Any]:
    """One profile as the screens read it (screens.in_force). A draft stands behind all that are approved."""
    return {
        "profile_id": row.id,
        "area": row.area,
        "valid_from": row.valid_from.isoformat(),
        "valid_to": row.valid_to.isoformat() if row.valid_to else None,
        "campaign": row.campaign,
        "exempt": row.exempt,
        "serial": row.serial if row.serial is not None else 2**31,
        "values": row.settings,
        "basis": row.basis,
    }


def find(session: Session, caller: Caller, profile_id: str, *, to_write: bool = False) -> ScreenProfile:
    """One profile within the caller's area; `to_write`: locked until the transaction ends. Raises NotFound."""
    query = select(ScreenProfile).where(col(ScreenProfile.id) == profile_id, within(caller, col(ScreenProfile.area)))
    row = session.exec(query.with_for_update() if to_write else query).first()
    if row is None:
        raise NotFound
    return row


def page(session: Session, caller: Caller, asked: str | None, after: str, limit: int) -> Sequence[ScreenProfile]:
    """Profiles within the caller's area (and the area asked for), by id: the oldest first."""
    query = select(ScreenProfile).where(within(caller, col(ScreenProfile.area)), col(ScreenProfile.id) > after)
    if asked is not None:
        query = query.where(lies_in(caller, col(ScreenProfile.area), asked))
    return session.exec(query.order_by(col(ScreenProfile.id)).limit(limit)).all()


def steps(session: Session, profile_id: str) -> Sequence[ScreenProfileStep]:
    """What was done to a profile, the oldest first."""
    query = select(ScreenProfileStep).where(col(ScreenProfileStep.profile_id) == profile_id)
    return session.exec(query.order_by(col(ScreenProfileStep.version))).all()


def draft(session: Session, caller: Caller, said: Wording) -> ScreenProfile:
    """A new draft."""
    row = _new(caller, said)
    _step(session, caller, row, "drafted")
    return row


def change(session: Session, caller: Caller, row: ScreenProfile, said: Wording) -> None:
    """Another wording of a draft. Raises ProfileNotDraft."""
    must_be_draft(row)
    _say(row, said)
    row.hands = sorted({*row.hands, caller.client_id})
    row.version += 1
    _step(session, caller, row, "changed")


def approve(session: Session, caller: Caller, row: ScreenProfile, simulation_id: str) -> None:
    """Put a draft in force from its day on."""
    row.simulation_id = simulation_id
    _approve(session, caller, row)
    row.version += 1
    _step(session, caller, row, "approved")


def restore(session: Session, caller: Caller, former: ScreenProfile, said: Wording) -> ScreenProfile:
    """A new approved profile with what a former one said: its values had two people's eyes already."""
    row = _new(caller, said)
    row.former_id = former.id
    _approve(session, caller, row)
    _step(session, caller, row, "restored")
    return row


def end(session: Session, caller: Caller, row: ScreenProfile, last: date, reason: str) -> None:
    """Let an approved profile end on a day; one that had not begun by then never holds."""
    if row.state != APPROVED:
        raise ProfileNotApproved
    if last < row.valid_from:
        row.state = WITHDRAWN
    else:
        row.valid_to = last
    row.version += 1
    _step(session, caller, row, "withdrawn" if row.state == WITHDRAWN else "ended", reason)


def withdraw(session: Session, caller: Caller, row: ScreenProfile) -> None:
    """Give a draft up. Raises ProfileNotDraft."""
    must_be_draft(row)
    row.state = WITHDRAWN
    row.version += 1
    _step(session, caller, row, "withdrawn")


def must_be_draft(row: ScreenProfile) -> None:
    """Raises ProfileNotDraft."""
    if row.state != DRAFT:
        raise ProfileNotDraft


def _new(caller: Caller, said: Wording) -> ScreenProfile:
    at = now()
    row = ScreenProfile(
        id=new_id(),
        area=said.area,
        valid_from=said.valid_from,
        purpose=said.purpose,
        settings={},
        basis={},
        state=DRAFT,
        drafted_by=caller.client_id,
        hands=[caller.client_id],
        created_at=at,
        changed_at=at,
    )
    _say(row, said)
    return row


def _say(row: ScreenProfile, said: Wording) -> None:
    row.area, row.valid_from, row.valid_to = said.area, said.valid_from, said.valid_to
    row.campaign, row.exempt, row.purpose = said.campaign, said.exempt, said.purpose
    row.settings, row.basis = dict(said.values), dict(said.basis)


def _approve(session: Session, caller: Caller, row: ScreenProfile) -> None:
    last = session.exec(select(func.max(col(ScreenProfile.serial)))).one()
    row.state, row.serial = APPROVED, (last or 0) + 1
    row.approved_by, row.approved_at = caller.client_id, now()


def _step(session: Session, caller: Caller, row: ScreenProfile, step: str, reason: str | None = None) -> None:
    row.changed_at = now()
    session.add(row)
    said = as_read(row)
    kept = ("area", "valid_from", "valid_to", "campaign", "exempt", "values", "basis")
    session.add(
        ScreenProfileStep(
            id=new_id(),
            profile_id=row.id,
            version=row.version,
            step=step,
            reason=reason,
            document={**{name: said[name] for name in kept}, "purpose": row.purpose},
            made_by=caller.client_id,
            made_at=row.changed_at,
        )
    )
    session.flush()
