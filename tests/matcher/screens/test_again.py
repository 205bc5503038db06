"""Screened again in part, people have the findings they would have from the beginning."""

from datetime import date
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.frames import COVERAGE, FACT, PERSON, Shape, conform
from matcher.screens.again import Screened, Terms, judge
from matcher.screens.catalogue import parameters_for, run
from matcher.screens.in_force import Group
from matcher.screens.parameters import shipped
from tests.examples import examples

DAY = date(2021, 6, 1)
PARAMETERS = parameters_for("640499000000", DAY)
HERE, THERE = "640499100201", "640499200201"
OTHER_LINE = {
    "area": "640499200000",
    "valid_from": "2021-01-01",
    "valid_to": None,
    "values": {"illness_line_yuan": 500},
}
OTHERS = parameters_for(THERE, DAY, [*shipped(), OTHER_LINE])  # of a township with a line of its own
TERMS = Terms(DAY, [Group(PARAMETERS, ())])
PARTED = Terms(DAY, [Group(PARAMETERS, (HERE,)), Group(OTHERS, (THERE,))])
WHO = "甲乙丙丁戊己庚辛"
HOMES = ("h1", "h2", "h3", None)
DAYS = st.sampled_from([date(2019, 1, 1), date(2021, 3, 10), date(2021, 5, 31), date(2021, 6, 1), None])
Household = dict[str, list[dict[str, Any]]]


def coverages(subject: str) -> st.SearchStrategy[list[dict[str, Any]]]:
    one = st.fixed_dictionaries(
        {
            "subject_id": st.just(subject),
            "household_key": st.sampled_from(HOMES),
            "programme": st.sampled_from(["dibao-rural", "tekun-home", "dibao-margin"]),
            "form": st.sampled_from(["household", "single", None]),
            "start": st.sampled_from([date(2019, 1, 1), date(2021, 7, 1)]),
            "end": DAYS,
            "household_size": st.integers(1, 3),
            "source": st.just("i:1"),
        }
    )
    return st.lists(one, max_size=2)


def facts(subject: str) -> st.SearchStrategy[list[dict[str, Any]]]:
    kinds = st.sampled_from(
        [
            {"kind": "disability-card", "text": "4", "number": 1.0, "code": "valid"},
            {"kind": "disability-card", "text": "6", "number": 3.0, "code": "frozen"},
            {"kind": "illness", "text": "胃癌", "number": 20_000.0},
            {"kind": "illness", "text": "肺癌"},
            {"kind": "monitored", "text": "边缘易致贫户", "code": "active"},
            {"kind": "labour", "code": "none"},
            {"kind": "death"},
            {"kind": "payout", "text": "某某", "code": "other", "number": 900.0, "count": 3, "about": "a1"},
            {"kind": "payout", "text": "某某", "code": "same", "number": 900.0, "count": 3, "about": "a2"},
            {"kind": "sudden-event", "code": "fire"},
            {"kind": "custody", "code": "imprisoned"},
            {"kind": "staff", "code": "village-cadre", "about": "s1"},
            {"kind": "staff-relative", "code": "30", "about": "s1"},
            {"kind": "kin", "text": "父", "about": "甲"},
            {"kind": "kin", "text": "子", "about": "丙"},
            {"kind": "payout-peak", "text": "regular", "number": 90_000.0, "count": 1, "about": "a1"},
            {"kind": "unowed-payment", "code": "ended", "number": 900.0, "count": 3},
            {"kind": "custodian", "code": "cadre", "text": "某某", "count": 9},
            {"kind": "care-agreement", "code": "complete"},
            {"kind": "self-care", "text": "全自理", "code": "full"},
            {"kind": "temporary-aid", "code": "emergency-granted", "number": 500.0},
            {"kind": "disability-subsidy", "code": "living", "number": 110.0},
            {"kind": "child-allowance", "code": "orphan"},
            {"kind": "left-behind", "code": "orphan"},
            {"kind": "unemployed", "code": "uninsured"},
            {"kind": "household-registration", "code": "moved-out"},
            {"kind": "property", "code": "vehicle", "text": "小型轿车"},
            {"kind": "income-ratio", "number": 1.5},
            {"kind": "exit", "text": "收入超标", "code": "unassessed"},
            {"kind": "mass-exit", "code": "surge", "number": 4.0, "count": 30, "about": "town"},
            {"kind": "double-coverage", "code": "two-counties", "text": "dibao-rural", "about": "h9"},
        ]
    )
    extras = st.fixed_dictionaries(
        {"valid_from": DAYS, "grade": st.sampled_from(["certain", "probable", "possible"]), "line": st.integers(2, 9)}
    )
    of = {"subject_id": subject, "batch_id": "b", "feed": "f"}
    return st.lists(st.tuples(kinds, extras).map(lambda two: {**of, **two[0], **two[1]}), max_size=4)


@st.composite
def person(draw: st.DrawFn, subject: str) -> Household:
    """Everything known of one person; nobody at all now and then, or somebody facts tell of and nobody knows."""
    there = draw(st.sampled_from([*["known"] * 5, "told of", "nobody"]))
    if there != "known":
        return {"people": [], "coverage": [], "facts": draw(facts(subject)) if there == "told of" else []}
    born = draw(st.sampled_from([date(1941, 6, 1), date(1961, 6, 1), date(1990, 1, 1), date(2012, 5, 5), None]))
    row = {"subject_id": subject, "registered": True, "household_key": draw(st.sampled_from(HOMES))}
    return {
        "people": [{**row, "area": draw(st.sampled_from((HERE, THERE))), "birth_date": born}],
        "coverage": draw(coverages(subject)),
        "facts": draw(facts(subject)),
    }


def everybody() -> st.SearchStrategy[dict[str, Household]]:
    return st.fixed_dictionaries({subject: person(subject) for subject in WHO})


def changes() -> st.SearchStrategy[list[dict[str, Household]]]:
    one = st.lists(st.sampled_from(WHO), min_size=1, max_size=2, unique=True)
    turns = one.flatmap(lambda who: st.fixed_dictionaries({subject: person(subject) for subject in who}))
    return st.lists(turns, min_size=1, max_size=4)


def frame(world: dict[str, Household], part: str, shape: Shape) -> pl.DataFrame:
    rows = [row for one in world.values() for row in one[part]]
    return conform(pl.DataFrame(rows, schema=dict(shape)) if rows else pl.DataFrame(schema=dict(shape)), shape)


def frames(world: dict[str, Household]) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    return frame(world, "people", PERSON), frame(world, "coverage", COVERAGE), frame(world, "facts", FACT)


def told(found: pl.DataFrame) -> dict[tuple[str, str], tuple[Any, ...]]:
    """By person and screen, what is found; the rows behind it in any order."""
    return {
        (row["subject_id"], row["screen"]): (row["tier"], row["urgency"], row["reason"], sorted(row["records"]))
        for row in found.iter_rows(named=True)
    }


def whole(world: dict[str, Household], terms: Terms) -> dict[tuple[str, str], tuple[Any, ...]]:
    """As told of everybody at once, each group of areas by itself."""
    people, *known = frames(world)
    found: dict[tuple[str, str], tuple[Any, ...]] = {}
    for group in terms.groups:
        mine = people.filter(pl.col("area").is_in(group.areas)) if group.areas else people
        found |= told(run(mine, *known, terms.as_of, group.parameters))
    return found


@pytest.mark.parametrize("terms", [TERMS, PARTED], ids=["one", "parted"])
@examples(25, few=8)
@given(world=everybody(), turns=changes())
def test_any_turns_give_what_a_whole_run_gives(
    terms: Terms, world: dict[str, Household], turns: list[dict[str, Household]]
) -> None:
    screened = Screened(*frames(world), terms)
    held = judge(*frames(world), terms).findings
    assert told(held) == whole(world, terms)
    for turn in turns:
        world = world | turn
        done = screened.turn(list(turn), *frames(turn))
        assert set(turn) <= done.touched
        held = pl.concat([held.filter(~pl.col("subject_id").is_in(list(done.touched))), done.judged.findings])
        assert told(held) == whole(world, terms)
        people = {of for of, each in world.items() if each["people"]}
        assert set(done.judged.people["subject_id"]) == done.touched & people


def test_only_those_who_share_something_are_judged_again() -> None:
    world: dict[str, Household] = {
        subject: {
            "people": [{"subject_id": subject, "registered": True, "household_key": home}],
            "coverage": [],
            "facts": [],
        }
        for subject, home in zip(WHO, ["h1", "h1", "h2", "h2", "h3", "h3", None, None], strict=True)
    }
    town, kin = {"kind": "reserve-payment", "about": "town"}, {"kind": "kin", "about": "戊"}
    world["辛"]["facts"] = [{"subject_id": "辛", **town}, {"subject_id": "辛", **kin}]
    screened = Screened(*frames(world), TERMS)
    turn = {"甲": {**world["甲"], "people": [{**world["甲"]["people"][0], "household_key": "h2"}]}}
    assert screened.turn(["甲"], *frames(turn)).touched == {"甲", "乙", "丙", "丁"}
    turn = {"庚": {**world["庚"], "facts": [{"subject_id": "庚", "kind": "reserve-payment", "about": "town"}]}}
    assert screened.turn(["庚"], *frames(turn)).touched == {"庚"}
    assert screened.turn(["谁"], *frames({})).touched == {"谁"}
    turn = {"戊": world["戊"]}
    assert screened.turn(["戊"], *frames(turn)).touched == {"戊", "己", "辛"}, "and whoever calls them kin"


def test_the_first_fact_of_a_kind_is_news_for_everybody() -> None:
    world = {subject: person_alone(subject) for subject in WHO}
    screened = Screened(*frames(world), TERMS)
    turn = {
        "甲": {**world["甲"], "facts": [{"subject_id": "甲", "kind": "temporary-aid", "code": "emergency-granted"}]}
    }
    assert screened.turn(["甲"], *frames(turn)).touched == set(WHO)
    assert screened.turn(["乙"], *frames({"乙": world["乙"]})).touched == {"乙"}
    assert screened.turn(["甲"], *frames({"甲": world["甲"]})).touched == set(WHO), (
        "and so is that there is none any more"
    )


def person_alone(subject: str) -> Household:
    return {"people": [{"subject_id": subject, "registered": True}], "coverage": [], "facts": []}
