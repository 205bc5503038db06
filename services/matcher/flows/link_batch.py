"""A batch's records are linked: to the registry's people, and those nobody knows to one another.

Each batch is linked against everybody by itself; the records in no registry, of all batches and feeds, are one pool
(flows.unregistered), in which only what the batch touches is gathered anew. So the result depends on who is known and
what was delivered, never on the order in which it came, and a person three agencies report is one subject. Ids stay
with their people (people.settle).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import polars as pl
from sqlmodel import Session

from kit.columns import now
from kit.database import reading
from kit.logs import get_logger
from kit.traces import begun
from matcher.batches import alerts, ends
from matcher.batches import store as batches
from matcher.batches.states import READY, move
from matcher.batches.tables import Batch
from matcher.certificates import store as certificates
from matcher.flows import linking_engine
from matcher.flows.certify_batch import Doubtful, certificate_of
from matcher.flows.desk import WORKER, Desk, Hold
from matcher.flows.encoded_people import areas_print
from matcher.flows.guard_batch import MATCH_RATE, Tripped, match_guard
from matcher.flows.heed_decisions import heed
from matcher.flows.models_in_force import model_in_force
from matcher.flows.present_line import Ends, ends_of, write_ends
from matcher.flows.unregistered import Change, Gathered, Ground, identity, record_id
from matcher.frames import CLUSTER, conform
from matcher.linkage.certify import Certificate
from matcher.linkage.decide import OTHER_NAME
from matcher.linkage.index import PeopleIndex
from matcher.linkage.model import Model
from matcher.links import store as links
from matcher.people import store as people
from matcher.people.settle import Settled, moved_to_registry, settle
from matcher.places import store as places
from matcher.reviews import store as reviews
from matcher.settlements import store as settlements
from matcher.settlements.prints import record_prints

_log = get_logger("link_batch")
DOUBTS_PER_RECORD = 5
TAKEN = ("certain", "probable")  # grades at which a record is taken for its person


@dataclass(frozen=True)
class World:
    """What linking looks at, read once: model, people, divisions, earlier links, what humans decided."""

    model: Model
    persons: pl.DataFrame
    index: PeopleIndex
    areas: pl.DataFrame
    batches: dict[str, Batch]
    before: Gathered  # records in no registry of all linked batches, and of those linked now from an earlier attempt
    decisions: pl.DataFrame  # settlements.DECIDED
    identity_count: int
    ended: pl.DataFrame  # ends.FRAME: records that count no more, though their delivery does


@dataclass(frozen=True)
class Registered:
    """How one batch links to the registry's people."""

    batch: Batch
    fresh: pl.DataFrame  # IDENTITY of its records in no registry
    records: int
    links: pl.DataFrame  # record_id, person_id, probability, grade, pattern, reason
    doubts: pl.DataFrame  # record_id, person_id, probability, pattern, reason
    entered: pl.DataFrame  # record_id, record_print, person_id: whom the registry itself said a record is
    certificate: Certificate


@dataclass(frozen=True)
class Reckoned:
    """What linking does to the records in no registry: how they stand `after`, ids to be written, subjects merged with
    one another and with people of the registry, records of other batches whose subject is another now."""

    after: Gathered
    minted: pl.Series
    merged: pl.DataFrame
    gone: pl.DataFrame
    moved: pl.DataFrame
    changes: int


def link_next_batch(hold: Hold) -> bool:
    """Link the oldest batch that is ready. True when there was one."""
    desk = hold.desk
    with reading(desk.database) as session:
        due = batches.due(session, READY)
        synced = people.standing(session).cursor is not None
    if not due or not synced:
        return False
    batch = due[0]
    with hold.writing() as session:
        row = batches.to_move(session, batch.id)
        move(row, "linking")
        row.step_started_at, row.rows_done = now(), 0
    try:
        with begun(WORKER, "link_batch", parent=batch.trace, batch_id=batch.id, feed=batch.feed):
            _link(hold, [batch])
    except Exception as error:
        _log.error("link_failed", batch_id=batch.id, exc_info=error)
        with hold.writing() as session:
            batches.note_failure(session.get_one(Batch, batch.id), error, desk.settings.max_attempts)
    return True


def link_again(hold: Hold) -> bool:
    """Link all batches that count anew when somebody's identity in the registry changed. True when it was due."""
    with reading(hold.desk.database) as session:
        standing = people.standing(session)
        due = standing.identities > standing.linked
        counting = [batch for batch in batches.linked(session) if batch.superseded_by is None]
    if not due:
        return False
    _link(hold, counting, everything=True)
    return True


def _link(hold: Hold, todo: list[Batch], *, everything: bool = False) -> None:
    desk = hold.desk
    world = _world(desk, todo)
    found = [_to_registry(desk, world, batch) for batch in todo]
    ended = {} if everything else {one.batch.id: ends_of(desk, one.batch) for one in found}
    if not everything and _held_back(hold, found[0]):
        return
    done = _reckoned(desk, world, found, ended)
    after = done.after
    with hold.writing() as session:
        people.mint(session, done.minted, todo[0].area if todo else "")
        people.merge(session, done.merged.with_columns(pl.lit(False).alias("registered")), "clustered")
        people.merge(session, done.gone.with_columns(pl.lit(True).alias("registered")), "linked")
        for one in found:
            _write(session, world, one, after)
            _take_over(session, one.batch, ended.get(one.batch.id), desk.today())
        links.retarget(session, done.moved.with_columns(_grade(world.model).alias("grade")))
        standing = people.standing(session)
        standing.linkings += 1
        after = replace(after, linkings=standing.linkings)
        standing.inputs += 1
        if everything:
            standing.linked = world.identity_count
        session.add(standing)
    desk.unregistered.keep(after, desk.settings.keep_unregistered)
    _log.info(
        "linked", count=len(todo), records=after.members.height, changes=done.changes, subjects=len(done.minted),
        merged=done.merged.height,
    )  # fmt: skip


def _reckoned(desk: Desk, world: World, found: Sequence[Registered], ended: Mapping[str, Ends]) -> Reckoned:
    known = pl.concat([one.links.select("record_id", "person_id") for one in found]) if found else _nobody()
    fresh = {one.batch.id: one.fresh for one in found}
    change = desk.unregistered.change(world.before, world.batches, fresh)
    before = _subjects_before(desk, change)
    settled = settle(conform(change.touched, CLUSTER), before)
    staying = _staying(settled.subjects, world, [one.batch for one in found], ended)
    return Reckoned(
        after=change.settled(settled.subjects),
        minted=settled.minted,
        merged=settled.merged,
        gone=moved_to_registry(before, known, staying),
        moved=_moved(change, settled, fresh),
        changes=change.touched.height,
    )


def _subjects_before(desk: Desk, change: Change) -> pl.DataFrame:
    """record_id, subject_id until now of what changes; who has gone over to somebody else does not come back under the
    old id."""
    told = [change.touched.select("record_id", "subject_id"), change.left]
    before = pl.concat(told).filter(pl.col("subject_id").is_not_null())
    with reading(desk.database) as session:
        merged = people.merged(session, before["subject_id"].unique().sort().to_list())
    return before.filter(~pl.col("subject_id").is_in(merged))


def _staying(subjects: pl.DataFrame, world: World, todo: list[Batch], ended: Mapping[str, Ends]) -> pl.DataFrame:
    """The subjects of records that count: an outdated row keeps nobody from having become a registered person."""
    snapshots = {(one.feed, one.agency, one.area): one.id for one in todo if one.load == "snapshot"}
    outdated = [
        batch.id
        for batch in world.batches.values()
        if batch.superseded_by is not None
        or (batch not in todo and batch.id < snapshots.get((batch.feed, batch.agency, batch.area), ""))
    ]
    stays = subjects.filter(~pl.col("record_id").str.split(":").list.first().is_in(outdated))
    gone = pl.concat([world.ended, *(places for one in ended.values() for places in one.by_delta.values())])
    stays = stays.join(gone.select(record_id()), on="record_id", how="anti")
    return stays.select("subject_id").unique()


def _world(desk: Desk, todo: list[Batch]) -> World:
    model = model_in_force(desk.database)
    with reading(desk.database) as session:
        standing = people.standing(session)
        every = {batch.id: batch for batch in [*batches.linked(session), *todo]}
        areas = places.frame(session)
        decisions = settlements.decisions(session)
        ended = ends.of_batches(session, sorted(every))
        files, count = list(standing.files), standing.identities
        ground = Ground(model, areas, areas_print(areas))
        before = desk.unregistered.before(session, every, standing.linkings, ground)
    index = desk.encoded.index(files, areas)  # first: it looks at the files as they were before the last change
    return World(model, desk.people.read(files), index, areas, every, before, decisions, count, ended)


def _to_registry(desk: Desk, world: World, batch: Batch) -> Registered:
    """One batch against everybody in the registry; what a human decided outranks both registry and score."""
    records = identity(desk.files, batch)
    compared = linking_engine.compared(desk.settings, world.index, records, world.model, world.areas)
    decided = heed(records, world.decisions, world.persons["person_id"], desk.ring.macs)
    found = decided.allowed(compared)
    taken = found.filter(pl.col("assigned") & pl.col("grade").is_in(TAKEN))
    taken = taken.select("record_id", "person_id", "probability", "grade", "pattern", "reason")
    told = decided.allowed(_told_by_registry(world, batch, taken))
    doubt = pl.col("reason").is_not_null() | (pl.col("grade") == "possible")
    ranked = found.filter(doubt).sort("probability", descending=True, maintain_order=True)
    doubts = ranked.group_by("record_id", maintain_order=True).head(DOUBTS_PER_RECORD)
    doubts = doubts.join(told, on="record_id", how="anti")
    same = records.join(told, left_on="id", right_on="record_id")
    entered = same.select(
        pl.col("id").alias("record_id"), record_prints(same, desk.ring.macs).alias("record_print"), "person_id"
    )
    left = Doubtful(found.join(told, on="record_id", how="anti", maintain_order="left"), TAKEN)
    certificate = certificate_of(desk, world.model, records, left)
    linked = pl.concat([taken, told, decided.links(compared)])
    fresh = records.join(linked, left_on="id", right_on="record_id", how="anti")
    return Registered(batch, fresh, records.height, linked, doubts, entered, certificate)


def _told_by_registry(world: World, batch: Batch, taken: pl.DataFrame) -> pl.DataFrame:
    """Records of a subject the registry has since entered as a person: its word outranks any score."""
    entered = world.persons.filter(pl.col("subject_id").is_not_null()).select("subject_id", "person_id")
    mine = world.before.of_batch(batch.id)
    told = mine.join(entered, on="subject_id").select("record_id", "person_id")
    told = told.join(taken, on="record_id", how="anti")
    return told.select(
        "record_id",
        "person_id",
        pl.lit(1.0).alias("probability"),
        pl.lit("certain").alias("grade"),
        pl.lit(None, dtype=pl.Int64).alias("pattern"),
        pl.lit("entered-in-registry").alias("reason"),
    )


def _nobody() -> pl.DataFrame:
    return pl.DataFrame(schema={"record_id": pl.String, "person_id": pl.String})


def _write(session: Session, world: World, one: Registered, after: Gathered) -> None:
    """The links and reviews of one batch, its counts and state; from here on it counts."""
    known = one.links.rename({"person_id": "subject_id"}).with_columns(pl.lit(True).alias("registered"))
    own = after.of_batch(one.batch.id).select("record_id", "subject_id", "probability")
    own = own.with_columns(_grade(world.model).alias("grade"))
    rows = pl.concat([known, own.with_columns(pl.lit(False).alias("registered"))], how="diagonal_relaxed")
    rows = rows.with_columns(*_place(), pl.lit(world.model.version).alias("model_version"))
    links.replace(session, one.batch.id, one.batch.area, conform(rows, links.FRAME).sort("line"))
    doubts = one.doubts.join(rows.select("record_id", "subject_id"), on="record_id")
    # whom the record is taken for is no doubt, unless under another name
    asked = (pl.col("person_id") != pl.col("subject_id")) | (pl.col("reason") == OTHER_NAME).fill_null(value=False)
    doubts = doubts.filter(asked).with_columns(
        *_place(),
        pl.col("person_id").alias("candidate_id"),
        pl.col("reason").fill_null("possible"),
        pl.lit(world.model.version).alias("model_version"),
    )
    reviews.replace(session, one.batch.id, one.batch.area, conform(doubts, reviews.FRAME).sort("line"))
    certificates.replace(session, one.batch.id, one.batch.area, world.model.version, one.certificate.as_json())
    settlements.keep_entered(session, one.entered.with_columns(*_place()), one.batch.area)
    batch = batches.to_move(session, one.batch.id)
    batch.linked = {**_by_grade(known), "unregistered": own.height, "in_review": doubts["record_id"].n_unique()}
    batch.rows_done, batch.model_version = batch.rows_total or 0, world.model.version
    batches.set_to_wait(batch)
    move(batch, "linked")
    session.add(batch)
    session.flush()


def _take_over(session: Session, batch: Batch, found: Ends | None, day: date) -> None:
    """What it replaces ceases to count: older snapshots, and single records a delta speaks of."""
    row = session.get_one(Batch, batch.id)
    if found is not None:
        write_ends(session, row, found)
    batches.supersede_older(session, row)
    alerts.clear(session, row, day)


def _held_back(hold: Hold, one: Registered) -> bool:
    """Whether a snapshot links so unlike the last one that a human must look first: then nothing of it is written."""
    batch = one.batch
    seen = bool(batch.confirmed_by) and MATCH_RATE in (batch.held_for or [])
    if batch.load != "snapshot" or seen:
        return False
    with reading(hold.desk.database) as session:
        last = batches.last_snapshot(session, batch)
    registered = _by_grade(one.links)
    counts = {**registered, "unregistered": one.records - sum(registered.values())}
    tripped = match_guard(hold.desk, counts, last.linked if last is not None else None)
    if tripped:
        _hold_back(hold, batch, tripped)
    return bool(tripped)


def _hold_back(hold: Hold, batch: Batch, tripped: Tripped) -> None:
    with hold.writing() as session:
        row = batches.to_move(session, batch.id)
        row.held_for = list(dict.fromkeys([*(row.held_for or []), *tripped]))
        row.held_figures, row.confirmed_by = {**(row.held_figures or {}), **tripped}, None
        batches.set_to_wait(row)
        move(row, "needs_confirmation")
        session.add(row)
    _log.info("batch_held", batch_id=batch.id, feed=batch.feed)


def _by_grade(found: pl.DataFrame) -> dict[str, int]:
    return dict(found.group_by("grade").len().iter_rows())


def _moved(change: Change, settled: Settled, fresh: Mapping[str, object]) -> pl.DataFrame:
    """Records of other batches whose subject is another now: batch_id, line, subject_id, probability."""
    others = change.touched.filter(~pl.col("batch_id").is_in(sorted(fresh)))
    changed = others.join(settled.subjects.select("record_id", pl.col("subject_id").alias("now")), on="record_id")
    another, otherwise = pl.col("now") != pl.col("subject_id"), pl.col("was") != pl.col("probability")
    changed = changed.filter(another | otherwise)
    return changed.select("batch_id", "line", pl.col("now").alias("subject_id"), "probability")


def _grade(model: Model) -> pl.Expr:
    """The grade of a record within its cluster; the record that founds it is certain."""
    sure = pl.col("probability").fill_null(1.0) >= model.thresholds["certain"]
    return pl.when(sure).then(pl.lit("certain")).otherwise(pl.lit("probable"))


def _place() -> tuple[pl.Expr, pl.Expr]:
    """batch_id and line out of a record id."""
    parts = pl.col("record_id").str.split(":").list
    return parts.get(0).alias("batch_id"), parts.get(1).cast(pl.Int32).alias("line")
