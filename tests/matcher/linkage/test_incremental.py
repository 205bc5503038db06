"""What is kept and changed equals what is made anew: after any order of rows that come, change and go."""

from dataclasses import dataclass, field
from functools import cache

import numpy as np
import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from doudi.county.make import make_linkage_set
from matcher.frames import IDENTITY, conform, empty
from matcher.linkage.block import LOOSE_CAP
from matcher.linkage.chain import link_to, link_within
from matcher.linkage.index import PeopleIndex
from matcher.linkage.model import Model
from matcher.linkage.pool import Pool, size_class
from tests.examples import examples
from tests.matcher.linkage.builders import frame, number, person, village

MODEL = Model.default()
SAID = [name for name in IDENTITY if name != "id"]
SEED = 401
NOBODY = pl.Series([], dtype=pl.String)


@cache
def people() -> pl.DataFrame:
    """A small county: the listed, many in two rows (as former names and numbers come), under ids that repeat."""
    made = make_linkage_set(1_200, "brutal", SEED)
    listed = made.people.head(400)
    known = made.truth.filter(pl.col("person_id").is_in(listed["id"].implode()))
    again = made.feed.join(known, left_on="id", right_on="feed_id").drop("id").rename({"person_id": "id"})
    return pl.concat([conform(listed, IDENTITY), conform(again, IDENTITY)])


@cache
def records() -> pl.DataFrame:
    """Their records, and those of a village where buckets burst: one birthday, one house and one number of many."""
    made = make_linkage_set(1_200, "brutal", SEED)
    crowd = [
        {
            **row,
            "id": f"V{place}",
            "birth_date": "19650101",
            "id_number": None,
            "household": None,
            "phone": "15900000007",
        }
        for place, row in enumerate(village(90))
    ]
    shared = [
        person(f"S{place}", name=row["name"], id_number=number("19620506", 142), household=f"F{place % 30}", phone=None)
        for place, row in enumerate(village(40))
    ]
    homes = [{**row, "id": f"H{place}", "household": f"F{place % 30}"} for place, row in enumerate(village(60))]
    return pl.concat([conform(made.feed, IDENTITY), frame(*crowd, *shared, *homes)])


@dataclass
class Rows:
    """Which rows stand at a moment: id → row number in the table all come from."""

    table: pl.DataFrame
    several: bool  # whether an id may stand in more than one row
    standing: dict[str, list[int]] = field(default_factory=dict)

    def frame(self) -> pl.DataFrame:
        """The rows that stand, in the order in which they came."""
        return self.table[[row for rows in self.standing.values() for row in rows]]

    def step(self, draw: np.random.Generator, share: float) -> tuple[pl.Series, pl.DataFrame]:
        """Some go, some come, some are corrected: what is gone (the corrected too), and what is new."""
        ids = self.table["id"].to_list()
        going = [one for one in self.standing if draw.random() < share / 2]
        numbers = np.flatnonzero(draw.random(len(ids)) < share / 2).tolist()
        coming: dict[str, list[int]] = {}
        for row in numbers:
            rows = coming.setdefault(ids[row], [])
            rows[:] = [*rows, row] if self.several else [row]
        gone = {*going, *coming}
        for one in gone:
            self.standing.pop(one, None)
        self.standing.update(coming)
        return pl.Series(sorted(gone), dtype=pl.String), self.table[[row for rows in coming.values() for row in rows]]


def corrected(table: pl.DataFrame, seed: int) -> pl.DataFrame:
    """`table` twice: once as it is, and once with some cells taken from other rows."""
    draw = np.random.default_rng(seed)
    shuffled = table.with_columns(
        pl.when(pl.Series(draw.random(table.height) < 0.3)).then(table[name].shuffle(seed)).otherwise(name).alias(name)
        for name in SAID
    )
    return pl.concat([table, shuffled])


def links_of(index: PeopleIndex, asked: pl.DataFrame) -> pl.DataFrame:
    return link_to(index, asked, MODEL).links.sort("record_id", "person_id")


def partition(pool: pl.DataFrame) -> set[frozenset[str]]:
    """Who is one person with whom."""
    return {frozenset(group) for group in pool.group_by("cluster").agg("record_id")["record_id"].to_list()}


STEPS = st.lists(st.sampled_from([0.01, 0.02, 0.05, 0.2, 0.7]), min_size=1, max_size=8)


@examples(20, few=8)
@given(seed=st.integers(0, 2**32 - 1), shares=STEPS)
def test_an_index_changed_in_any_order_links_as_one_made_anew(seed: int, shares: list[float]) -> None:
    draw, rows = np.random.default_rng(seed), Rows(corrected(people(), 1), several=True)
    rows.step(draw, 1.2)
    index = PeopleIndex.of(rows.frame())
    asked = records().sample(200, seed=seed % 1000)
    for share in shares:
        gone, new = rows.step(draw, share)
        index = index.changed(gone, new)
        assert index.people == rows.frame()["id"].n_unique()
    anew = PeopleIndex.of(rows.frame())
    assert links_of(index, asked).equals(links_of(anew, asked))
    assert links_of(PeopleIndex.load(index.dump()), asked).equals(links_of(anew, asked))


@examples(20, few=8)
@given(seed=st.integers(0, 2**32 - 1), shares=STEPS)
def test_a_pool_changed_in_any_order_has_the_clusters_of_one_made_anew(seed: int, shares: list[float]) -> None:
    draw, rows = np.random.default_rng(seed), Rows(corrected(records(), 2), several=False)
    rows.step(draw, 1.5)
    pool = Pool.of(rows.frame(), MODEL)
    for share in shares:
        gone, new = rows.step(draw, share)
        pool = pool.changed(gone, new)
        anew = Pool.of(rows.frame(), MODEL)
        assert pairs_of(pool) == pairs_of(anew)
        assert pool.clusters().sort("record_id").equals(anew.clusters().sort("record_id"))


def pairs_of(pool: Pool) -> dict[tuple[str, str], float]:
    """Likely pairs by id, the record first."""
    ids = pool.index.side.ids
    left, right = (ids.gather(part).to_list() for part in (pool.pairs >> 32, pool.pairs & 0xFFFFFFFF))
    return dict(zip(zip(left, right, strict=True), pool.probability.tolist(), strict=True))


def test_clusters_hang_neither_on_the_order_of_rows_nor_on_their_ids() -> None:
    rows = records()
    straight = partition(link_within(rows, MODEL))
    turned = rows.sample(fraction=1, shuffle=True, seed=3)
    assert partition(link_within(turned, MODEL)) == straight
    other = rows.with_columns(pl.col("id").map_elements(lambda one: f"{hash(one) % 997:03d}/{one}", pl.String))
    named = {frozenset(one.split("/")[1] for one in group) for group in partition(link_within(other, MODEL))}
    assert named == straight


def bare(row_id: str, **said: str | None) -> dict[str, str | None]:
    """A record that says nothing else."""
    return {"id": row_id, **dict.fromkeys(SAID), **said}


def test_a_bucket_that_bursts_parts_two_records_and_room_in_it_brings_them_together_again() -> None:
    pair = [bare(one, name="雍桂枝", phone="15912345601", ethnic="回族", sex="女") for one in ("A", "B")]
    on_the_phone = [bare(f"P{place}", name=row["name"], phone="15912345601") for place, row in enumerate(village(15))]
    alike = [bare(f"N{place}", name="雍贵芝") for place in range(LOOSE_CAP - len(pair))]
    others = [bare(f"O{place}", name=row["name"], address=row["address"]) for place, row in enumerate(village(120))]
    pool = Pool.of(frame(*pair, *on_the_phone, *alike, *others), MODEL)
    one_more = pool.changed(NOBODY, frame(bare("N", name="雍贵芝")))
    again = one_more.changed(pl.Series(["N3"]), empty(IDENTITY))
    assert ("A", "B") in {tuple(sorted(both)) for both in pairs_of(pool)}
    assert ("A", "B") not in {tuple(sorted(both)) for both in pairs_of(one_more)}
    assert pairs_of(again) == pairs_of(pool)


def test_who_else_holds_a_number_is_told_anew_to_records_that_stay() -> None:
    his, hers = number("19590101", 115), number("19620506", 142)
    borrowed = bare("A", name="赵德林", id_number=hers, birth_date="19590101", sex="男", address="龙泉镇赵家庄村3组")
    husband = person("B", name="赵德林", id_number=his, birth_date="19590101", sex="男", household="F1", phone=None)
    wife = person("C", household="F1")
    others = [{**row, "id": f"O{place}"} for place, row in enumerate(village(120))]
    alone = Pool.of(frame(borrowed, husband, *others), MODEL)
    together = alone.changed(NOBODY, frame(wife))
    assert pairs_of(together) == pairs_of(Pool.of(frame(borrowed, husband, wife, *others), MODEL))
    assert likely_between(together, "A", "B") != likely_between(alone, "A", "B")


def likely_between(pool: Pool, one: str, other: str) -> float:
    found = pairs_of(pool)
    return found.get((one, other), found.get((other, one), 0.0))


def test_a_pool_may_run_empty_and_fill_again() -> None:
    full = Pool.of(frame(*village(5)), MODEL)
    for gone in (["P0000", "P0001", "P0002"], ["P0003", "P0004"]):
        full = full.changed(pl.Series(gone), empty(IDENTITY))
    assert full.clusters().height == 0
    assert full.changed(NOBODY, frame(*village(3))).clusters()["record_id"].to_list() == ["P0000", "P0001", "P0002"]


def test_the_size_of_a_pool_counts_in_powers_of_two() -> None:
    assert [size_class(records) for records in (0, 1, 2, 3, 4, 5, 1024, 1025)] == [2, 2, 2, 4, 4, 8, 1024, 2048]
