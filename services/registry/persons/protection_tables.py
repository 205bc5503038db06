"""Who is protected, and who said so when: never altered, the last word counts."""

from datetime import datetime

from sqlmodel import Field

from kit.columns import Instant
from registry.table import Table


class Protection(Table, table=True):
    """One word on one human being: known by the registry's id, or by the matcher's before the registry knew them."""

    __tablename__ = "protection"

    protection_id: str = Field(primary_key=True, max_length=36)
    who: str = Field(max_length=36, index=True)  # person_id or subject_id
    state: str = Field(max_length=8)  # yes | no | unknown
    kind: str | None = Field(default=None, max_length=24)
    area: str = Field(max_length=12, index=True)  # of the person (or case) when it was said
    word_sealed: str
    set_by: str = Field(max_length=64)
    set_at: datetime = Field(sa_type=Instant)
