"""A map of tiles: each division a square of the same size, in the order of codes, darker where there are more.

No outline of the land is needed, a small township is as easy to see as a large one, and every tile says its number.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from console.charts.bars import Words
from console.charts.svg import Picture, linked, percent, tag

ACROSS, SIDE, GAP, LEGEND = 4, 84, 6, 34
SHADES = 4  # beside the one of nought
LINE = 5  # letters of a name on one line


@dataclass(frozen=True)
class Tile:
    """One division: name, number (None: not told), the number in words, and the way onwards."""

    label: str
    value: int | None
    text: str
    href: str | None = None


def tiles(words: Words, told: Sequence[Tile]) -> Picture:
    """The map with its scale below."""
    most = max((tile.value or 0 for tile in told), default=0)
    drawn = [_tile(tile, at, shade(tile.value, most)) for at, tile in enumerate(told)]
    under = math.ceil(len(told) / ACROSS) * SIDE
    return Picture(words.name, words.title, words.description, under + LEGEND, (*drawn, _scale(under, most)))


def shade(value: int | None, most: int) -> int | None:
    """0 for nobody, then 1 to SHADES in equal parts up to the most; None where it is not told."""
    if value is None:
        return None
    return math.ceil(value * min(SHADES, most) / most) if value > 0 else 0


def _tile(tile: Tile, at: int, step: int | None) -> Markup:
    column, line = at % ACROSS, at // ACROSS
    name = [tile.label[:LINE], tile.label[LINE : 2 * LINE]] if len(tile.label) > LINE else [tile.label]
    kind = "unknown" if step is None else str(step)
    inner = [tag("rect", x=0, y=0, width="100%", height="100%", rx=5, class_=f"tile tile-{kind}")]
    inner += [
        tag("text", part, x="50%", y=(26 if len(name) == 1 else 20) + 16 * number, class_=f"word small on-{kind}",
            text_anchor="middle")
        for number, part in enumerate(name)
    ]  # fmt: skip
    inner.append(tag("text", tile.text, x="50%", y=60, class_=f"word number on-{kind}", text_anchor="middle"))
    square = tag("svg", *inner, x=0, y=0, width="95%", height=SIDE - GAP)
    place = tag("svg", square, x=percent(column / ACROSS), y=line * SIDE, width=percent(1 / ACROSS), height=SIDE)
    return linked(tile.href, tag("title", f"{tile.label} {tile.text}"), place)


def ranges(most: int) -> list[str]:
    """What each shade stands for: `0`, `1–4`, `5–8` …"""
    steps = min(SHADES, most)
    found, low = ["0"], 1
    for step in range(1, steps + 1):
        high = most * step // steps
        found.append(str(high) if high == low else f"{low}–{high}")
        low = high + 1
    return found


def _scale(y: float, most: int) -> Markup:
    return tag("g", *(_key(text, step, y + 8) for step, text in enumerate(ranges(most))))


def _key(text: str, step: int, y: float) -> Markup:
    square = tag("rect", x=0, y=4, width=16, height=16, rx=3, class_=f"tile tile-{step}")
    word = tag("text", text, x=21, y=17, class_="word small")
    share = 1 / (SHADES + 1)
    return tag("svg", square, word, x=percent(step * share), y=y, width=percent(share), height=LEGEND - 8)
