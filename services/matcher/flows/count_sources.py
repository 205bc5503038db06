"""What the agencies deliver and how it links, in figures."""

from typing import Any

import polars as pl
from sqlalchemy import ColumnElement, Select, and_, exists, func, not_, select
from sqlmodel import col

from matcher.batches.states import LIVE
from matcher.batches.tables import Batch, EndedRow
from matcher.certificates.tables import BatchCertificate
from matcher.feeds import store as feeds
from matcher.flows.desk import BEIJING
from matcher.linkage.tally import Expected, together
from matcher.links.tables import Link
from matcher.reviews.tables import Review
from matcher.settlements.store import ENTERED
from matcher.settlements.tables import Decision, Label
from matcher.statistics import deliveries as freshness
from matcher.statistics import linking as quality
from matcher.statistics import supply as supplied
from matcher.statistics.figure import Figures, Statistic
from matcher.statistics.ground import Ground

TOLD = ("feed", "agency", "area", "state", "period", "extracted_at", "outcomes")


def _deliveries(ground: Ground) -> Figures:
    query = select(Batch).where(ground.inside(col(Batch.area)), col(Batch.mode) == "commit", col(Batch.state) != "open")
    batches = [
        {
            **{name: getattr(row, name) for name in TOLD},
            "batch_id": row.id,
            "counts": row.state in LIVE and row.superseded_by is None,
            "delivered_on": row.created_at.astimezone(BEIJING).date(),
        }
        for row in ground.session.execute(query.order_by(col(Batch.id))).scalars()
    ]
    return freshness.deliveries(_agreed(ground), batches, ground.day)


def _supply(ground: Ground) -> Figures:
    names = (col(Batch.feed), col(Batch.agency), col(Batch.area), col(Batch.extracted_at), col(Batch.created_at))
    query = select(*names).where(
        ground.inside(col(Batch.area)), col(Batch.mode) == "commit", col(Batch.state).in_(LIVE)
    )
    batches = [
        {
            "feed": feed, "agency": agency, "area": area, "extracted_at": extracted,
            "delivered_on": at.astimezone(BEIJING).date(),
        }
        for feed, agency, area, extracted, at in ground.session.execute(query)
    ]  # fmt: skip
    links = {str(row["feed"]): row for row in _links(ground).rows}
    corrections = ground.corrections(ground.inside(col(Batch.area)))
    period = supplied.Period(ground.since, ground.day)
    return supplied.supply(_agreed(ground), batches, supplied.Known(links, corrections), period)


def _agreed(ground: Ground) -> list[dict[str, Any]]:
    return [
        {"feed": one.id, "title": one.title, "agency": one.agency, "agency_zh": one.agency_zh,
         "freshness_days": one.freshness_days}
        for one in feeds.newest(ground.session)
    ]  # fmt: skip


def _links(ground: Ground) -> Figures:
    known = quality.Known(_linked(ground), _reviews(ground), _decisions(ground), _labels(ground), _errors(ground))
    return quality.linking({one.id: one.title for one in feeds.newest(ground.session)}, known)


def _counting() -> tuple[ColumnElement[bool], ...]:
    """Batches whose rows count today."""
    return col(Batch.state).in_(LIVE), col(Batch.superseded_by).is_(None)


def _linked(ground: Ground) -> pl.DataFrame:
    same = and_(col(Review.batch_id) == col(Link.batch_id), col(Review.line) == col(Link.line))
    doubted = exists().where(same, col(Review.state) == "open").label("doubted")
    of = (col(Batch.feed), col(Link.grade), col(Link.registered), col(Link.model_version))
    ended = exists().where(col(EndedRow.batch_id) == col(Link.batch_id), col(EndedRow.line) == col(Link.line))
    rows = select(*of, doubted).where(col(Batch.id) == col(Link.batch_id), *_counting(), ground.inside(col(Link.area)))
    rows = rows.where(not_(ended))
    each = rows.subquery()
    names = ("feed", "grade", "registered", "model_version", "doubted")
    columns = [each.c[name] for name in names]
    counted = ground.session.execute(select(*columns, func.count().label("records")).group_by(*columns))
    schema = {
        "feed": pl.String, "grade": pl.String, "registered": pl.Boolean, "model_version": pl.String,
        "doubted": pl.Boolean, "records": pl.Int64,
    }  # fmt: skip
    return pl.DataFrame([tuple(row) for row in counted], schema=schema, orient="row")


def _reviews(ground: Ground) -> pl.DataFrame:
    query = (
        select(col(Batch.feed), col(Review.reason), func.count())
        .where(col(Batch.id) == col(Review.batch_id), *_counting())
        .where(ground.inside(col(Review.area)), col(Review.state) == "open")
        .group_by(col(Batch.feed), col(Review.reason))
    )
    return _counted(ground, query, "reason", "reviews")


def _decisions(ground: Ground) -> pl.DataFrame:
    """What humans decided; the registry's own word on whose a record is ("registry") is none of them."""
    by_hand = col(Decision.code) != ENTERED
    query = (
        select(col(Batch.feed), col(Decision.verdict), func.count())
        .where(col(Batch.id) == col(Decision.batch_id), ground.inside(col(Decision.area)), by_hand)
        .group_by(col(Batch.feed), col(Decision.verdict))
    )
    return _counted(ground, query, "verdict", "times")


def _labels(ground: Ground) -> pl.DataFrame:
    query = (
        select(col(Label.feed), col(Label.verdict), func.count())
        .where(ground.inside(col(Label.area)))
        .group_by(col(Label.feed), col(Label.verdict))
    )
    return _counted(ground, query, "verdict", "times")


def _errors(ground: Ground) -> dict[str | None, dict[str, float]]:
    """What the certificates of batches that count today come to, by feed and together (None)."""
    query = select(col(Batch.feed), col(BatchCertificate.document)).where(
        col(Batch.id) == col(BatchCertificate.batch_id), *_counting(), ground.inside(col(BatchCertificate.area))
    )
    found = [(feed, document["whole"]) for feed, document in ground.session.execute(query)]
    errors: dict[str | None, dict[str, float]] = {}
    for feed in (*dict.fromkeys(feed for feed, _ in found), None):
        mine = [whole for one, whole in found if feed in (one, None)]
        for kind in ("false", "missed"):
            told = together([Expected(**whole[kind]) for whole in mine])
            values = {f"{kind}_expected": round(told.mean, 1), f"{kind}_low": told.low, f"{kind}_high": told.high}
            errors.setdefault(feed, {}).update(values)
    return errors


def _counted(ground: Ground, query: Select[str, str, int], by: str, of: str) -> pl.DataFrame:
    rows = ground.session.execute(query)
    schema = {"feed": pl.String, by: pl.String, of: pl.Int64}
    return pl.DataFrame([tuple(row) for row in rows], schema=schema, orient="row")


FEEDS = Statistic("feeds", "数据源新鲜度", freshness.DEFINITION, freshness.MEASURES, _deliveries, people=False)
SUPPLY = Statistic("supply", "数据供给", supplied.DEFINITION, supplied.MEASURES, _supply, asks=("as_of", "since"))
LINKS = Statistic("links", "关联质量", quality.DEFINITION, quality.MEASURES, _links)
