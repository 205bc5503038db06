"""`doudi link` on files: every format, a frozen model, and refusals that say what to change."""

import json
from pathlib import Path

import polars as pl
import pytest

from doudi.county.make import make_linkage_set
from doudi.defects import Stop
from doudi.link import COLUMNS, LinkRefused, link_files
from matcher.linkage.model import Model


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = make_linkage_set(1_500, "typical", 8)
    path = tmp_path_factory.mktemp("link")
    for name, frame in (("people", made.people), ("feed", made.feed)):
        frame.write_parquet(path / f"{name}.parquet")
        frame.write_csv(path / f"{name}.csv")
        frame.write_ndjson(path / f"{name}.ndjson")
    Model.default().save(path / "model.json")
    return path


def test_every_format_gives_the_same_links(folder: Path, tmp_path: Path) -> None:
    texts = set()
    for kind in ("parquet", "csv", "ndjson"):
        out = tmp_path / f"links-{kind}.csv"
        link_files(folder / f"people.{kind}", folder / f"feed.{kind}", out, folder / "model.json")
        texts.add(out.read_bytes())
    assert len(texts) == 1


def test_links_have_the_promised_columns_and_one_assigned_person_at_most(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "deep" / "links.parquet"
    link_files(folder / "people.parquet", folder / "feed.parquet", out, folder / "model.json")
    links = pl.read_parquet(out)
    assert tuple(links.columns) == COLUMNS
    assert links.filter("assigned")["feed_id"].is_unique().all()
    assert set(links["grade"].unique()) <= {"certain", "probable", "possible", "certainly-not"}
    assert links["probability"].is_between(0.01, 1).all()


def test_without_a_model_it_trains_and_reports_another_version(folder: Path, tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    link_files(folder / "people.parquet", folder / "feed.parquet", tmp_path / "links.parquet", report=report)
    content = json.loads(report.read_text(encoding="utf-8"))
    assert content["model"] != Model.default().version
    assert content["linked"] > 100
    assert {key["key"] for key in content["keys"]} >= {"number", "name-birth"}


@pytest.mark.parametrize(
    ("columns", "says"),
    [
        ({"name": "姓名"}, "姓名 looks like name"),
        ({"id_number": "IdNumber"}, "IdNumber looks like id_number"),
        ({"id": "number"}, "columns must be id"),
    ],
)
def test_wrong_columns_are_refused_by_name(folder: Path, tmp_path: Path, columns: dict[str, str], says: str) -> None:
    pl.read_parquet(folder / "feed.parquet").rename(columns).write_parquet(tmp_path / "feed.parquet")
    with pytest.raises(LinkRefused, match=says):
        link_files(folder / "people.parquet", tmp_path / "feed.parquet", tmp_path / "links.csv")
    assert not (tmp_path / "links.csv").exists()


def test_columns_that_are_none_of_ours_are_passed_over_and_named(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    feed = pl.read_parquet(folder / "feed.parquet").with_columns(note=pl.lit("x"))
    feed.write_parquet(tmp_path / "feed.parquet")
    model = tmp_path / "model.json"
    Model.default().save(model)
    link_files(folder / "people.parquet", tmp_path / "feed.parquet", tmp_path / "links.csv", model)
    assert "passed over note" in capsys.readouterr().err


def test_repeated_and_missing_feed_ids_are_refused(folder: Path, tmp_path: Path) -> None:
    feed = pl.read_parquet(folder / "feed.parquet")
    pl.concat([feed, feed.head(1)]).write_parquet(tmp_path / "twice.parquet")
    feed.with_columns(id=pl.lit(None, pl.String)).write_parquet(tmp_path / "none.parquet")
    for name, says in (("twice", "unique"), ("none", "filled")):
        with pytest.raises(LinkRefused, match=says):
            link_files(folder / "people.parquet", tmp_path / f"{name}.parquet", tmp_path / "links.csv")


@pytest.mark.parametrize("suffix", [".parquet", ".csv", ".ndjson", ".xlsx"])
def test_files_that_cannot_be_read_are_refused(folder: Path, tmp_path: Path, suffix: str) -> None:
    bad = tmp_path / f"feed{suffix}"
    bad.write_bytes(b"\xff\xfe\x00nothing\x00\x01")
    with pytest.raises(Stop, match="feed"):
        link_files(folder / "people.parquet", bad, tmp_path / "links.csv")


def test_a_file_that_is_no_model_is_refused(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "model.json").write_text('{"weights": 3}', encoding="utf-8")
    with pytest.raises(LinkRefused, match="model"):
        link_files(folder / "people.parquet", folder / "feed.parquet", tmp_path / "links.csv", tmp_path / "model.json")


def test_an_unknown_output_format_is_refused(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(Stop, match="out"):
        link_files(folder / "people.parquet", folder / "feed.parquet", tmp_path / "links.xlsx", folder / "model.json")
