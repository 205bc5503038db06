"""Writing a snapshot down, finding it, proving that it is what it was."""

import base64
import calendar
import gzip
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

import orjson
from sqlmodel import Session, col, func, select

from kit.auth import Caller
from kit.checkpoints import receipt
from kit.columns import new_id, now
from kit.crypto import KeyRing
from kit.keys_file import KeyProblem
from kit.problems import NotFound
from kit.scope import in_part, within
from registry.desk import Desk
from registry.ledger.problems import SecondPersonNeeded
from registry.settings import CHINA, today
from registry.snapshots.freeze import LINES, Ledger, digest_of
from registry.snapshots.problems import (
    MonthNotBegun,
    SnapshotBroken,
    SnapshotReported,
    SnapshotSigned,
    SnapshotUnsigned,
)
from registry.snapshots.schemas import SnapshotOut, SnapshotVerdictOut
from registry.snapshots.tables import Snapshot, SnapshotPart, SnapshotStep

SIGN, REPORT = "sign", "report"


def freeze(desk: Desk, area: str, month: str) -> Snapshot:
    """Freeze the ledger of an area as it stood at the end of the month; of the present month, as it stands now.

    Raises MonthNotBegun.
    """
    day = today(desk.settings)
    if month > f"{day:%Y-%m}":
        raise MonthNotBegun(month=month)
    moment, as_of = _cut_off(month, day)
    made = Ledger(desk.session, desk.ring, area, moment, as_of).freeze()
    number = f"{area}-{month.replace('-', '')}-{_before(desk.session, area, month) + 1}"
    head: dict[str, Any] = {"number": number, "area": area, "month": month, "cut_off": _moment(moment), **made.counts}
    row = Snapshot(
        snapshot_id=new_id(),
        **{**head, "cut_off": moment},
        due_on=due_on(month, desk.settings.ledger_report_day),
        parts=len(made.parts),
        digest=made.digest(head),
        frozen_at=now(),
        frozen_by=desk.caller.client_id,
    )
    desk.session.add(row)
    desk.session.flush()
    for number_of, part in enumerate(made.parts):
        context = f"{LINES}.{row.snapshot_id}.{number_of}"
        packed = base64.b64encode(gzip.compress(part, mtime=0)).decode()
        sealed = desk.ring.encrypt(packed, context)
        desk.session.add(
            SnapshotPart(part_id=new_id(), snapshot_id=row.snapshot_id, part=number_of, lines_sealed=sealed)
        )
    desk.session.flush()
    return row


def _cut_off(month: str, day: date) -> tuple[datetime, date]:
    """The moment of a month's ledger and the day it is judged by."""
    if month == f"{day:%Y-%m}":
        return now(), day
    last = _last_day(month)
    return datetime.combine(last + timedelta(days=1), time(), CHINA), last


def _moment(at: datetime) -> str:
    """One way to write a moment, whatever zone it came in."""
    return at.astimezone(CHINA).isoformat(timespec="microseconds")


def _last_day(month: str) -> date:
    year, number = int(month[:4]), int(month[5:])
    return date(year, number, calendar.monthrange(year, number)[1])


def due_on(month: str, report_day: int) -> date:
    """Until when a month's ledger is to be reported: that day of the month after it."""
    first = _last_day(month) + timedelta(days=1)
    return first.replace(day=min(report_day, calendar.monthrange(first.year, first.month)[1]))


def _before(session: Session, area: str, month: str) -> int:
    query = select(func.count()).select_from(Snapshot).where(col(Snapshot.area) == area, col(Snapshot.month) == month)
    return session.exec(query).one()


def find(session: Session, caller: Caller, snapshot_id: str) -> Snapshot:
    """A snapshot within the caller's area. Raises NotFound."""
    query = select(Snapshot).where(col(Snapshot.snapshot_id) == snapshot_id, within(caller, col(Snapshot.area)))
    found = session.exec(query).first()
    if found is None:
        raise NotFound
    return found


@dataclass(frozen=True)
class Narrowed:
    """What a list of snapshots is narrowed to."""

    area: str | None = None  # a subtree, as its leading digits
    month: str | None = None


def page(session: Session, caller: Caller, narrowed: Narrowed, before: str | None, limit: int) -> Sequence[Snapshot]:
    """Snapshots of the caller's area, the newest first."""
    query = select(Snapshot).where(within(caller, col(Snapshot.area)))
    if narrowed.area is not None:
        query = query.where(in_part(caller, col(Snapshot.area), narrowed.area))
    if narrowed.month is not None:
        query = query.where(col(Snapshot.month) == narrowed.month)
    if before is not None:
        query = query.where(col(Snapshot.snapshot_id) < before)
    return session.exec(query.order_by(col(Snapshot.snapshot_id).desc()).limit(limit)).all()


def steps_of(session: Session, snapshot_ids: Iterable[str]) -> dict[str, dict[str, SnapshotStep]]:
    """What was done with each snapshot, by action."""
    found: dict[str, dict[str, SnapshotStep]] = {}
    query = select(SnapshotStep).where(col(SnapshotStep.snapshot_id).in_(list(snapshot_ids)))
    for step in session.exec(query):
        found.setdefault(step.snapshot_id, {})[step.action] = step
    return found


def out(row: Snapshot, steps: dict[str, SnapshotStep], day: date) -> SnapshotOut:
    """A snapshot on the wire."""
    signed, reported = steps.get(SIGN), steps.get(REPORT)
    return SnapshotOut(
        **row.model_dump(exclude={"parts"}),
        signed_at=signed and signed.at,
        signed_by=signed and signed.actor,
        reported_at=reported and reported.at,
        reported_by=reported and reported.actor,
        late=(reported.on_day if reported else day) > row.due_on,
        receipts=[one.receipt for one in (signed, reported) if one],
    )


def part_of(session: Session, ring: KeyRing, row: Snapshot, part: int) -> bytes:
    """Some lines as they were frozen. Raises SnapshotBroken where they do not open."""
    where = (col(SnapshotPart.snapshot_id) == row.snapshot_id, col(SnapshotPart.part) == part)
    kept = session.exec(select(SnapshotPart).where(*where)).first()
    if kept is None:
        raise SnapshotBroken
    try:
        return gzip.decompress(base64.b64decode(ring.decrypt(kept.lines_sealed, f"{LINES}.{row.snapshot_id}.{part}")))
    except (KeyProblem, ValueError, OSError, EOFError):  # sealed otherwise, or no longer what was packed
        raise SnapshotBroken from None


def lines_of(session: Session, ring: KeyRing, row: Snapshot) -> list[dict[str, Any]]:
    """All its lines. Raises SnapshotBroken."""
    return [line for part in range(row.parts) for line in _read(part_of(session, ring, row, part))]


def _read(part: bytes) -> list[dict[str, Any]]:
    return [orjson.loads(line) for line in part.splitlines()]


def verify(session: Session, ring: KeyRing, row: Snapshot) -> SnapshotVerdictOut:
    """Reckon the digest and the counts anew from what is kept."""
    head = {
        "number": row.number, "area": row.area, "month": row.month, "cut_off": _moment(row.cut_off),
        "opened": row.opened, "closed": row.closed, "still_open": row.still_open, "overdue": row.overdue,
    }  # fmt: skip
    try:
        parts = [part_of(session, ring, row, part) for part in range(row.parts)]
    except SnapshotBroken:
        return SnapshotVerdictOut(holds=False, digest=row.digest, found="", lines=0)
    lines = sum(len(_read(part)) for part in parts)
    found = digest_of(head, parts)
    return SnapshotVerdictOut(
        holds=found == row.digest and lines == row.opened, digest=row.digest, found=found, lines=lines
    )


def sign(desk: Desk, row: Snapshot) -> SnapshotStep:
    """Signed off by another person than whoever froze it. Raises SnapshotSigned, SecondPersonNeeded, SnapshotBroken."""
    if SIGN in steps_of(desk.session, [row.snapshot_id]).get(row.snapshot_id, {}):
        raise SnapshotSigned
    if row.frozen_by == desk.caller.client_id:
        raise SecondPersonNeeded
    return _step(desk, row, SIGN)


def report(desk: Desk, row: Snapshot) -> SnapshotStep:
    """Reported upwards, once signed. Raises SnapshotUnsigned, SnapshotReported, SnapshotBroken."""
    steps = steps_of(desk.session, [row.snapshot_id]).get(row.snapshot_id, {})
    if SIGN not in steps:
        raise SnapshotUnsigned
    if REPORT in steps:
        raise SnapshotReported
    return _step(desk, row, REPORT)


def _step(desk: Desk, row: Snapshot, action: str) -> SnapshotStep:
    if not verify(desk.session, desk.ring, row).holds:
        raise SnapshotBroken
    at = now()
    claims = {
        "snapshot": row.number, "digest": row.digest, "opened": row.opened, "closed": row.closed,
        "still_open": row.still_open, "action": action, "by": desk.caller.client_id, "at": at.isoformat(),
    }  # fmt: skip
    step = SnapshotStep(
        step_id=new_id(),
        snapshot_id=row.snapshot_id,
        action=action,
        at=at,
        on_day=today(desk.settings),
        actor=desk.caller.client_id,
        receipt=receipt(desk.ring, claims),
    )
    desk.session.add(step)
    desk.session.flush()
    return step
