"""Agreements on the wire."""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from kit.shapes import AreaCode
from registry.access.schemas import Purpose

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300)]
Kind = Literal["department", "third-party"]
Words = Annotated[list[Annotated[str, StringConstraints(min_length=1, max_length=64)]], Field(max_length=200)]


class TermsIn(BaseModel):
    """What an agency is to be told: why, for what, where, from when until when, and which fields of which resource.

    `coverage.*` and `*` stand for the fields there are today: they are written out when the version is proposed.
    """

    model_config = ConfigDict(extra="forbid")

    legal_basis: Text
    catalogue_number: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
    purposes: Annotated[list[Purpose], Field(min_length=1, max_length=20)]
    area: AreaCode
    valid_from: date
    valid_to: date
    fields: Annotated[dict[Annotated[str, StringConstraints(max_length=40)], Words], Field(min_length=1, max_length=20)]


class AgreementIn(TermsIn):
    """A new agreement with an agency other than the house."""

    agency: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{1,62}$")]
    kind: Kind = "department"


class EndIn(BaseModel):
    """Why an agreement ends."""

    model_config = ConfigDict(extra="forbid")

    reason: Text


class AgreementVersionOut(BaseModel):
    """One version. `damaged`: it, or its approval, is not what was written: it tells nothing."""

    agreement_id: str
    version_id: str
    number: int
    agency: str
    kind: Kind
    legal_basis: str
    catalogue_number: str
    purposes: list[str]
    area: str
    valid_from: date
    valid_to: date
    fields: dict[str, list[str]]
    state: Literal["proposed", "approved", "ended", "damaged"]
    in_force: bool
    proposed_by: str
    proposed_at: datetime
    approved_by: str | None
    approved_at: datetime | None
    ended_by: str | None
    ended_at: datetime | None
    end_reason: str | None


class AgreementOut(BaseModel):
    """An agreement with all its versions, oldest first."""

    agreement_id: str
    agency: str
    versions: list[AgreementVersionOut]


class AgreementPageOut(BaseModel):
    """A page of versions, in the order they were proposed."""

    versions: list[AgreementVersionOut]
    cursor: str | None


class ResourceOut(BaseModel):
    """What an agreement can name: a resource, with whom it can be agreed, its fields, and those that always come."""

    resource: str
    title: str
    kinds: list[Kind]
    fields: list[str]
    handles: list[str]


class ResourcesOut(BaseModel):
    """Everything an agreement can name today."""

    resources: list[ResourceOut]
