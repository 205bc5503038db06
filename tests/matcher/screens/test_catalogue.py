"""The run of the screens: shapes, evidence, parameters by area and date, and nothing that depends on order."""

import json
from datetime import date
from typing import Any

import polars as pl
import pytest

from china.disability_cards import severe_for_assistance
from matcher.frames import COVERAGE, FACT, FINDING, PERSON, conform, empty
from matcher.screens.catalogue import CATALOGUE, parameters_for, run
from matcher.screens.columns.settings import ILLNESS_LINE_YUAN
from matcher.screens.parameters import Parameters, shipped

DAY = date(2021, 6, 1)
AREA = "640499000000"


def people(*ids: str) -> pl.DataFrame:
    return conform(pl.DataFrame({"subject_id": ids, "registered": [False] * len(ids)}), PERSON)


def fact(subject: str, kind: str, line: int, **values: Any) -> dict[str, Any]:
    return {"subject_id": subject, "kind": kind, "grade": "certain", "batch_id": "b", "line": line} | values


def facts(*rows: dict[str, Any]) -> pl.DataFrame:
    return conform(pl.DataFrame(list(rows), schema=dict(FACT)), FACT)


def parameters(**values: Any) -> Parameters:
    profile = {"area": AREA, "valid_from": "2021-01-01", "valid_to": None, "values": values}
    return parameters_for(AREA, DAY, [*shipped(), profile])


MONITORED = {"kind": "monitored", "text": "边缘易致贫户", "code": "active"}
SEVERE = {"kind": "disability-card", "text": "4", "number": 1.0, "code": "valid"}


def test_nobody_gives_no_finding_in_the_right_shape() -> None:
    found = run(empty(PERSON), empty(COVERAGE), empty(FACT), DAY, parameters())
    assert found.height == 0
    assert dict(found.schema) == dict(FINDING)


def test_a_person_found_by_several_screens_has_a_finding_each_and_every_row_behind_each() -> None:
    found = run(
        people("甲", "乙"),
        empty(COVERAGE),
        facts(
            fact("甲", **MONITORED, line=2),
            fact("甲", **SEVERE, line=3),
            fact("甲", **SEVERE, line=4),
            fact("甲", "labour", 2, code="weak", text="弱劳动力"),
            fact("丙", **SEVERE, line=9),
        ),
        DAY,
        parameters(),
    )
    assert found.select("subject_id", "screen").rows() == [
        ("甲", "uncovered-monitored"),
        ("甲", "uncovered-monitored-incapable"),
        ("甲", "uncovered-severe-disability"),
    ], "丙 is not among the people"
    rows = dict(found.select("screen", "records").iter_rows())
    assert rows["uncovered-severe-disability"] == ["b:3", "b:4"]
    assert rows["uncovered-monitored"] == ["b:2"]
    assert sorted(rows["uncovered-monitored-incapable"]) == ["b:2", "b:3", "b:4"]


def test_a_finding_keeps_what_it_was_decided_on() -> None:
    p = parameters()
    found = run(people("甲"), empty(COVERAGE), facts(fact("甲", **SEVERE, line=2)), DAY, p)
    inputs = json.loads(found["inputs"].item())
    assert inputs["as_of"] == "2021-06-01"
    assert inputs["parameters"] == p.version
    assert inputs["card_grade"] == 1
    assert inputs["covered"] is False
    assert found["version"].item() == "1"


def test_only_the_screens_asked_for_run_and_an_unknown_one_is_an_error() -> None:
    known = facts(fact("甲", **SEVERE, line=2), fact("甲", **MONITORED, line=2))
    found = run(people("甲"), empty(COVERAGE), known, DAY, parameters(), screens=["uncovered-monitored"])
    assert found["screen"].to_list() == ["uncovered-monitored"]
    with pytest.raises(KeyError, match="no-such-screen"):
        run(people("甲"), empty(COVERAGE), known, DAY, parameters(), screens=["no-such-screen"])


def test_the_order_of_people_and_facts_changes_nothing() -> None:
    who = people(*(f"p{i}" for i in range(40)))
    rows = facts(*(fact(f"p{i % 40}", **(SEVERE if i % 3 else MONITORED), line=i) for i in range(90)))
    once = run(who, empty(COVERAGE), rows, DAY, parameters())
    again = run(who.reverse(), empty(COVERAGE), rows, DAY, parameters())
    assert once.equals(again)
    shuffled = run(who, empty(COVERAGE), rows.sample(fraction=1, shuffle=True, seed=3), DAY, parameters())
    assert once.drop("records").equals(shuffled.drop("records"))
    assert once["records"].list.sort().to_list() == shuffled["records"].list.sort().to_list()


# ---- parameters


def test_a_county_changes_its_own_line_and_nobody_elses() -> None:
    ill = facts(fact("甲", "illness", 2, text="肺恶性肿瘤", number=8000.0))
    lower = parameters(illness_line_yuan=5000)
    assert run(people("甲"), empty(COVERAGE), ill, DAY, lower).height == 1
    assert run(people("甲"), empty(COVERAGE), ill, DAY, parameters()).height == 0
    values = {"illness_line_yuan": 1000}
    profile = {"area": "640500000000", "valid_from": "2021-01-01", "valid_to": None, "values": values}
    assert ILLNESS_LINE_YUAN.of(parameters_for(AREA, DAY, [*shipped(), profile])) == 10000


def test_the_most_specific_profile_valid_on_the_day_wins() -> None:
    def profile(area: str, since: str, until: str | None, line: int) -> dict[str, Any]:
        return {"area": area, "valid_from": since, "valid_to": until, "values": {"illness_line_yuan": line}}

    profiles = [
        *shipped(),
        profile(AREA, "2021-01-01", "2021-12-31", 3000),
        profile("640000000000", "2021-01-01", None, 1000),
        profile("640400000000", "2021-01-01", None, 2000),
    ]
    assert ILLNESS_LINE_YUAN.of(parameters_for(AREA, date(2021, 12, 31), profiles)) == 3000
    assert ILLNESS_LINE_YUAN.of(parameters_for(AREA, date(2022, 1, 1), profiles)) == 2000
    assert ILLNESS_LINE_YUAN.of(parameters_for("641200000000", DAY, profiles)) == 1000
    assert ILLNESS_LINE_YUAN.of(parameters_for("110000000000", DAY, profiles)) == 10000


def test_the_version_names_the_values() -> None:
    assert parameters().version == parameters_for(AREA, DAY).version
    assert parameters().version != parameters(illness_line_yuan=5000).version


def test_a_missing_or_misspelt_parameter_is_refused() -> None:
    with pytest.raises(ValueError, match="ilness_line"):
        parameters(ilness_line=1)
    with pytest.raises(ValueError, match="illness_line_yuan"):
        parameters_for(AREA, date(1999, 1, 1))


def test_the_national_set_of_severe_disabilities_is_the_one_definition() -> None:
    rows = [
        fact(f"{kind}-{grade}", "disability-card", 2, text=kind or None, number=float(grade), code="valid")
        for kind in ("", "1", "2", "3", "4", "5", "6", "7")
        for grade in (1, 2, 3, 4)
    ]
    who = people(*(row["subject_id"] for row in rows))
    found = run(who, empty(COVERAGE), facts(*rows), DAY, parameters())
    severe = {row["subject_id"] for row in rows if severe_for_assistance(row["text"], int(row["number"]))}
    assert set(found["subject_id"].to_list()) == severe


def test_screens_are_named_once() -> None:
    assert len({screen.id for screen in CATALOGUE}) == len(CATALOGUE) >= 10
