"""Parquet → text cells. What a file says of itself may be a lie: it is read where it can do no harm (kit.fenced)."""

import io
from dataclasses import dataclass

import polars as pl
import pyarrow as pa
from pyarrow import parquet

from kit.text_cells import blank_to_null
from kit.unreadable import Limits, TableUnreadable


@dataclass(frozen=True)
class Columns:
    """The rows in order under the file's own names; `numeric` marks the cells that held a number."""

    frame: pl.DataFrame
    numeric: dict[str, pl.Series]
    names: tuple[str, ...]


def read_parquet(content: bytes, limits: Limits) -> Columns:
    """The rows of a file. Raises TableUnreadable."""
    try:
        _check_what_it_says(content, limits)
        frame = pl.read_parquet(io.BytesIO(content))
    except (OSError, ValueError, pa.ArrowException, pl.exceptions.PolarsError) as error:
        raise TableUnreadable("broken", kind="parquet") from error
    if frame.height > limits.rows:
        raise TableUnreadable("too-many-rows", limit=limits.rows)
    names = tuple(frame.columns)
    frame = frame.rename({name: str(index) for index, name in enumerate(names)})
    numeric = {name: frame[name].is_not_null() for name, kind in frame.schema.items() if kind.is_numeric()}
    texts = frame.select(pl.all().cast(pl.String, strict=False))
    # One long text in a dictionary may stand in every row: as views it costs nothing, rewritten it costs everything.
    if sum(int(texts[name].str.len_bytes().sum() or 0) for name in texts.columns) > limits.text_bytes:
        raise TableUnreadable("too-large", limit=limits.text_bytes)
    return Columns(blank_to_null(texts), numeric, names)


def _check_what_it_says(content: bytes, limits: Limits) -> None:
    about = parquet.read_metadata(io.BytesIO(content))
    if about.num_rows > limits.rows:
        raise TableUnreadable("too-many-rows", limit=limits.rows)
    if about.num_columns > limits.columns:
        raise TableUnreadable("too-many-columns", limit=limits.columns)
    if about.num_rows * about.num_columns > limits.cells:
        raise TableUnreadable("too-many-cells", limit=limits.cells)
    size = sum(about.row_group(index).total_byte_size for index in range(about.num_row_groups))
    if size > limits.unpacked_bytes:
        raise TableUnreadable("too-large", limit=limits.unpacked_bytes)
    for field in about.schema.to_arrow_schema():
        if pa.types.is_nested(field.type) or pa.types.is_binary(field.type):
            raise TableUnreadable("nested", column=field.name[:64])
