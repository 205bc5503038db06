"""Nobody is linked worse for who they are: names of minority type, no number, children, old women; typical errors.

Recall and precision of each group against everybody's, pooled over counties: within .01 with --soak, where each group
has two thousand records; with the few records of the ordinary run, within .01 and what chance makes of so few.
"""

from dataclasses import dataclass
from math import sqrt

import polars as pl
import pytest

from doudi.county.make import make_linkage_set
from matcher.linkage.chain import link
from matcher.linkage.model import Model

NOW = 2021
APART = 0.01
ENOUGH = 2_000
FEW = (20_000, (401, 402, 403))
MANY = (118_000, tuple(range(401, 411)))

_BARE = pl.col("name").str.replace_all(r"\(.*\)|（.*）|[\s\d]", "")
_YEAR = pl.coalesce(
    pl.col("id_number").str.extract(r"^\d{6}(\d{4})\d{7}").cast(pl.Int32),
    pl.col("birth_date").str.slice(0, 4).cast(pl.Int32, strict=False),
)
GROUPS = {
    "minority-type names": _BARE.str.contains("[·•‧・.．]") | (_BARE.str.len_chars() >= 4),
    "no number": pl.col("id_number").is_null() | (pl.col("id_number") == "无"),
    "children": _YEAR > NOW - 14,
    "women over 70": (_YEAR < NOW - 70) & (pl.col("sex") == "女"),
}


@dataclass(frozen=True)
class Quality:
    """Counts of one group."""

    records: int
    true: int
    linked: int
    right: int

    @property
    def recall(self) -> float:
        """Share of those with a person who were linked to that person."""
        return self.right / max(self.true, 1)

    @property
    def precision(self) -> float:
        """Share of the links that are right."""
        return self.right / max(self.linked, 1)


def judged(people: int, seed: int) -> pl.DataFrame:
    """One row per record: a flag per group, and whether it has a person, is linked, is linked rightly."""
    made = make_linkage_set(people, "typical", seed)
    links = link(made.people, made.feed, Model.default()).links.filter("assigned")
    told = made.feed.join(made.truth, left_on="id", right_on="feed_id").join(
        links.select("record_id", found="person_id"), left_on="id", right_on="record_id", how="left"
    )
    return told.select(
        *(flag.fill_null(False).alias(name) for name, flag in GROUPS.items()),
        everybody=pl.lit(True),
        true=pl.col("person_id").is_not_null(),
        linked=pl.col("found").is_not_null(),
        right=(pl.col("found") == pl.col("person_id")).fill_null(False),
    )


def quality(records: pl.DataFrame, group: str) -> Quality:
    mine = records.filter(group)
    return Quality(mine.height, *(int(mine[name].sum()) for name in ("true", "linked", "right")))


@pytest.fixture(scope="module")
def records(pytestconfig: pytest.Config) -> pl.DataFrame:
    people, seeds = MANY if pytestconfig.getoption("--soak") else FEW
    return pl.concat([judged(people, seed) for seed in seeds])


@pytest.mark.parametrize("group", GROUPS)
def test_a_group_is_linked_as_well_as_everybody(group: str, records: pl.DataFrame, pytestconfig: pytest.Config) -> None:
    soak = pytestconfig.getoption("--soak")
    all_of_them, mine = quality(records, "everybody"), quality(records, group)
    print(f"\n{group}: {mine.records} records, recall {mine.recall:.4f} against {all_of_them.recall:.4f}, ", end="")
    print(f"precision {mine.precision:.4f} against {all_of_them.precision:.4f}")
    assert mine.records >= (ENOUGH if soak else 50)
    for name, count in (("recall", mine.true), ("precision", mine.linked)):
        usual, here = getattr(all_of_them, name), getattr(mine, name)
        chance = 0.0 if soak else 3 * sqrt(max(usual * (1 - usual), 0.002) / max(count, 1))
        assert here >= usual - APART - chance, f"{name} {here:.4f} against {usual:.4f} of everybody"
