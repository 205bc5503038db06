"""What the doors of the models take and answer."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from matcher.api.schemas import Out

Cost = Annotated[float, Field(gt=0, le=1e9)]


class ModelOut(Out):
    """A model version."""

    version: str
    active: bool
    origin: str
    parent: str | None
    made_by: str | None
    created_at: datetime
    activated_at: datetime | None


class ModelsOut(Out):
    """All versions, the newest first."""

    models: list[ModelOut]


class WeightOut(Out):
    """How much one level of agreement speaks for one person, in bits: against a stranger, and against a relative."""

    field: str
    field_zh: str
    level: str
    level_zh: str
    against_stranger: float
    against_relative: float


class ModelDetailOut(ModelOut):
    """The card of a version: its weights in words, its thresholds, what it was made from, what it is expected to get
    wrong by feed and group (`card`), and the document itself."""

    weights: list[WeightOut]
    thresholds: dict[str, float]
    calibrated: bool
    card: dict[str, Any] | None
    content: dict[str, Any]


class MoveOut(Out):
    """One level's weight in two versions, in bits against a stranger; `by`: the second less the first."""

    field: str
    field_zh: str
    level: str
    level_zh: str
    first: float
    second: float
    by: float


class ThresholdMoveOut(Out):
    """One threshold in two versions."""

    name: str
    first: float
    second: float


class ModelComparisonOut(Out):
    """Two versions side by side, the biggest moves first."""

    first: str
    second: str
    present: tuple[float, float]
    thresholds: list[ThresholdMoveOut]
    weights: list[MoveOut]


class TrainIn(BaseModel):
    """From which version to go on; null = the one in force."""

    model_config = ConfigDict(extra="forbid")

    start: Annotated[str | None, Field(max_length=80)] = None


class ModelJobOut(Out):
    """A training or a preview: how far it is, and what it found. `reason` says why it could not be done."""

    job_id: str
    kind: Literal["train", "preview"]
    version: str
    state: Literal["waiting", "running", "done", "failed"]
    phase: str
    done: int
    total: int
    error: str | None
    reason: str | None
    made: str | None
    current: bool  # it looked at the deliveries and the model there are now
    found: dict[str, Any] | None
    sample: list[dict[str, Any]]
    asked_by: str
    created_at: datetime
    ended_at: datetime | None


class ModelJobsOut(Out):
    """Jobs, the newest first, without what they found."""

    jobs: list[ModelJobOut]


class UseIn(BaseModel):
    """What one feed's links are worth, where that differs from the others."""

    model_config = ConfigDict(extra="forbid")

    feed: Annotated[str, Field(max_length=64)]
    wrong_visit: Cost
    missed_person: Cost


class CostsIn(BaseModel):
    """What mistakes cost, in any one unit: a visit for nothing, a person missed, a review; and the reviewers' time."""

    model_config = ConfigDict(extra="forbid")

    wrong_visit: Cost
    missed_person: Cost
    review: Cost
    reviews_per_week: Annotated[float, Field(ge=0, le=1e6)]
    weeks: Annotated[float, Field(gt=0, le=104)] = 4.0  # from one round of deliveries to the next
    uses: Annotated[list[UseIn], Field(max_length=50)] = []
    keep: bool = False  # make a version of it; else it is only shown


class OutlookOut(Out):
    """What may be expected of the deliveries there are, under some thresholds."""

    thresholds: dict[str, float]
    reviews: float
    linked: float
    false_links: float
    missed_links: float
    cost: float


class ThresholdsOut(Out):
    """Thresholds that follow from costs, beside those of the version; `version`: the one made of them, if asked for.

    `price` is what a review would have to cost for the reviewers' time to suffice.
    """

    false_link: float
    missed_link: float
    capacity: float
    price: float
    now: OutlookOut
    then: OutlookOut
    version: str | None
