"""Coverage on the wire."""

from datetime import date
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from kit.problems import Unfit
from registry.coverage.rules import Status


class SourceOut(BaseModel):
    """The import and the line of its file that said so."""

    import_id: str
    line: int


class SuspensionOut(BaseModel):
    """Days without payment, the last one included; null while it lasts."""

    start: date
    end: date | None
    reason: str


class CoverageOut(BaseModel):
    """One stretch of support. `start` is the first day of a month, `end` the last day covered, null while it lasts.

    `form` (整户/单人), `household_size` and `covered_count` are three things; `mode` is where 特困 live (集中/分散).
    """

    coverage_id: str
    programme: str
    form: str | None
    mode: Literal["institution", "home"] | None
    start: date
    end: date | None
    household_id: str | None
    household_size: int | None
    covered_count: int | None
    amount_fen: int | None
    own_amount_fen: int | None
    uplift_grounds: list[str]
    uplift_fen: int | None
    ground: str | None
    basis: str | None
    self_care: str | None
    phase_out_from: date | None
    phase_out_until: date | None
    end_reason: str | None
    suspensions: list[SuspensionOut]
    source: SourceOut | None


class CoverageQueryIn(BaseModel):
    """One question: by person, or by number (with the name, if the number may be shared)."""

    model_config = ConfigDict(extra="forbid")

    person_id: Annotated[str, StringConstraints(min_length=36, max_length=36)] | None = None
    id_number: Annotated[str, StringConstraints(min_length=1, max_length=40)] | None = None
    name: Annotated[str, StringConstraints(min_length=1, max_length=100)] | None = None

    @model_validator(mode="after")
    def asks_one_way(self) -> "CoverageQueryIn":
        """Exactly one of person and number."""
        if (self.person_id is None) == (self.id_number is None):
            raise Unfit("person_id、id_number 至少写一项 (give person_id or id_number)")
        return self


class CoverageCheckIn(BaseModel):
    """Up to 1000 questions about one day; `known_at` asks what the registry believed of it at that moment."""

    model_config = ConfigDict(extra="forbid")

    on_date: date
    known_at: AwareDatetime | None = None
    queries: Annotated[list[CoverageQueryIn], Field(min_length=1, max_length=1000)]


class CoverageHoldingOut(BaseModel):
    """What somebody holds on the day asked about; `covers` says whether it counts as coverage."""

    programme: str
    form: str | None
    start: date
    end: date | None
    status: Status
    covers: bool


class CoverageAnswerOut(BaseModel):
    """The answer to the query at `index`: unknown = absent or not yours; ambiguous = several people hold the number."""

    index: int
    status: Literal["covered", "not-covered", "unknown", "ambiguous"]
    person_id: str | None
    holdings: list[CoverageHoldingOut]


class CoverageCheckOut(BaseModel):
    """One answer per query, in order."""

    on_date: date
    answers: list[CoverageAnswerOut]
