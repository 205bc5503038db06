"""Reading and writing standards. They are published by the state, so every caller may read them all."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, update
from sqlmodel import Session, col, select

from china.areas import parent_of
from kit.columns import new_id, now
from kit.scope import NATION
from registry.standards.kinds import KINDS
from registry.standards.problems import StandardUnordered
from registry.standards.schemas import StandardOut
from registry.standards.tables import Standard
from registry.times import NOW, Asked, believed


def ladder(area: str) -> list[str]:
    """The area and all above it, the nearest first, the nation last."""
    steps = [area]
    while steps[-1] != NATION:
        steps.append(parent_of(steps[-1]) or NATION)
    return steps


@dataclass(frozen=True)
class Said:
    """One kind in one area for half-open days; without a value nothing is said of them any more."""

    area: str
    kind: str
    value: int | None
    valid_from: date
    valid_to: date | None = None
    basis: str | None = None


@dataclass(frozen=True)
class Standards:
    """What is on record of an area and those above it."""

    area: str
    rows: Sequence[Standard]

    def on(self, kind: str, day: date) -> Standard | None:
        """What holds on the day: the area's own, else of the nearest above that has one."""
        found = {row.area: row for row in self.rows if row.kind == kind and _holds(row, day)}
        return next((found[step] for step in ladder(self.area) if step in found), None)

    def value(self, kind: str, day: date) -> int | None:
        """Its value, or None."""
        row = self.on(kind, day)
        return None if row is None else row.value


def of_area(session: Session, area: str, asked: Asked = NOW) -> Standards:
    """Every day on record of the area and those above it."""
    query = select(Standard).where(col(Standard.area).in_(ladder(area)), *believed(Standard, asked))
    return Standards(area, session.exec(query.order_by(col(Standard.kind), col(Standard.valid_from))).all())


def history(session: Session, area: str, kind: str, asked: Asked = NOW) -> Sequence[Standard]:
    """All days on record of one kind in the area itself, oldest first."""
    query = select(Standard).where(col(Standard.area) == area, col(Standard.kind) == kind, *believed(Standard, asked))
    return session.exec(query.order_by(col(Standard.valid_from))).all()


def version_of(session: Session, area: str, kind: str) -> int:
    """How often something was written of the two; 0 when never."""
    query = select(func.max(Standard.version)).where(col(Standard.area) == area, col(Standard.kind) == kind)
    return session.exec(query).one() or 0


def change(session: Session, said: Said) -> tuple[int, datetime]:
    """From that day on it is so. Raises StandardUnordered when the present one began later."""
    known = history(session, said.area, said.kind)
    if known and said.valid_from < known[-1].valid_from:
        raise StandardUnordered(since=known[-1].valid_from.isoformat())
    return correct(session, said)


def correct(session: Session, said: Said) -> tuple[int, datetime]:
    """These days are so; what was believed of them until now stays on record as that. The version written, and when."""
    at, version = now(), version_of(session, said.area, said.kind) + 1
    rows = [row for row in history(session, said.area, said.kind) if _meets(row, said)]
    ids = [row.row_id for row in rows]
    session.execute(update(Standard).where(col(Standard.row_id).in_(ids)).values(superseded_at=at))
    session.add_all(_written(one, version, at) for one in [*_outside(rows, said), said] if one.value is not None)
    session.flush()
    return version, at


def as_if(said: Said) -> Standard:
    """A row of what somebody thinks of saying: never stored."""
    return _written(said, 0, now())


def stands(session: Session, said: Said) -> bool:
    """Whether exactly that is on record already, for all of its days."""
    rows = [row for row in history(session, said.area, said.kind) if _meets(row, said)]
    if said.value is None:
        return not rows
    day = said.valid_from
    for row in rows:
        if row.valid_from > day or (row.value, row.basis) != (said.value, said.basis):
            return False
        if row.valid_to is None or (said.valid_to is not None and row.valid_to >= said.valid_to):
            return True
        day = row.valid_to
    return False


def out(row: Standard, area: str) -> StandardOut:
    """A row on the wire, as seen from `area`."""
    kind = KINDS[row.kind]
    return StandardOut(
        **row.model_dump(exclude={"row_id", "version"}),
        title=kind.zh,
        group=kind.group,
        unit=kind.unit,
        inherited=row.area != area,
    )


def _holds(row: Standard, day: date) -> bool:
    return row.valid_from <= day and (row.valid_to is None or day < row.valid_to)


def _meets(row: Standard, said: Said) -> bool:
    begins_before = said.valid_to is None or row.valid_from < said.valid_to
    return begins_before and (row.valid_to is None or said.valid_from < row.valid_to)


def _outside(rows: Iterable[Standard], said: Said) -> list[Said]:
    """What the rows said of days that are not meant."""
    kept = []
    for row in rows:
        if row.valid_from < said.valid_from:
            kept.append(Said(row.area, row.kind, row.value, row.valid_from, said.valid_from, row.basis))
        if said.valid_to is not None and (row.valid_to is None or said.valid_to < row.valid_to):
            kept.append(Said(row.area, row.kind, row.value, said.valid_to, row.valid_to, row.basis))
    return kept


def _written(said: Said, version: int, at: datetime) -> Standard:
    return Standard(
        row_id=new_id(),
        area=said.area,
        kind=said.kind,
        version=version,
        value=said.value or 0,
        basis=said.basis,
        valid_from=said.valid_from,
        valid_to=said.valid_to,
        recorded_at=at,
    )
