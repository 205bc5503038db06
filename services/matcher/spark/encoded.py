"""Sides encoded in this process, linked on Spark: what a worker does whose people are at hand already."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from matcher.linkage.chain import Linked
from matcher.linkage.clean import clean
from matcher.linkage.index import PeopleIndex
from matcher.linkage.model import Model
from matcher.linkage.rows import side_of
from matcher.spark.chain import MOST_PAIRS, Run, link
from matcher.spark.folder import working_folder
from matcher.spark.session import session
from matcher.spark.shelf import Shelf
from matcher.spark.sides import sides


@dataclass(frozen=True)
class Cluster:
    """Where Spark is, and a folder that driver and executors see under one path."""

    master: str
    folder: Path
    most_pairs: int = MOST_PAIRS


def link_to(cluster: Cluster, index: PeopleIndex, records: pl.DataFrame, model: Model, areas: pl.DataFrame) -> Linked:
    """As `linkage.chain.link_to`. Raises SparkUnready and TooManyPairs."""
    with working_folder(cluster.folder) as work, session(cluster.master) as spark:
        shelf = Shelf(spark, work)
        people = shelf.put_side("encoded-people", index.side, np.flatnonzero(index.side.rows["live"]))
        asking = side_of(clean(records, areas))
        told = shelf.put_side("encoded-records", asking, np.arange(len(asking)))
        return link(Run(shelf, sides(shelf, people, told), cluster.most_pairs), model)
