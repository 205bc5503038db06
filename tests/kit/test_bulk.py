"""Rows go in and come out as columns, the same as one by one; nothing stays when the transaction does not."""

from collections.abc import Iterator
from datetime import UTC, date, datetime

import polars as pl
import pytest
from sqlalchemy import Date, Table, literal, null, text
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
    told = ["a\tb\\n\"'", None, "", "\\N", "马\n有福", "%s", "?", "a\n\\.\nb", "\\t", "\r\n", ",", "\ufeff", "\b\f\v"]
    told += ["\\\\n", "\x1f", "\\"]
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


def test_what_is_asked_for_by_list_by_moment_and_by_sign_is_found(database: Database) -> None:
    rows = frame(30)
    with transaction(database) as session:
        insert_frame(session, TABLE, rows, {"area": "640499", "made_at": AT})
    some, query = rows["id"].to_list()[3:20], select(TABLE.c.id, TABLE.c.told).order_by(TABLE.c.order)
    schema = {"id": pl.String, "told": pl.String}
    with reading(database) as session:
        found = select_frame(session, query.where(TABLE.c.id.in_(some), TABLE.c.made_at <= AT), schema)
        assert found.equals(rows.filter(pl.col("id").is_in(some)).select("id", "told"))
        assert select_frame(session, query.where(TABLE.c.id.in_([])), schema).is_empty()
        assert select_frame(session, query.where(TABLE.c.made_at < AT), schema).is_empty()
        signs = select(TABLE.c.told.label("100%"), text("'%'")).where(TABLE.c.told == "%s")
        assert select_frame(session, signs, {"a": pl.String, "b": pl.String}).rows() == [("%s", "%")] * 2
        bare = select(text("'%'")).select_from(TABLE)  # with nothing to bind
        assert select_frame(session, bare, {"a": pl.String}).rows() == [("%",)] * 30


def test_days_are_days_whatever_way_a_server_writes_them(database: Database) -> None:
    shape = {"day": pl.Date, "none": pl.Date}
    with reading(database) as session:
        if database.dialect == "postgresql":
            session.execute(text("SET LOCAL DateStyle TO 'SQL, DMY'"))
        day = literal(date(2021, 2, 1), Date())
        assert select_frame(session, select(day, null()), shape).rows() == [(date(2021, 2, 1), None)]


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
