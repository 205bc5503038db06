"""Every screen against its table of cases, which a civil affairs officer can extend (see cases/README.md)."""

from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import yaml

from matcher.frames import COVERAGE, FACT, PERSON, conform
from matcher.screens.catalogue import CATALOGUE, parameters_for, run
from matcher.screens.columns.settings import TIERS
from matcher.screens.parameters import shipped
from matcher.screens.screen import KINDS

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
    "date": "valid_from",
    "until": "valid_to",
    "link": "grade",
    "person": "subject_id",
}


def cases(screen: str) -> list[dict[str, Any]]:
    loaded: list[dict[str, Any]] = yaml.safe_load((FOLDER / f"{screen}.yaml").read_text("utf-8"))
    return loaded


def frames(case: dict[str, Any]) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    people = [
        {"subject_id": p["id"], "household_key": p.get("household"), "registered": p.get("registered", False)}
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


def shaped(rows: list[dict[str, Any]], shape: Any) -> pl.DataFrame:
    unknown = {name for row in rows for name in row} - set(shape)
    assert not unknown, f"a case uses words nobody knows: {unknown}"
    return conform(pl.DataFrame(rows, schema=dict(shape)) if rows else pl.DataFrame(schema=dict(shape)), shape)


ALL = [
    pytest.param(screen.id, case, id=f"{screen.id}: {case['case']}")
    for screen in CATALOGUE
    for case in cases(screen.id)
]


@pytest.mark.parametrize(("screen", "case"), ALL)
def test_a_case_comes_out_as_written(screen: str, case: dict[str, Any]) -> None:
    as_of = case.get("as_of", date(2021, 6, 1))
    own = {"area": AREA, "valid_from": "2020-01-01", "valid_to": None, "values": case.get("parameters", {})}
    found = run(*frames(case), as_of, parameters_for(AREA, as_of, [*shipped(), own]), screens=[screen])
    expected = case["expect"]
    assert sorted(found["subject_id"].to_list()) == sorted(expected)
    if isinstance(expected, dict):
        assert dict(found.select("subject_id", "tier").iter_rows()) == expected
    for text in found["reason"].to_list():
        assert str(case.get("says", "")) in text
    assert found["records"].list.len().min() != 0, "a finding names the rows behind it"


@pytest.mark.parametrize("screen", CATALOGUE, ids=lambda screen: screen.id)
def test_every_screen_has_cases_on_both_sides_and_cites_the_duty_it_serves(screen: Any) -> None:
    table = cases(screen.id)
    listed = [case for case in table if case["expect"]]
    assert len(listed) >= 3
    assert len(table) - len(listed) >= 3
    assert len({case["case"] for case in table}) == len(table), "two cases say the same"
    assert screen.citations
    for citation in screen.citations:
        assert citation.document
        assert len(citation.sentence) > 6
        assert "[F" not in citation.document + citation.sentence, "a research note is no citation"


def test_no_table_of_cases_is_left_without_its_screen() -> None:
    assert {path.stem for path in FOLDER.glob("*.yaml")} == {screen.id for screen in CATALOGUE}


def test_every_screen_has_a_tier_a_kind_and_days_of_its_own() -> None:
    for screen in CATALOGUE:
        assert screen.usual_tier in TIERS
        assert screen.kind in KINDS
        assert 0 < screen.days <= 250
