"""What is owed, to the fen, and when somebody phases out."""

from datetime import date
from decimal import ROUND_CEILING, Decimal, localcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.coverage.amounts import benefit, month_end, next_month, phase_out_days, phases_out

FEN = st.integers(0, 10**9)


@given(FEN, st.integers(1, 20), st.decimals(0, 10**9, places=4, allow_nan=False), st.sampled_from([1, 10, 100]))
def test_the_amount_is_the_difference_of_the_whole_household_rounded_up(
    standard: int, people: int, income: Decimal, step: int
) -> None:
    with localcontext() as exact:
        exact.prec = 60
        missing = max(Decimal(0), Decimal(standard) * people - income)
        steps = (missing / step).to_integral_value(ROUND_CEILING)
    assert benefit(standard, people, income, step) == int(steps) * step
    assert 0 <= benefit(standard, people, income, step) - missing < step


def test_nothing_is_divided_by_heads_and_multiplied_back() -> None:
    assert benefit(632_00, 3, 1894_00, 100) == 2_00
    assert benefit(632_00, 3, Decimal(1894_00) / 3 * 3, 100) in {2_00, 3_00}  # what comes of it: the trap
    assert benefit(632_00, 3, 1893_99, 100) == 3_00
    assert benefit(632_00, 3, 1893_99) == 2_01
    assert benefit(632_00, 3, 1896_00) == benefit(632_00, 3, 9999_00) == 0


@pytest.mark.parametrize("wrong", [(-1, 1, 0, 1), (1, 0, 0, 1), (1, 1, -1, 1), (1, 1, 0, 0)])
def test_what_cannot_be_is_refused(wrong: tuple[int, int, int, int]) -> None:
    with pytest.raises(ValueError, match="not negative"):
        benefit(*wrong)


@pytest.mark.parametrize(
    ("per_head", "phasing"), [(500_00, False), (500_01, True), (999_99, True), (1000_00, False), (499_99, False)]
)
def test_phasing_out_lies_strictly_between_the_standard_and_twice_it(per_head: int, phasing: bool) -> None:
    assert phases_out(500_00, per_head, 20_000) is phasing


@given(st.dates(date(1990, 1, 1), date(2150, 1, 1)), st.integers(1, 12))
def test_a_phase_out_begins_with_the_next_month_and_lasts_whole_months(decided: date, months: int) -> None:
    begins, ends = phase_out_days(decided, months)
    assert begins > decided
    assert (begins - decided).days <= 31
    assert begins.day == 1
    assert ends == month_end(ends)
    assert (ends.year - begins.year) * 12 + ends.month - begins.month + 1 == months


def test_december_is_followed_by_january() -> None:
    assert next_month(date(2020, 12, 31)) == date(2021, 1, 1)
