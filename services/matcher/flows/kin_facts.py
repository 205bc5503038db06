"""Whose relative somebody is: a row names the relative by number, a screen looks at people.

The police answer a number with those of father, mother and spouse. Whoever of them is known here, registered or seen in
any feed (a roster of staff is one), takes the number's place; of whom nobody knows anything nothing is said. Kinship
holds both ways: the official's mother is found by her own answer and by her son's.
"""

import polars as pl

from china.id_numbers import read_column
from matcher.frames import FACT, conform
from matcher.screens.scene import KIN

BACK = {"father": "child", "mother": "child", "spouse": "spouse"}


def with_kin(known: pl.DataFrame, seen: pl.DataFrame, numbers: pl.DataFrame, registry: pl.DataFrame) -> pl.DataFrame:
    """FACT in which `about` of kin is the relative's subject, told of both; kin nobody knows is left out.

    `seen` (know_subjects.SEEN) with `numbers` (china.id_numbers.read_column of each); `registry` (snapshot.PEOPLE).
    """
    told = known.filter(pl.col("kind") == KIN)
    if not told.height:
        return known
    relatives = read_column(told["about"])
    sound = pl.when(relatives["valid"].fill_null(value=False)).then(relatives["id18"])
    named = told.with_columns(number=pl.select(sound).to_series(), own_number=pl.lit(None, dtype=pl.Boolean))
    holders = _holders(named["number"].drop_nulls().unique(), seen, numbers, registry)
    there = named.drop("about").join(holders, on="number", maintain_order="left")
    there = there.filter(pl.col("about") != pl.col("subject_id"))
    back = there.with_columns(
        subject_id="about", about="subject_id", code=pl.col("code").replace_strict(BACK, default=None)
    )
    both = pl.concat([conform(there, FACT), conform(back, FACT)])
    return pl.concat([known.filter(pl.col("kind") != KIN), both])


def _holders(wanted: pl.Series, seen: pl.DataFrame, numbers: pl.DataFrame, registry: pl.DataFrame) -> pl.DataFrame:
    """number, about: who bears each of these numbers, once. The registry's word goes before that of any row; of a
    number that rows give to several people nobody can tell whose it is."""
    own = read_column(registry["id_number"])
    registered = pl.DataFrame({"number": own["id18"], "valid": own["valid"], "about": registry["person_id"]})
    rows = pl.DataFrame({"number": numbers["id18"], "valid": numbers["valid"], "about": seen["subject_id"]})
    first, then = (_once(frame, wanted) for frame in (registered, rows))
    return pl.concat([first, then.join(first, on="number", how="anti")])


def _once(frame: pl.DataFrame, wanted: pl.Series) -> pl.DataFrame:
    held = frame.filter(pl.col("valid").fill_null(value=False) & pl.col("number").is_in(wanted.implode()))
    people = held.select("number", "about").drop_nulls().unique()
    return people.filter(pl.len().over("number") == 1).sort("number")
