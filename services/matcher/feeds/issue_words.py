"""Every issue in English, beside the Chinese of `issues`: message and way out, by code; and the page of all codes."""

from collections.abc import Iterator, Mapping
from typing import Any

from matcher.feeds.issues import FIXED, ISSUES

_SEVERITIES = {"error": "错误 error", "warning": "提示 warning"}
_CHECK = "Check the number against the document."
_WHICH = "Check against the document which of the two is right."
_ENGLISH: Mapping[str, tuple[str, str]] = {
    "row-without-identity": (
        "Neither a name nor a usable number: nobody knows who this is.",
        "Add name and number and send the row with the next delivery.",
    ),
    "row-empty": ("All agreed columns of this row are empty.", "Fill in the row, or delete it."),
    "row-repeated": ("The same as line {line} word for word; it counts once.", "Delete the repeated row."),
    "removal-in-vain": (
        "No earlier delivery has the record that is to be removed; nothing was changed.",
        "Check the key or the number; what was never sent need not be removed.",
    ),
    "row-unheaded": ("A cell stands under no header: the row may be shifted.", "Check whether the row is shifted."),
    "name-missing": ("“{column}” is empty.", "Fill in the name."),
    "name-placeholder": (
        "“{column}” holds no name but a stand-in (somebody, nameless, test).",
        "Fill in the person's legal name.",
    ),
    "name-is-number": ("“{column}” holds a number.", "Fill in the name; put the number in its own column."),
    "name-illegible": (
        "“{column}” has characters that cannot be read or were covered (?, □, *).",
        "Write rare characters as on the document; cover nothing.",
    ),
    "name-decorated": (
        "“{column}” has a title, number or remark beside the name.",
        "Write the name alone; put remarks in their own column.",
    ),
    "name-single": ("“{column}” has one character only.", "Fill in the whole name as on the document."),
    "id-missing": (
        "There is no number: only name, date of birth and address can be compared.",
        "Fill in the resident number.",
    ),
    "id-cell-numeric": (
        "“{column}” is a numeric cell: of 18 digits 15 survive. The cell was not used, the rest of the row is.",
        "Format the column as text and export again from the source; reformatting in Excel restores no digits.",
    ),
    "id-damaged": (
        "“{column}” looks damaged by a numeric format (zeros at the end, or an exponent).",
        "Export again from the source, the column as text.",
    ),
    "id-length": (
        "“{column}” has the wrong number of digits.",
        "Check the number; a disability card has 20 or 22 characters.",
    ),
    "id-check-digit": ("The check digit of “{column}” is wrong: at least one digit is.", _CHECK),
    "id-birth-impossible": ("The date of birth in “{column}” does not exist or is implausible.", _CHECK),
    "id-fifteen": (
        "“{column}” is an old number of 15 digits without check digit: weaker evidence.",
        "Send the number of 18 digits.",
    ),
    "id-area-unknown": ("The first six digits of “{column}” are no area ever issued.", _CHECK),
    "id-shared": (
        "“{column}” is the same as that of another person in line {line}.",
        "Check whose number it is; correct a number borrowed from the family.",
    ),
    "id-birth-differs": ("“{column}” is not the date of birth in the number.", _WHICH),
    "id-sex-differs": ("“{column}” is not the sex in the number.", _WHICH),
    "number-twofold": (
        "The same name and date of birth as line {line}, but another “{column}”.",
        "Check whether it is one person, and keep the right number.",
    ),
    "card-number-differs": ("The first 18 characters of “{column}” are not the number of this row.", _WHICH),
    "card-text-differs": (
        "“{column}” is not what the end of the card number says.",
        "Check class and grade against the card.",
    ),
    "columns-swapped": ("“{column}” and “{other}” hold each other's content.", "Exchange the two cells."),
    "cell-broken": (
        "“{column}” is a formula's error, ### of a narrow column, or garbled: its content is lost.",
        "Export the cell again from the source.",
    ),
    "value-unknown": ("“{column}” holds none of the agreed words and counts as empty.", "Use one of: {allowed}."),
    "area-malformed": ("“{column}” is no area code.", "Use the statistical code of 12 digits."),
    "area-unknown": ("The county of “{column}” was never issued.", "Check the area code."),
    "area-ended": ("The county of “{column}” has been abolished.", "Use the code in force."),
    "age-unreadable": ("“{column}” is no age.", "Write whole years, digits only."),
    "age-differs": (
        "“{column}” is more than two years off the age by the date of birth.",
        "Check the date of birth; ages are of the day of delivery.",
    ),
    "date-unreadable": ("“{column}” is no date.", "Write it as 2021-06-01."),
    "date-future": ("“{column}” lies after today.", "Check the year."),
    "date-implausible": ("“{column}” lies before 1900.", "Check the year."),
    "date-before-birth": ("“{column}” lies before the date of birth.", "Check this date and the date of birth."),
    "death-before-birth": ("“{column}” lies before the date of birth.", "Check the date of death and the number."),
    "period-unreadable": ("“{column}” is no month.", "Write it as 202106 or 2021-06."),
    "period-implausible": ("“{column}” lies after today or before 2000.", "Check the month."),
    "period-reversed": ("“{column}” lies before “{other}”.", "Check whether beginning and end were exchanged."),
    "amount-unreadable": ("“{column}” is no amount.", "Write digits only, in yuan."),
    "amount-negative": ("“{column}” is below zero.", "Send a reversal merged with the entry it reverses."),
    "amount-implausible": ("“{column}” is implausibly large.", "Check the amount and its unit (yuan, ten thousand)."),
    "phone-invalid": ("“{column}” is no telephone number.", "Check the number of digits."),
    "household-missing": ("“{column}” is empty: nobody knows who lives together.", "Fill in the household number."),
    "heads-several": (
        "The head of a household that has one in line {line} already.",
        "A household has one head: check “{column}”.",
    ),
    "head-missing": ("This household has no head.", "Check “{column}” and the household number; send the head."),
    "spouse-same-sex": (
        "By their numbers this spouse and the head (line {line}) are of one sex.",
        "Check “{column}” and both numbers.",
    ),
}


def in_language(issue: Mapping[str, Any], language: str) -> tuple[str, str]:
    """Message and hint of one issue of a row in `zh` or `en`."""
    if language != "en":
        return issue["message_zh"], issue["hint"]
    message, hint = _ENGLISH[issue["code"]]
    return message.format(**issue["args"]), hint.format(**issue["args"])


def issues_page() -> str:
    """All codes as a page of Markdown: how bad, what it means, what to do, in both languages."""
    return "\n".join([*_head(), *(line for code in ISSUES for line in _entry(code))]) + "\n"


def _head() -> Iterator[str]:
    yield "# 数据行问题代码 Issue codes"
    yield ""
    yield "由 `./run issues` 生成，勿手改。Written by `./run issues`; a test compares it with the code."
    yield ""
    yield (
        "`GET /batches/{id}/rows` 对每一行一次列出全部问题：代码、轻重、列（pointer）、参数（args）、说明和怎么改；"
        "`Accept-Language: en` 给英文。文字里没有单元格的内容。"
    )
    yield (
        "All issues of a row come at once: code, severity, pointer to the column, args, message and way out, in the "
        "language of `Accept-Language`. No text holds a cell's content."
    )
    yield ""
    yield (
        "轻重可按数据源调整：映射里 `severities: {代码: error|warning|off}`；映射里设为 error 的，整行拒收。"
        "标“固定”的不能改。A feed's map may say otherwise (`severities`): what it calls an error refuses the row. "
        "Those marked fixed stay as they are."
    )
    yield ""


def _entry(code: str) -> Iterator[str]:
    kind, (message, hint) = ISSUES[code], _ENGLISH[code]
    fixed = "，固定 fixed" if code in FIXED else ""
    yield f"## `{code}`"
    yield ""
    yield f"{_SEVERITIES[kind.severity]}{fixed}"
    yield ""
    yield f"- {_shown(kind.message_zh)} {_shown(kind.hint)}"
    yield f"- {_shown(message)} {_shown(hint)}"
    yield ""


def _shown(text: str) -> str:
    """With what stands in the place of each argument."""
    names = {"column": "…", "other": "…", "allowed": "…", "place": "第 n 行", "line": "n"}
    return text.format(**names)
