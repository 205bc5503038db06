"""`doudi evaluate LINKS TRUTH`: how good links are, by error channel, cross-checked with recordlinkage."""

from pathlib import Path

import polars as pl

from doudi.defects import Stop
from doudi.evaluation import TwoPeopleForOneRecord, crosscheck, evaluate
from doudi.frame_files import read_frame

NEEDED = {"links": ("feed_id", "person_id", "assigned"), "truth": ("feed_id", "person_id")}


def score_files(links: Path, truth: Path) -> str:
    """A table of scores by channel, most errors first, and recordlinkage's own figures below it.

    Raises Stop where a file cannot be read or the two do not belong together.
    """
    told = {"links": _read(links, "links"), "truth": _read(truth, "truth")}
    try:
        found = evaluate(told["links"], told["truth"])
    except (TwoPeopleForOneRecord, ValueError) as wrong:
        raise Stop(str(wrong)) from None
    second = crosscheck(told["links"], told["truth"])
    lines = [f"{'channel':<34}{'correct':>9}{'false':>7}{'missed':>8}{'precision':>11}{'recall':>9}{'F1':>9}"]
    for row in found.table().iter_rows(named=True):
        counts = f"{row['channel']:<34}{row['correct']:>9}{row['false']:>7}{row['missed']:>8}"
        lines.append(f"{counts}{row['precision']:>11.5f}{row['recall']:>9.5f}{row['f1']:>9.5f}")
    text = "precision {precision:.5f}  recall {recall:.5f}  F1 {f1:.5f}".format(**second)
    return "\n".join([*lines, f"recordlinkage's measures say:  {text}"])


def _read(path: Path, side: str) -> pl.DataFrame:
    frame = read_frame(path, side)
    missing = [name for name in NEEDED[side] if name not in frame.columns]
    if missing:
        raise Stop(f"{side} {path.name} lacks the columns {', '.join(missing)}")
    if "assigned" in frame.columns:
        frame = frame.with_columns(pl.col("assigned").cast(pl.String).str.to_lowercase().is_in(["true", "1"]))
    return frame.with_columns(pl.col("feed_id", "person_id").cast(pl.String))
