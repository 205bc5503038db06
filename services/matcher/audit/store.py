"""Writing to and reading from the matcher's journal."""

from sqlmodel import Session, col, select

from kit import journal, reveals
from kit.auth import Caller
from kit.crypto import KeyRing
from kit.journal import Entry, JournalRow
from kit.scope import written_within
from matcher.audit.tables import Journal, Reveal


def note(session: Session, ring: KeyRing, caller: Caller, action: str, subject: str | None, **detail: object) -> None:
    """Write down what the caller did or saw; `detail` holds ids and counts only.

    The caller's own area is part of the entry, so that an auditor sees those of its own subtree.
    """
    by = {"agreement": caller.terms.version} if caller.terms is not None and caller.terms.version else {}
    about = {**detail, **by, "agency": caller.agency, "caller_area": caller.area}
    journal.append(session, Journal, ring, Entry(caller.client_id, action, subject, caller.purpose, about))


def page(session: Session, caller: Caller, filters: dict[str, str | None], after: int, limit: int) -> list[Journal]:
    """Entries of actors within the caller's area in the order of the chain, narrowed to equal `filters`."""
    mine = written_within(caller, Journal.detail, "caller_area")
    query = select(Journal).where(col(Journal.number) > after, mine)
    for name, value in filters.items():
        if value is not None:
            query = query.where(getattr(Journal, name) == value)
    return list(session.exec(query.order_by(col(Journal.number)).limit(limit)))


def alerts(session: Session, caller: Caller, after: int, limit: int) -> list[JournalRow]:
    """Alerts of actors within the caller's area, in the order of the chain."""
    mine = written_within(caller, Journal.detail, "caller_area")
    return reveals.alerts(session, Journal, mine, after, limit)


BOOKS = reveals.Books(Reveal, Journal, note)
