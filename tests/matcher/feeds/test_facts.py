"""What rows state, as facts: by the map, whole columns, nothing invented."""

from datetime import date

import polars as pl

from matcher.feeds.facts import STATED, facts_of
from matcher.feeds.feed import load_feed
from matcher.feeds.read import read
from tests.workbooks import Cell, workbook


def facts(feed_id: str, *rows: list[Cell]) -> pl.DataFrame:
    feed = load_feed(feed_id)
    found = facts_of(read(workbook(rows), feed, None, "b1").records, feed, "b1")
    assert dict(found.schema) == STATED
    return found


def of(frame: pl.DataFrame, kind: str, *columns: str) -> list[tuple[object, ...]]:
    return frame.filter(pl.col("kind") == kind).select("line", *columns).rows()


CARD_HEADS: list[Cell] = ["姓名", "残疾人证号", "残疾类别", "残疾等级", "状态", "发证日期"]


def test_a_card_states_class_grade_status_and_day_of_issue() -> None:
    found = facts(
        "disability-cards", CARD_HEADS, ["张三", "640499199001011234" + "43", "肢体残疾", "Ⅱ级", "有效", "2016.5.1"]
    )
    told = found.drop("count", "about").filter(pl.col("kind") == "disability-card")
    assert told.rows() == [
        ("b1:2", "disability-card", "4", "valid", 2.0, date(2016, 5, 1), None, "disability-cards", "b1", 2)
    ]


def test_what_is_written_beside_a_card_and_contradicts_its_number_is_told() -> None:
    found = facts(
        "disability-cards",
        CARD_HEADS,
        ["张三", "640499199001011234" + "43", "肢体残疾", "Ⅱ级", "有效", None],
        ["李四", "640499199001011234" + "23", "言语", "二级", "有效", None],
        ["王五", "640499199001011234" + "23B1", "听力", "三级", "有效", None],
        ["赵六", "640499199001011234" + "23", None, None, "有效", None],
        ["钱七", "640499199001011234", "听力", "三级", "有效", None],
    )
    assert of(found, "card-differs", "text") == [
        (2, "等级写作二级，证号为三级"),
        (3, "类别写作言语，证号为听力，等级写作二级，证号为三级"),
    ]


def test_class_and_grade_left_blank_are_read_off_the_card_number() -> None:
    found = facts(
        "disability-cards",
        CARD_HEADS,
        ["张三", "64049919900101123462", None, None, "注销", None],
        ["李四", "640499199001011234", None, None, "有效", None],
    )
    assert of(found, "disability-card", "text", "number", "code") == [
        (2, "6", 2.0, "cancelled"),
        (3, None, None, "valid"),
    ]


def test_components_of_a_card_of_several_are_told_with_their_grades_where_there_are_any() -> None:
    heads: list[Cell] = [*CARD_HEADS, "多重残疾类别", "智力残疾等级", "肢体等级"]
    card = "640499199001011234" + "73"
    found = facts(
        "disability-cards",
        heads,
        ["张三", card, "多重", "三级", "有效", "2016.5.1", "肢体、智力", None, None],
        ["李四", card, "多重", "三级", "有效", None, None, "四级", "3级"],
        ["王五", card, "多重", "三级", "有效", None, "无", None, None],
    )
    assert of(found, "disability-component", "code", "number", "valid_from") == [
        (2, "4", None, date(2016, 5, 1)), (2, "5", None, date(2016, 5, 1)), (3, "4", 3.0, None), (3, "5", 4.0, None),
    ]  # fmt: skip
    assert of(found, "disability-card", "text", "number") == [(2, "7", 3.0), (3, "7", 3.0), (4, "7", 3.0)]
    assert found.filter(pl.col("kind") == "card-differs").is_empty(), "a component's grade is not the card's"


def test_an_illness_states_its_own_cost_and_none_where_the_feed_has_none() -> None:
    heads: list[Cell] = ["姓名", "证件号码", "诊断名称", "病种编码", "确诊日期", "个人自付"]
    found = facts(
        "health-illness",
        heads,
        ["张三", None, "肺恶性肿瘤", "C34.9", "2020-11-15", "1.2万元"],
        ["李四", None, "胃癌", None, None, None],
        ["王五", None, None, None, None, "5"],
    )
    assert of(found, "illness", "text", "code", "number", "valid_from") == [
        (2, "肺恶性肿瘤", "C34.9", 12000.0, date(2020, 11, 15)),
        (3, "胃癌", None, None, None),
    ]


def test_a_death_without_a_readable_day_is_still_a_death() -> None:
    heads: list[Cell] = ["姓名", "证件号码", "死亡日期"]
    found = facts("health-deaths", heads, ["张三", None, "2021年4月18日"], ["李四", None, "去年"])
    assert of(found, "death", "valid_from") == [(2, date(2021, 4, 18)), (3, None)]


RURAL_HEADS: list[Cell] = [
    "户编号",
    "姓名",
    "证件号码",
    "监测对象类别",
    "风险是否消除",
    "劳动技能",
    "健康状况",
    "是否享受低保",
]


def test_a_rural_row_states_monitoring_labour_health_and_what_it_claims() -> None:
    found = facts(
        "rural-monitoring",
        RURAL_HEADS,
        ["H1", "张三", None, "边缘易致贫户", "否", "丧失劳动力", "残疾,长期慢性病", "是"],
    )
    assert of(found, "monitored", "text", "code") == [(2, "边缘易致贫户", "active")]
    assert of(found, "labour", "text", "code") == [(2, "丧失劳动力", "none")]
    assert of(found, "health-state", "text") == [(2, "残疾,长期慢性病")]
    assert of(found, "claims-coverage", "code") == [(2, "yes")], "self-reported: a signal, never coverage"


def test_a_removed_risk_is_removed_and_an_unreadable_one_is_unknown() -> None:
    found = facts(
        "rural-monitoring",
        RURAL_HEADS,
        ["H1", "张三", None, "脱贫不稳定户", "是", None, None, None],
        ["H2", "李四", None, "脱贫不稳定户", "也许", None, None, None],
    )
    assert of(found, "monitored", "code") == [(2, "removed"), (3, None)]


def test_what_is_said_of_a_household_once_holds_for_its_members_with_blank_cells() -> None:
    """Exports with merged cells fill the category on the head's line only."""
    found = facts(
        "rural-monitoring",
        RURAL_HEADS,
        ["H1", "张三", None, "突发严重困难户", "否", None, None, None],
        ["H1", "李四", None, None, None, None, None, None],
        ["H2", "王五", None, None, None, None, None, None],
        [None, "赵六", None, None, None, None, None, None],
    )
    assert of(found, "monitored", "text", "code") == [(2, "突发严重困难户", "active"), (3, "突发严重困难户", "active")]
