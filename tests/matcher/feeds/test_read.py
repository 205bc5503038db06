"""A delivery is read as it comes: nobody is lost, every row has one outcome, and all its issues at once."""

import json
import random
from collections import Counter
from datetime import date

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from china.id_numbers import check_digit
from matcher.feeds.feed import FeedColumnsWrong, FileUnreadable, feed_ids, load_feed
from matcher.feeds.issues import ISSUES
from matcher.feeds.read import OUTCOMES, Reading, check_columns, read
from matcher.frames import RECORD
from tests.examples import examples
from tests.workbooks import Cell, workbook


def number(birth: str = "19900101", sequence: int = 123) -> str:
    """A sound number of the area that was never issued."""
    first17 = f"640499{birth}{sequence:03d}"
    return first17 + check_digit(first17)


CARD, ILL, DEAD, RURAL = "disability-cards", "health-illness", "health-deaths", "rural-monitoring"
SOUND = number()
DEATH_HEADS = ["姓名", "证件号码", "性别", "出生日期", "户籍地址", "死亡日期"]


def reading(feed_id: str, *rows: list[Cell]) -> Reading:
    result = read(workbook(rows), load_feed(feed_id), "a.xlsx", "b1", date(2021, 6, 1))
    assert sum(result.counts.values()) == result.rows.height == len(rows) - 1
    assert result.records.height == result.counts["accepted"] + result.counts["accepted_with_warnings"]
    return result


def issues(result: Reading, line: int) -> dict[str, dict[str, object]]:
    row = result.rows.filter(pl.col("line") == line).row(0, named=True)
    return {issue["code"]: issue for issue in json.loads(row["issues"])}


def outcome(result: Reading, line: int) -> str:
    return str(result.rows.filter(pl.col("line") == line)["outcome"].item())


# ---- what becomes of a row


def test_a_sound_row_is_accepted_with_its_text_as_sent() -> None:
    result = reading(DEAD, DEATH_HEADS, ["张三", SOUND, "男", "1990-01-01", "某镇某村1组", "2021-01-05"])
    record = result.records.row(0, named=True)
    assert (record["id"], record["line"], record["id_number"], record["birth_date"]) == ("b1:2", 2, SOUND, "1990-01-01")
    assert list(result.records.columns)[: len(RECORD)] == list(RECORD)
    assert set(issues(result, 2)) == {"id-area-unknown"}  # 640499 was never issued: a warning, not an error


def test_only_a_row_that_names_nobody_is_rejected() -> None:
    result = reading(
        DEAD,
        DEATH_HEADS,
        [None, "无", "男", "1990-01-01", "某村", "2021-01-05"],
        [None, SOUND, "男", None, None, "2021-01-05"],
        ["张三", None, None, None, None, None],
        [None, SOUND[:-1] + ("0" if SOUND[-1] != "0" else "1"), "男", None, None, "2021-01-05"],
    )
    assert [outcome(result, line) for line in (2, 3, 4, 5)] == [
        "rejected",
        "accepted_with_warnings",
        "accepted_with_warnings",
        "rejected",
    ]
    assert issues(result, 2)["row-without-identity"]["severity"] == "error"


def test_an_identical_row_is_a_duplicate_that_names_the_first() -> None:
    row: list[Cell] = ["张三", SOUND, "男", "1990-01-01", "某村", "2021-01-05"]
    result = reading(DEAD, DEATH_HEADS, row, [*row[:-1], "2021-01-06"], row, row)
    assert [outcome(result, line) for line in (4, 5)] == ["duplicate_in_batch"] * 2
    assert issues(result, 5)["row-repeated"]["args"] == {"line": 2}
    assert result.records["line"].to_list() == [2, 3]


def test_a_serial_number_column_does_not_hide_a_duplicate() -> None:
    heads: list[Cell] = ["序号", *DEATH_HEADS]
    row: list[Cell] = ["张三", SOUND, "男", "1990-01-01", "某村", "2021-01-05"]
    assert reading(DEAD, heads, ["1", *row], ["2", *row]).counts["duplicate_in_batch"] == 1


def test_columns_nobody_agreed_on_are_not_kept() -> None:
    result = reading(DEAD, [*DEATH_HEADS, "银行账号"], ["张三", SOUND, "男", None, None, "2021-01-05", "6222"])
    assert result.columns["银行账号"] is None
    assert "6222" not in str(result.records.rows())


def test_all_issues_of_a_row_come_at_once_and_none_holds_a_value() -> None:
    wrong = SOUND[:-1] + ("0" if SOUND[-1] != "0" else "1")
    row: list[Cell] = ["张三", wrong, "不男不女", "昨天", "某村", "2099-01-05"]
    result = reading(DEAD, DEATH_HEADS, row)
    found = issues(result, 2)
    assert set(found) == {"id-check-digit", "id-area-unknown", "value-unknown", "date-unreadable", "date-future"} - (
        set() if "id-area-unknown" in found else {"id-area-unknown"}
    )
    text = json.dumps(found, ensure_ascii=False)
    assert all(str(cell) not in text for cell in row)
    assert found["value-unknown"]["pointer"] == "/性别"
    assert all(issue["message_zh"] and issue["hint"] for issue in found.values())


# ---- identifiers


def test_a_number_in_a_numeric_cell_is_dropped_and_the_row_stays() -> None:
    result = reading(DEAD, DEATH_HEADS, ["张三", int(SOUND[:17] + "0"), "男", "1990-01-01", "某村", "2021-01-05"])
    assert outcome(result, 2) == "accepted_with_warnings"
    assert result.records["id_number"].to_list() == [None]
    assert issues(result, 2)["id-cell-numeric"]["severity"] == "error"


def test_an_old_number_of_15_digits_survives_a_numeric_cell() -> None:
    old = SOUND[:6] + SOUND[8:17]
    result = reading(DEAD, DEATH_HEADS, ["张三", int(old), "男", "1990-01-01", "某村", "2021-01-05"])
    assert result.records["id_number"].to_list() == [old]
    assert "id-fifteen" in issues(result, 2)


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        (None, "id-missing"),
        ("无", "id-missing"),
        (SOUND[:15] + "000", "id-damaged"),
        ("6.40499E+17", "id-damaged"),
        (SOUND[:-2], "id-length"),
        (number("19901301"), "id-birth-impossible"),
        (number("20300101"), "id-birth-impossible"),
    ],
)
def test_what_is_wrong_with_a_number_is_said(sent: str | None, code: str) -> None:
    result = reading(DEAD, DEATH_HEADS, ["张三", sent, None, None, "某村", "2021-01-05"])
    assert code in issues(result, 2)
    assert result.records["id_number"].to_list() == [sent]


def test_a_number_that_says_another_birth_or_sex_than_the_row_is_marked_there() -> None:
    result = reading(DEAD, DEATH_HEADS, ["张三", SOUND, "女", "1990-01-02", "某村", "2021-01-05"])
    found = issues(result, 2)
    assert found["id-birth-differs"]["pointer"] == "/出生日期"
    assert found["id-sex-differs"]["pointer"] == "/性别"


def test_a_birth_known_to_the_month_contradicts_no_day_in_it() -> None:
    in_june = number("19900615")
    for stated, differs in (("199006", False), ("199007", True), ("1990", False), ("1991", True), ("19900614", True)):
        result = reading(DEAD, DEATH_HEADS, ["张三", in_june, None, stated, "某村", "2021-01-05"])
        assert ("id-birth-differs" in issues(result, 2)) is differs, stated


def test_rows_that_name_nobody_are_rejected_also_when_they_repeat() -> None:
    nobody: list[Cell] = [None, "无", "男", None, None, "2021-01-05"]
    result = reading(DEAD, DEATH_HEADS, nobody, nobody)
    assert result.counts["rejected"] == 2
    assert "row-repeated" not in issues(result, 3)


def test_one_number_on_two_names_is_marked_on_the_later_rows() -> None:
    rows: list[list[Cell]] = [[name, SOUND, None, None, "某村", "2021-01-05"] for name in ("张三", "李四", "王五")]
    result = reading(DEAD, DEATH_HEADS, *rows)
    assert "id-shared" not in issues(result, 2)
    assert [issues(result, line)["id-shared"]["args"] for line in (3, 4)] == [{"column": "证件号码", "line": 2}] * 2


# ---- the feeds' own rules

CARD_HEADS: list[Cell] = ["姓名", "残疾人证号", "残疾类别", "残疾等级", "状态"]


def test_a_card_number_identifies_where_no_number_column_is_sent_and_where_its_cell_is_blank() -> None:
    assert (
        reading(CARD, CARD_HEADS, ["张三", SOUND + "43", "肢体", "三级", "有效"]).records["id_number"][0]
        == SOUND + "43"
    )
    heads = [*CARD_HEADS, "身份证号"]
    result = reading(
        CARD,
        heads,
        ["张三", SOUND + "43", "肢体", "3", "有效", "无"],
        ["李四", SOUND + "41B1", "4", "Ⅰ", "有效", SOUND],
    )
    assert result.records["id_number"].to_list() == [SOUND + "43", SOUND]


def test_a_card_that_says_otherwise_than_the_text_is_a_warning_on_that_column() -> None:
    result = reading(
        CARD,
        CARD_HEADS,
        ["张三", SOUND + "43", "肢体", "二级", "有效"],
        ["李四", SOUND + "999", "肢体", "二级", "有效"],
    )
    assert issues(result, 2)["card-text-differs"]["pointer"] == "/残疾等级"
    assert issues(result, 3)["id-length"]["pointer"] == "/残疾人证号"


def test_a_word_nobody_agreed_on_is_said_with_those_that_are() -> None:
    result = reading(CARD, CARD_HEADS, ["张三", SOUND + "43", "肢体", "三级", "好像有效"])
    assert issues(result, 2)["value-unknown"]["args"] == {"column": "状态", "allowed": "有效、冻结、注销、过期"}


def test_the_rural_export_gives_household_key_own_number_and_an_address_from_its_name_columns() -> None:
    heads = [
        "乡",
        "村",
        "户编号",
        "人口编号",
        "姓名",
        "证件号码",
        "户联系电话",
        "成员联系电话",
        "监测对象类别",
        "风险是否消除",
    ]
    result = reading(
        RURAL,
        heads,
        ["某镇", "某村委会", "H1", "P1", "张三", SOUND, "13900000000", None, "边缘易致贫户", "否"],
        [None, None, None, "P2", "李四", number(sequence=456), "13900000000", "139", None, None],
    )
    first, second = result.records.rows(named=True)
    assert (first["address"], first["household"], first["phone"]) == ("某镇某村委会", "H1", "13900000000")
    assert (second["address"], second["phone"]) == (None, "139")
    assert result.rows["row_key"].to_list() == ["P1", "P2"]
    assert {"household-missing", "phone-invalid"} <= set(issues(result, 3))


def test_amounts_are_checked() -> None:
    heads: list[Cell] = ["姓名", "证件号码", "诊断名称", "个人自付"]
    result = reading(
        ILL,
        heads,
        ["张三", SOUND, "肺癌", "很多"],
        ["李四", number(sequence=9), "肺癌", "-5"],
        ["王五", SOUND, "肺癌", 5.5],
    )
    assert "amount-unreadable" in issues(result, 2)
    assert "amount-negative" in issues(result, 3)
    assert not {"amount-unreadable", "amount-negative", "id-cell-numeric"} & set(issues(result, 4))


# ---- files that are not the feed's


def test_wrong_columns_name_what_was_found_what_is_missing_and_how_it_may_be_written() -> None:
    with pytest.raises(FeedColumnsWrong) as caught:
        read(workbook([["姓名", "性别", "残疾等级"], ["张三", "男", "一级"]]), load_feed(CARD))
    args = caught.value.args_by_name
    assert args["missing_columns"] == ["status", "card", "id_number", "class", "card"]
    assert args["found_headers"] == ["姓名", "性别", "残疾等级"]
    text = caught.value.body("r", "zh")["detail"]
    assert "证件状态" in text
    assert "残疾证号" in text


def test_a_file_without_header_is_refused_without_repeating_its_first_row() -> None:
    for rows in ([["张三", SOUND, "男"]], [["张三", SOUND, "姓名"]]):
        with pytest.raises(FeedColumnsWrong) as caught:
            read(workbook(rows), load_feed(DEAD))
        assert SOUND not in caught.value.body("r", "zh")["detail"]
        assert "张三" not in str(caught.value.body("r", "en"))


def test_a_file_that_is_no_table_says_why() -> None:
    with pytest.raises(FileUnreadable) as caught:
        read(b"PK\x03\x04 torn", load_feed(DEAD))
    assert "另存为" in caught.value.body("r", "zh")["detail"]


def test_the_check_at_the_door_says_what_reading_would() -> None:
    good = workbook([DEATH_HEADS, ["张三", SOUND, "男", None, None, "2021-01-05"]])
    assert check_columns(good, load_feed(DEAD))["died"] == ("死亡日期",)
    with pytest.raises(FeedColumnsWrong):
        check_columns(workbook([["姓名", "死亡日期"], ["张三", "2021-01-05"]]), load_feed(DEAD))
    with pytest.raises(FileUnreadable):
        check_columns(b"", load_feed(DEAD))


# ---- the whole


def test_every_issue_code_has_its_texts() -> None:
    for kind in ISSUES.values():
        assert kind.message_zh.endswith("。")
        assert kind.hint.endswith("。")


@pytest.mark.parametrize("feed_id", feed_ids())
@examples(25, few=15)
@given(data=st.data())
def test_rows_in_are_the_sum_of_outcomes_whatever_stands_in_them(feed_id: str, data: st.DataObject) -> None:
    feed = load_feed(feed_id)
    cells = st.one_of(
        st.none(),
        st.sampled_from([SOUND, "无", "男", "一级", "有效", "2021-01-01", "12.5", "张三"]),
        st.text(max_size=6),
    )
    rows = data.draw(st.lists(st.lists(cells, min_size=len(feed.columns), max_size=len(feed.columns)), max_size=8))
    lines = [{column.title: cell for column, cell in zip(feed.columns, row, strict=True)} for row in rows]
    head = {column.title: "张三" for column in feed.columns}
    content = "\n".join(json.dumps(line, ensure_ascii=False) for line in [head, *lines]).encode()
    result = read(content, feed, "x.ndjson")
    read_in = len(lines) + 1 - result.skipped.blank - result.skipped.closing
    assert Counter(result.rows["outcome"].to_list()) == Counter({k: v for k, v in result.counts.items() if v})
    assert sum(result.counts.values()) == read_in
    assert set(result.counts) == set(OUTCOMES)


def test_the_order_of_rows_changes_no_record() -> None:
    rows: list[list[Cell]] = [
        [f"人{i}", number(sequence=i), "男", "19900101", "某村", "2021-01-05"] for i in range(1, 60)
    ]
    shuffled = random.Random(7).sample(rows, len(rows))
    plain, mixed = (
        reading(DEAD, DEATH_HEADS, *order).records.drop("id", "line").sort("name") for order in (rows, shuffled)
    )
    assert plain.equals(mixed)
