"""The tables of cases as frames, for every test that runs them."""

from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl

from matcher.frames import COVERAGE, FACT, PERSON, conform
from matcher.screens.catalogue import parameters_for
from matcher.screens.parameters import Parameters, shipped
from tests.tables import table

FOLDER = Path(__file__).parent / "cases"
AREA = "640499000000"
# The words of a case → the columns of a fact.
FACT_WORDS = {
    "class": "text",
    "diagnosis": "text",
    "category": "text",
    "grade": "number",
    "self_paid": "number",
    "status": "code",
    "icd": "code",
    "state": "code",
    "cause": "code",
    "programme": "text",
    "ratio": "number",
    "date": "valid_from",
    "until": "valid_to",
    "link": "grade",
    "person": "subject_id",
}


@cache
def cases(screen: str) -> list[dict[str, Any]]:
    """The table of one screen."""
    loaded: list[dict[str, Any]] = table(FOLDER / f"{screen}.yaml")
    return loaded


def day_of(case: dict[str, Any]) -> date:
    """The day a case is of."""
    return case.get("as_of", date(2021, 6, 1))


def frames(case: dict[str, Any]) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """People, coverage and facts of a case, of shape PERSON, COVERAGE, FACT."""
    people = [
        {"subject_id": p["id"], "household_key": p.get("household"), "registered": p.get("registered", False)}
        | {"birth_date": p.get("birth"), "area": p.get("area", f"{AREA[:6]}100001")}
        for p in case.get("people", [{"id": "甲"}])
    ]
    coverage = [
        {"subject_id": c.get("person", "甲"), "household_key": c.get("household"), "source": f"i1:{line}"}
        | {k: v for k, v in c.items() if k not in ("person", "household")}
        for line, c in enumerate(case.get("coverage", []), 3)
    ]
    facts = [
        {"subject_id": "甲", "grade": "certain", "batch_id": "b1", "line": line, "feed": "f", "kind": f["kind"]}
        | {FACT_WORDS.get(k, k): (str(v) if k == "class" else float(v) if k == "grade" else v) for k, v in f.items()}
        for line, f in enumerate(case.get("facts", []), 2)
    ]
    return shaped(people, PERSON), shaped(coverage, COVERAGE), shaped(facts, FACT)


def parameters(case: dict[str, Any], as_of: date) -> Parameters:
    """Those shipped, and what a case sets for its own county."""
    own = {"area": AREA, "valid_from": "2020-01-01", "valid_to": None, "values": case.get("set", {})}
    return parameters_for(AREA, as_of, [*shipped(), own])


def shaped(rows: list[dict[str, Any]], shape: Any) -> pl.DataFrame:
    """Rows as a frame of that shape; a word nobody knows is an error."""
    unknown = {name for row in rows for name in row} - set(shape)
    assert not unknown, f"a case uses words nobody knows: {unknown}"
    return conform(pl.DataFrame(rows, schema=dict(shape)) if rows else pl.DataFrame(schema=dict(shape)), shape)
