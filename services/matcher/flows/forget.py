"""What the matcher deletes when its time is over, once a day, by whichever worker comes first.

Rows of superseded snapshots go record by record: their chunks are written anew without them, and their links and facts
go with them. What a lead rests on stays as long as the lead and its case, and then a while; its evidence stays for
good, in the finding. Rows in: every outcome counted at the reading stays counted.
"""

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import and_, or_, update
from sqlmodel import col, select

from kit import idempotency
from kit.auth import Caller
from kit.columns import now
from kit.database import reading, transaction
from kit.holds import Held, held
from kit.lease import me
from kit.limits import FORGOTTEN as MINUTES
from kit.retention import Outcome, delete_rows, empty_log, record, turn, wipe
from kit.scope import NATION
from matcher.audit.store import note
from matcher.audit.tables import CallCount, Idempotency
from matcher.batches import ends, parts, store
from matcher.batches.states import LIVE, move
from matcher.batches.tables import Batch
from matcher.flows.desk import BEIJING, Desk, Hold, hold
from matcher.flows.forget_rows import Going, forget_rows, keeping, rows_going
from matcher.links.tables import Link
from matcher.models.tables import ModelJob
from matcher.profiles.tables import ScreenSimulation
from matcher.retention import tables
from matcher.subscriptions.tables import Delivery

KEEPER = Caller("retention", "matcher", NATION, frozenset(), "retention")
TITLES = {
    "rows": "已被新快照取代或被增量注销、未入登记库且无线索的数据行",
    "superseded": "已被新快照取代或被增量注销、已入登记库的数据行",
    "deliveries": "部门报送的原始文件",
    "uploads": "未完成的分片上传",
    "previews": "模型预览样本、筛查参数试算样本",
    "answers": "重复调用的留存答复",
    "counts": "调用次数的计数",
    "wake-ups": "通知（webhook）的发送记录",
}
NEVER_COUNTED = ("rejected", "cancelled", "failed", "unchanged", "validated", "expired")
COUNTED = (*LIVE, "rolled_back")


@dataclass(frozen=True)
class Keeper:
    """The desk; `held` the standing row, without which nothing is deleted: then it is only said what would go."""

    desk: Desk
    kept: Held
    standing: Hold | None

    @property
    def dry(self) -> bool:
        """Whether this is a rehearsal."""
        return self.standing is None

    def back(self, days: float) -> datetime:
        """That many days ago."""
        return now() - timedelta(days=days)


def keep_time(desk: Desk, worker: str | None = None) -> list[Outcome]:
    """Do the day's pass if it is due and nobody else is at it; what was deleted."""
    with turn(desk.database, tables.RetentionTurn, now().astimezone(BEIJING).date()) as mine:
        return run(desk, worker) if mine else []


def run(desk: Desk, worker: str | None = None, *, dry: bool = False) -> list[Outcome]:
    """One pass over all jobs, on record and in the journal. Raises Busy when another worker is at the records."""
    with nullcontext() if dry else hold(desk, worker or me()) as standing:
        if standing is None and not dry:
            raise Busy
        with reading(desk.database) as session:
            keeper = Keeper(desk, held(session, tables.Hold), standing)
        outcomes = []
        for job in JOBS:
            outcomes += job(keeper)
    if not dry:
        _keep_on_record(desk, outcomes)
        empty_log(desk.database)
    return outcomes


class Busy(Exception):
    """Somebody else holds the standing row: the pass is made at the next look."""


def _keep_on_record(desk: Desk, outcomes: list[Outcome]) -> None:
    for outcome in outcomes:
        with transaction(desk.database) as session:
            row = record(session, tables.Deletion, outcome)
            told = {"job": outcome.job, "before": outcome.before.isoformat(), "deleted": outcome.deleted}
            note(session, desk.ring, KEEPER, "retention.delete", row.deletion_id, **told, held=outcome.held)


def _rows(keeper: Keeper) -> list[Outcome]:
    """Rows nobody is the subject of any more, and later those of registered people too."""
    desk, told = keeper.desk, keeper.desk.settings
    found = {
        "rows": Outcome("rows", keeper.back(told.unmatched_keep_days), {"rows": 0, "batches": 0}),
        "superseded": Outcome("superseded", keeper.back(told.superseded_keep_days), {"rows": 0, "batches": 0}),
    }
    with reading(desk.database) as session:
        ground = keeping(session, keeper.kept, keeper.back(told.lead_keep_days))
        earliest = max(one.before for one in found.values())
        over = or_(col(Batch.superseded_at) < earliest, col(Batch.id).in_(ends.ended_before(earliest)))
        batches = list(session.exec(select(Batch).where(over).order_by(Batch.id)))
    for batch in batches:
        with reading(desk.database) as session:
            going = rows_going(session, ground, batch, {name: one.before for name, one in found.items()})
        if keeper.standing is not None and going.lines:
            forget_rows(keeper.standing, batch, going)
        for name, one in found.items():
            found[name] = _added(one, going, name)
    return list(found.values())


def _added(one: Outcome, going: Going, name: str) -> Outcome:
    own = len(going.by_job.get(name, ()))
    counts = {"rows": one.deleted["rows"] + own, "batches": one.deleted["batches"] + bool(own)}
    return replace(one, deleted=counts, held=one.held + going.held.get(name, 0))


def _deliveries(keeper: Keeper) -> list[Outcome]:
    """The file as it came is read once. A delivery that never counted goes with everything that was read of it."""
    desk = keeper.desk
    before = keeper.back(desk.settings.delivery_keep_days)
    old = (col(Batch.created_at) < before, col(Batch.changed_at) < before)
    states = col(Batch.state).in_((*COUNTED, *NEVER_COUNTED))
    with reading(desk.database) as session:
        rows = list(session.exec(select(Batch).where(*old, states, col(Batch.file_deleted_at).is_(None))))
        people = sorted(keeper.kept.of("subject"))
        spared = set(session.exec(select(Link.batch_id).where(col(Link.subject_id).in_(people))))
    kept = [one for one in rows if _is_held(keeper.kept, one) or one.id in spared]
    going = [one for one in rows if one not in kept]
    for batch in going if keeper.standing is not None else ():
        _forget_delivery(keeper, batch)
    whole = sum(one.state in NEVER_COUNTED for one in going)
    return [Outcome("deliveries", before, {"files": len(going), "never-counted": whole}, len(kept))]


def _forget_delivery(keeper: Keeper, batch: Batch) -> None:
    files = keeper.desk.files
    if batch.state in NEVER_COUNTED:
        files.discard(batch.id)
    else:
        files.discard_delivery(batch.id)
    assert keeper.standing is not None
    with keeper.standing.writing() as session:
        row = session.get_one(Batch, batch.id)
        row.file_deleted_at = now()
        session.add(row)


def _uploads(keeper: Keeper) -> list[Outcome]:
    """An upload nobody went on with has expired, and leaves nothing but its row, which says so."""
    at = now()
    past = and_(col(Batch.state) == "open", col(Batch.expires_at) < at)
    halfway = and_(col(Batch.state) == "expired", col(Batch.file_deleted_at).is_(None))  # of a pass that was killed
    with reading(keeper.desk.database) as session:
        found = list(session.exec(select(Batch).where(or_(past, halfway)).order_by(Batch.id)))
    going = [one for one in found if not _is_held(keeper.kept, one)]
    gone = sum(_expire(keeper, keeper.standing, one.id) for one in going) if keeper.standing is not None else len(going)
    return [Outcome("uploads", at, {"uploads": gone}, len(found) - len(going))]


def _expire(keeper: Keeper, standing: Hold, batch_id: str) -> bool:
    """First no part is taken any more, then they go. False where one came meanwhile."""
    with standing.writing() as session:
        row = store.to_move(session, batch_id)
        if row.state == "open" and row.expires_at is not None and row.expires_at < now():
            move(row, "expired")
            row.error = "upload-expired"
            session.add(row)
        if row.state != "expired":
            return False
    keeper.desk.files.discard(batch_id)
    with standing.writing() as session:
        parts.forget(session, batch_id)
        row = store.to_move(session, batch_id)
        row.file_deleted_at = now()
        session.add(row)
    return True


def _is_held(kept: Held, batch: Batch) -> bool:
    return kept.has("batch", batch.id) or kept.touches(batch.area)


def _previews(keeper: Keeper) -> list[Outcome]:
    """A preview's or a simulation's figures stay; those it shows of are gone once nothing can be put in force by it."""
    before = now() - timedelta(hours=keeper.desk.settings.preview_keep_hours)
    counts = [_samples(keeper, table, before) for table in (ModelJob, ScreenSimulation)]
    return [Outcome("previews", before, {"samples": sum(gone for gone, _ in counts)}, sum(kept for _, kept in counts))]


def _samples(keeper: Keeper, table: type[ModelJob | ScreenSimulation], before: datetime) -> tuple[int, int]:
    """How many samples of one table go, and how many are held."""
    old = (col(table.ended_at) < before, col(table.sample).is_not(None))
    # Whose records a sample shows is sealed in it: any hold on people or deliveries keeps it.
    cautious = bool(keeper.kept.things)
    with reading(keeper.desk.database) as session:
        found = session.execute(select(table.id, table.area).where(*old)).all()
    kept = [one for one, area in found if cautious or keeper.kept.touches(area)]
    going = [one for one, _ in found if one not in kept]
    if going and keeper.standing is not None:
        with keeper.standing.writing() as session:
            wipe(session)
            session.execute(update(table).where(col(table.id).in_(going)).values(sample=None))
    return len(going), len(kept)


def _answers(keeper: Keeper) -> list[Outcome]:
    before = now() - idempotency.KEPT
    old = [col(Idempotency.created_at) < before]
    return [
        Outcome("answers", before, {"answers": delete_rows(keeper.desk.database, Idempotency, old, dry=keeper.dry)})
    ]


def _counts(keeper: Keeper) -> list[Outcome]:
    minute = int(now().timestamp()) // 60 - MINUTES
    calls = delete_rows(keeper.desk.database, CallCount, [col(CallCount.minute) < minute], dry=keeper.dry)
    return [Outcome("counts", now() - timedelta(minutes=MINUTES), {"calls": calls})]


def _wakings(keeper: Keeper) -> list[Outcome]:
    """What became of a wake-up, once nothing more is to be sent of it; what it woke for stays where it is."""
    before = keeper.back(keeper.desk.settings.webhook_keep_days)
    old = [col(Delivery.created_at) < before, col(Delivery.due_at).is_(None)]
    return [Outcome("wake-ups", before, {"wake-ups": delete_rows(keeper.desk.database, Delivery, old, dry=keeper.dry)})]


JOBS: tuple[Callable[[Keeper], list[Outcome]], ...] = (
    _rows, _deliveries, _uploads, _previews, _answers, _counts, _wakings,
)  # fmt: skip
