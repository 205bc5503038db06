"""What would change if another model were in force: every link linked anew and compared with what stands, and the
list made from it. Nothing is written but the figures; what humans decided stands in both."""

from dataclasses import replace
from typing import Any

import orjson
import polars as pl

from china.masks import mask_name_expr
from matcher.flows import screen_people
from matcher.flows.expect_links import Part, Tell, expected, linked_under, told_of
from matcher.flows.heed_decisions import HUMAN, heed
from matcher.flows.model_ground import Ground
from matcher.linkage.model import Model

SAMPLE = 20  # records shown of those that would link otherwise
SAMPLE_SEALED = "model_job.sample"
FIXED = (HUMAN, "entered-in-registry")  # reasons of links no model makes
KINDS = ("appears", "vanishes", "moves", "grade")
_UNPLACED = "000000000000"


def preview_model(ground: Ground, model: Model, tell: Tell) -> tuple[dict[str, Any], str]:
    """The figures, and a sealed sample of the records concerned (JSON, names masked)."""
    changes, said = [], []
    for part in linked_under(ground, model, tell):
        said.append(told_of(ground, part))
        changes.append(_changes(ground, part))
    every = pl.concat(changes) if changes else pl.DataFrame(schema=_CHANGE)
    told = every.filter(pl.col("change").is_not_null())
    tell("screening", 0, 1)
    figures = {
        "compared_with": ground.active.version,
        "records": every.height,
        "links": {kind: told.filter(pl.col("change") == kind).height for kind in KINDS},
        "grades": _counted(told.filter(pl.col("change") == "grade"), "grade_before", "grade_after"),
        "by_feed": _counted(told, "feed", "change"),
        "by_township": _counted(told, "township", "change"),
        "leads": _leads(ground, told),
        **expected(said),
    }
    return figures, ground.desk.ring.encrypt(orjson.dumps(_sample(ground, told)).decode(), SAMPLE_SEALED)


_CHANGE: dict[str, pl.DataType | type[pl.DataType]] = {
    "record_id": pl.String,
    "feed": pl.String,
    "township": pl.String,
    "name": pl.String,  # masked
    "change": pl.String,  # of KINDS; null = nothing
    "person_before": pl.String,
    "person_after": pl.String,
    "grade_before": pl.String,
    "grade_after": pl.String,
    "probability_before": pl.Float64,
    "probability_after": pl.Float64,
}


def _taken(ground: Ground, part: Part) -> pl.DataFrame:
    """record_id, person_after, grade_after, probability_after: whom each record would be taken for."""
    decided = heed(part.rows, ground.decisions, ground.people["person_id"], ground.desk.ring.macs)
    sure = decided.allowed(part.found).filter(pl.col("assigned") & pl.col("grade").is_in(["certain", "probable"]))
    return sure.select("record_id", person_after="person_id", grade_after="grade", probability_after="probability")


def _changes(ground: Ground, part: Part) -> pl.DataFrame:
    """_CHANGE of one delivery: every record a model decides about."""
    stands = ground.before.filter(pl.col("batch_id") == part.batch.id)
    stands = stands.filter(~pl.col("reason").is_in(FIXED).fill_null(value=False))
    known = pl.col("registered")
    stands = stands.select(
        pl.format("{}:{}", "batch_id", "line").alias("record_id"),
        pl.when(known).then("subject_id").alias("person_before"),
        pl.when(known).then("grade").alias("grade_before"),
        pl.when(known).then("probability").alias("probability_before"),
    )
    both = stands.join(_taken(ground, part), on="record_id", how="left")
    before, after = pl.col("person_before"), pl.col("person_after")
    change = (
        pl.when(before.is_null() & after.is_not_null())
        .then(pl.lit("appears"))
        .when(before.is_not_null() & after.is_null())
        .then(pl.lit("vanishes"))
        .when(before != after)
        .then(pl.lit("moves"))
        .when((before == after) & (pl.col("grade_before") != pl.col("grade_after")))
        .then(pl.lit("grade"))
    )
    named = part.rows.select(record_id="id", name=mask_name_expr(pl.col("name")))
    told = both.with_columns(change.alias("change"), pl.lit(part.batch.feed).alias("feed")).join(named, on="record_id")
    return told.with_columns(_township(ground, told)).select(pl.col(name).cast(kind) for name, kind in _CHANGE.items())


def _township(ground: Ground, told: pl.DataFrame) -> pl.Series:
    """The township of the person a record is, or was, taken for."""
    homes = ground.people.select("person_id", "division").unique("person_id", keep="first")
    whom = told.select(person_id=pl.coalesce("person_after", "person_before"))
    found = whom.join(homes, on="person_id", how="left", maintain_order="left")["division"]
    return (found.str.slice(0, 9) + "000").fill_null(_UNPLACED).alias("township")


def _counted(told: pl.DataFrame, first: str, second: str) -> list[dict[str, Any]]:
    table = told.group_by(first, second).agg(pl.len().alias("records")).sort(first, second)
    return table.to_dicts()


def _leads(ground: Ground, told: pl.DataFrame) -> dict[str, Any]:
    """Who would come on the list and who would leave it, if nothing else changed: the list is screened twice, with the
    links as they stand and as they would be. An estimate: records in no registry keep the person they are gathered
    into, and what a former person's records become is one person each."""
    desk, day = ground.desk, ground.desk.today()
    view = screen_people.view_of(desk)
    stands, would = (
        {one.subject_id: one.area[:9] + "000" for one in screen_people.seen_in(desk, each, day)}
        for each in (view, replace(view, links=_relinked(view.links, told)))
    )
    sides = {
        "appear": {who: town for who, town in would.items() if who not in stands},
        "vanish": {who: town for who, town in stands.items() if who not in would},
    }
    towns = sorted({town for side in sides.values() for town in side.values()})
    return {
        "stand": len(stands),
        "appear": len(sides["appear"]),
        "vanish": len(sides["vanish"]),
        "by_township": [
            {"township": town, **{name: list(side.values()).count(town) for name, side in sides.items()}}
            for town in towns
        ],
    }


def _relinked(links: pl.DataFrame, told: pl.DataFrame) -> pl.DataFrame:
    """`links` as they would be."""
    whom = told.select("record_id", "person_before", "person_after", "grade_after", told=pl.lit(value=True))
    moved = links.with_columns(pl.format("{}:{}", "batch_id", "line").alias("record_id"))
    moved = moved.join(whom, on="record_id", how="left", maintain_order="left")
    former = pl.format("was-{}", "person_before")
    return moved.with_columns(
        subject_id=pl.when("told").then(pl.coalesce("person_after", former)).otherwise("subject_id"),
        registered=pl.when("told").then(pl.col("person_after").is_not_null()).otherwise("registered"),
        grade=pl.when("told").then(pl.coalesce("grade_after", pl.lit("certain"))).otherwise("grade"),
    ).select(links.columns)


def _sample(ground: Ground, told: pl.DataFrame) -> list[dict[str, Any]]:
    """Some records of each kind of change, chosen by a keyed print of their place: the same ones every time."""
    order = ground.desk.ring.macs(b"preview" + one.encode() for one in told["record_id"])
    ranked = told.with_columns(pl.Series("order", order, dtype=pl.String)).sort("order")
    each = max(1, SAMPLE // len(KINDS))
    return (
        ranked.group_by("change", maintain_order=True).head(each).sort("change", "record_id").drop("order").to_dicts()
    )
