"""Frames as files, by their ending: what `link` and `evaluate` read and write."""

from collections.abc import Callable
from pathlib import Path

import polars as pl

from doudi.defects import Stop

ENDINGS = ".parquet, .csv or .ndjson"


def read_frame(path: Path, side: str) -> pl.DataFrame:
    """The file as a frame; CSV columns are text. Raises Stop naming `side` when it cannot be read."""
    try:
        match path.suffix.lower():
            case ".parquet":
                return pl.read_parquet(path)
            case ".csv":
                return pl.read_csv(path, infer_schema=False, encoding="utf8")
            case ".ndjson" | ".jsonl":
                return pl.read_ndjson(path, infer_schema_length=None)
    except FileNotFoundError:
        raise Stop(f"{side} {path}: there is no such file") from None
    except (OSError, pl.exceptions.PolarsError) as error:
        raise Stop(f"{side} {path.name}: cannot be read as {path.suffix} ({type(error).__name__})") from None
    raise Stop(f"{side} {path.name}: must be {ENDINGS}")


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
