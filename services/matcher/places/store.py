"""Divisions: replaced as a whole from the registry, read as a frame."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import polars as pl
from sqlalchemy import delete, insert
from sqlmodel import Session, col, select

from kit.lineage import Lineage
from matcher.places.tables import Place

COLUMNS = {
    "code": pl.String,
    "name": pl.String,
    "level": pl.String,
    "parent": pl.String,
    "valid_from": pl.Date,
    "valid_to": pl.Date,
}


def replace(session: Session, areas: Sequence[dict[str, Any]]) -> None:
    """Take the registry's list in the place of ours."""
    session.execute(delete(Place))
    # A code has a stretch for each name it bore: the newest is what it is called, and whether it ended.
    newest = {area["code"]: area for area in sorted(areas, key=lambda one: str(one.get("valid_from") or ""))}
    rows = [
        {
            "code": area["code"],
            "name": area["name"],
            "level": area["level"],
            "parent": area.get("parent"),
            "valid_from": _day(area.get("valid_from")),
            "valid_to": _day(area.get("valid_to")),
            "successors": area.get("successors") or [],
        }
        for area in newest.values()
    ]
    if rows:
        session.execute(insert(Place), rows)


def frame(session: Session) -> pl.DataFrame:
    """All divisions: code, name, level, parent, valid_from, valid_to."""
    columns = [getattr(Place, name) for name in COLUMNS]
    return pl.DataFrame(session.execute(select(*columns).order_by("code")).all(), schema=COLUMNS, orient="row")


def lineage(session: Session, day: date) -> Lineage:
    """Where the codes of divisions that had ended by that day lie."""
    ended = (col(Place.valid_to).is_not(None), col(Place.valid_to) <= day)
    rows = session.exec(select(Place.code, Place.successors).where(*ended)).all()
    return Lineage.of({code: to for code, to in rows if to})


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text[:10]) if text else None
