"""Two sources, two stories: which of them is taken, that it is disputed, and what the others say.

A record with the person's own number is believed before one that only looks like the person, then the sources in the
order the area has set for the kind, then the newest delivery, then what began last. One source that says something
new has changed its mind; that is no dispute. A disputed fact decides nothing alone: it is a question for a telephone.
"""

from collections.abc import Mapping

import polars as pl

from matcher.screens.columns.known import Known, distinct
from matcher.screens.columns.sources import named, own, place_of

_BELIEF = ("own", "place", "batch_id", "valid_from", "line")
_DESCENDING = [True, False, True, True, True]


def stated(known: Known, facts: pl.DataFrame, kind: str) -> pl.DataFrame:
    """`facts` (of one kind, or of several that answer one question) with `own`, `place`, `who`; the believed first."""
    return facts.with_columns(
        own=own(pl.col("grade"), pl.col("own_number")),
        place=place_of(pl.col("feed"), kind, known.parameters),
        who=named(pl.col("feed")),
    ).sort("subject_id", *_BELIEF, descending=[False, *_DESCENDING], nulls_last=True, maintain_order=True)


def settled(known: Known, facts: pl.DataFrame, kind: str, words: Mapping[str, str]) -> pl.DataFrame:
    """One row per subject: code, valid_from, who, own of what is taken; disputed; conflict; records.

    `words`: code → how staff say it. `conflict` names every source with what it says, the one taken first (null where
    nobody disagrees): `公安：户籍迁出；村级月报：在册`.
    """
    # Of each source what it says now: a later row of the same source replaces the earlier.
    current = stated(known, facts, kind).unique(["subject_id", "feed"], keep="first", maintain_order=True)
    says = pl.col("code").replace_strict(words, default="说法不明", return_dtype=pl.String)
    told = pl.concat_str("who", pl.lit("："), says)
    several = pl.col("code").n_unique() > 1
    return current.group_by("subject_id", maintain_order=True).agg(
        pl.col("code", "valid_from", "who", "own").first(),
        disputed=several,
        conflict=pl.when(several).then(told.unique(maintain_order=True).str.join("；")),
        records=distinct(pl.col("record")),
    )
