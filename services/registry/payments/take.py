"""The story of a payout list: read the file, compare it whole with what is on record, write chunk by chunk, report.

Each chunk is one transaction; a process killed half way leaves whole payments, and sending the same file again goes on
from there. Two lists of one place are never taken at the same time, so that the comparison stays true while it is
written.
"""

import hashlib
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl
from sqlalchemy import insert, update
from sqlmodel import Session, col

from kit.auth import Caller
from kit.bulk import insert_frame
from kit.columns import new_id, now
from kit.crypto import KeyRing
from kit.database import Database, reading, transaction
from kit.lease import me
from kit.logs import get_logger
from kit.tables_in import Limits, Table, TableUnreadable, read_table
from registry.audit.store import note
from registry.changes.store import Touched
from registry.changes.store import append as tell
from registry.payments import known, store
from registry.payments.headers import columns_of, knows, missing
from registry.payments.issues import describe
from registry.payments.plan import OUTCOMES, Plan, Refs, make_plan
from registry.payments.problems import (
    PayoutColumnsWrong,
    PayoutListTooLong,
    PayoutListUnreadable,
    PayoutProgrammeMissing,
)
from registry.payments.reading import Context, Rows, read_rows
from registry.payments.tables import Payment, PaymentImport, PaymentImportRow
from registry.table import take_turns

_log = get_logger("payments")
BULK = 2000
COLUMNS = (
    "payment_id", "version", "month", "programme", "kind", "area", "person_id", "household_id", "household_number",
    "name", "party_id", "payee", "account_id", "bank", "amount_fen", "paid_on", "serial", "bank_return",
    "return_reason", "returned_on", "source_line",
)  # fmt: skip


@dataclass(frozen=True)
class Taking:
    """Who imports, into what, with which bounds, on which day; `programme` is that of a list without such a column."""

    database: Database
    ring: KeyRing
    caller: Caller
    on: date
    chunk_rows: int
    max_rows: int
    programme: str | None = None
    dry_run: bool = False


def take(taking: Taking, content: bytes) -> PaymentImport:
    """Take a payout list in. Raises the problems of `payments.problems`; then nothing was written."""
    table, columns = _table(taking, content)
    read = read_rows(table, columns, Context(taking.caller.area, taking.on, taking.programme))
    row = _started(taking, hashlib.sha256(content).hexdigest(), table, columns)
    try:
        plan = _planned(taking, row, read)
        if not taking.dry_run:
            _write(taking, row, plan)
        return _finish(taking, row, plan)
    except Exception:
        with transaction(taking.database) as session:
            store.fail(session, row)
        raise


def _table(taking: Taking, content: bytes) -> tuple[Table, dict[str, str]]:
    try:
        table = read_table(content, knows, limits=Limits(rows=taking.max_rows + 100))
    except TableUnreadable as error:
        if error.code == "too-many-rows":
            raise PayoutListTooLong(limit=taking.max_rows) from None
        raise PayoutListUnreadable(reason=error.zh) from None
    if table.frame.height > taking.max_rows:
        raise PayoutListTooLong(limit=taking.max_rows)
    columns = columns_of(table.headers)
    lacking = missing(columns)
    if lacking:
        raise PayoutColumnsWrong(missing=lacking, found=sorted(columns.values()))
    if "programme" not in columns and taking.programme is None:
        raise PayoutProgrammeMissing
    return table, columns


def _started(taking: Taking, digest: str, table: Table, columns: dict[str, str]) -> PaymentImport:
    """A new import, or the same file's that stopped half way. Raises PayoutRunning."""
    with transaction(taking.database) as session:
        take_turns(session, "payments")
        row = None
        if not taking.dry_run:
            store.check_alone(session, taking.caller.area)
            row = store.unfinished(session, taking.caller, digest)
        if row is None:
            row = _new_import(taking, digest, table, columns)
        row.state, row.touched_at, row.holder, row.fence = "running", now(), me(), row.fence + 1
        session.add(row)
        session.flush()
    _log.info("payments_started", import_id=row.import_id, rows=row.rows_total)
    return row


def _new_import(taking: Taking, digest: str, table: Table, columns: dict[str, str]) -> PaymentImport:
    at, skipped = now(), table.skipped
    return PaymentImport(
        import_id=new_id(),
        state="running",
        dry_run=taking.dry_run,
        digest=digest,
        area=taking.caller.area,
        client_id=taking.caller.client_id,
        rows_total=table.frame.height,
        rows_done=0,
        fence=0,
        counts={},
        fen={},
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


def _planned(taking: Taking, row: PaymentImport, read: Rows) -> Plan:
    accepted = read.frame.filter(~pl.col("rejected"))
    with reading(taking.database) as session:
        found = known.load(session, taking.ring, taking.caller, accepted)
        refs = Refs(
            known.ids_of(session, taking.ring, accepted["account"], known.ACCOUNTS),
            known.ids_of(session, taking.ring, accepted["id_number"], known.PARTIES),
        )
    return make_plan(read, found, refs, taking.caller.area, row.import_id)


def _write(taking: Taking, row: PaymentImport, plan: Plan) -> None:
    rows = plan.to_write
    with transaction(taking.database) as session:
        accounts = known.keep(session, taking.ring, rows["account"], known.ACCOUNTS)
        parties = known.keep(session, taking.ring, rows["id_number"], known.PARTIES)
    rows = rows.join(accounts.rename({"value": "account", "id": "account_id"}), on="account", how="left")
    rows = rows.join(parties.rename({"value": "id_number", "id": "party_id"}), on="id_number", how="left").sort("line")
    rows = rows.rename({"line": "source_line"}).with_columns(pl.col("paid_on", "returned_on").cast(pl.String))
    done = plan.rows.height - rows.height
    for piece in rows.iter_slices(taking.chunk_rows):
        with transaction(taking.database) as session:
            at = now()
            restated = piece.filter(pl.col("version") > 1)["payment_id"].to_list()
            for start in range(0, len(restated), BULK):
                old = (
                    col(Payment.payment_id).in_(restated[start : start + BULK]),
                    col(Payment.superseded_at).is_(None),
                )
                session.execute(update(Payment).where(*old).values(superseded_at=at))
            alike = {"source_import": row.import_id, "recorded_at": at}
            insert_frame(session, Payment.__table__, piece.select(COLUMNS), alike)  # type: ignore[attr-defined] # SQLModel's
            done += piece.height
            store.move_on(session, row, "running", done)


def _finish(taking: Taking, row: PaymentImport, plan: Plan) -> PaymentImport:
    """The report, the sums, the news of it: once everything is written."""
    rows = plan.rows
    with transaction(taking.database) as session:
        _report(session, row.import_id, plan)
        done = store.move_on(session, row, "done", rows.height)
        done.counts, done.fen = sums(rows)
        session.add(done)
        told = {"counts": done.counts, "fen": done.fen}
        if taking.dry_run:
            note(session, taking.ring, taking.caller, "payment.rehearse", row.import_id, **told)
            return done
        written = rows.filter(pl.col("outcome").is_in(["accepted", "updated"]))
        places = written["area"].str.slice(0, 9).unique().sort()
        touched = [Touched("payment-month", row.import_id, f"{place}000") for place in places]
        if touched:
            tell(session, touched)
        note(session, taking.ring, taking.caller, "payment.take", row.import_id, **told)
    _log.info("payments_done", import_id=row.import_id, rows=done.rows_done)
    return done


def sums(rows: pl.DataFrame) -> tuple[dict[str, int], dict[str, int]]:
    """Lines and fen by outcome; each sums to what the file holds (an amount that cannot be read is none)."""
    found = rows.group_by("outcome").agg(count=pl.len(), fen=pl.col("amount_fen").sum())
    counts, fen = (dict(zip(found["outcome"], found[name], strict=True)) for name in ("count", "fen"))
    return {one: counts[one] for one in OUTCOMES if one in counts}, {one: fen[one] for one in OUTCOMES if one in fen}


def _report(session: Session, import_id: str, plan: Plan) -> None:
    """Every line of which something is to be said."""
    issues = plan.issues.unique(maintain_order=True)
    by_line: dict[int, list[dict[str, Any]]] = {}
    for line, code, column in issues.iter_rows():
        by_line.setdefault(line, []).append(describe(code, column))
    lines = plan.rows.select("line", "outcome", "amount_fen").filter(pl.col("line").is_in(issues["line"].implode()))
    rows = [
        {"import_id": import_id, "line": line, "outcome": outcome, "amount_fen": fen, "issues": by_line[line]}
        for line, outcome, fen in lines.iter_rows()
    ]
    for start in range(0, len(rows), BULK):
        session.execute(insert(PaymentImportRow), rows[start : start + BULK])
