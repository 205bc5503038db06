"""`doudi explain` on files: the story of any pair, as JSON and as a picture."""

import json
import xml.etree.ElementTree as ET
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner

from doudi.command_line import app
from doudi.county.make import make_linkage_set
from doudi.defects import Stop
from doudi.explain import Asked, explain_files
from doudi.file_model import Scoring
from doudi.link import link_files
from matcher.linkage.model import Model


def files(folder: Path) -> tuple[Path, Path]:
    return folder / "people.parquet", folder / "feed.parquet"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = make_linkage_set(1_500, "brutal", 401)
    path = tmp_path_factory.mktemp("explain")
    made.people.write_parquet(path / "people.parquet")
    made.feed.write_parquet(path / "feed.parquet")
    Model.default().save(path / "model.json")
    link_files(path / "people.parquet", path / "feed.parquet", path / "links.parquet")
    return path


def test_links_are_explained_with_the_probability_they_have(folder: Path) -> None:
    links = pl.read_parquet(folder / "links.parquet").sort("probability", "feed_id", "person_id")
    links = pl.concat([links.head(6), links[::60]])  # the doubts, and a few of the others
    assert links["probability"].min() < 0.9 < links["probability"].max()  # type: ignore[operator]  # a column of floats has float ends
    for link in links.iter_rows(named=True):
        found = explain_files(*files(folder), Asked(link["feed_id"], link["person_id"]))
        assert found.probability == pytest.approx(link["probability"], abs=1e-6)
        assert found.linked == link["assigned"]


def test_the_command_tells_the_story_and_draws_it(folder: Path, tmp_path: Path) -> None:
    link = pl.read_parquet(folder / "links.parquet").filter("assigned").row(0, named=True)
    pair = ["--record", link["feed_id"], "--person", link["person_id"]]
    words = ["explain", str(folder / "people.parquet"), str(folder / "feed.parquet"), *pair]
    story = CliRunner().invoke(app, [*words, "--svg", str(tmp_path / "deep" / "sum.svg")])
    assert story.exit_code == 0
    assert story.stdout.startswith("认定为同一人")
    assert ET.parse(tmp_path / "deep" / "sum.svg").getroot().tag.endswith("svg")
    content = json.loads(CliRunner().invoke(app, [*words, "--json"]).stdout)
    weights = sum(part["weight"] for part in content["explanation"]["fields"])
    assert content["explanation"]["prior"] + weights + content["competition"] == pytest.approx(content["total"])
    assert content["text"] == story.stdout.splitlines()


def test_values_are_masked_unless_asked_for(folder: Path) -> None:
    link = pl.read_parquet(folder / "links.parquet").filter("assigned").row(0, named=True)
    people, feed = folder / "people.parquet", folder / "feed.parquet"
    name = pl.read_parquet(people).filter(pl.col("id") == link["person_id"])["name"][0]
    masked, full = (
        explain_files(people, feed, Asked(link["feed_id"], link["person_id"], full=full)) for full in (False, True)
    )
    assert name not in str(masked.explanation)
    assert name in str(full.explanation)


def test_another_model_gives_other_weights_and_an_unreadable_one_is_refused(folder: Path) -> None:
    link = pl.read_parquet(folder / "links.parquet").row(0, named=True)
    trained = explain_files(*files(folder), Asked(link["feed_id"], link["person_id"]))
    frozen = explain_files(*files(folder), Asked(link["feed_id"], link["person_id"], Scoring(folder / "model.json")))
    assert frozen.explanation.model == Model.default().version != trained.explanation.model
    with pytest.raises(Stop, match="not a model file"):
        explain_files(*files(folder), Asked(link["feed_id"], link["person_id"], Scoring(folder / "people.parquet")))


@pytest.mark.parametrize(("record", "person", "says"), [("none", "none", "feed"), (None, "none", "people")])
def test_ids_nobody_has_are_told(folder: Path, record: str | None, person: str, says: str) -> None:
    known = record or pl.read_parquet(folder / "feed.parquet")["id"][0]
    with pytest.raises(Stop, match=says):
        explain_files(folder / "people.parquet", folder / "feed.parquet", Asked(known, person))
