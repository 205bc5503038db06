"""All screens, and the run of them over one county on one day.

A screen is one file in `policies/`; adding one is that file and its cases.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import date
from importlib import import_module
from pkgutil import iter_modules

import polars as pl

from matcher.screens import in_force, policies
from matcher.screens import parameters as profiles
from matcher.screens.columns.settings import SHARED
from matcher.screens.parameters import Parameters, Profile, Setting, shipped
from matcher.screens.scene import Scene, scene_of
from matcher.screens.screen import KINDS, Screen, findings_of


def discovered() -> tuple[Screen, ...]:
    """The screens of all files in `policies/`, in order of what they are about and of their ids."""
    names = sorted(module.name for module in iter_modules(policies.__path__))
    screens: list[Screen] = [import_module(f"{policies.__name__}.{name}").SCREEN for name in names]
    order = list(KINDS)
    return tuple(sorted(screens, key=lambda one: (order.index(one.kind), one.id)))


CATALOGUE: tuple[Screen, ...] = discovered()
BY_ID = {screen.id: screen for screen in CATALOGUE}
SETTINGS: tuple[Setting, ...] = tuple(
    {setting.name: setting for setting in (*SHARED, *(own for one in CATALOGUE for own in one.settings))}.values()
)


def looks_for_missed(screen: str) -> bool:
    """Whether a screen of that id finds people who have no support; also one that is in the catalogue no more."""
    return BY_ID[screen].kind == "uncovered" if screen in BY_ID else not screen.startswith("covered-")


def parameters_for(area: str, on: date, told: Iterable[Profile] | None = None) -> Parameters:
    """The parameters of a 12-digit area on a day, by the shipped profiles or those told. Raises Unsettled."""
    values = profiles.chosen(area, on, shipped() if told is None else told)
    return profiles.settled(values, SETTINGS)


REGISTRY = "registry"  # as a source it is always there


def silent(delivered: Collection[str]) -> dict[str, str]:
    """Screen → why it says nothing: none of the feeds it needs was ever delivered."""
    return {
        screen.id: f"缺少数据来源：{'、'.join(screen.sources)}（有其一即可）"
        for screen in CATALOGUE
        if screen.sources and not set(screen.sources) & {REGISTRY, *delivered}
    }


def parameters_of(area: str, on: date, approved: Iterable[Profile]) -> Parameters:
    """The parameters of a 12-digit area on a day, by the shipped profiles and those approved. Raises Unsettled."""
    return in_force.decided(area, on, approved, SETTINGS)


def groups_of(areas: Collection[str], on: date, approved: Sequence[Profile]) -> list[in_force.Group]:
    """The areas parted by what they are decided by, the most common first. Raises Unsettled."""
    return in_force.groups(areas, on, approved, SETTINGS)


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
    return findings_of(chosen, scene).sort("subject_id", "screen")
