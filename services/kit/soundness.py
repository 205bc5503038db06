"""Whether what is kept is whole: named checks, each of which says what it found.

A service writes its own (what must hold in its tables); these hold of anything sealed. They read only, and are asked of
a running installation as of one that was restored.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, select

from kit.crypto import KeyProblem, KeyRing
from kit.resealing import Cell

AT_EACH_END = 500  # of a sealed column's values, oldest and newest, that are opened


@dataclass(frozen=True)
class Check:
    """One thing that must hold: its name, how many things were looked at, and those that do not hold (ids, counts)."""

    name: str
    looked_at: int
    wrong: tuple[str, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether nothing was found wrong."""
        return not self.wrong

    def told(self) -> str:
        """A line for the operator."""
        some = f": {'，'.join(self.wrong[:5])}{' …' if len(self.wrong) > 5 else ''}" if self.wrong else ""
        return f"{'ok ' if self.holds else 'BAD'} {self.name} ({self.looked_at}){some}"


def found(name: str, looked_at: int, wrong: Iterable[str]) -> Check:
    """A check with what was found wrong."""
    return Check(name, looked_at, tuple(wrong))


def cells_open(session: Session, ring: KeyRing, cells: Sequence[Cell]) -> Check:
    """The oldest and newest values of every sealed column open by this ring, and their blind indexes are what look-ups
    would ask for."""
    looked_at, wrong = 0, []
    for cell in cells:
        rows = _ends(session, cell)
        looked_at += len(rows)
        faults = sum(not _is_sound(ring, cell, row) for row in rows)
        if faults:
            wrong.append(f"{cell.name}: {faults}")
    return found("密文可解、索引相符 · sealed values open, their indexes agree", looked_at, wrong)


def _ends(session: Session, cell: Cell) -> list[Any]:
    (primary,) = cell.table.__table__.primary_key.columns  # type: ignore[attr-defined]  # SQLModel does not tell of it
    column = col(getattr(cell.table, cell.column))

    def part(order: ColumnElement[Any]) -> Sequence[Any]:
        return session.exec(select(cell.table).where(column.is_not(None)).order_by(order).limit(AT_EACH_END)).all()

    name = str(primary.name)
    return list({getattr(row, name): row for row in (*part(primary.asc()), *part(primary.desc()))}.values())


def _is_sound(ring: KeyRing, cell: Cell, row: Any) -> bool:
    context = cell.context(row)
    try:
        text = ring.decrypt(getattr(row, cell.column), context)
    except (KeyProblem, ValueError):
        return False
    if cell.index is None:
        return True
    key, index = cell.index.key(text), getattr(row, cell.index.column)
    return index is None if key is None else index in ring.blinds(key, context)
