"""Protected people: yes, no, or not known, and not known counts as yes toward everybody outside the house.

Three questions are asked of it. `hidden`: of whom not even the name is told to this caller (known-protected, and the
caller has no scope for it). `guarded`: of whom no address, telephone, household or village is told (any outsider,
unless somebody said `no`). `public`: who may stand on a list that is put up.
"""

from collections.abc import Collection, Iterable
from typing import Any

from sqlalchemy import func, or_
from sqlmodel import Session, col, select

from kit.among import among
from kit.auth import Caller
from kit.columns import new_id, now
from kit.crypto import KeyRing
from kit.scope import within
from registry.persons.protection_tables import Protection
from registry.persons.tables import Person

YES, NO, UNKNOWN = "yes", "no", "unknown"
KINDS = ("domestic-violence", "witness", "minor", "trafficking", "other")
SEES_PROTECTED = "persons:protected"
FOLLOWS = "registry:follow"  # the matcher must know whom it links
WORD = "protection.word"
SHIELD = "（受保护）"  # where a name must stand


def states(session: Session, ids: Iterable[str]) -> dict[str, str]:
    """The last word on each of these people; on somebody nothing was said of: unknown.

    A person the matcher knew before the registry did, or of whom two entries were merged, keeps what was said of them
    under the other id, until something else is said.
    """
    known_as = _known_as(session, set(ids))
    said = _last(session, {one for names in known_as.values() for one in names})
    return {one: _newest(said.get(name) for name in names) for one, names in known_as.items()}


def known_protected(session: Session, caller: Caller) -> list[str]:
    """Everybody whose last word is yes and was said in the caller's area, by every id they are known by."""
    mine = (col(Protection.state) == YES, within(caller, col(Protection.area)))
    marked = session.exec(select(Protection.who).where(*mine).distinct()).all()
    every = {name for names in _known_as(session, marked).values() for name in names}
    return sorted(one for one, state in states(session, every).items() if state == YES)


def hidden(session: Session, caller: Caller, ids: Iterable[str]) -> set[str]:
    """Those of whom this caller is not told who they are."""
    if caller.terms is None and caller.scopes & {SEES_PROTECTED, FOLLOWS}:
        return set()
    asked = set(ids)
    ever = select(Protection.who).where(col(Protection.state) == YES).distinct()
    marked = session.exec(ever.limit(len(asked) + 1)).all()
    if len(marked) <= len(asked):  # few are protected: begin with those, for no one else can be hidden
        asked &= {name for names in (_known_as(session, marked) if marked else {}).values() for name in names}
    return {one for one, state in states(session, asked).items() if state == YES} if asked else set()


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
    ids = _known_as(session, [who])[who]
    query = select(Protection).where(col(Protection.who).in_(ids))
    return session.exec(query.order_by(col(Protection.protection_id).desc()).limit(1)).first()


def _last(session: Session, ids: Collection[str]) -> dict[str, tuple[str, str]]:
    """who → (id of the word, state); ids of words sort by time."""
    word = col(Protection.protection_id)
    newest = select(func.max(word)).where(among(col(Protection.who), ids)).group_by(col(Protection.who))
    query = select(Protection.who, Protection.protection_id, Protection.state).where(word.in_(newest))
    return {who: (protection_id, state) for who, protection_id, state in session.exec(query)}


def _newest(said: Iterable[tuple[str, str] | None]) -> str:
    words = [word for word in said if word is not None]
    return max(words)[1] if words else UNKNOWN


def _known_as(session: Session, ids: Collection[str]) -> dict[str, set[str]]:
    """Every id each of these people goes by: the registry's, the matcher's, and those of persons merged into them."""
    found = {one: {one} for one in ids}
    named = (col(Person.person_id), col(Person.subject_id), col(Person.survivor_id))
    for row in session.exec(select(*named).where(or_(*(among(column, ids) for column in named)))):
        names = {one for one in row if one is not None}
        for one in names & found.keys():
            found[one] |= names
    return found
