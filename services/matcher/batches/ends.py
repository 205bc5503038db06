"""Records of deliveries that count which a later delta of their line replaced or ended: the first that did is told."""

from collections.abc import Sequence
from datetime import datetime

import polars as pl
from sqlalchemy import Select, delete, insert, select
from sqlmodel import Session, col

from kit.columns import now
from matcher.batches.tables import EndedRow

FRAME = {"batch_id": pl.String, "line": pl.Int32}
CHUNK = 5000


def of_batches(session: Session, batch_ids: Sequence[str]) -> pl.DataFrame:
    """Where the records of these batches stand that count no more (FRAME)."""
    query = select(col(EndedRow.batch_id), col(EndedRow.line)).where(col(EndedRow.batch_id).in_(batch_ids))
    return pl.DataFrame([tuple(row) for row in session.execute(query)], schema=FRAME, orient="row")


def since(session: Session, batch_id: str) -> dict[int, datetime]:
    """Line → since when the record counts no more."""
    query = select(col(EndedRow.line), col(EndedRow.ended_at)).where(col(EndedRow.batch_id) == batch_id)
    return {int(line): at for line, at in session.execute(query)}


def ended_before(before: datetime) -> Select[str]:
    """Deliveries with records that ceased to count before then."""
    return select(col(EndedRow.batch_id)).where(col(EndedRow.ended_at) < before).distinct()


def touched_by(delta: str) -> Select[str]:
    """Deliveries with records that a delta ended."""
    return select(col(EndedRow.batch_id)).where(col(EndedRow.ended_by) == delta).distinct()


def write(session: Session, places: pl.DataFrame, ended_by: str) -> None:
    """These records (FRAME), none of which was ended before, are ended by that delta."""
    at = now()
    rows = [{**row, "ended_by": ended_by, "ended_at": at} for row in places.select(list(FRAME)).iter_rows(named=True)]
    for start in range(0, len(rows), CHUNK):
        session.execute(insert(EndedRow), rows[start : start + CHUNK])


def undo(session: Session, ended_by: str) -> None:
    """That delta counts no more, and none after it: what it ended counts again."""
    session.execute(delete(EndedRow).where(col(EndedRow.ended_by) == ended_by))
