"""A subtree of areas as a range of codes is what beginning with its digits is."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Column, MetaData, String, Table, create_engine, insert, select

from kit.scope import below

CODE = st.text("0123456789", min_size=12, max_size=12)
DIGITS = st.sampled_from([0, 2, 4, 6, 9, 12]).flatmap(lambda size: st.text("0189", min_size=size, max_size=size))
METADATA = MetaData()
AREAS = Table("areas", METADATA, Column("code", String(12), primary_key=True))


@settings(deadline=None)
@given(st.lists(CODE, unique=True, max_size=20), DIGITS)
def test_below_is_what_begins_with_the_digits(codes: list[str], digits: str) -> None:
    codes = list(dict.fromkeys([*codes, digits.ljust(12, "0"), digits.ljust(12, "9")]))
    engine = create_engine("sqlite://")
    METADATA.create_all(engine)
    with engine.begin() as connection:
        connection.execute(insert(AREAS), [{"code": code} for code in codes])
        found = set(connection.execute(select(AREAS.c.code).where(below(AREAS.c.code, digits))).scalars())
    engine.dispose()
    assert found == {code for code in codes if code.startswith(digits)}


@pytest.mark.parametrize("digits", ["64", "6404", "640499", "640499100", "640499100201"])
def test_an_index_serves_it(digits: str) -> None:
    engine = create_engine("sqlite://")
    METADATA.create_all(engine)
    with engine.begin() as connection:
        query = (
            select(AREAS.c.code)
            .where(below(AREAS.c.code, digits))
            .compile(engine, compile_kwargs={"literal_binds": True})
        )
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {query}").all()
    engine.dispose()
    assert "SEARCH areas USING" in str(plan)
