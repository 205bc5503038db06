"""What may be seen of a personal value by those who need not know it (domain rule: 前3后4, never the birth date).

Fourteen visible digits of an ID number, as one guide advises, expose the full birth date; six and four still
re-identify a villager. So three and four. Every mask keeps the length hidden where the length itself tells.
"""

import re

import polars as pl

STAR = "*"


def mask_number(text: str | None) -> str | None:
    """ID or card number: first three, last four of the first eighteen; anything shorter than twelve only stars."""
    if text is None:
        return None
    return f"{text[:3]}{STAR * 11}{text[:18][-4:]}" if len(text) >= 12 else STAR * 6


def mask_phone(text: str | None) -> str | None:
    """138****1234; landlines and others keep the last two."""
    if text is None:
        return None
    if len(text) == 11 and text.startswith("1"):
        return f"{text[:3]}{STAR * 4}{text[-4:]}"
    return f"{STAR * 6}{text[-2:]}" if len(text) >= 7 else STAR * 6


def mask_account(text: str | None) -> str | None:
    """Bank account: last four."""
    if text is None:
        return None
    return f"{STAR * 4}{text[-4:]}" if len(text) >= 8 else STAR * 4


def mask_name(text: str | None) -> str | None:
    """张*, 张*三, 阿**: first character and, from three on, the last; a minority name its first segment's start."""
    if text is None:
        return None
    if "\u00b7" in text:
        return f"{text[0]}{STAR * 2}"
    if len(text) <= 2:
        return f"{text[:1]}{STAR}"
    return f"{text[0]}{STAR * (len(text) - 2)}{text[-1]}"


# What stands within a sentence: a resident number (15, or 17 and a check character), a mobile, a card of a bank. Longer
# runs are none of these (ids of rows are letters and hyphens), money and dates are shorter.
_IN_TEXT = re.compile(r"(?<![0-9A-Za-z-])(?:[0-9]{17}[0-9Xx]|[0-9]{15,19}|1[3-9][0-9]{9})(?![0-9A-Za-z-])")


def mask_in_text(text: str | None) -> str | None:
    """A sentence somebody typed, with the numbers of people in it masked: free text is where they are forgotten."""
    if text is None:
        return None
    masks = {11: mask_phone, 15: mask_number, 18: mask_number}
    return _IN_TEXT.sub(lambda found: str(masks.get(len(found[0]), mask_account)(found[0])), text)


def mask_number_expr(text: pl.Expr) -> pl.Expr:
    """`mask_number` as an expression."""
    long = text.str.slice(0, 3) + STAR * 11 + text.str.slice(0, 18).str.tail(4)
    return pl.when(text.str.len_chars() >= 12).then(long).when(text.is_not_null()).then(pl.lit(STAR * 6))


def mask_phone_expr(text: pl.Expr) -> pl.Expr:
    """`mask_phone` as an expression."""
    size = text.str.len_chars()
    return (
        pl.when((size == 11) & text.str.starts_with("1"))
        .then(text.str.slice(0, 3) + STAR * 4 + text.str.tail(4))
        .when(size >= 7)
        .then(STAR * 6 + text.str.tail(2))
        .when(text.is_not_null())
        .then(pl.lit(STAR * 6))
    )


def mask_account_expr(text: pl.Expr) -> pl.Expr:
    """`mask_account` as an expression."""
    long = STAR * 4 + text.str.tail(4)
    return pl.when(text.str.len_chars() >= 8).then(long).when(text.is_not_null()).then(pl.lit(STAR * 4))


def mask_name_expr(text: pl.Expr) -> pl.Expr:
    """`mask_name` as an expression."""
    size, first = text.str.len_chars(), text.str.slice(0, 1)
    stars = pl.lit(STAR).repeat_by((size - 2).cast(pl.Int64).clip(0)).list.join("")
    return (
        pl.when(text.str.contains("\u00b7", literal=True))
        .then(first + STAR * 2)
        .when(size <= 2)
        .then(first + STAR)
        .otherwise(first + stars + text.str.tail(1))
    )
