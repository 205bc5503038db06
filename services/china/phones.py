"""Telephone numbers as written: mobile and landline, with the second number some cells hold.

A feed's phone is often a child's, a guardian's or the village cadre's: it identifies a household at best.
Two forms of one definition, `read` and `read_column`; a property test holds them together.
"""

import re
from dataclasses import dataclass

import polars as pl

from china.text import on_distinct, plain, plain_column

MOBILE = r"^1[3-9][0-9]{9}$"
LANDLINE = r"^0(?:10|2[0-9]|[3-9][0-9]{2})[2-9][0-9]{6,7}$"
LOCAL = r"^[2-9][0-9]{6,7}$"  # without its area code: dialled inside the county, ambiguous outside
# Typed to pass a form that insists on eleven digits.
_INVENTED = r"^1[3-9]([0-9])(?:0{8}|1{8}|8{8}|9{8})$|^(?:13800138000|12345678901|13812345678|13912345678|13888888888)$"
_COUNTRY = r"^(?:\+|00)?86(1[3-9][0-9]{9}|0[0-9]{9,11})$"
_SPLIT = r"[/;|、,，；]| {2,}|(?:或|和|转)"
_EXTENSION = r"(?i)(?:转|-|ext\.?|x)[0-9]{1,5}$"
_KINDS = {"mobile": MOBILE, "landline": LANDLINE, "local": LOCAL}


@dataclass(frozen=True)
class Phone:
    """One cell: its first readable number; `valid` is False for what is no number or an invented one."""

    phone: str | None
    kind: str | None  # mobile | landline | local
    other: str | None  # a second number in the same cell
    valid: bool


def read(text: str | None) -> Phone | None:
    """One cell; None when nothing was given."""
    out = plain(text)
    if out is None:
        return None
    numbers = [_digits_of(part) for part in re.split(_SPLIT, re.sub(r"\.0+$", "", out))]
    found = [(number, kind) for number in numbers if (kind := _kind_of(number)) is not None]
    phone, kind = found[0] if found else (None, None)
    return Phone(phone, kind, found[1][0] if len(found) > 1 else None, bool(found))


def _digits_of(part: str) -> str:
    """`_digits` of one text."""
    bare = re.sub(_EXTENSION, "", part)
    bare = bare if len(re.sub(r"[^0-9]", "", bare)) >= 10 else part
    return re.sub(_COUNTRY, r"\1", re.sub(r"[^0-9+]", "", bare)).replace("+", "")


def _kind_of(digits: str) -> str | None:
    """`_kind` of one text."""
    if re.search(_INVENTED, digits):
        return None
    return next((kind for kind, pattern in _KINDS.items() if re.search(pattern, digits)), None)


def clean_column(s: pl.Series) -> pl.Series:
    """The digits of the first sound number of each cell, else null."""
    return read_column(s)["phone"].alias(s.name)


def read_column(s: pl.Series) -> pl.DataFrame:
    """A text column → phone, kind, other, valid; rows as in `s`, all null where nothing was given."""
    return on_distinct(s, _read_distinct)


def _read_distinct(s: pl.Series) -> pl.DataFrame:
    """Cells that are one mobile number, which most are, need no taking apart."""
    sound = (s.str.contains(MOBILE) & ~s.str.contains(_INVENTED)).fill_null(False)
    found = pl.DataFrame({"phone": s, "sound": sound}).select(
        phone=pl.when("sound").then("phone"),
        kind=pl.when("sound").then(pl.lit("mobile")),
        other=pl.lit(None, dtype=pl.String),
        valid=pl.when("sound").then(True),
    )
    rest = (~sound).arg_true()
    if rest.is_empty():
        return found
    taken = _take_apart(s.gather(rest))
    return found.with_columns(found[name].scatter(rest, taken[name]) for name in found.columns)


def _take_apart(s: pl.Series) -> pl.DataFrame:
    frame = pl.DataFrame({"text": plain_column(s).alias("text")}).with_row_index("row")
    parts = (
        frame.with_columns(part=pl.col("text").str.replace(r"\.0+$", "").str.replace_all(_SPLIT, "\n").str.split("\n"))
        .explode("part")
        .with_columns(digits=_digits(pl.col("part")))
        .with_columns(kind=_kind(pl.col("digits")))
        .filter(pl.col("kind").is_not_null())
    )
    found = parts.group_by("row", maintain_order=True).agg(
        phone=pl.col("digits").first(),
        kind=pl.col("kind").first(),
        other=pl.col("digits").get(1, null_on_oob=True),
    )
    joined = frame.join(found, on="row", how="left", maintain_order="left")
    valid = pl.when(pl.col("text").is_not_null()).then(pl.col("phone").is_not_null())
    return joined.select("phone", "kind", "other", valid=valid)


def _digits(part: pl.Expr) -> pl.Expr:
    """Digits only: without label, country code, brackets, hyphens and extension."""
    bare = part.str.replace(_EXTENSION, "")
    # The extension rule would also eat the end of 0954-5012345 when it is short: only numbers still whole lose one.
    bare = pl.when(bare.str.replace_all(r"[^0-9]", "").str.len_chars() >= 10).then(bare).otherwise(part)
    return bare.str.replace_all(r"[^0-9+]", "").str.replace(_COUNTRY, "${1}").str.replace_all(r"\+", "")


def _kind(digits: pl.Expr) -> pl.Expr:
    return (
        pl.when(digits.str.contains(_INVENTED))
        .then(None)
        .when(digits.str.contains(MOBILE))
        .then(pl.lit("mobile"))
        .when(digits.str.contains(LANDLINE))
        .then(pl.lit("landline"))
        .when(digits.str.contains(LOCAL))
        .then(pl.lit("local"))
    )
