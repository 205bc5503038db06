"""Months as the board is asked about: of the calendar, or of business, from the day after its last to the next one."""

import calendar
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

Kind = Literal["natural", "business"]
TITLES: dict[Kind, str] = {"natural": "自然月", "business": "业务月"}
LONGEST = 28  # every month has such a day


@dataclass(frozen=True)
class Month:
    """The days of one month, both included; `name` is the month its last day lies in: YYYY-MM."""

    kind: Kind
    since: date
    until: date

    @property
    def name(self) -> str:
        """As addresses have it."""
        return f"{self.until:%Y-%m}"

    @property
    def title(self) -> str:
        """As the list to choose from has it."""
        told = f"{self.until.year}年{self.until.month}月"
        return f"{told}末" if self.kind == "natural" else f"{told}（{self.since:%m-%d} 至 {self.until:%m-%d}）"


def month_of(day: date, kind: Kind, last_day: int) -> Month:
    """The month a day lies in. One of business ends on `last_day` and begins the day after that of the month before."""
    if kind == "natural":
        return Month(kind, day.replace(day=1), day.replace(day=calendar.monthrange(day.year, day.month)[1]))
    last = min(last_day, LONGEST)
    first = day.replace(day=1)
    until = day.replace(day=last) if day.day <= last else _next(first).replace(day=last)
    return Month(kind, (until.replace(day=1) - timedelta(days=1)).replace(day=last) + timedelta(days=1), until)


def months_over(day: date, number: int, kind: Kind = "natural", last_day: int = 15) -> list[Month]:
    """The months that are over on a day, the oldest first."""
    found: list[Month] = []
    one = month_of(day, kind, last_day)
    for _ in range(number):
        one = month_of(one.since - timedelta(days=1), kind, last_day)
        found.append(one)
    return found[::-1]


def _next(first: date) -> date:
    return (first + timedelta(days=31)).replace(day=1)
