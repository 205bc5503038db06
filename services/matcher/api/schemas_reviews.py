"""What the doors of the review bench take and answer. Values of people are masked but where a class says otherwise."""

from datetime import date, datetime
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from kit.problems import Unfit
from matcher.api.schemas import Out
from matcher.api.schemas_matching import FieldEvidenceOut

Id = Annotated[str, Field(min_length=1, max_length=36)]


class ReasonOut(Out):
    """One reason for a review's place in the queue, with the points it gives."""

    code: str
    points: float
    text: str


class ReviewCandidateOut(Out):
    """Somebody the record may be. `linked`: whom it is taken for as long as nobody decides."""

    person_id: str
    probability: float
    reason: str | None
    linked: bool
    levels: dict[str, str] | None
    model_version: str


class ReviewOut(Out):
    """One record in doubt, with everybody it may be, the likeliest first (`candidate_id`, `probability` and `levels`
    are that one's). `kind` sample: nobody doubts it, it was drawn to measure how often links are right."""

    review_id: str
    version: int
    kind: str
    state: str
    stage: str  # reading | adjudication
    closed_reason: str | None
    record: str
    records: list[str]
    feed: str
    area: str
    subject_id: str
    registered: bool
    grade: str
    reason: str
    candidate_id: str
    probability: float
    levels: dict[str, str] | None
    model_version: str
    candidates: list[ReviewCandidateOut]
    value: float
    why: list[ReasonOut]
    claimed: bool
    not_before: datetime | None
    made_at: datetime
    changed_at: datetime


class ReviewPageOut(Out):
    """Reviews in the order of their value."""

    reviews: list[ReviewOut]
    cursor: str | None


class SideDifferenceOut(Out):
    """One field on both sides. `record_at` and `person_at`: the characters that differ, counted from 1 in the value as
    it is read (also where the value shown is masked); `record_as`, `person_as`: what each is (changed; extra: the other
    side lacks it; swapped: changed places with its neighbour). `placed`: whether they fall on the characters shown,
    which a mask that hides the length prevents. `level`: how linkage took it."""

    field: str
    title: str
    record: str | None
    person: str | None
    same: bool | None
    record_at: list[int]
    person_at: list[int]
    record_as: list[str]
    person_as: list[str]
    placed: bool
    level: str | None


class HousemateOut(Out):
    """Somebody who lives with a candidate, by the registry; masked."""

    name: str | None
    relation: str | None
    is_head: bool
    birth_year: int | None


class ComparisonOut(Out):
    """The record beside one candidate, field by field; what each field counts for (above nought) or against, in bits,
    by the model that scored it, `prior` being where the sum begins; and who lives with the candidate."""

    person_id: str
    differences: list[SideDifferenceOut]
    prior: float | None
    evidence: list[FieldEvidenceOut]
    household: list[HousemateOut]


class ReadingOut(Out):
    """One answer. `reviewer` is told to those who oversee the bench only."""

    reading_id: str
    round: int
    stage: str
    verdict: str
    candidate_id: str | None
    revokes: str | None
    comment: str | None
    mine: bool
    reviewer: str | None
    seconds: float | None
    made_at: datetime


class ReviewDetailOut(ReviewOut):
    """One review with both sides, masked. `source`, `told_on`: whose list the record stands on, in Chinese, and of
    which day. `readings`: the caller's own; the others' once nobody is to read it unaware of them any more."""

    source: str | None
    told_on: date | None
    comparisons: list[ComparisonOut]
    held_until: datetime | None  # by the caller
    readings: list[ReadingOut]


class ClaimIn(BaseModel):
    """What the next review is to be like; nothing = whichever is worth most. `first`: the id of one that comes before
    any other if it is free, as after taking an answer back: what was worth most then need not be so now."""

    model_config = ConfigDict(extra="forbid")

    kind: Literal["doubt", "sample"] | None = None
    reason: Annotated[str, Field(max_length=40)] | None = None
    feed: Annotated[str, Field(max_length=64)] | None = None
    first: Id | None = None


class ClaimOut(Out):
    """The review the caller holds now; null when nothing waits for them."""

    review: ReviewDetailOut | None


class ReviewDecisionIn(BaseModel):
    """`same`: the record is `candidate_id` (may be left out where there is one candidate; may be somebody of the
    registry who is none); `different`: it is none of the candidates; `unsure`: it cannot be told from here;
    `later`: put off for `days`."""

    model_config = ConfigDict(extra="forbid")

    verdict: Literal["same", "different", "unsure", "later"]
    candidate_id: Id | None = None
    comment: Annotated[str, Field(max_length=500)] | None = None
    days: Annotated[int, Field(ge=1, le=90)] = 7

    @model_validator(mode="after")
    def _named(self) -> Self:
        if self.candidate_id is not None and self.verdict != "same":
            raise Unfit("只有 same 才写 candidate_id (candidate_id goes with `same` only)")
        return self


class UndoIn(BaseModel):
    """Why an answer is taken back."""

    model_config = ConfigDict(extra="forbid")

    comment: Annotated[str, Field(max_length=500)] | None = None


class RevealedComparisonOut(Out):
    """The record beside one candidate in the clear, field by field."""

    person_id: str
    differences: list[SideDifferenceOut]


class RevealedReviewOut(Out):
    """Both sides in the clear; the look is in the journal with the caller's purpose."""

    review_id: str
    version: int
    comparisons: list[RevealedComparisonOut]


class AgreementOut(Out):
    """Reviews two people read without knowing of each other; Cohen's kappa."""

    read_twice: int
    agreed: int
    rate: float | None
    kappa: float | None


class PrecisionOut(Out):
    """How many of those looked at were right, with the interval of 90 % (Wilson)."""

    name: str  # a grade, or a band of probability
    reviewed: int
    right: int
    share: float | None
    low: float | None
    high: float | None


class ReviewerOut(Out):
    """One reviewer's part."""

    reviewer: str
    answers: int
    unsure: int
    taken_back: int
    median_seconds: float | None
    agreement: AgreementOut


class OwnReviewsOut(Out):
    """The caller's own part: the review they hold, and what they answered today (in China) that still holds."""

    held: str | None
    today: int


class ReviewStatsOut(Out):
    """The bench in figures. Of the open ones: `by_kind`, `by_reason`, and `by_priority` (list: somebody's place on a
    list hangs on it; sample; other). `today`: answers of today (in China) that hold. `by_grade`: links drawn as
    samples, `precision` of all links weighted by how they were drawn; `by_band`: doubts, by the probability of the
    likeliest candidate, whether it was that one. `reviewers` is null for callers who do not oversee the bench."""

    waiting: dict[str, int]
    by_kind: dict[str, int]
    by_reason: dict[str, int]
    by_priority: dict[str, int]
    today: int
    own: OwnReviewsOut
    agreement: AgreementOut
    precision: float | None
    by_grade: list[PrecisionOut]
    by_band: list[PrecisionOut]
    median_seconds: float | None
    reviewers: list[ReviewerOut] | None
