"""The base of every table of the registry, and the tables of repeated and of dear calls.

SQLModel's metadata is global by default; a registry of its own keeps this service's tables apart from the
matcher's when both live in one process.
"""

from sqlalchemy import text
from sqlalchemy.orm import registry
from sqlmodel import Session, SQLModel

from kit.idempotency import IdempotencyRow, idempotent_route
from kit.limits import LimitRow


class Table(SQLModel, registry=registry()):
    """What all tables of the registry derive from."""


class IdempotencyKey(Table, IdempotencyRow, table=True):
    """A caller's Idempotency-Key with the first answer it got."""

    __tablename__ = "idempotency_key"


class CallCount(Table, LimitRow, table=True):
    """How often dear calls were made this minute."""

    __tablename__ = "call_count"


IdempotentRoute = idempotent_route(IdempotencyKey)


def take_turns(session: Session, name: str) -> None:
    """Let only one writer at a time past this point until its transaction ends.

    SQLite's writers already take turns (BEGIN IMMEDIATE); on PostgreSQL a transaction-scoped advisory lock does it.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(hashtext(:name))"), {"name": f"registry.{name}"})
