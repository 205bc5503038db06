"""What the doors of figures answer: statistics, the quality of a delivery, what an agency is asked to correct."""

from datetime import date, datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from matcher.api.schemas import Out

Figure = str | int | float | None


class MeasureOut(Out):
    """A column of a statistic: the key in each row, its title, how to show it (share: 0 to 1; number: of nobody)."""

    name: str
    title: str
    kind: Literal["text", "count", "share", "days", "date", "number"]


class StatisticOut(Out):
    """A statistic of the catalogue: what it counts, its columns, and which of `as_of` and `since` it can be asked
    with."""

    name: str
    title: str
    definition: str
    columns: list[MeasureOut]
    asks: list[Literal["as_of", "since"]]


class StatisticsOut(Out):
    """The catalogue."""

    statistics: list[StatisticOut]


class FiguresOut(StatisticOut):
    """A statistic of one area on one day, what happened counted from `since`. `rows` hold a value or null per column;
    `total` where sums make sense."""

    area: str
    as_of: date
    since: date | None
    rows: list[dict[str, Figure]]
    total: dict[str, Figure] | None
    withheld: bool  # something is left empty because it would tell of few people


class QualityIssueOut(Out):
    """One kind of mistake in one column: how many rows have it, the text of the first, the first lines to look at."""

    code: str
    severity: str
    pointer: str | None
    rows: int
    share: float | None
    message: str
    hint: str
    lines: list[int]


class QualityColumnOut(Out):
    """One column of the delivery: how often it is filled, and how often what fills it is sound (null: not judged)."""

    name: str
    title: str
    kind: str
    filled: int
    filled_share: float | None
    valid_share: float | None


class NumbersOut(Out):
    """The numbers the rows are known by: sound as written, sound once mended, wrong, or missing."""

    valid: int
    repairable: int
    invalid: int
    missing: int
    valid_share: float | None
    repairable_share: float | None
    invalid_share: float | None
    missing_share: float | None


class DifferenceOut(Out):
    """What moved since the delivery before: shares in points, issues (by code) in rows; what did not is left out."""

    rows: int
    rejected_share: float | None
    warned_share: float | None
    duplicate_share: float | None
    issues: dict[str, int]
    columns: dict[str, float]
    id_valid_share: float | None


class PreviousOut(Out):
    """The delivery before this one, and what moved."""

    batch_id: str
    created_at: datetime
    rows: int
    outcomes: dict[str, int]
    difference: DifferenceOut


class CriterionOut(Out):
    """One rule of the grade: a share, and the most of it that is A, B or C. The worst criterion is the grade."""

    name: str
    title: str
    share: float
    grade: Literal["A", "B", "C", "D"]
    limits: dict[str, float]


class QualityOut(Out):
    """How good a delivery's data are. Nothing here says whether anybody was recognised or is covered."""

    batch_id: str
    feed: str
    rows: int
    outcomes: dict[str, int]
    rejected_share: float | None
    warned_share: float | None
    duplicate_share: float | None
    issues: list[QualityIssueOut]
    columns: list[QualityColumnOut]
    id_numbers: NumbersOut | None
    previous: PreviousOut | None
    grade: Literal["A", "B", "C", "D"] | None
    criteria: list[CriterionOut]


class TrendPointOut(Out):
    """One delivery of a feed; `issues` counts rows by code."""

    batch_id: str
    created_at: datetime
    period: str | None
    area: str
    rows: int
    rejected_share: float | None
    warned_share: float | None
    duplicate_share: float | None
    id_valid_share: float | None
    grade: Literal["A", "B", "C", "D"] | None
    issues: dict[str, int]


class TrendOut(Out):
    """How good a feed's deliveries were over the months, the oldest first (the newest 60)."""

    feed: str
    months: int
    deliveries: list[TrendPointOut]


class PlaceOut(Out):
    """A row of a delivery."""

    batch_id: str
    line: int


class CorrectionOut(Out):
    """A row a visit or a rule found wrong: which, what is wrong with it, by when to put it right, and whether that was
    done.

    kind: identity | absent | died | alive (a visit's); number | card | coverage (by rule). `stands`: where the row
    still stands as it was. `place` and `stands_place` say both as a clerk looks for them: sheet, row, which person.
    """

    correction_id: str
    batch_id: str
    line: int
    place: str
    feed: str
    kind: str
    title: str
    request: str
    fields: list[str]
    found_on: date
    due_on: date
    state: Literal["open", "answered"]
    answered_by: str | None
    stands: PlaceOut | None
    stands_place: str | None
    overdue: bool
    answer: Literal["corrected-at-source", "confirmed-right", "cannot-verify"] | None
    reason: str | None
    answered_at: datetime | None
    decision: Literal["agency-right", "visit-right"] | None


class CorrectionAnswerIn(BaseModel):
    """What checking at the source came to. A reason is needed for all but a correction; no names or numbers in it."""

    model_config = ConfigDict(extra="forbid")

    answer: Literal["corrected-at-source", "confirmed-right", "cannot-verify"]
    reason: str | None = Field(default=None, min_length=2, max_length=300)


class CorrectionDecisionIn(BaseModel):
    """Who is right where an agency insists: the agency (the request is over) or the visit (it is open again)."""

    model_config = ConfigDict(extra="forbid")

    decision: Literal["agency-right", "visit-right"]
    reason: str = Field(min_length=2, max_length=300)


class CorrectionRowOut(Out):
    """What became of one row of the list sent back: recorded | unchanged | refused | blank."""

    line: int
    correction_id: str | None
    result: Literal["recorded", "unchanged", "refused", "blank"]
    code: str | None
    message: str | None


class CorrectionRowsOut(Out):
    """Every row of the list, and how many of each."""

    counts: dict[str, int]
    rows: list[CorrectionRowOut]


class CorrectionPageOut(Out):
    """Requests in the order they were found."""

    corrections: list[CorrectionOut]
    cursor: str | None


class ExpectedOut(Out):
    """A number that cannot be known: what to expect, and the interval that holds it nine times in ten."""

    mean: float
    low: int
    high: int


class CertifiedOut(Out):
    """One group of a delivery's records (or all): linked, without any candidate, and the errors to expect.

    dimension: all | name | number | age | township. unseen: of the missed, those whose person is not among the
    candidates.
    """

    dimension: str
    dimension_title: str
    group: str
    title: str
    records: int
    linked: int
    alone: int
    false: ExpectedOut
    missed: ExpectedOut
    unseen: ExpectedOut


class CertificateOut(Out):
    """How many links of a delivery are wrong and how many were missed, estimated when it was linked. `labels`: answers
    of reviewers it rests on; `meaning`: what the figures say and what they do not."""

    batch_id: str
    feed: str
    model_version: str
    made_at: datetime
    confidence: float
    labels: int
    whole: CertifiedOut
    groups: list[CertifiedOut]
    meaning: list[str]
