"""Text of persons as it comes from exports, made comparable: one rule for each kind of column, whole columns at a time.

What says nothing (`n/a`, `unknown`, `-`) becomes null: an empty value must never agree with another empty value.
"""

from collections.abc import Callable
from typing import Final

import polars as pl

from matcher.linkage.general.model import Derived, GeneralModel

SILENT: Final = ("", "na", "n/a", "nan", "nat", "none", "null", "nil", "unknown", "unk", "missing", "not known", "n.a.")
TITLES: Final = r"\b(?:mr|mrs|ms|miss|dr|prof|sir|rev|jr|sr|ii|iii|iv|esq)\b"
MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
STREETS: Final = {
    "st": "street", "str": "street", "rd": "road", "ave": "avenue", "av": "avenue", "dr": "drive", "ln": "lane",
    "ct": "court", "crt": "court", "cres": "crescent", "cr": "crescent", "cct": "circuit", "cir": "circle",
    "pl": "place", "blvd": "boulevard", "hwy": "highway", "pde": "parade", "tce": "terrace", "ter": "terrace",
    "cl": "close", "sq": "square", "pkwy": "parkway", "gr": "grove", "gdns": "gardens", "apt": "apartment",
    "n": "north", "s": "south", "e": "east", "w": "west",
}  # fmt: skip
YEARS: Final = (1700, 2100)  # eight digits that begin otherwise end with the year
CENTURY: Final = 30  # a year of two digits up to this is of this century


V: Final = pl.col("v")
Rule = Callable[[pl.Series], pl.Series]


def _step(text: pl.Series, made: pl.Expr) -> pl.Series:
    """One step over a column, seen as V."""
    return text.to_frame("v").select(made.alias("v")).to_series()


def _filled(made: pl.Expr) -> pl.Expr:
    return pl.when(made != "").then(made)


def plain(text: pl.Series) -> pl.Series:
    """Lower case without accents and outer spaces; words that say nothing are null. Numbers that passed through a
    spreadsheet are whole again: `2650.0` is 2650."""
    folded = text.str.normalize("NFKD").str.replace_all(r"\p{M}", "").str.to_lowercase().str.strip_chars()
    folded = folded.str.replace_all("ß", "ss").str.replace_all("ø", "o").str.replace_all("æ", "ae")
    folded = folded.str.replace(r"^([+-]?\d+)\.0+$", "$1")
    return _step(folded, pl.when(~V.is_in(list(SILENT)) & V.str.contains(r"[\p{L}\p{N}]")).then(V))


def _words(text: pl.Series) -> pl.Series:
    return _step(text, _filled(V.str.replace_all(r"[^\p{L}\p{N}]+", " ").str.strip_chars()))


def _name(text: pl.Series) -> pl.Series:
    bare = text.str.replace_all(r"['’`]", "").str.replace_all(r"[^\p{L}]+", " ").str.strip_chars()
    untitled = V.str.replace_all(TITLES, " ").str.replace_all(r"\s+", " ").str.strip_chars()
    return _step(bare, pl.coalesce(_filled(untitled), _filled(V)))  # somebody may be called Sir


def _full_name(text: pl.Series) -> pl.Series:
    """`Surname, Given` in the order it is spoken."""
    return _name(text.str.replace(r"^([^,]*),(.*)$", "$2 $1"))


def _street(text: pl.Series) -> pl.Series:
    words = _words(text).str.split(" ")
    return _step(words, V.list.eval(pl.element().replace(STREETS)).list.join(" "))


def _code(text: pl.Series) -> pl.Series:
    """Letters and digits without leading zeros; one character over and over is a clerk's filler."""
    kept = text.str.replace_all(r"[^\p{L}\p{N}]", "").str.strip_chars_start("0")
    filler = (V.str.len_chars() > 3) & (V.str.strip_chars_start(V.str.head(1)) == "")
    return _step(kept, pl.when((V != "") & ~filler).then(V))


def _postcode(text: pl.Series) -> pl.Series:
    return _code(text.str.replace(r"^(\d{5})-?\d{4}$", "$1"))


def _phone(text: pl.Series) -> pl.Series:
    """The last nine digits: country codes and the trunk's 0 come and go."""
    digits = text.str.replace_all(r"\D", "").str.tail(9)
    return _code(_step(digits, pl.when(V.str.len_chars() >= 5).then(V)))


def _email(text: pl.Series) -> pl.Series:
    return _step(text, pl.when(V.str.contains("@")).then(V.str.replace_all(r"\s", "")))


def _sex(text: pl.Series) -> pl.Series:
    return text.str.head(1).replace({"w": "f", "h": "m", "1": "m", "2": "f"})


def _date(text: pl.Series) -> pl.Series:
    """Eight digits, year first; what is not known of a date is 00. Whether days or months come first is what most of
    the column's dates allow, days in doubt."""
    told = text.str.replace(r"[t ]\d{1,2}:.*$", "")
    for number, month in enumerate(MONTHS, 1):
        told = told.str.replace(rf"^(\d*)\W*{month}\p{{L}}*\W*", f"${{1}}/{number}/").str.replace(
            r"^/(\d+)/(\d+)\D+", "$2/$1/"
        )
    frame = (
        told.to_frame("v")
        .with_columns(
            V.str.extract_groups(r"^(?<a>\d{1,2})\D+(?<b>\d{1,2})\D+(?<y>\d{4}|\d{2})$").struct.unnest(),
            year_first=V.str.extract_groups(r"^(?<y>\d{4})\D(?<m>\d{1,2})(?:\D(?<d>\d{1,2}))?$"),
            digits=V.str.extract(r"^(\d{8})$"),
        )
        .with_columns(pl.col("a", "b").cast(pl.Int32))
    )
    days_first = bool((frame["b"] > 12).sum() <= (frame["a"] > 12).sum())
    day, month = ("a", "b") if days_first else ("b", "a")
    year = pl.col("digits").str.head(4).cast(pl.Int32)
    first = pl.col("year_first").struct
    made = pl.coalesce(
        pl.when(year.is_between(*YEARS)).then(pl.col("digits")),
        pl.concat_str(pl.col("digits").str.tail(4), pl.col("digits").str.slice(2, 2), pl.col("digits").str.head(2)),
        pl.concat_str(_year(pl.col("y")), _two(pl.col(month)), _two(pl.col(day))),
        pl.concat_str(first.field("y"), _two(first.field("m")), _two(first.field("d").fill_null("00"))),
        V.str.extract(r"^(\d{4})$") + "0000",
    )
    return frame.select(made.alias("v")).to_series()


def _two(part: pl.Expr) -> pl.Expr:
    return part.cast(pl.String).str.zfill(2)


def _year(text: pl.Expr) -> pl.Expr:
    short = text.cast(pl.Int32, strict=False)
    century = pl.when(short <= CENTURY).then(2000 + short).otherwise(1900 + short)
    return pl.when(text.str.len_chars() == 2).then(century.cast(pl.String)).otherwise(text)


RULES: Final[dict[str, Rule]] = {
    "name": _name,
    "full-name": _full_name,
    "text": _words,
    "street": _street,
    "code": _code,
    "postcode": _postcode,
    "phone": _phone,
    "email": _email,
    "date": _date,
    "number": lambda text: text.str.extract(r"^[+-]?0*(\d+)"),
    "sex": _sex,
}


def clean(frame: pl.DataFrame, model: GeneralModel) -> pl.DataFrame:
    """Columns of the model (text, null = missing), cleaned, with what can be derived from one another filled in."""
    made = [frame["id"]]
    for name in frame.columns[1:]:
        rule = model.columns[name].clean
        if rule == "verbatim":
            made.append(frame[name])
            continue
        distinct = frame[name].unique().drop_nulls()
        cleaned = RULES[rule](plain(distinct))
        made.append(frame[name].replace_strict(distinct, cleaned, default=None, return_dtype=pl.String).alias(name))
    frame = pl.DataFrame(made)
    for derived in model.derived:
        if set(derived.take) & set(frame.columns):
            frame = _derive(frame, derived)
    return frame


def _derive(frame: pl.DataFrame, made: Derived) -> pl.DataFrame:
    have = [pl.col(name) if name in frame.columns else pl.lit(None, pl.String) for name in made.take]
    match made.how:
        case "first-word":
            value = have[0].str.extract(r"^(\S+)\s")
        case "middle-words":
            value = have[0].str.extract(r"^\S+\s+(.*\S)\s+\S+$")
        case "last-word":
            value = have[0].str.extract(r"(\S+)$")
        case "leading-number":
            value = have[0].str.extract(r"^(\d+)\p{L}?\s")
        case "without-number":
            return frame.with_columns(have[0].str.replace(r"^\d+\p{L}?\s+", "").alias(made.make))
        case "date-of":
            rest = [part.fill_null("0").str.tail(2).str.zfill(2) for part in have[1:]]
            value = pl.concat_str(pl.when(have[0].str.len_chars() == 4).then(have[0]), *rest)
    known = pl.col(made.make) if made.make in frame.columns else pl.lit(None, pl.String)
    return frame.with_columns(pl.coalesce(known, value).alias(made.make))
