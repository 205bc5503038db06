"""A payout list → typed rows and the issues of every cell, whole columns at a time. Money is read to the fen or not
at all: an amount that would have to be rounded is no amount."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import polars as pl

from china import dates, id_numbers
from china.text import plain_column
from kit.auth import Caller
from kit.tables_in import Table
from registry.coverage.rules import PROGRAMMES
from registry.intake.issues import Judge, Rows
from registry.intake.places import codes_of, outside, today
from registry.payments.headers import HEADERS, KIND_WORDS, PROGRAMME_WORDS, RETURN_WORDS
from registry.payments.issues import REJECTING
from registry.persons.protections import SHIELD

FIRST_MONTH = "2018-01"
MOST_FEN = 1_000_000_000
EXACT_DIGITS = 15  # a number cell keeps so many
LENGTHS = {"household": 64, "name": 100, "payee": 100, "bank": 100, "serial": 64, "return_reason": 100}
_CODES = {code: code for code in PROGRAMME_WORDS}


@dataclass(frozen=True)
class Context:
    """Who imports and when; `programme` is that of a list without such a column."""

    caller: Caller
    on: date
    programme: str | None = None


def read_rows(table: Table, columns: Mapping[str, str], context: Context) -> Rows:
    """Type every cell of `table`; `columns` says which header holds what."""
    raw = table.frame.select(
        "line",
        *(
            plain_column(table.frame[columns[name]]).alias(name) if name in columns else _nothing(name)
            for name in HEADERS
        ),
    )
    judge = Judge(raw, columns)
    _check_texts(raw, table, judge)
    frame = raw.select("line", "household", "name", "payee", "bank", "serial", "return_reason").with_columns(
        _month(raw, judge, context),
        fen(raw["amount"]).alias("amount_fen"),
        *_codes(raw, judge, context),
        *_days(raw, judge),
        *_numbers(raw),
        _division(raw, judge, context),
    )
    judge.frame = frame
    _check_money(judge)
    return judge.rows(REJECTING)


def fen(cells: pl.Series) -> pl.Series:
    """Yuan as written (1,244.50元) → fen; null where nothing, no number, or more than whole fen is written.

    A spreadsheet writes 0.1 + 0.2 as 0.30000000000000004: what differs from a whole fen by less than a millionth of a
    yuan is that fen.
    """
    bare = cells.str.replace_all(r"[,，元￥¥\s]", "")
    sound = bare.str.contains(r"^-?\d{1,12}(\.\d{1,17})?$")
    value = bare.set(~sound, None).cast(pl.Float64, strict=False) * 100
    whole = value.round(0)
    return whole.set((value - whole).abs() > 1e-4, None).cast(pl.Int64)


def _nothing(name: str) -> pl.Expr:
    return pl.lit(None, pl.String).alias(name)


def _check_texts(raw: pl.DataFrame, table: Table, judge: Judge) -> None:
    """What stands in a cell that cannot be kept or would not be what it seems."""
    judge.mark("name-missing", pl.col("name").is_null(), "name")
    for name, most in LENGTHS.items():
        judge.mark("text-too-long", pl.col(name).str.len_chars() > most, name)
    for name in ("account", "id_number"):
        judge.mark("text-too-long", pl.col(name).str.len_chars() > 40, name)
        if name in judge.columns:
            destroyed = table.was_numeric(judge.columns[name])
            judge.mark("number-was-numeric", destroyed & (raw[name].str.len_chars() > EXACT_DIGITS), name)
    for name in ("name", "id_number", "account", "payee"):
        hidden = pl.col(name).str.contains(r"[*＊]") | (pl.col(name) == SHIELD)
        judge.mark("cell-masked", hidden.fill_null(value=False), name)
    judge.mark("account-missing", pl.col("account").is_null(), "account")


def _month(raw: pl.DataFrame, judge: Judge, context: Context) -> pl.Series:
    read = dates.read_column(raw["month"])
    months = read.select(
        pl.when(pl.col("precision").is_in(["day", "month"])).then(pl.col("date").dt.strftime("%Y-%m"))
    ).to_series(0)
    judge.mark("month-unreadable", months.is_null(), "month")
    judge.mark("month-too-early", (months < FIRST_MONTH).fill_null(value=False), "month")
    judge.mark("month-in-future", (months > f"{context.on:%Y-%m}").fill_null(value=False), "month")
    return months.alias("month")


def _codes(raw: pl.DataFrame, judge: Judge, context: Context) -> list[pl.Series]:
    """Programme, kind and what the bank said, each by its table of words."""
    words = {**PROGRAMMES, **_CODES}
    programme = _coded(raw["programme"].str.replace_all(r"\s", ""), words)
    if "programme" not in judge.columns:
        programme = pl.Series("programme", [context.programme], dtype=pl.String).new_from_index(0, raw.height)
    judge.mark("programme-unknown", programme.is_null(), "programme")
    kind, returned = _coded(raw["kind"], KIND_WORDS), _coded(raw["bank_return"], RETURN_WORDS)
    judge.mark("kind-unknown", raw["kind"].is_not_null() & kind.is_null(), "kind")
    judge.mark("bank-return-unknown", raw["bank_return"].is_not_null() & returned.is_null(), "bank_return")
    return [programme.alias("programme"), kind.fill_null("regular").alias("kind"), returned.alias("bank_return")]


def _coded(cells: pl.Series, words: Mapping[str, str]) -> pl.Series:
    return cells.replace_strict(dict(words), default=None, return_dtype=pl.String)


def _days(raw: pl.DataFrame, judge: Judge) -> list[pl.Series]:
    found = []
    for name in ("paid_on", "returned_on"):
        read = dates.read_column(raw[name])
        day = read.select(pl.when(pl.col("precision") == "day").then(pl.col("date"))).to_series(0)
        judge.mark("date-unreadable", raw[name].is_not_null() & day.is_null(), name)
        found.append(day.alias(name))
    return found


def _numbers(raw: pl.DataFrame) -> list[pl.Series]:
    """Account and ID number as they will be kept, and the key by which equal ID numbers are equal."""
    said = id_numbers.read_column(raw["id_number"])
    account = raw["account"].str.replace_all(r"[\s-]", "")
    key = said.select(pl.coalesce("id18", "text")).to_series(0)
    return [account.alias("account"), said["text"].alias("id_number"), key.alias("id_key")]


def _division(raw: pl.DataFrame, judge: Judge, context: Context) -> pl.Series:
    digits = codes_of(raw["division"])
    unread = raw["division"].is_not_null() & digits.is_null()
    judge.mark("area-outside", unread | outside(digits, context.caller), "division")
    return today(digits, context.caller).alias("division")


def _check_money(judge: Judge) -> None:
    amount = pl.col("amount_fen")
    judge.mark("amount-unreadable", amount.is_null(), "amount")
    judge.mark("amount-not-positive", (amount <= 0).fill_null(value=False), "amount")
    judge.mark("amount-too-large", (amount > MOST_FEN).fill_null(value=False), "amount")
