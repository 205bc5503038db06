"""What ended before its tokens did: asked here at every call, and told to the matcher as a list."""

from sqlmodel import Session, col, select

from kit.auth import Caller
from kit.columns import now
from kit.database import Database, glance, reading
from registry.access.account_tables import AccountSession
from registry.access.sessions import OPEN, REVOCATIONS_KEPT, overdue
from registry.access.tables import Client
from registry.settings import RegistrySettings


def is_revoked(database: Database, settings: RegistrySettings, caller: Caller) -> bool:
    """Whether the caller's session is over, or its client disabled. A session nobody knows is over."""
    if caller.session is None:
        disabled = select(Client.disabled_at).where(col(Client.client_id) == caller.client_id)
        return any(glance(database, disabled))
    with reading(database) as session:
        row = session.get(AccountSession, caller.session)
        return row is None or row.stage != OPEN or row.ended_at is not None or overdue(row, settings) is not None


def ended_lately(session: Session) -> list[str]:
    """The ids of sessions ended and clients disabled within the life of a token."""
    since = now() - REVOCATIONS_KEPT
    over = select(AccountSession.session_id).where(col(AccountSession.ended_at) > since)
    gone = select(Client.client_id).where(col(Client.disabled_at) > since)
    return sorted([*session.exec(over).all(), *session.exec(gone).all()])
