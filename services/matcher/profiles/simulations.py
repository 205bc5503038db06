"""Simulations in the database: asked for once, and found again."""

from datetime import timedelta

from sqlmodel import Session, col, select

from kit.auth import Caller
from kit.columns import new_id, now
from kit.problems import NotFound
from kit.scope import within
from matcher.job_rows import OPEN
from matcher.profiles.problems import SimulationRunning
from matcher.profiles.tables import ScreenProfile, ScreenSimulation


def ask(session: Session, caller: Caller, profile: ScreenProfile) -> ScreenSimulation:
    """Put a simulation of the draft as it stands in the queue. Raises SimulationRunning."""
    same = (
        col(ScreenSimulation.profile_id) == profile.id,
        col(ScreenSimulation.profile_version) == profile.version,
        col(ScreenSimulation.state).in_(OPEN),
    )
    if session.exec(select(ScreenSimulation.id).where(*same)).first() is not None:
        raise SimulationRunning
    row = ScreenSimulation(
        id=new_id(),
        profile_id=profile.id,
        profile_version=profile.version,
        state="waiting",
        asked_by=caller.client_id,
        area=profile.area,
        created_at=now(),
    )
    session.add(row)
    session.flush()
    return row


def find(session: Session, caller: Caller, simulation_id: str) -> ScreenSimulation:
    """One simulation, within the caller's area. Raises NotFound."""
    mine = within(caller, col(ScreenSimulation.area))
    row = session.exec(select(ScreenSimulation).where(col(ScreenSimulation.id) == simulation_id, mine)).first()
    if row is None:
        raise NotFound
    return row


def newest(session: Session, profile_id: str) -> ScreenSimulation | None:
    """The one asked for last."""
    query = select(ScreenSimulation).where(col(ScreenSimulation.profile_id) == profile_id)
    return session.exec(query.order_by(col(ScreenSimulation.id).desc()).limit(1)).first()


def usable(session: Session, profile: ScreenProfile, rules: str, hours: int) -> ScreenSimulation | None:
    """The newest simulation of the draft as it stands, beside those rules, not older than that."""
    query = select(ScreenSimulation).where(
        col(ScreenSimulation.profile_id) == profile.id,
        col(ScreenSimulation.profile_version) == profile.version,
        col(ScreenSimulation.state) == "done",
        col(ScreenSimulation.rules) == rules,
        col(ScreenSimulation.ended_at) >= now() - timedelta(hours=hours),
    )
    return session.exec(query.order_by(col(ScreenSimulation.ended_at).desc()).limit(1)).first()
