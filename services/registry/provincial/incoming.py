"""The province's export, taken in by the story of the civil affairs import: its headers and codes become ours, and
everything after that is the same: dry run, report line by line, safe to repeat, one shelf of imports."""

from collections.abc import Mapping
from dataclasses import replace

import polars as pl

from kit.tables_in import Table
from registry.imports.tables import Import
from registry.imports.take import EXPORT, Taking
from registry.intake import take as intake
from registry.intake.headers import Headers
from registry.intake.issues import Rows
from registry.provincial.layout import Incoming, Layout

MONEY = ("amount", "own_amount", "uplift")


def take(layout: Layout, taking: Taking, content: bytes) -> Import:
    """Take the province's export in. Raises the problems of `imports.problems`; then nothing was written."""
    incoming = layout.incoming

    def read(taking: Taking, table: Table, columns: Mapping[str, str]) -> Rows:
        return EXPORT.read(taking, in_our_words(table, columns, incoming), columns)

    return intake.take(replace(EXPORT, headers=headers(incoming), read=read), taking, content)


def headers(incoming: Incoming) -> Headers[str]:
    """The province's words for our columns."""
    return Headers(incoming.columns, incoming.required)


def in_our_words(table: Table, columns: Mapping[str, str], incoming: Incoming) -> Table:
    """The same table with the province's codes as our words; a code nobody declared stays, and is named by the line."""
    made = [
        pl.col(columns[name]).str.strip_chars().replace(codes)
        for name, codes in incoming.codes.items()
        if name in columns
    ]
    if incoming.money == "fen":
        made += [_yuan(pl.col(columns[name])) for name in MONEY if name in columns]
    return replace(table, frame=table.frame.with_columns(made))


def _yuan(fen: pl.Expr) -> pl.Expr:
    """Whole fen as yuan; what is no number stays, and is named by the line."""
    whole = fen.str.normalize("NFKC").str.strip_chars().str.extract(r"^([0-9]{1,12})$").cast(pl.Int64)
    return (
        pl.when(whole.is_null())
        .then(fen)
        .otherwise(pl.format("{}.{}", whole // 100, (whole % 100).cast(pl.String).str.zfill(2)))
    )
