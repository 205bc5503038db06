"""Agreements with other agencies: their versions, and what was decided of them. Nothing here is ever altered.

A version is written once and a decision is a row of its own; the database refuses anything else (triggers of the
migration), and the keyed digest of each shows what was written past it.
"""

from datetime import date, datetime

from sqlalchemy import UniqueConstraint
from sqlmodel import Field

from kit.columns import Instant, Json
from registry.table import Table


class AgreementVersion(Table, table=True):
    """One version of what one agency may be told."""

    __tablename__ = "agreement_version"
    __table_args__ = (UniqueConstraint("agreement_id", "number"),)

    version_id: str = Field(primary_key=True, max_length=36)
    agreement_id: str = Field(max_length=36, index=True)
    number: int
    agency: str = Field(max_length=64, index=True)
    kind: str = Field(max_length=12)  # department | third-party
    legal_basis: str = Field(max_length=300)
    catalogue_number: str = Field(max_length=100)
    purposes: list[str] = Field(sa_type=Json)
    area: str = Field(max_length=12, index=True)
    valid_from: date
    valid_to: date
    fields: dict[str, list[str]] = Field(sa_type=Json)  # resource → fields, resolved when it was proposed
    proposed_by: str = Field(max_length=64)
    proposed_at: datetime = Field(sa_type=Instant)
    digest: str = Field(max_length=64)


class AgreementStep(Table, table=True):
    """A decision on a version: approved by a second person, or ended."""

    __tablename__ = "agreement_step"
    __table_args__ = (UniqueConstraint("version_id", "action"),)

    step_id: str = Field(primary_key=True, max_length=36)
    version_id: str = Field(max_length=36, index=True, foreign_key="agreement_version.version_id")
    action: str = Field(max_length=10)  # approve | end
    actor: str = Field(max_length=64)
    at: datetime = Field(sa_type=Instant)
    reason: str | None = Field(default=None, max_length=300)
    digest: str = Field(max_length=64)
