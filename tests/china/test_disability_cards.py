"""Disability cards: the number, the words beside it, and who counts as severely disabled for assistance."""

import polars as pl
import pytest

from china import disability_cards as cards
from tests.china.tables import cases, column

TABLE = cases("disability_cards")


@pytest.mark.parametrize("case", [case for case in TABLE if "card" in case], ids=lambda case: repr(case["card"]))
def test_a_card_number_carries_class_and_grade(case: dict[str, object]) -> None:
    row = cards.read_column(column([case["card"]])).row(0, named=True)  # type: ignore[list-item]  # YAML text
    assert (row["class"], row["grade"], row["valid"]) == (case["class"], case["grade"], case["valid"])
    assert row["reissue"] == case.get("reissue")


@pytest.mark.parametrize("case", [c for c in TABLE if "class_text" in c], ids=lambda case: repr(case["class_text"]))
def test_a_class_is_read_from_words_and_codes(case: dict[str, str | None]) -> None:
    assert cards.class_code(case["class_text"]) == case["text_class"]


@pytest.mark.parametrize("case", [c for c in TABLE if "grade_text" in c], ids=lambda case: repr(case["grade_text"]))
def test_a_grade_is_read_from_words_and_codes(case: dict[str, object]) -> None:
    assert cards.grade(case["grade_text"]) == case["text_grade"]  # type: ignore[arg-type]  # YAML text


def test_severe_for_assistance_is_grades_one_and_two_and_third_grade_of_intellect_and_mind() -> None:
    severe = {
        (code, grade) for code in cards.CLASSES for grade in cards.GRADES if cards.severe_for_assistance(code, grade)
    }
    assert severe == {(code, grade) for code in "1234567" for grade in (1, 2)} | {("5", 3), ("6", 3)}
    assert not cards.severe_for_assistance("5", None)
    assert cards.severe_for_assistance(None, 2)


def test_the_severe_expression_agrees_and_is_never_null() -> None:
    pairs = [(code, grade) for code in [*cards.CLASSES, None] for grade in [*cards.GRADES, None]]
    frame = pl.DataFrame(pairs, schema={"class": pl.String, "grade": pl.Float64}, orient="row")
    found = frame.select(cards.severe_for_assistance_expr(pl.col("class"), pl.col("grade"))).to_series(0).to_list()
    assert found == [cards.severe_for_assistance(code, grade) for code, grade in pairs]


def test_text_that_contradicts_its_card_is_flagged_and_silence_is_not() -> None:
    card = "64049919491231002X43"
    assert cards.disagreement(card, "肢体", "三级") is None
    assert cards.disagreement(card, "视力", "三级") == "class"
    assert cards.disagreement(card, "肢体", "一级") == "grade"
    assert cards.disagreement(card, "视力", "一级") == "class-and-grade"
    assert cards.disagreement(card, None, "无") is None
    assert cards.disagreement(None, "肢体", "三级") is None


def test_the_components_of_a_multiple_disability_are_listed() -> None:
    assert cards.components_column(column(["多重（视力、肢体）", "智力", None])).to_list() == [["1", "4"], ["5"], []]


def test_a_single_card_reads_as_its_column_does() -> None:
    card = cards.read("64049919491231002x62B1")
    assert card == cards.Card("64049919491231002X62B1", "64049919491231002X", "6", 2, "B1", True)
    assert cards.read("无") is None
