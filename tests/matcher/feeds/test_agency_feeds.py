"""The lists of the further agencies as they are exported, with their dirt: every row answered, and what it states.

Invented people with numbers of the area that was never issued.
"""

from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from matcher.feeds.contract import template_xlsx
from matcher.feeds.fact_kinds import READ_BY_SCREENS
from matcher.feeds.facts import facts_of
from matcher.feeds.feed import load_feed, shipped
from matcher.feeds.mistakes import FeedMapWrong, read_map
from matcher.feeds.read import Reading, read
from matcher.feeds.trial import try_feed
from tests.matcher.feeds.layouts import csv, number
from tests.workbooks import Cell, workbook

ON = date(2021, 6, 1)
ROOT = Path(__file__).resolve().parents[3]
# Feed → its export (title and total lines, synonyms, money and dates as agencies write them), and whether as ANSI text.
SAMPLES: dict[str, tuple[list[list[Cell]], bool]] = {
    "medical-settlements": ([
        ["2021年5月医疗费用结算明细表"],
        ["姓名", "AAC002", "SETL_ID", "出院诊断", "ICD-10", "结算时间", "总费用(元)", "GRZF", "DBBX", "城乡救助",
         "结算类型", "现金支付"],
        ["马一", number(1), "S1", "肺恶性肿瘤", "C34.9", "20201105", "52,300.50", "12,345.6元", "3000", "/",
         "正常结算", "99999"],
        ["马一", number(1), "S1", "肺恶性肿瘤", "C34.9", "2020-11-20", "-52300.5", "-12345.6", "-3000", None,
         "冲正", None],
        ["马一", number(1), "S2", "肺恶性肿瘤", "C34.9", "2020年12月1日", "5.2万元", "1.1万", None, "800",
         "重新结算", None],
        ["马 二", number(2), "S3", None, None, "43831", "无", "0", None, None, "外地补录", None],
        ["马三", None, "S4", "骨折", None, "去年", "1", "待定", None, None, None, None],
        ["合计", None, None, None, None, None, "104601"],
    ], False),
    "unemployment": ([
        ["AAC003", "AAC002", "失业登记时间", "待遇状态", "失业原因", "结束期", "就业时间", "单位名称"],
        ["马一", number(1), "2021/1/4", "正在领取", "合同到期", "2021-09-30", None, "某厂"],
        ["马二", number(2), "2020.12.1", "未参保", "企业裁员", None, None, None],
        ["马三", number(3), "2020-06-01", "已就业", None, None, "2021-03-01", None],
        ["马四", number(4), "2020-06-01", "期满停发", None, "2020-12-31", "2021-02-01", None],
        ["OLGA", "can0qe520695", "2021-02-01", "灵活就业", None, None, None, None],
    ], True),
    "emergencies": ([
        ["户编号", "姓名", "身份证号码", "灾种", "受灾时间", "受灾情况", "直接经济损失（万元）"],
        ["Z1", "马一", number(1), "暴雨洪涝", "2021-05-20", "房屋倒塌两间", "3.5"],
        ["Z1", "马二", number(2), None, None, None, None],
        ["Z2", "马三", number(3), "房屋火灾", "2021.4.1", "厨房烧毁", "8000元"],
        ["Z3", "马四", None, "蝗灾", "2021-04-02", None, "-"],
    ], False),
    "cremations": ([
        ["逝者姓名", "证件号码", "享年", "死亡时间", "火化时间", "火化证号", "殡仪馆", "丧主电话", "籍贯"],
        ["马一", number(1), "61", "2021-03-10", "2021-03-12", "H001", "某殡仪馆", "13800000000", "外省"],
        ["马二之父", None, "80岁", None, "2021/3/20", "H002", "某殡仪馆", None, None],
        [None, None, None, "2021-03-21", None, "H003", "某殡仪馆", None, None],
    ], False),
    "police-answers": ([
        ["XM", "GMSFHM", "户籍状态", "迁出日期", "死亡日期", "在押情况", "收押日期", "反馈日期", "FQGMSFHM",
         "配偶身份证号"],
        ["马一", number(1), "在册", None, None, None, None, "2021-05-20", number(8), number(9)],
        [None, number(2), "迁往市外", "2021-02-03", None, None, None, "2021-05-20"],
        ["马三", number(3), "死亡注销", "2021-04-01", "2021-03-01", None, None, "2021-05-20"],
        ["马四", number(4).lower(), "在册", None, None, "服刑", "2020-10-01", "2021-05-20"],
        ["马五", number(5), "查无此人", None, None, None, None, "2021-05-20"],
        ["马六", number(6), "重户注销", "2021-01-01", None, None, None, "2021-05-20"],
        ["马七", number(7), "Y", None, None, None, None, "2021-05-20"],
    ], True),
    "village-slip": ([
        ["乙村2021年5月变动月报"],
        ["村", "姓名", "身份证号", "事项", "日期"],
        ["乙村", "马一", number(1), "病故", "2021-05-03"],
        ["乙村", "马二", None, "户口迁出", "2021.5.9"],
        ["乙村", "马三", number(3), "迁入、结婚", "5月10日"],
        ["乙村", "马四", number(4), "新办残疾证", "2021-05-11"],
        ["乙村", "马五", number(5), "外出打工", "2021-05-12"],
    ], False),
    "disability-subsidies": ([
        ["姓名", "残疾证号", "补贴项目", "补贴标准", "享受起始年月", "停发月份"],
        ["马一", number(1) + "42", "生活补贴、护理补贴", "100元", "201901", None],
        ["马二", number(2) + "43B1", "困难残疾人生活补贴", "110", "2020年1月", "202104"],
        ["马三", number(3) + "61", "两项", "110", "2020", "202112"],
    ], False),
    "economic-check": ([
        ["报告编号", "被核对人", "证件号码", "核对事项", "是否超限", "详细信息", "成立日期", "注销日期"],
        ["R1", "马一", number(1), "企业法人", None, "某某商贸有限公司 法人", "2018-01-02", None],
        ["R1", "马一", number(1), "车辆", None, "小型轿车", "2019/5/6", "2021-02-01"],
        ["R2", "马二", number(2), "残疾人机动轮椅车", None, "轮椅车", None, None],
        ["R2", "马二", number(2), "存款", "超限", None, None, None],
        ["R3", "马三", number(3), "存款", "未超限", None, None, None],
        ["R3", "马三", number(3), "工商登记", None, "无", None, None],
        ["R4", "马四", number(4), "公益岗", None, "护林员", "2020-03-01", None],
        ["R5", "马五", number(5), "证券", None, "某证券", None, None],
        ["R6", "马六", number(6), "职工社保", None, "某厂参保", "2020-09-01", "2021-12-31"],
    ], False),
    "left-behind": ([
        ["姓名", "身份证号", "对象类型", "监护人姓名", "认定日期", "退出日期", "月保障标准（元）", "起发年月",
         "停发年月"],
        ["马一", number(1, "20120203"), "留守儿童", "马二", "2020-09-01", None, "5", None, None],
        ["马三", number(3, "20120203"), "事实孤儿", "马四", "2020-01-01", "长期", "1050", "202002", "2021年4月"],
        ["马五", number(5), "留守妇女", "/", None, None],
        ["马六", number(6), "留守老人", None, None, "2021-01-31"],
        ["马七", number(7), "空巢", None, None, None],
    ], True),
    "staff-roster": ([
        ["序号", "姓名", "身份证号码", "单位", "职务", "编制类型"],
        [1, "马一", number(1), "某县民政局", "科员", "民政干部"],
        [2, "马二", number(2), "乙村", "村委会主任", "村两委成员"],
        [3, "马三", number(3), "某中学", None, "事业编制"],
        [4, "马四", number(4), "甲镇民政办", "低保专干", "经办人"],
        [5, "马五", number(5), "某公司", None, "劳务派遣"],
        ["合计", "5人"],
    ], False),
}  # fmt: skip


def sample(feed_id: str) -> tuple[bytes, str]:
    """A feed's sample as a file and its name."""
    rows, ansi = SAMPLES[feed_id]
    texts = [[None if cell is None else str(cell) for cell in row] for row in rows]
    return (csv(texts), "a.csv") if ansi else (workbook(rows), "a.xlsx")


def reading(feed_id: str) -> Reading:
    content, name = sample(feed_id)
    return read(content, load_feed(feed_id), name, "b1", ON)


def facts(feed_id: str, kind: str, *columns: str) -> list[tuple[Any, ...]]:
    found = facts_of(reading(feed_id).records, load_feed(feed_id), "b1").filter(pl.col("kind") == kind)
    return (
        found.join(reading(feed_id).records.select(record_id="id", name="name"), on="record_id")
        .select("name", *columns)
        .rows()
    )


def issues(feed_id: str) -> set[str]:
    return set(reading(feed_id).issues) - {"id-area-unknown"}


@pytest.mark.parametrize("feed_id", sorted(SAMPLES))
def test_every_row_of_an_export_has_its_answer_and_the_trial_says_the_same(feed_id: str) -> None:
    found, feed = reading(feed_id), load_feed(feed_id)
    content, name = sample(feed_id)
    assert sum(found.counts.values()) == found.rows.height > 0
    rows = len(SAMPLES[feed_id][0]) - found.skipped.title - found.skipped.header - found.skipped.closing
    assert found.rows.height == rows
    assert found.counts["rejected"] == (1 if feed_id == "cremations" else 0), "only who has neither name nor number"
    assert found.records.height == rows - found.counts["rejected"]
    tried = try_feed(content, feed, name)
    assert not tried.missing
    assert tried.rows == rows
    assert {one.column.name for one in tried.columns if one.column} == set(found.columns.values()) - {None}
    assert {rule.kind for rule in feed.facts} <= READ_BY_SCREENS.keys()
    assert read(template_xlsx(feed), feed, "t.xlsx").rows.height == 0


def test_the_page_of_layouts_names_every_column_header_code_and_fact_of_these_feeds() -> None:
    page = (ROOT / "docs" / "feeds-layouts.md").read_text("utf-8")
    sections = {part.split("`")[1]: part for part in page.split("\n## ")[1:]}
    assert sections.keys() == SAMPLES.keys()
    for feed_id, told in sections.items():
        feed = load_feed(feed_id)
        columns = [column for column in feed.columns if column.name != feed.operation]
        words = {word for column in columns for word in (*column.headers, *column.values) if column.kind != "yes-no"}
        assert not {word for word in words if word not in told}, feed_id
        assert {f"| `{rule.kind}` |" in told for rule in feed.facts} == {True}
        assert f"最迟 {feed.freshness_days} 天" in told


def test_there_is_a_sample_of_every_feed_beside_the_first_four() -> None:
    first = {"disability-cards", "health-deaths", "health-illness", "rural-monitoring"}
    assert {feed_id for feed_id, _ in shipped()} - first == SAMPLES.keys()


def test_a_settlement_states_what_was_paid_reversals_and_what_insurance_gave() -> None:
    told = facts("medical-settlements", "settlement", "number", "code", "about", "valid_from", "text")
    assert told == [
        ("马一", 12345.6, "settled", "S1", date(2020, 11, 5), "肺恶性肿瘤"),
        ("马一", -12345.6, "reversed", "S1", date(2020, 11, 20), "肺恶性肿瘤"),
        ("马一", 11000.0, "resettled", "S2", date(2020, 12, 1), "肺恶性肿瘤"),
    ], "cash that no insurance pays for is not 自付; 0 and 待定 are no amounts"
    assert facts("medical-settlements", "insurance-benefit", "code", "number") == [
        ("马一", "catastrophic", 3000.0),
        ("马一", "catastrophic", -3000.0),
        ("马一", "medical-aid", 800.0),
    ]
    assert [one[1:] for one in facts("medical-settlements", "diagnosis", "text", "code")][-1] == ("骨折", None)
    assert issues("medical-settlements") == {"value-unknown", "date-unreadable", "amount-unreadable", "id-missing"}


def test_unemployment_ends_with_the_benefit_or_with_the_next_work() -> None:
    assert facts("unemployment", "unemployed", "code", "valid_from", "valid_to", "text") == [
        ("马一", "with-benefit", date(2021, 1, 4), date(2021, 9, 30), "合同到期"),
        ("马二", "uninsured", date(2020, 12, 1), None, "企业裁员"),
        ("马三", "re-employed", date(2021, 3, 1), None, None),
        ("马四", "without-benefit", date(2020, 6, 1), date(2021, 2, 1), None),
    ]
    assert {"id-length", "value-unknown"} <= issues("unemployment"), "a foreigner's number, a word nobody agreed on"


def test_a_disaster_is_the_households_and_its_loss_comes_in_any_unit() -> None:
    assert facts("emergencies", "sudden-event", "code", "number", "valid_from") == [
        ("马一", "disaster", 35000.0, date(2021, 5, 20)),
        ("马二", "disaster", 35000.0, date(2021, 5, 20)),
        ("马三", "fire", 8000.0, date(2021, 4, 1)),
        ("马四", None, None, date(2021, 4, 2)),
    ]


def test_a_cremation_states_a_death_by_its_own_day_where_none_is_told() -> None:
    assert facts("cremations", "death", "valid_from", "feed") == [
        ("马一", date(2021, 3, 10), "cremations"),
        ("马二之父", date(2021, 3, 20), "cremations"),
    ]
    assert "name-decorated" in issues("cremations")
    assert reading("cremations").columns["籍贯"] is None, "where the family came from is no place of register"


def test_the_police_answer_where_each_number_is_registered_who_died_and_who_is_in_custody() -> None:
    assert facts("police-answers", "household-registration", "code", "valid_from", "text") == [
        ("马一", "here", date(2021, 5, 20), None),
        (None, "moved-out", date(2021, 2, 3), None),
        ("马四", "here", date(2021, 5, 20), None),
        ("马五", "none", date(2021, 5, 20), None),
        ("马六", "cancelled", date(2021, 1, 1), "重户注销"),
    ]
    assert facts("police-answers", "death", "valid_from") == [("马三", date(2021, 3, 1))]
    assert facts("police-answers", "custody", "code", "valid_from") == [("马四", "imprisoned", date(2020, 10, 1))]


def test_the_police_name_parents_and_spouse_by_number() -> None:
    assert facts("police-answers", "kin", "code", "about") == [
        ("马一", "father", number(8)),
        ("马一", "spouse", number(9)),
    ]


def test_work_is_told_by_a_registration_a_business_and_a_public_post() -> None:
    assert facts("unemployment", "employment", "code", "valid_from") == [("马三", "employed", date(2021, 3, 1))]
    assert facts("economic-check", "employment", "code", "valid_from", "valid_to") == [
        ("马一", "business", date(2018, 1, 2), None),
        ("马四", "post", date(2020, 3, 1), None),
        ("马六", "employed", date(2020, 9, 1), date(2021, 12, 31)),
    ]


def test_an_allowance_is_an_orphans_and_ends_with_its_last_month() -> None:
    assert facts("left-behind", "child-allowance", "code", "number", "valid_from", "valid_to") == [
        ("马三", "de-facto-orphan", 1050.0, date(2020, 2, 1), date(2021, 4, 30)),
    ], "what is written beside a left-behind child is no allowance"


def test_a_village_reports_in_five_columns_several_things_of_one_person_in_a_cell() -> None:
    assert len(load_feed("village-slip").columns) == 5
    assert facts("village-slip", "death", "valid_from") == [("马一", date(2021, 5, 3))]
    assert facts("village-slip", "household-registration", "code", "valid_from") == [
        ("马二", "moved-out", date(2021, 5, 9)),
        ("马三", "here", None),
    ]
    assert facts("village-slip", "marriage", "code") == [("马三", "married")]
    assert facts("village-slip", "card-reported", "text") == [("马四", "新办残疾证")]
    assert {"value-unknown", "date-unreadable", "id-missing"} <= issues("village-slip")


def test_a_subsidy_holds_to_the_last_day_of_its_last_month() -> None:
    assert facts("disability-subsidies", "disability-subsidy", "code", "number", "valid_from", "valid_to") == [
        ("马一", "care", 100.0, date(2019, 1, 1), None),
        ("马一", "living", 100.0, date(2019, 1, 1), None),
        ("马二", "living", 110.0, date(2020, 1, 1), date(2021, 4, 30)),
    ]
    assert issues("disability-subsidies") == {"value-unknown", "period-unreadable"}, "an end may lie ahead"


def test_a_check_states_what_was_found_and_not_that_nothing_was() -> None:
    assert facts("economic-check", "property", "code", "text", "valid_from", "valid_to") == [
        ("马一", "company", "某某商贸有限公司 法人", date(2018, 1, 2), None),
        ("马一", "vehicle", "小型轿车", date(2019, 5, 6), date(2021, 2, 1)),
        ("马二", "vehicle-disabled", "轮椅车", None, None),
        ("马二", "deposit-over-limit", None, None, None),
        ("马四", "public-welfare-post", "护林员", date(2020, 3, 1), None),
    ]


def test_the_left_behind_have_their_group_and_their_guardian() -> None:
    assert facts("left-behind", "left-behind", "code", "text", "valid_from", "valid_to") == [
        ("马一", "child", "马二", date(2020, 9, 1), None),
        ("马三", "de-facto-orphan", "马四", date(2020, 1, 1), None),
        ("马五", "woman", None, None, None),
        ("马六", "elderly", None, None, date(2021, 1, 31)),
    ]


def test_staff_have_their_group_and_unit_and_post_together() -> None:
    assert facts("staff-roster", "staff", "code", "text") == [
        ("马一", "civil-affairs", "某县民政局、科员"),
        ("马二", "village-cadre", "乙村、村委会主任"),
        ("马三", "payroll", "某中学"),
        ("马四", "handler", "甲镇民政办、低保专干"),
    ]


def test_a_rule_says_its_code_or_takes_it_from_a_column_and_only_one_that_is_read() -> None:
    told = load_feed("medical-settlements").model_dump(mode="json")
    told["facts"][2]["code"] = "state"
    told["facts"][3]["constant"] = "charity"
    with pytest.raises(FeedMapWrong) as caught:
        read_map(told, "medical-settlements", 2)
    assert {(one.pointer, one.code) for one in caught.value.errors} == {
        ("/facts/2/code", "code-unread"),
        ("/facts/2/constant", "code-twice"),
        ("/facts/3/constant", "code-unread"),
    }
