"""How Splink is told to link this county's lists, in two ways.

`plain` is what its documentation leads to: six blocking rules, exact and edit-distance levels, term frequencies.
`thorough` is what came of looking at its errors on tuning counties (seeds 1 and 2) until few could be helped: the
village read out of addresses, rare names as a key, slips of the number told from other numbers, a date out of the
number kept silent beside equal numbers. Every measurement of ours is held against the thorough one.
"""

from collections.abc import Callable
from dataclasses import dataclass

import splink.comparison_library as cl
from splink import block_on

RARE = 1e-6  # strangers whose numbers differ in one place: rarer than any sample shows
Rules = tuple[object, ...]


@dataclass(frozen=True)
class Way:
    """Settings of one way: what is compared, which pairs, which rules find sure matches and which train."""

    comparisons: Callable[[], list[cl.CustomComparison]]
    blocking: Rules
    certain: Rules
    training: Rules


# Names are two to four characters; DuckDB's edit distances count bytes, so characters are held apart one by one.
_ONE_OTHER = (
    "length(name_l) = length(name_r) and length(name_l) >= 2 and "
    + " + ".join(f"(substr(name_l, {at}, 1) = substr(name_r, {at}, 1))::int" for at in range(1, 5))
    + " >= least(length(name_l), 4) - 1 + greatest(4 - length(name_l), 0)"
)


def _level(condition: str, label: str, **more: object) -> dict[str, object]:
    return {"sql_condition": condition, "label_for_charts": label, **more}


def _ladder(column: str, *levels: dict[str, object], silent: str = "false") -> cl.CustomComparison:
    """A comparison of `column`: missing (or `silent`: says nothing), the levels given, everything else."""
    null = _level(f"{column}_l is null or {column}_r is null or {silent}", "missing", is_null_level=True)
    return cl.CustomComparison(output_column_name=column, comparison_levels=[null, *levels, _level("ELSE", "other")])


def _plain() -> list[cl.CustomComparison]:
    return [
        _ladder(
            "name",
            _level("name_l = name_r", "equal", tf_adjustment_column="name"),
            _level("pinyin_l = pinyin_r", "same sound", tf_adjustment_column="pinyin"),
            _level("jaro_winkler_similarity(pinyin_l, pinyin_r) >= 0.92", "similar sound"),
            _level("jaro_winkler_similarity(pinyin_l, pinyin_r) >= 0.8", "somewhat similar sound"),
        ),
        _ladder(
            "number",
            _level("number_l = number_r", "equal"),
            _level("levenshtein(number_l, number_r) <= 2", "one or two slips"),
        ),
        _ladder(
            "birth",
            _level("birth_l = birth_r", "equal"),
            _level("levenshtein(birth_l, birth_r) <= 1", "one slip"),
            _level("substr(birth_l, 1, 4) = substr(birth_r, 1, 4)", "same year"),
        ),
        _ladder("sex", _level("sex_l = sex_r", "equal")),
        _ladder("ethnic", _level("ethnic_l = ethnic_r", "equal")),
        _ladder(
            "division",
            _level("division_l = division_r", "same village"),
            _level("township_l = township_r", "same township"),
        ),
        _ladder("phone", _level("phone_l = phone_r", "equal", tf_adjustment_column="phone")),
    ]


def _thorough() -> list[cl.CustomComparison]:
    frequent = {"tf_adjustment_column": "name", "tf_adjustment_weight": 1.0}
    sounding = {"tf_adjustment_column": "pinyin", "tf_adjustment_weight": 1.0}
    return [
        _ladder(
            "name",
            _level("name_l = name_r", "equal", **frequent),
            _level("pinyin_l = pinyin_r", "same sound", **sounding),
            _level(_ONE_OTHER + " and surname_l = surname_r", "one character other"),
            _level("jaro_winkler_similarity(pinyin_l, pinyin_r) >= 0.94", "similar sound"),
            _level("surname_l = surname_r", "same surname"),
        ),
        _ladder(
            "number",
            _level("number_l = number_r", "equal"),
            _level("hamming(number_l, number_r) = 1", "one digit other", u_probability=RARE),
            # the slow distance only where the quick one leaves a chance; a common date of birth is weighed below
            _level(
                "hamming(number_l, number_r) = 2 and damerau_levenshtein(number_l, number_r) = 1",
                "neighbours swapped",
                u_probability=RARE,
            ),
        ),
        _ladder(
            "told",
            _level("told_l = told_r", "equal"),
            _level("birth_l = birth_r or birth_l = told_r or told_l = birth_r", "equal by one of two"),
            _level(
                "substr(told_l, 1, 4) = substr(told_r, 1, 4)"
                " and (substr(told_l, 5) = '0101' or substr(told_r, 5) = '0101')",
                "only the year known",
            ),
            _level(
                "hamming(told_l, told_r) = 1 or (substr(told_l, 1, 4) = substr(told_r, 1, 4)"
                " and substr(told_l, 5, 2) = substr(told_r, 7, 2) and substr(told_l, 7, 2) = substr(told_r, 5, 2))",
                "one slip",
            ),
            _level("substr(told_l, 1, 4) = substr(told_r, 1, 4)", "same year"),
            # a date out of the number says nothing beside equal numbers
            silent="(number_l = number_r and (stated_l is null or stated_r is null))",
        ),
        _ladder("sex", _level("sex_l = sex_r", "equal")),
        _ladder("ethnic", _level("ethnic_l = ethnic_r", "equal", tf_adjustment_column="ethnic")),
        _ladder(
            "village",
            _level("house_l = house_r", "same house"),
            _level("village_l = village_r and team_l = team_r", "same group"),
            _level("village_l = village_r", "same village", tf_adjustment_column="village"),
            _level("township_l = township_r", "same township"),
        ),
        _ladder(
            "phone",
            _level("phone_l = phone_r", "equal", tf_adjustment_column="phone"),
            _level("hamming(phone_l, phone_r) = 1", "one digit other", u_probability=RARE),
        ),
    ]


WAYS = {
    "plain": Way(
        comparisons=_plain,
        blocking=(
            block_on("number"),
            block_on("name", "birth"),
            block_on("pinyin", "birth"),
            block_on("phone", "name"),
            block_on("name", "division"),
            block_on("birth", "division"),
        ),
        certain=(block_on("number", "name"), block_on("name", "birth", "division"), block_on("name", "phone", "sex")),
        training=(block_on("number"), block_on("name", "birth"), block_on("name", "division")),
    ),
    "thorough": Way(
        comparisons=_thorough,
        blocking=(
            block_on("number"),
            block_on("rare"),
            block_on("pinyin", "birth"),
            block_on("pinyin", "told"),
            block_on("pinyin", "village"),
            block_on("pinyin", "substr(birth, 1, 4)"),
            block_on("pinyin", "substr(number, 1, 9)"),
            block_on("pinyin", "substr(number, 11, 8)"),
            block_on("phone", "surname"),
            block_on("phone", "birth"),
            block_on("surname", "birth"),
            block_on("surname", "told"),
            block_on("village", "birth"),
            block_on("village", "told"),
            block_on("surname", "village", "substr(birth, 1, 4)"),
            block_on("surname", "substr(number, 11, 8)"),
            block_on("surname", "house"),
        ),
        certain=(block_on("number", "name"), block_on("name", "birth", "village"), block_on("name", "phone", "sex")),
        training=(
            block_on("number"),
            block_on("pinyin", "told"),
            block_on("pinyin", "village"),
            block_on("phone", "surname"),
        ),
    ),
}
