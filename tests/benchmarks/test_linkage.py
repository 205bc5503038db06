"""Linkage beside a peer, run in the same minutes: ratios are printed, nothing is asserted about time.

The peer is recordlinkage with its ECM classifier, blocked and compared as its manual suggests, on the same two files of
an invented county at the typical level.
"""

import time
from collections.abc import Callable
from statistics import median
from typing import Any

import polars as pl
import pytest

from doudi.county import make_linkage_set
from doudi.evaluation import evaluate
from matcher.linkage.chain import link
from matcher.linkage.model import Model

PEOPLE = 20_000
ROUNDS = 3
SEED = 600


def peer(people: pl.DataFrame, records: pl.DataFrame) -> pl.DataFrame:
    """Links by recordlinkage: feed_id, person_id, assigned."""
    import recordlinkage as rl  # noqa: PLC0415 - takes seconds to import, and only here

    ours, theirs = records.to_pandas().set_index("id"), people.to_pandas().set_index("id")
    index = rl.Index()
    for key in ("id_number", "phone", ["name", "birth_date"], ["name", "division"]):
        index.block(key)
    pairs = index.index(ours, theirs)
    compare = rl.Compare()
    compare.string("name", "name", method="jarowinkler", threshold=0.85)
    for name in ("id_number", "sex", "birth_date", "phone", "ethnic"):
        compare.exact(name, name)
    compare.string("address", "address", method="levenshtein", threshold=0.7)
    vectors = compare.compute(pairs, ours, theirs).astype(int)
    vectors.columns = [str(name) for name in vectors.columns]
    classifier: Any = rl.ECMClassifier()
    classifier.fit(vectors)
    chances = classifier.prob(vectors)
    best = chances[chances > 0.5].reset_index()
    best.columns = ["feed_id", "person_id", "probability"]
    best = best.sort_values("probability", ascending=False).drop_duplicates("feed_id")
    return pl.DataFrame({name: best[name].tolist() for name in ("feed_id", "person_id")}).with_columns(assigned=True)


def timed(work: Callable[[], pl.DataFrame]) -> tuple[float, pl.DataFrame]:
    begun = time.perf_counter()
    links = work()
    return time.perf_counter() - begun, links


@pytest.mark.bench
@pytest.mark.filterwarnings("ignore")  # the peer's own deprecations
def test_linkage_beside_recordlinkage() -> None:
    made = make_linkage_set(PEOPLE, "typical", SEED)
    people, records, model = made.people, made.feed, Model.default()
    ours: list[float] = []
    theirs: list[float] = []
    for _ in range(ROUNDS):
        seconds, mine = timed(lambda: link(people, records, model).links.rename({"record_id": "feed_id"}))
        ours.append(seconds)
        seconds, peers = timed(lambda: peer(people, records))
        theirs.append(seconds)
    ratio = median(theirs) / median(ours)
    print(f"\n{records.height} records x {people.height} people, median of {ROUNDS} rounds, taken in turns")
    for name, seconds_, links in (("doudi", ours, mine), ("recordlinkage", theirs, peers)):
        score = evaluate(links, made.truth).overall
        print(
            f"  {name:<14} {median(seconds_):6.2f} s   F1 {score.f1:.5f}   false {score.false}   missed {score.missed}"
        )
    print(f"  recordlinkage takes {ratio:.1f} times as long")
    assert evaluate(mine, made.truth).overall.errors <= evaluate(peers, made.truth).overall.errors
