"""Every screen against its table of cases, which a civil affairs officer can extend (see cases/README.md)."""

from typing import Any

import pytest

from matcher.screens.catalogue import CATALOGUE, run
from matcher.screens.columns.settings import TIERS
from matcher.screens.screen import KINDS
from tests.matcher.screens.tables import FOLDER, cases, day_of, frames, parameters

ALL = [
    pytest.param(screen.id, case, id=f"{screen.id}: {case['case']}")
    for screen in CATALOGUE
    for case in cases(screen.id)
]


@pytest.mark.parametrize(("screen", "case"), ALL)
def test_a_case_comes_out_as_written(screen: str, case: dict[str, Any]) -> None:
    as_of = day_of(case)
    found = run(*frames(case), as_of, parameters(case, as_of), screens=[screen])
    expected = case["expect"]
    assert sorted(found["subject_id"].to_list()) == sorted(expected)
    if isinstance(expected, dict):
        assert dict(found.select("subject_id", "tier").iter_rows()) == expected
    for text in found["reason"].to_list():
        assert str(case.get("says", "")) in text
    for word in {"due_days", "urgency"} & set(case):
        assert set(found[word].to_list()) == {case[word]}
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
        assert screen.days is None or 0 < screen.days <= 250
