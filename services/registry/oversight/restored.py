"""What a registry does once, before it serves again, when its database was restored to an earlier moment.

What was given out since that moment is no longer true: cursors of followers (they resync), sessions of people (they
sign in again), checkpoints of the journal (kept aside as proof of what was lost). The journal says that it happened.
"""

from sqlalchemy import delete, func, update
from sqlmodel import Session, col, select

from kit.auth import Caller
from kit.checkpoints import Notary
from kit.columns import now
from kit.crypto import KeyRing
from kit.database import Database, transaction
from kit.scope import NATION
from registry.access.account_tables import AccountSession, SpentHandle
from registry.audit.store import note
from registry.audit.tables import CHAIN
from registry.changes import store as changes
from registry.settings import RegistrySettings

OPERATOR = Caller("operator", "operator", NATION, frozenset(), "operation")
RESTORED, TAKEN, VERIFIED = "backup.restored", "backup.taken", "backup.verified"


def come_back(settings: RegistrySettings, backup: str, moment: str) -> list[str]:
    """Do so; what to tell the operator. `backup`: its id, or the word for a point in time; `moment`: what the database
    was restored to."""
    ring, database = KeyRing.load(settings.keys_file), Database.open(settings.database_url)
    try:
        notary = Notary.of(settings, database, ring, CHAIN)
        lost = notary.set_aside(f"{now():%Y%m%dT%H%M%SZ}")
        with transaction(database) as session:
            sessions = _end_sessions(session)
            beyond = changes.pass_over_lost(session)
            vouched = {"lost_to": lost.entries, "lost_digest": lost.digest} if lost is not None else {}
            told = {"moment": moment, "sessions": sessions, "changes_from": beyond, **vouched}
            note(session, ring, OPERATOR, "backup.restored", backup, **told)
        notary.take()
    finally:
        database.dispose()
    lines = [
        f"registry: 变更从 {beyond} 起编号，{sessions} 个登录会话已结束 · followers resync, {sessions} sessions ended"
    ]
    return [*lines, *_of_lost(lost.entries if lost is not None else 0)]


def note_backup(settings: RegistrySettings, backup: str, *, verified: bool = False, **detail: object) -> None:
    """Write into the journal that a backup was taken, or came back whole in a rehearsal: an alarm watches that."""
    ring, database = KeyRing.load(settings.keys_file), Database.open(settings.database_url)
    try:
        with transaction(database) as session:
            if verified:
                note(session, ring, OPERATOR, "backup.verified", backup, **detail)
            else:
                note(session, ring, OPERATOR, "backup.taken", backup, **detail)
    finally:
        database.dispose()


def _end_sessions(session: Session) -> int:
    """Who was signed in then may have been dismissed since."""
    living = col(AccountSession.ended_at).is_(None)
    count = session.exec(select(func.count()).select_from(AccountSession).where(living)).one()
    session.execute(delete(SpentHandle))
    session.execute(update(AccountSession).where(living).values(ended_at=now(), ended_why="restored", totp_sealed=None))
    return count


def _of_lost(entries: int) -> list[str]:
    if not entries:
        return []
    return [
        f"registry: 检查点证明日志曾有 {entries} 条，其后部分未能恢复，凭证另存为 *.lost-* · "
        f"the journal once had {entries} entries; the proof of those lost is kept in *.lost-*"
    ]
