"""Dates as agencies write them: 20200101, 2020.1.1, 2020/1, 202001, 2020年1月1日, Excel serials, epoch milliseconds.

A reading keeps its precision: a date known to the month or the year stands on its first day, and only `precision`
says so; who needs the day must ask for it. What cannot be a date is null with a reason, never guessed: a two-digit
year could be either century, 3/4/2020 either order.

Two forms of one definition, `read` and `read_column`; a property test holds them together.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import polars as pl

from china.text import on_distinct, plain, plain_column

FIRST_YEAR, LAST_YEAR = 1850, 2100
_EXCEL_EPOCH = date(1899, 12, 30)  # day 0 of the 1900 system, counting its 29 February 1900 that never was
_SERIALS = (3654, 73415)  # 1910-01-02 … 2100-12-31; four-digit years are told apart by being 18xx to 21xx
_OPEN = ("长期", "永久", "长久", "至今", "不限", "无期限", "永久有效", "长期有效", "99991231", "9999-12-31")
_NUMERALS = str.maketrans("〇○零一二三四五六七八九", "000123456789")
_CHINESE = r"^[〇○零一二三四五六七八九]{4}年"


@dataclass(frozen=True)
class Reading:
    """`day` with its `precision` (day | month | year), or None with a `reason`."""

    day: date | None
    precision: str | None
    reason: str | None  # impossible | two-digit-year | ambiguous-order | open-ended | out-of-range | unreadable


@dataclass(frozen=True)
class _Form:
    """A way of writing; the groups y, m, d are named."""

    pattern: str
    precision: str


_TIME = r"(?:[ T日]*\d{1,2}:\d{1,2}(?::\d{1,2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?"
_SEP = r"[-./年\\,_ ]"
_YEAR = r"(?P<y>(?:18|19|20|21)\d{2})"
_FORMS = (
    _Form(rf"^{_YEAR}(?P<m>\d{{2}})(?P<d>\d{{2}})(?:\d{{6}}|{_TIME})$", "day"),
    _Form(rf"^{_YEAR} ?{_SEP} ?(?P<m>\d{{1,2}}) ?[-./月\\,_ ] ?(?P<d>\d{{1,2}}) ?[日号]?{_TIME}$", "day"),
    _Form(rf"^{_YEAR}(?P<m>\d{{2}})$", "month"),
    _Form(rf"^{_YEAR} ?{_SEP} ?(?P<m>\d{{1,2}}) ?月?份?$", "month"),
    _Form(rf"^{_YEAR} ?年?$", "year"),
)
_compiled = tuple((re.compile(form.pattern, re.ASCII), form.precision) for form in _FORMS)
_SERIAL, _EPOCH = r"^\d{4,5}(?:\.\d+)?$", r"^-?\d{9,13}$"
_SHORT = r"^'?\d{2}[-./年]\d{1,2}(?:[-./月]\d{1,2}日?)?月?$|^\d{6}$"
_FOREIGN = rf"^\d{{1,2}}[-/. ]\d{{1,2}}[-/. ](?:18|19|20|21)\d{{2}}{_TIME}$"


def read(text: str | None) -> Reading | None:
    """One text; None when nothing was given. A day or month written 00 lowers the precision."""
    out = plain(text)
    if out is None:
        return None
    if out in _OPEN:
        return Reading(None, None, "open-ended")
    out = _western(out)
    for pattern, precision in _compiled:
        if match := pattern.match(out):
            parts = {key: int(value) for key, value in match.groupdict().items() if value}
            return _build(parts["y"], parts.get("m"), parts.get("d"), precision)
    return _read_unwritten(out)


def _read_unwritten(text: str) -> Reading:
    """What is no written date: a spreadsheet's serial, an epoch, or a form that could be two dates."""
    if re.match(_SERIAL, text, re.ASCII):
        return _from_serial(float(text))
    if re.match(_EPOCH, text, re.ASCII):
        return _from_epoch(int(text))
    if re.match(_SHORT, text, re.ASCII):
        return Reading(None, None, "two-digit-year")
    return Reading(None, None, "ambiguous-order" if re.match(_FOREIGN, text, re.ASCII) else "unreadable")


def _western(text: str) -> str:
    """二〇二〇年十二月三十一日 in digits; any other text unchanged."""
    if not re.match(_CHINESE, text):
        return text
    year, rest = text[:4].translate(_NUMERALS), text[4:]
    return year + re.sub(r"[〇○零一二三四五六七八九十廿]+", lambda m: _numeral(m.group()), rest)


def _numeral(text: str) -> str:
    text = text.replace("廿", "二十")
    tens, ten, ones = text.rpartition("十")
    if not ten:
        return text.translate(_NUMERALS)
    return (tens or "一").translate(_NUMERALS) + (ones or "零").translate(_NUMERALS)


def _build(year: int, month: int | None, day: int | None, precision: str) -> Reading:
    if day == 0:  # 19500800 and 19500000: the day, or month and day, were never known
        precision = "month"
    if month == 0:
        precision = "year"
        if day:
            return Reading(None, None, "impossible")
    try:
        return _in_range(date(year, month or 1, day or 1), precision)
    except ValueError:
        return Reading(None, None, "impossible")


def _in_range(day: date, precision: str) -> Reading:
    inside = FIRST_YEAR <= day.year <= LAST_YEAR
    return Reading(day, precision, None) if inside else Reading(None, None, "out-of-range")


def _from_serial(number: float) -> Reading:
    if not _SERIALS[0] <= number < _SERIALS[1] + 1:
        return Reading(None, None, "unreadable")
    return Reading(_EXCEL_EPOCH + timedelta(days=int(number)), "day", None)


def _from_epoch(number: int) -> Reading:
    # Ten digits and fewer are seconds, more are milliseconds. Midnight in China is 16:00 of the day before in UTC.
    seconds = number / 1000 if abs(number) >= 10**11 - 1 or len(str(abs(number))) > 10 else float(number)
    return _in_range((datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds, hours=8)).date(), "day")


def read_column(s: pl.Series) -> pl.DataFrame:
    """`read` over a text column: columns date, precision, reason; all null where nothing was given."""
    return on_distinct(s, _read_distinct)


def _read_distinct(s: pl.Series) -> pl.DataFrame:
    compact = s.str.contains(r"^(?:18|19|20)[0-9]{6}$").fill_null(False)
    if compact.all():
        return _assemble(_split(s.alias("text").to_frame(), _FORMS[:1]))
    text = plain_column(s).alias("text")
    chinese = text.str.contains(_CHINESE).fill_null(False).arg_true()
    if not chinese.is_empty():  # too rare and too irregular for an expression
        western = pl.Series([_western(value) for value in text.gather(chinese).to_list()], dtype=pl.String)
        text = text.clone().scatter(chinese, western)
    return _assemble(_split(text.alias("text").to_frame(), _FORMS))


def _split(frame: pl.DataFrame, forms: tuple[_Form, ...]) -> pl.DataFrame:
    """Numbers y, m, d and the precision of the first form that fits each text."""
    text = pl.col("text")
    y, m, d, precision = [], [], [], pl.lit(None, pl.String)
    for form in reversed(forms):
        pattern = form.pattern.replace(r"\d", "[0-9]")
        groups = text.str.extract_groups(pattern)
        y.append(groups.struct.field("y"))
        m.append(groups.struct.field("m") if "<m>" in pattern else pl.lit(None, pl.String))
        d.append(groups.struct.field("d") if "<d>" in pattern else pl.lit(None, pl.String))
        precision = pl.when(text.str.contains(pattern)).then(pl.lit(form.precision)).otherwise(precision)
    return frame.with_columns(
        y=pl.coalesce(*reversed(y)).cast(pl.Int32),
        m=pl.coalesce(*reversed(m)).cast(pl.Int32),
        d=pl.coalesce(*reversed(d)).cast(pl.Int32),
        precision=precision,
    )


def _assemble(frame: pl.DataFrame) -> pl.DataFrame:
    y, m, d, text = pl.col("y"), pl.col("m"), pl.col("d"), pl.col("text")
    stated = y.cast(pl.String) + "-" + _two(m) + "-" + _two(d)
    nonsense = (m == 0) & (d > 0)
    number = text.str.extract(_SERIAL.replace(r"\d", "[0-9]").replace("^", "^(").replace("$", ")$")).cast(pl.Float64)
    serial = pl.when(number.is_between(_SERIALS[0], _SERIALS[1] + 1, closed="left")).then(number)
    epoch = text.str.extract("^(-?[0-9]{9,13})$").cast(pl.Int64)
    seconds = pl.when(epoch.abs() > 9_999_999_999).then(epoch / 1000).otherwise(epoch)
    day = (
        pl.when(y.is_not_null())
        .then(pl.when(~nonsense.fill_null(False)).then(stated.str.to_date("%Y-%m-%d", strict=False)))
        .when(serial.is_not_null())
        .then(pl.lit(_EXCEL_EPOCH) + pl.duration(days=serial.floor().cast(pl.Int64)))
        .when(epoch.is_not_null() & number.is_null())
        .then(pl.lit(date(1970, 1, 1)) + pl.duration(days=((seconds + 28800) / 86400).floor().cast(pl.Int64)))
    )
    known = frame.with_columns(day=day)
    inside = pl.col("day").dt.year().is_between(FIRST_YEAR, LAST_YEAR)
    precision = (
        pl.when(m == 0).then(pl.lit("year")).when(d == 0).then(pl.lit("month"))
        .when(y.is_not_null()).then(pl.col("precision")).otherwise(pl.lit("day"))
    )  # fmt: skip
    reason = (
        pl.when(text.is_null() | inside.fill_null(False)).then(None)
        .when(text.is_in(list(_OPEN))).then(pl.lit("open-ended"))
        .when(pl.col("day").is_not_null()).then(pl.lit("out-of-range"))
        .when(y.is_not_null()).then(pl.lit("impossible"))
        .when(number.is_not_null()).then(pl.lit("unreadable"))
        .when(text.str.contains(_SHORT.replace(r"\d", "[0-9]"))).then(pl.lit("two-digit-year"))
        .when(text.str.contains(_FOREIGN.replace(r"\d", "[0-9]"))).then(pl.lit("ambiguous-order"))
        .otherwise(pl.lit("unreadable"))
    )  # fmt: skip
    found = reason.is_null() & text.is_not_null()
    return known.select(
        date=pl.when(found).then(pl.col("day")), precision=pl.when(found).then(precision), reason=reason
    )


def _two(part: pl.Expr) -> pl.Expr:
    return pl.when(part > 0).then(part).otherwise(1).cast(pl.String).str.zfill(2)


def month_start_column(s: pl.Series) -> pl.Series:
    """First day of the month a text names (起保年月, from which coverage runs); null where no month is given."""
    return _month(s).dt.month_start()


def month_end_column(s: pl.Series) -> pl.Series:
    """Last day of the month a text names (停保年月: the last month paid); null where no month is given."""
    return _month(s).dt.month_end()


def _month(s: pl.Series) -> pl.Series:
    found = read_column(s)
    return found.select(pl.when(pl.col("precision") != "year").then(pl.col("date")).alias(s.name)).to_series(0)
