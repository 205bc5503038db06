"""recordlinkage with its ECM classifier on the two files of `doudi link`, blocked and compared as its manual suggests.

Run by the peers' own Python: `peer_recordlinkage.py PEOPLE FEED --out LINKS --report JSON`. LINKS has the best
candidate of every record above one half (feed_id, person_id, probability, assigned). All pairs are held in memory at
once, so this is for sizes of some hundred thousand people.
"""

import argparse
import json
import resource
import time
import warnings
from pathlib import Path

import pandas as pd
import recordlinkage as rl
from peer_clean import cleaned

BLOCKS = (
    "number",
    "rare",
    ["pinyin", "birth"],
    ["pinyin", "told"],
    ["pinyin", "village"],
    ["surname", "birth"],
    ["village", "birth"],
    ["phone", "surname"],
    ["phone", "birth"],
)
EXACT = ("name", "number", "birth", "told", "sex", "ethnic", "village", "house", "phone")
SIMILAR = (("pinyin", 0.92), ("number", 0.94))  # 0.94: one of eighteen places


def vectors(feed: pd.DataFrame, people: pd.DataFrame) -> pd.DataFrame:
    """Binary agreement vectors of all pairs that share a block, indexed (feed_id, person_id)."""
    index = rl.Index()
    for block in BLOCKS:
        index.block(block)
    pairs = index.index(feed, people)
    compare = rl.Compare()
    for column in EXACT:
        compare.exact(column, column, label=column)
    for column, bound in SIMILAR:
        method = "jarowinkler" if column == "pinyin" else "levenshtein"
        compare.string(column, column, method=method, threshold=bound, label=f"{column} similar")
    return compare.compute(pairs, feed, people).astype(int)


def best_of(found: pd.DataFrame) -> pd.DataFrame:
    """The likeliest candidate of every record, where likelier than not."""
    chances = rl.ECMClassifier()
    chances.fit(found)
    best = chances.prob(found)
    best = best[best > 0.5].rename("probability").reset_index()
    best.columns = ["feed_id", "person_id", "probability"]
    best = best.sort_values(["probability", "person_id"], ascending=[False, True]).drop_duplicates("feed_id")
    return best.assign(assigned=True)


def main() -> None:
    """Read, compare, train, choose, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("people", type=Path)
    parser.add_argument("feed", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--report", type=Path, required=True)
    words = parser.parse_args()
    warnings.simplefilter("ignore")  # deprecations inside the package, none of which a user can help
    begun = time.perf_counter()
    connection = cleaned(words.people, words.feed)
    feed, people = (connection.sql(f"from {side}").df().set_index("unique_id") for side in ("feed", "people"))
    read = time.perf_counter()
    found = vectors(feed, people)
    compared = time.perf_counter()
    best_of(found).to_parquet(words.out, index=False)
    report = {
        "read": read - begun,
        "predict": compared - read,
        "train": time.perf_counter() - compared,
        "pairs": len(found),
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }
    words.report.write_text(json.dumps(report, indent=1, sort_keys=True) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
