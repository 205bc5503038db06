"""A batch's links get their certificate: from what linking thinks of them and from what humans answered when asked."""

from dataclasses import dataclass

import polars as pl
from sqlalchemy import select
from sqlmodel import Session, col

from kit.database import reading
from matcher.flows.desk import Desk
from matcher.linkage.certify import LABELS, Certificate, Grounds, certify
from matcher.linkage.model import Model
from matcher.settlements.tables import Label

SAME = {"match": True, "no-match": False}
SAMPLE = "sample:"  # how a label of the drawn sample says it was selected: its pair was a link


@dataclass(frozen=True)
class Doubtful:
    """What of a run is still left to chance: its links without pairs that humans refused and without records they gave
    to somebody, and the grades at which a record is taken for its person."""

    links: pl.DataFrame
    grades: tuple[str, ...]


def certificate_of(desk: Desk, model: Model, records: pl.DataFrame, left: Doubtful) -> Certificate:
    """The certificate of one batch. `records`: IDENTITY of all of them."""
    with reading(desk.database) as session:
        labels = answered(session, model)
    taken = pl.col("assigned") & pl.col("grade").is_in(left.grades)
    links = left.links.with_columns(taken.alias("assigned"))
    return certify(links, records, Grounds(desk.today(), labels))


def answered(session: Session, model: Model) -> pl.DataFrame:
    """LABELS: what was answered of pairs this model scored and that were asked about with known probability."""
    columns = (
        col(Label.probability),
        col(Label.pattern),
        col(Label.selection),
        col(Label.verdict),
        col(Label.inclusion),
    )
    query = select(*columns).where(
        col(Label.model_version) == model.version,
        col(Label.inclusion).is_not(None),
        col(Label.pattern).is_not(None),
        col(Label.probability).is_not(None),
        col(Label.verdict).in_(SAME),
    )
    rows = [tuple(row) for row in session.execute(query.order_by(col(Label.id)))]
    schema = {
        "probability": pl.Float64, "pattern": pl.Int64, "selection": pl.String, "verdict": pl.String,
        "inclusion": pl.Float64,
    }  # fmt: skip
    told = pl.DataFrame(rows, schema=schema, orient="row")
    return told.select(
        "probability",
        "pattern",
        pl.col("selection").str.starts_with(SAMPLE).alias("assigned"),
        pl.col("verdict").replace_strict(SAME, return_dtype=pl.Boolean).alias("same"),
        "inclusion",
    ).select(LABELS.names())
