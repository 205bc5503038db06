"""What a row says against itself, its household and its columns is told at that row and no other, and a feed's map says
how bad that is."""

import json
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from pydantic import ValidationError

from matcher.feeds.feed import Feed, load_feed
from matcher.feeds.issue_words import _ENGLISH, in_language, issues_page
from matcher.feeds.issues import ADJUSTABLE, FIXED, ISSUES, issue_json
from matcher.feeds.read import Reading, read
from tests.matcher.county import number
from tests.workbooks import Cell, workbook

ON = date(2021, 6, 1)
MAN, WOMAN = number("19700101", 11), number("19720202", 22)
ILL = ("姓名", "证件号码", "出生日期", "民族", "区划代码", "联系电话", "确诊日期", "总费用", "个人自付", "诊断名称")
SICK = ["马建国", MAN, "19700101", "回族", "640424100217", "13712345670", "2020-05-15", "50000", "20000", "肺恶性肿瘤"]
CARDS = ("姓名", "残疾人证号", "身份证号", "发证日期", "有效期", "残疾类别", "残疾等级", "状态")
RURAL = ("户编号", "姓名", "证件号码", "与户主关系", "健康状况", "监测对象类别", "风险是否消除")


def codes(feed: Feed | str, heads: Sequence[str], rows: Sequence[Sequence[Cell]], line: int | None = None) -> list[str]:
    """The codes of one line (else the last) beyond that the area of the test's numbers was never issued."""
    result = reading(feed, heads, rows)
    wanted = pl.col("line") == (line or len(rows) + 1)
    told = json.loads(result.rows.filter(wanted)["issues"].item())
    return sorted(one["code"] for one in told if one["code"] != "id-area-unknown")


def reading(feed: Feed | str, heads: Sequence[str], rows: Sequence[Sequence[Cell]]) -> Reading:
    agreed = load_feed(feed) if isinstance(feed, str) else feed
    return read(workbook([heads, *rows]), agreed, "a.xlsx", "b1", ON)


def sick(**changed: str) -> list[str]:
    return [changed.get(head, cell) for head, cell in zip(ILL, SICK, strict=True)]


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({}, None),
        ({"姓名": "马建国（户主）"}, "name-decorated"),
        ({"姓名": "马建国2"}, "name-decorated"),
        ({"姓名": "马王氏"}, "name-decorated"),
        ({"姓名": "王五之妻"}, "name-decorated"),
        ({"姓名": "穆罕默德·买买提"}, None),
        ({"姓名": "欧阳建国"}, None),
        ({"姓名": "张某"}, "name-placeholder"),
        ({"姓名": "测试"}, "name-placeholder"),
        ({"姓名": "无"}, "name-missing"),
        ({"姓名": "不详"}, "name-missing"),
        ({"姓名": "马□国"}, "name-illegible"),
        ({"姓名": "马*国"}, "name-illegible"),
        ({"姓名": "马"}, "name-single"),
        ({"姓名": "13712345670"}, "name-is-number"),
        ({"姓名": "13712345670", "联系电话": "马建国"}, "columns-swapped"),
        ({"姓名": MAN, "证件号码": "马建国"}, "columns-swapped"),
        ({"联系电话": MAN, "证件号码": "13712345670"}, "columns-swapped"),
        ({"民族": "回"}, None),
        ({"民族": "03"}, None),
        ({"民族": "火星族"}, "value-unknown"),
        ({"民族": "####"}, "cell-broken"),
        ({"民族": "#REF!"}, "cell-broken"),
        ({"姓名": "锟斤拷国"}, "cell-broken"),
        ({"区划代码": "99"}, "area-unknown"),
        ({"区划代码": "泾源县"}, "area-malformed"),
        ({"区划代码": "999999100201"}, "area-unknown"),
        ({"区划代码": "642225100201"}, "area-ended"),
        ({"确诊日期": "1960-01-01"}, "date-before-birth"),
        ({"确诊日期": "1970-01"}, None),
        ({"确诊日期": "2022-03-01"}, "date-future"),
        ({"确诊日期": "1890-03-01"}, "date-implausible"),
        ({"个人自付": "200000000"}, "amount-implausible"),
    ],
)
def test_a_cell_that_cannot_be_is_told_by_its_code(changed: dict[str, str], code: str | None) -> None:
    found = codes("health-illness", ILL, [sick(姓名="李秀英", 证件号码=WOMAN, 出生日期="19720202"), sick(**changed)])
    assert (code in found) if code else found == []


def test_a_death_before_the_birth_is_told_at_the_date() -> None:
    heads = ("姓名", "证件号码", "死亡日期")
    assert codes("health-deaths", heads, [["马建国", MAN, "1969-12-31"]]) == ["death-before-birth"]
    assert codes("health-deaths", heads, [["马建国", MAN, "1970-01-01"]]) == []


def test_a_card_that_begins_with_another_number_and_a_validity_that_ends_before_it_begins() -> None:
    good = ["马建国", f"{MAN}43", MAN, "2016-05-01", "2026-05-01", "肢体", "三级", "有效"]
    assert codes("disability-cards", CARDS, [good]) == []
    assert codes("disability-cards", CARDS, [["马建国", f"{WOMAN}43", MAN, *good[3:]]]) == ["card-number-differs"]
    assert codes("disability-cards", CARDS, [[*good[:3], "2016-05-01", "2006-05-01", *good[5:]]]) == ["period-reversed"]


def member(household: str, name: str, id_number: str, relation: str, health: str = "健康") -> list[str]:
    return [household, name, id_number, relation, health, "脱贫不稳定户", "否"]


def test_a_household_has_one_head_and_spouses_are_of_two_sexes() -> None:
    head, spouse = member("H1", "马建国", MAN, "户主"), member("H1", "李秀英", WOMAN, "配偶")
    son = member("H1", "马小军", number("19950303", 33), "之子", "残疾、长期慢性病")
    assert [codes(RURAL_FEED, RURAL, [head, spouse, son], line) for line in (2, 3, 4)] == [[], [], []]
    other = member("H1", "王志强", number("19600606", 55), "户主")
    assert [codes(RURAL_FEED, RURAL, [head, spouse, other], line) for line in (2, 3, 4)] == [[], [], ["heads-several"]]
    same = member("H1", "李秀英", number("19720202", 23), "配偶")
    assert codes(RURAL_FEED, RURAL, [head, same]) == ["spouse-same-sex"]
    assert [codes(RURAL_FEED, RURAL, [spouse, son], line) for line in (2, 3)] == [["head-missing"], []]
    odd = member("H1", "马小军", number("19950303", 33), "邻居", "不好")
    assert codes(RURAL_FEED, RURAL, [head, odd]) == ["value-unknown", "value-unknown"]


RURAL_FEED = "rural-monitoring"


def test_one_name_and_birth_under_two_numbers_is_asked_at_the_later_row() -> None:
    twice = number("19700101", 13)
    rows = [sick(), sick(证件号码=twice), sick(证件号码=number("19700101", 12))]
    assert [codes("health-illness", ILL, rows, line) for line in (2, 3)] == [[], ["number-twofold"]]
    assert codes("health-illness", ILL, rows, 4) == [], "of the other sex: somebody else"


def test_an_age_that_is_not_the_persons_is_told() -> None:
    document = load_feed("health-illness").model_dump(mode="json")
    columns = [one for one in document["columns"] if one["name"] != "age"]
    age = {"name": "age", "title": "年龄", "headers": ["年龄"], "kind": "age"}
    feed = Feed.model_validate({**document, "columns": [*columns, age]})
    heads = (*ILL, "年龄")
    assert codes(feed, heads, [[*SICK, "51"]]) == []
    assert codes(feed, heads, [[*SICK, "53岁"]]) == [], "by nominal age"
    assert codes(feed, heads, [[*SICK, "15"]]) == ["age-differs"]
    assert codes(feed, heads, [[*SICK, "五十一"]]) == ["age-unreadable"]


# ---- how bad


def agreed(**severities: str) -> Feed:
    return Feed.model_validate({**load_feed("health-illness").model_dump(mode="json"), "severities": severities})


def test_a_map_raises_lowers_or_silences_an_issue_without_code() -> None:
    rows = [SICK, sick(联系电话="123", 姓名="马建国2", 证件号码=number("19700101", 33))]
    usual = reading("health-illness", ILL, rows)
    assert usual.counts["rejected"] == 0
    strict = reading(agreed(**{"phone-invalid": "error"}), ILL, rows)
    assert (strict.counts["rejected"], strict.records.height) == (1, 1)
    told = {one["code"]: one["severity"] for one in json.loads(strict.rows["issues"][1])}
    assert (told["phone-invalid"], told["name-decorated"]) == ("error", "warning")
    silent = reading(agreed(**{"phone-invalid": "off", "name-decorated": "off", "id-area-unknown": "off"}), ILL, rows)
    assert silent.rows["issues"].to_list() == ["[]", "[]"]
    assert silent.counts["accepted"] == 2
    assert "phone-invalid" not in silent.issues


def test_an_error_by_the_map_refuses_a_row_that_repeats_one_refused() -> None:
    bad = sick(联系电话="123")
    found = reading(agreed(**{"phone-invalid": "error"}), ILL, [bad, bad])
    assert found.rows["outcome"].to_list() == ["rejected", "rejected"]


def test_a_severity_per_row_reaches_issues_that_name_another_line() -> None:
    rows = [sick(), sick(姓名="李秀英")]
    found = reading(agreed(**{"id-shared": "error"}), ILL, rows)
    (shared,) = [one for one in json.loads(found.rows["issues"][1]) if one["code"] == "id-shared"]
    assert (shared["severity"], shared["args"]["line"], found.counts["rejected"]) == ("error", 2, 1)


@pytest.mark.parametrize("code", ["no-such-code", *sorted(FIXED)])
def test_a_map_may_not_touch_what_decides_a_rows_fate_nor_name_a_code_there_is_not(code: str) -> None:
    with pytest.raises(ValidationError):
        agreed(**{code: "off"})


# ---- in both languages


def test_every_issue_has_both_languages_with_the_same_arguments() -> None:
    assert set(_ENGLISH) == set(ISSUES) == ADJUSTABLE | FIXED
    given = {"column": "电话", "other": "姓名", "allowed": "男、女", "line": 7}
    for code in ISSUES:
        issue = json.loads(issue_json(code, "电话", **given))
        message, hint = in_language(issue, "en")
        assert message.endswith(".")
        assert hint.endswith(".")
        assert "{" not in message + hint + issue["message_zh"] + issue["hint"]
        assert ("电话" in message + hint) == ("电话" in issue["message_zh"] + issue["hint"]), code


def test_the_committed_page_of_codes_is_current() -> None:
    page = Path(__file__).resolve().parents[3] / "docs/api/issues.md"
    assert page.read_text() == issues_page(), "run ./run issues and review the diff"
