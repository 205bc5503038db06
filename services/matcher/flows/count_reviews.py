"""The review bench in figures: what waits, how far two readers agree, how often links are right, how long it takes."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from sqlalchemy import case
from sqlmodel import Session, col, func, select

from kit.auth import Caller
from kit.columns import now
from kit.scope import within
from matcher.flows.desk import BEIJING
from matcher.reviews import readings
from matcher.reviews.agreement import Agreement, Precision, agreement, precision, weighted_share
from matcher.reviews.rule import ADJUDICATION, OPEN, REVOKE, SAME, SECOND, SETTLED, UNSURE, Answer, standing_of
from matcher.reviews.tables import Doubt, Reading
from matcher.reviews.value import LIST_POINTS, band_of

SAMPLE = "sample"
# A doubt on which nobody's place on a list hangs never has as many points (reviews/value.py).
_PRIORITY = case((col(Doubt.kind) == SAMPLE, SAMPLE), (col(Doubt.value) >= LIST_POINTS, "list"), else_="other")


@dataclass(frozen=True)
class Band:
    """Doubts settled, by the probability of their likeliest candidate: how often it was right."""

    band: str
    figures: Precision


@dataclass(frozen=True)
class Reviewer:
    """One reviewer's part."""

    reviewer: str
    answers: int
    unsure: int
    taken_back: int
    median_seconds: float | None
    agreement: Agreement


@dataclass(frozen=True)
class Figures:
    """Everything the bench can tell of itself within an area."""

    waiting: dict[str, int]  # open, claimed, second, adjudication, deferred, settled, closed
    by_kind: dict[str, int]  # open doubts by kind
    by_reason: dict[str, int]
    by_priority: dict[str, int]  # list: somebody's place on a list hangs on it; sample; other
    today: int  # answers of today, in China, that hold
    own_today: int
    held: str | None  # the doubt the caller holds
    agreement: Agreement
    by_grade: list[Band]  # of samples: is the link right?
    sampled_precision: float | None  # of all links a sample was drawn from, each weighted by its probability
    by_band: list[Band]  # of doubts: is it the likeliest candidate?
    median_seconds: float | None
    reviewers: list[Reviewer]


def count_reviews(session: Session, caller: Caller) -> Figures:
    """The figures of the caller's area."""
    said = readings.inside(session, within(caller, col(Reading.area)))
    rounds = list(readings.by_round(said).values())
    ended = [one for one in map(_ended, rounds) if one is not None]
    pairs = [_pair(answers) for answers in rounds if len(answers) > 1]
    samples = [one for one in ended if one.reading.seen["kind"] == SAMPLE]
    doubts = [one for one in ended if one.reading.seen["kind"] != SAMPLE]
    today = _today(said)
    return Figures(
        waiting=_waiting(session, caller),
        by_kind=_open_by(session, caller, col(Doubt.kind)),
        by_reason=_open_by(session, caller, col(Doubt.reason)),
        by_priority=_open_by(session, caller, _PRIORITY),
        today=len(today),
        own_today=sum(reading.reviewer == caller.client_id for reading in today),
        held=_held(session, caller),
        agreement=agreement(pairs),
        by_grade=_banded([(one.reading.seen["grade"], one.right) for one in samples]),
        sampled_precision=weighted_share([(one.right, one.reading.seen["inclusion"]) for one in samples]),
        by_band=_banded([(band_of(one.reading.seen["candidates"][0]["probability"]), one.right) for one in doubts]),
        median_seconds=_median(readings.holding(said)),
        reviewers=_reviewers(said, rounds),
    )


@dataclass(frozen=True)
class _Ended:
    """A round that came to an answer; `right`: the link of a sample, the likeliest candidate of a doubt."""

    reading: Reading
    right: bool


def _ended(answers: list[Reading]) -> _Ended | None:
    standing = standing_of([readings.answer_of(one) for one in answers], answers[0].seen["wanted"])
    if standing.state != SETTLED or standing.answer is None:
        return None
    reading = next(one for one in answers if one.id == standing.answer.reading_id)
    asked = reading.seen["candidates"][0]["person_id"]
    return _Ended(reading, standing.answer.verdict == SAME and standing.answer.person_id == asked)


def _pair(answers: list[Reading]) -> tuple[Answer, Answer]:
    return readings.answer_of(answers[0]), readings.answer_of(answers[1])


def _banded(found: Sequence[tuple[str, bool]]) -> list[Band]:
    total, right = Counter(band for band, _ in found), Counter(band for band, good in found if good)
    return [Band(band, precision(right[band], total[band])) for band in sorted(total)]


def _median(said: Sequence[Reading]) -> float | None:
    seconds = [reading.seconds for reading in said if reading.seconds is not None]
    return round(median(seconds), 1) if seconds else None


def _reviewers(said: Sequence[Reading], rounds: Sequence[list[Reading]]) -> list[Reviewer]:
    held: dict[str, list[Reading]] = defaultdict(list)
    for reading in readings.holding(said):
        held[reading.reviewer].append(reading)
    by_id = {reading.id: reading.reviewer for reading in said}
    revoked = Counter(by_id.get(one.revokes) for one in said if one.verdict == REVOKE and one.revokes is not None)
    twice: dict[str, list[tuple[Answer, Answer]]] = defaultdict(list)
    for pair in (_pair(answers) for answers in rounds if len(answers) > 1):
        for answer in pair:
            twice[answer.reviewer].append(pair)
    return [
        Reviewer(
            name,
            len(held[name]),
            sum(reading.verdict == UNSURE for reading in held[name]),
            revoked[name],
            _median(held[name]),
            agreement(twice[name]),
        )
        for name in sorted({*held, *(one for one in revoked if one is not None)})
    ]


def _waiting(session: Session, caller: Caller) -> dict[str, int]:
    mine = within(caller, col(Doubt.area))
    counted = select(Doubt.state, Doubt.stage, func.count()).where(mine)
    found = dict.fromkeys(("open", "claimed", SECOND, ADJUDICATION, "deferred", "settled", "closed"), 0)
    for state, stage, count in session.exec(counted.group_by(col(Doubt.state), col(Doubt.stage))):
        found[state] += count
        if state == OPEN and stage in (SECOND, ADJUDICATION):
            found[stage] += count
    held = (col(Doubt.state) == OPEN, col(Doubt.leased_until) >= now())
    found["claimed"] = session.exec(select(func.count()).select_from(Doubt).where(mine, *held)).one()
    return found


def _open_by(session: Session, caller: Caller, column: Any) -> dict[str, int]:
    """Open doubts by something that is said of each."""
    waiting = (within(caller, col(Doubt.area)), col(Doubt.state) == OPEN)
    each = select(column.label("what")).where(*waiting).subquery()
    return dict(session.exec(select(each.c.what, func.count()).group_by(each.c.what)).all())


def _today(said: Sequence[Reading]) -> list[Reading]:
    """The answers of today that nobody took back."""
    day = now().astimezone(BEIJING).date()
    return [reading for reading in readings.holding(said) if reading.made_at.astimezone(BEIJING).date() == day]


def _held(session: Session, caller: Caller) -> str | None:
    """What the caller would be handed by a claim because they hold it."""
    mine = (col(Doubt.leased_by) == caller.client_id, col(Doubt.leased_until) >= now(), col(Doubt.state) == OPEN)
    return session.exec(select(Doubt.id).where(within(caller, col(Doubt.area)), *mine)).first()
