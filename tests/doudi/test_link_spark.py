"""`doudi link --engine spark`: the files of the other engine to the byte, and refusals that say what to change."""

import itertools
import json
from pathlib import Path

import polars as pl
import pytest

from doudi.county.make import make_linkage_set
from doudi.identity_files import LinkRefused
from doudi.link import Cluster, Options, cluster, link_files
from matcher.linkage.model import Model
from matcher.spark import session
from tests import sail as server

sail = server.sail


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = make_linkage_set(1_000, "dirty", 8)
    path = tmp_path_factory.mktemp("link")
    made.people.with_columns(pl.col("household").alias("passed")).write_csv(path / "people.csv")
    made.feed.write_ndjson(path / "feed.ndjson")
    Model.default().save(path / "model.json")
    return path


def test_links_are_the_same_file_and_nothing_stays_behind(folder: Path, tmp_path: Path, sail: str) -> None:
    written = {}
    for name, where in (("embedded", None), ("spark", Cluster(sail))):
        out, report = tmp_path / name / "links.csv", tmp_path / f"{name}.json"
        link_files(folder / "people.csv", folder / "feed.ndjson", out, Options(report=report, cluster=where))
        written[name] = out.read_bytes(), json.loads(report.read_text(encoding="utf-8"))
        assert [file.name for file in out.parent.iterdir()] == ["links.csv"]
    assert written["spark"][1].pop("engine") == "spark"
    assert written["spark"] == written["embedded"]


def test_too_many_pairs_are_refused(folder: Path, tmp_path: Path, sail: str) -> None:
    asked = Options(folder / "model.json", cluster=Cluster(sail, most_pairs=50))
    with pytest.raises(LinkRefused, match="50 are allowed"):
        link_files(folder / "people.csv", folder / "feed.ndjson", tmp_path / "links.csv", asked)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (Options(cluster=Cluster("sc://127.0.0.1:9")), "nobody answers there"),
        (Options(cluster=Cluster("sc://127.0.0.1:port")), "nobody answers there"),
        (Options(cluster=Cluster("local[2]")), "only Spark's client"),
        (Options(cluster=Cluster("sc://127.0.0.1:9"), index=Path("kept")), "--index"),
        (Options(model=Path("western"), cluster=Cluster("sc://127.0.0.1:9")), "general model"),
    ],
)
def test_what_cannot_be_done_is_refused(options: Options, says: str, folder: Path, tmp_path: Path) -> None:
    with pytest.raises(LinkRefused, match=says):
        link_files(folder / "people.csv", folder / "feed.ndjson", tmp_path / "links.csv", options)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ({"id": ["R1", "R1"], "name": ["马秀英", "马秀英"]}, "must be unique"),
        ({"id": ["R1", None], "name": ["马秀英", "马秀英"]}, "must be filled"),
        ({"id": ["R1"], "姓名": ["马秀英"]}, "columns must be id"),
        ({"id": ["R1"], "name": [["马秀英"]]}, "holds lists"),
    ],
)
def test_files_are_refused_as_by_the_other_engine(rows: dict[str, list[object]], says: str, tmp_path: Path) -> None:
    feed, people = tmp_path / "feed.parquet", tmp_path / "people.parquet"
    pl.DataFrame(rows).write_parquet(feed)
    pl.DataFrame({"id": ["P1"], "name": ["马秀英"]}).write_parquet(people)
    for where in (None, Cluster("sc://127.0.0.1:9")):
        with pytest.raises(LinkRefused, match=says):
            link_files(people, feed, tmp_path / "links.csv", Options(cluster=where))


def test_executors_with_other_code_are_refused(
    folder: Path, tmp_path: Path, sail: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Here every asking gives another word."""
    words = itertools.count()
    monkeypatch.setattr(session, "fingerprint", lambda: f"version {next(words)}")
    with pytest.raises(LinkRefused, match="run another version"):
        link_files(folder / "people.csv", folder / "feed.ndjson", tmp_path / "l.csv", Options(cluster=Cluster(sail)))


def test_words_that_do_not_go_together_are_refused() -> None:
    with pytest.raises(LinkRefused, match="say where Spark is"):
        cluster("spark", None, None, None)
    with pytest.raises(LinkRefused, match="are for --engine spark"):
        cluster("embedded", "sc://127.0.0.1", None, None)
    assert cluster("embedded", None, None, None) is None
    assert cluster("spark", "sc://127.0.0.1", None, 5) == Cluster("sc://127.0.0.1", None, 5)
