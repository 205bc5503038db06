"""Links made on Spark are the links made in this process, row by row: every column, every yield, every warning."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from pyspark.sql import SparkSession

from doudi.county.make import make_linkage_set
from matcher.frames import IDENTITY, conform, empty
from matcher.linkage.chain import Linked, link_encoded
from matcher.linkage.clean import clean
from matcher.linkage.encode import encode
from matcher.linkage.learn import TrainingFailed
from matcher.linkage.model import Model
from matcher.linkage.train import train_on
from matcher.spark import meet, shelf
from matcher.spark.chain import MOST_PAIRS, Run, link, train
from matcher.spark.session import session
from matcher.spark.shelf import Shelf
from matcher.spark.sides import encoded, sides
from tests import sail as server
from tests.matcher.linkage.builders import frame, number, person, village

sail = server.sail
MODEL = Model.default()
Two = tuple[pl.DataFrame, pl.DataFrame]


@pytest.fixture(scope="module")
def spark(sail: str) -> Iterator[SparkSession]:
    with session(sail) as opened:
        yield opened


@cache
def county() -> Two:
    """A county written down badly; a third of the people stand in a second row, as former names and numbers come."""
    made = make_linkage_set(1_600, "brutal", 401)
    known = made.truth.filter(pl.col("person_id").is_not_null())
    again = made.feed.head(250).join(known, left_on="id", right_on="feed_id").drop("id").rename({"person_id": "id"})
    return pl.concat([conform(made.people, IDENTITY), conform(again, IDENTITY)]), conform(made.feed, IDENTITY)


@cache
def crowded() -> Two:
    """A village where values burst: one birthday, one telephone and one number of many, on either side; households of
    which some members are plainly somebody's and others have only their household to speak for them."""
    everybody = village(240)
    crowd = [{**row, "id": f"C{at}", "birth_date": "19650101", "id_number": None} for at, row in enumerate(village(90))]
    held = [person(f"N{at}", name=row["name"], household=f"N{at % 7}") for at, row in enumerate(village(70))]
    few = [
        person(f"M{at}", name=row["name"], id_number=number("19500101", 3)) for at, row in enumerate(village(27)[9:])
    ]
    two = [person(f"L{at}", name=row["name"], id_number=number("19500102", 5)) for at, row in enumerate(village(9))]
    nameless = [person(f"X{at}", name=None, id_number=None, phone=None) for at in range(20)]
    homes = [{**row, "id": f"H{at}", "household": f"F{at // 4}"} for at, row in enumerate(everybody)]
    for at, row in enumerate(homes):
        if at % 4 == 3:  # hardly anything but the household
            row |= {"id_number": None, "birth_date": None, "phone": None, "address": None}
        if at % 8 == 3:  # so that no key finds whom the household suggests
            row |= {"name": f"{row['name'][:2]}花", "birth_date": f"{everybody[at]['birth_date'][:6]}29"}
        if at % 8 == 1:  # a number that belongs to the next of the household
            row["id_number"] = homes[at + 1]["id_number"]
    again = [{**row, "id": f"A{at}", "household": f"F{at // 9}"} for at, row in enumerate([*crowd, *held, *few, *two])]
    claims = [  # two of one household, both of them this person by all but the name
        {**row, "id": f"T{at}{name}", "household": f"T{at}", "name": name}
        for at, row in enumerate(everybody[:40:8])
        for name in (row["name"], f"{row['name'][:2]}花")
    ]
    strayed = [  # with a number of so many households that it says nothing of any
        {**row, "id": f"S{at}", "id_number": few[0]["id_number"], "household": None} for at, row in enumerate(two)
    ]
    people = frame(*everybody, *crowd, *held, *few, *two, *nameless, {**everybody[3], "household": "other"})
    return people, frame(
        *homes, *again, *claims, *strayed, *[{**row, "id": f"Y{at}"} for at, row in enumerate(nameless)]
    )


SCENES = {"county": county, "crowded": crowded}


def run_of(spark: SparkSession, two: Two, folder: Path, most: int = MOST_PAIRS) -> Run:
    kept = Shelf(spark, folder)
    names = ("people", "records")
    told = [
        kept.put(f"raw-{name}", rows.with_row_index("row").with_columns(pl.col("row").cast(pl.Int64)))
        for name, rows in zip(names, two, strict=True)
    ]
    coded = [encoded(kept, f"encoded-{name}", rows) for name, rows in zip(names, told, strict=True)]
    return Run(kept, sides(kept, *coded), most)


@pytest.mark.parametrize("scene", SCENES)
def test_links_yields_and_report_are_the_same(scene: str, spark: SparkSession, tmp_path: Path) -> None:
    two = SCENES[scene]()
    same(link(run_of(spark, two, tmp_path), MODEL), embedded(two))


def embedded(two: Two) -> Linked:
    return link_encoded(encode(*(clean(rows) for rows in two)), MODEL)


def same(found: Linked, expected: Linked) -> None:
    assert found.links.equals(expected.links)
    assert found.links.schema == expected.links.schema
    assert found.yields.equals(expected.yields)
    assert found.report == {**expected.report, "engine": "spark"}


def test_the_crowded_village_shows_what_it_is_for() -> None:
    """Else the comparison above would hold for want of cases."""
    linked = embedded(crowded())
    assert linked.yields.filter(pl.col("retired") > 0).height >= 5
    levels = set(linked.links["household_level"])
    assert levels >= {"supported", "taken", "contradicted"}
    assert "of-member" in set(linked.links["number_level"])
    by_household_alone = linked.links.filter(pl.col("keys") == 0)
    assert by_household_alone.height > 0


def test_however_the_work_is_cut_the_links_are_the_same(
    spark: SparkSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Small parts, and values that many ask for in slices."""
    monkeypatch.setattr(shelf, "PART_ROWS", 90)
    monkeypatch.setattr(meet, "SLICE", 7)
    same(link(run_of(spark, crowded(), tmp_path), MODEL), embedded(crowded()))


def test_training_gives_the_same_model(spark: SparkSession, tmp_path: Path) -> None:
    two = county()
    expected = train_on(encode(*(clean(rows) for rows in two)), MODEL)
    assert train(run_of(spark, two, tmp_path), MODEL).version == expected.version != MODEL.version


def test_a_sample_is_the_same_sample(spark: SparkSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there are more rows than the sample takes."""
    for module in ("matcher.linkage.train", "matcher.spark.learning"):
        monkeypatch.setattr(f"{module}.RECORDS", 150)
        monkeypatch.setattr(f"{module}.PEOPLE", 200)
    two = county()
    expected = train_on(encode(*(clean(rows) for rows in two)), MODEL)
    assert train(run_of(spark, two, tmp_path), MODEL).version == expected.version


def test_more_pairs_than_allowed_are_refused_before_they_are_made(spark: SparkSession, tmp_path: Path) -> None:
    run = run_of(spark, crowded(), tmp_path, most=2_000)
    with pytest.raises(meet.TooManyPairs, match=r"2,000 are allowed; most come by .*Raise --most-pairs"):
        link(run, MODEL)
    assert not (tmp_path / "pairs").exists()


@pytest.mark.parametrize("side", [0, 1])
def test_an_empty_side_has_no_links(side: int, spark: SparkSession, tmp_path: Path) -> None:
    rows = [frame(person()), frame(person("R1"))]
    rows[side] = empty(IDENTITY)
    run = run_of(spark, (rows[0], rows[1]), tmp_path)
    with pytest.raises(TrainingFailed, match="a side is empty"):
        train(run, MODEL)
    same(link(run, MODEL), embedded((rows[0], rows[1])))


@pytest.mark.parametrize("seed", range(3))
def test_chance_rows_are_linked_alike(seed: int, spark: SparkSession, tmp_path: Path) -> None:
    """Few values in any order: most rows share something with many others, and ids of people repeat."""
    draw = np.random.default_rng(seed)
    pools = {name: [*crowded()[0][name].unique(maintain_order=True)[:12], None] for name in IDENTITY if name != "id"}
    drawn = [
        frame(
            *(
                {"id": given(at), **{name: pool[draw.integers(len(pool))] for name, pool in pools.items()}}
                for at in range(300)
            )
        )
        for given in (lambda _: f"P{draw.integers(200)}", lambda at: f"R{at}")
    ]
    two = drawn[0], drawn[1]
    same(link(run_of(spark, two, tmp_path), MODEL), embedded(two))
