"""What every cell of an agency's file needs before its meaning is asked: width, blanks, the words for nothing.

Two forms of one definition: `plain` for one text, `plain_column` for a column; a property test holds them together.
`rewrite` keeps whole-column functions fast: clean cells, which are most, are never touched.
"""

import re
import unicodedata
from collections.abc import Callable
from functools import cache

import polars as pl

from china.package_data import read_words

# Zero-width marks, byte-order marks and direction marks that copying out of web pages and PDFs leaves behind.
INVISIBLE = "\u200b\u200c\u200d\u200e\u200f\u2060\ufeff\u00ad\u202a\u202b\u202c\u202d\u202e"
_FORMULA = r'^=\s*"([^"]*)"$'  # ="…": how county tools protect a number from the spreadsheet
_QUOTES = "'`‘’\"“”"

_formula = re.compile(_FORMULA)
_invisible = re.compile(f"[{INVISIBLE}]")
_blank = re.compile(r"\s+")


@cache
def missing_words() -> frozenset[str]:
    """Upper-case words that mean "nothing given" (domain rule: never a value, never a key); the empty text is one."""
    return frozenset(["", *read_words("missing_words.txt")])


def plain(text: str | None) -> str | None:
    """Half-width, without ="…" and quote protection, single inner spaces; a word for nothing is None."""
    if text is None:
        return None
    out = _invisible.sub("", unicodedata.normalize("NFKC", text))
    out = _blank.sub(" ", out).strip(" ")
    out = _formula.sub(r"\1", out)
    out = out.strip(_QUOTES).strip(" ")
    return None if out.upper() in missing_words() else out


# What `plain` leaves as it is, unless it is a word for nothing: most cells, told by one look and never rewritten.
_SETTLED = r"^[0-9A-Za-z\u4E00-\u9FA5·!#$%&()*+,\-./:;<>?@\[\\\]^_{|}~]+$"


def plain_column(s: pl.Series) -> pl.Series:
    """`plain` over a text column."""
    return rewrite(s, s.str.contains(_SETTLED) & ~s.str.contains(_nothing()), _plain_unsettled)


@cache
def _nothing() -> str:
    """The words for nothing as a pattern; beyond ASCII they have no case."""
    return f"^(?i:{'|'.join(sorted(map(re.escape, missing_words() - {''})))})$"


def _plain_unsettled(s: pl.Series) -> pl.Series:
    out = (
        s.str.normalize("NFKC")
        .str.replace_all(f"[{INVISIBLE}]", "")
        .str.replace_all(r"[\s\x1c-\x1f]+", " ")
        .str.strip_chars(" ")
        .str.replace(_FORMULA, "${1}")
        .str.strip_chars(_QUOTES)
        .str.strip_chars(" ")
    )
    return blank_where(out, out.str.to_uppercase().is_in(list(missing_words())))


def blank_where(s: pl.Series, mask: pl.Series) -> pl.Series:
    """`s` with null in the rows where `mask` holds."""
    frame = pl.DataFrame({"value": s, "mask": mask})
    return frame.select(pl.when(pl.col("mask").fill_null(False)).then(None).otherwise(pl.col("value"))).to_series(0)


def rewrite(s: pl.Series, clean: pl.Series, change: Callable[[pl.Series], pl.Series]) -> pl.Series:
    """`s` with `change` applied only to the rows that are neither null nor already `clean`."""
    dirty = (~clean).fill_null(False).arg_true()
    if dirty.is_empty():
        return s
    return s.clone().scatter(dirty, change(s.gather(dirty)))


def on_distinct(s: pl.Series, read: Callable[[pl.Series], pl.DataFrame]) -> pl.DataFrame:
    """What `read` makes of `s`, computed once per distinct value; rows as in `s`, null where `s` is null."""
    distinct = s.drop_nulls().unique(maintain_order=True)
    if distinct.len() * 2 > s.len():
        return read(s)
    table = read(distinct).with_columns(distinct.alias("\0value"))
    keyed = pl.DataFrame({"\0value": s})
    return keyed.join(table, on="\0value", how="left", maintain_order="left").drop("\0value")
