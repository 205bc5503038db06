"""What the registry deletes when its time is over: never a person, a support, a case or an entry of the journal.

Sessions that ended, answers kept for repeated calls, activation secrets nobody used, counts of failures and of calls,
changes nobody can follow any more, and the rows of old imports' reports.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import case, or_, update
from sqlmodel import Session, col, select

from kit import idempotency
from kit.auth import Caller
from kit.columns import now
from kit.crypto import KeyRing
from kit.database import Database, reading, transaction
from kit.holds import Held, held
from kit.limits import FORGOTTEN as MINUTES
from kit.retention import Outcome, delete_rows, empty_log, record, turn, wipe
from kit.scope import NATION, below, prefix
from registry.access.account_tables import Account, AccountSession, Attempt, SpentHandle
from registry.access.attempts import FORGOTTEN
from registry.audit.store import note
from registry.changes import compact
from registry.changes import store as changes
from registry.changes.tables import Change, PastChange
from registry.imports.tables import Import, ImportRow
from registry.oversight.tables import Deletion, Hold, RetentionTurn
from registry.persons.merges import resolve
from registry.persons.store import identities
from registry.settings import CHINA, RegistrySettings
from registry.subscriptions.tables import Delivery
from registry.table import CallCount, IdempotencyKey

KEEPER = Caller("retention", "registry", NATION, frozenset(), "retention")
TITLES = {
    "sessions": "已结束的登录会话",
    "answers": "重复调用的留存答复",
    "activations": "过期未用的激活码",
    "counts": "登录失败与调用次数的计数",
    "superseded-changes": "同一对象较早的变更（保留最新一条）",
    "changes": "已不可再跟随的变更",
    "past-changes": "变更范围索引",
    "import-rows": "历史导入的逐行报告",
    "wake-ups": "变更通知的发送记录",
}


@dataclass(frozen=True)
class Keeper:
    """Database, keys and settings; `dry`: only say what would go."""

    database: Database
    ring: KeyRing
    settings: RegistrySettings
    dry: bool = False

    def back(self, days: float) -> datetime:
        """That many days ago."""
        return now() - timedelta(days=days)


def keep_time(keeper: Keeper) -> list[Outcome]:
    """Do the day's pass if it is due and nobody else is at it; what was deleted."""
    with turn(keeper.database, RetentionTurn, now().astimezone(CHINA).date()) as mine:
        return run(keeper) if mine else []


def run(keeper: Keeper) -> list[Outcome]:
    """One pass over all jobs; each is on record and in the journal."""
    with reading(keeper.database) as session:
        kept = _with_merged(session, held(session, Hold))
    outcomes = []
    for job in JOBS:
        outcome = job(keeper, kept)
        outcomes.append(outcome)
        if not keeper.dry:
            _keep_on_record(keeper, outcome)
    if not keeper.dry:
        empty_log(keeper.database)
    return outcomes


def _with_merged(session: Session, kept: Held) -> Held:
    """A hold on a person is one on everybody they were before, and on whom they became."""
    people = [resolve(session, one) for one in kept.of("person")]
    return replace(kept, things=kept.things | {("person", one) for one in identities(session, people)})


def _keep_on_record(keeper: Keeper, outcome: Outcome) -> None:
    with transaction(keeper.database) as session:
        row = record(session, Deletion, outcome)
        told = {"job": outcome.job, "before": outcome.before.isoformat(), "deleted": outcome.deleted}
        note(session, keeper.ring, KEEPER, "retention.delete", row.deletion_id, **told, held=outcome.held)


def _sessions(keeper: Keeper, _held: Held) -> Outcome:
    before = keeper.back(keeper.settings.session_keep_days)
    old = col(AccountSession.ended_at) < before
    ids = select(AccountSession.session_id).where(old)
    spent = delete_rows(keeper.database, SpentHandle, [col(SpentHandle.session_id).in_(ids)], dry=keeper.dry)
    ended = delete_rows(keeper.database, AccountSession, [old], dry=keeper.dry)
    return Outcome("sessions", before, {"sessions": ended, "handles": spent})


def _answers(keeper: Keeper, _held: Held) -> Outcome:
    before = now() - idempotency.KEPT
    old = [col(IdempotencyKey.created_at) < before]
    return Outcome("answers", before, {"answers": delete_rows(keeper.database, IdempotencyKey, old, dry=keeper.dry)})


def _activations(keeper: Keeper, _held: Held) -> Outcome:
    before = now()
    late = (col(Account.activation_until) < before, col(Account.activation_hash).is_not(None))
    with reading(keeper.database) as session:
        found = len(session.exec(select(Account.account_id).where(*late)).all())
    if found and not keeper.dry:
        with transaction(keeper.database) as session:
            wipe(session)
            session.execute(update(Account).where(*late).values(activation_hash=None, activation_until=None))
    return Outcome("activations", before, {"secrets": found})


def _counts(keeper: Keeper, _held: Held) -> Outcome:
    before = now() - FORGOTTEN
    minute = int(now().timestamp()) // 60 - MINUTES
    failures = delete_rows(keeper.database, Attempt, [col(Attempt.failed_at) < before], dry=keeper.dry)
    calls = delete_rows(keeper.database, CallCount, [col(CallCount.minute) < minute], dry=keeper.dry)
    return Outcome("counts", before, {"failures": failures, "calls": calls})


def _changes(keeper: Keeper, _held: Held) -> Outcome:
    """Nothing is lost of them but the place in the feed, so no hold keeps them."""
    before = keeper.back(keeper.settings.changes_kept_days)
    if keeper.dry:
        with reading(keeper.database) as session:
            newest = changes.position(session)
        old = [col(Change.recorded_at) < before, col(Change.seq) < newest]
        return Outcome("changes", before, {"changes": delete_rows(keeper.database, Change, old, dry=True)})
    gone = 0
    while True:
        with transaction(keeper.database) as session:
            wipe(session)
            some = changes.prune(session, before)
        gone += some
        if some < changes.BULK:
            return Outcome("changes", before, {"changes": gone})


def _superseded_changes(keeper: Keeper, _held: Held) -> Outcome:
    """Nothing is lost of them at all: the newest says as much."""
    before = keeper.back(keeper.settings.changes_whole_days)
    if keeper.dry:
        with reading(keeper.database) as session:
            return Outcome("superseded-changes", before, {"changes": compact.count(session, before)})
    gone = 0
    while True:
        with transaction(keeper.database) as session:
            some = compact.compact(session, before)
        gone += some
        if some < compact.BULK:
            return Outcome("superseded-changes", before, {"changes": gone})


def _past_changes(keeper: Keeper, kept: Held) -> Outcome:
    before = keeper.back(keeper.settings.records_keep_days)
    spared = [
        col(PastChange.subject).in_(kept.of("person") | kept.of("case")),
        *(below(col(PastChange.area), prefix(area)) for area in sorted(kept.areas)),
    ]
    return _but(keeper, Outcome("past-changes", before), (PastChange, col(PastChange.recorded_at) < before), spared)


def _import_rows(keeper: Keeper, kept: Held) -> Outcome:
    before = keeper.back(keeper.settings.records_keep_days)
    imports = select(Import.import_id).where(col(Import.created_at) < before)
    # The area of an import is its sender's: a held village may stand in any row of its county's file.
    with reading(keeper.database) as session:
        areas = {area for area in session.exec(select(Import.area).distinct()) if kept.touches(area)}
    whole = or_(col(Import.area).in_(areas), col(Import.import_id).in_(kept.of("import")))
    spared = [
        col(ImportRow.import_id).in_(select(Import.import_id).where(whole)),
        col(ImportRow.person_id).in_(kept.of("person")),
    ]
    return _but(keeper, Outcome("import-rows", before), (ImportRow, col(ImportRow.import_id).in_(imports)), spared)


def _but(keeper: Keeper, of: Outcome, rows: tuple[Any, Any], spared: Sequence[Any]) -> Outcome:
    """Delete the rows that are old and none of `spared`; these are counted as held."""
    table, old = rows
    keep = case((or_(*spared), 1), else_=0)  # so that what is not known counts as not held
    gone = delete_rows(keeper.database, table, [old, keep == 0], dry=keeper.dry)
    left = delete_rows(keeper.database, table, [old, keep == 1], dry=True)
    return replace(of, deleted={"rows": gone}, held=left)


def _wakings(keeper: Keeper, _held: Held) -> Outcome:
    """What became of a wake-up, once nothing more is to be sent of it; what it woke for stays where it is."""
    before = keeper.back(keeper.settings.webhook_keep_days)
    old = [col(Delivery.created_at) < before, col(Delivery.due_at).is_(None)]
    return Outcome("wake-ups", before, {"wake-ups": delete_rows(keeper.database, Delivery, old, dry=keeper.dry)})


JOBS: tuple[Callable[[Keeper, Held], Outcome], ...] = (
    _sessions, _answers, _activations, _counts, _superseded_changes, _changes, _past_changes, _import_rows,
    _wakings,
)  # fmt: skip
