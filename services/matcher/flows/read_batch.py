"""The worker reads a delivery: rows, outcomes and facts into sealed chunks, guards, and on to linking.

Safe to repeat: the files are written again with the same content, and the state moves only under the lease.
"""

import time
from dataclasses import dataclass

from kit.columns import now
from kit.database import reading, transaction
from kit.lease import claim, renew, still_ours
from kit.logs import get_logger
from kit.problems import Problem
from kit.traces import begun
from matcher.batches import store
from matcher.batches.states import WAITING, move
from matcher.batches.tables import Batch
from matcher.feeds.facts import facts_of
from matcher.feeds.feed import Feed, FileUnreadable
from matcher.feeds.lines import settle_delta
from matcher.feeds.read import Reading, read
from matcher.flows.agreed_feeds import map_of
from matcher.flows.desk import BEIJING, WORKER, Desk
from matcher.flows.guard_batch import guards_of
from matcher.flows.present_line import LineMoved, present_records

_log = get_logger("read_batch")
ROWS_REJECTED = "rows-rejected"  # the whole of a delivery that counts as a whole or not at all


@dataclass(frozen=True)
class BatchHold:
    """A batch under our lease."""

    desk: Desk
    batch: Batch
    token: int


def read_next_batch(desk: Desk, worker: str) -> bool:
    """Read the oldest delivery that waits. True when there was one."""
    with transaction(desk.database) as session:
        batch = claim(session, Batch, WAITING, worker, desk.settings.lease_seconds, store.its_turn(), idle=True)
        if batch is None:
            return False
        move(batch, "validating")
        batch.step_started_at, batch.rows_done = now(), 0
        held = BatchHold(desk, batch, batch.fencing_token)
    with begun(WORKER, "read_batch", parent=batch.trace, batch_id=batch.id, feed=batch.feed):
        _try(held)
    return True


def _try(held: BatchHold) -> None:
    desk = held.desk
    try:
        _read(held)
    except Problem as problem:
        # Not readable as what it was said to be: the sender's matter, told by its code.
        _reject(held, problem.code, told=problem)
    except Exception as error:
        _log.error("read_failed", batch_id=held.batch.id, exc_info=error)
        with transaction(desk.database) as session:
            store.note_failure(still_ours(session, Batch, held.batch.id, held.token), error, desk.settings.max_attempts)


def _read(held: BatchHold) -> None:
    desk, batch, began = held.desk, held.batch, time.monotonic()
    feed = map_of(desk.database, batch)
    on = batch.created_at.astimezone(BEIJING).date()  # of the delivery: read again, it gives the same answer
    found = read(desk.files.delivery(batch.id), feed, batch.media_type, batch.id, on)
    desk.files.forget_figures(batch.id)
    if batch.atomicity == "batch" and found.counts.get("rejected"):
        desk.files.write_rows(batch.id, found.rows)
        _reject(held, ROWS_REJECTED, found)
        return
    if batch.load == "delta":
        settled = settle_delta(found, feed, present_records(desk, batch))
        desk.files.write_keys(batch.id, settled.keys)
        found = settled.reading
    chunks = _write(held, feed, found)
    with reading(desk.database) as session:
        last = store.last_snapshot(session, batch)
    batch.account(found.rows.height, found.counts)
    tripped = guards_of(desk, batch, found.records, last)
    with transaction(desk.database) as session:
        row = still_ours(session, Batch, batch.id, held.token)
        present = store.last_snapshot(session, row)
        if (present and present.id) != (last and last.id):
            raise LineMoved
        row.account(found.rows.height, found.counts)
        row.reading, row.chunks, row.rows_done = _understood(found), chunks, found.rows.height
        row.read_seconds = time.monotonic() - began
        row.held_for, row.held_figures = list(tripped) or None, tripped or None
        store.set_to_wait(row)
        move(row, "validated")
        if row.mode == "commit":
            move(row, "needs_confirmation" if tripped else "committed")
        session.add(row)
    _log.info("batch_read", batch_id=batch.id, feed=batch.feed, rows=found.rows.height)


def _write(held: BatchHold, feed: Feed, found: Reading) -> int:
    """Records, rows and facts into sealed files; the number of chunks."""
    desk, batch = held.desk, held.batch
    with transaction(desk.database) as session:  # who slept through its lease leaves its follower's files alone
        renew(session, Batch, batch.id, held.token, desk.settings.lease_seconds)
    chunks = desk.files.write_records(
        batch.id, found.records, desk.settings.chunk_rows, lambda done: _checkpoint(held, found, done)
    )
    desk.files.write_rows(batch.id, found.rows)
    desk.files.write_facts(batch.id, facts_of(found.records, feed, batch.id))
    return chunks


def _checkpoint(held: BatchHold, found: Reading, done: int) -> None:
    with transaction(held.desk.database) as session:
        renew(session, Batch, held.batch.id, held.token, held.desk.settings.lease_seconds)
        row = still_ours(session, Batch, held.batch.id, held.token)
        row.account(found.rows.height, found.counts)
        row.rows_done = done
        session.add(row)


def _understood(found: Reading) -> dict[str, object]:
    """How the file was understood, for its sender: no cell of it."""
    return found.understood()


def _reject(held: BatchHold, code: str, found: Reading | None = None, told: Problem | None = None) -> None:
    """`found`: what was read of it before; each row keeps its own outcome, none of them counts. `told`: what the reader
    said of the file, which its sender is told in full."""
    with transaction(held.desk.database) as session:
        row = still_ours(session, Batch, held.batch.id, held.token)
        if found is not None:
            row.account(found.rows.height, found.counts)
            row.reading, row.rows_done = _understood(found), found.rows.height
        row.error, row.leased_by, row.leased_until = code, None, None
        row.refusal = told.args_by_name if isinstance(told, FileUnreadable) else None  # none of its texts holds a cell
        move(row, "rejected")
        session.add(row)
    _log.info("batch_rejected", batch_id=held.batch.id, code=code)


def waiting(desk: Desk) -> bool:
    """Whether a delivery is about to be read: then screening can wait for it."""
    with reading(desk.database) as session:
        return store.any_to_read(session)
