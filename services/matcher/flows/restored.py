"""What the matcher does once, before it works again, when its database was restored to an earlier moment.

Cursors of townships and what it knows of the registry are no longer true: townships read the list anew, the registry is
taken over whole. What its database names and its folder no longer has of the registry's people is made anew by that.
"""

from sqlmodel import Session, col, select

from kit.auth import Caller
from kit.checkpoints import Notary
from kit.columns import now
from kit.crypto import KeyRing
from kit.database import Database, transaction
from kit.scope import NATION
from matcher.audit.store import note
from matcher.audit.tables import CHAIN
from matcher.batches.files import BatchFiles
from matcher.batches.tables import Batch
from matcher.flows.forget import NEVER_COUNTED
from matcher.people import store as people
from matcher.sealed import Vault
from matcher.settings import MatcherSettings

OPERATOR = Caller("operator", "operator", NATION, frozenset(), "operation")
# Numbers passed over: more than were ever given out between a backup and the loss of what came after.
LOST = 20_000_000
OF_ALL = (
    "matcher: 比对清单须重新读取，登记库将整体重取 · townships read the list anew; the registry is taken over whole"
)


def come_back(settings: MatcherSettings, backup: str, moment: str) -> list[str]:
    """Do so; what to tell the operator. As the registry's (registry/oversight/restored)."""
    ring, database = KeyRing.load(settings.keys_file), Database.open(settings.database_url)
    try:
        notary = Notary.of(settings, database, ring, CHAIN)
        lost = notary.set_aside(f"{now():%Y%m%dT%H%M%SZ}")
        with transaction(database) as session:
            standing = people.standing(session)
            standing.change_seq += LOST
            standing.change_floor = standing.change_seq
            standing.cursor, standing.asked_at = None, None
            session.add(standing)
            _delete_again(session, BatchFiles(Vault(settings.data_dir, ring)))
            vouched = {"lost_to": lost.entries, "lost_digest": lost.digest} if lost is not None else {}
            told = {"moment": moment, "changes_from": standing.change_seq, **vouched}
            note(session, ring, OPERATOR, "backup.restored", backup, **told)
        notary.take()
    finally:
        database.dispose()
    return [OF_ALL]


def _delete_again(session: Session, files: BatchFiles) -> None:
    """Deliveries the restored tables know as deleted by time may have come back with an older backup's files."""
    for batch in session.exec(select(Batch).where(col(Batch.file_deleted_at).is_not(None))):
        if batch.state in NEVER_COUNTED:
            files.discard(batch.id)
        else:
            files.discard_delivery(batch.id)
