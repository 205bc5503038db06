"""What lies on disk and in the databases, byte by byte, for tests that look for what must not stand there."""

import csv
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import fastexcel
from sqlalchemy import MetaData, inspect, select, text

from china import id_numbers
from kit.database import Database, reading

NUMBERS = re.compile("身份证|证件号|残疾人证|电话|账号|id_number|phone")
NAMES = re.compile("姓名|^name$")


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


@dataclass
class Planted:
    """What the county's own files say of people."""

    numbers: set[str] = field(default_factory=set)
    names: set[str] = field(default_factory=set)

    def read(self, folder: Path) -> "Planted":
        """Every number, telephone and account, and every name, of the tables in `folder`."""
        for path in sorted(folder.iterdir()):
            rows = _rows(path)
            at = next((place for place, row in enumerate(rows) if any(map(NAMES.search, row))), None)
            if at is None:
                continue
            for column, title in enumerate(rows[at]):
                cells = [row[column].strip() for row in rows[at + 1 :] if column < len(row)]
                if NUMBERS.search(title):
                    self.numbers |= {one for one in cells if len(re.sub(r"\D", "", one)) >= 11}
                elif NAMES.search(title):
                    self.names |= {one for one in cells if len(one) > 1 and not one.isascii()}
        return self

    def forms(self) -> set[str]:
        """The numbers as given and cleaned, ID numbers also of 18 digits alone (of a card) and as they were of 15."""
        found = set(self.numbers)
        for one in self.numbers:
            read = id_numbers.read(one)
            found.update(text for text in (id_numbers.clean(one), read and read.text, read and read.id18) if text)
        whole = [one for one in found if re.fullmatch(r"\d{17}[\dX]", one)]
        return found | {one.lower() for one in whole} | {one[:6] + one[8:17] for one in whole}

    def written_names(self) -> set[str]:
        """The names as text and as JSON of plain letters writes them."""
        return self.names | {json.dumps(one)[1:-1] for one in self.names}


def _rows(path: Path) -> list[list[str]]:
    if path.suffix == ".xlsx":
        sheet = fastexcel.read_excel(path).load_sheet(0, header_row=None, dtypes="string").to_polars()
        return [[one or "" for one in row] for row in sheet.rows()]
    if path.suffix != ".csv":
        return []
    content = path.read_bytes()
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return list(csv.reader(content.decode(encoding).splitlines()))
        except UnicodeDecodeError:
            continue
    raise AssertionError(path.name)


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
            for start in iter(lambda rows=rows: rows.fetchmany(5000), []):
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
