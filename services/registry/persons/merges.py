"""Two persons who turned out to be one: a redirect in recorded time, which can be taken back.

Nothing of either is moved: the merged one keeps its versions, places and support, and reads ask for both. So a split
gives back exactly what was before, and whoever asks as known before the merge still sees two.
`Person.survivor_id` is the present state of the same, followed to its end, for queries that ask for nothing else.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, exists, update
from sqlmodel import Session, col, select

from kit.auth import Caller
from kit.columns import new_id, now
from kit.problems import NotFound
from kit.scope import within
from registry.persons.problems import MergeUnfit
from registry.persons.tables import Person, PersonMerge, PersonVersion
from registry.times import NOW, Asked, believed, standing

BULK = 500
MAX_REDIRECTS = 10


def resolve(session: Session, person_id: str, asked: Asked = NOW) -> str:
    """Follow merges, as believed, to the person that remained. An unknown id stays what it is and is asked for all the
    same, so that the absent take no less time than another's."""
    for _ in range(MAX_REDIRECTS):
        query = select(PersonMerge.survivor_id).where(
            col(PersonMerge.person_id) == person_id, *believed(PersonMerge, asked)
        )
        survivor = session.exec(query).first()
        if survivor is None:
            return person_id
        person_id = survivor
    raise NotFound


def owners(session: Session, person_ids: Iterable[str], asked: Asked = NOW) -> dict[str, str]:
    """These persons and everybody merged into them, as believed, in any number of steps: each with whose it is."""
    found = {one: one for one in person_ids}
    fresh = list(found)
    while fresh:
        rows = _into(session, fresh, asked)
        fresh = [gone for gone, _ in rows if gone not in found]
        found.update((gone, found[kept]) for gone, kept in rows if gone not in found)
    return found


def merged_between(session: Session, person_ids: Iterable[str], after: str, last: str) -> dict[str, str]:
    """Everybody merged into one of these persons, in any number of steps, with whose it is; these lie between two ids,
    so that one question finds the first step of all of them."""
    kept = col(PersonMerge.survivor_id)
    first = select(PersonMerge.person_id, PersonMerge.survivor_id).where(
        kept > after, kept <= last, *believed(PersonMerge, NOW)
    )
    rows = list(session.exec(first.order_by(col(PersonMerge.person_id))))
    whole = set(person_ids) if rows else set()
    found = {gone: into for gone, into in rows if into in whole}
    fresh = list(found)
    while fresh:
        rows = [(gone, into) for gone, into in _into(session, fresh, NOW) if gone not in found]
        found.update((gone, found[into]) for gone, into in rows)
        fresh = [gone for gone, _ in rows]
    return found


def survivors(session: Session, person_ids: Sequence[str], asked: Asked = NOW) -> dict[str, str]:
    """Of these persons the merged ones, each with who remained."""
    gone: list[str] = []
    for part in _parts(list(person_ids)):
        query = select(PersonMerge.person_id).where(col(PersonMerge.person_id).in_(part), *believed(PersonMerge, asked))
        gone += session.exec(query).all()
    return {one: resolve(session, one, asked) for one in gone}


def merge(session: Session, gone: str, kept: str) -> datetime:
    """From now on `gone` is `kept`. Raises MergeUnfit where both are one already, or `gone` is merged."""
    if gone == kept or resolve(session, gone) != gone or resolve(session, kept) != kept:
        raise MergeUnfit(reason="两个编号已是同一人，或其中一个已并入他人")
    at = now()
    session.add(PersonMerge(merge_id=new_id(), person_id=gone, survivor_id=kept, recorded_at=at))
    _point(session, owners(session, [gone]), kept)
    if resolve(session, gone) != kept or _depth(session, kept) >= MAX_REDIRECTS:
        raise MergeUnfit(reason="并入的层数过多，请直接并入最后保留的人员")
    return at


def split(session: Session, gone: str) -> str:
    """`gone` is a person of its own again; into whom it had been merged. Raises MergeUnfit where it was not."""
    query = select(PersonMerge).where(col(PersonMerge.person_id) == gone, *believed(PersonMerge, NOW))
    row = session.exec(query).first()
    if row is None:
        raise MergeUnfit(reason="该人员没有并入他人")
    row.superseded_at = now()
    session.add(row)
    session.flush()
    others = [one for one in owners(session, [gone]) if one != gone]
    _point(session, [gone], None)
    _point(session, others, gone)
    return row.survivor_id


def _point(session: Session, gone: Iterable[str], kept: str | None) -> None:
    """The present state, always at who remains in the end: whoever reads it takes one step."""
    for part in _parts(list(gone)):
        session.execute(update(Person).where(col(Person.person_id).in_(part)).values(survivor_id=kept))
    session.flush()


def _depth(session: Session, kept: str) -> int:
    """How many steps lead to a person at most."""
    fresh, depth = [kept], 0
    while fresh and depth < MAX_REDIRECTS:
        fresh = [gone for gone, _ in _into(session, fresh, NOW)]
        depth += bool(fresh)
    return depth


def _into(session: Session, kept: list[str], asked: Asked) -> list[tuple[str, str]]:
    """Who was merged into one of these, with into whom."""
    found: list[tuple[str, str]] = []
    for part in _parts(kept):
        query = select(PersonMerge.person_id, PersonMerge.survivor_id).where(
            col(PersonMerge.survivor_id).in_(part), *believed(PersonMerge, asked)
        )
        found += session.exec(query.order_by(col(PersonMerge.person_id))).all()
    return found


def merged_page(session: Session, caller: Caller, after: str, limit: int) -> list[tuple[str, str]]:
    """Who was merged with who remained in the end, where both are of the caller's area; in order of id."""
    gone = (col(Person.person_id) > after, *(_here(caller, col(of)) for of in (Person.person_id, Person.survivor_id)))
    query = select(Person.person_id, Person.survivor_id).where(*gone).order_by(col(Person.person_id)).limit(limit)
    return [(one, str(kept)) for one, kept in session.exec(query)]


def told_survivors(session: Session, caller: Caller, person_ids: Sequence[str]) -> dict[str, str]:
    """Of these persons the merged ones, with who remained, where both are of the caller's area."""
    found: dict[str, str] = {}
    for part in _parts(list(person_ids)):
        both = (_here(caller, col(of)) for of in (Person.person_id, Person.survivor_id))
        query = select(Person.person_id, Person.survivor_id).where(col(Person.person_id).in_(part), *both)
        found.update((one, str(kept)) for one, kept in session.exec(query))
    return found


def _here(caller: Caller, person_id: Any) -> ColumnElement[bool]:
    """Somebody who is registered in the caller's area now."""
    mine = (col(PersonVersion.person_id) == person_id, *standing(PersonVersion, NOW))
    return exists().where(*mine, within(caller, col(PersonVersion.area)))


def _parts(ids: list[str]) -> Iterable[list[str]]:
    return (ids[start : start + BULK] for start in range(0, len(ids), BULK))
