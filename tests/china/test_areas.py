"""Divisions: codes, the national book, and where an address lies."""

from datetime import date

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from china import areas, counties
from china.addresses import address_parts
from tests.china.tables import cases, column, property_test

TABLE = cases("addresses")


@pytest.fixture(scope="module")
def book() -> areas.AreaBook:
    return areas.AreaBook.of_county("640424")


@pytest.mark.parametrize("case", TABLE, ids=lambda case: repr(case["sent"]))
def test_an_address_falls_into_the_parts_the_table_says(case: dict[str, object]) -> None:
    row = address_parts(column([case["sent"]])).row(0, named=True)  # type: ignore[list-item]  # YAML text
    said = {key: value for key, value in case.items() if key in row}
    assert {key: row[key] for key in said} == said


@pytest.mark.parametrize("case", TABLE, ids=lambda case: repr(case["sent"]))
def test_an_address_lies_where_the_table_says(case: dict[str, object], book: areas.AreaBook) -> None:
    row = book.locate(column([case["sent"]])).row(0, named=True)  # type: ignore[list-item]  # YAML text
    assert row["area"] == case["area"]
    assert row["township"] == areas.township_of(case["area"])  # type: ignore[arg-type]  # text or null


def test_every_village_of_the_county_is_found_by_every_way_of_writing_it(book: areas.AreaBook) -> None:
    villages = book.frame.filter(pl.col("level") == "village").with_columns(
        pl.col("code").str.slice(0, 9).alias("nine")
    )
    towns = book.frame.filter(pl.col("level") == "township").select(
        pl.col("code").str.slice(0, 9).alias("nine"), town="name"
    )
    rows = villages.join(towns, on="nine")
    short = rows["name"].str.replace("村村委会|村委会|社区居委会", "")
    sort = rows["name"].str.contains("社区").replace_strict({True: "社区", False: "村"}, return_dtype=pl.String)
    for written in (rows["town"] + rows["name"], rows["town"] + short + sort + "3组12号", rows["town"] + short + "3队"):
        assert book.locate(written)["area"].to_list() == rows["code"].to_list()
    assert (
        book.locate(rows["town"].replace_strict({}, default=None, return_dtype=pl.String), None, rows["town"], short)[
            "area"
        ].to_list()
        == rows["code"].to_list()
    )


def test_a_name_two_townships_have_needs_another_column(book: areas.AreaBook) -> None:
    address = column(["大庄村8队"] * 4)
    hints = column([None, "640424100000", "640424", "640424102205"])
    towns = column([None, None, "六盘山镇", "香水镇"])
    found = book.locate(address, hints, towns)
    assert found["area"].to_list() == [None, "640424100219", "640424102207", "640424102205"]
    assert found["source"].to_list() == [None, "village", "village", "division"]
    assert found["group"].to_list() == ["8"] * 4


def test_what_is_known_above_the_village_is_kept(book: areas.AreaBook) -> None:
    found = book.locate(column(["某处3号", None, None]), column(["640424", "640424203", "110101"]))
    assert found["area"].to_list() == ["640424000000", "640424203000", None]
    assert found["township"].to_list() == [None, "640424203", None]
    assert found["source"].to_list() == ["county", "township", None]


@property_test
@given(st.lists(st.text("香水镇暖村社区委会大庄3组号 县市", max_size=12) | st.none(), max_size=8))
def test_any_text_is_survived_and_a_row_means_the_same_alone(values: list[str | None]) -> None:
    county = areas.AreaBook.of_county("640424")
    together = county.locate(column(values))
    assert together.height == len(values)
    for value, row in zip(values, together.iter_rows(), strict=True):
        assert county.locate(column([value])).row(0) == row


@pytest.mark.parametrize(
    ("sent", "padded"),
    [
        ("640424", "640424000000"),
        ("640424100", "640424100000"),
        ("640424100219", "640424100219"),
        ("640424100219001", "640424100219"),
        ("64", "640000000000"),
        (" 640424.0", "640424000000"),
        ("６４０４２４", "640424000000"),
        ("64042", None),
        ("宁夏", None),
        ("", None),
        (None, None),
    ],
)
def test_codes_of_any_customary_length_become_twelve_digits(sent: str | None, padded: str | None) -> None:
    assert areas.pad(sent) == padded


def test_levels_and_parents_follow_from_the_digits() -> None:
    code: str | None = "640424100219"
    walked = []
    while code is not None:
        walked.append((code, areas.level_of(code)))
        code = areas.parent_of(code)
    assert [level for _, level in walked] == ["village", "township", "county", "city", "province"]
    codes = column([code for code, _ in walked] + [None])
    assert areas.level_column(codes).to_list() == [level for _, level in walked] + [None]
    with pytest.raises(ValueError, match="twelve digits"):
        areas.level_of("640424")


def test_the_county_most_codes_lie_in_is_whose_files_these_are() -> None:
    assert areas.commonest_county(column(["640424100219", "640424", "110105", None, "640000000000"])) == "640424"
    assert areas.commonest_county(column([None, "无"])) is None


def test_a_book_of_ones_own_knows_its_local_codes() -> None:
    book = areas.AreaBook.of_frame(
        pl.DataFrame({"code": ["640499", "640499100", "640499100200"], "name": ["试点县", "东山镇", "小河村委会"]})
    )
    assert book.locate(column(["东山镇小河村2组"]))["area"].to_list() == ["640499100200"]
    assert book.full_name("640499100200") == "试点县东山镇小河村委会"
    assert "640499100200" in book
    assert book.name("640499999999") is None


def test_a_county_the_national_table_does_not_know_has_no_book() -> None:
    assert areas.AreaBook.of_county("640499").frame.is_empty()
    known = areas.AreaBook.of_county("640424").frame
    assert known["level"].value_counts().sort("level").rows() == [
        ("city", 1), ("county", 1), ("province", 1), ("township", 7), ("village", 99),
    ]  # fmt: skip
    assert known.filter(pl.col("level") == "village")["parent"].str.ends_with("000").all()


def test_a_village_with_two_names_in_time_is_one_village() -> None:
    frame = pl.DataFrame(
        {"code": ["640499100", "640499100200", "640499100200"], "name": ["东山镇", "小河村委会", "小河村"]}
    )
    assert areas.AreaBook.of_frame(frame).locate(column(["小河村2组"]))["area"].to_list() == ["640499100200"]


def test_a_code_that_ended_is_followed_to_the_one_that_stands() -> None:
    frame = pl.DataFrame(
        {
            "code": ["640499100207", "640499100500", "640499100208"],
            "name": ["小河村委会", "小河村委会", "大河村委会"],
            "valid_from": [None, date(2020, 1, 1), None],
            "valid_to": [date(2019, 12, 31), None, date(2019, 12, 31)],
            "successors": [["640499100500"], None, ["640499100500", "640499100200"]],
        }
    )
    book = areas.AreaBook.of_frame(frame)
    assert book.current("640499100207", date(2021, 1, 1)) == "640499100500"
    assert book.current("640499100207", date(2019, 1, 1)) == "640499100207"
    assert book.current("640499100208", date(2021, 1, 1)) is None  # split in two: a human must say which
    assert book.on(date(2021, 1, 1)).locate(column(["小河村"]))["area"].to_list() == ["640499100500"]


def test_county_codes_are_known_through_time() -> None:
    assert counties.was_issued("642225")
    assert not counties.was_issued("640499")
    assert counties.was_issued_column(column(["642225", "640499", None])).to_list() == [True, False, None]
    assert counties.name_of("642225", date(1999, 1, 1)) == "泾源县"
    assert counties.name_of("642225", date(2001, 1, 1)) is None
    assert counties.name_of("640424") == "泾源县"
    assert counties.successors("642225") == ("640424",)
    assert counties.successors("640424") == ()
    assert "500000" in counties.successors("510200")
