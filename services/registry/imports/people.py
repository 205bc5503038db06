"""Which person each row of an import is: the same as another row's, one the registry holds, or a new one.

Key: exact number and name, else household number and name and birth date, else new. One step more than exactness:
the only person left of a household with that very number and birth date is the same one under another name
(a correction of the name); twins with a borrowed number never pass, because then two are left.
"""

import polars as pl

from kit.columns import new_ids
from registry.imports.present import Present

PASSES = 3  # label, spread over the second key, over the first again: files do not chain further


def identify(rows: pl.DataFrame, present: Present) -> pl.DataFrame:
    """`rows` with person_id, is_new, renamed and alias (found as somebody merged into that person).

    Needs line, county, household, name, birth_date, id_number_blind.
    """
    keyed = rows.with_columns(
        by_number=_joined("id_number_blind", "name"),
        by_household=_joined("county", "household", "name", pl.col("birth_date").cast(pl.String)),
    )
    keyed = keyed.with_columns(group=_groups(keyed))
    known = _known(present)
    by_number = known.filter(pl.col("by_number").is_not_null()).unique("by_number", keep="first", maintain_order=True)
    by_household = known.filter(pl.col("by_household").is_not_null())
    by_household = by_household.unique(["by_household", "person_id"], keep="first", maintain_order=True)
    # Two people of one household with one name and birth date cannot be told apart by that: nobody is found.
    by_household = by_household.filter(pl.col("by_household").is_unique())
    keyed = (
        keyed.join(by_number.select("by_number", found_1="person_id", alias_1="alias"), on="by_number", how="left")
        .join(by_household.select("by_household", found_2="person_id", alias_2="alias"), on="by_household", how="left")
        .sort("line")
    )
    per_group = keyed.group_by("group").agg(
        *(
            pl.coalesce(pl.col(f"{name}_1").drop_nulls().first(), pl.col(f"{name}_2").drop_nulls().first()).alias(name)
            for name in ("found", "alias")
        )
    )
    keyed = keyed.join(per_group, on="group", how="left")
    keyed = _with_renamed(keyed, known)
    fresh = keyed.filter(pl.col("found").is_null()).select("group").unique(maintain_order=True)
    fresh = fresh.with_columns(minted=pl.Series(new_ids(fresh.height), dtype=pl.String))
    keyed = keyed.join(fresh, on="group", how="left").sort("line")
    keyed = keyed.with_columns(
        person_id=pl.coalesce("found", "minted"),
        is_new=pl.col("found").is_null(),
        alias=pl.col("alias").fill_null(False),
    )
    return keyed.drop(
        "by_number", "by_household", "group", "found_1", "found_2", "alias_1", "alias_2", "found", "minted"
    )


def _joined(*parts: str | pl.Expr) -> pl.Expr:
    """The parts as one key; null when any is missing."""
    return pl.concat_str(*parts, separator="\x1f", ignore_nulls=False)


def _groups(keyed: pl.DataFrame) -> pl.Series:
    """Rows of one person carry the line of its first row."""
    frame = keyed.select("by_number", "by_household", group=pl.col("line"))
    for step in range(PASSES):
        key = ("by_number", "by_household")[step % 2]
        spread = pl.col("group").min().over(key)
        frame = frame.with_columns(group=pl.when(pl.col(key).is_not_null()).then(spread).otherwise("group"))
    return frame["group"]


def _known(present: Present) -> pl.DataFrame:
    """The registry's persons, and the merged as those they are, with the same keys; one in two households stands
    twice."""
    places = present.places.join(present.households, on="household_id").select("identity", "county", "number")
    own = present.persons.with_columns(identity="person_id", alias=pl.lit(False)).select(present.aliases.columns)
    people = pl.concat([own, present.aliases])
    # Of several that turned out to be one the file's household finds it by any of their places.
    return people.join(places, on="identity", how="left", maintain_order="left").with_columns(
        by_number=_joined("id_number_blind", "name"),
        by_household=_joined("county", "number", "name", pl.col("birth_date").cast(pl.String)),
        by_all_but_name=_joined("county", "number", "id_number_blind", pl.col("birth_date").cast(pl.String)),
    )


def _with_renamed(keyed: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    """Fill `found` for the one row and the one person left over of a household with equal number and birth date."""
    key = _joined("county", "household", "id_number_blind", pl.col("birth_date").cast(pl.String))
    keyed = keyed.with_columns(by_all_but_name=key)
    taken = keyed["found"].drop_nulls()
    left_rows = keyed.filter(pl.col("found").is_null() & pl.col("by_all_but_name").is_not_null())
    left_rows = left_rows.group_by("by_all_but_name").agg(pl.col("group").n_unique(), first=pl.col("group").first())
    left_rows = left_rows.filter(pl.col("group") == 1)
    left_people = known.filter(~pl.col("person_id").is_in(taken.implode()) & pl.col("by_all_but_name").is_not_null())
    left_people = left_people.filter(pl.col("by_all_but_name").is_unique())
    pairs = left_rows.join(left_people, on="by_all_but_name").select(group=pl.col("first"), renamed_to="person_id")
    keyed = keyed.join(pairs.unique("group"), on="group", how="left")
    return keyed.with_columns(
        found=pl.coalesce("found", "renamed_to"), renamed=pl.col("renamed_to").is_not_null()
    ).drop("by_all_but_name", "renamed_to")
