"""All screens, and the run of them over one county on one day.

A screen is one file; adding one is that file, its cases and its line here.
"""

from collections.abc import Collection
from datetime import date

import polars as pl

from matcher.frames import FINDING, empty
from matcher.screens import (
    covered_but_dead,
    single_person_dibao,
    uncovered_monitored,
    uncovered_monitored_incapable,
    uncovered_serious_illness,
    uncovered_severe_disability,
)
from matcher.screens.parameters import Parameters
from matcher.screens.scene import Scene, scene_of
from matcher.screens.screen import Screen

CATALOGUE: tuple[Screen, ...] = (
    uncovered_monitored_incapable.SCREEN,
    uncovered_severe_disability.SCREEN,
    uncovered_serious_illness.SCREEN,
    uncovered_monitored.SCREEN,
    single_person_dibao.SCREEN,
    covered_but_dead.SCREEN,
)
BY_ID = {screen.id: screen for screen in CATALOGUE}


def run(  # noqa: PLR0913, PLR0917 - three frames and three settings; a wrapper would only hide them
    people: pl.DataFrame,
    coverage: pl.DataFrame,
    facts: pl.DataFrame,
    as_of: date,
    parameters: Parameters,
    screens: Collection[str] | None = None,
) -> pl.DataFrame:
    """Findings (FINDING), sorted by person and screen, of the named screens or of all.

    Takes frames of shape PERSON, COVERAGE, FACT; people not in `people` are in no finding. Raises KeyError for a
    screen that is not in the catalogue.
    """
    if screens is not None and (unknown := set(screens) - {screen.id for screen in CATALOGUE}):
        raise KeyError(f"no such screen: {', '.join(sorted(unknown))}")
    return findings_in(scene_of(people, coverage, facts, as_of, parameters), screens)


def findings_in(scene: Scene, screens: Collection[str] | None = None) -> pl.DataFrame:
    """Findings (FINDING) of the named screens, or of all, in a scene; sorted by person and screen."""
    chosen = [screen for screen in CATALOGUE if screens is None or screen.id in screens]
    return pl.concat([empty(FINDING), *(screen.run(scene) for screen in chosen)]).sort("subject_id", "screen")
