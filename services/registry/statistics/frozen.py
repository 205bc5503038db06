"""The ledger of a month that is over, from its signed snapshot: figures of a month that was reported do not move."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlmodel import col, or_, select

from kit.scope import NATION, covers, prefix
from registry.areas.tables import Area
from registry.coverage.amounts import month_end
from registry.snapshots.store import SIGN, lines_of, steps_of
from registry.snapshots.tables import Snapshot, SnapshotStep
from registry.statistics.ground import Span
from registry.statistics.schemas import FrozenOut

COUNTY_DIGITS = 6


@dataclass(frozen=True)
class Frozen:
    """Lines of frozen ledgers within an area, and which these are."""

    lines: list[dict[str, Any]]
    told: FrozenOut


def frozen(ground: Span) -> Frozen | None:
    """The ledger at the end of the month, as it was signed: of the area itself, of the nearest that holds it, or, above
    counties, of all the divisions below it together. None where it is not signed, or the day is not a month's last."""
    if ground.day != month_end(ground.day):
        return None
    own = _signed(ground, _above(ground.area))
    found = [max(own, key=lambda one: len(prefix(one[0].area)))] if own else _all_below(ground)
    if not found:
        return None
    lines = [line for row, _ in found for line in lines_of(ground.session, ground.desk.ring, row)]
    mine = [line for line in lines if covers(ground.area, line["area"]) and covers(ground.caller.area, line["area"])]
    return Frozen(mine, _told(found))


def _told(found: Sequence[tuple[Snapshot, SnapshotStep]]) -> FrozenOut:
    return FrozenOut(
        numbers=[row.number for row, _ in found],
        month=found[0][0].month,
        frozen_at=max(row.frozen_at for row, _ in found),
        signed_at=max(step.at for _, step in found),
        digests=[row.digest for row, _ in found],
    )


def _above(area: str) -> list[str]:
    """The area, and what holds it."""
    return [code for width in (2, 4, 6, 9, 12) if area.startswith(prefix(code := f"{area[:width]:0<12}"))]


def _all_below(ground: Span) -> list[tuple[Snapshot, SnapshotStep]]:
    """One of each division directly below that stood on the day; nothing where one of them is not signed. Not of a
    county's townships: a case whose township nobody knows is in none of their ledgers."""
    if len(prefix(ground.area)) >= COUNTY_DIGITS or ground.area == NATION:
        return []
    codes = _standing(ground, ground.day)
    found = _signed(ground, codes)
    return found if codes and {row.area for row, _ in found} == set(codes) else []


def _standing(ground: Span, day: date) -> list[str]:
    query = select(Area.code).where(
        col(Area.parent) == ground.area,
        col(Area.valid_from) <= day,
        or_(col(Area.valid_to).is_(None), col(Area.valid_to) > day),
    )
    return sorted(set(ground.session.exec(query).all()))


def _signed(ground: Span, areas: Sequence[str]) -> list[tuple[Snapshot, SnapshotStep]]:
    """The newest signed snapshot of the month of each of these areas."""
    query = select(Snapshot).where(
        col(Snapshot.area).in_(list(areas)), col(Snapshot.month) == f"{ground.day:%Y-%m}"
    )  # fmt: skip
    rows = ground.session.exec(query.order_by(col(Snapshot.snapshot_id))).all()
    steps = steps_of(ground.session, [row.snapshot_id for row in rows])
    signed = {row.area: (row, steps[row.snapshot_id][SIGN]) for row in rows if SIGN in steps.get(row.snapshot_id, {})}
    return [signed[area] for area in sorted(signed)]
