"""Minted subjects and the standing row."""

from typing import Any

import polars as pl
from sqlalchemy import Table, bindparam, update
from sqlmodel import Session, col, select

from kit.bulk import insert_frame
from kit.columns import now
from matcher.people.tables import STANDING, Standing, Subject

_TABLE: Table = Subject.__table__  # type: ignore[attr-defined]  # SQLModel does not declare the table it makes
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


def link_anew(session: Session) -> None:
    """Everything that counts is to be linked and screened anew. Counted by the database: a worker may hold the row."""
    moved = {name: getattr(Standing, name) + 1 for name in ("identities", "linkings", "inputs")}
    session.execute(update(Standing).where(col(Standing.id) == STANDING).values(**moved))


def screen_anew(session: Session) -> None:
    """Everybody is to be screened anew. The row stays ours until the transaction ends, so whoever moves what is in
    force does so one after the other."""
    standing(session)
    moved = update(Standing).where(col(Standing.id) == STANDING).values(inputs=Standing.inputs + 1)
    session.execute(moved)


def mint(session: Session, subject_ids: pl.Series, area: str) -> None:
    """Write down new subjects; those already known stay as they are."""
    rows = subject_ids.alias("id").to_frame()
    insert_frame(session, _TABLE, rows, {"area": area, "created_at": now(), "survivor_registered": False})


def merge(session: Session, merges: pl.DataFrame, cause: str) -> None:
    """Redirect subjects (REDIRECTS); nothing is deleted, and who pointed at them points on to the survivor."""
    at = now()
    rows = [
        {"of": row["subject_id"], "to": row["survivor_id"], "known": row["registered"], "why": cause, "at": at}
        for row in merges.iter_rows(named=True)
    ]
    if not rows:
        return
    values: dict[str, Any] = {"survivor_id": bindparam("to"), "survivor_registered": bindparam("known")}
    own = update(_TABLE).where(_TABLE.c.id == bindparam("of"))
    session.execute(own.values(**values, cause=bindparam("why"), merged_at=bindparam("at")), rows)
    # Chains are kept short here, so that a reader needs one step only.
    chained = update(_TABLE).where(_TABLE.c.survivor_id == bindparam("of"))
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
