"""What is particular to taking a civil affairs export in: planned against the registry, written chunk by chunk, every
line reported.

Each chunk is one transaction with its part of the report, so a process killed half way leaves whole persons and a
report of exactly those. Before each chunk the plan is made anew if anybody else wrote persons since it was made.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl
from sqlalchemy import func
from sqlmodel import Session, col, select

from kit.columns import now
from kit.crypto import KeyRing
from kit.database import reading, transaction
from kit.tables_in import Table
from registry.areas.store import known_codes
from registry.audit.store import note
from registry.changes.store import append as tell
from registry.changes.tables import Change
from registry.imports import present, store
from registry.imports.assessed import with_exits
from registry.imports.headers import COLUMNS
from registry.imports.issues import KINDS
from registry.imports.people import identify
from registry.imports.plan import Plan, make_plan
from registry.imports.present import Present
from registry.imports.problems import ImportColumnsWrong, ImportTooLong, ImportUnreadable
from registry.imports.reading import Context, read_rows
from registry.imports.tables import Import
from registry.imports.write import ACCOUNT, Pen, write_chunk
from registry.intake import take as intake
from registry.intake.issues import Rows, explained
from registry.intake.opening import Refusals
from registry.ledger.book import Book
from registry.ledger.by_import import follow_import
from registry.ledger.terms import Terms
from registry.persons.sealed import ID_NUMBER, PHONE
from registry.table import take_turns


@dataclass(frozen=True)
class Taking(intake.Taking):
    """Who imports, into what, with which bounds, for which day, under which terms of the ledger."""

    terms: Terms
    assessment_days: int = 180


def take(taking: Taking, content: bytes) -> Import:
    """Take a civil affairs export in. Raises the problems of `imports.problems`; then nothing was written."""
    return intake.take(EXPORT, taking, content)


def _read(taking: Taking, table: Table, columns: Mapping[str, str]) -> Rows:
    with reading(taking.database) as session:
        areas = frozenset(known_codes(session))
    return read_rows(table, columns, Context(taking.caller, taking.on, areas))


def _more(taking: Taking) -> dict[str, Any]:
    return {"phase": "writing", "agency": taking.caller.agency, "as_of": taking.on}


def _planned(session: Session, taking: Taking, rows: pl.DataFrame, on: date) -> Plan:
    """What these rows mean for what the registry holds now. The rows' blind indexes are made anew for every plan, as
    the ring stands, and what stands under another key is read as if it stood under this one: keys may be rotated
    while a long import runs."""
    rows, there = _beside(session, taking, rows)
    plan = make_plan(rows, there, on, taking.chunk_rows)
    return with_exits(session, taking.ring, taking.caller, plan, (on, taking.assessment_days))


def _beside(session: Session, taking: Taking, rows: pl.DataFrame) -> tuple[pl.DataFrame, Present]:
    """The rows with blind indexes as the ring stands, and what the registry holds, read by the same."""
    others: dict[str, str] = {}
    rows = rows.with_columns(
        _blinded(rows["id_key"], taking.ring, ID_NUMBER, others).alias("id_number_blind"),
        _blinded(rows["phone"], taking.ring, PHONE, others).alias("phone_blind"),
        _blinded(rows["account"], taking.ring, ACCOUNT, others).alias("account_blind"),
        county=pl.col("area").str.slice(0, 6),  # the numbers' own system
    )
    return rows, present.load(session, taking.caller).read_as(others)


def identified(session: Session, taking: Taking, rows: pl.DataFrame) -> tuple[pl.DataFrame, Present]:
    """Which person each row is, as an import would find it (`person_id`, `is_new`), and what the registry holds."""
    rows, there = _beside(session, taking, rows)
    return identify(rows, there), there


def _blinded(values: pl.Series, ring: KeyRing, context: str, others: dict[str, str]) -> pl.Series:
    """The index of each value, computed once per distinct one; its `others` forms are noted with it."""
    texts = values.cast(pl.String).drop_nulls().unique()
    now_, *formerly = ring.blinds_all(texts.to_list(), context)
    for forms in formerly:
        others.update(zip(forms, now_, strict=True))
    known = pl.DataFrame({"text": texts, "blind": now_}, schema={"text": pl.String, "blind": pl.String})
    asked = values.cast(pl.String).alias("text").to_frame()
    return asked.join(known, on="text", how="left", maintain_order="left")["blind"]


def _rehearse(taking: Taking, row: Import, read: Rows) -> Import:
    """Plan only: the report says what would happen."""
    accepted = read.frame.filter(~pl.col("rejected"))
    with reading(taking.database) as session:
        plan = _planned(session, taking, accepted, taking.on)
    with transaction(taking.database) as session:
        report = explained(plan.report, KINDS, read.issues, plan.issues)
        report = report.with_columns(person_id=pl.lit(None, pl.String))  # a person only planned has no id to look up
        done = store.move_on(session, row, [report, _rejected(read)], done=True)
        note(session, taking.ring, taking.caller, "import.rehearse", row.import_id, **done.counts)
    return done


def _run(taking: Taking, row: Import, read: Rows) -> Import:
    return _rehearse(taking, row, read) if taking.dry_run else _write(taking, row, read)


def _write(taking: Taking, row: Import, read: Rows) -> Import:
    """Chunk after chunk; a chunk whose plan has become stale is planned anew with all that follow."""
    seen, plan, chunk, report = -1, None, 0, pl.DataFrame()
    while True:
        with transaction(taking.database) as session:
            take_turns(session, "persons")
            last = _last_person_change(session)
            if plan is None or last != seen:
                plan, chunk = _planned(session, taking, _left(session, row, read.frame), row.as_of), 0
                report = explained(plan.report, KINDS, read.issues, plan.issues)
            if chunk >= plan.chunks:
                return _finish(session, taking, row, read)
            pen = Pen(taking.ring, row.import_id, row.as_of, now())
            touched = write_chunk(session, plan, chunk, pen)
            store.move_on(session, row, [plan.of(report, chunk)])
            seen = tell(session, touched) if touched else last
        chunk += 1


def _last_person_change(session: Session) -> int:
    return session.exec(select(func.max(Change.seq)).where(col(Change.kind) == "person")).one() or 0


def _left(session: Session, row: Import, frame: pl.DataFrame) -> pl.DataFrame:
    """Accepted rows not reported yet."""
    done = pl.Series(store.reported(session, row.import_id), dtype=pl.Int32)
    return frame.filter(~pl.col("rejected") & ~pl.col("line").is_in(done.implode()))


def _finish(session: Session, taking: Taking, row: Import, read: Rows) -> Import:
    done = store.move_on(session, row, [_rejected(read)], done=True)
    touched = follow_import(Book.open(session, taking.ring, taking.caller, row.as_of, taking.terms))
    if touched:
        tell(session, touched)
    note(session, taking.ring, taking.caller, "import.take", row.import_id, **done.counts)
    return done


def _rejected(read: Rows) -> pl.DataFrame:
    """The report of lines that were not taken."""
    rejected = read.frame.filter("rejected").select(
        "line", "household", person_id=pl.lit(None, pl.String), outcome=pl.lit("rejected")
    )
    return explained(rejected, KINDS, read.issues)


EXPORT = intake.Intake(
    name="imports",
    headers=COLUMNS,
    refusals=Refusals(ImportUnreadable, ImportColumnsWrong, ImportTooLong),
    shelf=store.SHELF,
    read=_read,
    more=_more,
    run=_run,
)
