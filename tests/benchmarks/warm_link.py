"""A feed linked to people who are in memory already, as a service holds them: `warm_link.py PEOPLE FEED OUT REPORT`.

Counted is everything from opening the feed's file to the links on disk, training included; not the people.
"""

import json
import sys
import time
from pathlib import Path

import polars as pl

from doudi.file_model import Scoring
from doudi.frame_files import write_frame
from matcher.linkage.chain import link_encoded
from matcher.linkage.clean import clean
from matcher.linkage.encode import between
from matcher.linkage.index import PeopleIndex
from matcher.linkage.rows import side_of
from matcher.linkage.train import train_on


def main() -> None:
    """Link and write OUT and REPORT (seconds)."""
    people, feed, out, report = map(Path, sys.argv[1:])
    index = PeopleIndex.of(pl.read_parquet(people))
    begun = time.perf_counter()
    encoded = between(index, side_of(clean(pl.read_parquet(feed))))
    model, failed = Scoring().made(lambda start: train_on(encoded, start))
    assert failed is None, failed
    links = link_encoded(encoded, model).links.rename({"record_id": "feed_id"})
    write_frame(links.select("feed_id", "person_id", "probability", "grade", "assigned"), out)
    report.write_text(json.dumps({"seconds": time.perf_counter() - begun}), encoding="utf-8")


if __name__ == "__main__":
    main()
