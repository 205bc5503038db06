"""Rows that a stated rule finds weaker than what they disagree with go back to their senders without a visit.

Article 26 of the regulation on sharing government data asks it of whoever finds a mistake, and a rule can find one: a
card's number decides against the words beside it, a number that cannot be one is wrong, the registry decides who is
covered (told only to agencies whose agreement lets them know). Only where an area has the screen 数据不一致 on.

A row is asked about once, however often it is delivered again; what is found no more although the row stands as it
was, was a mistake of ours, and is asked no longer.
"""

from collections.abc import Collection
from dataclasses import dataclass

import polars as pl
from sqlalchemy import delete, select
from sqlmodel import Session, col

from matcher.batches.tables import Batch
from matcher.flows.desk import Desk
from matcher.frames import Shape, conform, empty
from matcher.screens.columns.disagreements import CARD_WRONG, CLAIMS_NO, CLAIMS_YES, NUMBER_WRONG
from matcher.settlements.prints import record_prints
from matcher.settlements.store import teach
from matcher.settlements.tables import Label

SCREEN, DISAGREES, BY_RULE = "feed-disagrees", "disagrees", "rule"
ASKS = "disagreement_asks"
# The fact a row states while it says what it is asked about: kind and code.
SAYS = {
    CARD_WRONG: ("card-differs", None),
    CLAIMS_YES: ("claims-coverage", "yes"),
    CLAIMS_NO: ("claims-coverage", "no"),
}
BULK = 500
WEAK: Shape = {
    "code": pl.String, "subject_id": pl.String, "batch_id": pl.String, "line": pl.Int32, "feed": pl.String,
    "record_print": pl.String,
}  # fmt: skip


@dataclass(frozen=True)
class Asking:
    """`rows` (WEAK) to be asked about from now on; `gone`: ids of requests whose ground was ours."""

    rows: pl.DataFrame
    gone: list[str]


ASKED: Shape = {"id": pl.String, "code": pl.String, "feed": pl.String, "record_print": pl.String}
_SAME = ["feed", "code", "record_print"]


def asked(session: Session) -> pl.DataFrame:
    """ASKED: the requests there are by rule."""
    query = select(*(getattr(Label, name) for name in ASKED)).where(col(Label.verdict) == DISAGREES)
    return pl.DataFrame([tuple(row) for row in session.execute(query)], schema=dict(ASKED), orient="row")


def asks_of(people: pl.DataFrame, found: pl.DataFrame) -> pl.DataFrame:
    """subject_id, code, record of what the screen found. `people`: the scene's; `found`: its findings."""
    hit = found.filter(pl.col("screen") == SCREEN).select("subject_id")
    named = people.select("subject_id", ASKS).join(hit, on="subject_id", how="semi").explode(ASKS).drop_nulls(ASKS)
    parts = pl.col(ASKS).str.splitn("|", 2).struct
    return named.select("subject_id", code=parts.field("field_0"), record=parts.field("field_1"))


def asking(desk: Desk, asks: pl.DataFrame, before: pl.DataFrame, seen: pl.DataFrame, known: pl.DataFrame) -> Asking:
    """What is to be asked anew and what no more. `asks` of `asks_of`, `before` (ASKED), `seen` (know_subjects.SEEN),
    `known` (FACT)."""
    if not asks.height and not before.height:
        return Asking(empty(WEAK), [])
    concerned = pl.format("{}:{}", "batch_id", "line").is_in(asks["record"].implode())
    rows = seen.filter(concerned | pl.col("feed").is_in(before["feed"].unique().implode()))
    rows = rows.with_columns(record_prints(rows, desk.ring.macs), record=pl.format("{}:{}", "batch_id", "line"))
    weak = asks.join(rows.drop("subject_id"), on="record", maintain_order="left")
    weak = conform(weak, WEAK).unique(_SAME, keep="first", maintain_order=True)
    fresh = weak.join(before, on=_SAME, how="anti", maintain_order="left")
    stands = rows.select("feed", "record_print", "record")
    lost = before.join(weak, on=_SAME, how="anti").join(stands, on=["feed", "record_print"])
    return Asking(fresh, sorted(set(lost.filter(_says_so(lost, known))["id"])))


def _says_so(lost: pl.DataFrame, known: pl.DataFrame) -> pl.Series:
    """Whether the row still says what it was asked about: only its number is part of what it is known by."""
    told = known.filter(pl.col("kind").is_in(sorted({kind for kind, _ in SAYS.values()})))
    told = told.select(kind="kind", said="code", record=pl.format("{}:{}", "batch_id", "line")).unique()
    says = [
        told.filter((pl.col("kind") == kind) & (pl.col("said").eq_missing(pl.lit(said, dtype=pl.String)))).select(
            "record", code=pl.lit(code)
        )
        for code, (kind, said) in SAYS.items()
    ]
    still = pl.concat(says).with_columns(still=pl.lit(True))
    joined = lost.join(still, on=["record", "code"], how="left", maintain_order="left")
    return joined.select((pl.col("code") == NUMBER_WRONG) | pl.col("still").fill_null(value=False)).to_series()


def put_requests(session: Session, new: Asking) -> None:
    """Write down whom to ask, and forget what was asked for our own mistake."""
    for start in range(0, len(new.gone), BULK):
        session.execute(delete(Label).where(col(Label.id).in_(new.gone[start : start + BULK])))
    areas = _areas(session, set(new.rows["batch_id"]))
    for code in new.rows["code"].unique().sort():
        rows = new.rows.filter(pl.col("code") == code).rename({"subject_id": "person_id"}).to_dicts()
        told = {"source": f"{BY_RULE}:{code}", "verdict": DISAGREES, "lead_id": "", "selection": BY_RULE}
        teach(session, told["source"], [{**row, **told, "area": areas[row["batch_id"]]} for row in rows])


def _areas(session: Session, ids: Collection[str]) -> dict[str, str]:
    query = select(col(Batch.id), col(Batch.area)).where(col(Batch.id).in_(sorted(ids)))
    return {batch_id: area for batch_id, area in session.execute(query)}  # noqa: C416 - a row is no pair to mypy
