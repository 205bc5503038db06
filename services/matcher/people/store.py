"""Minted subjects and the standing row."""

from typing import Any

import polars as pl
from sqlalchemy import bindparam, insert, update
from sqlmodel import Session, col, select

from kit.columns import now
from matcher.people.tables import STANDING, Standing, Subject

CHUNK = 5000  # of a list of ids in one query
REDIRECTS: dict[str, pl.DataType | type[pl.DataType]] = {
    "subject_id": pl.String,
    "survivor_id": pl.String,
    "registered": pl.Boolean,
}


def standing(session: Session) -> Standing:
    """The standing row; made on first use."""
    row = session.get(Standing, STANDING)
    if row is None:
        row = Standing(id=STANDING, state="open", created_at=now(), files=[])
        session.add(row)
        session.flush()
    return row


def mint(session: Session, subject_ids: list[str], area: str) -> None:
    """Write down new subjects; those already known stay as they are."""
    made = now()
    rows = [{"id": one, "area": area, "created_at": made, "survivor_registered": False} for one in subject_ids]
    if rows:
        session.execute(insert(Subject), rows)


def merge(session: Session, merges: pl.DataFrame, cause: str) -> None:
    """Redirect subjects (REDIRECTS); nothing is deleted, and who pointed at them points on to the survivor."""
    at = now()
    rows = [
        {"of": row["subject_id"], "to": row["survivor_id"], "known": row["registered"], "why": cause, "at": at}
        for row in merges.iter_rows(named=True)
    ]
    if not rows:
        return
    table = Subject.__table__  # type: ignore[attr-defined]  # SQLModel does not declare the table it makes
    values: dict[str, Any] = {"survivor_id": bindparam("to"), "survivor_registered": bindparam("known")}
    own = update(table).where(table.c.id == bindparam("of"))
    session.execute(own.values(**values, cause=bindparam("why"), merged_at=bindparam("at")), rows)
    # Chains are kept short here, so that a reader needs one step only.
    chained = update(table).where(table.c.survivor_id == bindparam("of"))
    session.execute(chained.values(**values), rows)


def merged(session: Session, subject_ids: list[str]) -> list[str]:
    """Those of these subjects that are somebody else now."""
    found: list[str] = []
    for start in range(0, len(subject_ids), CHUNK):
        asked = col(Subject.id).in_(subject_ids[start : start + CHUNK])
        found += session.exec(select(Subject.id).where(asked, col(Subject.survivor_id).is_not(None)))
    return found


def redirects(session: Session) -> pl.DataFrame:
    """All merged subjects with their last survivor (REDIRECTS)."""
    query = select(Subject.id, Subject.survivor_id, Subject.survivor_registered)
    found = session.execute(query.where(col(Subject.survivor_id).is_not(None)).order_by(Subject.id)).all()
    return pl.DataFrame([tuple(row) for row in found], schema=REDIRECTS, orient="row")
