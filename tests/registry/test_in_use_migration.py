"""The migration that tells who took a case over, over cases that were taken over before it."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from kit.database import Database
from tests.migrated import go

AT = datetime(2021, 6, 1, tzinfo=UTC)


@pytest.fixture
def connection(database_url: str) -> Iterator[sa.Connection]:
    database = Database.open(database_url)
    with database.engine.connect() as connection:
        yield connection
    database.dispose()


def add(connection: sa.Connection, name: str, **values: object) -> None:
    table = sa.Table(name, sa.MetaData(), autoload_with=connection)
    connection.execute(table.insert(), values)


def case(connection: sa.Connection, case_id: str, accepted_at: datetime | None) -> None:
    add(
        connection, "ledger_case", case_id=case_id, subject_key=case_id, origin="lead", area="640499100201",
        area_fixed=False, state="verifying", returned=False, opened_at=AT, accepted_at=accepted_at, reopened=0,
        version=1,
    )  # fmt: skip


def event(connection: sa.Connection, case_id: str, actor: str, action: str, days: int) -> None:
    add(
        connection, "ledger_event", event_id=f"{case_id}{actor}{days}", case_id=case_id, actor=actor, action=action,
        at=AT + timedelta(days=days), state_after="verifying",
    )  # fmt: skip


def test_who_took_over_last_is_taken_from_the_events_and_nobody_where_it_waits_again(
    connection: sa.Connection,
) -> None:
    go(connection, "registry:migrations", "0040")
    for case_id, accepted in (("taken", AT), ("twice", AT), ("waits", None)):
        case(connection, case_id, accepted)
    event(connection, "taken", "first", "accept", 1)
    event(connection, "taken", "other", "report", 2)
    event(connection, "twice", "first", "accept", 1)
    event(connection, "twice", "second", "accept", 3)
    event(connection, "waits", "first", "accept", 1)
    connection.commit()
    go(connection, "registry:migrations", "0055")
    rows = connection.execute(sa.text("SELECT case_id, accepted_by, assigned_to FROM ledger_case ORDER BY case_id"))
    assert [tuple(row) for row in rows] == [("taken", "first", None), ("twice", "second", None), ("waits", None, None)]
    go(connection, "registry:migrations", "0040")
    columns = {column["name"] for column in sa.inspect(connection).get_columns("ledger_case")}
    assert not columns & {"accepted_by", "assigned_to"}
    assert "reveal" not in sa.inspect(connection).get_table_names()
    go(connection, "registry:migrations", "head")
