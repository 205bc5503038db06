"""Wire classes of maps: putting one in force, its versions, and the trial of a sample."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from matcher.api.schemas import FeedOut, Out


class FeedMapIn(BaseModel):
    """A map to be put in force."""

    model_config = ConfigDict(extra="forbid")

    reason: Annotated[
        str,
        Field(min_length=2, max_length=300, pattern=r"^[^\x00-\x1f\x7f]+$", description="Why; kept with the version"),
    ]
    map: Annotated[
        dict[str, Any],
        Field(description="As `content` of GET /feeds/{feed}; headers and values may name a vocabulary: @id-number"),
    ]
    accepts_meaning: Annotated[
        bool, Field(description="That the same file will say something else of people is meant")
    ] = False


class FeedDetailOut(FeedOut):
    """A version of a feed, with all of its map."""

    about: str
    content: dict[str, Any]


class FeedChangeOut(Out):
    """One thing a version changed of the one before; `meaning`: the same file now says something else."""

    what: str
    where: str
    words: list[str]
    meaning: bool


class FeedVersionOut(Out):
    """A version: who put it in force, when and why. One shipped with the project has none of these."""

    version: int
    made_by: str | None
    made_at: datetime | None
    reason: str | None
    changes: list[FeedChangeOut] | None


class FeedVersionsOut(Out):
    """All versions of a feed, the newest first; batches name theirs."""

    feed: str
    versions: list[FeedVersionOut]


class FeedChangedOut(Out):
    """What putting a map in force came to. `unread_facts`: kinds of fact no screen reads."""

    feed: str
    version: int
    changes: list[FeedChangeOut]
    unread_facts: list[str]


class TrialSheetOut(Out):
    """A sheet that was read: lines that are no data, and rows that are."""

    name: str | None
    title: int
    header: int
    repeated_header: int
    closing: int
    blank: int
    rows: int


class TrialWordOut(Out):
    """A word no code stands for, and in how many cells; null where it may be a person's name, number or address."""

    text: str | None
    cells: int


class TrialProposalOut(Out):
    """A column an unknown header may mean, by which synonym, and how alike they are (0 to 100)."""

    column: str
    title: str
    synonym: str
    likeness: float


class TrialColumnOut(Out):
    """A column of the sample. `header` is null where it may be a person's; `column` where nobody agreed on it."""

    sheet: str | None
    header: str | None
    place: str
    column: str | None
    title: str | None
    kind: str | None
    unit: str | None
    filled: int
    readable: int | None
    unreadable: int | None
    codes: dict[str, int]
    unknown_words: list[TrialWordOut]
    proposals: list[TrialProposalOut]


class TrialMissingOut(Out):
    """A column that must be there, and the headers it may come under."""

    column: str
    title: str
    headers: list[str]


class FeedTrialOut(Out):
    """How a sample was understood; nothing of it was kept. Of each group in `missing` one column must be there; only
    where nothing is missing are there `rows`, `outcomes` and `issues`."""

    feed: str
    version: int | None
    kind: str
    encoding: str | None
    sheets: list[TrialSheetOut]
    sheets_beside: list[str]
    sheets_hidden: list[str]
    columns: list[TrialColumnOut]
    missing: list[list[TrialMissingOut]]
    rows: int | None
    outcomes: dict[str, int] | None
    issues: dict[str, int] | None
