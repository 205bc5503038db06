"""The story of an import: read the file, plan against the registry, write chunk by chunk, report every line.

Each chunk is one transaction with its part of the report, so a process killed half way leaves whole persons and a
report of exactly those; sending the same file again goes on from there. Before each chunk the plan is made anew if
anybody else wrote persons since it was made.
"""

import hashlib
from dataclasses import dataclass
from datetime import date

import polars as pl
from sqlalchemy import func
from sqlmodel import Session, col, select

from kit.auth import Caller
from kit.columns import as_stored, new_id, now
from kit.crypto import KeyRing
from kit.database import Database, reading, transaction
from kit.lease import me
from kit.logs import get_logger
from kit.tables_in import Limits, Table, TableUnreadable, read_table
from registry.areas.store import known_codes
from registry.audit.store import note
from registry.changes.store import append as tell
from registry.changes.tables import Change
from registry.imports import present, store
from registry.imports.assessed import with_exits
from registry.imports.headers import columns_of, knows, missing
from registry.imports.issues import describe
from registry.imports.plan import Plan, make_plan
from registry.imports.problems import ImportColumnsWrong, ImportTooLong, ImportUnreadable
from registry.imports.reading import ISSUE, Context, Rows, read_rows
from registry.imports.tables import Import
from registry.imports.write import ACCOUNT, Pen, write_chunk
from registry.ledger.book import Book
from registry.ledger.by_import import follow_import
from registry.ledger.terms import Terms
from registry.persons.sealed import ID_NUMBER, PHONE
from registry.table import take_turns

_log = get_logger("imports")


@dataclass(frozen=True)
class Taking:
    """Who imports, into what, with which bounds, for which day."""

    database: Database
    ring: KeyRing
    caller: Caller
    on: date
    chunk_rows: int
    max_rows: int
    terms: Terms
    dry_run: bool = False
    assessment_days: int = 180


def take(taking: Taking, content: bytes) -> Import:
    """Take a civil affairs export in. Raises the problems of `imports.problems`; then nothing was written."""
    table, columns = _table(taking, content)
    with reading(taking.database) as session:
        areas = frozenset(known_codes(session))
    read = read_rows(table, columns, Context(taking.caller.area, taking.on, areas, taking.caller.lineage))
    row = _started(taking, hashlib.sha256(content).hexdigest(), table, columns)
    try:
        if taking.dry_run:
            return _rehearse(taking, row, read)
        return _write(taking, row, read)
    except Exception:
        with transaction(taking.database) as session:
            store.move_on(session, row.import_id, "failed", "writing")
        raise


def _table(taking: Taking, content: bytes) -> tuple[Table, dict[str, str]]:
    try:
        table = read_table(content, knows, limits=Limits(rows=taking.max_rows + 100))
    except TableUnreadable as error:
        if error.code == "too-many-rows":
            raise ImportTooLong(limit=taking.max_rows) from None
        raise ImportUnreadable(reason=error.zh) from None
    if table.frame.height > taking.max_rows:
        raise ImportTooLong(limit=taking.max_rows)
    columns = columns_of(table.headers)
    lacking = missing(columns)
    if lacking:
        raise ImportColumnsWrong(missing=lacking, found=sorted(columns.values()))
    return table, columns


def _started(taking: Taking, digest: str, table: Table, columns: dict[str, str]) -> Import:
    """A new import, or the same file's that stopped half way."""
    with transaction(taking.database) as session:
        take_turns(session, "imports")
        row = None if taking.dry_run else store.unfinished(session, taking.caller, digest)
        if row is not None and not row.dry_run:
            row.state, row.touched_at, row.holder = "running", now(), me()
        else:
            row = _new_import(taking, digest, table, columns)
        session.add(row)
        session.flush()
    _log.info("import_started", import_id=row.import_id, rows=row.rows_total)
    return row


def _new_import(taking: Taking, digest: str, table: Table, columns: dict[str, str]) -> Import:
    at, skipped = now(), table.skipped
    return Import(
        import_id=new_id(),
        state="running",
        phase="writing",
        dry_run=taking.dry_run,
        digest=digest,
        area=taking.caller.area,
        agency=taking.caller.agency,
        client_id=taking.caller.client_id,
        holder=me(),
        as_of=taking.on,
        rows_total=table.frame.height,
        rows_done=0,
        counts={},
        columns=columns,
        skipped={
            "title": skipped.title,
            "header": skipped.header,
            "repeated_header": skipped.repeated_header,
            "closing": skipped.closing,
            "blank": skipped.blank,
        },
        created_at=at,
        touched_at=at,
    )


def _planned(session: Session, taking: Taking, rows: pl.DataFrame, on: date) -> Plan:
    """What these rows mean for what the registry holds now. The rows' blind indexes are made anew for every plan, as
    the ring stands, and what stands under another key is read as if it stood under this one: keys may be rotated
    while a long import runs."""
    others: dict[str, str] = {}
    rows = rows.with_columns(
        _blinded(rows["id_key"], taking.ring, ID_NUMBER, others).alias("id_number_blind"),
        _blinded(rows["phone"], taking.ring, PHONE, others).alias("phone_blind"),
        _blinded(rows["account"], taking.ring, ACCOUNT, others).alias("account_blind"),
        county=pl.col("area").str.slice(0, 6),  # the numbers' own system
    )
    plan = make_plan(rows, present.load(session, taking.caller).read_as(others), on, taking.chunk_rows)
    return with_exits(session, taking.ring, taking.caller, plan, (on, taking.assessment_days))


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
        report = _explained(plan.report, read.issues, plan.issues)
        report = report.with_columns(person_id=pl.lit(None, pl.String))  # a person only planned has no id to look up
        done = store.move_on(session, row.import_id, "done", "done", [report, _rejected(read)])
        note(session, taking.ring, taking.caller, "import.rehearse", row.import_id, **done.counts)
    return done


def _write(taking: Taking, row: Import, read: Rows) -> Import:
    """Chunk after chunk; a chunk whose plan has become stale is planned anew with all that follow."""
    seen, plan, chunk, report = -1, None, 0, pl.DataFrame()
    while True:
        with transaction(taking.database) as session:
            take_turns(session, "persons")
            last = _last_person_change(session)
            if plan is None or last != seen:
                plan, chunk = _planned(session, taking, _left(session, row, read.frame), row.as_of), 0
                report = _explained(plan.report, read.issues, plan.issues)
            if chunk >= plan.chunks:
                return _finish(session, taking, row, read)
            pen = Pen(taking.ring, row.import_id, row.as_of, now())
            touched = write_chunk(session, plan, chunk, pen)
            store.move_on(session, row.import_id, "running", "writing", [plan.of(report, chunk)])
            seen = tell(session, touched) if touched else last
        chunk += 1


def _last_person_change(session: Session) -> int:
    return session.exec(select(func.max(Change.seq)).where(col(Change.kind) == "person")).one() or 0


def _left(session: Session, row: Import, frame: pl.DataFrame) -> pl.DataFrame:
    """Accepted rows not reported yet."""
    done = pl.Series(store.reported(session, row.import_id), dtype=pl.Int32)
    return frame.filter(~pl.col("rejected") & ~pl.col("line").is_in(done.implode()))


def _finish(session: Session, taking: Taking, row: Import, read: Rows) -> Import:
    done = store.move_on(session, row.import_id, "done", "done", [_rejected(read)])
    touched = follow_import(Book.open(session, taking.ring, taking.caller, row.as_of, taking.terms))
    if touched:
        tell(session, touched)
    note(session, taking.ring, taking.caller, "import.take", row.import_id, **done.counts)
    _log.info("import_done", import_id=row.import_id, rows=done.rows_done)
    return done


def _rejected(read: Rows) -> pl.DataFrame:
    """The report of lines that were not taken."""
    rejected = read.frame.filter("rejected").select(
        "line", "household", person_id=pl.lit(None, pl.String), outcome=pl.lit("rejected")
    )
    return _explained(rejected, read.issues)


def _explained(report: pl.DataFrame, *issues: pl.DataFrame) -> pl.DataFrame:
    """A report's lines with their issues, each as the table keeps them."""
    found = pl.concat([one.cast(ISSUE) for one in issues]).unique(maintain_order=True)
    kinds = found.select("code", "column").unique()
    texts = [as_stored(describe(code, column)) for code, column in kinds.iter_rows()]
    told = found.join(
        kinds.with_columns(text=pl.Series(texts, dtype=pl.String)),
        on=["code", "column"], nulls_equal=True, maintain_order="left",
    )  # fmt: skip
    by_line = told.group_by("line", maintain_order=True).agg(pl.col("text").str.join(","))
    explained = report.join(by_line, on="line", how="left", maintain_order="left")
    return explained.with_columns(issues=pl.format("[{}]", pl.col("text").fill_null(""))).drop("text")
