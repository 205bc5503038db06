"""The screens against a slow checker that was written from the documents and knows nothing of their expressions."""

from collections import Counter
from datetime import date
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.screens.catalogue import CATALOGUE, run
from tests.examples import examples
from tests.matcher.screens.checker import CHECKS, holds
from tests.matcher.screens.checker.world import World
from tests.matcher.screens.checker.worlds import COUNTIES, DAYS_OF_RUN, Drawer, Frames
from tests.matcher.screens.tables import cases, day_of, frames, parameters

KINDS = {"uncovered", "entitled", "subsidy", "reminder", "care", "data"}
SCREENS = tuple(screen.id for screen in CATALOGUE if screen.kind in KINDS)
ALL = [pytest.param(screen, case, id=f"{screen}: {case['case']}") for screen in SCREENS for case in cases(screen)]
HOMES = ("h1", "h2", "h3", None)


def compared(made: Frames, day: date, county: dict[str, Any]) -> tuple[set[Any], set[Any]]:
    """By screens and by the checker: who, which screen, which tier."""
    values = parameters({"set": county}, day)
    found = run(*made, day, values, screens=SCREENS)
    screened = set(found.select("subject_id", "screen", "tier").iter_rows())
    assert len(screened) == found.height, "nobody is found twice by one screen"
    return screened, holds(World.of(*made, day, values.values), SCREENS)


def told(made: Frames, differ: set[Any], day: date, county: dict[str, Any]) -> str:
    """What is known of those about whom the two differ, and of their households, for whoever has to decide."""
    people, coverage, facts = made
    lines = [f"{day} {county}"]
    for subject in sorted({one[0] for one in differ})[:3]:
        home = people.filter(pl.col("subject_id") == subject)["household_key"].item()
        beside = people.filter((pl.col("subject_id") == subject) | (pl.col("household_key") == home))
        known = [part.filter(pl.col("subject_id").is_in(beside["subject_id"].to_list())) for part in (coverage, facts)]
        for row in (row for part in (beside, *known) for row in part.iter_rows(named=True)):
            lines.append(str({name: value for name, value in row.items() if value is not None}))
    return "\n".join(lines)


@pytest.mark.parametrize(("screen", "case"), ALL)
def test_the_checker_says_of_a_case_what_is_written(screen: str, case: dict[str, Any]) -> None:
    as_of = day_of(case)
    found = {
        (who, tier) for who, _, tier in holds(World.of(*frames(case), as_of, parameters(case, as_of).values), [screen])
    }
    expected = case["expect"]
    assert {who for who, _ in found} == set(expected)
    if isinstance(expected, dict):
        assert dict(found) == expected


def test_every_screen_of_these_kinds_is_checked() -> None:
    assert len(SCREENS) == 21
    assert set(SCREENS) <= set(CHECKS)


@st.composite
def worlds(draw: st.DrawFn) -> tuple[Frames, date, dict[str, Any]]:
    """Six people in three homes or in none, on a day, in a county."""
    day = draw(st.sampled_from(DAYS_OF_RUN))
    drawer = Drawer(day, lambda among: draw(st.sampled_from(among)))
    return drawer.frames(6, HOMES), day, draw(st.sampled_from(COUNTIES))


def small_worlds_agree(world: tuple[Frames, date, dict[str, Any]]) -> None:
    made, day, county = world
    screened, checked = compared(made, day, county)
    assert screened == checked, told(made, screened ^ checked, day, county)


@examples(80)
@given(world=worlds())
def test_a_small_world_is_found_as_the_checker_finds_it(world: tuple[Frames, date, dict[str, Any]]) -> None:
    small_worlds_agree(world)


@pytest.mark.soak
@examples(3000)
@given(world=worlds())
def test_many_small_worlds_are_found_as_the_checker_finds_them(world: tuple[Frames, date, dict[str, Any]]) -> None:
    small_worlds_agree(world)


def test_counties_are_found_as_the_checker_finds_them(pytestconfig: pytest.Config) -> None:
    people = 3400 if pytestconfig.getoption("--soak") else 400  # in each of nine counties
    listed: Counter[str] = Counter()
    for at, county in enumerate(COUNTIES):
        random = np.random.default_rng(6404_9900 + at)
        day = DAYS_OF_RUN[at % len(DAYS_OF_RUN)]
        drawer = Drawer(day, lambda among, draw=random.integers: among[draw(len(among))])
        made = drawer.frames(people, [*(f"h{home}" for home in range(people // 2)), None])
        screened, checked = compared(made, day, county)
        differ = screened ^ checked
        assert not differ, f"{sorted(differ)[:20]}\n{told(made, differ, day, county)}"
        listed.update(screen for _, screen, _ in checked)
    assert set(listed) == set(SCREENS), "a screen that finds nobody proves nothing"
