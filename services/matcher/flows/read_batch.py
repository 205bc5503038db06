"""The worker reads a delivery: rows, outcomes and facts into sealed chunks, guards, and on to linking.

Safe to repeat: the files are written again with the same content, and the state moves only under the lease.
"""

from dataclasses import asdict, dataclass

from kit.columns import now
from kit.database import reading, transaction
from kit.lease import claim, renew
from kit.logs import get_logger
from kit.problems import Problem
from matcher.batches import store
from matcher.batches.states import WAITING, move
from matcher.batches.tables import Batch
from matcher.feeds.facts import facts_of
from matcher.feeds.feed import load_feed
from matcher.feeds.read import Reading, read
from matcher.flows.desk import Desk

_log = get_logger("read_batch")


@dataclass(frozen=True)
class BatchHold:
    """A batch under our lease."""

    desk: Desk
    batch: Batch
    token: int


def read_next_batch(desk: Desk, worker: str) -> bool:
    """Read the oldest delivery that waits. True when there was one."""
    with transaction(desk.database) as session:
        batch = claim(session, Batch, WAITING, worker, desk.settings.lease_seconds)
        if batch is None:
            return False
        move(batch, "validating")
        batch.step_started_at, batch.rows_done = now(), 0
        held = BatchHold(desk, batch, batch.fencing_token)
    try:
        _read(held)
    except Problem as problem:
        # Not readable as what it was said to be: the sender's matter, told by its code.
        _reject(held, problem.code)
    except Exception as error:
        _log.error("read_failed", batch_id=held.batch.id, exc_info=error)
        with transaction(desk.database) as session:
            store.note_failure(
                store.held(session, held.batch.id, held.token), type(error).__name__, desk.settings.max_attempts
            )
    return True


def _read(held: BatchHold) -> None:
    desk, batch = held.desk, held.batch
    feed = load_feed(batch.feed, batch.feed_version)
    found = read(desk.files.delivery(batch.id), feed, batch.media_type, batch.id)
    chunks = desk.files.write_records(
        batch.id, found.records, desk.settings.chunk_rows, lambda done: _checkpoint(held, found, done)
    )
    desk.files.write_rows(batch.id, found.rows)
    desk.files.write_facts(batch.id, facts_of(found.records, feed, batch.id))
    with transaction(desk.database) as session:
        row = store.held(session, batch.id, held.token)
        row.chunks, row.rows_total, row.rows_done = chunks, found.rows.height, found.rows.height
        row.outcomes, row.reading = dict(found.counts), _understood(found)
        row.attempts, row.error, row.leased_by, row.leased_until = 0, None, None, None
        move(row, "validated")
        if row.mode == "commit":
            row.held_for = guards(row, store.last_snapshot(session, row), desk) or None
            move(row, "needs_confirmation" if row.held_for else "committed")
        session.add(row)
    _log.info("batch_read", batch_id=batch.id, feed=batch.feed, rows=found.rows.height)


def guards(batch: Batch, last: Batch | None, desk: Desk) -> list[str]:
    """Why a snapshot must be confirmed by a human before it replaces the last one; [] when it need not.

    A truncated file must never end everybody's record. The first snapshot of a feed replaces nothing.
    """
    if last is None or batch.load != "snapshot":
        return []
    total, before = batch.rows_total or 0, last.rows_total or 0
    found = []
    if total < before * (1 - desk.settings.guard_row_loss):
        found.append("rows-lost")
    if total and batch.outcomes.get("rejected", 0) > total * desk.settings.guard_rejects:
        found.append("rows-rejected")
    if batch.extracted_at and last.extracted_at and batch.extracted_at < last.extracted_at:
        found.append("extract-older")
    return found


def _checkpoint(held: BatchHold, found: Reading, done: int) -> None:
    with transaction(held.desk.database) as session:
        renew(session, Batch, held.batch.id, held.token, held.desk.settings.lease_seconds)
        row = store.held(session, held.batch.id, held.token)
        row.rows_total, row.rows_done = found.rows.height, done
        session.add(row)


def _understood(found: Reading) -> dict[str, object]:
    """How the file was understood, for its sender: no cell of it."""
    return {
        "columns": dict(found.columns),
        "issues": dict(found.issues),
        "skipped": asdict(found.skipped),
        "kind": found.kind,
        "encoding": found.encoding,
    }


def _reject(held: BatchHold, code: str) -> None:
    with transaction(held.desk.database) as session:
        row = store.held(session, held.batch.id, held.token)
        row.error, row.leased_by, row.leased_until = code, None, None
        move(row, "rejected")
        session.add(row)
    _log.info("batch_rejected", batch_id=held.batch.id, code=code)


def waiting(desk: Desk) -> bool:
    """Whether a delivery is about to be read: then screening can wait for it."""
    with reading(desk.database) as session:
        return store.any_due(session, WAITING)
