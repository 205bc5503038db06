"""Reads the tables this package ships in `data/` (origins and licences: `data/SOURCES.md`).

Each reader is called from a cached function of the module that owns the table, so nothing is read at import.
"""

import io
from functools import cache
from importlib.resources import files

import polars as pl


def read_csv(name: str) -> pl.DataFrame:
    """A shipped CSV, every column as text, empty cells null."""
    content = files("china").joinpath("data", name).read_bytes()
    return pl.read_csv(io.BytesIO(content), infer_schema=False)


def read_parquet(name: str) -> pl.DataFrame:
    """A shipped Parquet table with its own types."""
    return pl.read_parquet(io.BytesIO(files("china").joinpath("data", name).read_bytes()))


@cache
def read_words(name: str) -> tuple[str, ...]:
    """The blank-separated words of a shipped text file; a line that starts with `# ` is a comment."""
    content = files("china").joinpath("data", name).read_text(encoding="utf-8")
    return tuple(word for line in content.splitlines() if not line.startswith("# ") for word in line.split())
