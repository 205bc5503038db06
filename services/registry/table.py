"""The base of every table of the registry, and the tables of repeated and of dear calls.

SQLModel's metadata is global by default; a registry of its own keeps this service's tables apart from the
matcher's when both live in one process.
"""

from sqlalchemy.orm import registry
from sqlmodel import Session, SQLModel

from kit import database
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
    """`kit.database.take_turns` among the writers of the registry: the two services may share a database."""
    database.take_turns(session, f"registry.{name}")
