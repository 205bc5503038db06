"""Where a delivery is held against the registry's people: in this process, or on Spark, as the settings say."""

import polars as pl

from matcher.linkage import chain
from matcher.linkage.index import PeopleIndex
from matcher.linkage.model import Model
from matcher.settings import MatcherSettings


def compared(
    settings: MatcherSettings, index: PeopleIndex, records: pl.DataFrame, model: Model, areas: pl.DataFrame
) -> pl.DataFrame:
    """LINK of the records (IDENTITY); either engine gives the same."""
    if settings.engine == "embedded":
        return chain.link_to(index, records, model, areas=areas).links
    from matcher.spark.encoded import Cluster, link_to  # noqa: PLC0415 - an extra

    assert settings.spark_folder is not None  # the settings were checked
    cluster = Cluster(settings.spark_master, settings.spark_folder, settings.spark_most_pairs)
    return link_to(cluster, index, records, model, areas).links
