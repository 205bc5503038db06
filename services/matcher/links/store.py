"""Links in the database: written whole per batch, read as frames by the flows and as rows by the county."""

import polars as pl
from sqlalchemy import ColumnElement, Table, and_, bindparam, delete, update
from sqlmodel import Session, col, select

from kit.auth import Caller
from kit.bulk import insert_frame, select_frame
from kit.columns import new_ids, now
from kit.problems import NotFound
from kit.scope import within
from matcher.links.tables import Link

_TABLE: Table = Link.__table__  # type: ignore[attr-defined]  # SQLModel does not declare the table it makes
CHUNK = 5000  # of a list of ids in one query
FRAME: dict[str, pl.DataType | type[pl.DataType]] = {
    "batch_id": pl.String,
    "line": pl.Int32,
    "subject_id": pl.String,
    "registered": pl.Boolean,
    "probability": pl.Float64,
    "grade": pl.String,
    "pattern": pl.Int64,
    "reason": pl.String,
    "model_version": pl.String,
}


def replace(session: Session, batch_id: str, area: str, links: pl.DataFrame) -> None:
    """Put `links` (FRAME) in the place of all links of the batch."""
    session.execute(delete(Link).where(col(Link.batch_id) == batch_id))
    rows = links.select(pl.Series("id", new_ids(links.height), dtype=pl.String), *FRAME)
    insert_frame(session, _TABLE, rows, {"area": area, "made_at": now()})


def retarget(session: Session, changes: pl.DataFrame) -> None:
    """Set the subject of single unregistered records: batch_id, line, subject_id, probability, grade."""
    names = {"batch_id": "of_batch", "line": "of_line", "subject_id": "to", "probability": "p", "grade": "g"}
    rows = changes.select(pl.col(name).alias(bound) for name, bound in names.items()).to_dicts()
    if not rows:
        return
    statement = (
        update(_TABLE)
        .where(col(Link.batch_id) == bindparam("of_batch"), col(Link.line) == bindparam("of_line"))
        .values(subject_id=bindparam("to"), probability=bindparam("p"), grade=bindparam("g"))
    )
    session.execute(statement, rows)


def of_batches(session: Session, batch_ids: list[str]) -> pl.DataFrame:
    """The links of these batches."""
    columns = [_TABLE.c[name] for name in FRAME]
    query = select(*columns).where(col(Link.batch_id).in_(batch_ids)).order_by(col(Link.batch_id), col(Link.line))
    return select_frame(session, query, FRAME)


def whole_of(session: Session, batch_id: str) -> pl.DataFrame:
    """A batch's links by line: FRAME without the batch, and `made_at`, the moment all of them were."""
    at = session.exec(select(Link.made_at).where(col(Link.batch_id) == batch_id).limit(1)).first()
    made = pl.lit(at, dtype=pl.Datetime("us", "UTC")).alias("made_at")
    return of_batches(session, [batch_id]).drop("batch_id").with_columns(made)


def unregistered(session: Session, batch_ids: list[str]) -> pl.DataFrame:
    """batch_id, line, subject_id, probability of the records of these batches that are in no registry."""
    names = ("batch_id", "line", "subject_id", "probability")
    query = select(*(_TABLE.c[name] for name in names))
    query = query.where(col(Link.batch_id).in_(batch_ids), col(Link.registered).is_(False))
    query = query.order_by(col(Link.batch_id), col(Link.line))
    return select_frame(session, query, {name: FRAME[name] for name in names})


def about(session: Session, subject_ids: list[str], places: list[tuple[str, int]]) -> pl.DataFrame:
    """The links of these subjects and of these records (batch, line), each once."""
    columns = [getattr(Link, name) for name in FRAME]
    lines: dict[str, list[int]] = {}
    for batch_id, line in places:
        lines.setdefault(batch_id, []).append(line)
    wanted: list[ColumnElement[bool]] = []
    for start in range(0, len(subject_ids), CHUNK):
        wanted.append(col(Link.subject_id).in_(subject_ids[start : start + CHUNK]))
    for batch_id, own in lines.items():
        for start in range(0, len(own), CHUNK):
            wanted.append(and_(col(Link.batch_id) == batch_id, col(Link.line).in_(own[start : start + CHUNK])))
    found = [tuple(row) for clause in wanted for row in session.execute(select(*columns).where(clause)).all()]
    frame = pl.DataFrame(found, schema=FRAME, orient="row")
    return frame.unique(["batch_id", "line"]).sort("batch_id", "line")


def find(session: Session, caller: Caller, link_id: str) -> Link:
    """One link. Raises NotFound when absent or not within the caller's area."""
    link = session.exec(select(Link).where(col(Link.id) == link_id, within(caller, col(Link.area)))).first()
    if link is None:
        raise NotFound
    return link


def page(session: Session, caller: Caller, filters: dict[str, str | None], after: str, limit: int) -> list[Link]:
    """The caller's links in the order they were made, narrowed to equal `filters`."""
    query = select(Link).where(within(caller, col(Link.area)), col(Link.id) > after)
    for name, value in filters.items():
        if value is not None:
            query = query.where(getattr(Link, name) == value)
    return list(session.exec(query.order_by(Link.id).limit(limit)))
