"""What spreadsheets leave of an ID number."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from china import id_numbers
from china.number_damage import damage, damage_column
from tests.china.tables import column, property_test
from tests.china.test_id_numbers import cells, numbers


def test_the_last_digits_changed_by_a_float_column_are_recognised() -> None:
    assert str(int(float("640499194912310021"))) == "640499194912310016"
    assert damage("640499194912310016") is not None
    assert damage("640499194912310016").kind == "float"  # type: ignore[union-attr]  # asserted above


@pytest.mark.parametrize(
    ("sent", "kind", "trusted"),
    [
        ("640499198001010000", "ends-000", "640499198001010"),
        ("6.40499E+17", "scientific", "64049"),
        ("6.40499198001011E+17", "scientific", "640499198001011"),
        ("6.4E17", "scientific", "6"),
        ("64049919491231002X", None, None),
        ("无", None, None),
        (None, None, None),
    ],
)
def test_damage_and_what_is_left(sent: str | None, kind: str | None, trusted: str | None) -> None:
    found = damage(sent)
    assert (found.kind, found.trusted) == (kind, trusted) if found else kind is None


@property_test
@given(numbers().filter(lambda number: number.isdigit()))
def test_a_number_that_went_through_a_spreadsheet_keeps_the_digits_called_trusted(number: str) -> None:
    found = damage(number[:15] + "000")
    assert found is not None
    assert (found.kind, found.trusted) == ("ends-000", number[:15])


@property_test
@given(numbers().filter(lambda number: number.isdigit()))
def test_a_number_that_went_through_a_float_is_seen_unless_it_survived(number: str) -> None:
    stored = str(int(float(number)))
    found = damage(stored)
    if stored == number:
        assert found is None or found.kind == "ends-000"
    elif not id_numbers.read(stored).valid:  # type: ignore[union-attr]  # eighteen digits always read
        assert found is not None


@property_test
@given(st.lists(cells, max_size=10))
def test_the_column_agrees_with_the_single_reading(values: list[str | None]) -> None:
    for value, row in zip(values, damage_column(column(values)).iter_rows(), strict=True):
        found = damage(value)
        assert row == ((found.kind, found.trusted) if found else (None, None))
