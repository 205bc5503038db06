"""Disability certificate numbers: the 18-character ID number, one digit of class, one of grade, perhaps a re-issue.

20 characters at first issue, 22 with the count of re-issues (B1, B2 …), 21 seen in the wild; character 18 may be X.
Wrong code tables circulate, so an agency's text columns may disagree with its card number: `disagreement` says so.
Classes and grades: GB/T 26341-2010; grade 1 is the heaviest.
"""

import re
from dataclasses import dataclass

import polars as pl

from china.id_numbers import read_column as read_numbers
from china.text import on_distinct, plain, plain_column

CLASSES = {"1": "视力", "2": "听力", "3": "言语", "4": "肢体", "5": "智力", "6": "精神", "7": "多重"}
GRADES = {1: "一级", 2: "二级", 3: "三级", 4: "四级"}

_INNER = r"[\s\-'‘’`]"
_X_AT_END = r"^([0-9]{17})[xX×✕✖╳*ХхΧχ]"
_CARD = r"^([0-9]{17}[0-9X])([1-7])([1-4])([A-Z0-9]{1,2})?$"
# What stands in class columns beside the official words. 智障 and 精神病 are written by hand in villages.
_CLASS_WORDS = {
    "1": ("视力", "盲", "视障", "低视力"),
    "2": ("听力", "聋", "听障"),
    "3": ("言语", "语言", "哑"),
    "4": ("肢体", "肢残", "肢障", "瘫"),
    "5": ("智力", "智障", "智残", "弱智"),
    "6": ("精神", "精残", "精障"),
    "7": ("多重", "综合"),
}
_GRADE_WORDS = {
    1: ("一级", "1级", "I级", "壹级", "甲级", "一", "1", "01", "I", "壹", "极重度", "1.0"),
    2: ("二级", "2级", "II级", "贰级", "二", "2", "02", "II", "贰", "重度", "2.0"),
    3: ("三级", "3级", "III级", "叁级", "三", "3", "03", "III", "叁", "中度", "3.0"),
    4: ("四级", "4级", "IV级", "肆级", "四", "4", "04", "IV", "肆", "轻度", "4.0"),
}
_GRADES_BY_WORD = {word: grade for grade, words in _GRADE_WORDS.items() for word in words}
_GRADE_INSIDE = r"([一二三四1234]|IV|I{1,3})级"


@dataclass(frozen=True)
class Card:
    """One card number taken apart; None in `class_code` and `grade` where it is no card number."""

    text: str
    id_number: str | None  # the 18 characters; whether they are a sound ID number says `valid`
    class_code: str | None  # 1…7
    grade: int | None  # 1…4
    reissue: str | None
    valid: bool


def clean(text: str | None) -> str | None:
    """The card number half-width, without blanks, X as X; None when none was given."""
    out = plain(text)
    return None if out is None else re.sub(_X_AT_END, r"\1X", re.sub(_INNER, "", out).upper())


def clean_column(s: pl.Series) -> pl.Series:
    """`clean` over a text column."""
    return plain_column(s).str.replace_all(_INNER, "").str.to_uppercase().str.replace(_X_AT_END, "${1}X")


def read(text: str | None) -> Card | None:
    """One card number; None when none was given. A bare ID number or other text has no class and grade."""
    row = read_column(pl.Series([text], dtype=pl.String)).row(0, named=True)
    if row["text"] is None:
        return None
    return Card(row["text"], row["id_number"], row["class"], row["grade"], row["reissue"], row["valid"])


def read_column(s: pl.Series) -> pl.DataFrame:
    """Columns text, id_number, class ("1"…"7"), grade (Int8 1…4), reissue, valid; rows as in `s`.

    `valid`: card shape and a sound ID number inside; null where nothing was given.
    """
    text = clean_column(s).alias("text")
    parts = text.str.extract_groups(_CARD).struct.unnest()
    parts.columns = ["id_number", "class", "grade", "reissue"]
    sound = read_numbers(parts["id_number"])["valid"].fill_null(False)
    return parts.select(
        text,
        "id_number",
        "class",
        pl.col("grade").cast(pl.Int8),
        "reissue",
        valid=pl.select(pl.when(text.is_not_null()).then(sound)).to_series(0),
    )


def class_code(text: str | None) -> str | None:
    """Class as written (肢体, 肢体残疾, 4, 肢体四级) → 1…7; several classes named → 7 多重; None where unreadable."""
    return class_column(pl.Series([text], dtype=pl.String))[0]  # type: ignore[no-any-return]  # one text in, one out


def class_column(s: pl.Series) -> pl.Series:
    """`class_code` over a text column, as text."""
    return on_distinct(s.alias("text"), _classes)["class"].alias(s.name)


def _classes(s: pl.Series) -> pl.DataFrame:
    text = pl.col("text")
    named = {code: text.str.contains_any(list(words)) for code, words in _CLASS_WORDS.items()}
    count = pl.sum_horizontal(found.cast(pl.Int8) for code, found in named.items() if code != "7")
    by_word = pl.coalesce(pl.when(found).then(pl.lit(code)) for code, found in named.items() if code != "7")
    found = (
        pl.when(named["7"] | (count > 1))
        .then(pl.lit("7"))
        .when(count == 1)
        .then(by_word)
        .otherwise(text.str.extract(r"^0?([1-7])(?:\.0)?(?:[类 ].*)?$"))
    )
    return pl.DataFrame({"text": plain_column(s).alias("text")}).select(found.alias("class"))


def components_column(s: pl.Series) -> pl.Series:
    """The single classes a text names (多重（视力、肢体） → ["1", "4"]); an empty list where it names none."""
    frame = pl.DataFrame({"text": plain_column(s).fill_null("")})
    hits = [
        pl.when(pl.col("text").str.contains_any(list(words))).then(pl.lit(code))
        for code, words in _CLASS_WORDS.items()
        if code != "7"
    ]
    return frame.select(pl.concat_list(hits).list.drop_nulls().alias(s.name)).to_series(0)


def grade(text: str | None) -> int | None:
    """Grade as written (一级, 1, 1级, Ⅰ, 肢体四级) → 1…4; None where unreadable."""
    return grade_column(pl.Series([text], dtype=pl.String))[0]  # type: ignore[no-any-return]  # one text in, one out


def grade_column(s: pl.Series) -> pl.Series:
    """`grade` over a text column, as Int8."""
    return on_distinct(s.alias("text"), _grades)["grade"].alias(s.name)


def _grades(s: pl.Series) -> pl.DataFrame:
    text = plain_column(s).str.replace_all(r"\s", "").str.to_uppercase().str.replace(r"^残疾", "")
    frame = pl.DataFrame({"text": text.alias("text")})
    whole = pl.col("text").replace_strict(_GRADES_BY_WORD, default=None, return_dtype=pl.Int8)
    # Several grades named (视力一级、肢体三级): the certificate's grade is the heaviest, the smallest number.
    inside = (
        pl.col("text")
        .str.extract_all(_GRADE_INSIDE)
        .list.eval(pl.element().replace_strict(_GRADES_BY_WORD, default=None, return_dtype=pl.Int8))
    )
    return frame.select(grade=pl.coalesce(whole, inside.list.min()))


def severe_for_assistance(class_code: str | None, grade: int | None) -> bool:
    """重残 for assistance: grades 1–2 of any class, and grade 3 of 智力 and 精神; unknown is not severe.

    民发〔2021〕57号 (特困 recognition) and the provinces' 单人保 rules use this set everywhere.
    """
    if grade is None:
        return False
    return grade <= 2 or (grade == 3 and class_code in ("5", "6"))


def severe_for_assistance_expr(class_code: pl.Expr, grade: pl.Expr) -> pl.Expr:
    """`severe_for_assistance` as an expression over class ("1"…"7") and grade (a number); never null."""
    return ((grade <= 2) | ((grade == 3) & class_code.is_in(["5", "6"]).fill_null(False))).fill_null(False)


def disagreement_column(card: pl.Series, class_text: pl.Series, grade_text: pl.Series) -> pl.Series:
    """Where the card number says otherwise than the text columns: class | grade | class-and-grade, else null."""
    said = read_column(card)
    frame = pl.DataFrame(
        {
            "class": (said["class"] != class_column(class_text)).fill_null(False),
            "grade": (said["grade"] != grade_column(grade_text)).fill_null(False),
        }
    )
    return frame.select(
        pl.when(pl.col("class") & pl.col("grade"))
        .then(pl.lit("class-and-grade"))
        .when("class")
        .then(pl.lit("class"))
        .when("grade")
        .then(pl.lit("grade"))
        .alias("disagreement")
    ).to_series(0)


def disagreement(card: str | None, class_text: str | None, grade_text: str | None) -> str | None:
    """`disagreement_column` for one row."""
    one = (pl.Series([text], dtype=pl.String) for text in (card, class_text, grade_text))
    return disagreement_column(*one)[0]  # type: ignore[no-any-return]  # one row in, one out
