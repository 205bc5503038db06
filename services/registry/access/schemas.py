"""Clients and tokens on the wire."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from kit.shapes import AreaCode

Purpose = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{1,62}$")]


# RFC 8705: SHA-256 of the client certificate, base64url; tokens are then bound to it.
Thumbprint = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{43}$")]


class TokenOut(BaseModel):
    """RFC 6749 section 5.1."""

    access_token: str
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105 - the word of RFC 6749, not a secret
    expires_in: int
    scope: str


class ClientIn(BaseModel):
    """A client to be made."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, StringConstraints(min_length=1, max_length=100)]
    agency: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{1,62}$")]
    area: AreaCode
    scopes: Annotated[list[str], Field(min_length=1)]
    purposes: Annotated[list[Purpose], Field(min_length=1, max_length=20)]
    certificate: Thumbprint | None = None


class ClientOut(BaseModel):
    """A client without its secret."""

    client_id: str
    name: str
    agency: str
    area: str
    scopes: list[str]
    purposes: list[str]
    certificate: str | None
    created_at: datetime
    disabled_at: datetime | None


class ClientWithSecretOut(ClientOut):
    """A client with its secret: shown this once."""

    client_secret: str


class ClientPageOut(BaseModel):
    """A page of clients."""

    clients: list[ClientOut]
    cursor: str | None


class RotationOut(BaseModel):
    """The key that signs from now on, and those that are published."""

    kid: str
    published: list[str]


class JwksOut(BaseModel):
    """RFC 7517 key set."""

    keys: list[dict[str, str]]
