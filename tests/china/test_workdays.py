"""Working days: the plain week, announced holidays and make-up days."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from china.workdays import Calendar, read_calendar

# The National Day week of 2021 as the State Council announced it: 1-7 October off, 26 September and 9 October at work.
AUTUMN = read_calendar(
    "date,kind\n" + "".join(f"2021-10-0{day},休\n" for day in range(1, 8)) + "2021-09-26,班\n2021-10-09,班\n"
)
DAYS = st.dates(date(2021, 1, 1), date(2022, 12, 31))
CALENDARS = st.builds(
    Calendar,
    holidays=st.frozensets(DAYS.filter(lambda day: day.weekday() < 5), max_size=10),
    workdays=st.frozensets(DAYS.filter(lambda day: day.weekday() >= 5), max_size=10),
)


@pytest.mark.parametrize(
    ("day", "days", "expected"),
    [
        (date(2021, 6, 1), 3, date(2021, 6, 4)),  # Tuesday → Friday
        (date(2021, 6, 4), 1, date(2021, 6, 7)),  # Friday → Monday
        (date(2021, 6, 5), 1, date(2021, 6, 7)),  # Saturday counts from itself
        (date(2021, 6, 1), 10, date(2021, 6, 15)),
    ],
)
def test_the_day_of_the_event_does_not_count_and_weekends_are_skipped(day: date, days: int, expected: date) -> None:
    assert Calendar().after(day, days) == expected


def test_holidays_are_off_and_make_up_days_at_work() -> None:
    assert AUTUMN.after(date(2021, 9, 30), 1) == date(2021, 10, 8)
    assert AUTUMN.after(date(2021, 10, 8), 1) == date(2021, 10, 9)  # a Saturday at work
    assert AUTUMN.works(date(2021, 9, 26))
    assert not AUTUMN.works(date(2021, 10, 4))
    assert AUTUMN.between(date(2021, 9, 30), date(2021, 10, 11)) == 3


@given(calendar=CALENDARS, day=DAYS, days=st.integers(1, 40))
def test_the_last_day_works_and_as_many_working_days_lie_between(calendar: Calendar, day: date, days: int) -> None:
    last = calendar.after(day, days)
    assert calendar.works(last)
    assert calendar.between(day, last) == days
    assert calendar.between(last, day) == 0
    assert calendar.between(day, last - timedelta(days=1)) == days - 1


@pytest.mark.parametrize(
    ("text", "line"),
    [("2021-10-01,休\n2021-13-01,休\n", "line 2"), ("2021-10-01,放假\n", "line 1"), ("2021-10-01\n", "line 1")],
)
def test_a_line_that_cannot_be_read_is_named(text: str, line: str) -> None:
    with pytest.raises(ValueError, match=line):
        read_calendar(text)


def test_a_day_cannot_be_both() -> None:
    with pytest.raises(ValueError, match="2021-10-01"):
        read_calendar("2021-10-01,休\n2021-10-01,班\n")


def test_english_words_blank_lines_and_a_mark_at_the_beginning_are_fine() -> None:
    calendar = read_calendar("\ufeff2021-10-01,Holiday\n\n2021-10-09,workday\n")
    assert calendar == Calendar(frozenset({date(2021, 10, 1)}), frozenset({date(2021, 10, 9)}))


def test_no_period_is_shorter_than_a_day() -> None:
    with pytest.raises(ValueError, match="one day"):
        Calendar().after(date(2021, 6, 1), 0)
