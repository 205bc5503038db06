"""Whether anybody behind a door can earn the household's living.

What a register says of the ability to work outweighs the age: a man of 64 told to be able works, one of 40 told to be
unable does not. Where it says nothing, who is of working age and not severely disabled is taken to work; so is whoever
has no known age: a household is without labour only where that is known of everybody.
"""

import polars as pl

from matcher.screens.columns.days import aged
from matcher.screens.columns.doors import DOOR, beside
from matcher.screens.columns.known import Known
from matcher.screens.columns.part import Among
from matcher.screens.parameters import Whole

WORKING_FROM = Whole("working_age_from", "劳动年龄起", 14, 25, "周岁")
WORKING_TO = Whole("working_age_to", "劳动年龄止（含）", 50, 75, "周岁")


def columns(frame: pl.DataFrame, known: Known) -> pl.DataFrame:
    """household_members (alive), household_workers, without_labour."""
    p = known.parameters
    of_age = aged(WORKING_FROM.of(p), WORKING_TO.of(p), pl.lit(known.as_of)).fill_null(True)
    works = ~pl.col("incapable") & (pl.col("able") | (~pl.col("severe") & of_age))
    alive = frame.select(DOOR, "dead", works=works).filter(~pl.col("dead")).group_by(DOOR)
    about = alive.agg(household_members=pl.len().cast(pl.Int32), household_workers=pl.col("works").sum().cast(pl.Int32))
    return beside(frame, about).with_columns(without_labour=(pl.col("household_workers") == 0).fill_null(False))


AMONG = Among(columns)
