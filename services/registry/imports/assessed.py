"""Lines by which somebody who cannot work leaves support unassessed (E4): told, and taken. The decision was made where
the export comes from; what is left to do stands on the list of exits without assessment."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import polars as pl
from sqlmodel import Session

from kit.auth import Caller
from kit.crypto import KeyRing
from registry.coverage.amounts import months_later
from registry.imports.plan import Plan
from registry.intake.issues import issue
from registry.registers.exits import Exit, assessments, labour_of

CODE = "exit-unassessed"
MONTHS = 12  # an older end is history, and no news of this import


def with_exits(session: Session, ring: KeyRing, caller: Caller, plan: Plan, of: tuple[date, int]) -> Plan:
    """The plan with an issue at each such line; `of`: the day of the import, and how long an assessment holds."""
    exits = list(_exits(plan.coverage, months_later(of[0], -MONTHS)))
    if not exits:
        return plan
    known = assessments(session, ring, caller, [one.person_id for one in exits], of[1])
    lines = [int(one.key) for one in exits if known.lacking(one, late=True)]
    found = issue(pl.DataFrame({"line": lines}, {"line": pl.Int32}), CODE)
    return replace(plan, issues=pl.concat([plan.issues, found]))


def _exits(stated: pl.DataFrame, since: date) -> Iterator[Exit]:
    """Periods that a line ends, or ends earlier than they stood."""
    earlier = pl.col("end_was").is_null() | (pl.col("end") < pl.col("end_was"))
    ending = stated.filter(pl.col("end").is_not_null() & (pl.col("end") >= since) & earlier)
    for row in ending.iter_rows(named=True):
        terms = (_term(row, name) for name in ("self_care", "ground", "uplift_grounds"))
        labour = labour_of(row["programme"], *terms)
        yield Exit(str(row["line"]), row["person_id"], row["programme"], row["end"], row["end_reason"], labour)


def _term(row: dict[str, Any], name: str) -> Any:
    """As the line says it, else as it stood."""
    return row[name] if row[name] is not None else row[f"{name}_was"]
