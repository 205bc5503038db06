"""A batch's records are linked: to the registry's people, and those nobody knows to one another.

Each batch is linked against everybody by itself; the records in no registry, of all batches and feeds, are then
clustered together anew. So the result depends on who is known and what was delivered, never on the order in which
it came, and a person three agencies report is one subject. Ids stay with their people (people.settle).
"""

from dataclasses import dataclass

import polars as pl
from sqlmodel import Session

from kit.columns import now
from kit.database import reading
from kit.logs import get_logger
from matcher.batches import store as batches
from matcher.batches.states import READY, move
from matcher.batches.tables import Batch
from matcher.certificates import store as certificates
from matcher.flows.certify_batch import Doubtful, certificate_of
from matcher.flows.desk import Desk, Hold
from matcher.flows.heed_decisions import heed
from matcher.flows.models_in_force import model_in_force
from matcher.frames import CLUSTER, IDENTITY, conform, empty
from matcher.linkage import chain
from matcher.linkage.certify import Certificate
from matcher.linkage.model import Model
from matcher.links import store as links
from matcher.people import snapshot
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
    """What linking looks at, read once: model, people, divisions, earlier links and redirects, what humans decided."""

    model: Model
    persons: pl.DataFrame
    identities: pl.DataFrame
    areas: pl.DataFrame
    batches: dict[str, Batch]
    before: pl.DataFrame  # links.FRAME of all linked batches, and of those linked now from an earlier attempt
    decisions: pl.DataFrame  # settlements.DECIDED
    merged: pl.Series  # ids of subjects that are somebody else now
    identity_count: int


@dataclass(frozen=True)
class Registered:
    """How one batch links to the registry's people."""

    batch: Batch
    records: pl.DataFrame  # IDENTITY
    links: pl.DataFrame  # record_id, person_id, probability, grade, pattern, reason
    doubts: pl.DataFrame  # record_id, person_id, probability, pattern, reason
    entered: pl.DataFrame  # record_id, record_print, person_id: whom the registry itself said a record is
    certificate: Certificate


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
        row = session.get_one(Batch, batch.id)
        move(row, "linking")
        row.step_started_at, row.rows_done = now(), 0
    try:
        _link(hold, [batch])
    except Exception as error:
        _log.error("link_failed", batch_id=batch.id, exc_info=error)
        with hold.writing() as session:
            batches.note_failure(session.get_one(Batch, batch.id), type(error).__name__, desk.settings.max_attempts)
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
    known = pl.concat([one.links.select("record_id", "person_id") for one in found]) if found else _nobody()
    pool = _pool(desk, world, found)
    clusters = _clusters(pool, world)
    # Who has gone over to somebody else does not come back under the old id.
    before = world.before.filter(~pl.col("registered") & ~pl.col("subject_id").is_in(world.merged.implode()))
    before = before.select(_record_id(), "subject_id")
    settled = settle(clusters, before)
    gone = moved_to_registry(before, known, _staying(settled.subjects, world, todo))
    with hold.writing() as session:
        area = todo[0].area if todo else ""
        people.mint(session, settled.minted, area)
        people.merge(session, settled.merged.with_columns(pl.lit(False).alias("registered")), "clustered")
        people.merge(session, gone.with_columns(pl.lit(True).alias("registered")), "linked")
        for one in found:
            _write(session, world, one, settled)
        links.retarget(session, _moved(world, found, settled))
        standing = people.standing(session)
        standing.inputs += 1
        if everything:
            standing.linked = world.identity_count
        session.add(standing)
    _log.info(
        "linked", count=len(todo), records=pool.height, subjects=len(settled.minted), merged=settled.merged.height
    )


def _staying(subjects: pl.DataFrame, world: World, todo: list[Batch]) -> pl.DataFrame:
    """The subjects of records that count: an outdated row keeps nobody from having become a registered person."""
    lines = {(one.feed, one.agency, one.area) for one in todo if one.load == "snapshot"}
    outdated = [
        batch.id
        for batch in world.batches.values()
        if batch.superseded_by is not None
        or (batch.load == "snapshot" and (batch.feed, batch.agency, batch.area) in lines and batch not in todo)
    ]
    stays = subjects.filter(~pl.col("record_id").str.split(":").list.first().is_in(outdated))
    return stays.select("subject_id").unique()


def _world(desk: Desk, todo: list[Batch]) -> World:
    model = model_in_force(desk.database)
    with reading(desk.database) as session:
        standing = people.standing(session)
        every = {batch.id: batch for batch in [*batches.linked(session), *todo]}
        before = links.of_batches(session, sorted(every))
        areas = places.frame(session)
        decisions, merged = settlements.decisions(session), people.redirects(session)["subject_id"]
        files, count = list(standing.files), standing.identities
    persons = desk.people.read(files)
    return World(model, persons, snapshot.identities(persons), areas, every, before, decisions, merged, count)


def _to_registry(desk: Desk, world: World, batch: Batch) -> Registered:
    """One batch against everybody in the registry; what a human decided outranks both registry and score."""
    records = _identity(desk, batch)
    compared = chain.link(world.identities, records, world.model, areas=world.areas).links
    decided = heed(records, world.decisions, world.persons["person_id"], desk.ring.mac)
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
        pl.col("id").alias("record_id"), record_prints(same, desk.ring.mac).alias("record_print"), "person_id"
    )
    left = Doubtful(found.join(told, on="record_id", how="anti", maintain_order="left"), TAKEN)
    certificate = certificate_of(desk, world.model, records, left)
    return Registered(batch, records, pl.concat([taken, told, decided.links(compared)]), doubts, entered, certificate)


def _told_by_registry(world: World, batch: Batch, taken: pl.DataFrame) -> pl.DataFrame:
    """Records of a subject the registry has since entered as a person: its word outranks any score."""
    entered = world.persons.filter(pl.col("subject_id").is_not_null()).select("subject_id", "person_id")
    mine = world.before.filter((pl.col("batch_id") == batch.id) & ~pl.col("registered"))
    told = mine.join(entered, on="subject_id").select(_record_id(), "person_id")
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


def _pool(desk: Desk, world: World, found: list[Registered]) -> pl.DataFrame:
    """All records in no registry: of the batches just linked, and of all earlier ones (superseded too: they keep
    a person's id from one snapshot to the next). IDENTITY and `same`, the first record saying exactly the same."""
    fresh = {one.batch.id: one for one in found}
    others = world.before.filter(~pl.col("registered") & ~pl.col("batch_id").is_in(sorted(fresh)))
    parts = []
    for batch_id in sorted({*fresh, *others["batch_id"]}):
        batch = world.batches[batch_id]
        if batch_id in fresh:
            one = fresh[batch_id]
            rows = one.records.join(one.links, left_on="id", right_on="record_id", how="anti")
        else:
            wanted = others.filter(pl.col("batch_id") == batch_id).select(_record_id().alias("id"))
            rows = _identity(desk, batch).join(wanted, on="id", how="semi")
        parts.append(rows.with_columns(_alike(batch).alias("same")))
    if not parts:
        return empty({**IDENTITY, "same": pl.String})
    return pl.concat(parts).with_columns(pl.col("id").first().over("same").alias("same"))


def _alike(batch: Batch) -> pl.Expr:
    """A key equal for a row that comes again in the feed's next snapshot, word for word. Rows that stand several times
    in one delivery stay apart (their count is part of the key): two people may share a name and nothing else."""
    said = [name for name in IDENTITY if name != "id"]
    times = pl.int_range(pl.len()).over(said)
    line = f"{batch.feed}/{batch.agency}/{batch.area}" if batch.load == "snapshot" else batch.id
    return pl.struct(*said, times.alias("times"), pl.lit(line).alias("of")).struct.json_encode()


def _clusters(pool: pl.DataFrame, world: World) -> pl.DataFrame:
    """CLUSTER over the whole pool; of rows that say the same, one is compared for all."""
    if not pool.height:
        return empty(CLUSTER)
    compared = pool.filter(pl.col("id") == pl.col("same"))
    found = chain.link_within(conform(compared, IDENTITY), world.model, areas=world.areas)
    return conform(
        pool.select("id", "same").join(found, left_on="same", right_on="record_id").rename({"id": "record_id"}), CLUSTER
    )


def _write(session: Session, world: World, one: Registered, settled: Settled) -> None:
    """The links and reviews of one batch, its counts and state; from here on it counts."""
    mine = one.records.select(pl.col("id").alias("record_id"))
    known = one.links.rename({"person_id": "subject_id"}).with_columns(pl.lit(True).alias("registered"))
    own = settled.subjects.join(mine, on="record_id", how="semi").with_columns(_grade(world.model).alias("grade"))
    rows = pl.concat([known, own.with_columns(pl.lit(False).alias("registered"))], how="diagonal_relaxed")
    rows = rows.with_columns(*_place(), pl.lit(world.model.version).alias("model_version"))
    links.replace(session, one.batch.id, one.batch.area, conform(rows, links.FRAME).sort("line"))
    doubts = one.doubts.join(rows.select("record_id", "subject_id"), on="record_id")
    doubts = doubts.filter(pl.col("person_id") != pl.col("subject_id")).with_columns(
        *_place(),
        pl.col("person_id").alias("candidate_id"),
        pl.col("reason").fill_null("possible"),
        pl.lit(world.model.version).alias("model_version"),
    )
    reviews.replace(session, one.batch.id, one.batch.area, conform(doubts, reviews.FRAME).sort("line"))
    certificates.replace(session, one.batch.id, one.batch.area, world.model.version, one.certificate.as_json())
    settlements.keep_entered(session, one.entered.with_columns(*_place()), one.batch.area)
    batch = session.get_one(Batch, one.batch.id)
    counts = known.group_by("grade").len().rows()
    batch.linked = {**dict(counts), "unregistered": own.height, "in_review": doubts["record_id"].n_unique()}
    batch.rows_done, batch.model_version = batch.rows_total or 0, world.model.version
    batch.attempts, batch.error, batch.leased_until = 0, None, None
    move(batch, "linked")
    session.add(batch)
    session.flush()
    batches.supersede_older(session, batch)


def _moved(world: World, found: list[Registered], settled: Settled) -> pl.DataFrame:
    """Records of other batches whose subject is another now: batch_id, line, subject_id, probability."""
    fresh = [one.batch.id for one in found]
    before = world.before.filter(~pl.col("registered") & ~pl.col("batch_id").is_in(fresh))
    now_is = settled.subjects.rename({"subject_id": "now", "probability": "now_p"})
    changed = before.with_columns(_record_id()).join(now_is, on="record_id")
    changed = changed.filter((pl.col("now") != pl.col("subject_id")) | (pl.col("now_p") != pl.col("probability")))
    return changed.select("batch_id", "line", pl.col("now").alias("subject_id"), pl.col("now_p").alias("probability"))


def _grade(model: Model) -> pl.Expr:
    """The grade of a record within its cluster; the record that founds it is certain."""
    sure = pl.col("probability").fill_null(1.0) >= model.thresholds["certain"]
    return pl.when(sure).then(pl.lit("certain")).otherwise(pl.lit("probable"))


def _record_id() -> pl.Expr:
    return pl.format("{}:{}", "batch_id", "line").alias("record_id")


def _place() -> tuple[pl.Expr, pl.Expr]:
    """batch_id and line out of a record id."""
    parts = pl.col("record_id").str.split(":").list
    return parts.get(0).alias("batch_id"), parts.get(1).cast(pl.Int32).alias("line")


def _identity(desk: Desk, batch: Batch) -> pl.DataFrame:
    """IDENTITY of a batch's records; a household number means something within its feed only."""
    records = conform(desk.files.records(batch.id, batch.chunks, list(IDENTITY)), IDENTITY)
    return records.with_columns(pl.format("{}/{}", pl.lit(batch.feed), "household").alias("household"))
