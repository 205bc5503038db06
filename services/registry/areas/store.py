"""Reading and importing divisions. Divisions are public, so every caller may read them all."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import insert
from sqlmodel import Session, col, select

from china.areas import level_of, parent_of
from kit.auth import Caller
from kit.scope import covers
from registry.access.problems import AreaOutside
from registry.areas.problems import AreaUnknown
from registry.areas.schemas import AreaIn, AreaOut
from registry.areas.tables import Area, Succession

# Divisions imported without a date are taken as valid since ever: the day of the first national census.
SINCE_EVER = date(1953, 7, 1)
BULK = 2000
MAX_SUCCESSION = 20


@dataclass(frozen=True)
class Imported:
    """Counts of an import and the codes that changed."""

    created: int
    updated: int
    unchanged: int
    touched: tuple[str, ...]


def put_areas(session: Session, caller: Caller, areas: Sequence[AreaIn]) -> Imported:
    """Create or update divisions by code and start date. Nothing is deleted: a division ends by `valid_to`.

    Raises AreaOutside for a division that is neither within the caller's area nor above it, and for one above it that
    would be altered: a county's file names its province, but the county does not say what that is called.
    """
    if not all(covers(caller.area, area.code) or covers(area.code, caller.area) for area in areas):
        raise AreaOutside
    known = {(row.code, row.valid_from): row for row in _rows_of(session, {area.code for area in areas})}
    pairs = {(row.code, row.successor) for row in session.exec(select(Succession))}
    fresh: dict[tuple[str, date], dict[str, object]] = {}
    updated, touched = 0, dict[str, None]()
    new_pairs: dict[tuple[str, str], None] = {}
    for area in areas:
        values = _values(area)
        key = (area.code, area.valid_from or SINCE_EVER)
        pairs_here = [(area.code, successor) for successor in area.successors]
        added = [pair for pair in pairs_here if pair not in pairs]
        new_pairs.update(dict.fromkeys(added))
        row = known.get(key)
        if row is None:
            fresh[key] = values
        elif any(getattr(row, name) != value for name, value in values.items()) or added:
            if not covers(caller.area, area.code):
                raise AreaOutside
            for name, value in values.items():
                setattr(row, name, value)
            session.add(row)
            updated += 1
        else:
            continue
        touched[area.code] = None
    _insert(session, Area, list(fresh.values()))
    _insert(session, Succession, [{"code": code, "successor": to} for code, to in new_pairs])
    return Imported(len(fresh), updated, len(areas) - len(fresh) - updated, tuple(touched))


def _values(area: AreaIn) -> dict[str, object]:
    return {
        "code": area.code,
        "valid_from": area.valid_from or SINCE_EVER,
        "valid_to": area.valid_to,
        "name": area.name,
        "level": area.level or level_of(area.code),
        "parent": area.parent or parent_of(area.code),
    }


def _insert(session: Session, table: type[Area | Succession], rows: list[dict[str, object]]) -> None:
    for start in range(0, len(rows), BULK):
        session.execute(insert(table), rows[start : start + BULK])


def _rows_of(session: Session, codes: Iterable[str]) -> list[Area]:
    wanted = sorted(codes)
    found: list[Area] = []
    for start in range(0, len(wanted), BULK):
        found += session.exec(select(Area).where(col(Area.code).in_(wanted[start : start + BULK]))).all()
    return found


def page(session: Session, after: tuple[str, date] | None, limit: int) -> list[AreaOut]:
    """Divisions in order of code and start, after the given pair."""
    query = select(Area).order_by(col(Area.code), col(Area.valid_from)).limit(limit)
    if after is not None:
        code, since = after
        same = (col(Area.code) == code) & (col(Area.valid_from) > since)
        query = query.where((col(Area.code) > code) | same)
    return _out(session, session.exec(query).all())


def current(session: Session, code: str, on: date) -> AreaOut | None:
    """The division as it stands on that day, else as it stood last; None when the code was never known."""
    rows = session.exec(select(Area).where(col(Area.code) == code).order_by(col(Area.valid_from).desc())).all()
    if not rows:
        return None
    return _out(session, [next((row for row in rows if _stands(row, on)), rows[0])])[0]


def successors(session: Session, code: str, on: date) -> list[AreaOut]:
    """The divisions that stand in place of `code` on that day, through any number of reorganisations."""
    standing: dict[str, AreaOut] = {}
    todo, seen = [code], {code}
    for _ in range(MAX_SUCCESSION):
        following: list[str] = []
        for one in todo:
            area = current(session, one, on)
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


def _stands(row: Area, on: date) -> bool:
    return row.valid_from <= on and (row.valid_to is None or on < row.valid_to)


def _out(session: Session, rows: Sequence[Area]) -> list[AreaOut]:
    after: dict[str, list[str]] = {}
    codes = {row.code for row in rows if row.valid_to is not None}
    if codes:
        query = select(Succession).where(col(Succession.code).in_(codes)).order_by(col(Succession.successor))
        for one in session.exec(query):
            after.setdefault(one.code, []).append(one.successor)
    return [
        AreaOut(
            code=row.code,
            name=row.name,
            level=row.level,
            parent=row.parent,
            valid_from=row.valid_from,
            valid_to=row.valid_to,
            successors=after.get(row.code, []),
        )
        for row in rows
    ]


def names_of(session: Session, codes: Iterable[str]) -> dict[str, str]:
    """What these divisions are called, by the newest name each had."""
    query = select(Area.code, Area.name).where(col(Area.code).in_(sorted(codes))).order_by(col(Area.valid_from))
    return dict(session.exec(query).all())
