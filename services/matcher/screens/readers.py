"""Which screens a setting matters to, found by listening: each screen is run over nobody, and what it asks for noted.

A screen reads a setting itself, or a column of the scene that was made by one; so a new screen needs no list of what it
reads. What a column takes from columns of other parts is not followed: every part asks for its own settings.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from functools import cache
from itertools import chain
from typing import Any

from matcher.frames import COVERAGE, FACT, PERSON, empty
from matcher.screens.catalogue import CATALOGUE, SETTINGS, parameters_for
from matcher.screens.columns.known import Known
from matcher.screens.columns.settings import SCREEN_DAYS, SCREEN_TIERS, SCREEN_URGENCIES, URGENCY_COLOURS
from matcher.screens.parameters import Parameters, WhereSet
from matcher.screens.scene import AMONG, JUDGED, PARTS, Scene, scene_of
from matcher.screens.screen import Screen

_DAY = date(2021, 6, 1)  # any on which values are there: only names are listened for
OF_ALL = (SCREEN_TIERS.name, SCREEN_DAYS.name, SCREEN_URGENCIES.name, URGENCY_COLOURS.name)


class _Listening(Mapping[str, Any]):
    """Values that note which of them were asked for."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self.values_told, self.asked = dict(values), set[str]()

    def __getitem__(self, name: str) -> Any:
        self.asked.add(name)
        return self.values_told[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.values_told)

    def __len__(self) -> int:
        return len(self.values_told)

    def heard(self) -> frozenset[str]:
        """What was asked for since the last time."""
        found, self.asked = frozenset(self.asked), set()
        return found


@cache
def readers() -> dict[str, tuple[str, ...]]:
    """Setting → ids of the screens that read it, in the order of the catalogue."""
    # What an area may leave open is listened for as if it were set.
    lowest: dict[str, Any] = {one.name: one.inner.low for one in SETTINGS if isinstance(one, WhereSet)}
    ear = _Listening({**parameters_for("000000000000", _DAY).values, **lowest})
    parameters = Parameters(ear)
    made_by = _columns(ear, parameters)
    scene = scene_of(empty(PERSON), empty(COVERAGE), empty(FACT), _DAY, parameters)
    ear.heard()
    found: dict[str, list[str]] = {}
    for screen in CATALOGUE:
        for name in sorted(_read(screen, scene, ear, made_by) | {*OF_ALL}):
            found.setdefault(name, []).append(screen.id)
    return {name: tuple(ids) for name, ids in found.items()}


def _columns(ear: _Listening, parameters: Parameters) -> dict[str, frozenset[str]]:
    """Column of the scene → the settings it was made by."""
    ear.heard()
    known = Known.of(empty(COVERAGE), empty(FACT), _DAY, parameters)
    base = ear.heard()
    frame = empty(PERSON)
    made_by: dict[str, frozenset[str]] = {}
    for part in chain(*PARTS):
        told = part.columns(known).drop("subject_id")
        made_by |= dict.fromkeys(told.columns, base | ear.heard())
        frame = frame.hstack(told)
    for judged in JUDGED:
        made_by |= dict.fromkeys((each.meta.output_name() for each in judged(known)), base | ear.heard())
    frame = frame.with_columns(each for judged in JUDGED for each in judged(known))
    ear.heard()
    for among in AMONG:
        before = set(frame.columns)
        frame = among.columns(frame, known)
        made_by |= dict.fromkeys(set(frame.columns) - before, base | ear.heard())
    return made_by


def _read(screen: Screen, scene: Scene, ear: _Listening, made_by: Mapping[str, frozenset[str]]) -> frozenset[str]:
    told = [screen.condition(scene), screen.reason(scene), screen.tier(scene), screen.urgency(scene), screen.due(scene)]
    columns = {name for each in told for name in each.meta.root_names()}
    said = frozenset(own.name for own in screen.settings)  # also where a column of another column stands between
    return said | ear.heard().union(*(made_by.get(name, frozenset()) for name in columns))
