"""The migration of deliveries, both ways, over a county that delivered before it: no account of rows is lost."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from kit.columns import now
from kit.database import Database
from tests.migrated import go

READ = {"accepted": 3, "accepted_with_warnings": 1, "duplicate_in_batch": 2, "rejected": 1}


@pytest.fixture
def connection(database_url: str) -> Iterator[sa.Connection]:
    database = Database.open(database_url)
    with database.engine.connect() as connection:
        yield connection
    database.dispose()


def batch(number: int, state: str, outcomes: dict[str, int] | None, **more: Any) -> dict[str, Any]:
    return {
        "id": f"b{number}", "feed": "disability-cards", "feed_version": 1, "agency": "a", "area": "640499000000",
        "client_id": "c", "purpose": "p", "load": "snapshot", "mode": "commit", "bytes": 9, "sha256": "0" * 64,
        "state": state, "outcomes": None if outcomes is None else json.dumps(outcomes), "chunks": 0, "attempts": 0,
        "rows_done": 0, "rows_deleted": 0, "rows_total": sum(outcomes.values()) if outcomes else None,
        "fencing_token": 0, "created_at": now(), "changed_at": now(), **more,
    }  # fmt: skip


def accounts(connection: sa.Connection) -> dict[str, dict[str, int] | None]:
    rows = connection.execute(sa.text("SELECT id, outcomes FROM batch")).all()
    return {one: None if told is None else json.loads(told) for one, told in rows}


def test_there_and_back_no_row_is_lost(connection: sa.Connection) -> None:
    go(connection, "matcher:migrations", "m0058")
    before = set(sa.inspect(connection).get_table_names())
    table = sa.Table("batch", sa.MetaData(), autoload_with=connection)
    sent = [batch(1, "published", READ), batch(2, "unchanged", {"unchanged": 7}), batch(3, "sealed", None)]
    connection.execute(table.insert(), sent)
    connection.commit()
    go(connection, "matcher:migrations", "m0065")
    assert set(sa.inspect(connection).get_table_names()) - before == {"batch_part", "ended_row", "feed_alert"}
    counted = connection.execute(
        sa.text("SELECT id, rows_total, rows_accepted, rows_rejected, rows_unchanged, rows_superseded FROM batch")
    ).all()
    assert sorted(map(tuple, counted)) == [
        ("b1", 7, 3, 1, 0, 0), ("b2", 7, 0, 0, 7, 0), ("b3", None, None, None, None, None)
    ]  # fmt: skip
    with pytest.raises(sa.exc.IntegrityError):
        connection.execute(sa.text("UPDATE batch SET rows_rejected = 0 WHERE id = 'b1'"))
    connection.rollback()
    connection.execute(sa.text("UPDATE batch SET state = 'open' WHERE id = 'b3'"))
    connection.commit()
    go(connection, "matcher:migrations", "m0058")
    assert set(sa.inspect(connection).get_table_names()) == before
    told = {"unchanged": 0, "superseded": 0, **READ}
    assert accounts(connection) == {"b1": told, "b2": {"unchanged": 7}, "b3": None}
    assert connection.execute(sa.text("SELECT state FROM batch WHERE id = 'b3'")).scalar() == "cancelled"
    go(connection, "matcher:migrations", "head")
