"""A model's card: what it weighs in words staff can check, what it was made from, how well it is expected to do.

Nothing here names a person: data are told by count and by a fingerprint, errors by feed and group.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import polars as pl

from matcher.linkage.levels import FIELDS
from matcher.linkage.model import Model

BITS: Final = 1 / float(np.log(2))
# Upper ends of the bands a histogram of probabilities has: fine where thresholds lie, coarse where nothing is decided.
BANDS: Final = tuple(float(f"{1 / (1 + np.exp(-step)):.8g}") for step in np.arange(-5.0, 12.01, 0.25).tolist())


@dataclass(frozen=True)
class Weight:
    """One level: how much it speaks for one person, in bits, against a stranger and against a relative."""

    field: str
    field_zh: str
    level: str
    level_zh: str
    against_stranger: float
    against_relative: float


@dataclass(frozen=True)
class Move:
    """One level in two models; `by` = bits against a stranger, second less first."""

    field: str
    field_zh: str
    level: str
    level_zh: str
    first: float
    second: float
    by: float


def weights_of(model: Model) -> list[Weight]:
    """Every level's weight in bits, in the order of fields and levels."""
    same, household, stranger = (model.log(kind) for kind in ("same", "household", "stranger"))
    return [
        Weight(
            field.name,
            field.zh,
            level,
            text,
            round(float(same[field.name][place] - stranger[field.name][place]) * BITS, 2),
            round(float(same[field.name][place] - household[field.name][place]) * BITS, 2),
        )
        for field in FIELDS
        for place, (level, text) in enumerate(field.levels)
    ]


def moves_between(first: Model, second: Model) -> list[Move]:
    """Both models' weights side by side, the biggest moves first."""
    pairs = zip(weights_of(first), weights_of(second), strict=True)
    moves = [
        Move(a.field, a.field_zh, a.level, a.level_zh, a.against_stranger, b.against_stranger, by)
        for a, b in pairs
        for by in (round(b.against_stranger - a.against_stranger, 2),)
    ]
    return sorted(moves, key=lambda move: -abs(move.by))


def fingerprint(frame: pl.DataFrame) -> str:
    """A digest of ids and content that does not hang on the order of rows: sixty-four hex digits, and nobody's data."""
    rows = frame.sort(frame.columns, nulls_last=True)
    digest = hashlib.sha256()
    for column in rows.columns:
        digest.update(column.encode() + b"\0")
        series = rows[column].cast(pl.String)
        digest.update(series.str.len_bytes().fill_null(2**32 - 1).to_numpy().astype("<u4").tobytes())
        digest.update("".join(series.drop_nulls().to_list()).encode())
    return digest.hexdigest()


def best_candidates(links: pl.DataFrame, records: pl.DataFrame) -> pl.DataFrame:
    """record_id, probability, assigned: each record's likeliest candidate out of LINK, 0 where it has none."""
    best = links.group_by("record_id").agg(pl.col("probability").max(), pl.col("assigned").any())
    return (
        records.select(record_id="id")
        .join(best, on="record_id", how="left")
        .with_columns(pl.col("probability").fill_null(0.0), pl.col("assigned").fill_null(value=False))
    )


def histogram(best: pl.DataFrame) -> list[dict[str, float]]:
    """Records by probability of their likeliest candidate: `probability` (mean of the band) and `records`."""
    band = pl.Series("band", np.searchsorted(np.array(BANDS), best["probability"].to_numpy(), side="right"))
    table = best.with_columns(band).group_by("band").agg(pl.col("probability").mean(), pl.len().alias("records"))
    return [
        {"probability": round(float(row["probability"]), 8), "records": int(row["records"])}
        for row in table.sort("band").iter_rows(named=True)
    ]


def estimates(best: pl.DataFrame, grouped: pl.DataFrame) -> list[dict[str, Any]]:
    """By dimension and group (groups.GROUPS): records, linked, and the false and missed links the posteriors themselves
    expect.

    What no key brought together is in none of them: blocking loss is the certificate's business.
    """
    p = pl.col("probability")
    return (
        grouped.join(best, on="record_id")
        .group_by("dimension", "group")
        .agg(
            pl.len().alias("records"),
            pl.col("assigned").sum().alias("linked"),
            (pl.when("assigned").then(1 - p).otherwise(0.0)).sum().round(2).alias("expected_false"),
            (pl.when("assigned").then(0.0).otherwise(p)).sum().round(2).alias("expected_missed"),
        )
        .sort("dimension", "group")
        .to_dicts()
    )


def thresholds_moved(first: Mapping[str, float], second: Mapping[str, float]) -> Sequence[tuple[str, float, float]]:
    """name, first, second of every threshold, the highest first."""
    return [(name, first[name], second[name]) for name in ("certain", "probable", "possible", "floor")]
