"""A civil affairs export → typed rows and the issues of every cell, whole columns at a time.

保障方式, 家庭人口 and 保障人数 are three things: how somebody is supported, how many live together, how many of them
are supported. 停保年月 names the last month supported; the period ends on that month's last day.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl

from china import dates, id_numbers
from china.text import plain_column
from kit.auth import Caller
from kit.tables_in import Table
from registry.coverage.codes import END_REASONS, GROUNDS, MODES, SELF_CARE, UPLIFTS, by_word
from registry.coverage.rules import FORMS, PROGRAMMES, TEKUN
from registry.intake.issues import Judge, Rows
from registry.intake.places import codes_of, outside, today

SEXES = {"男": "1", "女": "2", "1": "1", "2": "2", "M": "1", "F": "2", "男性": "1", "女性": "2"}
HEADS = ("户主", "本人", "申请人", "01", "02")
REJECTING = ("name-missing", "name-masked", "area-outside")
CODED: Mapping[str, Mapping[str, Sequence[str]]] = {
    "ground": GROUNDS, "self_care": SELF_CARE, "end_reason": END_REASONS, "mode": MODES,
}  # fmt: skip
YES, NO = ("是", "有", "1", "√", "Y", "渐退"), ("否", "无", "0", "N", "×")


@dataclass(frozen=True)
class Context:
    """Who imports, for which day: the day the export describes, and the codes known to be areas."""

    caller: Caller
    on: date
    areas: frozenset[str] = frozenset()


def read_rows(table: Table, columns: Mapping[str, str], context: Context) -> Rows:
    """Type every cell of `table`; `columns` says which header holds what."""
    raw = table.frame.select(
        "line",
        *(
            _as_typed(plain_column(table.frame[columns[name]])).alias(name)
            if name in columns
            else pl.lit(None, pl.String).alias(name)
            for name in _TEXTS
        ),
    )
    judge = Judge(raw, columns)
    frame = raw.select("line", *_AS_TEXT)
    frame = frame.hstack(_numbers(raw, table, judge)).hstack(_about(raw, judge)).hstack(_support(raw, judge, context))
    frame = frame.with_columns(_place(raw, judge, context))
    judge.frame = frame
    _compare(judge)
    return judge.rows(REJECTING)


def _as_typed(texts: pl.Series) -> pl.Series:
    """Without the apostrophe a list of ours bears where Excel would run the text as a formula (kit/sheets_out.py)."""
    return texts.str.replace(r"^'([=+@\-])", "${1}")


_TEXTS = (
    "household", "programme", "form", "household_size", "covered_count", "head_name", "name", "id_number", "sex",
    "birth_date", "ethnic", "relation", "division", "address", "phone", "start", "end", "amount", "payee", "account",
    "own_amount", "uplift_grounds", "uplift", "ground", "basis", "mode", "self_care", "phase_out", "phase_out_from",
    "phase_out_until", "end_reason", "covered",
)  # fmt: skip
_AS_TEXT = ("household", "name", "ethnic", "relation", "address", "phone", "payee", "account", "basis")


def _numbers(raw: pl.DataFrame, table: Table, judge: Judge) -> pl.DataFrame:
    """id_number as it will be kept, id_key as it will be found by, and what the number says of its holder."""
    header = judge.columns.get("id_number")
    destroyed = table.was_numeric(header) if header else pl.repeat(False, raw.height, dtype=pl.Boolean, eager=True)
    text = raw.select(pl.when(~destroyed).then(pl.col("id_number"))).to_series(0)
    said = id_numbers.read_column(text)
    judge.mark("id-number-was-numeric", destroyed & raw["id_number"].is_not_null(), "id_number")
    judge.mark("id-number-missing", said["text"].is_null() & ~destroyed, "id_number")
    judge.mark("id-number-invalid", said["problem"].is_not_null(), "id_number")
    judge.mark("id-number-doubtful", said["warning"].is_not_null() & said["problem"].is_null(), "id_number")
    return said.select(
        id_number=pl.col("text"),
        id_key=pl.coalesce("id18", "text"),
        said_birth=pl.when("valid").then(pl.col("birth_date")),
        said_sex=pl.when("valid").then(pl.col("sex")),
    )


def _about(raw: pl.DataFrame, judge: Judge) -> pl.DataFrame:
    """Sex, birth date, who heads the household."""
    judge.mark("name-missing", pl.col("name").is_null(), "name")
    # A masked number alone is dirt like any other; a masked name is a list of ours that was not meant to come back.
    judge.mark("name-masked", pl.col("name").str.contains("*", literal=True).fill_null(False), "name")
    judge.mark("household-missing", pl.col("household").is_null(), "household")
    sex = raw["sex"].str.to_uppercase().replace_strict(SEXES, default=None, return_dtype=pl.String)
    judge.mark("sex-unreadable", raw["sex"].is_not_null() & sex.is_null(), "sex")
    born = dates.read_column(raw["birth_date"])
    exact = born.select(pl.when(pl.col("precision") == "day").then(pl.col("date"))).to_series(0)
    judge.mark("birth-date-unreadable", raw["birth_date"].is_not_null() & exact.is_null(), "birth_date")
    by_relation = pl.col("relation").is_in(list(HEADS))
    head = pl.when(pl.col("relation").is_not_null()).then(by_relation).otherwise(pl.col("head_name") == pl.col("name"))
    return pl.DataFrame({"sex": sex, "birth_date": exact, "is_head": raw.select(head.fill_null(False)).to_series(0)})


def _support(raw: pl.DataFrame, judge: Judge, context: Context) -> pl.DataFrame:
    """Programme, form, period and figures of the support a row states."""
    coded = _coded(raw, judge)
    programme = _programme(raw, coded["mode"], judge)
    form = raw["form"].replace_strict(FORMS, default=None, return_dtype=pl.String)
    judge.mark("form-unknown", raw["form"].is_not_null() & form.is_null(), "form")
    started, ended = dates.read_column(raw["start"])["date"], dates.read_column(raw["end"])
    open_ended = ended["reason"] == "open-ended"
    judge.mark("start-assumed", started.is_null() & programme.is_not_null(), "start")
    unreadable = raw["end"].is_not_null() & ended["date"].is_null() & ~open_ended.fill_null(False)
    judge.mark("end-unreadable", unreadable, "end")
    frame = pl.DataFrame({"programme": programme, "form": form, "started": started, "ended": ended["date"]})
    frame = frame.select(
        "programme",
        "form",
        start=pl.col("started").fill_null(context.on).dt.month_start(),
        start_assumed=pl.col("started").is_null(),
        end=pl.col("ended").dt.month_end(),
    )
    judge.mark("end-before-start", (frame["end"] < frame["start"]).fill_null(False), "end")
    coded = coded.select(
        "ground", "self_care", "uplift_grounds", end_reason=pl.when(frame["end"].is_not_null()).then("end_reason")
    )
    return frame.hstack(_figures(raw, judge)).hstack(coded).hstack(_phasing(raw, judge, context))


def _programme(raw: pl.DataFrame, mode: pl.Series, judge: Judge) -> pl.Series:
    """The programme's code; 特困 by 供养方式; none of a member who lives there and is not supported (单人保)."""
    word, out = raw["programme"].str.replace_all(r"\s", ""), raw["covered"].is_in(list(NO)).fill_null(False)
    found = word.replace_strict(PROGRAMMES, default=None, return_dtype=pl.String)
    kept = pl.DataFrame({"word": word, "found": found, "mode": mode, "out": out}).select(
        pl.when("out")
        .then(None)
        .when(pl.col("word").is_in(list(TEKUN)))
        .then(pl.format("tekun-{}", pl.col("mode").fill_null("home")))
        .otherwise("found")
    )
    judge.mark("programme-missing", raw["programme"].is_null() & ~out, "programme")
    judge.mark("programme-unknown", raw["programme"].is_not_null() & kept.to_series(0).is_null() & ~out, "programme")
    return kept.to_series(0).alias("programme")


def _coded(raw: pl.DataFrame, judge: Judge) -> pl.DataFrame:
    """What is written in words as codes; the grounds of an uplift sorted, by commas."""
    found = []
    for name, codes in CODED.items():
        code = raw[name].str.replace_all(r"\s", "").replace_strict(by_word(codes), default=None, return_dtype=pl.String)
        judge.mark("code-unknown", raw[name].is_not_null() & code.is_null(), name)
        found.append(code.alias(name))
    words = raw["uplift_grounds"].str.replace_all(r"\s", "").str.replace_all(r"[，,;；/]", "、").str.split("、")
    known = by_word(UPLIFTS)
    each = words.to_frame().with_columns(
        codes=pl.col("uplift_grounds").list.eval(
            pl.element().replace_strict(known, default=None, return_dtype=pl.String)
        )
    )
    judge.mark(
        "code-unknown",
        each.select(pl.col("codes").list.eval(pl.element().is_null()).list.any().fill_null(False)).to_series(0),
        "uplift_grounds",
    )
    joined = each.select(pl.col("codes").list.drop_nulls().list.unique().list.sort().list.join(",")).to_series(0)
    found.append(joined.replace("", None).alias("uplift_grounds"))
    return pl.DataFrame(found)


def _phasing(raw: pl.DataFrame, judge: Judge, context: Context) -> pl.DataFrame:
    """渐退: from the first of a month to the last of one; a mark alone begins with the month of the import."""
    begun, ended = (dates.read_column(raw[name])["date"] for name in ("phase_out_from", "phase_out_until"))
    assumed = raw["phase_out"].is_in(list(YES)).fill_null(False) & begun.is_null()
    judge.mark("phase-out-assumed", assumed, "phase_out")
    frame = pl.DataFrame({"begun": begun, "ended": ended, "phase_out_assumed": assumed})
    begins = pl.when("phase_out_assumed").then(pl.lit(context.on)).otherwise("begun").dt.month_start()
    return frame.select(
        "phase_out_assumed",
        phase_out_from=begins,
        phase_out_until=pl.when(begins.is_not_null()).then(pl.col("ended").dt.month_end()),
    )


def _figures(raw: pl.DataFrame, judge: Judge) -> pl.DataFrame:
    """家庭人口 and 保障人数 as counts, 月保障金 in fen."""
    bare = raw.select(
        pl.col("household_size", "covered_count", "amount", "own_amount", "uplift")
        .str.replace_all(r"[,，元人￥¥\s]", "")
        .str.strip_suffix(".0")
    )
    counts = bare.select(pl.col("household_size", "covered_count").cast(pl.Int32, strict=False))
    sums = {name: bare[name].cast(pl.Decimal(14, 2), strict=False) for name in ("amount", "own_amount", "uplift")}
    fen = {name: (money * 100).cast(pl.Int64).alias(f"{name}_fen") for name, money in sums.items()}
    for name, value in (*((name, counts[name]) for name in counts.columns), *fen.items()):
        judge.mark("number-unreadable", raw[name].is_not_null() & value.is_null(), name)
    return counts.hstack(list(fen.values()))


def _place(raw: pl.DataFrame, judge: Judge, context: Context) -> list[pl.Series]:
    """The division as 12 digits, and the area that scopes the row: the division, else the importer's own."""
    digits = codes_of(raw["division"])
    judge.mark("division-unreadable", raw["division"].is_not_null() & digits.is_null(), "division")
    elsewhere = outside(digits, context.caller)
    judge.mark("area-outside", elsewhere, "division")
    digits = today(digits, context.caller)
    if context.areas:
        unknown = digits.is_not_null() & ~digits.is_in(sorted(context.areas)) & ~elsewhere
        judge.mark("division-unknown", unknown, "division")
    return [digits.alias("division"), digits.fill_null(context.caller.area).alias("area")]


def _compare(judge: Judge) -> None:
    """A number says birth date and sex; two people rarely share one."""
    frame = judge.frame
    judge.mark("birth-date-differs", (pl.col("birth_date") != pl.col("said_birth")).fill_null(False), "birth_date")
    judge.mark("sex-differs", (pl.col("sex") != pl.col("said_sex")).fill_null(False), "sex")
    shared = frame.filter(pl.col("id_key").is_not_null()).group_by("id_key").agg(names=pl.col("name").n_unique())
    several = shared.filter(pl.col("names") > 1)["id_key"]
    judge.mark("id-number-shared", pl.col("id_key").is_in(several.implode()), "id_number")
