"""What holds for everybody behind one door.

The scene is wide: what is found out for a door is joined to the doors alone and put beside the frame, which is not
copied for it.
"""

import polars as pl

from matcher.screens.columns.known import Known

DOOR = "door"


def judged(_: Known) -> list[pl.Expr]:
    """door: a number for each household; whoever has none is behind a door alone."""
    alone = pl.format("person {}", "subject_id")
    key = pl.coalesce("household_key", alone).cast(pl.Categorical).to_physical()
    return [key.alias(DOOR)]


def beside(frame: pl.DataFrame, about: pl.DataFrame, by: str = DOOR) -> pl.DataFrame:
    """The frame with the columns of `about`, a row a door (or `by`); null where there is none. Raises on a column that
    is there already."""
    found = frame[[by]].join(about, on=by, how="left", maintain_order="left")
    return frame.hstack(found[found.columns[1:]])
