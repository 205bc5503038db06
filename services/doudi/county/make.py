"""`doudi county`: a synthetic county in the real layouts, with the truth beside it, and a linkage set."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from doudi.county import exports, tables
from doudi.county.circumstances import circumstances_of
from doudi.county.linkage_set import LinkageSet, linkage_set
from doudi.county.population import AS_OF, people_of
from doudi.county.reading import MadeOf
from doudi.county.truth import EXPECT_DEAD, EXPECT_UNCOVERED, truth_people, truth_rows
from doudi.county.writing import write_export, write_table

Progress = Callable[[str, float], None]  # what is being done, share done so far
BANK_ENCODING = "utf-8-sig"


@dataclass(frozen=True)
class CountySummary:
    """What `make_county` wrote."""

    folder: Path
    people: int
    households: int
    level: str
    seed: int
    rows: dict[str, int]  # by file
    expected: dict[str, int]  # uncovered-at-risk, covered-but-dead
    linkage_records: int


def _silent(_what: str, _share: float) -> None:
    """Nobody watches."""


def make_linkage_set(people: int, level: str, seed: int, records: int | None = None) -> LinkageSet:
    """Only the frames of `doudi link`: half of `people` as the list, about `records` as the feed (30 000 per 118 000).

    Two million people and 300 000 records, the benchmark of speed, take 45 seconds and 2.3 GB.
    """
    tables.rates(level)
    population, lives, _, linking = np.random.default_rng(seed).spawn(4)
    everybody = people_of(population, people)
    life = circumstances_of(lives, everybody)
    return linkage_set(linking, everybody, (level, life.card_suffix), records)


def make_county(folder: Path, people: int, level: str, seed: int, on_progress: Progress | None = None) -> CountySummary:
    """Write a county of `people` persons into `folder` (created if missing).

    Files: registry.xlsx, payments.csv, disability.xlsx, health.csv, deaths.csv, rural.xlsx, areas.csv, truth_rows.csv,
    truth_people.csv, county.json (what it was made of); people.parquet, feed.parquet, truth.parquet. Deterministic:
    the same arguments give the same bytes; the same seed at another level is the same county, written down by other
    clerks. Raises ValueError for an unknown level or fewer than 100 people.
    """
    say = on_progress or _silent
    tables.rates(level)
    folder.mkdir(parents=True, exist_ok=True)
    population, lives, sending, linking = np.random.default_rng(seed).spawn(4)
    say("inventing people", 0.0)
    everybody = people_of(population, people)
    life = circumstances_of(lives, everybody)
    scene = exports.Scene(everybody, life, level)
    say("writing down", 0.15)
    registry, payments = exports.registry_and_payments(sending, scene)
    made = [registry]
    made += [build(sending, scene) for build in (exports.disability, exports.health, exports.deaths, exports.rural)]
    for done, export in enumerate([*made, payments]):
        say(f"writing {export.name}", 0.3 + 0.08 * done)
        write_export(folder, export, BANK_ENCODING if export is payments else "gb18030")
    MadeOf(people, level, seed, AS_OF).write(folder)
    (folder / "areas.csv").write_text(tables.text("areas.csv"), encoding="utf-8")
    by_name = {export.name: export for export in made}
    persons = truth_people(scene, by_name)
    write_table(folder / "truth_rows.csv", truth_rows(made))
    write_table(folder / "truth_people.csv", persons)
    say("making the linkage set", 0.8)
    linked = linkage_set(linking, everybody, (level, life.card_suffix))
    linked.write(folder)
    say("done", 1.0)
    return CountySummary(
        folder=folder,
        people=people,
        households=int(everybody.household.max()) + 1,
        level=level,
        seed=seed,
        rows={export.name: export.rows.height for export in [*made, payments]},
        expected={kind: int((persons["expected"] == kind).sum()) for kind in (EXPECT_UNCOVERED, EXPECT_DEAD)},
        linkage_records=linked.feed.height,
    )
