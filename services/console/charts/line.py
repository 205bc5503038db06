"""Lines over months: from nought, so that a small step looks small; marks of different shape besides the colours."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from markupsafe import Markup

from console.charts.bars import LEGEND, Words, legend_of
from console.charts.svg import Picture, percent, tag

PLOT, FOOT, HEAD, SIDE = 150, 28, 26, 0.07
MOST_LABELS = 6
LOW = 0.2


@dataclass(frozen=True)
class Series:
    """One line: its name, and a value (None: not told) for each label below."""

    label: str
    values: tuple[float | None, ...]


def line(words: Words, labels: Sequence[str], series: Sequence[Series]) -> Picture:
    """All lines on one scale."""
    full = max((value or 0 for one in series for value in one.values), default=0) or 1
    base = LEGEND + HEAD + PLOT
    drawn = [legend_of([one.label for one in series]), tag("line", x1=0, x2="100%", y1=base, y2=base, class_="axis")]
    for at, one in enumerate(series):
        drawn += _series(one, at, base, full)
    every = -(-len(labels) // MOST_LABELS)
    last = len(labels) - 1
    drawn += [
        tag("text", label, x=percent(across(at, len(labels))), y=base + 20, class_="word small", text_anchor="middle")
        for at, label in enumerate(labels)
        if (last - at) % every == 0
    ]
    return Picture(words.name, words.title, words.description, base + FOOT, tuple(drawn))


def across(at: int, number: int) -> float:
    """Where a point stands from left to right, as a share."""
    return 0.5 if number == 1 else SIDE + (1 - 2 * SIDE) * at / (number - 1)


def _series(one: Series, kind: int, base: float, full: float) -> list[Markup]:
    places = [
        None if value is None else (across(at, len(one.values)), base - PLOT * value / full, value)
        for at, value in enumerate(one.values)
    ]
    drawn = [
        tag("line", x1=percent(a[0]), y1=a[1], x2=percent(b[0]), y2=b[1], class_=f"stroke stroke-{kind}")
        for a, b in pairwise(places)
        if a is not None and b is not None
    ]
    drawn += [_mark(place[0], place[1], kind) for place in places if place is not None]
    drawn += [
        tag("text", f"{place[2]:,}", x=percent(place[0]), y=place[1] + _aside(kind, place[2] / full),
            class_="word small value", text_anchor="middle")
        for at, place in enumerate(places)
        if place is not None and at in _said(one.values)
    ]  # fmt: skip
    return drawn


def _aside(kind: int, share: float) -> float:
    """Numbers of the first line stand above it, those of the others below, unless the axis is too near."""
    return 22 if kind and share > LOW else -9


def _mark(x: float, y: float, kind: int) -> Markup:
    if kind == 0:
        return tag("circle", cx=percent(x), cy=y, r=5, class_="part part-0")
    return tag("svg", tag("rect", x=-5, y=-5, width=10, height=10, class_=f"part part-{kind}"), x=percent(x), y=y,
               overflow="visible")  # fmt: skip


def _said(values: Sequence[float | None]) -> set[int]:
    """Which points say their number: first and last, and the highest where it is not beside them."""
    known = [at for at, value in enumerate(values) if value is not None]
    if not known:
        return set()
    said = {known[0], known[-1]}
    highest = max(known, key=lambda at: values[at] or 0)
    return said | {highest} if all(abs(highest - at) > 1 for at in said) else said
