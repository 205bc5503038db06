"""All fifteen layouts read from files in their shape: who is named, what is said of them, and that no row is lost."""

from datetime import date

import pytest

from matcher.feeds.facts import facts_of
from matcher.feeds.feed import FileUnreadable
from matcher.feeds.values import typed
from tests.matcher.feeds.layouts import at, book, csv, feed, headers, layouts, number, row
from tests.matcher.feeds.read_layouts import codes, facts, people, reading

SEEN = "脱贫人口/监测对象名单"


def test_there_are_fifteen() -> None:
    assert len(layouts()) == 15


def test_1_a_list_of_people_under_a_title_with_a_total_below() -> None:
    one = row(
        SEEN, 户编号="H1", 人编号="P1", 姓名="马一", 证件号码=number(1), 健康状况="长期慢性病，残疾",
        劳动技能="无劳动力", 是否参加大病保险="否", 危房户="√", 人均纯收入=8123.5, 户联系电话="13800000000",
        **{"乡(镇)": "甲镇", "行政村": "乙村", "易返贫致贫户(监测对象)类型": "边缘易致贫户", "风险是否消除": "否",
           "风险识别时间": "202006"},
    )  # fmt: skip
    two = row(SEEN, 户编号="H1", 人编号="P2", 姓名="马二", 证件号码=number(2), 健康状况="残疾,长期慢性病", 危房户="无")
    sheet = [["某县脱贫人口和监测对象名单"], headers(SEEN), one, two, ["合计", 2]]
    result = reading(SEEN, book({"Sheet1": sheet}, {"Sheet1": [(0, 0, 0, 9)]}))
    assert people(result, "name", "id_number", "household", "address", "phone") == [
        ("马一", number(1), "H1", "甲镇乙村", "13800000000"),
        ("马二", number(2), "H1", None, None),
    ]
    assert (result.skipped.title, result.skipped.header, result.skipped.closing) == (1, 1, 1)
    assert result.rows["row_key"].to_list() == ["P1", "P2"]
    stated = facts(result, SEEN, "text", "code", "valid_from")
    assert (3, "monitored", "边缘易致贫户", "active", date(2020, 6, 1)) in stated
    assert (4, "monitored", "边缘易致贫户", "active", date(2020, 6, 1)) in stated  # said of the household
    assert [one[2] for one in stated if one[:2] == (3, "health-state")] == ["chronic", "disabled"]
    assert [one[2] for one in stated if one[:2] == (4, "health-state")] == ["chronic", "disabled"]  # in either order
    assert (3, "no-serious-insurance", None, None, None) in stated
    assert typed(result.records, feed(SEEN), "unsafe_house").to_list() == ["yes", "no"]


def test_2_the_number_column_holds_the_card_of_those_who_have_one() -> None:
    layout = "监测户_家庭成员"
    cells = {"证件号码(残疾人证)": number(3) + "41B1", "是否享受最低生活保障": "是"}
    rows = [
        headers(layout),
        row(layout, 姓名="马三", 性别="女", 劳动技能="丧失劳动力", 健康状况="残疾", **cells),
        row(layout, 姓名="马四", 性别="男", **{"证件号码(残疾人证)": number(4), "是否享受最低生活保障": "0"}),
    ]
    result = reading(layout, book({"成员": rows}))
    assert people(result) == [("马三", number(3) + "41B1"), ("马四", number(4))]
    assert [(f[0], f[2]) for f in facts(result, layout, "code") if f[1] == "claims-coverage"] == [(2, "yes"), (3, "no")]
    assert "value-unknown" not in result.issues


def test_3_a_household_to_a_row_names_its_head_and_up_to_five_risks() -> None:
    layout = "监测户_基本信息"
    cells = {"致贫/返贫风险1": "因病", "致贫/返贫风险3": "因残", "证件号码(存残疾人证)": number(5) + "31"}
    rows = [
        headers(layout),
        row(layout, 户编号="H7", 户主姓名="马五", 户主证件号码=number(5), 监测对象类别="突发严重困难户", **cells),
        row(
            layout, 户编号="H8", 户主姓名="马六", **{"证件号码(存残疾人证)": number(6) + "42", "致贫/返贫风险1": "因火"}
        ),
    ]
    result = reading(layout, csv(rows), "list.csv")
    assert result.encoding == "gb18030"
    assert people(result) == [("马五", number(5)), ("马六", number(6) + "42")]
    assert [f[2] for f in facts(result, layout, "code") if f[1] == "risk"] == ["disability", "illness"]
    assert "value-unknown" in codes(result, 3)


@pytest.mark.parametrize(("unit", "factor"), [("(元)", 1.0), ("（万元）", 1e4), ("(千元)", 1e3)])
def test_4_amounts_of_households_are_read_in_the_unit_of_their_header_and_link_nobody(unit: str, factor: float) -> None:
    layout = "监测户_收支情况"
    heads = [header.replace("(元)", unit) for header in headers(layout)]
    rows = [["单位：见表头"], heads, ["1.5", 2, None, "3,000.5", "-1", "0.8元"], ["若干", "3"], [None, None, None, "7"]]
    result = reading(layout, book({"收支": rows}))
    assert result.records.is_empty()
    assert facts_of(result.records, feed(layout), "b1").is_empty()
    assert result.entries is not None
    entries = result.entries
    assert typed(entries, feed(layout), "wages").to_list() == [1.5 * factor, None, None]
    assert typed(entries, feed(layout), "transfers").to_list() == [3000.5 * factor, None, 7 * factor]
    assert typed(entries, feed(layout), "net")[0] == 0.8  # a cell that states its own unit keeps it
    assert codes(result, 3) == {"amount-negative"} | ({"amount-implausible"} if factor == 10000 else set())
    assert codes(result, 4) == {"amount-unreadable"}


def test_5_the_official_export_with_a_header_of_two_merged_lines() -> None:
    layout = "全国防返贫监测信息系统 基础信息表"
    heads = headers(layout)
    above: list[str | None] = [None] * len(heads)
    group = {0: "行政区划", 5: "户信息", 7: "成员信息", 19: "致贫/返贫风险", 24: "风险消除", 27: "其他"}
    below: list[str | None] = list(heads)
    for place, title in group.items():
        above[place] = title
    for place in (18, 26):  # merged downwards: only the upper line has the name
        above[place], below[place] = heads[place], None
    cells = {"风险是否已消除": "是", "识别监测时间": "202105", "享受低保政策情况": "是"}
    rows = [
        ["全国防返贫监测信息系统"], above, below,
        row(layout, 乡="甲镇", 村="乙村", 户编号="H1", 人编号="P1", 姓名="马七", 证件号码=number(7),
            监测对象类别="脱贫不稳定户", 健康状况="患有大病;残疾", **cells),
        row(layout, 户编号="H1", 人编号="P2", 姓名="马八", 证件号码=number(8) + "51"),
    ]  # fmt: skip
    merged = [
        (0, 0, 0, 30),
        (1, 0, 1, 4),
        (1, 5, 1, 6),
        (1, 7, 1, 17),
        (1, 18, 2, 18),
        (1, 19, 1, 23),
        (1, 24, 1, 25),
        (1, 26, 2, 26),
    ]
    result = reading(layout, book({"基础信息表": rows}, {"基础信息表": merged}))
    assert result.skipped.header == 2
    assert people(result, "name", "id_number", "household", "address") == [
        ("马七", number(7), "H1", "甲镇乙村"),
        ("马八", number(8) + "51", "H1", None),
    ]
    stated = facts(result, layout, "text", "code", "valid_from")
    assert (4, "monitored", "脱贫不稳定户", "removed", date(2021, 5, 1)) in stated
    assert (5, "monitored", "脱贫不稳定户", "removed", date(2021, 5, 1)) in stated
    assert [one[2] for one in stated if one[1] == "health-state"] == ["disabled", "serious-illness"]


CARDS = "残疾人"


@pytest.mark.parametrize(
    "rows",
    [
        [at(A="马一", B=number(1) + "41", D="一级", F="1组", G="甲镇"),
         at(A="马二", B=number(2) + "62B1", D="二级", G="甲镇")],
        [at(A="马一", B=number(1) + "41", E="一级", G="1组", H="甲镇", I="乙村"),
         at(A="马二", B=number(2) + "62B1", E="二级", H="甲镇")],
        [at(A="马一", B=number(1) + "41", E="甲镇", F="乙村", G="1组", O="一级"),
         at(A="马二", B=number(2) + "62B1", E="甲镇", F="乙村", O="二级")],
        [at(A="姓名", B="残疾人证号", D="残疾等级", F="地址", G="乡镇街"),
         at(A="马一", B=number(1) + "41", D="一级", F="1组", G="甲镇"),
         at(A="马二", B=number(2) + "62B1", D="二级", G="甲镇")],
    ],
)  # fmt: skip
def test_9_cards_whose_grade_stands_in_another_column_each_time(rows: list[list[str | None]]) -> None:
    result = reading(CARDS, book({"Sheet1": rows}))
    assert people(result, "name", "id_number", "town", "address") == [
        ("马一", number(1) + "41", "甲镇", "1组"),
        ("马二", number(2) + "62B1", "甲镇", None),
    ]
    assert [one[2] for one in facts(result, CARDS, "number")] == [1.0, 2.0]


def test_10_codes_explained_in_the_header() -> None:
    layout = "残疾人 import API"
    one = row(
        layout, 姓名="马一", 生日="1960-02-03", 手机="13800000000", 身份证号=number(1), 残疾人证号=number(1) + "43",
        残疾类型="肢体", 残疾等级="三级", 家庭区域名称="甲镇", 具体地址="1组", **{"性别(1男2女)": "1"},
    )  # fmt: skip
    result = reading(layout, csv([headers(layout), one], "utf-8-sig"), "a.csv")
    assert people(result, "name", "id_number", "sex", "address", "phone") == [
        ("马一", number(1) + "43", "1", "甲镇1组", "13800000000")
    ]
    assert facts(result, layout, "text", "number") == [(2, "disability-card", "4", 3.0)]


def test_11_an_application_with_a_grade_for_each_part() -> None:
    layout = "残疾人评定"
    one = row(layout, 姓名="马一", 出生日期="1960.2.3", 残疾类别="多重", 残疾等级="二级", 残疾证号=number(1) + "72",
              户籍地="甲镇乙村", 视力分项等级="四级", 肢体分项等级="二级")  # fmt: skip
    result = reading(layout, book({"评定": [headers(layout), one]}))
    assert people(result) == [("马一", number(1) + "72")]
    assert facts(result, layout, "text", "number") == [
        (2, "disability-card", "7", 2.0),
        (2, "disability-part", "二级", 2.0),
    ]
    assert codes(result, 2) == set()  # the parts are no contradiction of the whole


def test_12_the_simple_list() -> None:
    layout = "低保人员名单"
    rows = [headers(layout), row(layout, 序号=1, 姓名="马一", 身份证=number(1), 低保类型="全额", 低保类别="A类"),
            row(layout, 序号=2, 姓名="马一", 身份证=number(1), 低保类型="全额", 低保类别="A类")]  # fmt: skip
    result = reading(layout, csv(rows, delimiter="\t"), "a.txt")
    assert people(result) == [("马一", number(1))]
    assert result.counts["duplicate_in_batch"] == 1
    assert facts(result, layout, "text", "code") == [(2, "dibao-list", "a", "full")]


def test_13_the_merged_register_with_a_mark_and_a_date_for_each_source() -> None:
    layout = "底册"
    rows = [
        headers(layout),
        row(layout, 编号="7", 姓名="马一", 身份证号码=number(1), 贫困人口="是", 贫困人口日期="201807", 特困人员="否",
            特困人员日期="20190101", 全额低保人员="√", 一二级残疾人员="有", 一二级残疾人员日期=43831),
        row(layout, 编号="8", 姓名="马二", 身份证号码=number(2), 贫困人口="大概"),
    ]  # fmt: skip
    result = reading(layout, book({"底册": rows}))
    assert result.rows["row_key"].to_list() == ["7", "8"]
    assert facts(result, layout, "valid_from") == [
        (2, "register-dibao", None),
        (2, "register-poor", date(2018, 7, 1)),
        (2, "register-severe", date(2020, 1, 1)),
    ]
    assert codes(result, 3) == {"value-unknown"}


def test_14_figures_of_a_place_are_checked_and_link_nobody() -> None:
    layout = "低保统计"
    heads = headers(layout)
    rows = [heads, ["640499100000", "02", 12, 3, 30, 5, "1.2万元", 400, 200, "202006"],
            ["640499101000", "农村", 1, 0, 1, 0, 300, 300, 0, "六月"], [None, None, None, 9]]  # fmt: skip
    result = reading(layout, book({"统计": rows}))
    assert result.records.is_empty()
    assert result.entries is not None
    assert typed(result.entries, feed(layout), "class").to_list() == ["rural", None]
    assert typed(result.entries, feed(layout), "month").to_list() == [date(2020, 6, 1), None]
    assert typed(result.entries, feed(layout), "paid").to_list() == [12000.0, 300.0]
    assert codes(result, 3) == {"value-unknown", "period-unreadable", "area-unknown"}
    assert result.rows["outcome"].to_list() == ["accepted_with_warnings", "accepted_with_warnings", "rejected"]
    assert codes(result, 4) == {"row-empty"}


def test_15_a_public_notice_links_nobody_whatever_stands_in_it() -> None:
    layout = "公示"
    rows = [["公示"], [*headers(layout), "身份证号"], [1, "甲镇", "乙村", "马一", 3, "低保", "412.5", None, number(1)]]
    result = reading(layout, book({"公示": rows}))
    assert result.records.is_empty()
    assert result.entries is not None
    assert result.entries.rows() == [(3, "甲镇", "乙村", "马一", "3", "低保", "412.5")]
    assert result.columns["身份证号"] is None  # nobody agreed on it: it is not kept


def test_a_sheet_that_lacks_what_the_others_have_refuses_the_file_and_not_the_township() -> None:
    first, second = (
        [headers(SEEN), row(SEEN, 户编号="1", 姓名="马一")],
        [["姓名", "证件号码", "健康状况"] * 8, ["马二"]],
    )
    with pytest.raises(FileUnreadable) as caught:
        reading(SEEN, book({"甲镇": first, "乙镇": second}))
    assert caught.value.args_by_name["reason"] == "several-sheets"


def test_cells_merged_over_rows_of_data_hold_for_each_of_them() -> None:
    rows = [headers(SEEN), row(SEEN, 户编号="H1", 姓名="马一", 行政村="乙村"), row(SEEN, 姓名="马二")]
    village, household = headers(SEEN).index("行政村"), headers(SEEN).index("户编号")
    result = reading(SEEN, book({"a": rows}, {"a": [(1, village, 2, village), (1, household, 2, household)]}))
    assert people(result, "name", "household", "village") == [("马一", "H1", "乙村"), ("马二", "H1", "乙村")]
