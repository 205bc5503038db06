"""What a household is paid, and what phasing out asks: pure, in fen, exact.

The difference is made up for the household as a whole: ceil(standard × people − income). Never per head and back: of
1894 yuan and three people 631.33 a head would make 3 yuan of the 2 that are owed.
"""

from calendar import monthrange
from datetime import date
from decimal import Decimal
from fractions import Fraction
from math import ceil

Exact = int | Decimal
WHOLE = 10_000  # basis points


def benefit(standard_fen: int, people: int, income_fen: Exact, step_fen: int = 1) -> int:
    """The monthly amount in fen for `people` supported with the income of all of them, up to whole steps of `step_fen`.

    Raises ValueError for what cannot be: a negative figure, nobody supported, no step.
    """
    if standard_fen < 0 or people < 1 or income_fen < 0 or step_fen < 1:
        raise ValueError("a standard and an income are not negative, somebody is supported, and a step is at least 1")
    missing = standard_fen * people - Fraction(income_fen)
    return max(0, ceil(missing / step_fen) * step_fen)


def phases_out(standard_fen: int, per_head_fen: Exact, factor: int) -> bool:
    """E1: above the standard and below `factor` (basis points) times it, both sides strict."""
    return standard_fen < per_head_fen and per_head_fen * WHOLE < standard_fen * factor


def phase_out_days(decided_on: date, months: int) -> tuple[date, date]:
    """E2: first and last day of a phase-out of so many months, from the month after the decision."""
    begins = next_month(decided_on)
    return begins, month_end(months_later(begins, months - 1))


def next_month(day: date) -> date:
    """The first day of the month after."""
    return months_later(day, 1)


def months_later(day: date, months: int) -> date:
    """The first day of the month so many months later."""
    month = day.year * 12 + day.month - 1 + months
    return date(month // 12, month % 12 + 1, 1)


def month_end(day: date) -> date:
    """The last day of its month."""
    return day.replace(day=monthrange(day.year, day.month)[1])
