"""`doudi link --engine spark`: the same files, the same links, on a cluster.

The files are read here, with the reader of the other engine, so that a cell is the same text; what executors read lies
in a folder they see under the same path, is only its owner's to read, and is gone when the command ends.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from doudi.file_model import Scoring
from doudi.identity_files import LinkRefused, check_unique, spooled
from doudi.link import Cluster, Options, write_linked, write_report
from matcher.spark.folder import working_folder
from matcher.spark.session import SparkUnready, session

if TYPE_CHECKING:
    from matcher.linkage.chain import Linked
    from matcher.linkage.train import TrainingFailed


def link_on_spark(people: Path, feed: Path, out: Path, chosen: Options) -> "Linked":
    """As `link.link_files` without a general model; `chosen.cluster` says where. Raises LinkRefused."""
    cluster = chosen.cluster
    assert cluster is not None
    if chosen.index is not None:
        raise LinkRefused("--index keeps people for the engine in this process; leave it out with --engine spark")
    with _folder(cluster.work or out.resolve().parent) as work:
        spooled(people, "people", work / "people.parquet")
        records = spooled(feed, "feed", work / "feed.parquet")
        check_unique(records, feed)
        try:
            linked, failed = _linked(work, chosen, cluster)
        except SparkUnready as error:
            raise LinkRefused(str(error)) from error
        write_linked(linked, out, failed)
        if chosen.report is not None:
            write_report(linked, records.collect().drop("row"), chosen.report)
    return linked


def _linked(work: Path, chosen: Options, cluster: Cluster) -> "tuple[Linked, TrainingFailed | None]":
    with session(cluster.master) as spark:
        from matcher.spark.chain import MOST_PAIRS, Run, link, train  # noqa: PLC0415 - imports Spark, an extra
        from matcher.spark.meet import TooManyPairs  # noqa: PLC0415 - imports Spark, an extra
        from matcher.spark.shelf import Shelf  # noqa: PLC0415 - imports Spark, an extra
        from matcher.spark.sides import encoded, sides  # noqa: PLC0415 - imports Spark, an extra

        shelf = Shelf(spark, work)
        told = [
            encoded(shelf, f"encoded-{name}", spark.read.parquet(str(work / f"{name}.parquet")))
            for name in ("people", "feed")
        ]
        run = Run(shelf, sides(shelf, *told), cluster.most_pairs or MOST_PAIRS)
        try:
            model, failed = Scoring(chosen.model, chosen.false_cost).made(lambda start: train(run, start))
            return link(run, model), failed
        except TooManyPairs as error:
            raise LinkRefused(str(error)) from error


@contextmanager
def _folder(beside: Path) -> Iterator[Path]:
    try:
        with working_folder(beside) as work:
            yield work
    except OSError as error:
        raise LinkRefused(f"--work {beside}: {error.strerror}") from error
