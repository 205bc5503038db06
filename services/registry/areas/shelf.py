"""The divisions an import touches, taken down, altered, and put back with what was believed of them before."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import delete, insert, update
from sqlmodel import Session, col, select

from china.areas import level_of, parent_of
from kit.columns import new_id, now
from registry.areas.tables import BOOK, Area, AreaAlias, AreaBook, AreaWas, Succession
from registry.table import take_turns

# Divisions imported without a date are taken as valid since ever: the day of the first national census.
SINCE_EVER = date(1953, 7, 1)
BULK = 2000
_TOLD = ("valid_from", "valid_to", "name", "level", "parent", "functional")


@dataclass
class Version:
    """What is said of one code during one stretch of days."""

    valid_from: date
    valid_to: date | None
    name: str
    level: str
    parent: str | None
    functional: bool = False
    recorded_at: datetime | None = field(default=None, compare=False)

    def stands(self, on: date) -> bool:
        """Whether it was so on that day."""
        return self.valid_from <= on and (self.valid_to is None or on < self.valid_to)


def version(code: str, name: str, valid_from: date, valid_to: date | None = None, level: str | None = None) -> Version:
    """One whose level and parent follow from its code."""
    found = level or level_of(code)
    return Version(valid_from, valid_to, name, found, parent_of(code) if level_of(code) == found else None)


class Shelf:
    """Versions, successors and aliases of some codes; alter them, then `save`."""

    def __init__(self, session: Session, codes: Iterable[str]) -> None:
        take_turns(session, "areas")  # two imports at once would each save what the other has not seen
        self.session = session
        self.codes = sorted(set(codes))
        self.versions: dict[str, list[Version]] = {code: [] for code in self.codes}
        self.successors: dict[str, set[str]] = {code: set() for code in self.codes}
        self.aliases: dict[str, set[str]] = {code: set() for code in self.codes}
        self._stated: set[tuple[str, str]] = set()
        for row in self._rows(Area):
            told = {name: getattr(row, name) for name in _TOLD}
            self.versions[row.code].append(Version(**told, recorded_at=row.recorded_at))
        for row in self._rows(Succession):
            self._stated.add((row.code, row.successor))
            if row.superseded_at is None:
                self.successors[row.code].add(row.successor)
        for row in self._rows(AreaAlias):
            self.aliases[row.code].add(row.name)
        self._before = {code: self.state(code) for code in self.codes}

    def _rows(self, table: Any) -> list[Any]:
        found: list[Any] = []
        for start in range(0, len(self.codes), BULK):
            found += self.session.exec(select(table).where(col(table.code).in_(self.codes[start : start + BULK]))).all()
        return found

    def state(self, code: str) -> tuple[dict[date, tuple[Any, ...]], set[str], set[str]]:
        """All there is to say of a code now, as values to compare."""
        rows = {one.valid_from: tuple(getattr(one, name) for name in _TOLD) for one in self.versions[code]}
        return rows, set(self.successors[code]), set(self.aliases[code])

    def changed(self, code: str) -> bool:
        """Whether this code is another than it was when it was taken down."""
        return self.state(code) != self._before[code]

    def standing(self, code: str, on: date) -> Version | None:
        """The version of that day."""
        return next((one for one in self.versions[code] if one.stands(on)), None)

    def save(self) -> list[str]:
        """Write what changed, and keep what was believed before; the codes that changed."""
        touched = [code for code in self.codes if self.changed(code)]
        if not touched:
            return []
        at = now()
        rows: list[dict[str, Any]] = []
        altered: list[dict[str, Any]] = []
        was: list[tuple[str, date]] = []
        gone: list[tuple[str, date]] = []
        for code in touched:
            before, present = self._before[code][0], self.state(code)[0]
            for since, told in before.items():
                if present.get(since) != told:
                    was.append((code, since))
                    if since not in present:
                        gone.append((code, since))
            for since, told in present.items():
                if before.get(since) != told:
                    values = {"code": code, **dict(zip(_TOLD, told, strict=True)), "recorded_at": at}
                    (altered if since in before else rows).append(values)
        self._keep(was, at)
        for code, since in gone:
            self.session.execute(delete(Area).where(col(Area.code) == code, col(Area.valid_from) == since))
        for values in altered:
            key = (col(Area.code) == values["code"], col(Area.valid_from) == values["valid_from"])
            self.session.execute(update(Area).where(*key).values(**values))
        _insert(self.session, Area, rows)
        self._save_beside(touched, at)
        self.session.execute(update(AreaBook).where(col(AreaBook.id) == BOOK).values(version=AreaBook.version + 1))
        self.session.expire_all()
        return touched

    def _keep(self, keys: list[tuple[str, date]], at: datetime) -> None:
        wanted = set(keys)
        codes = sorted({code for code, _ in keys})
        rows = []
        for start in range(0, len(codes), BULK):
            for row in self.session.exec(select(Area).where(col(Area.code).in_(codes[start : start + BULK]))):
                if (row.code, row.valid_from) in wanted:
                    told = {name: getattr(row, name) for name in ("code", *_TOLD, "recorded_at")}
                    rows.append({"was_id": new_id(), **told, "superseded_at": at})
        _insert(self.session, AreaWas, rows)

    def _save_beside(self, touched: list[str], at: datetime) -> None:
        fresh, names = [], []
        for code in touched:
            _, before, called = self._before[code]
            for to in sorted(self.successors[code] - before):
                if (code, to) in self._stated:
                    self._restate(code, to, {"recorded_at": at, "superseded_at": None})
                else:
                    fresh.append({"code": code, "successor": to, "recorded_at": at})
            for to in sorted(before - self.successors[code]):
                self._restate(code, to, {"superseded_at": at})
            names += [{"code": code, "name": name, "recorded_at": at} for name in sorted(self.aliases[code] - called)]
        _insert(self.session, Succession, fresh)
        _insert(self.session, AreaAlias, names)

    def _restate(self, code: str, to: str, values: dict[str, object]) -> None:
        key = (col(Succession.code) == code, col(Succession.successor) == to)
        self.session.execute(update(Succession).where(*key).values(**values))


def _insert(session: Session, table: Any, rows: list[dict[str, Any]]) -> None:
    for start in range(0, len(rows), BULK):
        session.execute(insert(table), rows[start : start + BULK])
