"""One address and a column of addresses are taken apart alike."""

from dataclasses import asdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from china.addresses import address, address_parts
from tests.china.tables import column, property_test

PIECES = [
    *(
        "宁夏回族自治区",
        "固原市",
        "泾源县",
        "香水镇",
        "泾河源镇",
        "王村镇",
        "新民乡",
        "城关街道办事处",
        "暖水村",
        "暖水",
        "杨堡村委会",
    ),
    *(
        "车村村",
        "城关社区居委会",
        "3组",
        "第十二组",
        "二十社",
        "8队",
        "三十一村民小组",
        "102号",
        "12-3号",
        "5之2号",
        "0",
        "村",
        "社",
        "，",
    ),
]


@pytest.mark.parametrize(
    ("text", "township", "village", "group", "house"),
    [
        ("香水镇暖水村3组102号", "香水镇", "暖水", "3", "102"),
        ("泾源县香水镇暖水村第十二组", "香水镇", "暖水", "12", None),
        ("马西坡村8队", None, "马西坡", "8", None),
        ("杨堡村委会", None, "杨堡", None, None),
        ("无", None, None, None, None),
        (None, None, None, None, None),
    ],
)
def test_one_address(
    text: str | None, township: str | None, village: str | None, group: str | None, house: str | None
) -> None:
    found = address(text)
    assert (found.township, found.village, found.group, found.house) == (township, village, group, house)


NUMERALS = ["十", "十二", "二十", "二十三", "一二十", "二十十", "十十", "十二十", "003", "一二"]


@pytest.mark.parametrize("numeral", NUMERALS)
def test_any_numeral_is_the_same_number_alone_and_in_a_column(numeral: str) -> None:
    text = f"某村{numeral}组"
    assert address(text).group == address_parts(column([text])).row(0, named=True)["group"]


def test_what_stands_before_the_township_is_no_group() -> None:
    assert address("十二组乡").group is None
    assert address_parts(column(["十二组乡"])).row(0, named=True)["group"] is None


@property_test
@given(
    st.lists(st.one_of(st.sampled_from(PIECES), st.text("一二三十0123香水村镇乡社区组队号 .", max_size=3)), max_size=6)
)
def test_one_text_and_a_column_agree(pieces: list[str]) -> None:
    text = "".join(pieces)
    assert asdict(address(text)) == address_parts(column([text])).row(0, named=True)
