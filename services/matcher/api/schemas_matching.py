"""What is asked of the match door and what it answers: queries by example, explanations of any pair."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from kit.problems import Unfit
from kit.reveals import REASON_TOLD, Reason
from kit.shapes import AreaCode
from kit.web import FieldIssueOut
from matcher.api.schemas import Out

MOST_QUERIES = 100
MOST_CANDIDATES = 20
LEAST_PROBABILITY = 0.01  # what a batch keeps; below it nobody is a candidate
Text = Annotated[str | None, Field(max_length=200)]
Area = Annotated[AreaCode | None, Field(description="12-digit code; its whole subtree")]


class In(BaseModel):
    """Nothing unknown is passed over: a misspelt option must not be ignored."""

    model_config = ConfigDict(extra="forbid")


class ExampleIn(In):
    """Somebody as a form or a list describes them, word for word; a name or a number at least."""

    name: Text = None
    id_number: Text = None
    sex: Text = None
    birth_date: Text = None
    ethnic: Text = None
    division: Area = None
    address: Text = None
    phone: Text = None

    @model_validator(mode="after")
    def _tells_who(self) -> "ExampleIn":
        """By a village or a telephone alone one asks who lives there, not who somebody is."""
        if not (self.name or "").strip() and not (self.id_number or "").strip():
            raise Unfit("姓名、身份证号至少写一项 (give a name or an ID number)")
        return self


class QueryIn(In):
    """One query with its own options."""

    example: ExampleIn
    limit: Annotated[int, Field(ge=1, le=MOST_CANDIDATES, description="Candidates at most")] = 5
    floor: Annotated[float, Field(ge=LEAST_PROBABILITY, le=1, description="Least probability shown")] = 0.05
    area: Area = None


class MatchIn(In):
    """Queries. One that does not fit the contract is answered as `invalid` and fails no other."""

    queries: Annotated[list[QueryIn | dict[str, Any]], Field(min_length=1, max_length=MOST_QUERIES)]
    identity: Annotated[Literal["masked", "full"], Field(description="`full` needs the scope leads:reveal as well")] = (
        "masked"
    )
    reason: Annotated[Reason | None, Field(description=REASON_TOLD)] = None


class PlaceIn(In):
    """A delivered record."""

    batch_id: Annotated[str, Field(max_length=36)]
    line: Annotated[int, Field(ge=1, le=2**31 - 1)]


class PersonIn(In):
    """Somebody in the registry."""

    person_id: Annotated[str, Field(max_length=36)]


class DescribedIn(In):
    """Somebody, or a record, by example."""

    example: ExampleIn


class ExplainIn(In):
    """A record and a person, compared or not."""

    record: PlaceIn | DescribedIn
    person: PersonIn | DescribedIn


class FieldEvidenceOut(Out):
    """One field: how the two agree, for (above nought) or against in bits, and what each side says."""

    field: str
    title: str
    level: str
    agreement: str
    weight: float
    record: str | None = None
    person: str | None = None


class MatchCandidateOut(Out):
    """Somebody the query may mean. `assigned`: a delivered record like it would be taken for this person."""

    person_id: str
    name: str | None
    id_number: str | None
    sex: str | None
    ethnic: str | None
    area: str | None
    phone: str | None
    probability: float
    grade: str
    assigned: bool
    reason: str | None
    prior: float
    evidence: list[FieldEvidenceOut]


class MatchAnswerOut(Out):
    """One query's answer. `others`: the probability of nobody, or of somebody not shown here."""

    status: Literal["ok", "invalid"]
    errors: list[FieldIssueOut]
    candidates: list[MatchCandidateOut]
    others: float | None


class MatchOut(Out):
    """Answers in the order of the queries."""

    answers: list[MatchAnswerOut]
    model_version: str
    people: int


class RivalOut(Out):
    """Another candidate of the record."""

    person_id: str
    probability: float
    grade: str


class KeyOutcomeOut(Out):
    """A blocking key: met, crowded, apart, record-silent or person-silent, and why in Chinese."""

    key: str
    title: str
    state: str
    text: str


class ChangeOut(Out):
    """What would turn the decision, as an instruction."""

    fields: list[str]
    text: str


class ExplanationOut(Out):
    """The whole story of one pair. In bits: `prior`, the weights and `competition` add up to `total`.

    `record` is batch:line; record or person is null where it was described. `text` says the same in Chinese.
    """

    record: str | None
    person_id: str | None
    linked: bool
    compared: bool
    decided: str | None
    grade: str | None
    probability: float
    veto: str | None
    reason: str | None
    prior: float
    fields: list[FieldEvidenceOut]
    competition: float
    total: float
    rivals: list[RivalOut]
    nobody: float
    keys: list[KeyOutcomeOut]
    change: ChangeOut | None
    thresholds: dict[str, float]
    people: int
    model_version: str
    text: list[str]
