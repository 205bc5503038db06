"""Reading and importing divisions. Divisions are public, so every caller may read them all."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import or_, union_all
from sqlmodel import Session, col, select

from china.areas import level_of, parent_of
from kit.auth import Caller
from kit.problems import FieldIssue
from kit.scope import covers
from registry.access.problems import AreaOutside
from registry.areas.problems import AreaFileInvalid, AreaUnknown
from registry.areas.schemas import AreaIn, AreaOut
from registry.areas.shelf import BULK, SINCE_EVER, Shelf, Version
from registry.areas.tables import Area, AreaAlias, AreaWas, Succession

MAX_SUCCESSION = 20
SHOWN = ("code", "valid_from", "valid_to", "name", "level", "parent", "functional", "recorded_at")


@dataclass(frozen=True)
class Imported:
    """Counts of an import and the codes that changed."""

    created: int
    updated: int
    unchanged: int
    touched: tuple[str, ...]


@dataclass(frozen=True)
class AskedAreas:
    """Which divisions: those standing on a day, as they were believed at a moment; all as believed now unless said."""

    as_of: date | None = None
    known_at: datetime | None = None


def put_areas(session: Session, caller: Caller, areas: Sequence[AreaIn]) -> Imported:
    """Create or update divisions by code and start date. Nothing is deleted: a division ends by `valid_to`.

    Raises AreaOutside for a division that is neither within the caller's area nor above it, and for one above it that
    would be altered: a county's file names its province, but the county does not say what that is called. Raises
    AreaFileInvalid for a township that ends and has no successor: its people would be on nobody's list.
    """
    if not all(covers(caller.area, area.code) or covers(area.code, caller.area) for area in areas):
        raise AreaOutside
    shelf = Shelf(session, {area.code for area in areas})
    created = updated = 0
    fresh: set[tuple[str, date]] = set()
    for area in areas:
        known = {one.valid_from: one for one in shelf.versions[area.code]}
        wanted = _version(area)
        row = known.get(wanted.valid_from)
        beside = set(area.successors or shelf.successors[area.code]), shelf.aliases[area.code] | set(area.aliases)
        same = row == wanted and beside == (shelf.successors[area.code], shelf.aliases[area.code])
        if same:
            continue
        if row is not None and (area.code, wanted.valid_from) not in fresh:
            if not covers(caller.area, area.code):
                raise AreaOutside
            updated += 1
        elif row is None:
            created += 1
            fresh.add((area.code, wanted.valid_from))
        shelf.versions[area.code] = [*(one for one in shelf.versions[area.code] if one is not row), wanted]
        shelf.successors[area.code], shelf.aliases[area.code] = beside
    _check_ends(shelf, areas)
    touched = shelf.save()
    return Imported(created, updated, len(areas) - created - updated, tuple(touched))


def _version(area: AreaIn) -> Version:
    return Version(
        area.valid_from or SINCE_EVER,
        area.valid_to,
        area.name,
        area.level or level_of(area.code),
        area.parent or parent_of(area.code),
        area.functional,
    )


def lost(shelf: Shelf, code: str) -> bool:
    """Whether a township has ended for good and nothing stands in its place."""
    last = max(shelf.versions[code], key=lambda one: one.valid_from, default=None)
    ended = last is not None and last.level == "township" and last.valid_to is not None
    return ended and not shelf.successors[code]


def _check_ends(shelf: Shelf, areas: Sequence[AreaIn]) -> None:
    wrong = [number for number, area in enumerate(areas) if shelf.changed(area.code) and lost(shelf, area.code)]
    if wrong:
        text = "乡镇撤销须写明后继区划 (a township that ends needs a successor)"
        raise AreaFileInvalid(
            errors=[FieldIssue(f"/{number}/successors", "successors", text) for number in wrong[:100]]
        )


def page(session: Session, asked: AskedAreas, after: tuple[str, date] | None, limit: int) -> list[AreaOut]:
    """Divisions in order of code and start, after the given pair."""
    rows = believed(asked.known_at).subquery()
    query = select(rows).order_by(rows.c.code, rows.c.valid_from).limit(limit)
    if after is not None:
        code, since = after
        query = query.where(or_(rows.c.code > code, (rows.c.code == code) & (rows.c.valid_from > since)))
    if asked.as_of is not None:
        ended = or_(rows.c.valid_to.is_(None), rows.c.valid_to > asked.as_of)
        query = query.where(rows.c.valid_from <= asked.as_of, ended)
    return out(session, session.execute(query).all(), asked.known_at)


def believed(known_at: datetime | None) -> Any:
    """Divisions as they were believed at a moment: what stands since before, and what did until later."""
    columns = [getattr(Area, name) for name in SHOWN]
    present: Any = select(*columns)
    if known_at is None:
        return present
    since = or_(col(Area.recorded_at).is_(None), col(Area.recorded_at) <= known_at)
    before = or_(col(AreaWas.recorded_at).is_(None), col(AreaWas.recorded_at) <= known_at)
    past = select(*(getattr(AreaWas, name) for name in SHOWN)).where(before, col(AreaWas.superseded_at) > known_at)
    return union_all(present.where(since), past)


def current(session: Session, code: str, on: date, known_at: datetime | None = None) -> AreaOut | None:
    """The division as it stands on that day, else as it stood last; None when the code was never known."""
    rows = of_codes(session, [code], known_at)
    if not rows:
        return None
    rows.sort(key=lambda row: row.valid_from, reverse=True)
    return out(session, [next((row for row in rows if stands(row, on)), rows[0])], known_at)[0]


def of_codes(session: Session, codes: Iterable[str], known_at: datetime | None = None) -> list[Any]:
    """Every stretch of these codes, as believed at a moment."""
    wanted = sorted(codes)
    rows = believed(known_at).subquery()
    found: list[Any] = []
    for start in range(0, len(wanted), BULK):
        found += session.execute(select(rows).where(rows.c.code.in_(wanted[start : start + BULK]))).all()
    return found


def successors(session: Session, code: str, on: date, known_at: datetime | None = None) -> list[AreaOut]:
    """The divisions that stand in place of `code` on that day, through any number of reorganisations."""
    standing: dict[str, AreaOut] = {}
    todo, seen = [code], {code}
    for _ in range(MAX_SUCCESSION):
        following: list[str] = []
        for one in todo:
            area = current(session, one, on, known_at)
            if area is not None and (area.valid_to is None or area.valid_to > on):
                standing[one] = area
            elif area is not None:
                following += [to for to in area.successors if to not in seen]
        seen.update(following)
        todo = list(dict.fromkeys(following))
    return list(standing.values())


def known_codes(session: Session) -> set[str]:
    """Every code ever valid; empty before the first import."""
    return set(session.exec(select(Area.code).distinct()).all())


def require(session: Session, caller: Caller, code: str | None) -> None:
    """A filter by area must name a known one. Raises AreaUnknown; None and the caller's own area are fine."""
    if code is None or code == caller.area:
        return
    if session.exec(select(Area.code).where(col(Area.code) == code).limit(1)).first() is None:
        raise AreaUnknown(area=code if code.isdigit() else "?")


def stands(row: Any, on: date) -> bool:
    """Whether a stretch holds that day."""
    return bool(row.valid_from <= on and (row.valid_to is None or on < row.valid_to))


def followed(session: Session, codes: Iterable[str], known_at: datetime | None, *, back: bool = False) -> Any:
    """Code → the codes that took it over, as believed at a moment; `back`: those it took over."""
    key, other = (Succession.successor, Succession.code) if back else (Succession.code, Succession.successor)
    query = select(key, other).where(col(key).in_(sorted(codes)))
    if known_at is None:
        query = query.where(col(Succession.superseded_at).is_(None))
    else:
        begun = or_(col(Succession.recorded_at).is_(None), col(Succession.recorded_at) <= known_at)
        held = or_(col(Succession.superseded_at).is_(None), col(Succession.superseded_at) > known_at)
        query = query.where(begun, held)
    found: dict[str, list[str]] = {}
    for one, to in session.exec(query.order_by(col(other))):
        found.setdefault(one, []).append(to)
    return found


def out(session: Session, rows: Sequence[Any], known_at: datetime | None = None) -> list[AreaOut]:
    """Divisions as they are told."""
    ended = {row.code for row in rows if row.valid_to is not None}
    after = followed(session, ended, known_at) if ended else {}
    called: dict[str, list[str]] = {}
    codes = sorted({row.code for row in rows})
    for start in range(0, len(codes), BULK):
        query = select(AreaAlias).where(col(AreaAlias.code).in_(codes[start : start + BULK]))
        for one in session.exec(query.order_by(col(AreaAlias.name))):
            if known_at is None or one.recorded_at <= known_at:
                called.setdefault(one.code, []).append(one.name)
    return [
        AreaOut(
            code=row.code,
            name=row.name,
            level=row.level,
            parent=row.parent,
            valid_from=row.valid_from,
            valid_to=row.valid_to,
            successors=after.get(row.code, []) if row.valid_to is not None else [],
            functional=row.functional,
            aliases=called.get(row.code, []),
            recorded_at=row.recorded_at,
        )
        for row in rows
    ]


def names_of(session: Session, codes: Iterable[str]) -> dict[str, str]:
    """What these divisions are called, by the newest name each had."""
    query = select(Area.code, Area.name).where(col(Area.code).in_(sorted(codes))).order_by(col(Area.valid_from))
    return dict(session.exec(query).all())
