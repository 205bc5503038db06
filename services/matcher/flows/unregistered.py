"""The records in no registry, of all batches: who of them is one person, kept from one linking to the next.

What is kept equals what database and files would give anew, as long as nobody else linked meanwhile (the standing row
counts linkings). So a delivery costs what it changes. Nothing of it is written to disk.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

import polars as pl
from sqlmodel import Session

from matcher.batches.files import BatchFiles
from matcher.batches.tables import Batch
from matcher.frames import IDENTITY, Shape, conform, empty
from matcher.linkage.model import Model
from matcher.linkage.pool import Pool
from matcher.links import store as links

# One record in no registry; older snapshots stay: they keep a person's id from one to the next.
MEMBER: Shape = {
    "record_id": pl.String,
    "batch_id": pl.String,
    "line": pl.Int32,
    "said": pl.UInt64,  # with `again` equal for a row that comes again in the feed's next snapshot, word for word
    "again": pl.UInt64,
    "subject_id": pl.String,  # null where it has none yet
    "probability": pl.Float64,
    "cluster": pl.String,  # null where it is not known yet
}
_KEY = ("said", "again")
_SAID = [name for name in IDENTITY if name != "id"]
_HELD = ["record_id", "subject_id", "probability", "cluster"]


@dataclass(frozen=True)
class Ground:
    """What gathering hangs on beside the records."""

    model: Model
    areas: pl.DataFrame
    areas_print: str


@dataclass(frozen=True)
class Gathered:
    """Everybody in no registry at one count of linkings. Of rows that say the same, one is in the pool for all."""

    linkings: int
    ground: Ground
    batches: frozenset[str]  # looked at, also those all of whose records are in the registry
    members: pl.DataFrame  # MEMBER, in the order of batches and lines
    pool: Pool

    def holds(self, linkings: int, ground: Ground) -> bool:
        """Whether nothing happened since that would make it another."""
        mine = (self.linkings, self.ground.model.version, self.ground.areas_print)
        return mine == (linkings, ground.model.version, ground.areas_print)

    def of_batch(self, batch_id: str) -> pl.DataFrame:
        """MEMBER rows of one batch."""
        return self.members.filter(pl.col("batch_id") == batch_id)


@dataclass(frozen=True)
class Change:
    """What a linking does to them.

    `after` has the new clusters and probabilities and still the old subjects. `touched`: MEMBER of every cluster and of
    every subject in which anything changes, and `was`, the probability until now; `left`: record_id, subject_id of
    those who are in the registry now, or whose batch is no longer linked.
    """

    after: Gathered
    touched: pl.DataFrame
    left: pl.DataFrame

    def settled(self, subjects: pl.DataFrame) -> Gathered:
        """What is so once these subjects (record_id, subject_id) are written."""
        now = subjects.select("record_id", pl.col("subject_id").alias("now"))
        members = self.after.members.join(now, on="record_id", how="left", maintain_order="left")
        members = members.with_columns(pl.coalesce("now", "subject_id").alias("subject_id"))
        return replace(self.after, members=conform(members, MEMBER))


@dataclass
class Unregistered:
    """What one process keeps; not for several threads."""

    files: BatchFiles
    kept: Gathered | None = field(default=None, repr=False)

    def before(self, session: Session, batches: Mapping[str, Batch], linkings: int, ground: Ground) -> Gathered:
        """Everybody as the last linking left them. `batches`: all that are linked, or are about to be."""
        kept = self.kept
        if kept is None or not kept.holds(linkings, ground):
            nobody = Pool.of(empty(IDENTITY), ground.model, ground.areas)
            kept = Gathered(linkings, ground, frozenset(), empty(MEMBER), nobody)
        new = {one: batch for one, batch in batches.items() if one not in kept.batches}
        members = _in_order([kept.members, self._read(session, new)])
        return replace(kept, members=members, batches=kept.batches | set(new))

    def keep(self, now: Gathered, most: int) -> None:
        """How they stand after a linking; more than `most` are not kept, and gathered anew by the next."""
        self.kept = now if now.members.height <= most else None

    def change(self, before: Gathered, batches: Mapping[str, Batch], fresh: Mapping[str, pl.DataFrame]) -> Change:
        """The effect of linking these batches: `fresh` are their records in no registry (IDENTITY)."""
        stay = pl.col("batch_id").is_in(sorted(set(batches) - set(fresh)))
        held = before.members.select(_HELD)
        new = [_members(batches[one], rows).join(held, on="record_id", how="left") for one, rows in fresh.items()]
        members = _in_order([before.members.filter(stay), *(conform(rows, MEMBER) for rows in new)])
        members = members.with_columns(pl.col("record_id").first().over(_KEY).alias("same"))
        pool = self._pool(before, batches, fresh, members.filter(pl.col("record_id") == pl.col("same"))["record_id"])
        found = pool.clusters().select("cluster", "probability", same="record_id")
        now = members.join(found, on="same", how="left", maintain_order="left", suffix="_now")
        left = before.members.join(members, on="record_id", how="anti").select("record_id", "subject_id")
        touched = _touched(now, left)
        after = now.with_columns(pl.col("cluster_now").alias("cluster"), pl.col("probability_now").alias("probability"))
        known = frozenset(batches)
        return Change(replace(before, batches=known, members=conform(after, MEMBER), pool=pool), touched, left)

    def _pool(
        self, before: Gathered, batches: Mapping[str, Batch], fresh: Mapping[str, pl.DataFrame], wanted: pl.Series
    ) -> Pool:
        """The pool of exactly the records `wanted`."""
        index = before.pool.index
        present = index.side.ids.filter(pl.Series(index.side.rows["live"])).to_frame("id")
        asked = wanted.to_frame("id")
        gone = present.join(asked, on="id", how="anti")["id"]
        coming = asked.join(present, on="id", how="anti", maintain_order="left")
        if not len(gone) and not coming.height:
            return before.pool
        batch_ids = coming["id"].str.split(":").list.first().unique().sort()
        rows = [
            (fresh[one] if one in fresh else identity(self.files, batches[one])).join(coming, on="id", how="semi")
            for one in batch_ids
        ]
        new = pl.concat([empty(IDENTITY), *rows])
        return before.pool.changed(gone, conform(new, IDENTITY), before.ground.areas)

    def _read(self, session: Session, batches: Mapping[str, Batch]) -> pl.DataFrame:
        """MEMBER rows of these batches from database and files; their clusters are not known yet."""
        known = links.unregistered(session, sorted(batches)) if batches else empty(MEMBER)
        parts = [empty(MEMBER)]
        for batch_id in known["batch_id"].unique().sort():
            own = known.filter(pl.col("batch_id") == batch_id).with_columns(record_id())
            batch = batches[batch_id]
            rows = identity(self.files, batch).join(own, left_on="id", right_on="record_id", how="semi")
            told = own.select("record_id", "subject_id", "probability")
            parts.append(conform(_members(batch, rows).join(told, on="record_id", how="left"), MEMBER))
        return pl.concat(parts)


def _in_order(parts: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """MEMBER rows of several, each in the order of batches and lines, in that order."""
    told = [part for part in parts if part.height]
    ends = [(part["batch_id"][0], part["batch_id"][-1]) for part in told]
    follow = all(before[1] < after[0] for before, after in pairwise(ends))
    members = pl.concat([empty(MEMBER), *told])
    return members if follow else members.sort("batch_id", "line")


def _touched(now: pl.DataFrame, left: pl.DataFrame) -> pl.DataFrame:
    """The members of every cluster and every subject in which a record came, left, or stands otherwise than before.

    One step suffices: outside of these, clusters before and now are the same, and so are the subjects."""
    names = ("cluster", "probability")
    same = pl.all_horizontal(pl.col(f"{name}_now").eq_missing(pl.col(name)) for name in names)
    moved = now.filter(~same | pl.col("subject_id").is_null())
    subjects = pl.concat([moved["subject_id"], left["subject_id"]]).drop_nulls().unique()
    clusters = moved["cluster_now"].unique()
    mine = pl.col("subject_id").is_in(subjects.implode()) | pl.col("cluster_now").is_in(clusters.implode())
    touched = now.filter(mine.fill_null(value=True))
    return conform(
        touched.with_columns(
            pl.col("probability").alias("was"),
            pl.col("probability_now").alias("probability"),
            pl.col("cluster_now").alias("cluster"),
        ),
        {**MEMBER, "was": pl.Float64},
    )


def _members(batch: Batch, rows: pl.DataFrame) -> pl.DataFrame:
    """record_id, batch_id, line, said, again of a batch's rows (IDENTITY).

    Rows that stand several times in one delivery stay apart (their count is part of what is compared): two people may
    share a name and nothing else."""
    of = f"{batch.feed}/{batch.agency}/{batch.area}" if batch.load == "snapshot" else batch.id
    told = pl.struct(*_SAID, pl.int_range(pl.len()).over(_SAID).alias("times"), pl.lit(of).alias("of"))
    return rows.select(
        pl.col("id").alias("record_id"),
        pl.lit(batch.id).alias("batch_id"),
        pl.col("id").str.split(":").list.last().cast(pl.Int32).alias("line"),
        told.hash(seed=1).alias("said"),
        told.hash(seed=2).alias("again"),
    )


def identity(files: BatchFiles, batch: Batch) -> pl.DataFrame:
    """IDENTITY of a batch's records; a household number means something within its feed only."""
    records = conform(files.records(batch.id, batch.chunks, list(IDENTITY)), IDENTITY)
    return records.with_columns(pl.format("{}/{}", pl.lit(batch.feed), "household").alias("household"))


def record_id() -> pl.Expr:
    """What a record is called out of its batch_id and line."""
    return pl.format("{}:{}", "batch_id", "line").alias("record_id")
