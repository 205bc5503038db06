"""What reviewers answered, in the database: rows are only added."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, select

from kit.columns import new_id, now
from kit.crypto import KeyRing
from matcher.reviews.rule import ANSWERS, REVOKE, Answer
from matcher.reviews.tables import Doubt, Reading

COMMENT = "reading.comment"
SEEN = ("kind", "reason", "feed", "grade", "candidates", "selection", "inclusion", "wanted", "version")  # as it was


def add(session: Session, ring: KeyRing, doubt: Doubt, reviewer: str, said: dict[str, Any]) -> Reading:
    """Write down what was said (verdict, person_id, revokes, comment, seconds) of the doubt as it is."""
    comment = said.pop("comment", None)
    reading = Reading(
        id=new_id(),
        doubt_id=doubt.id,
        round=doubt.round,
        stage=doubt.stage,
        area=doubt.area,
        reviewer=reviewer,
        comment=None if comment is None else ring.encrypt(comment, COMMENT),
        seen={name: getattr(doubt, name) for name in SEEN},
        record_print=doubt.record_print,
        batch_id=doubt.batch_id,
        line=doubt.line,
        made_at=now(),
        **said,
    )
    session.add(reading)
    session.flush()
    return reading


def of_doubt(session: Session, doubt_id: str) -> list[Reading]:
    """Everything that was said of a doubt, in order."""
    query = select(Reading).where(col(Reading.doubt_id) == doubt_id)
    return list(session.exec(query.order_by(col(Reading.made_at), col(Reading.id))))


def inside(session: Session, place: ColumnElement[bool]) -> list[Reading]:
    """Everything that was said of doubts of these areas, in order."""
    return list(session.exec(select(Reading).where(place).order_by(col(Reading.made_at), col(Reading.id))))


def holding(readings: Sequence[Reading]) -> list[Reading]:
    """The answers nobody took back, in order; putting a doubt off is no answer."""
    revoked = {reading.revokes for reading in readings if reading.verdict == REVOKE}
    return [reading for reading in readings if reading.verdict in ANSWERS and reading.id not in revoked]


def by_round(readings: Sequence[Reading]) -> dict[tuple[str, int], list[Reading]]:
    """Doubt and round → the answers that hold, in order."""
    grouped: dict[tuple[str, int], list[Reading]] = defaultdict(list)
    for reading in holding(readings):
        grouped[reading.doubt_id, reading.round].append(reading)
    return grouped


def answer_of(reading: Reading) -> Answer:
    """As the rule reads it."""
    return Answer(reading.id, reading.reviewer, reading.verdict, reading.person_id)


def comment_of(ring: KeyRing, reading: Reading) -> str | None:
    """What the reviewer added in words."""
    return None if reading.comment is None else ring.decrypt(reading.comment, COMMENT)
