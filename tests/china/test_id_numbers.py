"""ID numbers: the standard's vectors, the dirt of agencies' files, and what the check digit can and cannot see."""

from datetime import date

import polars as pl
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from china import id_numbers
from tests.china.tables import cases, column, property_test

NEVER_ISSUED = "640499"
births = st.dates(date(1930, 1, 1), date(2020, 12, 31))
FIELDS = ("text", "id18", "birth_date", "sex", "area", "kind", "valid", "problem", "warning")


@st.composite
def numbers(draw: st.DrawFn) -> str:
    first17 = NEVER_ISSUED + draw(births).strftime("%Y%m%d") + f"{draw(st.integers(0, 995)):03}"
    return first17 + id_numbers.check_digit(first17)


# Sound numbers as they are dressed up in files, and rubbish.
cells = st.one_of(
    st.none(),
    numbers(),
    st.builds(
        lambda number, before, after, lower: before + (number.lower() if lower else number) + after,
        numbers(),
        st.sampled_from(["", " ", "'", "\u3000", '="', "\ufeff"]),
        st.sampled_from(["", " ", '"', "\t", "43", "42B1", ".0", "0"]),
        st.booleans(),
    ),
    st.builds(lambda number: number[:6] + number[8:17], numbers()),
    st.text("0123456789Xx×*ХE+.-/无NUL ", max_size=22),
)


@pytest.mark.parametrize("case", cases("id_numbers"), ids=lambda case: repr(case["sent"]))
def test_a_cell_means_what_the_table_says(case: dict[str, object]) -> None:
    row = id_numbers.read_column(column([case["sent"]])).row(0, named=True)  # type: ignore[list-item]  # YAML text
    if "text" in case:
        assert row["text"] is None
        assert row["valid"] is None
        return
    assert row["problem"] == case.get("problem")
    assert row["valid"] is (row["problem"] is None)
    expected = {"id18": "id18", "birth": "birth_date", "sex": "sex", "area": "area", "kind": "kind"}
    for said, field in expected.items():
        if said in case:
            assert row[field] == case[said], field
    if "warning" in case:
        assert row["warning"] == case["warning"]


@property_test
@given(st.lists(cells, max_size=12), st.one_of(st.none(), st.just(date(2021, 6, 1))))
def test_the_column_says_of_every_cell_what_the_single_reading_says(values: list[str | None], on: date | None) -> None:
    frame = id_numbers.read_column(column(values), on)
    assert frame.columns == list(FIELDS)
    for value, row in zip(values, frame.iter_rows(named=True), strict=True):
        single = id_numbers.read(value, on)
        if single is None:
            assert set(row.values()) == {None}
        else:
            assert {field: getattr(single, field) for field in FIELDS} == row


@property_test
@given(numbers(), st.integers(0, 16), st.sampled_from("0123456789"))
def test_every_single_wrong_digit_is_caught(number: str, place: int, digit: str) -> None:
    assume(number[place] != digit)
    damaged = number[:place] + digit + number[place + 1 :]
    assert id_numbers.check_digit(damaged[:17]) != damaged[17]


@property_test
@given(numbers(), st.integers(0, 15))
def test_every_swap_of_neighbours_is_caught(number: str, place: int) -> None:
    assume(number[place] != number[place + 1])
    damaged = number[:place] + number[place + 1] + number[place] + number[place + 2 :]
    assert id_numbers.check_digit(damaged[:17]) != damaged[17]


@property_test
@given(numbers(), st.integers(0, 6))
def test_a_swap_ten_places_apart_is_never_caught(number: str, place: int) -> None:
    digits = list(number)
    digits[place], digits[place + 10] = digits[place + 10], digits[place]
    assert id_numbers.check_digit("".join(digits[:17])) == digits[17]


@property_test
@given(st.lists(numbers(), max_size=8))
def test_check_digits_of_a_column_are_those_of_its_numbers(values: list[str]) -> None:
    found = id_numbers.check_digit_column(column([*values, "", None, "64049919X"]))
    assert found.to_list() == [value[17] for value in values] + [None, None, None]


@property_test
@given(numbers())
def test_a_number_cut_to_fifteen_digits_comes_back(number: str) -> None:
    assume(number[6:8] == "19")
    assert id_numbers.upgrade(number[:6] + number[8:17]) == number


@pytest.mark.parametrize("text", ["", "123", "1" * 16, "12345678901234X", "１２３４５６７８９０１２３４５"])
def test_only_fifteen_digits_can_be_upgraded(text: str) -> None:
    with pytest.raises(ValueError, match="15 digits"):
        id_numbers.upgrade(text)
    assert id_numbers.upgrade_column(column([text])).to_list() == [text]


def test_a_birth_after_the_day_of_the_file_is_implausible_not_invalid() -> None:
    first17 = NEVER_ISSUED + "20200601" + "001"
    number = id_numbers.read(first17 + id_numbers.check_digit(first17), date(2020, 5, 31))
    assert number is not None
    assert number.valid
    assert number.warning == "implausible-birth"


def test_an_area_nobody_issued_warns_and_an_abolished_one_does_not() -> None:
    # The second is the standard's first vector as it stood before 1999.
    unknown, known = id_numbers.read(NEVER_ISSUED + "800101001"), id_numbers.read("110105491231002")
    assert unknown is not None
    assert known is not None
    assert (unknown.warning, unknown.valid) == ("unknown-area", True)
    assert (known.warning, known.valid) == ("fifteen-digits", True)


@pytest.mark.parametrize(
    ("area", "kind"), [("810000", "hong-kong"), ("820000", "macao"), ("830000", "taiwan"), ("911156", "foreigner")]
)
def test_residence_permits_and_foreigners_cards_follow_the_same_rule(area: str, kind: str) -> None:
    first17 = area + "19800101" + "001"
    number = id_numbers.read(first17 + id_numbers.check_digit(first17))
    assert number is not None
    assert (number.kind, number.valid, number.warning) == (kind, True, None)


def test_an_empty_column_and_a_column_of_nothing_keep_their_rows() -> None:
    assert id_numbers.read_column(column([])).height == 0
    assert id_numbers.read_column(column([None, "无", None]))["valid"].to_list() == [None] * 3
    assert id_numbers.read_column(column([None]))["birth_date"].dtype == pl.Date
