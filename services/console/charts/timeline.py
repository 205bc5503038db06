"""Periods through time: a line of words for each, its bar below, all on one scale of years."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from markupsafe import Markup

from console.charts.bars import LEGEND, Words, legend_of
from console.charts.svg import Picture, percent, tag

ROW, BAR, FOOT = 46, 14, 26
MOST_LABELS, EDGE = 6, 0.05
FEW_YEARS = timedelta(days=800)
AHEAD = timedelta(days=92)  # what lasts is drawn a little beyond today


@dataclass(frozen=True)
class Span:
    """From which day to which, both included (None: it lasts), and which entry of the legend it is."""

    start: date
    end: date | None
    kind: int


@dataclass(frozen=True)
class Lane:
    """One line: its name, the days in words, and its spans, later ones over earlier ones."""

    label: str
    text: str
    spans: tuple[Span, ...]


def timeline(words: Words, lanes: Sequence[Lane], legend: Sequence[str], day: date) -> Picture:
    """`day`: the day looked at, which gets a mark across every bar."""
    starts = [span.start for lane in lanes for span in lane.spans]
    ends = [span.end or day for lane in lanes for span in lane.spans]
    scale = _Scale(min([*starts, day]), max([*ends, *starts, day]) + AHEAD)
    base = LEGEND + ROW * len(lanes)
    drawn = [legend_of(legend)]
    for at, lane in enumerate(lanes):
        drawn += _lane(lane, LEGEND + at * ROW, scale, percent(scale.share(day)))
    drawn += [tag("line", x1=0, x2="100%", y1=base, y2=base, class_="axis"), *_ticks(scale, base)]
    return Picture(words.name, words.title, words.description, base + FOOT, tuple(drawn))


@dataclass(frozen=True)
class _Scale:
    first: date
    last: date

    def share(self, day: date) -> float:
        """Where a day stands from left to right."""
        whole = (self.last - self.first).days or 1
        return min(max((day - self.first).days / whole, 0.0), 1.0)


def _lane(lane: Lane, y: float, scale: _Scale, now: str) -> list[Markup]:
    drawn = [
        tag("text", lane.label, x=0, y=y + 18, class_="word"),
        tag("text", lane.text, x="100%", y=y + 18, class_="word small", text_anchor="end"),
        tag("rect", x=0, y=y + 26, width="100%", height=BAR, class_="rail"),
    ]
    for span in lane.spans:
        begin = scale.share(span.start)
        end = scale.share(span.end + timedelta(days=1)) if span.end else 1.0
        place = {"x": percent(begin), "y": y + 26, "width": percent(max(end - begin, 0.004)), "height": BAR}
        drawn.append(tag("rect", class_=f"part part-{span.kind}", **place))
    return [*drawn, tag("line", x1=now, x2=now, y1=y + 23, y2=y + 29 + BAR, class_="now")]


def _ticks(scale: _Scale, base: float) -> list[Markup]:
    """Years below the axis; quarters where there are few years."""
    months = (1, 4, 7, 10) if scale.last - scale.first < FEW_YEARS else (1,)
    days = [date(year, month, 1) for year in range(scale.first.year, scale.last.year + 1) for month in months]
    days = [day for day in days if scale.first <= day <= scale.last]
    every = -(-len(days) // MOST_LABELS) or 1
    drawn = []
    for day in days[::every]:
        x = percent(scale.share(day))
        text = f"{day.year}年" if months == (1,) else f"{day.year}-{day.month:02}"
        drawn += [
            tag("line", x1=x, x2=x, y1=base, y2=base + 5, class_="axis"),
            tag("text", text, x=x, y=base + 20, class_="word small", text_anchor=_anchor(scale.share(day))),
        ]
    return drawn


def _anchor(share: float) -> str:
    """Words at either edge stay within the picture."""
    return "start" if share < EDGE else "end" if share > 1 - EDGE else "middle"
