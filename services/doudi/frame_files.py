"""Frames as files, by their ending: what `link` and `evaluate` read and write."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import polars as pl

from doudi.defects import Stop


@dataclass(frozen=True)
class Format:
    """How files of one ending are read, in parts or whole, and written."""

    scan: Callable[[Path], pl.LazyFrame]
    write: Callable[[pl.DataFrame, Path], object]


_LINES = Format(partial(pl.scan_ndjson, infer_schema_length=None), pl.DataFrame.write_ndjson)
FORMATS = {
    ".parquet": Format(pl.scan_parquet, pl.DataFrame.write_parquet),
    ".csv": Format(partial(pl.scan_csv, infer_schema=False, encoding="utf8"), pl.DataFrame.write_csv),
    ".ndjson": _LINES,
    ".jsonl": _LINES,
}


def read_frame(path: Path, side: str) -> pl.DataFrame:
    """The file as a frame; CSV columns are text. Raises Stop naming `side` when it cannot be read."""
    with told_plainly(path, side):
        return scan_frame(path, side).collect()


def scan_frame(path: Path, side: str) -> pl.LazyFrame:
    """The same file, to be read in parts later: then under `told_plainly` too."""
    with told_plainly(path, side):
        return _format(path, side).scan(path)


@contextmanager
def told_plainly(path: Path, side: str) -> Iterator[None]:
    """What goes wrong with a file while it is read, as a Stop that names `side`."""
    try:
        yield
    except FileNotFoundError:
        raise Stop(f"{side} {path}: there is no such file") from None
    except (OSError, pl.exceptions.PolarsError) as error:
        raise Stop(f"{side} {path.name}: cannot be read as {path.suffix} ({type(error).__name__})") from None


def check_ending(path: Path) -> None:
    """Before long work: whether `write_frame` will know the ending. Raises Stop."""
    _format(path, "out")


def write_frame(frame: pl.DataFrame, path: Path) -> None:
    """Write by ending. Raises Stop for another ending."""
    write = _format(path, "out").write
    path.parent.mkdir(parents=True, exist_ok=True)
    write(frame, path)


def _format(path: Path, side: str) -> Format:
    found = FORMATS.get(path.suffix.lower())
    if found is None:
        raise Stop(f"{side} {path.name}: must be .parquet, .csv or .ndjson")
    return found
