"""What clerks write in a cell, and what it is taken for; nothing is guessed."""

import pytest

from registry.ledger.outcome_codes import OUTCOMES
from registry.ledger.report_in import CellWrong, read_amount, read_code, read_day, read_month
from registry.ledger.sheet_columns import COLUMNS, NAMES, RESULTS


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("02", "02"), ("2", "02"), ("02 符合低保", "02"), ("02符合低保", "02"), ("０２ 符合低保", "02"),
        ("符合低保", "02"),
        ("02 符合低保（整户）", "02"), ("符合低保边缘", "04"), ("w1", "W1"), ("W1 属实", "W1"), ("W1属实，停发", "W1"),
        ("死亡", "10"), ("10、死亡", "10"), ("外出", "15"), ("15 外出，未见到本人（再访）", "15"), (" 18 ", "18"),
    ],
)  # fmt: skip
def test_a_result_is_read_by_code_by_title_or_both(text: str, code: str) -> None:
    assert read_code(text) == code


@pytest.mark.parametrize("one", RESULTS)
def test_every_choice_of_the_list_is_read_as_its_code(one: str) -> None:
    assert read_code(one) == one.split(maxsplit=1)[0]
    assert read_code(OUTCOMES[one.split(maxsplit=1)[0]].title) == one.split(maxsplit=1)[0]


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("19", "code-unknown"), ("W6", "code-unknown"), ("0", "code-unknown"), ("020", "code-unknown"),
        ("去了", "code-unknown"), ("已", "code-unclear"), ("属实", "code-unclear"), ("02 死亡", "code-unclear"),
        ("10 符合低保", "code-unclear"), ("2021-05-28", "code-unknown"),
    ],
)  # fmt: skip
def test_a_result_that_could_be_two_or_contradicts_itself_is_a_mistake(text: str, wrong: str) -> None:
    with pytest.raises(CellWrong) as caught:
        read_code(text)
    assert caught.value.code == wrong


@pytest.mark.parametrize(
    ("text", "fen"),
    [
        ("319", 31900), ("1,276.50元", 127650), ("￥0.5", 50), ("957.5", 95750), ("12774.0", 1277400), ("０", 0),
    ],
)  # fmt: skip
def test_yuan_become_fen(text: str, fen: int) -> None:
    assert read_amount(text) == fen


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("三百", "amount-unreadable"), ("1.005", "amount-unreadable"), ("nan", "amount-unreadable"),
        ("inf", "amount-unreadable"), ("-1", "amount-negative"), ("10000000.01", "amount-too-large"),
        ("1e99999", "amount-too-large"), ("", "amount-unreadable"),
    ],
)  # fmt: skip
def test_what_is_no_amount_is_a_mistake(text: str, wrong: str) -> None:
    with pytest.raises(CellWrong) as caught:
        read_amount(text)
    assert caught.value.code == wrong


def test_days_and_months_keep_their_precision() -> None:
    assert [read_day(one) for one in ("20210528", "2021.5.28", "2021年5月28日", "44344")] == ["2021-05-28"] * 4
    assert [read_month(one) for one in ("202107", "2021-07-01", "2021年7月", "2021.7")] == ["2021-07"] * 4
    for text, wrong in (("2021-05", "date-incomplete"), ("5月28日", "date-unreadable"), ("长期", "date-unreadable")):
        with pytest.raises(CellWrong) as caught:
            read_day(text)
        assert caught.value.code == wrong
    with pytest.raises(CellWrong):
        read_month("2021")


def test_what_is_only_shown_is_never_read_back() -> None:
    shown = {"姓名", "身份证号", "电话", "住址", "状态", "原因", "办理期限"}
    assert shown <= {one.header for one in COLUMNS}
    assert not any(NAMES.knows(header) for header in shown)
    assert NAMES.found(("姓名", "核查结果（必填）", "补充姓名", "结果代码")) == {
        "code": "核查结果（必填）",
        "name": "补充姓名",
    }
