"""Frames as files, by their ending: what `link` and `evaluate` read and write."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import polars as pl

from doudi.defects import Stop

ENDINGS = ".parquet, .csv or .ndjson"


def read_frame(path: Path, side: str) -> pl.DataFrame:
    """The file as a frame; CSV columns are text. Raises Stop naming `side` when it cannot be read."""
    with told_plainly(path, side):
        match path.suffix.lower():
            case ".parquet":
                return pl.read_parquet(path)
            case ".csv":
                return pl.read_csv(path, infer_schema=False, encoding="utf8")
            case ".ndjson" | ".jsonl":
                return pl.read_ndjson(path, infer_schema_length=None)
    raise Stop(f"{side} {path.name}: must be {ENDINGS}")


def scan_frame(path: Path, side: str) -> pl.LazyFrame:
    """The same file, to be read in parts later: then under `told_plainly` too."""
    with told_plainly(path, side):
        match path.suffix.lower():
            case ".parquet":
                return pl.scan_parquet(path)
            case ".csv":
                return pl.scan_csv(path, infer_schema=False, encoding="utf8")
            case ".ndjson" | ".jsonl":
                return pl.scan_ndjson(path, infer_schema_length=None)
    raise Stop(f"{side} {path.name}: must be {ENDINGS}")


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
    if path.suffix.lower() not in {".parquet", ".csv", ".ndjson"}:
        raise Stop(f"out {path.name}: must be {ENDINGS}")


def write_frame(frame: pl.DataFrame, path: Path) -> None:
    """Write by ending. Raises Stop for another ending."""
    write: dict[str, Callable[[Path], object]] = {
        ".parquet": frame.write_parquet,
        ".csv": frame.write_csv,
        ".ndjson": frame.write_ndjson,
    }
    check_ending(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    write[path.suffix.lower()](path)
