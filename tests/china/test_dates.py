"""Dates in all the forms agencies write."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from china import dates
from tests.china.tables import cases, column, property_test

days = st.dates(date(1880, 1, 1), date(2099, 12, 31))
WRITTEN = ["{0:%Y%m%d}", "{0:%Y-%m-%d}", "{0.year}.{0.month}.{0.day}", "{0.year}/{0.month}/{0.day}"]
WRITTEN += ["{0.year}年{0.month}月{0.day}日", "{0:%Y-%m-%d} 12:30:00"]


@pytest.mark.parametrize("case", cases("dates"), ids=lambda case: repr(case["sent"]))
def test_a_cell_means_the_day_the_table_says(case: dict[str, object]) -> None:
    row = dates.read_column(column([case["sent"]])).row(0)  # type: ignore[list-item]  # YAML text
    assert row == (case.get("day"), case.get("precision"), case.get("reason"))


@property_test
@given(st.lists(st.text("0123456789-./年月日 :T无长期-十二〇", max_size=16) | st.none(), max_size=12))
def test_the_column_agrees_with_the_single_reading_on_any_text(values: list[str | None]) -> None:
    for value, row in zip(values, dates.read_column(column(values)).iter_rows(), strict=True):
        single = dates.read(value)
        assert row == ((single.day, single.precision, single.reason) if single else (None, None, None))


@property_test
@given(days, st.sampled_from(WRITTEN))
def test_every_day_is_read_back_from_every_form(day: date, form: str) -> None:
    assert dates.read(form.format(day)) == dates.Reading(day, "day", None)


@property_test
@given(st.dates(date(1910, 1, 2), date(2099, 12, 31)))
def test_serials_and_epochs_are_the_day_they_stand_for(day: date) -> None:
    serial = str((day - date(1899, 12, 30)).days)
    midnight = int((datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp() - 8 * 3600) * 1000)
    found = dates.read_column(column([serial, str(midnight)]))
    expected = [day, day if abs(midnight) >= 10**11 else found["date"][1]]
    assert found["date"].to_list() == expected


def test_months_of_coverage_run_from_their_first_to_their_last_day() -> None:
    months = column(["202002", "2019年2月", "2020-12-31", "2020", "无", None])
    assert dates.month_start_column(months).to_list() == [
        date(2020, 2, 1), date(2019, 2, 1), date(2020, 12, 1), None, None, None,
    ]  # fmt: skip
    assert dates.month_end_column(months).to_list() == [
        date(2020, 2, 29), date(2019, 2, 28), date(2020, 12, 31), None, None, None,
    ]  # fmt: skip
