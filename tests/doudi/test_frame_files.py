"""Frames as files: each ending is read and written alike, in parts or whole; what is wrong is said in a sentence."""

from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from doudi.defects import Stop
from doudi.frame_files import check_ending, read_frame, scan_frame, write_frame

FRAME = pl.DataFrame({"id": [f"{at:05d}" for at in range(5000)], "name": ["马有福", None] * 2500})


@pytest.mark.parametrize("ending", [".parquet", ".csv", ".ndjson", ".jsonl", ".CSV"])
def test_what_was_written_is_read_whole_and_in_parts(tmp_path: Path, ending: str) -> None:
    path = tmp_path / "deep" / f"frame{ending}"
    check_ending(path)
    write_frame(FRAME, path)
    assert read_frame(path, "people").equals(FRAME)
    assert scan_frame(path, "people").collect().equals(FRAME)


@pytest.mark.parametrize("take", [read_frame, scan_frame])
def test_another_ending_is_refused_by_name(tmp_path: Path, take: Callable[[Path, str], object]) -> None:
    sentence = r"^{} frame.xlsx: must be .parquet, .csv or .ndjson$"
    with pytest.raises(Stop, match=sentence.format("people")):
        take(tmp_path / "frame.xlsx", "people")
    with pytest.raises(Stop, match=sentence.format("out")):
        write_frame(FRAME, tmp_path / "frame.xlsx")


@pytest.mark.parametrize("ending", [".parquet", ".csv", ".ndjson"])
def test_a_file_that_is_away_or_broken_is_said_plainly(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"frame{ending}"
    with pytest.raises(Stop, match="there is no such file"):
        read_frame(path, "people")
    path.write_bytes("id,name\n1,马有福\n".encode("gbk"))
    with pytest.raises(Stop, match=f"^people frame{ending}: cannot be read as {ending}"):
        read_frame(path, "people")
