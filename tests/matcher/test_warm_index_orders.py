"""People and deliveries come, change and go in any order, under two workers that take turns: at every moment links and
clusters are those of a run from scratch over what stands."""

from functools import cache
from typing import Any

import numpy as np
import polars as pl
import pytest

from doudi.county.make import LinkageSet, make_linkage_set
from kit.columns import new_id
from kit.database import reading
from matcher.batches import store as batches
from matcher.batches.tables import Batch
from matcher.flows.desk import Desk
from matcher.flows.link_batch import TAKEN
from matcher.flows.open_desk import open_desk
from matcher.flows.unregistered import identity
from matcher.frames import IDENTITY
from matcher.linkage.chain import link, link_within
from matcher.linkage.model import Model
from matcher.links import store as links
from matcher.people import snapshot
from matcher.people import store as people
from matcher.places import store as places
from tests.matcher import county
from tests.matcher.conftest import Matcher

SEED = 402
MODEL = Model.default()
SAID = [name for name in IDENTITY if name != "id"]
Place = tuple[str, int]


@cache
def made() -> LinkageSet:
    return make_linkage_set(900, "brutal", SEED)


def registered(row: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Somebody as the registry has them."""
    birth = row["birth_date"]
    dashed = f"{birth[:4]}-{birth[4:6]}-{birth[6:]}" if birth and len(birth) == 8 else birth
    told = {name: row[name] for name in ("sex", "ethnic", "address", "phone")}
    own = {"person_id": row["id"], "birth_date": dashed, "division": None, "household_id": row["household"]}
    return {**county.person(row["name"], None), **told, **own, "id_number": row["id_number"], **more}


class Story:
    """A county in which things happen; `draw` says which."""

    def __init__(self, matcher: Matcher, seed: int) -> None:
        self.matcher, self.draw = matcher, np.random.default_rng(seed)
        self.people = made().people.head(300).to_dicts()
        self.rows = made().feed.to_dicts()
        self.workers = [matcher.worker, matcher.new_worker("second")]
        self.ill = self._some(self.rows, 150)

    def _some(self, of: list[dict[str, Any]], many: int) -> list[dict[str, Any]]:
        return [of[place] for place in self.draw.permutation(len(of))[:many]]

    def enter(self) -> None:
        """The registry enters people, and corrects others: one is said to have had another name."""
        for row in self._some(self.people, 40):
            other = self.people[int(self.draw.integers(len(self.people)))]
            corrected = {"former": [{"name": other["name"], "id_number": None}]} if self.draw.random() < 0.3 else {}
            phone = {"phone": other["phone"]} if self.draw.random() < 0.3 else {}
            self.matcher.registry.put_person(registered(row, **corrected, **phone))

    def leave(self) -> None:
        """The registry loses people: merged, or never there."""
        for row in self._some(list(self.matcher.registry.people.values()), 10):
            self.matcher.registry.drop_person(row["person_id"])

    def snapshot(self) -> None:
        """Next month's list: nearly everybody of the last, some said otherwise, some new, in another order."""
        stay = self._some(self.ill, int(len(self.ill) * 0.9))
        spoiled = [{**row, "phone": None} if self.draw.random() < 0.1 else row for row in stay]
        self.ill = self._some([*spoiled, *self._some(self.rows, 20)], 1000)
        said = ("name", "id_number", "sex", "birth_date", "address", "phone")
        rows = [[*((row[name] or "").strip() for name in said), *county.illness("", "")[6:]] for row in self.ill]
        self.matcher.deliver("health-illness", rows)

    def households(self) -> None:
        """Households that are monitored, all of one village."""
        rows = [row for row in self._some(self.rows, 60) if row["household"]]
        told = [county.monitored((r["name"] or "").strip(), r["id_number"] or "", r["household"]) for r in rows]
        self.matcher.deliver("rural-monitoring", told, load="delta")

    def withdrawn(self) -> None:
        """A list that lost most of its rows waits for a second person, and is taken back."""
        rows = [county.illness(*one) for one in county.numbered(3)]
        batch = self.matcher.deliver("health-illness", rows)
        self.work()
        held = self.matcher.http.get(f"/batches/{batch}", headers=self.matcher.agency("health-illness"))
        if held.json()["state"] == "needs_confirmation":
            headers = self.matcher.agency("health-illness")
            headers |= {"Idempotency-Key": new_id(), "If-Match": held.headers["ETag"]}
            answer = self.matcher.http.post(f"/batches/{batch}/cancel", headers=headers)
            assert answer.status_code == 200, answer.text

    def work(self) -> None:
        """One of the two workers does all there is."""
        self.workers[int(self.draw.integers(2))].run_until_idle(300)

    def go_on(self) -> None:
        """Something happens, or several things before anybody works."""
        steps = (self.enter, self.leave, self.snapshot, self.households, self.withdrawn)
        for place in self.draw.choice(len(steps), size=int(self.draw.integers(1, 4)), p=[0.3, 0.15, 0.3, 0.15, 0.1]):
            steps[place]()
        self.work()


def from_scratch(desk: Desk) -> tuple[dict[Place, tuple[str, float]], dict[Place, str]]:
    """Record → person and probability, and record → cluster of those in no registry, by nothing that was kept.

    Of outdated snapshots only the records in no registry count, and those as they were when they still did."""
    with reading(desk.database) as session:
        files = list(people.standing(session).files)
        every, areas = batches.linked(session), places.frame(session)
        outdated = [batch.id for batch in every if batch.superseded_by is not None]
        old = {(row[0], row[1]) for row in links.unregistered(session, outdated).rows()}
    known = snapshot.identities(desk.people.read(files))
    found: dict[Place, tuple[str, float]] = {}
    pool: list[pl.DataFrame] = []
    for batch in every:
        records = identity(desk.files, batch)
        if batch.id in outdated:
            taken = {one for one in records["id"] if place(one) not in old}
        else:
            linked = link(known, records, MODEL, areas=areas).links
            linked = linked.filter(pl.col("assigned") & pl.col("grade").is_in(TAKEN))
            found |= {place(one): (to, p) for one, to, p in linked[["record_id", "person_id", "probability"]].rows()}
            taken = set(linked["record_id"])
        pool.append(alike(batch, records.filter(~pl.col("id").is_in(taken))))
    return found, clustered(pl.concat(pool), areas)


def alike(batch: Batch, rows: pl.DataFrame) -> pl.DataFrame:
    """`rows` with what is equal for a row that comes again."""
    of = f"{batch.feed}/{batch.agency}/{batch.area}" if batch.load == "snapshot" else batch.id
    said = pl.struct(*SAID, pl.int_range(pl.len()).over(SAID).alias("times"), pl.lit(of).alias("of"))
    return rows.with_columns(said.struct.json_encode().alias("key"))


def clustered(pool: pl.DataFrame, areas: pl.DataFrame) -> dict[Place, str]:
    same = pool.with_columns(pl.col("id").first().over("key").alias("same"))
    compared = same.filter(pl.col("id") == pl.col("same")).select(list(IDENTITY))
    cluster = dict(link_within(compared, MODEL, areas=areas).select("record_id", "cluster").iter_rows())
    return {place(one): cluster[first] for one, first in same[["id", "same"]].rows()}


def place(record_id: str) -> Place:
    batch, _, line = record_id.partition(":")
    return batch, int(line)


def partition(groups: dict[Place, str]) -> set[frozenset[Place]]:
    found: dict[str, set[Place]] = {}
    for one, group in groups.items():
        found.setdefault(group, set()).add(one)
    return {frozenset(group) for group in found.values()}


def check(desk: Desk) -> tuple[int, int]:
    """What stands in the database against a run from scratch; how many are linked, how many in no registry."""
    linked, clusters = from_scratch(desk)
    with reading(desk.database) as session:
        every = batches.linked(session)
        stands = links.of_batches(session, [batch.id for batch in every])
    counting = [batch.id for batch in every if batch.superseded_by is None]
    rows = stands.filter(pl.col("registered") & pl.col("batch_id").is_in(counting))
    assert {(b, n): (to, p) for b, n, to, p in rows[["batch_id", "line", "subject_id", "probability"]].rows()} == linked
    own = stands.filter(~pl.col("registered"))
    assert partition({(b, n): to for b, n, to in own[["batch_id", "line", "subject_id"]].rows()}) == partition(clusters)
    return len(linked), len(clusters)


@pytest.mark.parametrize("seed", range(3))
def test_at_every_moment_links_and_clusters_are_those_of_a_run_from_scratch(
    matcher: Matcher, seed: int, pytestconfig: pytest.Config
) -> None:
    story = Story(matcher, seed)
    desk = open_desk(matcher.settings, matcher.ring, matcher.to_registry)
    story.enter()
    story.snapshot()
    story.work()
    for _ in range(40 if pytestconfig.getoption("--soak") else 6):
        story.go_on()
        linked, unregistered = check(desk)
    desk.close()
    assert linked > 10
    assert unregistered > 100
