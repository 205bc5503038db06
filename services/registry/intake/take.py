"""The story of a file, whatever it says: open it, type its rows, begin its import or go on with one, plan and write.

What a kind of file does differently is handed in (`Intake`). A process that ends half way leaves whole chunks, and
sending the same file again goes on from there; one that was thought dead and is not cannot go on beside its successor.
"""

import hashlib
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any, Generic, TypeVar

from sqlmodel import Session

from kit.auth import Caller
from kit.columns import new_id, now
from kit.crypto import KeyRing
from kit.database import Database, transaction
from kit.lease import me
from kit.logs import get_logger
from kit.outages import outage
from kit.tables_in import Table
from registry.intake.headers import Headers
from registry.intake.issues import Rows
from registry.intake.opening import Refusals, opened
from registry.intake.store import Line, One, Shelf
from registry.table import take_turns

STOP_TRY_SECONDS = 1.0  # between two tries to note in a database that is away that an import stopped


@dataclass(frozen=True)
class Taking:
    """Who takes a file in, into what, for which day, with which bounds; `dry_run`: only to say what would be."""

    database: Database
    ring: KeyRing
    caller: Caller
    on: date
    chunk_rows: int
    max_rows: int
    dry_run: bool = field(default=False, kw_only=True)


Told = TypeVar("Told", bound=Taking)


@dataclass(frozen=True)
class Intake(Generic[Told, One, Line]):
    """A kind of file: its name, its columns, what is told of one that cannot be taken, where its imports stand, and
    what is done with it."""

    name: str
    headers: Headers[str]
    refusals: Refusals
    shelf: Shelf[One, Line]
    read: Callable[[Told, Table, Mapping[str, str]], Rows]  # types the cells, says what is wrong
    more: Callable[[Told], dict[str, Any]]  # what a new import holds beyond what every one does
    run: Callable[[Told, One, Rows], One]  # plans against the registry, writes unless it is a dry run, reports
    alone: Callable[[Session, Told], None] = lambda _session, _taking: None  # refuses beside others under way


def take(intake: Intake[Told, One, Line], taking: Told, content: bytes) -> One:
    """Take a file in. Raises what the kind refuses it with; then nothing was written."""
    table = opened(content, intake.headers.knows, taking.max_rows, intake.refusals)
    columns = intake.headers.found(table.headers)
    lacking = intake.headers.missing(columns)
    if lacking:
        raise intake.refusals.columns_wrong(missing=lacking, found=sorted(columns.values()))
    read = intake.read(taking, table, columns)
    row = _begun(intake, taking, hashlib.sha256(content).hexdigest(), _about(table, columns))
    log = get_logger(intake.name)
    log.info("import_started", import_id=row.import_id, rows=row.rows_total)
    try:
        done = intake.run(taking, row, read)
    except Exception:
        _stopped(intake, taking, row)
        raise
    log.info("import_done", import_id=done.import_id, rows=done.rows_done)
    return done


def _stopped(intake: Intake[Told, One, Line], taking: Told, row: One) -> None:
    """Note that it stopped half way, or, where the database is away, note it as soon as it is back: until then the row
    says that this process, which lives, is still at it, and nobody else could go on."""
    try:
        _note_stop(intake, taking, row)
    except Exception as trouble:
        if outage(trouble) is None:
            raise
        threading.Thread(target=_stop_later, args=(intake, taking, row), name="import-stopped", daemon=True).start()


def _note_stop(intake: Intake[Told, One, Line], taking: Told, row: One) -> None:
    with transaction(taking.database) as session:
        intake.shelf.fail(session, row)


def _stop_later(intake: Intake[Told, One, Line], taking: Told, row: One) -> None:
    """Try until it is noted, or until it counts as abandoned anyway."""
    until = time.monotonic() + intake.shelf.abandoned.total_seconds()
    while time.monotonic() < until:
        time.sleep(STOP_TRY_SECONDS)
        try:
            _note_stop(intake, taking, row)
        except Exception as trouble:
            if outage(trouble) is None:
                raise
        else:
            return


def _about(table: Table, columns: Mapping[str, str]) -> dict[str, Any]:
    return {"rows_total": table.frame.height, "columns": columns, "skipped": asdict(table.skipped)}


def _begun(intake: Intake[Told, One, Line], taking: Told, digest: str, about: Mapping[str, Any]) -> One:
    """A new import, or the same file's that stopped half way. Raises `running`."""
    with transaction(taking.database) as session:
        take_turns(session, intake.name)
        row = None
        if not taking.dry_run:
            intake.alone(session, taking)
            row = intake.shelf.unfinished(session, taking.caller, digest)
        if row is None:
            row = intake.shelf.imports(
                import_id=new_id(),
                dry_run=taking.dry_run,
                digest=digest,
                area=taking.caller.area,
                client_id=taking.caller.client_id,
                rows_done=0,
                counts={},
                created_at=now(),
                **about,
                **intake.more(taking),
            )
        row.state, row.touched_at, row.holder, row.fence = "running", now(), me(), row.fence + 1
        session.add(row)
        session.flush()
    return row
