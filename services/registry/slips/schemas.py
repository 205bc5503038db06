"""Slips on the wire. A county reads its own side; of the others the county's name, programme and since when."""

from datetime import date, datetime
from typing import Annotated, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, model_validator

from kit.problems import Unfit
from kit.shapes import AreaCode, Month
from registry.ledger.schemas import Text
from registry.slips import rules

SlipState = Literal["open", "disputed", "settled", "ceased"]
Answer = Literal["keeps", "stops", "verifying", "other-person"]
Action = Literal["issue", "answer", "decide", "cease"]
assert set(get_args(SlipState)) == set(rules.STATES)
assert set(get_args(Answer)) == set(rules.ANSWERS)
assert set(get_args(Action)) == set(rules.ACTIONS)


class FindSlipsIn(BaseModel):
    """Look for people supported in several counties. `dry_run`: say how many, put none."""

    model_config = ConfigDict(extra="forbid")

    dry_run: bool = False


class SlipsFoundOut(BaseModel):
    """What a search came to: people found = made + known + protected. `ceased`: slips whose double support has ended.

    `protected`: put to no county, because the slip itself would say where somebody lives; theirs are seen to in person.
    """

    as_of: date
    found: int
    made: int
    known: int
    protected: int
    ceased: int
    dry_run: bool


class AnswerSlipIn(BaseModel):
    """A county's answer. `stops` names the first month without support; `verifying` and `other-person` say more."""

    model_config = ConfigDict(extra="forbid")

    code: Answer
    stop_from: Month | None = None
    note: Text | None = None

    @model_validator(mode="after")
    def is_whole(self) -> "AnswerSlipIn":
        """What each code needs, and nothing else."""
        if (self.code == rules.STOPS) != (self.stop_from is not None):
            raise Unfit("本县停发须填写停发起始月 stop_from，其他答复不填 (stop_from goes with `stops` alone)")
        if self.code in {rules.VERIFYING, rules.OTHER_PERSON} and self.note is None:
            raise Unfit("请在 note 中说明核实情况或依据 (this answer needs a note)")
        return self


class DecideSlipIn(BaseModel):
    """Which county goes on; null: they are different people, or neither is entitled. The reason says which and why."""

    model_config = ConfigDict(extra="forbid")

    keeps: AreaCode | None
    reason: Text


class SlipSideOut(BaseModel):
    """One county's side. Of a county that is not the reader's only `county_name`, `programme`, `since` are told, and,
    once all have answered, `answer` with `stop_from`. `county` is told to whoever answers for it or decides."""

    own: bool
    county: str | None
    county_name: str | None
    area: str | None
    person_id: str | None
    coverage_id: str | None
    name: str | None
    id_number: str | None
    programme: str | None
    programme_label: str | None
    form: str | None
    since: date | None
    answer: Answer | None
    answer_label: str | None
    stop_from: str | None
    answered_on: date | None


class SlipEventOut(BaseModel):
    """Something that happened. What another county answered and noted is its own until all have."""

    at: datetime
    action: Action
    action_label: str
    county_name: str | None
    answer: Answer | None
    answer_label: str | None
    state_after: SlipState
    word: str | None


class SlipOut(BaseModel):
    """A slip as its reader may see it. `waits_for_us`: the reader's county has not answered.

    `fulfilled`, once settled: whether the counties that are to stop have stopped; null while open, and where nobody is.
    """

    slip_id: str
    number: str
    area: str
    area_name: str
    state: SlipState
    state_label: str
    issued_on: date
    due_on: date
    overdue: bool
    waits_for_us: bool
    settled_on: date | None
    settled_by: Literal["answers", "decision"] | None
    keeps_name: str | None
    fulfilled: bool | None
    sides: list[SlipSideOut]
    version: int


class SlipDetailOut(SlipOut):
    """A slip with what happened to it."""

    events: list[SlipEventOut]


class SlipPageOut(BaseModel):
    """Slips, the newest first."""

    slips: list[SlipOut]
    cursor: Annotated[str | None, Field(description="Null: there are no more")]
