"""Which rows that count no more (of a superseded delivery, or ended by a delta) have had their time, and how they are
deleted: for good, and accounted for."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

import orjson
import polars as pl
from sqlalchemy import delete, or_
from sqlmodel import Session, col, select

from kit.columns import now
from kit.database import reading
from kit.holds import Held
from kit.retention import wipe
from matcher.batches import ends
from matcher.batches.tables import Batch
from matcher.flows.desk import Desk, Hold
from matcher.flows.draft_reviews import PEOPLE, RECORD
from matcher.flows.judge_batch import keep_figures
from matcher.flows.queue_reviews import SIDES
from matcher.leads.tables import Lead
from matcher.links.tables import Link
from matcher.people import store as people
from matcher.reviews.rule import DEFERRED, OPEN
from matcher.reviews.tables import Doubt, Review

CHUNK = 5000
NO_ISSUES = "[]"


@dataclass(frozen=True)
class Ground:
    """Whose rows stay: subjects of leads that live, or closed lately; subjects and cases under hold; open doubts."""

    kept: Held
    survivors: dict[str, str]
    registered: frozenset[str]  # subjects who are people of the registry by now
    leads: frozenset[str] = frozenset()
    held: frozenset[str] = frozenset()
    asked: frozenset[str] = frozenset()  # "batch:line" of records a human is being asked about

    def whom(self, subject: str) -> str:
        """Who a subject is now."""
        return self.survivors.get(subject, subject)


@dataclass(frozen=True)
class Going:
    """Lines of one batch whose time is over, by job; and how many a hold keeps."""

    by_job: Mapping[str, list[int]] = field(default_factory=dict)
    held: Mapping[str, int] = field(default_factory=dict)

    @property
    def lines(self) -> list[int]:
        """All of them."""
        return sorted(line for lines in self.by_job.values() for line in lines)


def keeping(session: Session, kept: Held, closed_before: datetime) -> Ground:
    """What keeps rows, read once."""
    redirects = people.redirects(session)
    survivors = dict(redirects.select("subject_id", "survivor_id").iter_rows())
    known = frozenset(redirects.filter(pl.col("registered"))["subject_id"])
    alive = or_(
        col(Lead.state) == "open",
        (col(Lead.case_id).is_not(None)) & (col(Lead.case_state).is_distinct_from("closed")),
        col(Lead.changed_at) >= closed_before,
    )
    listed = session.exec(select(Lead.subject_id).where(alive))
    of_cases = session.exec(select(Lead.subject_id).where(col(Lead.case_id).in_(kept.of("case")))).all()
    doubts = session.exec(select(Doubt.places).where(col(Doubt.state).in_((OPEN, DEFERRED))))

    ground = Ground(kept, survivors, known, asked=frozenset(place for places in doubts for place in places))
    return replace(
        ground,
        leads=frozenset(map(ground.whom, listed)),
        held=frozenset(map(ground.whom, [*kept.of("subject"), *of_cases])),
    )


def rows_going(session: Session, ground: Ground, batch: Batch, before: Mapping[str, datetime]) -> Going:
    """The lines of `batch` whose time is over, by job: `rows` in no registry, `superseded` the others."""
    ended = ends.since(session, batch.id)
    whole = ground.kept.has("batch", batch.id) or ground.kept.touches(batch.area)
    going: dict[str, list[int]] = {name: [] for name in before}
    kept = dict.fromkeys(before, 0)
    columns = (Link.line, Link.subject_id, Link.registered)
    for line, subject, registered in session.execute(select(*columns).where(col(Link.batch_id) == batch.id)):
        who = ground.whom(subject)
        job = "superseded" if registered or subject in ground.registered else "rows"
        since = min((at for at in (batch.superseded_at, ended.get(line)) if at is not None), default=None)
        if since is None or since >= before[job] or who in ground.leads or f"{batch.id}:{line}" in ground.asked:
            continue
        if whole or who in ground.held:
            kept[job] += 1
        else:
            going[job].append(line)
    return Going(going, kept)


def forget_rows(hold: Hold, batch: Batch, going: Going) -> None:
    """Delete these lines' records, facts, keys, links and pairs. Files first: whoever is killed between the two finds
    the links still there the next day, and does it again."""
    lines = going.lines
    with reading(hold.desk.database) as session:
        keep_figures(session, hold.desk.files, batch)  # of the delivery as it was
    _rewrite(hold.desk, batch, pl.Series("gone", lines, dtype=pl.Int32))
    with hold.writing() as session:
        wipe(session)
        for start in range(0, len(lines), CHUNK):
            some = lines[start : start + CHUNK]
            for table in (Link, Review):
                session.execute(delete(table).where(col(table.batch_id) == batch.id, col(table.line).in_(some)))
        _empty_sides(session, hold.desk, batch, set(lines))
        row = session.get_one(Batch, batch.id)
        row.rows_deleted, row.rows_deleted_at = row.rows_deleted + len(lines), now()
        session.add(row)
        standing = people.standing(session)
        standing.linkings += 1  # whoever keeps the unregistered in memory reads them anew
        session.add(standing)
    hold.desk.unregistered.kept = None


def _rewrite(desk: Desk, batch: Batch, gone: pl.Series) -> None:
    """The files of the batch without these lines. The report keeps the line and its outcome, not the sender's key."""
    desk.files.rewrite(batch.id, batch.chunks, lambda frame: frame.filter(~pl.col("line").is_in(gone.implode())))
    is_gone = pl.col("line").is_in(gone.implode())
    key = pl.when(is_gone).then(None).otherwise(pl.col("row_key")).alias("row_key")
    issues = pl.when(is_gone).then(pl.lit(NO_ISSUES)).otherwise(pl.col("issues")).alias("issues")
    desk.files.write_rows(batch.id, desk.files.rows(batch.id).with_columns(key, issues))


def _empty_sides(session: Session, desk: Desk, batch: Batch, lines: set[int]) -> None:
    """Doubts about a deleted row keep what was asked and answered, not the row; none of them is open."""
    told = select(Doubt).where(col(Doubt.batch_id) == batch.id, col(Doubt.state).not_in((OPEN, DEFERRED)))
    for doubt in session.exec(told):
        if doubt.line in lines:
            nobody: dict[str, dict[str, str]] = {one["person_id"]: {} for one in doubt.candidates}
            doubt.sides = desk.ring.encrypt(orjson.dumps({RECORD: {}, PEOPLE: nobody}).decode(), SIDES)
            session.add(doubt)
