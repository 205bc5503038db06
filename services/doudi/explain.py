"""`doudi explain PEOPLE FEED --record ID --person ID`: why `link` took a record for a person, and why not.

On the same files and with the same model as `doudi link`: the one named, else the one both files train. Values are
masked unless the owner of the files asks for them, since what is printed is copied into mails.
"""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl

from doudi.defects import Stop
from doudi.file_model import Scoring
from doudi.frame_files import read_frame
from matcher.frames import IDENTITY, conform
from matcher.linkage.known_people import KnownPeople
from matcher.linkage.telling import tell
from matcher.linkage.train import train
from matcher.linkage.waterfall import waterfall
from matcher.linkage.why_not import Why, why


class Asked(NamedTuple):
    """Which pair, scored how (as `link` was told to), and whether values are shown whole."""

    record: str
    person: str
    scoring: Scoring = Scoring()
    full: bool = False


def explain_files(people: Path, feed: Path, asked: Asked) -> Why:
    """Explain one pair of two files. Raises Stop for files, ids and models that cannot be used."""
    persons, records = _identities(people, "people"), _identities(feed, "feed")
    own = records.filter(pl.col("id") == asked.record)
    if own.height != 1:
        raise Stop(f"feed {feed.name}: {own.height} rows have that id; a record has its own")
    mates = records.filter(
        pl.col("household").is_in(own["household"].drop_nulls().implode()), pl.col("id") != asked.record
    )
    model, _ = asked.scoring.made(lambda start: train(persons, records, start))
    known = KnownPeople.of(persons, model)
    try:
        return why(known, pl.concat([own, mates]), asked.person, masked=not asked.full)
    except KeyError:
        raise Stop(f"people {people.name}: no row has that id") from None


def told(found: Why) -> str:
    """The story in Chinese."""
    return "\n".join(tell(found))


def as_json(found: Why) -> str:
    """Everything as JSON: the sums, the keys, the change, and the story."""
    content: dict[str, Any] = {**asdict(found), "total": found.total, "text": list(tell(found))}
    if found.change is not None:  # the values that would flip it are the other side's own
        content["change"] = {"fields": found.change.fields, "text": found.change.text}
    return json.dumps(content, ensure_ascii=False, indent=2, sort_keys=True)


def write_picture(found: Why, path: Path) -> None:
    """The waterfall as SVG."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(waterfall(found), encoding="utf-8")


def _identities(path: Path, side: str) -> pl.DataFrame:
    frame = read_frame(path, side)
    if "id" not in frame.columns or not set(frame.columns) & set(IDENTITY) - {"id"}:
        raise Stop(f"{side} {path.name}: columns must be id and any of {', '.join(list(IDENTITY)[1:])}")
    return conform(frame, IDENTITY)
