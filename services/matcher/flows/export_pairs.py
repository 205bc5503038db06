"""All pairs of deliveries for an audit, as Parquet: links, candidates, and what humans decided, field by field.

Keys instead of identities: whoever needs names asks for them, with a reason, and they are counted. One row group a
delivery, so that memory holds one delivery at a time.
"""

import io
import json
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
import pyarrow as pa
from pyarrow import parquet
from sqlalchemy import ColumnElement
from sqlmodel import Session, col, select

from kit.auth import Caller
from kit.reveals import SEEN
from kit.scope import sees, within
from kit.usage import Period
from matcher.batches.states import LINKED
from matcher.batches.tables import Batch
from matcher.flows.desk import Desk
from matcher.flows.models_in_force import every_model
from matcher.flows.pair_columns import FULL, MASKED, PairColumn, schema
from matcher.frames import IDENTITY
from matcher.linkage.levels import FIELDS, unpack
from matcher.linkage.model import Model
from matcher.links import store as links
from matcher.people import store as people
from matcher.reviews import store as reviews
from matcher.sealed import FileMissing
from matcher.settlements import store as settlements
from matcher.settlements.prints import record_prints

RECORD = ["id", "line", "name", "id_number", "sex", "birth_date", "address"]


@dataclass(frozen=True)
class Identities:
    """Who may be named: registered people the caller sees, none of them protected; the rest stay keys."""

    caller: Caller
    people: pl.DataFrame  # subject_id, person_name, person_number, division
    protected: frozenset[str]

    @classmethod
    def of(cls, desk: Desk, session: Session, caller: Caller, protected: frozenset[str]) -> "Identities":
        """The registry's people as the matcher has them."""
        known = desk.people.read(list(people.standing(session).files))
        told = known.select(
            pl.col("person_id").alias("subject_id"),
            pl.col("name").alias("person_name"),
            pl.col("id_number").alias("person_number"),
            "division",
        )
        mine = [code for code in told["division"].unique() if sees(caller, code)]
        return cls(caller, told.filter(pl.col("division").is_in(mine)), protected)


def deliveries(session: Session, place: ColumnElement[bool], batch_id: str | None, asked: Period | None) -> list[Batch]:
    """Linked deliveries of `place`, one or those that came in a period, oldest first; superseded ones too."""
    query = select(Batch).where(place, col(Batch.state).in_(LINKED))
    if batch_id is not None:
        query = query.where(col(Batch.id) == batch_id)
    if asked is not None:
        query = query.where(col(Batch.created_at) >= asked.begin, col(Batch.created_at) < asked.end)
    return list(session.exec(query.order_by(col(Batch.id))))


def of_caller(caller: Caller) -> ColumnElement[bool]:
    """Deliveries of every agency in the caller's area."""
    return within(caller, col(Batch.area))


@dataclass(frozen=True)
class Pairs:
    """What the export is made of, read once: models by version, everything decided."""

    desk: Desk
    session: Session
    models: dict[str, Model]
    decided: pl.DataFrame  # settlements.SAID
    identities: Identities | None = None

    @classmethod
    def of(cls, desk: Desk, session: Session, identities: Identities | None = None) -> "Pairs":
        """For one export."""
        return cls(desk, session, every_model(session), settlements.said(session), identities)

    @property
    def columns(self) -> tuple[PairColumn, ...]:
        """What each pair is told with."""
        return MASKED if self.identities is None else FULL

    def frame(self, batch: Batch) -> pl.DataFrame:
        """One delivery's pairs, by line: links first, then candidates, then what else was decided."""
        taken = links.whole_of(self.session, batch.id).with_columns(
            pl.lit("link").alias("kind"), pl.col("subject_id").alias("taken_for")
        )
        asked = reviews.whole_of(self.session, batch.id).select(
            "line", pl.col("candidate_id").alias("subject_id"), pl.col("subject_id").alias("taken_for"), "probability",
            "pattern", "reason", "model_version", "made_at", pl.col("state").alias("review_state"),
            pl.lit("candidate").alias("kind"), pl.lit(value=True).alias("registered"),
        )  # fmt: skip
        pairs = pl.concat([taken, asked], how="diagonal_relaxed")
        records = self._records(batch)
        pairs = _with_decisions(pairs, self._decisions(batch, records), taken)
        pairs = self._weighed(pairs).with_columns(
            pl.lit(batch.id).alias("batch_id"), pl.lit(batch.feed).alias("feed"),
            pl.lit(batch.feed_version).alias("feed_version"), pl.lit(batch.agency).alias("agency"),
            pl.lit(batch.area).alias("area"), pl.lit(batch.created_at).alias("delivered_at"),
            pl.lit(batch.superseded_by is None).alias("counts"),
        )  # fmt: skip
        if self.identities is not None:
            pairs = self._named(pairs, records, self.identities)
        return pairs.sort("line", "order", "subject_id").select(column.name for column in self.columns)

    def told(self, batches: Sequence[Batch]) -> pl.DataFrame:
        """Whom an export in full tells of (SEEN): registered people and those the rows are taken for."""
        everybody = [
            self.frame(batch).select(pl.col("subject_id").alias("subject"), pl.lit(batch.area).alias("area"))
            for batch in batches
        ]
        found = pl.concat(everybody) if everybody else pl.DataFrame(schema=SEEN)
        return found.unique("subject", keep="first", maintain_order=True)

    def _records(self, batch: Batch) -> pl.DataFrame:
        """RECORD of the rows that are still kept."""
        try:
            found = self.desk.files.records(batch.id, batch.chunks, RECORD)
        except FileMissing:
            return pl.DataFrame(schema={**{name: IDENTITY.get(name, pl.String) for name in RECORD}, "line": pl.Int32})
        lacking = [pl.lit(None, dtype=pl.String).alias(name) for name in RECORD if name not in found.columns]
        return found.with_columns(lacking).select(RECORD)

    def _decisions(self, batch: Batch, records: pl.DataFrame) -> pl.DataFrame:
        """line, person_id, verdict, verdict_code, verdict_at: of the rows as they say, and of those deleted since by
        where they stood."""
        prints = pl.DataFrame({"line": records["line"], "record_print": record_prints(records, self.desk.ring.macs)})
        said = prints.join(self.decided.drop("batch_id", "line"), on="record_print")
        there = self.decided.filter(pl.col("batch_id") == batch.id)
        columns = ["line", "person_id", "verdict", "verdict_code", "verdict_at"]
        both = pl.concat([said.select(columns), there.select(columns)], how="vertical_relaxed")
        return both.unique(["line", "person_id"], keep="first", maintain_order=True)

    def _weighed(self, pairs: pl.DataFrame) -> pl.DataFrame:
        """The level of each field, and what all of them weigh by the model that made the pair."""
        distinct = pairs.select("pattern", "model_version").drop_nulls().unique()
        patterns = distinct["pattern"].to_numpy()
        levels = unpack(patterns)
        names = {
            f"level_{field.name}": [field.levels[level][0] for level in levels[field.name].tolist()] for field in FIELDS
        }
        weight = np.full(len(patterns), np.nan)
        for version, model in self.models.items():
            rows = np.flatnonzero((distinct["model_version"] == version).to_numpy())
            weight[rows] = evidence(patterns[rows], model)
        told = distinct.with_columns(
            *(pl.Series(name, texts, dtype=pl.String) for name, texts in names.items()),
            pl.Series("weight", weight).fill_nan(None),
        )
        return pairs.join(told, on=["pattern", "model_version"], how="left", maintain_order="left")

    def _named(self, pairs: pl.DataFrame, records: pl.DataFrame, who: Identities) -> pl.DataFrame:
        rows = records.select("line", pl.col("name").alias("record_name"), pl.col("id_number").alias("record_number"))
        named = pairs.join(rows, on="line", how="left").join(
            who.people.drop("division"), on="subject_id", how="left", maintain_order="left"
        )
        hidden = pl.col("subject_id").is_in(sorted(who.protected)) | pl.col("taken_for").is_in(sorted(who.protected))
        told = ("record_name", "record_number", "person_name", "person_number")
        return named.with_columns(
            pl.when(~hidden.fill_null(value=False)).then(pl.col(name)).alias(name) for name in told
        )


def evidence(patterns: np.ndarray, model: Model) -> np.ndarray:
    """Bits for the same person against strangers, summed over fields: the match weight of Fellegi and Sunter (1969)."""
    same, stranger = model.log("same"), model.log("stranger")
    parts = [same[name][level] - stranger[name][level] for name, level in unpack(patterns).items()]
    return np.asarray(np.sum(parts, axis=0) / np.log(2))


def _with_decisions(pairs: pl.DataFrame, decisions: pl.DataFrame, taken: pl.DataFrame) -> pl.DataFrame:
    """Pairs with what a human said of each; a pair that was decided and is in no list stands for itself."""
    decisions = decisions.rename({"person_id": "subject_id"})
    both = pairs.join(decisions, on=["line", "subject_id"], how="left", maintain_order="left")
    alone = decisions.join(pairs, on=["line", "subject_id"], how="anti").join(
        taken.select("line", "taken_for"), on="line", how="left"
    )
    alone = alone.with_columns(pl.lit("decided").alias("kind"))
    order = pl.col("kind").replace_strict({"link": 0, "candidate": 1, "decided": 2}, return_dtype=pl.Int8)
    return pl.concat([both, alone], how="diagonal_relaxed").with_columns(order.alias("order"))


def as_parquet(pairs: Pairs, batches: Sequence[Batch], mark: dict[str, object]) -> bytes:
    """The file: a row group a delivery, watermark and dictionary in its metadata."""
    shape = schema(
        pairs.columns, {"watermark": json.dumps(mark, ensure_ascii=False), "dictionary": dictionary(pairs.columns)}
    )
    out = io.BytesIO()
    with parquet.ParquetWriter(out, shape, compression="zstd") as writer:
        for batch in batches:
            frame = pairs.frame(batch)
            arrays = [frame[one.name].to_arrow().cast(one.kind) for one in pairs.columns]
            writer.write_table(pa.Table.from_arrays(arrays, schema=shape))
    return out.getvalue()


def dictionary(columns: Sequence[PairColumn]) -> str:
    """What each column says, as JSON: name, type, both languages, the values of codes."""
    told = [
        {"name": one.name, "type": str(one.kind), "zh": one.zh, "en": one.en, "values": dict(one.values)}
        for one in columns
    ]
    return json.dumps(told, ensure_ascii=False, indent=1)
