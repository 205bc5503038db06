"""Sealing anew, under the ring's newest key, whatever an older one sealed: cells of tables, blind indexes, files.

Nothing is kept of how far it came: what bears another key's mark is what is left, so it may be stopped at any moment
and called again. A cell is written only if it still stands as it was read, and no row is held while the next is worked
out, so that the services go on meanwhile. A former index key is asked for until no row bears it any more.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy import ColumnElement, and_, func, or_, update
from sqlmodel import SQLModel, col, select

from kit.crypto import KEY_ID_BYTES, MARK_LETTERS, KeyProblem, KeyRing
from kit.database import Database, reading, transaction
from kit.keys_file import ASKED_AFTER, BARE, ask_no_more
from kit.logs import get_logger

_log = get_logger("resealing")
ROWS = 200
ID_LETTERS = 2 * KEY_ID_BYTES


@dataclass(frozen=True)
class Index:
    """The blind index beside a sealed cell: its column, and what of the opened text it is made of."""

    column: str
    key: Callable[[str | None], str | None] = lambda text: text


@dataclass(frozen=True)
class Cell:
    """A sealed column: its table, the context its values are bound to (by row), and its index if it has one."""

    table: type[SQLModel]
    column: str
    context: Callable[[Any], str]
    index: Index | None = None

    @property
    def name(self) -> str:
        """As the operator reads it."""
        return f"{self.table.__tablename__}.{self.column}"


class SealedFiles(Protocol):
    """Files sealed by the ring (matcher/sealed.py)."""

    def every(self) -> Iterator[tuple[str, str]]:
        """Name and key id of each file."""

    def reseal(self, name: str) -> bool:
        """Seal one file anew; False where it went meanwhile."""


@dataclass
class Done:
    """What a run did: values sealed anew, those that do not open, those left for a next run."""

    cells: int = 0
    files: int = 0
    unreadable: int = 0
    left: int = 0


@dataclass
class Resealing:
    """One service's sealed things under one ring."""

    database: Database
    ring: KeyRing
    keys_file: Path
    cells: Sequence[Cell]
    files: SealedFiles | None = None
    done: Done = field(default_factory=Done)

    def run(self, on_progress: Callable[[Done], None] = lambda _: None) -> Done:
        """Everything that bears another key's mark, once. Gives what was done."""
        self.done = Done()
        for cell in self.cells:
            self._cells(cell, on_progress)
        if self.files is not None:
            self._files(self.files, on_progress)
        self.done.left = sum(self.left().values())
        self._forget_indexes()
        _log.info("resealed", count=self.done.cells, found=self.done.left)
        return self.done

    def left(self) -> dict[str, int]:
        """What still bears another key's mark, by column (and `files`)."""
        found = {}
        with reading(self.database) as session:
            for cell in self.cells:
                query = select(func.count()).select_from(cell.table).where(self._stale(cell))
                found[cell.name] = session.exec(query).one()
        if self.files is not None:
            found["files"] = sum(key != self.ring.writes_with for _, key in self.files.every())
        return found

    def _cells(self, cell: Cell, on_progress: Callable[[Done], None]) -> None:
        (primary,) = cell.table.__table__.primary_key.columns  # type: ignore[attr-defined]  # SQLModel does not tell of it
        last: Any = None
        while True:
            begun = time.monotonic()
            with reading(self.database) as session:
                query = select(cell.table).where(self._stale(cell)).order_by(primary).limit(ROWS)
                rows = session.exec(query if last is None else query.where(primary > last)).all()
            if not rows:
                return
            news = [(row, news) for row in rows if (news := self._anew(cell, row)) is not None]
            with transaction(self.database) as session:
                for row, values in news:
                    was = {name: getattr(row, name) for name in values if getattr(row, name) is not None}
                    as_read = [col(getattr(cell.table, name)) == value for name, value in was.items()]
                    mine = update(cell.table).where(primary == getattr(row, primary.name), *as_read)
                    self.done.cells += session.exec(mine.values(**values)).rowcount
            last = getattr(rows[-1], primary.name)
            on_progress(self.done)
            time.sleep(time.monotonic() - begun)  # half of the time belongs to the service's own writers

    def _anew(self, cell: Cell, row: SQLModel) -> dict[str, str | None] | None:
        context = cell.context(row)
        try:
            text = self.ring.decrypt(getattr(row, cell.column), context)
        except (KeyProblem, ValueError):
            self.done.unreadable += 1
            return None
        values: dict[str, str | None] = {cell.column: self.ring.encrypt(text, context)}
        if cell.index is not None:
            key = cell.index.key(text)
            values[cell.index.column] = None if key is None else self.ring.blind(key, context)
        return values

    def _stale(self, cell: Cell) -> ColumnElement[bool]:
        """Sealed by another key than writes now, or indexed by one."""
        sealed = col(getattr(cell.table, cell.column))
        others = and_(sealed.is_not(None), func.substr(sealed, 1, MARK_LETTERS) != self.ring.mark())
        if cell.index is None:
            return others
        index = col(getattr(cell.table, cell.index.column))
        mark = self.ring.blind("", "mark")[: ID_LETTERS + 1]
        if not mark.endswith("."):  # the first version's index, which is still the one to write, names no key
            return others
        return or_(others, and_(sealed.is_not(None), func.substr(index, 1, ID_LETTERS + 1) != mark))

    def _files(self, files: SealedFiles, on_progress: Callable[[Done], None]) -> None:
        for name, key in files.every():
            if key == self.ring.writes_with:
                continue
            begun = time.monotonic()
            try:
                self.done.files += files.reseal(name)
            except KeyProblem:
                self.done.unreadable += 1
            on_progress(self.done)
            time.sleep(time.monotonic() - begun)

    def _forget_indexes(self) -> None:
        """Former index keys that stand in no row, long enough after the next began to write."""
        keys = self.ring.keys.keys
        writer = next(key for key in keys if key.id == self.ring.writes_with)
        if self.done.left or datetime.now(UTC) - writer.since < ASKED_AFTER:
            return
        former = [key for key in keys if key.index is not None and key.since < writer.since]
        free = {key.id for key in former if self._bearing(key.id, bare=key.index == BARE) == 0}
        if free:
            ask_no_more(self.keys_file, free)
            self.ring.refresh()

    def _bearing(self, name: str, *, bare: bool) -> int:
        """How many rows bear an index of this key."""
        total = 0
        with reading(self.database) as session:
            for cell in (one for one in self.cells if one.index is not None):
                index = col(getattr(cell.table, cell.index.column))  # type: ignore[union-attr]  # just asked for
                dot = func.substr(index, ID_LETTERS + 1, 1)
                mine = dot != "." if bare else func.substr(index, 1, ID_LETTERS + 1) == f"{name}."
                total += session.exec(select(func.count()).select_from(cell.table).where(mine)).one()
        return total
