"""What only the registry's own numbers tell of a fact: whether the row bears the number of the person it is taken for.

A death of two sources with the person's number is no doubt, one of a name and a birthday is a question; and a row with
another number than the person's is a mistake of somebody's, which its sender may be asked to put right.
"""

import polars as pl

from china.id_numbers import read_column
from china.text import plain_column
from matcher.frames import FACT, conform
from matcher.screens.columns.disagreements import UNSOUND

# Kinds whose sources may disagree about whom or what they speak of (screens.columns.sources).
BY_NUMBER = ("death", "household-registration", "property", "staff")
DIFFERS = "identity-differs"
_ROW = ["batch_id", "line"]


def with_own_numbers(
    known: pl.DataFrame, seen: pl.DataFrame, numbers: pl.DataFrame, registry: pl.DataFrame
) -> pl.DataFrame:
    """FACT with `own_number` of the kinds it matters for, where the registry has a sound number of the person.

    `seen` (know_subjects.SEEN) with `numbers` (china.id_numbers.read_column of each); `registry` (snapshot.PEOPLE).
    """
    concerned = known.filter(pl.col("kind").is_in(list(BY_NUMBER)))
    if not concerned.height:
        return known
    rows = seen.select(_ROW).with_columns(said=numbers["id18"]).join(concerned.select(_ROW).unique(), on=_ROW)
    subjects = concerned["subject_id"].unique()
    told = concerned.drop("own_number").join(rows, on=_ROW, how="left", maintain_order="left")
    told = told.join(_registered(registry, subjects), on="subject_id", how="left", maintain_order="left")
    # A row that is no record (somebody told it at the door) has no number to bear.
    is_record = told.select(_ROW).join(rows.select(*_ROW, found=True), on=_ROW, how="left", maintain_order="left")
    bears = pl.when(is_record["found"].fill_null(value=False)).then((pl.col("own") == pl.col("said")).fill_null(False))
    told = told.with_columns(own_number=pl.when(pl.col("own").is_not_null()).then(bears))
    rest = known.filter(~pl.col("kind").is_in(list(BY_NUMBER)))
    return pl.concat([rest, conform(told, FACT)])


def identity_facts(
    links: pl.DataFrame, seen: pl.DataFrame, numbers: pl.DataFrame, registry: pl.DataFrame
) -> pl.DataFrame:
    """FACT `identity-differs` of records that are linked to a registered person and bear another number, or none that
    can be one. What the number is stands in no fact."""
    linked = links.filter(pl.col("registered") & pl.col("grade").is_in(["certain", "probable"]))
    said = plain_column(seen["id_number"])
    rows = seen.select(*_ROW, "feed").with_columns(
        said=numbers["id18"], valid=numbers["valid"].fill_null(value=False), given=said.is_not_null()
    )
    rows = rows.filter("given").join(linked.select(*_ROW, "subject_id", "grade"), on=_ROW, maintain_order="left")
    rows = rows.join(_registered(registry, rows["subject_id"].unique()), on="subject_id", maintain_order="left")
    differs = rows.filter(~((pl.col("said") == pl.col("own")).fill_null(False)))
    text = (
        pl.when("valid")
        .then(pl.lit("证件号码与民政登记的不是同一个"))
        .otherwise(pl.lit("证件号码不是有效号码，与民政登记的不同"))
    )
    code = pl.when(~pl.col("valid")).then(pl.lit(UNSOUND))
    return conform(differs.with_columns(kind=pl.lit(DIFFERS), text=text, code=code), FACT)


def _registered(registry: pl.DataFrame, subjects: pl.Series) -> pl.DataFrame:
    """subject_id, own: the sound number of each of these people, once."""
    people = registry.filter(pl.col("person_id").is_in(subjects.implode())).select("person_id", "id_number")
    own = read_column(people["id_number"])
    frame = pl.DataFrame({"subject_id": people["person_id"], "own": own["id18"], "valid": own["valid"]})
    return frame.filter(pl.col("valid").fill_null(False)).select("subject_id", "own").unique("subject_id", keep="first")
