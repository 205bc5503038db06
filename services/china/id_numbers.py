"""Resident ID numbers (GB 11643-1999) and the numbers shaped like them, as they stand in agencies' files.

A number is 6 digits of issuing area, 8 of birth, 3 of sequence (odd = male), 1 check character. The check finds every
single wrong digit and every swap of neighbours, and never a swap of two digits ten places apart, because its weights
repeat with period ten. Residence permits of Hong Kong, Macao and Taiwan people (81, 82, 83…) and the permanent
residence cards of foreigners since December 2023 (9…) follow the same rule. An issuing area nobody ever issued is a
warning, not an error: local pseudo-codes exist.

Every definition stands twice, for one text and for a whole column; property tests hold the two together.
"""

import re
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
import polars as pl

from china.counties import was_issued, was_issued_column
from china.text import blank_where, plain, plain_column, rewrite

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECKS = "10X98765432"  # by the weighted sum modulo 11

_SHAPE = r"^[0-9]{17}[0-9X]$"
_OLD_SHAPE = r"^[0-9]{15}$"
# Characters that stand for the X at the end: typed by hand, by OCR, or with a Cyrillic or Greek keyboard.
_X_LIKE = "[xX×✕✖╳*ХхΧχ]"
_X_AT_END = rf"^([0-9]{{17}}){_X_LIKE}(.*)$"
# A disability card is the number, one digit of class, one of grade and perhaps the count of re-issues (B1, B2 …).
_CARD = r"^([0-9]{17}[0-9X])[1-7][1-4](?:[A-Z0-9]{1,2})?$"
_FLOAT_TAIL = r"^([0-9]{15,18})\.0+$"
_PLACEHOLDER = r"^(?:0+|1{15,18}|2{15,18}|3{15,18}|4{15,18}|5{15,18}|6{15,18}|7{15,18}|8{15,18}|9{15,18}|X+)$"
_INNER = r"[\s'‘’`]"

_shape, _old_shape = re.compile(_SHAPE), re.compile(_OLD_SHAPE)
_card, _float_tail, _x_at_end = re.compile(_CARD), re.compile(_FLOAT_TAIL), re.compile(_X_AT_END)
_placeholder, _inner = re.compile(_PLACEHOLDER), re.compile(_INNER)


@dataclass(frozen=True)
class Number:
    """What one number says. `problem` makes it invalid, `warning` does not; parts are read where readable."""

    text: str  # as cleaned
    id18: str | None  # the 18 characters, when valid
    birth_date: date | None
    sex: str | None  # "1" male, "2" female
    area: str | None  # six digits of the issuing area
    kind: str  # resident | hong-kong | macao | taiwan | foreigner | other
    problem: str | None  # length | characters | birth-date | check-digit
    warning: str | None  # fifteen-digits | unknown-area | ends-000 | implausible-birth

    @property
    def valid(self) -> bool:
        return self.problem is None


def clean(text: str | None) -> str | None:
    """The number as it was meant: half-width, without blanks and protection, X as X, card cut to 18; else None.

    None means "no number given" (无, -, zeros, one digit repeated). A damaged number stays, to be judged by `read`.
    """
    out = plain(text)
    if out is None:
        return None
    out = _inner.sub("", out).upper()
    out = _x_at_end.sub(r"\1X\2", out)
    out = _float_tail.sub(r"\1", out)
    out = _card.sub(r"\1", out)
    return None if out == "" or _placeholder.match(out) else out


def clean_column(s: pl.Series) -> pl.Series:
    """`clean` over a text column."""
    return rewrite(s, s.str.contains(_SHAPE) & ~s.str.contains(_PLACEHOLDER), _clean_dirty)


def _clean_dirty(s: pl.Series) -> pl.Series:
    out = (
        plain_column(s)
        .str.replace_all(_INNER, "")
        .str.to_uppercase()
        .str.replace(_X_AT_END, "${1}X${2}")
        .str.replace(_FLOAT_TAIL, "${1}")
        .str.replace(_CARD, "${1}")
    )
    return blank_where(out, (out == "") | out.str.contains(_PLACEHOLDER))


def check_digit(first17: str) -> str:
    """The check character of 17 digits. Raises ValueError on anything else."""
    if len(first17) != 17 or not first17.isascii() or not first17.isdigit():
        raise ValueError("a check digit needs exactly 17 digits")
    return CHECKS[sum(w * int(d) for w, d in zip(WEIGHTS, first17, strict=True)) % 11]


def check_digit_column(s: pl.Series) -> pl.Series:
    """The check characters of texts whose first 17 characters are digits; null for the others."""
    sound = s.str.contains(r"^[0-9]{17}").fill_null(False)
    rows = sound.arg_true()
    digits = _digits(s.gather(rows).str.slice(0, 17), 17)
    found = pl.Series(np.frombuffer(CHECKS.encode(), np.uint8)[_remainders(digits)])
    letters = found.cast(pl.UInt32).replace_strict({ord(c): c for c in CHECKS}, return_dtype=pl.String)
    return pl.Series(s.name, [None], dtype=pl.String).new_from_index(0, s.len()).scatter(rows, letters)


def upgrade(fifteen: str) -> str:
    """A 15-digit number of before 1999 as 18 characters; sequences 996–999 belonged to people born before 1900."""
    if not _old_shape.match(fifteen):
        raise ValueError("only 15 digits can be upgraded")
    century = "18" if fifteen[12:] in ("996", "997", "998", "999") else "19"
    first17 = fifteen[:6] + century + fifteen[6:]
    return first17 + check_digit(first17)


def upgrade_column(s: pl.Series) -> pl.Series:
    """15-digit numbers as 18 characters; every other text unchanged."""
    return rewrite(s, ~s.str.contains(_OLD_SHAPE), _upgrade_old)


def _upgrade_old(s: pl.Series) -> pl.Series:
    century = s.str.slice(12).is_in(["996", "997", "998", "999"])
    parts = pl.DataFrame({"head": s.str.slice(0, 6), "tail": s.str.slice(6), "old": century})
    middle = pl.when(pl.col("old")).then(pl.lit("18")).otherwise(pl.lit("19"))
    first17 = parts.select(pl.concat_str("head", middle, "tail")).to_series(0)
    return first17 + check_digit_column(first17)


def read(text: str | None, on: date | None = None) -> Number | None:
    """What a number says; None when none was given. `on` (the day of the file) dates implausible births."""
    cleaned = clean(text)
    if cleaned is None:
        return None
    old = bool(_old_shape.match(cleaned))
    full = upgrade(cleaned) if old else cleaned
    if not _shape.match(full):
        wrong = "length" if full.isascii() and full.rstrip("X").isdigit() else "characters"
        return Number(cleaned, None, None, None, None, "other", wrong, None)
    born, area = _birth(full[6:14]), full[:6]
    problem = "birth-date" if born is None else None
    if problem is None and check_digit(full[:17]) != full[17]:
        problem = "check-digit"
    return Number(
        text=cleaned,
        id18=None if problem else full,
        birth_date=born,
        sex="1" if int(full[16]) % 2 else "2",
        area=area,
        kind=_KINDS.get(area, "foreigner" if area[0] == "9" else "resident"),
        problem=problem,
        warning=_warning(full, old, born, on),
    )


_KINDS = {"810000": "hong-kong", "820000": "macao", "830000": "taiwan"}


def _warning(full: str, old: bool, born: date | None, on: date | None) -> str | None:
    if born is not None and (born.year < 1900 or (on is not None and born > on)):
        return "implausible-birth"
    if full[:6] not in _KINDS and full[0] != "9" and not was_issued(full[:6]):
        return "unknown-area"
    if full.endswith("000"):
        return "ends-000"
    return "fifteen-digits" if old else None


def _birth(digits: str) -> date | None:
    try:
        born = date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return None
    return born if 1800 <= born.year < 2200 else None


def read_column(s: pl.Series, on: date | None = None) -> pl.DataFrame:
    """`read` over a text column: columns text, id18, birth_date, sex, area, kind, valid, problem, warning.

    Rows as in `s`; all null where no number was given (then `valid` is null too).
    """
    frame = pl.DataFrame({"text": clean_column(s).alias("text")})
    frame = frame.with_columns(
        full=upgrade_column(frame["text"]), old=frame["text"].str.contains(_OLD_SHAPE)
    ).with_columns(shaped=pl.col("full").str.contains(_SHAPE).fill_null(False))
    rows = frame["shaped"].arg_true()
    parts = _read_shaped(frame["full"].gather(rows)).with_columns(rows.alias("row"))
    frame = frame.with_row_index("row").join(parts, on="row", how="left", maintain_order="left")
    digits_only = pl.col("text").str.contains(r"^[0-9]+X*$")
    problem = (
        pl.when(pl.col("text").is_null())
        .then(None)
        .when(~pl.col("shaped"))
        .then(pl.when(digits_only).then(pl.lit("length")).otherwise(pl.lit("characters")))
        .when(pl.col("birth_date").is_null())
        .then(pl.lit("birth-date"))
        .when(~pl.col("check_holds"))
        .then(pl.lit("check-digit"))
    )
    frame = frame.with_columns(problem=problem, known=was_issued_column(frame["area"]))
    return frame.select(
        "text",
        id18=pl.when(pl.col("problem").is_null()).then(pl.col("full")),
        birth_date=pl.col("birth_date"),
        sex=pl.col("sex"),
        area=pl.col("area"),
        kind=_kind_expr(),
        valid=pl.when(pl.col("text").is_not_null()).then(pl.col("problem").is_null()),
        problem=pl.col("problem"),
        warning=_warning_expr(on),
    )


def _kind_expr() -> pl.Expr:
    named = pl.col("area").replace_strict(_KINDS, default=None, return_dtype=pl.String)
    return (
        pl.when(pl.col("shaped"))
        .then(
            pl.when(named.is_not_null())
            .then(named)
            .when(pl.col("area").str.starts_with("9"))
            .then(pl.lit("foreigner"))
            .otherwise(pl.lit("resident"))
        )
        .when(pl.col("text").is_not_null())
        .then(pl.lit("other"))
    )


def _warning_expr(on: date | None) -> pl.Expr:
    year = pl.col("birth_date").dt.year()
    late = pl.lit(False) if on is None else pl.col("birth_date") > on
    local = pl.col("area").is_in(list(_KINDS)) | pl.col("area").str.starts_with("9")
    return (
        pl.when((year < 1900) | late)
        .then(pl.lit("implausible-birth"))
        .when(pl.col("shaped") & ~local & ~pl.col("known"))
        .then(pl.lit("unknown-area"))
        .when(pl.col("shaped") & pl.col("full").str.ends_with("000"))
        .then(pl.lit("ends-000"))
        .when(pl.col("shaped") & pl.col("old"))
        .then(pl.lit("fifteen-digits"))
    )


def _read_shaped(full: pl.Series) -> pl.DataFrame:
    """Parts of texts that all have the 18-character shape, on their bytes: a million in well under a second."""
    digits = _digits(full, 17)
    last = np.frombuffer(full.str.slice(17).str.join("").item().encode(), np.uint8)
    holds = np.frombuffer(CHECKS.encode(), np.uint8)[_remainders(digits)] == last
    year, month, day = (_number(digits[:, part]) for part in (slice(6, 10), slice(10, 12), slice(12, 14)))
    months = ((year - 1970) * 12 + np.clip(month, 1, 12) - 1).astype("datetime64[M]")
    first = months.astype("datetime64[D]")
    length = ((months + 1).astype("datetime64[D]") - first).astype(np.int64)
    real = (year >= 1800) & (year < 2200) & (month >= 1) & (month <= 12) & (day >= 1) & (day <= length)
    born = pl.Series(first + (day - 1).astype("timedelta64[D]")).cast(pl.Date)
    return pl.DataFrame(
        {
            "birth_date": blank_where(born, ~pl.Series(real)),
            "sex": pl.Series(digits[:, 16] % 2 == 1).replace_strict({True: "1", False: "2"}, return_dtype=pl.String),
            "area": full.str.slice(0, 6),
            "check_holds": pl.Series(holds),
        }
    )


def _digits(s: pl.Series, width: int) -> npt.NDArray[np.uint8]:
    """The first `width` characters, all digits, as a matrix of numbers with one row per text."""
    joined = s.str.slice(0, width).str.join("").item().encode()
    return np.frombuffer(joined, np.uint8).reshape(-1, width) - np.uint8(48)


def _number(digits: npt.NDArray[np.uint8]) -> npt.NDArray[np.int32]:
    """Columns of digits as one number per row."""
    out = np.zeros(len(digits), np.int32)
    for column in range(digits.shape[1]):
        out = out * 10 + digits[:, column]
    return out


def _remainders(digits: npt.NDArray[np.uint8]) -> npt.NDArray[np.int32]:
    """The weighted sums modulo 11, column by column: sums stay below 800."""
    sums = np.zeros(len(digits), np.int32)
    for column, weight in enumerate(WEIGHTS):
        sums += digits[:, column].astype(np.int32) * weight
    return sums % 11
