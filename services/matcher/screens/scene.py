"""Everything the screens look at, one row per person, as of one day.

People, coverage and facts are brought together once; a screen is then a condition over these columns. Only facts
carried by a trusted link count. A death whose link is still in review excludes nobody; it is only shown.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import polars as pl

from matcher.frames import PERSON, conform
from matcher.screens.columns import (
    cards,
    coverage,
    deaths,
    disagreements,
    duplicates,
    households,
    illness,
    labour,
    monitoring,
    property,
    registration,
)
from matcher.screens.columns.known import Known
from matcher.screens.parameters import Parameters

CLASS_NAMES = {"1": "视力", "2": "听力", "3": "言语", "4": "肢体", "5": "智力", "6": "精神", "7": "多重"}
GRADE_NAMES = {"1": "一级", "2": "二级", "3": "三级", "4": "四级"}
PROGRAMME_NAMES = {
    "dibao-rural": "农村低保",
    "dibao-urban": "城市低保",
    "tekun-institution": "特困集中供养",
    "tekun-home": "特困分散供养",
    "dibao-margin": "低保边缘",
    "rigid-expenditure": "刚性支出困难",
    "temporary-aid": "临时救助",
}


@dataclass(frozen=True)
class Scene:
    """`people`: one row per subject with the columns below; `as_of` the day; `parameters` what is decided by.

    PERSON columns, and what the parts below say of a person. Booleans are never null, lists may be.
    """

    people: pl.DataFrame
    as_of: date
    parameters: Parameters


# Of each person by itself: frames keyed by subject_id, in the order they are joined.
PARTS: tuple[Callable[[Known], pl.DataFrame], ...] = (
    coverage.columns,
    deaths.columns,
    cards.columns,
    illness.columns,
    monitoring.columns,
    labour.columns,
    registration.columns,
    duplicates.columns,
    property.columns,
)
# Of each person for the sake of others: the frame with more columns, in order.
AMONG: tuple[Callable[[pl.DataFrame, Known], pl.DataFrame], ...] = (
    households.columns,
    disagreements.columns,
)


def scene_of(
    people: pl.DataFrame, covered: pl.DataFrame, facts: pl.DataFrame, as_of: date, parameters: Parameters
) -> Scene:
    """Frames of shape PERSON, COVERAGE, FACT → one row per person."""
    frame = conform(people, PERSON).unique("subject_id", keep="first", maintain_order=True)
    known = Known.of(covered, facts, as_of, parameters)
    for part in PARTS:
        frame = frame.join(part(known), on="subject_id", how="left", maintain_order="left")
    frame = frame.with_columns(_flags(frame))
    for among in AMONG:
        frame = among(frame, known)
    return Scene(frame.with_columns(_flags(frame)), as_of, parameters)


def _flags(frame: pl.DataFrame) -> list[pl.Expr]:
    return [pl.col(name).fill_null(False) for name, kind in frame.schema.items() if kind == pl.Boolean]
