"""A funnel: steps one below the other, each as wide as what is left of its group."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from console.charts.bars import Words
from console.charts.svg import Picture, percent, tag

ROW, HEAD = 52, 30


@dataclass(frozen=True)
class Step:
    """One step: its name, how many (None: not told), the figure in words, and the heading above a group's first."""

    label: str
    value: float | None
    text: str
    head: str | None = None


def funnel(words: Words, steps: Sequence[Step]) -> Picture:
    """Every step is drawn on the scale of the largest."""
    full = max((step.value or 0 for step in steps), default=0) or 1
    drawn: list[Markup] = []
    y = 0.0
    for step in steps:
        if step.head is not None:
            drawn.append(tag("text", step.head, x=0, y=y + 18, class_="word small"))
            y += HEAD
        share = (step.value or 0) / full
        drawn += [
            tag("text", step.label, x=0, y=y + 16, class_="word"),
            tag("text", step.text, x="100%", y=y + 16, class_="word value", text_anchor="end"),
            tag("rect", x=0, y=y + 24, width="100%", height=18, class_="rail"),
            tag("rect", x=percent((1 - share) / 2), y=y + 24, width=percent(share), height=18, class_="part part-0"),
        ]
        y += ROW
    return Picture(words.name, words.title, words.description, y, tuple(drawn))
