"""The review bench in figures: what waits, how far two readers agree, how often links are right, how long it takes."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from sqlmodel import Session, col, func, select

from kit.auth import Caller
from kit.columns import now
from kit.scope import within
from matcher.reviews import readings
from matcher.reviews.agreement import Agreement, Precision, agreement, precision, weighted_share
from matcher.reviews.rule import ADJUDICATION, OPEN, REVOKE, SAME, SECOND, SETTLED, UNSURE, Answer, standing_of
from matcher.reviews.tables import Doubt, Reading
from matcher.reviews.value import band_of

SAMPLE = "sample"


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
    return Figures(
        waiting=_waiting(session, caller),
        by_kind=_kinds(session, caller),
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


def _kinds(session: Session, caller: Caller) -> dict[str, int]:
    waiting = (within(caller, col(Doubt.area)), col(Doubt.state) == OPEN)
    counted = select(Doubt.kind, func.count()).where(*waiting).group_by(col(Doubt.kind))
    return dict(session.exec(counted).all())
