"""Our EM against somebody else's: recordlinkage's ECM on the same binary vectors must find the same matches.

A small county, candidate pairs and agreement vectors by recordlinkage itself; ours gets each vector as a pattern of two
levels per field. Ours knows three classes and takes strangers from random pairs, the ECM knows two and guesses both: so
they differ on a few pairs where little but the date of birth, or the house and its telephone, agrees. The tolerance is
that share; and where they differ, ours must not be the worse one.
"""

from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
import recordlinkage as rl

from doudi.county.make import LinkageSet, make_linkage_set
from matcher.linkage import levels as scale
from matcher.linkage.counts import count
from matcher.linkage.learn import Seen, learn
from matcher.linkage.levels import FIELDS, Patterns, code
from matcher.linkage.model import Model
from matcher.linkage.weigh import weigh

PEOPLE = 6_000
SEED = 7
STRANGERS = 200_000
AGREE, DIFFER = "agree", "differ"
# field: its column and the levels that stand for agreement and disagreement
AS_LEVELS = {
    "number": ("id_number", "equal"),
    "birth": ("birth_date", "equal"),
    "name": ("name", "equal-3"),
    "sex": ("sex", "equal"),
    "ethnic": ("ethnic", "equal"),
    "place": ("division", "group"),
    "phone": ("phone", "equal"),
}
BLOCKS: tuple[str | list[str], ...] = (
    "id_number",
    "phone",
    ["name", "birth_date"],
    ["name", "division"],
    ["birth_date", "division"],
)
MOST_APART = {"typical": 0.02, "dirty": 0.05}  # share of the matches of either on which the two disagree


def county(level: str) -> LinkageSet:
    """A county whose columns are fit for exact comparison: birth out of the number where there is one, the township."""
    made = make_linkage_set(PEOPLE, level, SEED)
    number = pl.col("id_number").str.extract(r"^(\d{17}[\dXx])")
    plain = {
        "id_number": number,
        "birth_date": pl.coalesce(number.str.slice(6, 8), "birth_date"),
        "division": pl.col("division").str.slice(0, 9),
    }
    return LinkageSet(made.people.with_columns(**plain), made.feed.with_columns(**plain), made.truth)


def vectors(made: LinkageSet) -> pd.DataFrame:
    """Agreement (1) or not (0, also where a value is missing) of the pairs that share a block."""
    feed, people = made.feed.to_pandas().set_index("id"), made.people.to_pandas().set_index("id")
    index = rl.Index()
    for key in BLOCKS:
        index.block(key)
    compare = rl.Compare()
    for field, (column, _) in AS_LEVELS.items():
        compare.exact(column, column, label=field)
    return compare.compute(index.index(feed, people), feed, people).astype(int)


def as_patterns(agreement: dict[str, np.ndarray]) -> Patterns:
    """The same vectors in our packing; the household says nothing."""
    size = len(next(iter(agreement.values())))
    named = {
        field: np.where(agreement[field] == 1, code(field, level), code(field, "differs")).astype(np.int8)
        for field, (_, level) in AS_LEVELS.items()
    }
    silent = {field.name: np.zeros(size, dtype=np.int8) for field in FIELDS if field.name not in named}
    return scale.pack({**named, **silent})


def of_strangers(made: LinkageSet) -> Patterns:
    """Vectors of pairs drawn at random."""
    draw = np.random.default_rng(SEED)
    theirs = made.feed[draw.integers(0, made.feed.height, STRANGERS)]
    others = made.people[draw.integers(0, made.people.height, STRANGERS)]
    return as_patterns(
        {
            field: (theirs[column] == others[column]).fill_null(False).cast(pl.Int8).to_numpy()
            for field, (column, _) in AS_LEVELS.items()
        }
    )


def ours(made: LinkageSet, pairs: pd.DataFrame) -> np.ndarray:
    """Whether each pair is more likely one person than not, by our EM."""
    patterns = as_patterns({field: pairs[field].to_numpy() for field in AS_LEVELS})
    distinct, frequency = np.unique(patterns, return_counts=True)
    drawn = of_strangers(made)
    strangers = count(drawn, np.ones(len(drawn)))
    seen = Seen(distinct, frequency, strangers, made.people.height, made.feed.height)
    learnt = learn(seen, Model.default())
    return weigh(patterns, learnt.model, made.people.height) > 0


@pytest.mark.filterwarnings("ignore")  # the peer's own deprecations
@pytest.mark.parametrize("level", MOST_APART)
def test_our_em_and_the_ecm_of_recordlinkage_find_the_same_matches(level: str) -> None:
    made = county(level)
    pairs = vectors(made)
    classifier: Any = rl.ECMClassifier()
    classifier.fit(pairs)
    theirs = (classifier.prob(pairs) > 0.5).to_numpy()
    mine = ours(made, pairs)
    person = dict(made.truth.select("feed_id", "person_id").iter_rows())
    true = np.array([person[record] == one for record, one in pairs.index])
    assert theirs.sum() > 500
    assert (~theirs).sum() > 100
    apart = (mine != theirs).sum() / (mine | theirs).sum()
    assert apart <= MOST_APART[level], f"{(mine & ~theirs).sum()} only ours, {(theirs & ~mine).sum()} only the ECM's"
    assert (mine != true).sum() <= (theirs != true).sum()
