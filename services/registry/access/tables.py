"""Clients and signing keys."""

from datetime import datetime

from sqlmodel import Field

from kit.columns import Instant, Json
from registry.table import Table


class Client(Table, table=True):
    """A program of an agency, township or of the matcher that may ask for tokens."""

    __tablename__ = "client"

    client_id: str = Field(primary_key=True, max_length=36)
    name: str = Field(max_length=100)
    secret_hash: str = Field(max_length=200)
    scopes: list[str] = Field(sa_type=Json)
    agency: str = Field(max_length=64)
    area: str = Field(max_length=12, index=True)
    purposes: list[str] = Field(sa_type=Json)
    certificate: str | None = Field(default=None, max_length=43)  # thumbprint its tokens are bound to (RFC 8705)
    created_at: datetime = Field(sa_type=Instant)
    disabled_at: datetime | None = Field(default=None, sa_type=Instant)


class SigningKey(Table, table=True):
    """An ES256 key; the private half sealed by the ring."""

    __tablename__ = "signing_key"

    kid: str = Field(primary_key=True, max_length=64)
    public: dict[str, str] = Field(sa_type=Json)
    private_sealed: str
    created_at: datetime = Field(sa_type=Instant)
    in_use_from: datetime | None = Field(default=None, sa_type=Instant)  # None: published, not yet used
    retired_at: datetime | None = Field(default=None, sa_type=Instant)
