"""What of the registry's tables is worth watching: counts by state, what is late, what the journal has yet to vouch."""

from functools import partial

from sqlmodel import Session, func, select

from kit.checkpoints import unvouched
from kit.database import Database
from kit.metrics import Counted, Gauge, Values, age, alone
from registry.audit.tables import CHAIN, JournalEntry
from registry.changes import store as changes
from registry.ledger.store import overdue_on
from registry.ledger.tables import Case
from registry.oversight.restored import TAKEN, VERIFIED
from registry.settings import RegistrySettings, today


def counted(database: Database, settings: RegistrySettings) -> Counted:
    """The registry's figures."""
    gauges = (
        Gauge("doudi_cases", "Cases of the ledger", _by_state, ("state",)),
        Gauge("doudi_cases_overdue", "Cases somebody is late with", partial(_overdue, settings)),
        Gauge("doudi_changes_newest", "Number of the newest change told to followers", _newest),
        Gauge("doudi_backup_age_seconds", "Since the last whole backup of both services", partial(_since, TAKEN)),
        Gauge(
            "doudi_backup_verified_age_seconds",
            "Since the last that was restored and checked",
            partial(_since, VERIFIED),
        ),
        Gauge("doudi_journal_unvouched", "Entries of the journal no checkpoint covers yet", _unvouched),
    )
    return Counted(database, gauges, settings.data_dir)


def _by_state(session: Session) -> Values:
    return {(state,): count for state, count in session.exec(select(Case.state, func.count()).group_by(Case.state))}


def _overdue(settings: RegistrySettings, session: Session) -> Values:
    return alone(session.exec(select(func.count()).select_from(Case).where(overdue_on(today(settings)))).one())


def _newest(session: Session) -> Values:
    return alone(changes.position(session))


def _since(action: str, session: Session) -> Values:
    """Nothing where there never was one: the alarm asks for that too."""
    done = select(func.max(JournalEntry.at)).where(JournalEntry.action == action)
    return age(session.exec(done).one())


def _unvouched(session: Session) -> Values:
    return alone(unvouched(session, CHAIN))
