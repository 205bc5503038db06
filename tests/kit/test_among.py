"""`among` says what `IN` says, of any number of ids, on both databases, and of one compiled statement."""

from sqlmodel import Field, Session, SQLModel, col, select

from kit.among import among
from kit.database import Database, reading, transaction


class Named(SQLModel, table=True):
    __tablename__ = "among_named"
    name: str = Field(primary_key=True)
    other: str | None = None


ODD = ["a", "b'c", 'd"e', "f,{g}", "\\h", "张三", "", "NULL"]


def test_among_is_in(database_url: str) -> None:
    database = Database.open(database_url)
    Named.__table__.create(database.engine)  # type: ignore[attr-defined] - SQLModel does not declare its table
    with transaction(database) as session:
        session.add_all([Named(name=one, other=None if one == "a" else one) for one in [*ODD, "elsewhere"]])
    with reading(database) as session:
        assert _named(session, ODD) == set(ODD)
        assert _named(session, []) == set()
        assert _named(session, [f"no {at}" for at in range(70_000)] + ["张三"]) == {"张三"}
        others = session.exec(select(Named.name).where(among(col(Named.other), ODD))).all()
        assert set(others) == set(ODD) - {"a"}
        assert session.exec(select(Named.name).where(~among(col(Named.name), ODD))).all() == ["elsewhere"]
    database.dispose()


def test_among_is_read_along_an_index(database_url: str) -> None:
    database = Database.open(database_url)
    query = select(Named.name).where(among(col(Named.name), ODD))
    told = str(query.compile(database.engine))
    assert "= 1" not in told
    assert ("json_each" if database.dialect == "sqlite" else "ANY") in told
    database.dispose()


def _named(session: Session, names: list[str]) -> set[str]:
    return set(session.exec(select(Named.name).where(among(col(Named.name), names))).all())
