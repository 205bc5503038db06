"""Writing to and reading from the journal. Entries name ids and counts, never a person's data."""

from collections.abc import Iterable, Mapping, Sequence

from sqlmodel import Session, col, select

from kit.auth import Caller
from kit.crypto import KeyRing
from kit.journal import Entry, JournalRow, append_all
from kit.reveals import Books
from kit.reveals import alerts as alerts_of
from kit.scope import written_within
from registry.audit.tables import JournalEntry, Reveal


def note(
    session: Session, ring: KeyRing, caller: Caller, action: str, subject: str | None = None, **detail: object
) -> None:
    """Record what `caller` does or sees, under the purpose of its token; call it last before the transaction ends.

    The caller's area is part of the entry, so that an auditor sees the entries of its own subtree only.
    """
    note_all(session, ring, caller, action, subject, [detail])


def note_all(  # noqa: PLR0913, PLR0917 - who does what to which thing, and the details of each entry
    session: Session,
    ring: KeyRing,
    caller: Caller,
    action: str,
    subject: str | None,
    details: Iterable[Mapping[str, object]],
) -> None:
    """`note` of one deed that takes several entries to tell."""
    by = {"agreement": caller.terms.version} if caller.terms is not None and caller.terms.version else {}
    who = {**by, "agency": caller.agency, "area": caller.area}
    entries = (Entry(caller.client_id, action, subject, caller.purpose, {**one, **who}) for one in details)
    append_all(session, JournalEntry, ring, entries)


def page(
    session: Session, caller: Caller, after: int, limit: int, subject: str | None = None
) -> Sequence[JournalEntry]:
    """Entries with a number above `after`, oldest first, of actors within the caller's area."""
    mine = written_within(caller, JournalEntry.detail, "area")
    query = select(JournalEntry).where(col(JournalEntry.number) > after, mine)
    if subject is not None:
        query = query.where(col(JournalEntry.subject) == subject)
    return session.exec(query.order_by(col(JournalEntry.number)).limit(limit)).all()


def alerts(session: Session, caller: Caller, after: int, limit: int) -> list[JournalRow]:
    """Alerts of actors within the caller's area, oldest first."""
    return alerts_of(session, JournalEntry, written_within(caller, JournalEntry.detail, "area"), after, limit)


BOOKS = Books(Reveal, JournalEntry, note)
