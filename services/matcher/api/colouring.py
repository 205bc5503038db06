"""The colour of a lead's urgency, by its own area's mapping: a township's red may begin elsewhere than the next's."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from fastapi import FastAPI
from sqlmodel import Session

from matcher.profiles import store as profiles
from matcher.screens.columns.settings import URGENCY_COLOURS
from matcher.screens.in_force import origins
from matcher.screens.parameters import Parameters, Profile


@dataclass(frozen=True)
class Colouring:
    """By the profiles that hold on a day; each area is looked up once."""

    day: date
    approved: Sequence[Profile]
    _known: dict[str, Parameters] = field(default_factory=dict, compare=False, repr=False)

    def of(self, area: str, urgency: int) -> str:
        """红, 橙, 黄 or 绿."""
        # Where nobody approved anything of an area's own, all of them are coloured alike.
        place = area if self.approved else area[:2].ljust(12, "0")
        if place not in self._known:
            told = origins(place, self.day, self.approved)[URGENCY_COLOURS.name]
            self._known[place] = Parameters({URGENCY_COLOURS.name: told.value})
        return URGENCY_COLOURS.colour(self._known[place], urgency)


def colouring_of(app: FastAPI, session: Session) -> Colouring:
    """As it holds today."""
    return Colouring(app.state.desk.today(), list(profiles.approved(session)))
