"""What the doors of the catalogue of screens answer."""

from datetime import date
from typing import Any

from matcher.api.schemas import Out


class CitationOut(Out):
    """A document and its sentence, word for word."""

    document: str
    sentence: str


class ScreenParameterOut(Out):
    """A parameter a screen is decided by: what it may be, its value in the area on the day, and the document.

    `value` null: the area has set none, and the screen says nothing (`may_be_open`).
    """

    setting: str
    title: str
    unit: str
    kind: str
    may_be_open: bool
    low: float | date | None
    high: float | date | None
    among: list[str]
    value: Any
    basis: str | None


class ScreenOut(Out):
    """A screen of the catalogue with what it rests on.

    `logic` says how it is worked out; `due_days` are working days where it asks for a time of its own; it needs a
    delivery of one of `sources`; `silent_because` says why it says nothing in this area, null where it speaks.
    """

    screen: str
    version: str
    title: str
    kind: str
    kind_title: str
    population: str
    logic: str
    citations: list[CitationOut]
    tier: str
    due_days: int | None
    sources: list[str]
    silent_because: str | None
    parameters_version: str
    parameters: list[ScreenParameterOut]


class ScreensOut(Out):
    """The catalogue as it stands in an area on a day."""

    area: str
    on: date
    screens: list[ScreenOut]
