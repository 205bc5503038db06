"""Screens a made-up county of so many people in a process of its own: `screen_many.py PEOPLE REPORT`.

Households of three in thirty townships; of a hundred people six hold a disability card, three are ill, four are
monitored, five cannot work, one has died, eight are covered and paid into an account. REPORT (JSON): seconds of
the whole run, how many were found, and seconds of each turn in which one person changed.
"""

import json
import sys
import time
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from matcher.frames import COVERAGE, FACT, PERSON, conform
from matcher.screens.again import Screened, Terms
from matcher.screens.catalogue import parameters_for, run
from matcher.screens.in_force import Group

SEED = 808
DAY = date(2021, 6, 1)
AREA = "640499000000"
TURNS = 40


def frames(count: int) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """PERSON, COVERAGE and FACT of `count` people."""
    draw = np.random.default_rng(SEED)
    ids = pl.Series("subject_id", np.arange(count)).cast(pl.String).str.zfill(9)
    homes = pl.Series("household_key", np.arange(count) // 3).cast(pl.String)
    towns = pl.Series(100 + np.arange(count) // 3 % 30).cast(pl.String)
    born = pl.Series(draw.integers(-14_600, 18_000, count)).cast(pl.Date)
    people = pl.DataFrame({"subject_id": ids, "household_key": homes, "birth_date": born}).with_columns(
        registered=pl.lit(value=True), area=pl.lit("640499") + towns + "201"
    )
    paid = draw.random(count) < 0.08
    held = people.filter(pl.Series(paid))
    coverage = held.select(
        "subject_id", "household_key", programme=pl.lit("dibao-rural"), form=pl.lit("household"),
        start=pl.lit(date(2019, 1, 1)), household_size=pl.lit(3), source=pl.format("i:{}", "subject_id"),
    )  # fmt: skip
    kinds: list[tuple[float, dict[str, Any]]] = [
        (0.04, {"kind": "disability-card", "text": "4", "number": 3.0, "code": "valid"}),
        (0.02, {"kind": "disability-card", "text": "5", "number": 2.0, "code": "valid"}),
        (0.01, {"kind": "illness", "text": "肺恶性肿瘤", "number": 23_000.0}),
        (0.02, {"kind": "illness", "text": "高血压", "number": 800.0}),
        (0.04, {"kind": "monitored", "text": "边缘易致贫户", "code": "active"}),
        (0.05, {"kind": "labour", "text": "弱劳动力", "code": "weak"}),
        (0.01, {"kind": "death", "valid_from": date(2021, 3, 3)}),
    ]
    facts = []
    for line, (share, words) in enumerate(kinds, 2):
        mine = people.filter(pl.Series(draw.random(count) < share)).select("subject_id")
        said = {name: pl.lit(value) for name, value in words.items()}
        facts.append(conform(mine.with_columns(**said, line=line), FACT))
    payouts = held.select(
        "subject_id", kind=pl.lit("payout"), code=pl.lit("same"), about="subject_id", number=pl.lit(12_000.0),
        count=pl.lit(29), valid_from=pl.lit(date(2019, 1, 1)), valid_to=pl.lit(date(2021, 5, 31)), line=pl.lit(9),
    )  # fmt: skip
    known = pl.concat([*facts, conform(payouts, FACT)])
    known = known.with_columns(grade=pl.lit("certain"), batch_id=pl.lit("b"), feed=pl.lit("f"))
    return conform(people, PERSON), conform(coverage, COVERAGE), known


def turns(screened: Screened, told: tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame], count: int) -> list[float]:
    """Seconds of each turn: one person falls ill, everybody of the household is judged again."""
    people, coverage, facts = told
    took = []
    for place in np.random.default_rng(SEED + 1).integers(0, count, TURNS):
        who = people["subject_id"][int(place)]
        of = pl.col("subject_id") == who
        ill = {"subject_id": who, "kind": "illness", "text": "胃癌", "number": 30_000.0, "grade": "certain"}
        row = pl.DataFrame([{**ill, "batch_id": "c", "line": 2}])
        mine = pl.concat([facts.filter(of), conform(row, FACT)])
        begun = time.perf_counter()
        screened.turn([who], people.filter(of), coverage.filter(of), mine)
        took.append(time.perf_counter() - begun)
    return took


def main() -> None:
    """Screen, once whole and then one by one."""
    count, report = int(sys.argv[1]), Path(sys.argv[2])
    told, parameters = frames(count), parameters_for(AREA, DAY)
    begun = time.perf_counter()
    found = run(*told, DAY, parameters)
    whole = time.perf_counter() - begun
    begun = time.perf_counter()
    screened = Screened(*told, Terms(DAY, [Group(parameters, ())]))
    indexed = time.perf_counter() - begun
    report.write_text(
        json.dumps({"whole": whole, "found": found.height, "indexed": indexed, "turns": turns(screened, told, count)})
    )


if __name__ == "__main__":
    main()
