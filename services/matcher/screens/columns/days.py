"""Days as rules count them: months back, the month to come, birthdays.

Whoever was born on 29 February has the birthday of other years on the 28th: a period of years ends on the last day
of its month where that day is missing (民法典 第二百零二条).
"""

from calendar import monthrange
from datetime import date

import polars as pl


def months_before(day: date, months: int) -> date:
    """The same day so many months earlier, or the last one of that month."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def month_after(day: date) -> tuple[date, date]:
    """First and last day of the month after that of the day."""
    year, month = divmod(day.year * 12 + day.month, 12)
    return date(year, month + 1, 1), date(year, month + 1, monthrange(year, month + 1)[1])


def birthday(years: int) -> pl.Expr:
    """The day on which a person becomes so many years old; null where the birth is unknown."""
    return pl.col("birth_date").dt.offset_by(f"{years}y")


def aged(low: int, high: int, on: pl.Expr) -> pl.Expr:
    """Whether a person is from `low` to `high` years old (both included) on a day; null where the birth is unknown."""
    return (birthday(low) <= on) & (on < birthday(high + 1))


def told_day(name: str) -> pl.Expr:
    """A day as people write it: 2021年5月3日."""
    return pl.col(name).dt.strftime("%Y年%-m月%-d日")
