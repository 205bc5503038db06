"""`column among these ids` as one parameter, however many they are.

`IN` with a hundred places is written out and taken apart anew at every call, by SQLAlchemy and by the driver: on
PostgreSQL that costs more than the rows it brings (docs/measurements/registry.md), and stops at 65 535.
"""

from collections.abc import Iterable
from typing import Any

import orjson
from sqlalchemy import ColumnElement, Dialect, String, bindparam
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.visitors import InternalTraversal
from sqlalchemy.types import Boolean, TypeDecorator


class _Texts(TypeDecorator[list[str]]):
    """A list of texts as one text: what PostgreSQL reads as an array, SQLite as JSON. The driver's own way with lists
    looks at every one of them several times."""

    impl = String
    cache_ok = True

    def process_bind_param(self, value: list[str] | None, dialect: Dialect) -> str:
        """As the database reads it."""
        texts = value or []
        if dialect.name == "sqlite":
            return orjson.dumps(texts).decode()
        return "{" + ",".join('"' + one.replace("\\", "\\\\").replace('"', '\\"') + '"' for one in texts) + "}"


class _Among(ColumnElement[bool]):
    inherit_cache = True
    type = Boolean()
    _traverse_internals = (("column", InternalTraversal.dp_clauseelement), ("texts", InternalTraversal.dp_clauseelement))

    def __init__(self, column: ColumnElement[Any], texts: ColumnElement[Any]) -> None:
        self.column, self.texts = column, texts

    def self_group(self, against: Any = None) -> "_Among":  # noqa: ARG002 - signature is SQLAlchemy's
        """As it is: `… = 1`, which SQLAlchemy puts after what it takes for a number, is read along no index."""
        return self


@compiles(_Among, "postgresql")
def _in_array(element: _Among, compiler: SQLCompiler, **kw: Any) -> str:
    texts = f"CAST({compiler.process(element.texts, **kw)} AS VARCHAR[])"
    return f"{compiler.process(element.column, **kw)} = ANY ({texts})"


@compiles(_Among, "sqlite")
def _in_json(element: _Among, compiler: SQLCompiler, **kw: Any) -> str:
    texts = f"SELECT value FROM json_each({compiler.process(element.texts, **kw)})"
    return f"{compiler.process(element.column, **kw)} IN ({texts})"


def among(column: ColumnElement[Any], texts: Iterable[str]) -> ColumnElement[bool]:
    """Whether a text column is one of these; of none, never."""
    return _Among(column, bindparam(None, list(texts), type_=_Texts(), unique=True))
