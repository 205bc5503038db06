"""A review as a reviewer may see it: both sides field by field, masked or revealed, and the answers to know of."""

from dataclasses import dataclass

import orjson
from sqlmodel import Session

from kit.auth import Caller
from kit.crypto import KeyRing
from matcher.flows.draft_reviews import PEOPLE, RECORD
from matcher.flows.queue_reviews import SIDES
from matcher.reviews import readings
from matcher.reviews.differences import Difference, differences
from matcher.reviews.rule import sees_answers
from matcher.reviews.tables import Doubt, Reading


@dataclass(frozen=True)
class Comparison:
    """The record beside one candidate."""

    person_id: str
    differences: list[Difference]


def comparisons(ring: KeyRing, doubt: Doubt, *, masked: bool) -> list[Comparison]:
    """The record beside each candidate, in the order of the candidates, as they were when the doubt arose."""
    sides = orjson.loads(ring.decrypt(doubt.sides, SIDES))
    return [
        Comparison(one["person_id"], differences(sides[RECORD], sides[PEOPLE][one["person_id"]], masked=masked))
        for one in doubt.candidates
    ]


def shown_readings(session: Session, caller: Caller, doubt: Doubt) -> list[Reading]:
    """The answers the caller may know of: their own, and everybody's where that blinds no reading to come."""
    said = readings.of_doubt(session, doubt.id)
    if sees_answers(caller.client_id, doubt.state, doubt.stage, doubt.leased_by):
        return said
    return [reading for reading in said if reading.reviewer == caller.client_id]
