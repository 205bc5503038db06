"""What lies on disk and in the databases, byte by byte, for tests that look for what must not stand there."""

import re
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import MetaData, inspect, select, text

from kit.database import Database, reading

__all__ = ["Haystack", "columns_with", "database_bytes", "files_below"]


class Haystack:
    """Many planted words looked for at once in many bytes."""

    def __init__(self, words: set[str]) -> None:
        assert words
        # Long runs of letters first: a word that is part of another is found with it.
        parts = sorted((re.escape(word.encode()) for word in words), key=len, reverse=True)
        self._pattern = re.compile(b"|".join(parts))

    def found_in(self, content: bytes) -> set[str]:
        """The planted words that stand in `content`."""
        return {one.decode() for one in self._pattern.findall(content)}


def files_below(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Every file, hidden ones and leftovers included."""
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield str(path.relative_to(folder)), path.read_bytes()


def database_bytes(database: Database) -> Iterator[tuple[str, bytes]]:
    """Every column of every table as text, whatever the database (SQLite's files are read as files besides)."""
    for table in inspect(database.engine).get_table_names():
        with reading(database) as session:
            rows = session.execute(text(f'SELECT * FROM "{table}"'))
            for start in iter(lambda rows=rows: rows.fetchmany(5000), []):  # type: ignore[misc]
                yield table, repr([tuple(row) for row in start]).encode()


def columns_with(database: Database, metadata: MetaData, mark: str) -> dict[str, int]:
    """How many values of each column begin as everything sealed by one key begins."""
    found: dict[str, int] = {}
    with reading(database) as session:
        for table in metadata.sorted_tables:
            for row in session.execute(select(table)).mappings():
                for name, value in row.items():
                    if isinstance(value, str) and value.startswith(mark):
                        found[f"{table.name}.{name}"] = found.get(f"{table.name}.{name}", 0) + 1
    return found
