"""What a code or a name means on a day: old codes to their successors, new ones to what was there before."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import Session, col, select

from china.areas import parent_of
from kit.scope import below, prefix
from registry.areas import store
from registry.areas.schemas import AreaOut, ResolvedPlaceOut
from registry.areas.tables import Area, AreaAlias, AreaWas

MOST_FOUND = 100


@dataclass(frozen=True)
class Moment:
    """The day asked about, and the state of knowledge."""

    as_of: date
    known_at: datetime | None = None


def by_code(session: Session, code: str, at: Moment) -> list[ResolvedPlaceOut]:
    """What stands for a code on the day; nothing where it was never known. A village nobody knows is answered by the
    township above it: lists write villages the book has not."""
    first = store.current(session, code, at.as_of, at.known_at)
    if first is None:
        above = parent_of(code)
        return [] if above is None or len(prefix(above)) <= 6 else by_code(session, above, at)
    return [ResolvedPlaceOut(code=code, name=first.name, by="code", standing=_standing(session, code, at))]


def by_name(session: Session, name: str, under: str, at: Moment) -> list[ResolvedPlaceOut]:
    """Divisions of that name or alias, as it was ever used, under a division or what that took over."""
    roots = {under, *_before(session, [under], at)}
    found: dict[str, str] = {}
    for root in sorted(roots):
        for table, by in ((Area, "name"), (AreaWas, "name"), (AreaAlias, "alias")):
            here = (col(table.name) == name, below(col(table.code), prefix(root)), col(table.code) != root)
            for code in session.exec(select(table.code).where(*here).distinct().limit(MOST_FOUND)):
                found.setdefault(code, by)
    told = []
    for code, by in sorted(found.items()):
        known = store.current(session, code, at.as_of, at.known_at)
        if known is not None:
            standing = _standing(session, code, at)
            told.append(ResolvedPlaceOut(code=code, name=known.name, by=by, standing=standing))
    return told[:MOST_FOUND]


def _standing(session: Session, code: str, at: Moment) -> list[AreaOut]:
    rows = store.of_codes(session, [code], at.known_at)
    if any(store.stands(row, at.as_of) for row in rows) or min(row.valid_from for row in rows) <= at.as_of:
        return store.successors(session, code, at.as_of, at.known_at)
    earlier = _before(session, [code], at)
    there = [row for row in store.of_codes(session, earlier, at.known_at) if store.stands(row, at.as_of)]
    return store.out(session, sorted(there, key=lambda row: str(row.code)), at.known_at)


def _before(session: Session, codes: Sequence[str], at: Moment) -> list[str]:
    """What these took over, in any number of steps."""
    seen: dict[str, None] = {}
    todo = list(codes)
    for _ in range(store.MAX_SUCCESSION):
        taken = store.followed(session, todo, at.known_at, back=True)
        todo = [one for ones in taken.values() for one in ones if one not in seen and one not in codes]
        seen.update(dict.fromkeys(todo))
        if not todo:
            break
    return list(seen)
