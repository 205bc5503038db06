"""A review as a reviewer may see it: both sides field by field, masked or revealed, what each field counts for, who
lives with each candidate, and the answers to know of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
import polars as pl
from sqlmodel import Session

from china.masks import mask_name
from kit.auth import Caller
from kit.crypto import KeyRing
from matcher.flows.desk import Desk
from matcher.flows.draft_reviews import PEOPLE, RECORD
from matcher.flows.name_sources import Origin, origins
from matcher.flows.queue_reviews import SIDES
from matcher.linkage.explain import Explanation, explain_pattern
from matcher.linkage.model import Model
from matcher.models import store as models
from matcher.people import store as people
from matcher.reviews import readings
from matcher.reviews.differences import Difference, differences
from matcher.reviews.rule import sees_answers
from matcher.reviews.tables import Doubt, Reading

MOST_MATES = 20


@dataclass(frozen=True)
class Housemate:
    """Somebody of a candidate's household, masked."""

    name: str | None
    relation: str | None
    is_head: bool
    birth_year: int | None


@dataclass(frozen=True)
class Comparison:
    """The record beside one candidate."""

    person_id: str
    differences: list[Difference]


@dataclass(frozen=True)
class Background:
    """What a reviewer goes by beside the two sides: by candidate what counts for and against (of those scored by a
    version that is still known) and who lives there; and where the record comes from, None where that is forgotten."""

    evidence: Mapping[str, Explanation] = field(default_factory=dict)
    households: Mapping[str, Sequence[Housemate]] = field(default_factory=dict)
    origin: Origin | None = None


def comparisons(ring: KeyRing, doubt: Doubt, *, masked: bool) -> list[Comparison]:
    """The record beside each candidate, in the order of the candidates, as they were when the doubt arose."""
    sides = orjson.loads(ring.decrypt(doubt.sides, SIDES))
    return [
        Comparison(one["person_id"], differences(sides[RECORD], sides[PEOPLE][one["person_id"]], masked=masked))
        for one in doubt.candidates
    ]


def background(desk: Desk, session: Session, doubt: Doubt) -> Background:
    """What is known around the candidates of a doubt now."""
    everybody = desk.people.read(list(people.standing(session).files or ()))
    return Background(
        evidence=_evidence(session, doubt, everybody.height),
        households=_households(everybody, [one["person_id"] for one in doubt.candidates]),
        origin=origins(session, [f"{doubt.batch_id}:{doubt.line}"]).get(doubt.batch_id),
    )


def _evidence(session: Session, doubt: Doubt, count: int) -> dict[str, Explanation]:
    """Candidate → what was weighed, by the version that did it, among as many people as there are."""
    known: dict[str, Model | None] = {}
    found = {}
    for one in doubt.candidates:
        version = one["model_version"]
        if version not in known:
            row = models.get(session, version)
            known[version] = None if row is None else Model.parse(row.document)
        model = known[version]
        if model is not None and one["pattern"] is not None:
            found[one["person_id"]] = explain_pattern(one["pattern"], model, people=max(count, 1))
    return found


def _households(everybody: pl.DataFrame, person_ids: Sequence[str]) -> dict[str, list[Housemate]]:
    """Candidate → who else lives in their household, the head first."""
    homes = dict(
        everybody.filter(pl.col("person_id").is_in(person_ids), pl.col("household_id").is_not_null())
        .select("person_id", "household_id")
        .iter_rows()
    )
    rows = everybody.filter(pl.col("household_id").is_in(sorted(set(homes.values()))))
    rows = rows.sort("is_head", "birth_date", descending=[True, False], nulls_last=True)
    members = rows.to_dicts()
    return {
        person_id: [
            _mate(row) for row in members if row["household_id"] == home and row["person_id"] != person_id
        ][:MOST_MATES]
        for person_id, home in homes.items()
    }  # fmt: skip


def _mate(row: Mapping[str, Any]) -> Housemate:
    born = row["birth_date"]
    return Housemate(mask_name(row["name"]), row["relation"], bool(row["is_head"]), int(born[:4]) if born else None)


def shown_readings(session: Session, caller: Caller, doubt: Doubt) -> list[Reading]:
    """The answers the caller may know of: their own, and everybody's where that blinds no reading to come."""
    said = readings.of_doubt(session, doubt.id)
    if sees_answers(caller.client_id, doubt.state, doubt.stage, doubt.leased_by):
        return said
    return [reading for reading in said if reading.reviewer == caller.client_id]
