"""The bench's migration, both ways, over decisions that were there before it."""

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from kit.columns import now
from kit.database import Database
from tests.migrated import go

WORD = {"id": "d", "record_print": "p", "person_id": "x", "verdict": "confirm", "code": "01", "source": "o",
        "lead_id": "l", "batch_id": "b", "line": 2, "area": "640499000000"}  # fmt: skip


@pytest.fixture
def connection(database_url: str) -> Iterator[sa.Connection]:
    database = Database.open(database_url)
    with database.engine.connect() as connection:
        yield connection
    database.dispose()


def _tables(connection: sa.Connection) -> set[str]:
    return set(sa.inspect(connection).get_table_names())


def test_there_and_back_with_the_decisions_of_before(connection: sa.Connection) -> None:
    go(connection, "matcher:migrations", "m0003")
    before = _tables(connection)
    decision = sa.Table("decision", sa.MetaData(), autoload_with=connection)
    connection.execute(decision.insert(), {**WORD, "made_at": now()})
    connection.commit()
    go(connection, "matcher:migrations", "m0004")
    assert _tables(connection) - before == {"doubt", "reading", "decision_entry"}
    kept = connection.execute(sa.text("SELECT number, person_id, verdict, source FROM decision_entry")).all()
    assert [tuple(row) for row in kept] == [(1, "x", "confirm", "o")]
    with pytest.raises(sa.exc.IntegrityError):
        connection.execute(decision.insert(), {**WORD, "id": "e", "person_id": "y", "made_at": now()})
    connection.rollback()
    connection.execute(decision.insert(), {**WORD, "id": "e", "person_id": "y", "verdict": "reject", "made_at": now()})
    connection.commit()
    go(connection, "matcher:migrations", "m0003")
    assert _tables(connection) == before
    assert connection.execute(sa.text("SELECT count(*) FROM decision")).scalar() == 2
    columns = {column["name"] for column in sa.inspect(connection).get_columns("label")}
    assert not columns & {"selection", "inclusion"}
    go(connection, "matcher:migrations", "head")
    assert "doubt" in _tables(connection)
