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
    accounts,
    aid,
    breadwinners,
    cards,
    care,
    carers,
    conduct,
    coverage,
    deaths,
    disagreements,
    doors,
    duplicates,
    events,
    exemptions,
    exits,
    expiries,
    groups,
    households,
    illness,
    labour,
    lapsed_cards,
    monitoring,
    payments,
    property,
    registration,
    subsidies,
    tekun,
    workers,
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
    exemptions.columns,
    lapsed_cards.columns,
    events.columns,
    breadwinners.columns,
    aid.columns,
    tekun.columns,
    subsidies.columns,
    groups.columns,
    carers.columns,
    expiries.columns,
    payments.columns,
    care.columns,
    conduct.columns,
    exits.columns,
    registration.columns,
    duplicates.columns,
    property.columns,
)
# Of each person for the sake of others: the frame with more columns, in order.
AMONG: tuple[Callable[[pl.DataFrame, Known], pl.DataFrame], ...] = (
    households.columns,
    doors.columns,
    workers.columns,
    breadwinners.among,
    events.among,
    aid.among,
    tekun.among,
    subsidies.among,
    groups.among,
    carers.among,
    accounts.columns,
    conduct.beside,
    disagreements.columns,
)
# Kinds of facts whose `about` relates people to each other: what is said of one may rest on another's facts.
RELATING = ("payout", "account-peak", "staff", "staff-relative")
KIN = "kin"  # the kind whose `about` is a relative's own id


def scene_of(  # noqa: PLR0913, PLR0917 - three frames and three settings, as a run of the screens has
    people: pl.DataFrame,
    covered: pl.DataFrame,
    facts: pl.DataFrame,
    as_of: date,
    parameters: Parameters,
    kinds: frozenset[str] | None = None,
) -> Scene:
    """Frames of shape PERSON, COVERAGE, FACT → one row per person; `kinds` as in Known."""
    frame = conform(people, PERSON).unique("subject_id", keep="first", maintain_order=True)
    known = Known.of(covered, facts, as_of, parameters, kinds)
    for part in PARTS:
        frame = doors.beside(frame, part(known), "subject_id")
    frame = frame.with_columns(_flags(frame))
    for among in AMONG:
        frame = among(frame, known)
    return Scene(frame.with_columns(_flags(frame)), as_of, parameters)


def _flags(frame: pl.DataFrame) -> list[pl.Expr]:
    return [pl.col(name).fill_null(False) for name, kind in frame.schema.items() if kind == pl.Boolean]
