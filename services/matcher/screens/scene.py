"""Everything the screens look at, one row per person, as of one day.

People, coverage and facts are brought together once; a screen is then a condition over these columns. Only facts
carried by a trusted link count. A death whose link is still in review excludes nobody; it is only shown.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache, reduce
from itertools import chain

import polars as pl

from matcher.frames import COVERAGE, FACT, PERSON, conform, empty
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
from matcher.screens.columns.part import Among, Part
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


# Of each person by itself; a group is joined by itself first, for what it says is of few.
PARTS: tuple[tuple[Part, ...], ...] = (
    coverage.PARTS,
    deaths.PARTS,
    cards.PARTS,
    illness.PARTS,
    monitoring.PARTS,
    labour.PARTS,
    exemptions.PARTS,
    lapsed_cards.PARTS,
    events.PARTS,
    breadwinners.PARTS,
    aid.PARTS,
    tekun.PARTS,
    subsidies.PARTS,
    groups.PARTS,
    carers.PARTS,
    expiries.PARTS,
    payments.PARTS,
    care.PARTS,
    conduct.PARTS,
    exits.PARTS,
    registration.PARTS,
    duplicates.PARTS,
    property.PARTS,
    accounts.PARTS,
)
# What follows of each person from the columns of the parts, as expressions.
JUDGED: tuple[Callable[[Known], list[pl.Expr]], ...] = (
    doors.judged,
    aid.judged,
    tekun.judged,
    subsidies.judged,
    groups.judged,
)
# Of each person for the sake of others, by the columns of the parts and the door.
AMONG: tuple[Among, ...] = (
    households.AMONG,
    workers.AMONG,
    breadwinners.AMONG,
    events.AMONG,
    aid.AMONG,
    carers.AMONG,
    accounts.AMONG,
    conduct.AMONG,
    disagreements.AMONG,
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
    made = columns_of(parameters)
    asked = {one for one in made if known.at_hand(one.of)}
    for group in PARTS:
        if told := [part.columns(known) for part in group if part in asked]:
            frame = doors.beside(frame, reduce(_both, told), "subject_id")
    parts = [made[part].flags if part in asked else made[part].blank for group in PARTS for part in group]
    silent = [made[among].blank for among in AMONG if among not in asked]
    frame = frame.with_columns(_flag("registered"), *chain(*parts, *silent))
    frame = frame.with_columns(each for judged in JUDGED for each in judged(known))
    heard = [among for among in AMONG if among in asked]
    for among in heard:
        frame = among.columns(frame, known)
    return Scene(frame.with_columns(each for among in heard for each in made[among].flags), as_of, parameters)


@dataclass(frozen=True)
class Columns:
    """What a part, or what is told among people, puts into the scene. `blank`: its columns where it says nothing, null
    or false; `flags`: where it speaks, its flags, false of whomever it says nothing of."""

    blank: tuple[pl.Expr, ...]
    flags: tuple[pl.Expr, ...]

    @classmethod
    def of(cls, schema: Mapping[str, pl.DataType]) -> "Columns":
        """Of these names and types."""
        flags = [name for name, kind in schema.items() if kind == pl.Boolean]
        blank = (pl.lit(False if name in flags else None, dtype=kind).alias(name) for name, kind in schema.items())
        return cls(tuple(blank), tuple(map(_flag, flags)))


@lru_cache(maxsize=32)
def columns_of(parameters: Parameters) -> dict[Part | Among, Columns]:
    """By part the columns it makes, found by asking it about nobody; the day makes no difference to them."""
    known = Known.of(empty(COVERAGE), empty(FACT), date(2021, 6, 1), parameters)
    frame = empty(PERSON)
    found: dict[Part | Among, Columns] = {}
    for part in chain(*PARTS):
        told = part.columns(known).drop("subject_id")
        found[part] = Columns.of(told.schema)
        frame = frame.hstack(told)
    frame = frame.with_columns(each for judged in JUDGED for each in judged(known))
    for among in AMONG:
        before, frame = set(frame.columns), among.columns(frame, known)
        found[among] = Columns.of({name: kind for name, kind in frame.schema.items() if name not in before})
    return found


def _both(one: pl.DataFrame, other: pl.DataFrame) -> pl.DataFrame:
    return one.join(other, on="subject_id", how="full", coalesce=True)


def _flag(name: str) -> pl.Expr:
    return pl.col(name).fill_null(False)
