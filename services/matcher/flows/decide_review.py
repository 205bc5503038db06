"""A reviewer's answer: one more reading, and, once the readings agree, a decision that outranks every score.

The decision stands beside those of the townships, under the row's print: it holds for this delivery and for all later
ones, and everything is linked anew for it. What was answered is never altered; an answer taken back is another row, and
what it decided and taught is undone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import polars as pl
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col

from kit.auth import Caller
from kit.columns import now
from kit.scope import covers
from matcher.audit.store import note
from matcher.flows.desk import Desk
from matcher.people import store as people
from matcher.people import tables
from matcher.reviews import queue, readings
from matcher.reviews import store as pairs
from matcher.reviews.problems import (
    CandidateNeeded,
    CandidateUnknown,
    DecidedMeanwhile,
    NothingToUndo,
    ReviewClosed,
    ReviewNotHeld,
)
from matcher.reviews.rule import LATER, OPEN, REVOKE, SAME, SETTLED, Standing, standing_of
from matcher.reviews.tables import Doubt, Reading
from matcher.settlements import history
from matcher.settlements.rule import CONFIRM, REJECT
from matcher.settlements.store import teach, unteach

CODE = "review"  # of decisions and labels: a reviewer's, not an outcome's
MATCH, NO_MATCH = "match", "no-match"
OVERSEES = "reviews:oversee"


@dataclass(frozen=True)
class Said:
    """What a reviewer answered."""

    verdict: str  # same | different | unsure | later
    person_id: str | None = None  # of `same`: who; may be left out where there is one candidate only
    comment: str | None = None
    days: int = 7  # of `later`


@dataclass(frozen=True)
class Bench:
    """Where one answer is given: by whom, in which transaction."""

    desk: Desk
    session: Session
    caller: Caller


def decide_review(bench: Bench, doubt: Doubt, said: Said) -> Doubt:
    """Take the answer of whoever holds the doubt (locked). Raises the problems of the review bench."""
    if doubt.state != OPEN:
        raise ReviewClosed(state=doubt.state)
    if doubt.leased_by != bench.caller.client_id:
        raise ReviewNotHeld
    words = {"verdict": said.verdict, "comment": said.comment, "seconds": _seconds(doubt)}
    words["person_id"] = _named(bench, doubt, said)
    reading = readings.add(bench.session, bench.desk.ring, doubt, bench.caller.client_id, words)
    queue.release(doubt)
    if said.verdict == LATER:
        doubt.not_before = now() + timedelta(days=said.days)
    elif _stand(bench.session, doubt).state == SETTLED:
        _settle(bench, doubt, reading)
    _moved(bench, doubt, "review.decide", reading)
    return doubt


def undo_review(bench: Bench, doubt: Doubt, comment: str | None) -> Doubt:
    """Take back the caller's own last answer to the doubt (locked); who oversees the bench takes back the whole round.
    Raises NothingToUndo."""
    mine = _revocable(bench, readings.of_doubt(bench.session, doubt.id))
    if not mine:
        raise NothingToUndo
    changed = False
    for reading in mine:
        said = {"verdict": REVOKE, "revokes": reading.id, "comment": comment}
        readings.add(bench.session, bench.desk.ring, doubt, bench.caller.client_id, said)
        changed |= history.withdraw(bench.session, reading.id)
        unteach(bench.session, reading.id)
    # Of three readings two that are left can still agree: then what they decided stands.
    if mine[0].round == doubt.round and _stand(bench.session, doubt).state != SETTLED:
        changed |= _withdraw_rest(bench.session, doubt)
        pairs.settle(bench.session, doubt.places, OPEN)
    if changed:
        _link_anew(bench.session)
    _moved(bench, doubt, "review.undo", mine[-1])
    return doubt


def _stand(session: Session, doubt: Doubt) -> Standing:
    """Bring state and stage up to the answers that hold."""
    answers = _answers(session, doubt)
    standing = standing_of([readings.answer_of(one) for one in answers], doubt.wanted)
    doubt.state, doubt.stage = standing.state, standing.stage
    return standing


def _answers(session: Session, doubt: Doubt) -> list[Reading]:
    return readings.by_round(readings.of_doubt(session, doubt.id))[doubt.id, doubt.round]


def _withdraw_rest(session: Session, doubt: Doubt) -> bool:
    """Two readings decide together: with either of them goes what the other wrote down."""
    changed = False
    for reading in _answers(session, doubt):
        changed |= history.withdraw(session, reading.id)
        unteach(session, reading.id)
    return changed


def _named(bench: Bench, doubt: Doubt, said: Said) -> str | None:
    """Whom `same` means: a candidate, or anybody the registry has within the caller's area."""
    if said.verdict != SAME:
        return None
    ids = [person["person_id"] for person in doubt.candidates]
    if said.person_id is None:
        if len(ids) != 1:
            raise CandidateNeeded
        return str(ids[0])
    if said.person_id not in ids:
        registry = bench.desk.people.read(people.standing(bench.session).files or [])
        division = registry.filter(pl.col("person_id") == said.person_id)["division"]
        if not len(division) or not covers(bench.caller.area, division[0]):
            raise CandidateUnknown
    return said.person_id


def _settle(bench: Bench, doubt: Doubt, reading: Reading) -> None:
    """Write down what the agreed answer decides, and what it teaches."""
    ids = [person["person_id"] for person in doubt.candidates]
    told = {} if reading.person_id is None else {reading.person_id: CONFIRM}
    verdicts = {**dict.fromkeys(ids, REJECT), **told}
    common = {
        "record_print": doubt.record_print,
        "code": CODE,
        "source": reading.id,
        "lead_id": "",
        "batch_id": doubt.batch_id,
        "line": doubt.line,
        "area": doubt.area,
    }
    try:
        said = ({**common, "person_id": one, "verdict": verdict} for one, verdict in verdicts.items())
        changed = history.decide(bench.session, said)
    except IntegrityError:
        raise DecidedMeanwhile from None
    pairs.settle(bench.session, doubt.places, SETTLED)
    bench.session.flush()
    teach(bench.session, reading.id, _labels(bench.session, doubt, common, verdicts))
    if changed:
        _link_anew(bench.session)


def _labels(
    session: Session, doubt: Doubt, common: dict[str, Any], verdicts: dict[str, str]
) -> Sequence[dict[str, Any]]:
    """One per person, with the evidence as it was and how the record came to be asked about."""
    inclusion = doubt.inclusion if doubt.inclusion is not None else queue.share_read(session, doubt.selection)
    held = {person["person_id"]: person for person in doubt.candidates}
    evidence = ("probability", "pattern", "model_version")
    return [
        {
            **common,
            "person_id": person_id,
            "verdict": MATCH if verdict == CONFIRM else NO_MATCH,
            "feed": doubt.feed,
            **{name: held.get(person_id, {}).get(name) for name in evidence},
            "selection": doubt.selection,
            "inclusion": inclusion,
        }
        for person_id, verdict in verdicts.items()
    ]


def _revocable(bench: Bench, said: list[Reading]) -> list[Reading]:
    """The answers of the last round that has any, as far as the caller may take them back."""
    rounds = readings.by_round(said)
    if not rounds:
        return []
    last = rounds[max(rounds)]
    mine = [reading for reading in last if reading.reviewer == bench.caller.client_id]
    return mine or (last if OVERSEES in bench.caller.scopes else [])


def _link_anew(session: Session) -> None:
    """One statement, not a row read and written: the worker moves other counters of it meanwhile."""
    row = tables.Standing
    session.execute(update(row).where(col(row.id) == tables.STANDING).values(identities=col(row.identities) + 1))


def _moved(bench: Bench, doubt: Doubt, action: str, reading: Reading) -> None:
    doubt.version, doubt.changed_at = doubt.version + 1, now()
    bench.session.add(doubt)
    # Which reading it was is told, not what it said: the journal is read while a second one may be under way.
    note(bench.session, bench.desk.ring, bench.caller, action, doubt.id, reading=reading.id, round=doubt.round)


def _seconds(doubt: Doubt) -> float | None:
    return None if doubt.claimed_at is None else round((now() - doubt.claimed_at).total_seconds(), 1)
