"""Clients: making, finding, changing. Secrets are shown once and kept as argon2 hashes only."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlmodel import Session, col, select

from kit.auth import Caller
from kit.columns import new_id, now
from kit.database import Database, reading
from kit.problems import NotFound
from kit.scope import within
from registry.access import hashes
from registry.access.roles import mixed
from registry.access.tables import Client

SCOPES = frozenset(
    {
        "registry:admin", "registry:read", "registry:write", "registry:follow", "coverage:check", "areas:write",
        "imports:write", "cases:read", "cases:lead", "cases:write", "cases:approve", "feeds:read", "feeds:push",
        "feeds:write", "batches:read", "batches:decide", "leads:read", "leads:reveal", "links:read", "screens:read",
        "screens:draft", "screens:approve",
        "audit:read", "clients:write", "statistics:read", "models:read", "models:change", "reviews:decide",
        "reviews:oversee", "match:query", "accounts:write", "keys:rotate", "agreements:write", "persons:protected",
        "publication:read", "audit:report", "holds:write", "subscriptions:write", "registers:read", "registers:write",
        "registers:handed-over", "standards:write", "payments:read", "payments:write",
        "leads:pace",
    }
)  # fmt: skip


@dataclass(frozen=True)
class Grant:
    """What a client may do, for whom and where; `purposes` are what it may name when asking for a token."""

    name: str
    agency: str
    area: str
    scopes: Sequence[str]
    purposes: Sequence[str] = field(default_factory=lambda: ("dynamic-monitoring",))
    certificate: str | None = None


def create_client(session: Session, grant: Grant) -> tuple[str, str]:
    """A new client: (client_id, secret). The secret cannot be had again. Raises ValueError for an unknown scope."""
    unknown = sorted(set(grant.scopes) - SCOPES)
    if unknown:
        raise ValueError(f"unknown scopes: {', '.join(unknown)}")
    if mixed(grant.scopes):
        raise ValueError("giving rights and reading the journal do not go with other scopes in one client")
    if len(grant.area) != 12 or not grant.area.isdigit():
        raise ValueError("an area is 12 digits")
    client_id, secret = new_id(), secrets.token_urlsafe(32)
    session.add(
        Client(
            client_id=client_id,
            name=grant.name,
            secret_hash=hashes.kept(secret),
            scopes=sorted(set(grant.scopes)),
            agency=grant.agency,
            area=grant.area,
            purposes=list(grant.purposes),
            certificate=grant.certificate,
            created_at=now(),
        )
    )
    session.flush()
    return client_id, secret


def authenticate(database: Database, client_id: str, secret: str) -> Client | None:
    """The living client with that secret, else None; takes the same time either way.

    No connection is held while the hash is worked out: a few dozen guesses at once would hold them all.
    """
    with reading(database) as session:
        client = session.get(Client, client_id)
    fits = hashes.matches(client.secret_hash if client else None, secret)
    return client if fits and client and client.disabled_at is None else None


def find(session: Session, caller: Caller, client_id: str) -> Client:
    """A client within the caller's area. Raises NotFound."""
    query = select(Client).where(col(Client.client_id) == client_id, within(caller, col(Client.area)))
    client = session.exec(query).first()
    if client is None:
        raise NotFound
    return client


def page(session: Session, caller: Caller, after: str, limit: int) -> Sequence[Client]:
    """Clients of the caller's area with an id above `after`."""
    query = select(Client).where(within(caller, col(Client.area)), col(Client.client_id) > after)
    return session.exec(query.order_by(col(Client.client_id)).limit(limit)).all()


def new_secret(session: Session, client: Client) -> str:
    """Replace the client's secret; the old one stops at once."""
    secret = secrets.token_urlsafe(32)
    client.secret_hash = hashes.kept(secret)
    session.add(client)
    return secret


def disable(session: Session, client: Client) -> None:
    """No more tokens for this client; those it holds end by their own short life."""
    client.disabled_at = client.disabled_at or now()
    session.add(client)
