"""What is particular to taking a payout list in: compared whole with what is on record, written chunk by chunk.

Each chunk is one transaction; a process killed half way leaves whole payments. Two lists of one place are never taken
at the same time, so that the comparison stays true while it is written.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl
from sqlalchemy import update
from sqlmodel import col

from kit.bulk import insert_frame
from kit.columns import now
from kit.database import reading, transaction
from kit.tables_in import Table
from registry.audit.store import note
from registry.changes.store import Touched
from registry.changes.store import append as tell
from registry.intake import take as intake
from registry.intake.issues import Rows, explained
from registry.intake.opening import Refusals
from registry.payments import known, store
from registry.payments.headers import COLUMNS
from registry.payments.issues import KINDS
from registry.payments.plan import OUTCOMES, Plan, Refs, make_plan
from registry.payments.problems import (
    PayoutColumnsWrong,
    PayoutListTooLong,
    PayoutListUnreadable,
    PayoutProgrammeMissing,
)
from registry.payments.reading import Context, read_rows
from registry.payments.tables import Payment, PaymentImport

BULK = 2000
WRITTEN = (
    "payment_id", "version", "month", "programme", "kind", "area", "person_id", "household_id", "household_number",
    "name", "party_id", "payee", "account_id", "bank", "amount_fen", "paid_on", "serial", "bank_return",
    "return_reason", "returned_on", "source_line",
)  # fmt: skip


@dataclass(frozen=True)
class Taking(intake.Taking):
    """Who imports, into what, with which bounds, on which day; `programme` is that of a list without such a column."""

    programme: str | None = None


def take(taking: Taking, content: bytes) -> PaymentImport:
    """Take a payout list in. Raises the problems of `payments.problems`; then nothing was written."""
    return intake.take(PAYOUTS, taking, content)


def _read(taking: Taking, table: Table, columns: Mapping[str, str]) -> Rows:
    if "programme" not in columns and taking.programme is None:
        raise PayoutProgrammeMissing
    return read_rows(table, columns, Context(taking.caller, taking.on, taking.programme))


def _run(taking: Taking, row: PaymentImport, read: Rows) -> PaymentImport:
    plan = _planned(taking, row, read)
    if not taking.dry_run:
        _write(taking, row, plan)
    return _finish(taking, row, plan)


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
            insert_frame(session, Payment.__table__, piece.select(WRITTEN), alike)  # type: ignore[attr-defined] # SQLModel's
            done += piece.height
            store.SHELF.move_on(session, row, "running", rows_done=done)


def _finish(taking: Taking, row: PaymentImport, plan: Plan) -> PaymentImport:
    """The report, the sums, the news of it: once everything is written."""
    rows = plan.rows
    with transaction(taking.database) as session:
        store.SHELF.report(session, row, _report(plan))
        counts, fen = sums(rows)
        done = store.SHELF.move_on(session, row, "done", rows_done=rows.height, counts=counts, fen=fen)
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
    return done


def sums(rows: pl.DataFrame) -> tuple[dict[str, int], dict[str, int]]:
    """Lines and fen by outcome; each sums to what the file holds (an amount that cannot be read is none)."""
    found = rows.group_by("outcome").agg(count=pl.len(), fen=pl.col("amount_fen").sum())
    counts, fen = (dict(zip(found["outcome"], found[name], strict=True)) for name in ("count", "fen"))
    return {one: counts[one] for one in OUTCOMES if one in counts}, {one: fen[one] for one in OUTCOMES if one in fen}


def _report(plan: Plan) -> pl.DataFrame:
    """Every line of which something is to be said."""
    said = plan.rows.filter(pl.col("line").is_in(plan.issues["line"].implode()))
    return explained(said.select("line", "outcome", "amount_fen"), KINDS, plan.issues)


PAYOUTS = intake.Intake(
    name="payments",
    headers=COLUMNS,
    refusals=Refusals(PayoutListUnreadable, PayoutColumnsWrong, PayoutListTooLong),
    shelf=store.SHELF,
    read=_read,
    more=lambda _: {"fen": {}},
    run=_run,
    alone=lambda session, taking: store.check_alone(session, taking.caller),
)
