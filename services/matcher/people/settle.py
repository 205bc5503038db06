"""Which subject a cluster of unregistered records is: ids stay with their people, merges are redirects.

Pure frames. A cluster keeps the oldest id of those that mostly lie in it, so that the same person keeps one id
through every batch; an id split between clusters stays where most of its records are.
"""

from dataclasses import dataclass

import polars as pl

from kit.columns import new_ids


@dataclass(frozen=True)
class Settled:
    """`subjects`: record_id, subject_id, probability. `minted`: new ids. `merged`: subject_id, survivor_id."""

    subjects: pl.DataFrame
    minted: pl.Series
    merged: pl.DataFrame


def settle(clusters: pl.DataFrame, before: pl.DataFrame) -> Settled:
    """`clusters`: CLUSTER; `before`: record_id, subject_id of records that already counted as an unregistered one."""
    claims = clusters.join(before, on="record_id").group_by("cluster", "subject_id").len()
    owners = claims.sort(["len", "cluster"], descending=[True, False]).unique("subject_id", keep="first")
    kept = owners.group_by("cluster").agg(pl.col("subject_id").min().alias("kept"))
    new = clusters.select("cluster").unique(maintain_order=True).join(kept, on="cluster", how="anti")
    minted = pl.Series("kept", new_ids(new.height), dtype=pl.String)
    named = pl.concat([kept, new.with_columns(minted)])
    merged = owners.join(kept, on="cluster").filter(pl.col("subject_id") != pl.col("kept"))
    return Settled(
        clusters.join(named, on="cluster").select("record_id", pl.col("kept").alias("subject_id"), "probability"),
        minted,
        merged.select("subject_id", pl.col("kept").alias("survivor_id")).sort("subject_id"),
    )


def moved_to_registry(before: pl.DataFrame, links: pl.DataFrame, staying: pl.DataFrame) -> pl.DataFrame:
    """Subjects all of whose records are now a registered person's: subject_id, survivor_id.

    `before`: record_id, subject_id; `links`: record_id, person_id; `staying`: subject_id still in use.
    """
    votes = before.join(links, on="record_id").group_by("subject_id", "person_id").len()
    best = votes.sort(["len", "person_id"], descending=[True, False]).unique("subject_id", keep="first")
    gone = best.join(staying, on="subject_id", how="anti")
    return gone.select("subject_id", pl.col("person_id").alias("survivor_id")).sort("subject_id")
