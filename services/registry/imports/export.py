"""The registry's people and their support in the layout of the civil affairs export: what is read back is unchanged.

Whole columns: a county's list is made in pieces of many rows, never person by person.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

import polars as pl

from china.masks import mask_account_expr, mask_name_expr, mask_number_expr, mask_phone_expr
from kit.crypto import KeyRing
from kit.sheets_out import Column, csv_bytes, csv_of
from registry.coverage.codes import END_REASONS, GROUNDS, MODES, SELF_CARE, UPLIFTS
from registry.coverage.rules import MODES as MODE_OF
from registry.coverage.rules import TITLES
from registry.imports.headers import HEADERS
from registry.imports.present import Present
from registry.imports.write import ACCOUNT
from registry.persons.sealed import ID_NUMBER, PHONE, unseal_column

COLUMNS = tuple(
    Column(names[0], 20 if names[0] in {"身份证号", "银行账号", "户籍地址"} else 12) for names in HEADERS.values()
)
# What the list is made of.
WANTED = frozenset({
    "person_id", "name", "id_number_sealed", "sex", "birth_date", "ethnic", "division", "area", "address",
    "phone_sealed", "household_id", "relation", "is_head", "programme", "form", "start", "end", "household_size",
    "covered_count", "amount_fen", "payee", "account_sealed", "own_amount_fen", "uplift_grounds", "uplift_fen",
    "ground", "basis", "self_care", "phase_out_from", "phase_out_until", "end_reason",
})  # fmt: skip
PIECE = 20_000  # rows in the clear at a time
FORMS = {"household": "整户保", "single": "单人保"}
SEXES = {"1": "男", "2": "女"}


def rows_of(present: Present, asked: Callable[[str], bool]) -> pl.DataFrame:
    """A row per period, and one for every member who is not supported; `asked`: which codes lie in the area wanted.
    `present` needs no more than WANTED."""
    names = present.persons.select("person_id", head_name="name")
    heads = present.memberships.filter("is_head").join(names, on="person_id")
    heads = heads.unique("household_id", keep="first", maintain_order=True)
    heads = heads.select("household_id", "head_name", head_id="person_id")
    homes = present.households.select("household_id", "number").join(heads, on="household_id", how="left")
    places = present.memberships.select("person_id", "household_id", "relation", "is_head")
    held = present.coverage.join(places, on=["person_id", "household_id"], how="left", nulls_equal=True)
    others = places.join(present.coverage, on="person_id", how="anti").with_columns(pl.lit(None).alias("programme"))
    people = present.persons.rename({"area": "home"})
    rows = pl.concat([held, others], how="diagonal_relaxed").join(people, on="person_id")
    place = pl.coalesce("area", "home")
    codes = rows.select(place.unique().drop_nulls()).to_series()
    rows = rows.filter(place.is_in([code for code in codes if asked(code)]))
    rows = rows.join(homes, on="household_id", how="left")
    return rows.sort("number", pl.col("is_head").not_(), "person_id", "start", nulls_last=True)


def without(rows: pl.DataFrame, hidden: Collection[str]) -> pl.DataFrame:
    """The rows without those people, who stand on nobody else's as the head either."""
    gone = sorted(hidden)
    kept = rows.filter(~pl.col("person_id").is_in(gone))
    heads = pl.when(~pl.col("head_id").is_in(gone)).then("head_name")
    return kept.with_columns(head_name=heads) if gone else kept


def lines(rows: pl.DataFrame, ring: KeyRing, *, full: bool) -> Iterator[Sequence[str | None]]:
    """The cells of each row, for a workbook."""
    for piece in rows.iter_slices(PIECE):
        yield from cells(piece, ring, full=full).iter_rows()


def text(rows: pl.DataFrame, ring: KeyRing, mark: str, *, full: bool) -> Iterator[bytes]:
    """The list as CSV, piece by piece; the mark in a line of its own above the header."""
    yield csv_bytes([mark], [[column.header for column in COLUMNS]])
    for piece in rows.iter_slices(PIECE):
        yield csv_of(cells(piece, ring, full=full))


def cells(rows: pl.DataFrame, ring: KeyRing, *, full: bool) -> pl.DataFrame:
    """What stands on the list, in the order of its columns; numbers, names and telephones masked unless `full`."""
    opened = rows.with_columns(
        unseal_column(ring, rows["id_number_sealed"], ID_NUMBER).alias("id_number"),
        unseal_column(ring, rows["phone_sealed"], PHONE).alias("phone"),
        unseal_column(ring, rows["account_sealed"], ACCOUNT).alias("account"),
    )
    told = {**_plain(), **_identity(full=full)}
    return opened.select(told.get(name, pl.lit(None, pl.String)).alias(name) for name in HEADERS)


def _identity(*, full: bool) -> dict[str, pl.Expr]:
    def shown(name: str, mask: Callable[[pl.Expr], pl.Expr]) -> pl.Expr:
        return pl.col(name) if full else mask(pl.col(name))

    return {
        "head_name": shown("head_name", mask_name_expr),
        "name": shown("name", mask_name_expr),
        "id_number": shown("id_number", mask_number_expr),
        "phone": shown("phone", mask_phone_expr),
        "address": pl.col("address") if full else pl.lit(None, pl.String),
        "payee": shown("payee", mask_name_expr),
        "account": shown("account", mask_account_expr),
    }


def _plain() -> dict[str, pl.Expr]:
    mode = pl.col("programme").replace_strict(MODE_OF, default=None, return_dtype=pl.String)
    phasing = pl.col("phase_out_from").is_not_null()
    return {
        "household": pl.col("number"),
        "programme": _word("programme", TITLES),
        "form": _word("form", FORMS),
        "household_size": pl.col("household_size").cast(pl.String),
        "covered_count": pl.col("covered_count").cast(pl.String),
        "sex": _word("sex", SEXES),
        "birth_date": pl.col("birth_date").dt.strftime("%Y%m%d"),
        **{name: pl.col(name) for name in ("ethnic", "relation", "division", "basis")},
        **{name: pl.col(name).dt.strftime("%Y%m") for name in ("start", "end", "phase_out_from", "phase_out_until")},
        **{name: _yuan(f"{name}_fen") for name in ("amount", "own_amount", "uplift")},
        "uplift_grounds": _words("uplift_grounds"),
        "ground": _word("ground", _first(GROUNDS)),
        "mode": mode.replace_strict(_first(MODES), default=None, return_dtype=pl.String),
        "self_care": _word("self_care", _first(SELF_CARE)),
        "phase_out": pl.when(phasing).then(pl.lit("是")),
        "end_reason": _word("end_reason", _first(END_REASONS)),
        "covered": pl.when(pl.col("programme").is_null()).then(pl.lit("否")).otherwise(pl.lit("是")),
    }


def _first(codes: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """How the standard export writes each code."""
    return {code: words[0] for code, words in codes.items()}


def _word(name: str, words: Mapping[str, str]) -> pl.Expr:
    return pl.col(name).replace_strict(words, default=None, return_dtype=pl.String)


def _words(name: str) -> pl.Expr:
    """Codes by commas."""
    each = pl.element().replace_strict(_first(UPLIFTS), default=None, return_dtype=pl.String)
    return pl.col(name).str.split(",").list.eval(each).list.join("、").replace("", None)


def _yuan(name: str) -> pl.Expr:
    fen = pl.col(name)
    return pl.format("{}.{}", fen // 100, (fen % 100).cast(pl.String).str.zfill(2))
