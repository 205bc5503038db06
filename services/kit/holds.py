"""Legal holds: what stands under one is deleted by no job, until somebody lifts it; both are on record.

A hold names one thing (a person, a delivery, a case) or a whole area. It is never deleted: who placed it, why and
when, who lifted it and when stay, also after its end.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, TypeVar

from fastapi import Path
from pydantic import BaseModel
from pydantic import Field as Of
from sqlmodel import Field, Session, SQLModel, col, select

from kit.auth import Caller
from kit.columns import Instant, new_id, now
from kit.problems import NotFound
from kit.scope import covers, within

AREA = "area"
Target = Annotated[str, Path(min_length=1, max_length=64, description="The id of what is held; of an area its code")]


class HoldRow(SQLModel):
    """Columns of a service's table of holds."""

    hold_id: str = Field(primary_key=True, max_length=36)
    kind: str = Field(max_length=12)
    target: str = Field(max_length=64, index=True)
    area: str = Field(max_length=12, index=True)
    reason: str = Field(max_length=300)
    placed_by: str = Field(max_length=64)
    placed_at: datetime = Field(sa_type=Instant)
    lifted_by: str | None = Field(default=None, max_length=64)
    lifted_at: datetime | None = Field(default=None, sa_type=Instant)


class HoldIn(BaseModel):
    """Why it must be kept: a file number or a word on the matter, never a person's data."""

    reason: Annotated[str, Of(min_length=1, max_length=300, pattern=r"^[^\x00-\x1f\x7f]+$")]


class HoldOut(BaseModel):
    """A hold: what, where, why, by whom and when; and who lifted it, if anybody has."""

    hold_id: str
    kind: str
    target: str
    area: str
    reason: str
    placed_by: str
    placed_at: datetime
    lifted_by: str | None
    lifted_at: datetime | None


class HoldPageOut(BaseModel):
    """A page of holds, the oldest first."""

    holds: list[HoldOut]
    cursor: str | None


Row = TypeVar("Row", bound=HoldRow)


@dataclass(frozen=True)
class Thing:
    """What is to be held, and the area it lies in."""

    kind: str
    target: str
    area: str


@dataclass(frozen=True)
class Held:
    """Everything under hold at one moment."""

    areas: frozenset[str]
    things: frozenset[tuple[str, str]]

    def has(self, kind: str, *targets: str | None) -> bool:
        """Whether one of these is held by itself."""
        return any((kind, target) in self.things for target in targets)

    def of(self, kind: str) -> frozenset[str]:
        """The targets of one kind."""
        return frozenset(target for held, target in self.things if held == kind)

    def touches(self, area: str) -> bool:
        """Whether a held area and this one have anything in common: what cannot be told apart is kept."""
        return any(covers(held, area) or covers(area, held) for held in self.areas)


def held(session: Session, table: type[HoldRow]) -> Held:
    """What is under hold now."""
    rows = session.exec(select(table.kind, table.target).where(col(table.lifted_at).is_(None))).all()
    areas = frozenset(target for kind, target in rows if kind == AREA)
    return Held(areas, frozenset((kind, target) for kind, target in rows if kind != AREA))


def place(session: Session, table: type[Row], caller: Caller, thing: Thing, reason: str) -> tuple[Row, bool]:
    """The hold on `thing`, and whether it was placed just now: one that stands is left as it is."""
    standing = _standing(session, table, thing.kind, thing.target)
    if standing is not None:
        return standing, False
    row = table(
        hold_id=new_id(), kind=thing.kind, target=thing.target, area=thing.area, reason=reason,
        placed_by=caller.client_id, placed_at=now(),
    )  # fmt: skip
    session.add(row)
    session.flush()
    return row, True


def lift(session: Session, table: type[Row], caller: Caller, kind: str, target: str) -> Row:
    """End the hold on a thing of the caller's area. Raises NotFound."""
    row = _standing(session, table, kind, target)
    if row is None or not covers(caller.area, row.area):
        raise NotFound
    row.lifted_by, row.lifted_at = caller.client_id, now()
    session.add(row)
    session.flush()
    return row


def page(session: Session, table: type[Row], caller: Caller, after: str, limit: int) -> Sequence[Row]:
    """Holds of the caller's area, standing or lifted, in the order they were placed."""
    query = select(table).where(within(caller, col(table.area)), col(table.hold_id) > after)
    return session.exec(query.order_by(col(table.hold_id)).limit(limit)).all()


def _standing(session: Session, table: type[Row], kind: str, target: str) -> Row | None:
    same = (col(table.kind) == kind, col(table.target) == target, col(table.lifted_at).is_(None))
    return session.exec(select(table).where(*same)).first()


def holds_out(rows: Iterable[HoldRow]) -> list[HoldOut]:
    """As they are told."""
    return [HoldOut.model_validate(row, from_attributes=True) for row in rows]
