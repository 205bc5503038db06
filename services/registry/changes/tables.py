"""The feed's table: which thing changed, never what of it."""

from datetime import datetime

from sqlmodel import Field

from kit.columns import Instant
from registry.table import Table


class Change(Table, table=True):
    """One change; `seq` grows in the order in which the changes became visible."""

    __tablename__ = "change"

    seq: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    # person | case | area | register | slip | payment-month (one per import and township)
    kind: str = Field(max_length=16)
    subject: str = Field(max_length=64, index=True)
    area: str = Field(max_length=12, index=True)
    recorded_at: datetime = Field(sa_type=Instant, index=True)


FEED = "feed"


class ChangeFloor(Table, table=True):
    """One row: the highest number that was pruned. The migration makes it."""

    __tablename__ = "change_floor"

    id: str = Field(primary_key=True, max_length=8)
    seq: int = 0


class PastChange(Table, table=True):
    """A change nobody can follow any more, kept to say of whom a range of the feed told ("who saw me")."""

    __tablename__ = "past_change"

    seq: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    subject: str = Field(max_length=64, index=True)
    area: str = Field(max_length=12)
    recorded_at: datetime = Field(sa_type=Instant, index=True)
