"""`doudi link PEOPLE FEED --out LINKS`: the linkage alone, on files, without any service running.

With a model file it scores with that frozen version; without one it trains on the two files first (starting from the
shipped model) and scores in one go. People and feed may be Parquet, CSV or NDJSON with any of the identity columns.
"""

import json
from pathlib import Path
from typing import Final

import polars as pl

from matcher.frames import IDENTITY
from matcher.linkage.chain import Linked, link
from matcher.linkage.model import Model, ModelInvalid
from matcher.linkage.train import TrainingFailed, train

COLUMNS: Final = ("feed_id", "person_id", "probability", "grade", "assigned")
FORMATS: Final = (".parquet", ".csv", ".ndjson")


class LinkRefused(Exception):
    """The files cannot be linked as they are; the message says what to change. The command line exits with 2."""


def link_files(people: Path, feed: Path, out: Path, model: Path | None = None, report: Path | None = None) -> Linked:
    """Link the records of `feed` to `people` and write LINKS (COLUMNS) to `out`, in the format of its suffix.

    `report`, if given, receives a JSON with the model's version, counts, doubts and the yield of each blocking key.
    Raises LinkRefused for unreadable files, missing or repeated columns and ids, and models that do not fit.
    """
    if out.suffix.lower() not in FORMATS:
        raise LinkRefused(f"out {out.name}: must be {', '.join(FORMATS)}")
    persons, records = _identities(people, "people"), _identities(feed, "feed")
    if records["id"].is_duplicated().any():
        raise LinkRefused(f"feed {feed.name}: column id must be unique, one id per record")
    used = _model(model, persons, records)
    linked = link(persons, records, used)
    links = linked.links.rename({"record_id": "feed_id"}).select(COLUMNS)
    _write(links, out)
    if report is not None:
        content = {**linked.report, "keys": linked.yields.to_dicts()}
        report.write_text(json.dumps(content, ensure_ascii=False, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    return linked


def _model(path: Path | None, people: pl.DataFrame, records: pl.DataFrame) -> Model:
    try:
        return train(people, records, Model.default()) if path is None else Model.load(path)
    except OSError as error:
        raise LinkRefused(f"model {path}: cannot be read ({error.strerror})") from error
    except ModelInvalid as error:
        raise LinkRefused(str(error)) from error
    except TrainingFailed as error:
        raise LinkRefused(f"training failed: {error}. Name a model file with --model instead") from error


def _identities(path: Path, side: str) -> pl.DataFrame:
    """A file's identity columns as text. Other columns are refused, lest a misspelt one be silently ignored."""
    frame = _read(path, side)
    unknown = sorted(set(frame.columns) - set(IDENTITY))
    if "id" not in frame.columns or len(frame.columns) < 2 or unknown:
        raise LinkRefused(
            f"{side} {path.name}: columns must be id and any of {', '.join(list(IDENTITY)[1:])}; "
            f"found {', '.join(frame.columns) or 'none'}" + (f"; not known: {', '.join(unknown)}" if unknown else "")
        )
    frame = frame.with_columns(pl.col(name).cast(pl.String) for name in frame.columns)
    if frame["id"].null_count() or (frame["id"] == "").any():
        raise LinkRefused(f"{side} {path.name}: column id must be filled in every row")
    return frame


def _read(path: Path, side: str) -> pl.DataFrame:
    try:
        match path.suffix.lower():
            case ".parquet":
                return pl.read_parquet(path)
            case ".csv":
                return pl.read_csv(path, infer_schema=False, encoding="utf8")
            case ".ndjson":
                return pl.read_ndjson(path, infer_schema_length=None)
    except (OSError, pl.exceptions.PolarsError) as error:
        raise LinkRefused(f"{side} {path.name}: cannot be read as {path.suffix} ({type(error).__name__})") from error
    raise LinkRefused(f"{side} {path.name}: must be {', '.join(FORMATS)}")


def _write(links: pl.DataFrame, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    match path.suffix.lower():
        case ".parquet":
            links.write_parquet(path)
        case ".csv":
            links.write_csv(path)
        case _:
            links.write_ndjson(path)
