"""Protected people: yes, no, or not known, and not known counts as yes toward everybody outside the house.

Three questions are asked of it. `hidden`: of whom not even the name is told to this caller (known-protected, and the
caller has no scope for it). `guarded`: of whom no address, telephone, household or village is told (any outsider,
unless somebody said `no`). `public`: who may stand on a list that is put up.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import func
from sqlmodel import Session, col, select

from kit.auth import Caller
from kit.columns import new_id, now
from kit.crypto import KeyRing
from registry.persons.protection_tables import Protection
from registry.persons.tables import Person

YES, NO, UNKNOWN = "yes", "no", "unknown"
KINDS = ("domestic-violence", "witness", "minor", "trafficking", "other")
SEES_PROTECTED = "persons:protected"
FOLLOWS = "registry:follow"  # the matcher must know whom it links
WORD = "protection.word"
SHIELD = "（受保护）"  # where a name must stand
BULK = 500


def states(session: Session, ids: Iterable[str]) -> dict[str, str]:
    """The last word on each of these people; on somebody nothing was said of: unknown.

    A person the matcher knew before the registry did keeps what was said of them then, until something else is said.
    """
    wanted = sorted(set(ids))
    also = _subjects(session, wanted)
    said = _last(session, [*wanted, *also.values()])
    return {one: _newer(said.get(one), said.get(also.get(one, ""))) for one in wanted}


def known_protected(session: Session) -> list[str]:
    """Everybody whose last word is yes, by every id they are known by."""
    marked = session.exec(select(Protection.who).where(col(Protection.state) == YES).distinct()).all()
    known = set(states(session, marked))
    persons = session.exec(select(Person.person_id, Person.subject_id).where(col(Person.subject_id).in_(known))).all()
    every = {*known, *(person_id for person_id, _ in persons), *_subjects(session, sorted(known)).values()}
    return sorted(one for one, state in states(session, every).items() if state == YES)


def hidden(session: Session, caller: Caller, ids: Iterable[str]) -> set[str]:
    """Those of whom this caller is not told who they are."""
    if caller.terms is None and caller.scopes & {SEES_PROTECTED, FOLLOWS}:
        return set()
    return {one for one, state in states(session, ids).items() if state == YES}


def guarded(session: Session, caller: Caller, ids: Iterable[str]) -> set[str]:
    """Those whose address, telephone, household and village this caller is not told."""
    if caller.terms is None:
        return set()
    return {one for one, state in states(session, ids).items() if state != NO}


def say(session: Session, ring: KeyRing, caller: Caller, row: dict[str, Any], word: str) -> Protection:
    """One more word on somebody; `row` holds who, state, kind, area."""
    protection_id = new_id()
    made = Protection(
        protection_id=protection_id,
        word_sealed=ring.encrypt(word, f"{WORD}.{protection_id}"),
        set_by=caller.client_id,
        set_at=now(),
        **row,
    )
    session.add(made)
    session.flush()
    return made


def last(session: Session, who: str) -> Protection | None:
    """The last word on somebody, under whichever id it was said."""
    ids = [who, *_subjects(session, [who]).values()]
    query = select(Protection).where(col(Protection.who).in_(ids))
    return session.exec(query.order_by(col(Protection.protection_id).desc()).limit(1)).first()


def _last(session: Session, ids: Sequence[str]) -> dict[str, tuple[str, str]]:
    """who → (id of the word, state); ids of words sort by time."""
    found: dict[str, tuple[str, str]] = {}
    for start in range(0, len(ids), BULK):
        newest = (
            select(func.max(col(Protection.protection_id)))
            .where(col(Protection.who).in_(ids[start : start + BULK]))
            .group_by(col(Protection.who))
        )
        query = select(Protection).where(col(Protection.protection_id).in_(newest))
        found.update((row.who, (row.protection_id, row.state)) for row in session.exec(query))
    return found


def _newer(one: tuple[str, str] | None, other: tuple[str, str] | None) -> str:
    said = [word for word in (one, other) if word is not None]
    return max(said)[1] if said else UNKNOWN


def _subjects(session: Session, ids: Sequence[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for start in range(0, len(ids), BULK):
        query = select(Person.person_id, Person.subject_id).where(
            col(Person.person_id).in_(ids[start : start + BULK]), col(Person.subject_id).is_not(None)
        )
        found.update((person_id, subject) for person_id, subject in session.exec(query) if subject is not None)
    return found
