"""The screens of wrong coverage, payments, leaving and conduct against the slow checker, written from the documents."""

from datetime import date
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.screens.catalogue import CATALOGUE, run
from tests.examples import examples
from tests.matcher.screens.checker import CHECKS, holds
from tests.matcher.screens.checker.money_worlds import COUNTIES, DAYS_OF_RUN
from tests.matcher.screens.checker.money_worlds import frames as made_up
from tests.matcher.screens.checker.world import World
from tests.matcher.screens.checker.worlds import Frames
from tests.matcher.screens.tables import cases, day_of, frames, parameters

KINDS = {"wrongly-covered", "payment", "review", "exit", "conduct"}
SCREENS = tuple(screen.id for screen in CATALOGUE if screen.kind in KINDS)
ALL = [pytest.param(screen, case, id=f"{screen}: {case['case']}") for screen in SCREENS for case in cases(screen)]
# Screens that send somebody to some people and have others asked by telephone, or only watch them.
TWO_TIERS = {
    *("covered-but-dead", "covered-but-gone", "covered-duplicate", "covered-in-conflict"),
    *("account-changed-before-payout", "paid-after-end", "reserve-fund-irregular", "shared-account"),
    *("mass-exit", "custodian-risk"),
}


@pytest.mark.parametrize(("screen", "case"), ALL)
def test_the_checker_says_of_a_case_what_is_written(screen: str, case: dict[str, Any]) -> None:
    as_of = day_of(case)
    found = holds(World.of(*frames(case), as_of, parameters(case, as_of).values), [screen])
    expected = case["expect"]
    assert {who for who, _, _ in found} == set(expected)
    if isinstance(expected, dict):
        assert {who: tier for who, _, tier in found} == expected


def test_every_screen_of_these_kinds_is_checked() -> None:
    assert len(SCREENS) == 18
    assert set(SCREENS) <= set(CHECKS)


def compared(made: Frames, day: date, county: dict[str, Any]) -> tuple[set[Any], set[Any]]:
    """By screens and by the checker: who, which screen, which tier."""
    values = parameters({"set": county}, day)
    found = run(*made, day, values, screens=SCREENS)
    screened = set(found.select("subject_id", "screen", "tier").iter_rows())
    assert len(screened) == found.height, "nobody is found twice by one screen"
    return screened, holds(World.of(*made, day, values.values), SCREENS)


@st.composite
def worlds(draw: st.DrawFn) -> tuple[Frames, date, dict[str, Any]]:
    """A few people on a day, in a county."""
    day = draw(st.sampled_from(DAYS_OF_RUN))
    made = made_up(lambda among: draw(st.sampled_from(among)), day, draw(st.integers(1, 5)))
    return made, day, draw(st.sampled_from(COUNTIES))


def small_worlds_agree(world: tuple[Frames, date, dict[str, Any]]) -> None:
    screened, checked = compared(*world)
    assert screened == checked


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
    people = 30_000 if pytestconfig.getoption("--soak") else 3_000
    random = np.random.default_rng(6404_9917)
    tiers: dict[str, set[str]] = {screen: set() for screen in SCREENS}
    for county, day in zip(COUNTIES, DAYS_OF_RUN, strict=True):
        made = made_up(lambda among: among[int(random.integers(len(among)))], day, people // len(COUNTIES))
        screened, checked = compared(made, day, county)
        assert not screened ^ checked, f"{day} {county}: {sorted(screened ^ checked)[:20]}"
        for _, screen, tier in checked:
            tiers[screen].add(tier)
    assert {screen for screen in SCREENS if tiers[screen]} == set(SCREENS), "who is never found proves nothing"
    assert {screen for screen in TWO_TIERS if len(tiers[screen]) < 2} == set()
