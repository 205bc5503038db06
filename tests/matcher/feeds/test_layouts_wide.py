"""Wide lists and lists known only by the letters of their columns: pairs and columns stand elsewhere every month."""

import polars as pl
import pytest

from matcher.feeds.feed import FeedColumnsWrong
from matcher.feeds.places import place_of
from matcher.feeds.values import typed
from tests.matcher.feeds.layouts import at, book, csv, feed, number
from tests.matcher.feeds.read_layouts import facts, issues, people, reading

RURAL = "农村低保"
HEADS = {"A": "乡镇街", "B": "村社区", "D": "地址", "F": "救助类型(全额/差额)"}
MEMBERS = ("J", "L", "N", "P", "R", "T")


def pair(first: str, who: int) -> dict[str, str]:
    """A name and a number beside each other."""
    return {first: f"马{'一二三四五六七八九'[who - 1]}", chr(ord(first) + 1): number(who)}


def test_6_a_household_to_a_row_with_up_to_seven_people() -> None:
    heads = {**HEADS, "H": "户主姓名", "I": "户主身份证"}
    for place, first in enumerate(MEMBERS, 1):
        heads |= {first: f"成员{place}", chr(ord(first) + 1): ""}  # one title over two columns
    full = {"A": "甲镇", "B": "乙村", "D": "1组", "F": "全额", **pair("H", 1)}
    for who, first in enumerate(MEMBERS, 2):
        full |= pair(first, who)
    rows = [
        ["农村低保名单"],
        at(**heads),
        at(**full),
        at(A="甲镇", F="差额", **pair("H", 8)),
        at(A="甲镇", B="乙村", J="马九", K=number(9)),  # a member without a head
    ]
    merged = [(0, 0, 0, 20), *((1, ord(first) - 65, 1, ord(first) - 64) for first in MEMBERS)]
    result = reading(RURAL, book({"名单": rows}, {"名单": merged}))
    assert people(result) == [
        *((f"马{'一二三四五六七'[who - 1]}", number(who)) for who in range(1, 8)),
        ("马八", number(8)),
        ("马九", number(9)),
    ]
    # Seven people of the first household, the one of the second, and in the third a head that is nobody.
    assert result.rows.select("row", "part").rows() == [*((3, part) for part in range(1, 8)), (4, 1), (5, 1), (5, 2)]
    assert result.counts == {"accepted": 0, "accepted_with_warnings": 9, "duplicate_in_batch": 0, "rejected": 1}
    assert result.records["line"].to_list() == [301, 302, 303, 304, 305, 306, 307, 401, 502]
    assert result.records["household"].to_list() == [*["b1/3"] * 7, "b1/4", "b1/5"]
    assert set(result.records["town"]) == {"甲镇"}
    assert typed(result.records, feed(RURAL), "form").to_list() == [*["full"] * 7, "part", None]
    assert "row-unheaded" not in result.issues


def shifted_by_a_month() -> list[list[str | None]]:
    heads = {**HEADS, "H": "户主姓名", "I": "性别", "J": "户主身份证"}
    for place, first in enumerate(("K", "M", "O", "Q", "S"), 1):
        heads |= {first: f"成员{place}姓名", chr(ord(first) + 1): f"成员{place}身份证"}
    return [at(**heads), at(A="甲镇", F="全额", H="马一", I="男", J=number(1), **pair("K", 2), **pair("M", 3))]


def two_lines() -> list[list[str | None]]:
    above = {**HEADS, "H": "户主", "I": None, "J": "成员1", "K": None, "L": "成员2", "M": None}
    below: dict[str, str | None] = {"A": None, "H": "姓名", "I": "身份证号", "J": "姓名", "K": "身份证号"}
    below |= {"L": "姓名", "M": "身份证号"}
    return [at(**above), at(**below), at(A="甲镇", F="全额", **pair("H", 1), **pair("J", 2), **pair("L", 3))]


def no_header() -> list[list[str | None]]:
    return [
        ["农村低保名单（2020年6月）", None],
        at(A="甲镇", B="乙村", D="1组", F="全额", **pair("H", 1), **pair("J", 2), **pair("L", 3)),
    ]


def no_header_and_shifted() -> list[list[str | None]]:
    return [
        at(A="甲镇", B="乙村", D="1组", F="差额", H="马四", I="男", J=number(4)),
        at(A="甲镇", B="乙村", D="1组", F="全额", H="马一", I="男", J=number(1), **pair("K", 2), **pair("M", 3)),
    ]


@pytest.mark.parametrize("rows", [shifted_by_a_month(), two_lines(), no_header(), no_header_and_shifted()])
def test_6_the_same_list_with_its_pairs_elsewhere_under_two_lines_or_without_a_header(
    rows: list[list[str | None]],
) -> None:
    for content, name in ((book({"名单": rows}), "a.xlsx"), (csv(rows), "a.csv")):
        result = reading(RURAL, content, name)
        named = [one for one in people(result) if one[0] != "马四"]
        assert named == [("马一", number(1)), ("马二", number(2)), ("马三", number(3))]
        assert result.records.filter(pl.col("name") == "马一")["form"].item() == "全额"


def test_6_an_issue_names_the_column_of_its_own_person() -> None:
    rows = [*shifted_by_a_month(), at(A="乙镇", H="马五", J=number(5), K="马六", L="12345", M="马五", N=number(1))]
    result = reading(RURAL, book({"名单": rows}))
    found = {issue["code"]: issue for issue in issues(result, 302)}
    assert found["id-length"]["pointer"] == "/成员1身份证"
    assert found["id-length"]["args"] == {"column": "成员1身份证"}
    assert "“成员1身份证”" in found["id-length"]["message_zh"]
    shared = {issue["code"]: issue for issue in issues(result, 303)}["id-shared"]
    assert shared["pointer"] == "/成员2身份证"
    assert shared["args"]["line"] == 201
    assert "第 2 行第 1 人" in shared["message_zh"]


def test_6_one_sheet_per_township_is_one_list_whose_lines_are_never_confused() -> None:
    first = shifted_by_a_month()
    second = [
        ["乙镇"],
        at(A="乡镇街", F="救助类型", G="户主姓名", H="户主身份证"),
        at(A="乙镇", F="全额", G="马五", H=number(5)),
    ]
    notes = [["填写说明"], ["户主姓名", "写户口簿上的姓名"]]
    made = book({"甲镇": first, "乙镇": second, "说明": notes, "旧": first}, hidden=["旧"])
    result = reading(RURAL, made)
    assert people(result) == [(f"马{n}", number(i)) for i, n in ((1, "一"), (2, "二"), (3, "三"), (5, "五"))]
    assert result.rows.select("line", "sheet", "row", "part").rows() == [
        (201, "甲镇", 2, 1), (202, "甲镇", 2, 2), (203, "甲镇", 2, 3), (501, "乙镇", 3, 1)
    ]  # fmt: skip
    assert (result.beside, result.hidden) == (("说明",), ("旧",))
    understood = {
        "sheets": [{"name": one.name, "before": one.before} for one in result.sheets],
        "people": [dict(one) for one in result.people],
    }
    assert place_of(501, understood).in_words() == "工作表“乙镇”第 3 行第 1 人"
    assert place_of(203, understood).in_words() == "工作表“甲镇”第 2 行第 3 人"


URBAN = "城市低保"


@pytest.mark.parametrize(
    "rows",
    [
        [at(A="甲街道", B="乙社区", D="3号", F="差额救助", **pair("H", 1), **pair("J", 2))],
        [at(A="甲街道", B="乙社区", E="3号", G="差额救助", **pair("I", 1), **pair("K", 2))],
        [
            at(A="乡镇街", B="村社区", E="地址", G="救助类型", I="户主", J="", K="成员1", L=""),
            at(A="甲街道", B="乙社区", E="3号", G="差额救助", **pair("I", 1), **pair("K", 2)),
        ],
    ],
)
def test_7_the_towns_list_has_its_pairs_at_two_places(rows: list[list[str | None]]) -> None:
    result = reading(URBAN, book({"Sheet1": rows}))
    assert people(result, "name", "id_number", "address", "form") == [
        ("马一", number(1), "3号", "差额救助"),
        ("马二", number(2), "3号", "差额救助"),
    ]
    assert facts(result, URBAN, "code") == [(one, "dibao-list", "part") for one in result.records["line"]]


TEKUN = "特困人员"


@pytest.mark.parametrize(
    ("rows", "address"),
    [
        ([at(B="甲镇", C="乙村", D="1组", F="马一", G=number(1)), at(B="甲镇", F="马二", G=number(2))], "1组"),
        ([at(A="甲镇", B="乙村", C="马一", D=number(1)), at(A="甲镇", B="乙村", C="马二", D=number(2))], None),
        ([at(C="甲镇", D="乙村", E="1组", G="马一", H=number(1)), at(C="甲镇", G="马二", H=number(2))], "1组"),
        ([at(A="甲镇", B="乙村", D="地址", F="姓名", G="身份证"), at(A="甲镇", B="乙村", F="马一", G=number(1)),
          at(A="甲镇", F="马二", G=number(2))], None),
    ],
)  # fmt: skip
def test_8_a_list_known_only_by_its_letters_in_three_shapes(rows: list[list[str | None]], address: str | None) -> None:
    for content, name in ((book({"特困": [["特困人员花名册"], *rows]}), "a.xlsx"), (csv(rows), "a.csv")):
        result = reading(TEKUN, content, name)
        assert people(result) == [("马一", number(1)), ("马二", number(2))]
        assert result.records["address"][0] == address


def test_8_where_no_shape_fits_the_number_is_found_by_what_it_is() -> None:
    rows = [at(D="13800000000", E="马一", F=number(1)), at(D="13800000001", E="马二", F=number(2))]
    assert people(reading(TEKUN, book({"x": rows}))) == [("马一", number(1)), ("马二", number(2))]


def test_a_list_without_a_header_that_is_no_list_of_the_feed_is_refused_without_a_cell() -> None:
    with pytest.raises(FeedColumnsWrong) as caught:
        reading(TEKUN, book({"a": [["马一", "甲镇"], ["马二", "乙镇"]]}))
    assert "马一" not in str(caught.value.args_by_name)
