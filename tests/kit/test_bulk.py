"""Rows go in and come out as columns, the same as one by one; nothing stays when the transaction does not."""

from collections.abc import Iterator
from datetime import UTC, datetime

import polars as pl
import pytest
from sqlalchemy import Table
from sqlmodel import Field, MetaData, SQLModel, select

from kit import bulk
from kit.bulk import insert_frame, select_frame
from kit.columns import Instant, new_id, new_ids
from kit.database import Database, reading, transaction


class Base(SQLModel):
    metadata = MetaData()


class Thing(Base, table=True):
    id: str = Field(primary_key=True)
    order: int  # a word of SQL: names are quoted
    share: float | None = None
    told: str | None = None
    sure: bool = False
    area: str
    made_at: datetime = Field(sa_type=Instant)


TABLE: Table = Thing.__table__  # type: ignore[attr-defined]  # SQLModel does not declare the table it makes
AT = datetime(2021, 6, 1, 8, 30, 15, 123456, tzinfo=UTC)
SCHEMA = {"id": pl.String, "order": pl.Int32, "share": pl.Float64, "told": pl.String, "sure": pl.Boolean}


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    made = Database.open(database_url)
    Base.metadata.create_all(made.engine)
    yield made
    made.dispose()


def frame(count: int) -> pl.DataFrame:
    told = ["a\tb\\n\"'", None, "", "\\N", "马\n有福", "%s", "?", "a\n\\.\nb", "\\t", "\r\n", ","]
    return pl.DataFrame(
        {
            "id": new_ids(count),
            "order": range(count),
            "share": [None if number % 3 == 0 else number / 7 for number in range(count)],
            "told": [told[number % len(told)] for number in range(count)],
            "sure": [number % 2 == 0 for number in range(count)],
        },
        schema=SCHEMA,
    )


@pytest.mark.parametrize("count", [0, 1, 25, 60])
def test_what_goes_in_comes_out(database: Database, count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "SLICE", 25)
    rows = frame(count)
    with transaction(database) as session:
        insert_frame(session, TABLE, rows, {"area": "640499", "made_at": AT})
    query = select(*(TABLE.c[name] for name in SCHEMA)).order_by(TABLE.c.order)
    with reading(database) as session:
        assert select_frame(session, query, SCHEMA).equals(rows)
        things = session.exec(select(Thing)).all()
    assert len(things) == count
    assert {(thing.area, thing.made_at) for thing in things} <= {("640499", AT)}


def test_nothing_stays_of_a_transaction_that_fails(database: Database) -> None:
    def fail() -> None:
        with transaction(database) as session:
            insert_frame(session, TABLE, frame(3), {"area": "640499", "made_at": AT})
            raise LookupError

    with pytest.raises(LookupError):
        fail()
    with reading(database) as session:
        assert session.exec(select(Thing)).all() == []


def test_many_ids_are_ids_like_any_other() -> None:
    before, made, after = new_id(), new_ids(2000), new_id()
    assert len(set(made)) == 2000
    assert all(len(one) == len(before) and one[14] == "7" and one[19] in "89ab" for one in made)
    assert all(before[:13] <= one[:13] <= after[:13] for one in made)
