"""Many rows into and out of one table as columns: what the mapper does row by row costs more than the database itself.

Rows go to and come from the driver in slices, so that a million of them are never a million dictionaries; into
PostgreSQL, and out of it, by COPY. Nothing here commits: it belongs to the transaction of the session.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from typing import Any

import polars as pl
from sqlalchemy import BindParameter, Connection, Dialect, Select, Table
from sqlmodel import Session

SLICE = 50_000
FETCHED = 2_000  # rows that stand as objects at once while they become columns: as many as the processor's cache holds
Kind = pl.DataType | type[pl.DataType]
PIECE = 1 << 22  # bytes of PostgreSQL's text that become columns at once
_ESCAPES = {"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"}
# What PostgreSQL escapes when it writes, and what stands for it.
_ESCAPED = {told: meant for meant, told in _ESCAPES.items()} | {"\\b": "\b", "\\f": "\f", "\\v": "\v"}
# Kinds read as text first, and how they are made of it.
_WRITTEN: Mapping[Kind, Callable[[pl.Expr], pl.Expr]] = {
    pl.Date: lambda text: text.str.to_date("%Y-%m-%d"),
    pl.Boolean: lambda text: text == "t",
}


def insert_frame(session: Session, table: Table, frame: pl.DataFrame, alike: Mapping[str, Any]) -> None:
    """Insert the rows of `frame`, whose columns are columns of `table`; `alike`: further columns, one value for all.

    The frame holds numbers, texts and booleans as they are stored; `alike` any value the table knows.
    """
    if frame.is_empty():
        return
    connection = session.connection()
    dialect, driver = connection.dialect, connection.connection
    same = {name: _as_stored(table, name, value, dialect) for name, value in alike.items()}
    names = [dialect.identifier_preparer.quote(name) for name in (*frame.columns, *same)]
    into = f"{dialect.identifier_preparer.format_table(table)} ({', '.join(names)})"
    cursor: Any
    with closing(driver.cursor()) as cursor:
        if dialect.name == "postgresql":
            with cursor.copy(f"COPY {into} FROM STDIN WITH (ENCODING 'UTF8')") as copy:
                for piece in frame.iter_slices(SLICE):
                    copy.write(_copied(piece, same))
        else:
            marks = ", ".join("?" * len(names))
            cursor.executemany(f"INSERT INTO {into} VALUES ({marks})", _rows(frame, tuple(same.values())))  # noqa: S608 - names of our own tables


def _copied(frame: pl.DataFrame, same: Mapping[str, Any]) -> bytes:
    """PostgreSQL's text format, made as whole columns. Not its CSV: there a line that holds nothing but \\. ends the
    data, even within a cell."""
    told = frame.with_columns(pl.lit(None if one is None else str(one), pl.String).alias(n) for n, one in same.items())
    escaped = pl.col(pl.String).str.replace_many(list(_ESCAPES), list(_ESCAPES.values()))
    lines = told.with_columns(escaped)
    return lines.write_csv(include_header=False, separator="\t", quote_style="never", null_value="\\N").encode()


def select_frame(session: Session, query: Select[Any], schema: Mapping[str, Kind]) -> pl.DataFrame:
    """What `query` finds, its columns in the order of `schema`: numbers, texts, booleans and days as they are stored,
    by no type of the mapper's."""
    connection = session.connection()
    if connection.dialect.name == "postgresql":
        frames = list(_copied_out(connection, query, schema))
    else:
        result: Any = connection.execute(query)
        with closing(result):
            pieces = iter(lambda: result.cursor.fetchmany(FETCHED), [])
            frames = [pl.DataFrame(_columns(rows, schema)) for rows in pieces]
    return pl.concat([pl.DataFrame(schema=schema), *frames], rechunk=True)


def _copied_out(connection: Connection, query: Select[Any], schema: Mapping[str, Kind]) -> Iterator[pl.DataFrame]:
    """By COPY: the rows come as text, which becomes columns without a Python value between."""
    dialect = connection.dialect
    if pl.Date in schema.values():  # else a server's own taste decides how days are written
        connection.exec_driver_sql("SET LOCAL DateStyle TO ISO")
    asked = query.compile(dialect=dialect, compile_kwargs={"render_postcompile": True})
    given = {name: _bound(asked.binds.get(name), value, dialect) for name, value in asked.params.items()}
    told = str(asked) if given else str(asked) % ()  # the driver reads %% as % only where it is given something
    out = f"COPY ({told}) TO STDOUT WITH (ENCODING 'UTF8')"
    cursor: Any
    with closing(connection.connection.cursor()) as cursor, cursor.copy(out, given) as copy:
        kept = bytearray()
        for line in copy:  # one row each
            kept += line
            if len(kept) >= PIECE:
                yield _read(bytes(kept), schema)
                kept.clear()
        if kept:
            yield _read(bytes(kept), schema)


def _bound(bind: BindParameter[Any] | None, value: Any, dialect: Dialect) -> Any:
    """A value as its type gives it to the driver. Those of a list stand under names of their own, and have no type."""
    processor = None if bind is None else bind.type.dialect_impl(dialect).bind_processor(dialect)
    return value if processor is None else processor(value)


def _read(lines: bytes, schema: Mapping[str, Kind]) -> pl.DataFrame:
    """PostgreSQL's text format as columns. A header of our own stands above: at the very beginning a text could pass
    for the mark of an encoding."""
    kinds = {name: pl.String if kind in _WRITTEN else kind for name, kind in schema.items()}
    names = [f"c{at}" for at in range(len(kinds))]
    found = pl.read_csv(
        "\t".join(names).encode() + b"\n" + lines,
        separator="\t",
        quote_char=None,
        null_values="\\N",
        empty_string_is_null=False,
        schema=dict(zip(names, kinds.values(), strict=True)),
    )
    found.columns = list(kinds)
    if lines.count(b"\\") > lines.count(b"\\N"):
        texts = [name for name, kind in kinds.items() if kind == pl.String]
        found = found.with_columns(pl.col(texts).str.replace_many(list(_ESCAPED), list(_ESCAPED.values())))
    return found.with_columns(_WRITTEN[kind](pl.col(name)) for name, kind in schema.items() if kind in _WRITTEN)


def _columns(rows: Sequence[tuple[Any, ...]], schema: Mapping[str, Kind]) -> Iterator[pl.Series]:
    """Rows → columns: a column of one type is made several times as fast as rows of mixed ones."""
    for (name, kind), cells in zip(schema.items(), zip(*rows, strict=True), strict=True):
        yield _column(name, kind, cells)


def _column(name: str, kind: Kind, cells: tuple[Any, ...]) -> pl.Series:
    """SQLite knows neither days nor booleans: it keeps texts and numbers."""
    first = next((cell for cell in cells if cell is not None), None)
    if first is None:
        return pl.Series(name, [None], dtype=kind).new_from_index(0, len(cells))
    if kind == pl.Date and isinstance(first, str):
        return pl.Series(name, cells, dtype=pl.String).str.to_date("%Y-%m-%d")
    if kind == pl.Boolean and type(first) is int:
        return pl.Series(name, cells, dtype=pl.Int8).cast(pl.Boolean)
    return pl.Series(name, cells, dtype=kind)


def _rows(frame: pl.DataFrame, same: tuple[Any, ...]) -> Iterator[tuple[Any, ...]]:
    for piece in frame.iter_slices(SLICE):
        for row in piece.rows():
            yield (*row, *same)


def _as_stored(table: Table, name: str, value: Any, dialect: Dialect) -> Any:
    """What the driver is given for a value of that column."""
    processor = table.c[name].type.dialect_impl(dialect).bind_processor(dialect)
    return value if processor is None else processor(value)
