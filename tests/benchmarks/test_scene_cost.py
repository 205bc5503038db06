"""What each part of the screens' scene costs over 200 000 people, beside one bare grouping of all facts.

Processor time of all threads; nothing is asserted about it. A part that looks at whole columns costs at most a few of
those groupings; one that walks through rows costs hundreds. The table is there to be read before a new part goes in.
"""

import time
from collections.abc import Callable
from datetime import date, timedelta
from itertools import chain
from typing import Any

import numpy as np
import polars as pl
import pytest

from matcher.frames import COVERAGE, FACT, PERSON, conform
from matcher.screens.catalogue import CATALOGUE, findings_in, parameters_for
from matcher.screens.columns import doors
from matcher.screens.columns.known import Known
from matcher.screens.scene import AMONG, JUDGED, PARTS, columns_of, scene_of
from matcher.screens.screen import findings_of

PEOPLE, DAY = 200_000, date(2021, 6, 1)
# kind → (codes, share of the people who have one)
KINDS: dict[str, tuple[tuple[str, ...], float]] = {
    "disability-card": (("valid", "frozen", "expired"), 0.06),
    "disability-component": (("4", "5", "6"), 0.005),
    "illness": (("C15", "J06.9"), 0.2),
    "death": (("",), 0.02),
    "monitored": (("active", "removed"), 0.1),
    "labour": (("none", "weak", "able"), 0.5),
    "sudden-event": (("fire", "disaster"), 0.01),
    "custody": (("imprisoned",), 0.003),
    "temporary-aid": (("emergency", "one-off"), 0.05),
    "application": (("open", "decided"), 0.02),
    "unemployed": (("uninsured", "with-benefit"), 0.05),
    "disability-subsidy": (("living", "care"), 0.05),
    "left-behind": (("child", "elderly", "woman", "orphan"), 0.05),
    "self-care": (("none", "partly", "full"), 0.02),
    "care-agreement": (("complete",), 0.02),
    "obligor": (("none", "unable", "able"), 0.05),
    "income-ratio": (("",), 0.1),
    "phase-out": (("running",), 0.01),
}


def county() -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """People in households of three, a fifth of them covered; PERSON, COVERAGE, FACT."""
    dice = np.random.default_rng(7)
    ids = np.array([f"p{number:07d}" for number in range(PEOPLE)])
    homes = np.array([f"h{number // 3:07d}" for number in range(PEOPLE)])
    births = [date(1930, 1, 1) + timedelta(days=int(days)) for days in dice.integers(0, 32_000, PEOPLE)]
    people = {"subject_id": ids, "household_key": homes, "birth_date": births, "registered": [True] * PEOPLE}
    who = dice.random(PEOPLE) < 0.2
    covered: dict[str, Any] = {"subject_id": ids[who], "household_key": homes[who]}
    covered |= {"programme": dice.choice(["dibao-rural", "tekun-home", "dibao-margin"], who.sum())}
    coverage = pl.DataFrame(covered).with_columns(
        start=pl.lit(date(2019, 1, 1)), household_size=pl.lit(1), form=pl.lit("household"), source=pl.lit("i:1")
    )
    facts = [_facts(kind, codes, ids[dice.random(PEOPLE) < share], dice) for kind, (codes, share) in KINDS.items()]
    return conform(pl.DataFrame(people), PERSON), conform(coverage, COVERAGE), pl.concat(facts)


def _facts(kind: str, codes: tuple[str, ...], ids: np.ndarray, dice: np.random.Generator) -> pl.DataFrame:
    told = pl.DataFrame({"subject_id": ids, "code": dice.choice(codes, len(ids)), "line": np.arange(len(ids))})
    days = pl.Series(dice.integers(0, 1500, len(ids)))
    return conform(
        told.with_columns(
            kind=pl.lit(kind),
            text=pl.Series(dice.integers(1, 8, len(ids))).cast(pl.String),
            number=pl.Series(dice.integers(1, 5, len(ids)) * (5000 if kind == "illness" else 1)).cast(pl.Float64),
            valid_from=pl.lit(DAY) - pl.duration(days=days),
            valid_to=pl.lit(DAY) + pl.duration(days=days),
            batch_id=pl.lit("b"),
            feed=pl.lit("f"),
            grade=pl.lit("certain"),
        ),
        FACT,
    )


def _name(told: Callable[..., Any]) -> str:
    return f"{told.__module__.rpartition('.')[2]}.{told.__name__.lstrip('_')}"


def _said(name: str, seconds: float, beside: float) -> None:
    print(f"  {name:42} {seconds * 1000:8.1f} ms   x {seconds / beside:6.2f}")


@pytest.mark.bench
def test_what_each_part_of_the_scene_costs() -> None:
    people, coverage, facts = county()
    p = parameters_for("640499000000", DAY)
    scene_of(people.head(1000), coverage, facts, DAY, p)  # warms up
    known = Known.of(coverage, facts, DAY, p)
    begun = time.process_time()
    facts.group_by("subject_id").agg(pl.len())
    beside = time.process_time() - begun
    print(f"\n{PEOPLE} people, {facts.height} facts, beside one grouping of all facts ({beside * 1000:.1f} ms)")
    frame = people
    made = columns_of(p)
    for part in chain(*PARTS):
        begun = time.process_time()
        frame = doors.beside(frame, part.columns(known), "subject_id").with_columns(made[part].flags)
        _said(_name(part.columns), time.process_time() - begun, beside)
    for judged in JUDGED:
        begun = time.process_time()
        frame = frame.with_columns(judged(known))
        _said(f"judged: {_name(judged)}", time.process_time() - begun, beside)
    for among in AMONG:
        begun = time.process_time()
        frame = among.columns(frame, known).with_columns(made[among].flags)
        _said(f"among: {_name(among.columns)}", time.process_time() - begun, beside)
    scene = scene_of(people, coverage, facts, DAY, p)
    for screen in CATALOGUE:
        begun = time.process_time()
        found = findings_of([screen], scene)
        _said(f"{screen.id}: {found.height}", time.process_time() - begun, beside)
    begun = time.process_time()
    found = findings_in(scene_of(people, coverage, facts, DAY, p))
    _said(f"everything: {found.height}", time.process_time() - begun, beside)
    assert set(found["screen"]) == {screen.id for screen in CATALOGUE}, "a screen nobody is found by is not measured"
