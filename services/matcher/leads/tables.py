"""A lead (one person, all findings) and its findings, kept for as long as it must be explained; what readers of the
list are told; and a row for every screening."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field

from kit.columns import Instant, Json
from matcher.table import Table


class Lead(Table, table=True):
    """One person for one township. `version` moves with every change of content; nothing is ever deleted.

    No index begins with a word that nearly every row bears, such as `open`: SQLite, which knows nothing of how often a
    word stands, would read a township's page along it, all of a province first.
    """

    __table_args__ = (Index("ix_lead_list", "area", "state", "id"),)

    id: str = Field(primary_key=True, max_length=36)
    subject_id: str = Field(max_length=36, unique=True)
    registered: bool
    household_key: str | None = Field(default=None, max_length=100)
    card: str = Field(max_length=32, index=True)  # keyed digest of the household: what a page of cards is ordered by
    area: str = Field(max_length=12)  # in charge (主办)
    residence: str | None = Field(default=None, max_length=12)  # assists (协办), where known and another
    # open | withdrawn | suppressed: a human settled it, nothing is new | waiting: for its township's capacity
    state: str = Field(max_length=16)
    suppressed_for: str | None = Field(default=None, max_length=8)  # the answer's code; "hand" when closed by hand
    suppressed_until: date | None = None
    urgency: int = 0  # 0 to 100: the highest of its findings
    due_days: int | None = None  # working days from its case's opening, where a screen asks for that
    released_on: date | None = Field(default=None, index=True)  # since when it is in hand: see flows/pace_leads
    version: int
    tier: str = Field(max_length=16)
    grade: str = Field(max_length=16)  # the weakest link behind
    screens: Any = Field(sa_type=Json)
    sources: Any = Field(sa_type=Json)  # "batch_id:line" of every feed row, "import_id:line" of every registry row
    doubts: Any = Field(sa_type=Json)  # open reviews behind: reason, candidate
    snapshot: str  # sealed JSON: name, number, phone, address, household number as they stood
    candidates: str | None = None  # sealed JSON: [{person_id, name}], of one doubt between several people
    basis: Any = Field(default=None, sa_type=Json, nullable=True)  # keyed digests of the facts its findings rest on
    fingerprint: str = Field(max_length=32)
    created_at: datetime = Field(sa_type=Instant)
    changed_at: datetime = Field(sa_type=Instant)
    published_version: int = 0
    publish_attempts: int = 0
    publish_due: datetime | None = Field(default=None, sa_type=Instant)
    publish_error: str | None = Field(default=None, max_length=80)
    case_id: str | None = Field(default=None, max_length=36)
    case_state: str | None = Field(default=None, max_length=24)
    due_on: date | None = None  # of the case
    offered_version: int = 0  # the last version a call may have carried to the registry
    knows_outcome: str | None = Field(default=None, max_length=36)  # the answer it returns in spite of
    return_reason: str | None = Field(default=None, max_length=16)  # new-facts | period-ended
    told_area: str | None = Field(default=None, max_length=12)  # where readers of the changes have it; null = nowhere
    told_version: int = 0
    told_case: str | None = Field(default=None, max_length=24)


class Finding(Table, table=True):
    """One screen's hit on a lead's person, from one lead version until another."""

    __table_args__ = (Index("ix_finding_held", "lead_id", "until_version", "screen"),)

    id: str = Field(primary_key=True, max_length=36)
    lead_id: str = Field(max_length=36)
    screen: str = Field(max_length=64)
    screen_version: str = Field(max_length=16)
    tier: str = Field(max_length=16)
    content: str  # sealed JSON: reason, inputs, records with the evidence of their links
    since_version: int
    until_version: int | None = None  # null = it holds
    made_at: datetime = Field(sa_type=Instant)


class LeadChange(Table, table=True):
    """What readers of the list are told, in the order of commit: `seq` is given under the standing row's lease."""

    __tablename__ = "lead_change"
    __table_args__ = (Index("ix_lead_change_list", "area", "seq"),)

    seq: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    lead_id: str = Field(max_length=36, index=True)
    area: str = Field(max_length=12)
    change: str = Field(max_length=12)  # upsert | withdrawal
    reason: str | None = Field(default=None, max_length=24)  # of a withdrawal: gone | settled:<code> | moved
    version: int
    made_at: datetime = Field(sa_type=Instant, index=True)


class Screening(Table, table=True):
    """One screening that changed something, or the first of a day: what became of the list, and who was looked at."""

    id: str = Field(primary_key=True, max_length=36)
    as_of: date = Field(index=True)
    made_at: datetime = Field(sa_type=Instant)
    created: int
    changed: int
    gone: int
    suppressed: int
    returned: int
    unchanged: int
    waiting: int = 0  # for their township's capacity
    open: int
    # "total" and each township's 9 digits → at_risk, linked, covered, uncovered, linked_uncovered, screens {id: people}
    # and groups, cards, doubled (flows/count_people)
    figures: Any = Field(sa_type=Json)


class ScreenHold(Table, table=True):
    """What a screen would list of a township at once is more than the county has said it should: somebody looks first.
    A confirmed or refused one stands until it is decided otherwise."""

    __tablename__ = "screen_hold"
    __table_args__ = (UniqueConstraint("screen", "area"),)

    id: str = Field(primary_key=True, max_length=36)
    screen: str = Field(max_length=64)
    area: str = Field(max_length=12, index=True)  # the township's, twelve digits
    people: int  # known of the township on that day
    found: int  # that the screen finds there now
    listed: int  # of them on the list already
    state: str = Field(max_length=12, index=True)  # held | confirmed | refused
    made_at: datetime = Field(sa_type=Instant)
    counted_at: datetime = Field(sa_type=Instant)
    decided_by: str | None = Field(default=None, max_length=36)
    decided_at: datetime | None = Field(default=None, sa_type=Instant)
    reason: str | None = Field(default=None, max_length=300)


class TownPace(Table, table=True):
    """How many households a week a township, or each township of a county, can take on."""

    __tablename__ = "town_pace"

    area: str = Field(primary_key=True, max_length=12)
    households: int
    urgent_from: int
    version: int
    set_by: str = Field(max_length=36)
    set_at: datetime = Field(sa_type=Instant)
