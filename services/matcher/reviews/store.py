"""Pairs in doubt in the database: the open ones of a batch are made anew with its links, settled ones stay."""

from collections.abc import Sequence

import polars as pl
from sqlalchemy import delete, insert, update
from sqlmodel import Session, col, select

from kit.columns import new_id, now
from matcher.reviews.tables import Review

FRAME: dict[str, pl.DataType | type[pl.DataType]] = {
    "batch_id": pl.String,
    "line": pl.Int32,
    "candidate_id": pl.String,
    "subject_id": pl.String,
    "reason": pl.String,
    "probability": pl.Float64,
    "pattern": pl.Int64,
    "model_version": pl.String,
}


def replace(session: Session, batch_id: str, area: str, reviews: pl.DataFrame) -> None:
    """Put `reviews` (FRAME) in the place of the batch's open ones; what a human settled is not asked again."""
    mine = col(Review.batch_id) == batch_id
    session.execute(delete(Review).where(mine, col(Review.state) == "open"))
    settled = session.execute(select(Review.line, Review.candidate_id).where(mine)).all()
    known = {(line, candidate) for line, candidate in settled}
    made = now()
    rows = [
        {**row, "id": new_id(), "state": "open", "area": area, "made_at": made}
        for row in reviews.select(list(FRAME)).iter_rows(named=True)
        if (row["line"], row["candidate_id"]) not in known
    ]
    if rows:
        session.execute(insert(Review), rows)


def open_of(session: Session, batch_ids: list[str]) -> pl.DataFrame:
    """The open reviews of these batches."""
    columns = [getattr(Review, name) for name in FRAME]
    query = select(*columns).where(col(Review.batch_id).in_(batch_ids), col(Review.state) == "open")
    found = session.execute(query.order_by(col(Review.batch_id), col(Review.line))).all()
    return pl.DataFrame([tuple(row) for row in found], schema=FRAME, orient="row")


def whole_of(session: Session, batch_id: str) -> pl.DataFrame:
    """Everything on record of a batch's pairs in doubt, settled ones too, by line: FRAME without the batch, state and
    `made_at`."""
    shape: dict[str, pl.DataType | type[pl.DataType]] = {name: FRAME[name] for name in FRAME if name != "batch_id"}
    shape |= {"state": pl.String, "made_at": pl.Datetime("us", "UTC")}
    columns = [getattr(Review, name) for name in shape]
    query = select(*columns).where(col(Review.batch_id) == batch_id).order_by(col(Review.line), col(Review.id))
    return pl.DataFrame([tuple(row) for row in session.execute(query).all()], schema=shape, orient="row")


def settle(session: Session, places: Sequence[str], state: str) -> None:
    """Set the state of all pairs of these records ("batch:line"): `settled` until linking comes round, or `open`."""
    for place in places:
        batch_id, _, line = place.rpartition(":")
        of_record = (col(Review.batch_id) == batch_id, col(Review.line) == int(line))
        session.execute(update(Review).where(*of_record).values(state=state))
