"""Sessions of people: opened, exchanged, ended. Nothing here commits.

A session is known by a random handle, kept as a hash and exchanged at every use. A handle that was exchanged before
is in two hands: the session ends.
"""

import secrets
from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import delete
from sqlmodel import Session, col, select

from kit.columns import new_id, now
from registry.access import hashes
from registry.access.account_problems import SessionEnded, StepOutOfTurn
from registry.access.account_tables import Account, AccountSession, SpentHandle
from registry.access.door import Door
from registry.settings import RegistrySettings

FACTOR, ENROL, PASSWORD, OPEN = "second-factor", "enrol-second-factor", "new-password", "none"
REVOCATIONS_KEPT = timedelta(hours=2)  # longer than any token lives


def begin(session: Session, account: Account, stage: str, purpose: str) -> tuple[AccountSession, str]:
    """A session whose next step is `stage`, and its handle."""
    handle = secrets.token_urlsafe(32)
    at = now()
    row = AccountSession(
        session_id=new_id(),
        account_id=account.account_id,
        stage=stage,
        handle_hash=hashes.digest(handle),
        purpose=purpose,
        created_at=at,
        seen_at=at,
    )
    session.add(row)
    session.flush()
    return row, handle


def by_handle(session: Session, door: Door, handle: str) -> AccountSession | SessionEnded:
    """The living session of a handle. A spent handle ends its session.

    Its account is held until the transaction ends: whoever touches a session holds the account first, so that two
    steps of one person wait for one another instead of locking each other out.
    """
    known = hashes.digest(handle)
    spent_by = select(SpentHandle.session_id).where(col(SpentHandle.handle_hash) == known)
    this = (col(AccountSession.handle_hash) == known) | col(AccountSession.session_id).in_(spent_by)
    owner = session.exec(select(AccountSession.account_id).where(this)).first()
    if owner is None:
        return SessionEnded()
    session.get_one(Account, owner, with_for_update=True)
    row = session.exec(select(AccountSession).where(this)).first()
    if row is None or row.ended_at is not None:  # it may have ended while we waited for the account
        return SessionEnded()
    if row.handle_hash != known:
        end(session, door, row, "handle-reused")
        return SessionEnded()
    if (why := overdue(row, door.settings)) is not None:
        end(session, door, row, why)
        return SessionEnded()
    return row


def at_stage(session: Session, door: Door, handle: str, *stages: str) -> AccountSession | SessionEnded | StepOutOfTurn:
    """As `by_handle`, where its next step is one of `stages`."""
    row = by_handle(session, door, handle)
    if isinstance(row, AccountSession) and row.stage not in stages:
        return StepOutOfTurn(next=row.stage)
    return row


def overdue(row: AccountSession, settings: RegistrySettings) -> str | None:
    """Why time has ended the session, if it has."""
    at = now()
    if row.stage != OPEN and at - row.created_at > timedelta(minutes=settings.sign_in_minutes):
        return "unfinished"
    if at - row.created_at > timedelta(hours=settings.session_hours):
        return "too-long"
    if at - row.seen_at > timedelta(minutes=settings.session_idle_minutes):
        return "idle"
    return None


def exchange(session: Session, row: AccountSession, stage: str) -> str:
    """The next handle; the one before is spent."""
    handle = secrets.token_urlsafe(32)
    session.add(SpentHandle(handle_hash=row.handle_hash, session_id=row.session_id))
    row.handle_hash = hashes.digest(handle)
    row.seen_at = now()
    row.stage = stage
    session.add(row)
    session.flush()
    return handle


def end(session: Session, door: Door, row: AccountSession, why: str) -> None:
    """The session is over: its tokens and handles are worth nothing."""
    row.ended_at, row.ended_why = now(), why
    row.totp_sealed = None
    session.add(row)
    session.execute(delete(SpentHandle).where(col(SpentHandle.session_id) == row.session_id))
    session.flush()
    door.note(session, "session.end", session.get(Account, row.account_id), session_id=row.session_id, why=why)


def living(session: Session, account_id: str) -> Sequence[AccountSession]:
    """The account's sessions that have not been ended, oldest first."""
    mine = (col(AccountSession.account_id) == account_id, col(AccountSession.ended_at).is_(None))
    return session.exec(select(AccountSession).where(*mine).order_by(col(AccountSession.session_id))).all()


def end_all(session: Session, door: Door, account_id: str, why: str) -> int:
    """End every session of an account; how many."""
    rows = living(session, account_id)
    for row in rows:
        end(session, door, row, why)
    return len(rows)


def make_room(session: Session, door: Door, account_id: str) -> None:
    """Before one more opens: the oldest open ones give way, and what time has ended is ended."""
    still = []
    for row in living(session, account_id):
        why = overdue(row, door.settings)
        if why is not None:
            end(session, door, row, why)
        elif row.stage == OPEN:
            still.append(row)
    for row in still[: len(still) - door.settings.sessions_at_once + 1]:
        end(session, door, row, "displaced")
