"""Phones, the small code tables, and what masking leaves visible."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from china import codes, masks, phones
from tests.china.tables import cases, column, property_test


@pytest.mark.parametrize("case", cases("phones"), ids=lambda case: repr(case["sent"]))
def test_a_cell_means_the_phone_the_table_says(case: dict[str, object]) -> None:
    row = phones.read_column(column([case["sent"]])).row(0, named=True)  # type: ignore[list-item]  # YAML text
    assert row["phone"] == case.get("phone")
    assert row["other"] == case.get("other")
    assert row["kind"] == case.get("kind")
    assert row["valid"] is case.get("valid", True)


@property_test
@given(st.lists(st.text("0123456789-+/ 、无转()", max_size=16) | st.none(), max_size=8))
def test_any_text_is_survived_row_for_row(values: list[str | None]) -> None:
    frame = phones.read_column(column(values))
    assert frame.height == len(values)
    for value, row in zip(values, frame.iter_rows(named=True), strict=True):
        single = phones.read(value)
        assert row == (vars(single) if single else dict.fromkeys(row))


def test_sexes_are_read_from_words_and_codes_and_zero_is_nobody() -> None:
    said = column(["男", "女性", "M", "f", "１", "2", "0", "9", "不详", None])
    assert codes.sex_column(said).to_list() == ["1", "2", "1", "2", "1", "2", None, None, None, None]
    assert codes.sex("男") == "1"


def test_ethnic_groups_have_one_name_each() -> None:
    said = column(["回", "回族", "03", "3", "03回族", "毛难族", "维族", "穿青人", "无", None])
    assert codes.ethnic_group_column(said).to_list() == [
        "回族", "回族", "回族", "回族", "回族", "毛南族", "维吾尔族", "穿青人", None, None,
    ]  # fmt: skip
    assert len(set(codes.ethnic_groups())) == 56
    assert codes.ethnic_groups()[35] == "毛南族"


@pytest.mark.parametrize(
    ("mask", "text", "shown"),
    [
        (masks.mask_number, "64049919491231002X", "640***********002X"),
        (masks.mask_number, "64049919491231002X43B1", "640***********002X"),
        (masks.mask_number, "12345", "******"),
        (masks.mask_phone, "13912345670", "139****5670"),
        (masks.mask_phone, "09545012345", "******45"),
        (masks.mask_phone, "110", "******"),
        (masks.mask_account, "6229326048226697", "****6697"),
        (masks.mask_account, "1234", "****"),
        (masks.mask_name, "张三", "张*"),
        (masks.mask_name, "张三丰", "张*丰"),
        (masks.mask_name, "欧阳修文", "欧**文"),
        (masks.mask_name, "帕提古丽·若给亚", "帕**"),
        (masks.mask_name, None, None),
    ],
)
def test_a_mask_shows_what_the_rule_allows(mask: object, text: str | None, shown: str | None) -> None:
    assert mask(text) == shown  # type: ignore[operator]  # one of the functions above


@property_test
@given(st.text("0123456789X", min_size=15, max_size=22))
def test_a_masked_number_never_shows_the_birth_date(number: str) -> None:
    assert number[6:14] not in masks.mask_number(number)  # type: ignore[operator]  # text in, text out
    assert sum(char != masks.STAR for char in masks.mask_number(number)) == 7  # type: ignore[union-attr]  # as above


@property_test
@given(st.lists(st.text("张三丰·0123456789X", min_size=1, max_size=20) | st.none(), max_size=8))
def test_mask_expressions_agree_with_their_functions(values: list[str | None]) -> None:
    frame = column(values).alias("text").to_frame()
    pairs = [
        (masks.mask_number, masks.mask_number_expr),
        (masks.mask_phone, masks.mask_phone_expr),
        (masks.mask_account, masks.mask_account_expr),
        (masks.mask_name, masks.mask_name_expr),
    ]
    for function, expression in pairs:
        found = frame.select(expression(pl.col("text")).alias("masked"))["masked"].to_list()
        assert found == [function(value) for value in values]
