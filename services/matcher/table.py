"""The base of every table of the matcher: a registry of its own, so that its metadata is nobody else's."""

from sqlalchemy.orm import registry
from sqlmodel import SQLModel


class Table(SQLModel, registry=registry()):
    """Subclass with `table=True`; `Table.metadata` is what the migrations are checked against."""
