"""A worker told to link on Spark links as one that links by itself, and leaves nothing in the folder it was given."""

import fcntl
from pathlib import Path

import polars as pl
import pytest
from pydantic import ValidationError

from matcher.flows.linking_engine import compared
from matcher.linkage.index import PeopleIndex
from matcher.linkage.model import Model
from matcher.settings import MatcherSettings
from matcher.spark.folder import working_folder
from tests import sail as server
from tests.matcher.conftest import Matcher
from tests.matcher.county import card, numbered, person
from tests.matcher.linkage.builders import frame, village

sail = server.sail
ENGINE = {"engine", "spark_master", "spark_folder", "spark_most_pairs"}
AREAS = pl.DataFrame(
    [("640499100000", "青石镇", "township", "640499000000"), ("640499100201", "柳树村", "village", "640499100000")],
    schema=["code", "name", "level", "parent"],
    orient="row",
)


def settings(sail: str, folder: Path) -> MatcherSettings:
    return MatcherSettings(engine="spark", spark_master=sail, spark_folder=folder)


def test_people_who_came_and_went_are_linked_alike(sail: str, tmp_path: Path) -> None:
    """The index a worker keeps has rows of the dead, and new people behind those it began with."""
    rows = village(300)
    moved = [{**row, "id": f"P{at:04d}", "address": None, "division": "640499100201"} for at, row in enumerate(rows)]
    index = PeopleIndex.of(frame(*rows), AREAS).changed(pl.Series([f"P{at:04d}" for at in range(9)]), frame(*moved[:5]))
    index = index.changed(pl.Series([f"P{at:04d}" for at in range(20, 24)]), frame(*moved[20:24]), AREAS)
    assert not index.side.rows["live"].all()
    records = frame(*({**row, "id": f"R{at}", "household": f"F{at // 4}"} for at, row in enumerate(moved)))
    model = Model.default()
    found = compared(settings(sail, tmp_path / "work"), index, records, model, AREAS)
    assert found.equals(compared(MatcherSettings(), index, records, model, AREAS))
    assert found.height > 200
    assert not list((tmp_path / "work").iterdir())


def test_a_delivery_is_linked_on_the_cluster(matcher: Matcher, sail: str, tmp_path: Path) -> None:
    people = numbered(6)
    for one in people:
        matcher.registry.put_person(person(*one))
    for worker in matcher.workers:
        told = matcher.settings.model_copy(update=settings(sail, tmp_path / "work").model_dump(include=ENGINE))
        object.__setattr__(worker.desk, "settings", told)
    batch = matcher.deliver("disability-cards", [card(*one) for one in people[:4]])
    matcher.work()
    assert matcher.state_of(batch) == "published"
    assert (tmp_path / "work").exists()  # it was there that it was linked
    assert len(matcher.leads()) == 4


def test_an_engine_without_a_place_is_no_setting() -> None:
    with pytest.raises(ValidationError, match="spark_master and spark_folder"):
        MatcherSettings(engine="spark", spark_master="sc://127.0.0.1:9")


def test_what_a_killed_run_left_is_swept_and_what_runs_is_not(tmp_path: Path) -> None:
    with working_folder(tmp_path) as running:
        left = tmp_path / ".doudi-spark-left"
        left.mkdir()
        (left / ".held").touch()
        (left / "people.parquet").write_bytes(b"somebody")
        with working_folder(tmp_path) as other:
            assert {running, other} == set(tmp_path.iterdir())
            assert other.stat().st_mode & 0o077 == 0
            with open(running / ".held") as held, pytest.raises(BlockingIOError):
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    assert not list(tmp_path.iterdir())
