"""Bars: a line of words, and the bar below it, so that a long name is never cut."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from console.charts.svg import Picture, linked, percent, tag

ROW, LEGEND, LINE = 46, 32, 20
ROOM = 300  # pixels of a line on a telephone: a name and a figure that do not fit beside each other take two lines
WIDE, NARROW = 15, 9  # pixels of a Chinese letter, and of others


@dataclass(frozen=True)
class Bar:
    """One bar: its name, how long (None: not told), the figure in words, the way onwards, and what it is made of."""

    label: str
    value: float | None
    text: str
    href: str | None = None
    parts: tuple[float, ...] = ()


@dataclass(frozen=True)
class Words:
    """A chart's id, title and description."""

    name: str
    title: str
    description: str


def bars(words: Words, rows: Sequence[Bar], legend: Sequence[str] = (), most: float | None = None) -> Picture:
    """`most`: the value that fills the width (the largest by default); `legend`: what the parts are."""
    top = LEGEND if legend else 0
    full = most or max((row.value or 0 for row in rows), default=0) or 1
    drawn, y = [legend_of(legend)], top
    for row in rows:
        more = LINE if breadth(row.label) + breadth(row.text) > ROOM else 0
        drawn.append(_bar(row, y, more, full))
        y += ROW + more
    return Picture(words.name, words.title, words.description, max(y, ROW), tuple(drawn))


def breadth(text: str) -> int:
    """About how many pixels a text takes."""
    return sum(NARROW if letter.isascii() else WIDE for letter in text)


def legend_of(names: Sequence[str]) -> Markup:
    """Squares with their names, in one line."""
    return tag("g", *(_key(name, at, len(names)) for at, name in enumerate(names)))


def _key(name: str, at: int, number: int) -> Markup:
    square = tag("rect", x=0, y=4, width=14, height=14, class_=f"part part-{at}")
    word = tag("text", name, x=20, y=16, class_="word small")
    return tag("svg", square, word, x=percent(at / number), width=percent(1 / number), height=LEGEND)


def _bar(row: Bar, y: float, more: float, full: float) -> Markup:
    words = (
        tag("text", row.label, x=0, y=y + 18, class_="word way" if row.href else "word"),
        tag("text", row.text, x="100%", y=y + 18 + more, class_="word value", text_anchor="end"),
    )
    ground = tag("rect", x=0, y=y + 26 + more, width="100%", height=12, class_="rail")
    return linked(row.href, *words, ground, *_lengths(row, y + 26 + more, full))


def _lengths(row: Bar, y: float, full: float) -> list[Markup]:
    if row.value is None:
        return []
    drawn, begun = [], 0.0
    for at, part in enumerate(row.parts or (row.value,)):
        if part > 0:
            share = min(part / full, 1 - begun)
            place = {"x": percent(begun), "y": y, "width": percent(share), "height": 12}
            drawn.append(tag("rect", class_=f"part part-{at}", **place))
            begun += share
    return drawn
