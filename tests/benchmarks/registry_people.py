"""An invented civil affairs export of any length, and the rows an import of it left, written bare into an empty copy.

Bare is what the database's own bulk way takes for exactly those rows with exactly those indexes: COPY of the text
PostgreSQL itself gave out, executemany of the tuples SQLite gave out; reading them is not part of the time.
"""

import random
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import select

from kit.auth import Caller
from kit.crypto import KeyRing
from kit.database import Database, reading, transaction
from registry.main import MIGRATIONS
from registry.table import Table
from tests.conftest import fresh_database
from tests.migrated import migrated
from tests.registry.house import COUNTY, HEADER, id_number

CALLER = Caller("bench", "civil-affairs", COUNTY, frozenset({"registry:read"}), "operation")
MEMBERS = 3  # of a household
SLICE = 20_000
SURNAMES, GIVEN = "马王李丁杨金白周张刘陈黑", "秀英明红军玉兰志强国海建花龙凤梅"


def civil_affairs_csv(count: int) -> bytes:
    """So many people in households of three over 200 villages, one period of support each."""
    rng = random.Random(7)
    lines = [",".join(HEADER)]
    for at in range(count):
        home, place = divmod(at, MEMBERS)
        if place == 0:
            family = [rng.choice(SURNAMES) + one + rng.choice(GIVEN) for one in rng.sample(GIVEN, MEMBERS)]
            division = f"640499{100 + home % 20}{200 + home % 10 * 7}"
        born = f"{1930 + at // 1000 % 80}{1 + at // 80_000 % 12:02d}{1 + at // 960_000 % 28:02d}"
        relation = ("户主", "配偶", "子")[place]
        lines.append(
            f"JY{home:07d},农村低保,整户保,3,3,{family[0]},{family[place]},{id_number(born, at % 1000)},"
            f"{'男女'[at % 10 % 2 == 0]},{born},回族,{relation},{division},某镇某村{home % 9 + 1}组{home % 97}号,"
            f"138{at % 100_000_000:08d},201907,,319,{family[0]},6229{home:012d}"
        )
    return "\n".join(lines).encode()


@contextmanager
def registry(folder: Path) -> Iterator[Database]:
    """An empty, migrated registry of its own."""
    with fresh_database(folder) as url:
        database = Database.open(url)
        migrated(database, MIGRATIONS)
        yield database
        database.dispose()


def left_tables() -> list[Any]:
    """The registry's tables, those pointed at first."""
    return list(Table.metadata.sorted_tables)


def write_bare(source: Database, target: Database) -> float:
    """All that stands in `source` into the empty `target`, by the database's own bulk way: seconds of writing."""
    copy = _copied if source.dialect == "postgresql" else _inserted
    return sum(copy(source, target, table) for table in left_tables() if not _holds(target, table))


def _holds(database: Database, table: Any) -> bool:
    """Whether a table has rows by its migrations already."""
    with reading(database) as session:
        return session.execute(select(table).limit(1)).first() is not None


def _inserted(source: Database, target: Database, table: Any) -> float:
    names = ", ".join(f'"{column.name}"' for column in table.columns)
    into = f'INSERT INTO "{table.name}" ({names}) VALUES ({", ".join("?" * len(table.columns))})'
    took = 0.0
    with source.engine.connect() as connection:
        cursor: Any = connection.connection.cursor()
        cursor.execute(f'SELECT {names} FROM "{table.name}" ORDER BY rowid')
        while rows := cursor.fetchmany(SLICE):
            begun = time.perf_counter()
            with transaction(target) as session, closing(session.connection().connection.cursor()) as into_cursor:
                into_cursor.executemany(into, rows)
            took += time.perf_counter() - begun
    return took


def _copied(source: Database, target: Database, table: Any) -> float:
    names = ", ".join(f'"{column.name}"' for column in table.columns)
    with tempfile.TemporaryFile() as spool:
        with source.engine.connect() as connection:
            cursor: Any = connection.connection.cursor()
            with cursor.copy(f'COPY "{table.name}" ({names}) TO STDOUT') as copy:
                for piece in copy:
                    spool.write(piece)
        spool.seek(0)
        begun = time.perf_counter()
        with transaction(target) as session:
            cursor = session.connection().connection.cursor()
            with cursor.copy(f'COPY "{table.name}" ({names}) FROM STDIN') as copy:
                while piece := spool.read(1 << 20):
                    copy.write(piece)
        return time.perf_counter() - begun


def ephemeral() -> KeyRing:
    """A ring of the benchmark's own."""
    return KeyRing.ephemeral()
