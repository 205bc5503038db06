"""Every published release: its tables only ever grew, and a county's databases go back to each and forth again."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from packaging.version import Version

from doudi.agency import Agency
from doudi.embedded import running
from doudi.home import Home
from doudi.main_job import FEEDS
from kit.database import Database
from kit.migrations import NoSuchRelease, Release, current, go, line, release, releases, upgrade
from tests.releases import ROOT, git, needs_history
from tests.served import Served, served_county

SCRIPTS = {"registry": "registry:migrations", "matcher": "matcher:migrations"}
PUBLISHED = [pytest.param(one, id=one.version) for one in releases()]
Schema = dict[str, dict[str, dict[str, Any]]]  # table → column → what it is
Rows = dict[str, list[tuple[Any, ...]]]


def schema(database: Database) -> Schema:
    """Tables with their columns, without Alembic's own."""
    seen = sa.inspect(database.engine)
    tables = [name for name in seen.get_table_names() if name != "alembic_version"]
    return {table: {str(column["name"]): _what(dict(column)) for column in seen.get_columns(table)} for table in tables}


def _what(column: dict[str, Any]) -> dict[str, Any]:
    return {"type": str(column["type"]), "nullable": column["nullable"], "default": column["default"]}


def indexes(database: Database) -> dict[str, set[tuple[str, tuple[str | None, ...], bool]]]:
    """By table the indexes: name, columns, unique."""
    seen = sa.inspect(database.engine)
    return {
        table: {(str(one["name"]), tuple(one["column_names"]), bool(one["unique"])) for one in seen.get_indexes(table)}
        for table in seen.get_table_names()
    }


def rows(database: Database, known: Schema) -> Rows:
    """Everything in these columns."""
    with database.engine.connect() as connection:
        return {table: _rows(connection, table, list(columns)) for table, columns in known.items()}


def _rows(connection: sa.Connection, table: str, columns: list[str]) -> list[tuple[Any, ...]]:
    found = connection.execute(sa.select(*(sa.column(name) for name in columns)).select_from(sa.table(table)))
    return sorted((tuple(row) for row in found), key=repr)


def at_version(folder: Path, service: str, revision: str) -> Database:
    """An empty database of that version."""
    database = Database.open(f"sqlite:///{folder / f'{service}-{revision}.db'}")
    go(database, SCRIPTS[service], revision)
    return database


@pytest.mark.parametrize("published", PUBLISHED)
def test_what_was_published_is_never_written_anew(published: Release) -> None:
    """A database that went through a version went through the one of that release."""
    needs_history(published)
    for service in SCRIPTS:
        folder = f"services/{service}/migrations/versions"
        for name in git("ls-tree", "--name-only", published.commit, f"{folder}/").decode().split():
            assert (ROOT / name).read_bytes() == git("show", f"{published.commit}:{name}"), name


@pytest.mark.parametrize("published", PUBLISHED)
@pytest.mark.parametrize("service", SCRIPTS)
def test_tables_only_grow(published: Release, service: str, tmp_path: Path) -> None:
    """What a release reads stays, and what it does not write fills itself: it serves beside its successor."""
    earlier = at_version(tmp_path, service, published.tables[service])
    newest = at_version(tmp_path, service, "head")
    before, after = schema(earlier), schema(newest)
    for table, columns in before.items():
        assert {name: after[table].get(name) for name in columns} == columns, table
        for name in set(after[table]) - set(columns):
            column = after[table][name]
            assert column["nullable"] or column["default"] is not None, f"{table}.{name}"
    for database in (earlier, newest):
        database.dispose()


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> Served:
    """Linked, screened, with cases, and nobody serves."""
    with served_county(tmp_path_factory.mktemp("releases"), 400, 144) as served:
        served.push(*FEEDS)
    return served


def stores(home: Home) -> dict[str, Database]:
    urls = {"registry": home.registry_settings().database_url, "matcher": home.matcher_settings().database_url}
    return {name: Database.open(url) for name, url in urls.items()}


@pytest.mark.parametrize("published", PUBLISHED)
def test_a_county_goes_back_to_a_release_and_forth_without_losing_a_row_of_it(
    published: Release, county: Served, tmp_path: Path
) -> None:
    for service, database in stores(county.home).items():
        empty = at_version(tmp_path, service, published.tables[service])
        known, laid = schema(empty), indexes(empty)
        before = rows(database, known)
        assert sum(map(len, before.values())) > 400
        go(database, SCRIPTS[service], published.tables[service])
        assert (schema(database), indexes(database)) == (known, laid)
        assert rows(database, known) == before
        upgrade(database, SCRIPTS[service])
        assert rows(database, known) == before
        for one in (database, empty):
            one.dispose()


def test_step_by_step_to_the_first_release_and_back(county: Served, tmp_path: Path) -> None:
    """With a county in it; what only the newest know is forgotten, the tables are the same as ever."""
    for service, original in stores(county.home).items():
        database = _copied(original, tmp_path / f"{service}.db")
        newest, laid = schema(database), indexes(database)
        versions = line(SCRIPTS[service], releases()[0].tables[service])
        assert len(versions) > 1
        for revision in versions[1:]:
            go(database, SCRIPTS[service], revision)
            assert current(database) == revision
        for revision in reversed(versions[:-1]):
            go(database, SCRIPTS[service], revision)
        assert (schema(database), indexes(database)) == (newest, laid)
        database.dispose()


def _copied(original: Database, file: Path) -> Database:
    with original.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("COMMIT")  # a copy is no transaction's
        connection.exec_driver_sql("VACUUM INTO ?", (str(file),))
    original.dispose()
    return Database.open(f"sqlite:///{file}")


def test_after_the_way_back_and_forth_the_county_serves_as_before(county: Served) -> None:
    """The last of this file: the same people, leads and cases."""
    with running(county.home):
        before = _told(county)
    for service, database in stores(county.home).items():
        go(database, SCRIPTS[service], releases()[0].tables[service])
        database.dispose()
    with running(county.home):  # which brings the tables forth by itself
        assert _told(county) == before


def _told(county: Served) -> dict[str, list[str]]:
    agency = Agency(
        county.url, *county.client("civil-affairs", "registry:follow", "leads:read", "cases:read"), "reveal"
    )
    persons = agency.lines("/registry/v1/export")
    told = {
        "persons": sorted(str(one["person"]) for one in persons if one["kind"] == "person"),
        "leads": sorted(str(one) for one in agency.pages("/matcher/v1/leads", "leads")),
        "cases": sorted(str(one) for one in agency.pages("/registry/v1/cases", "cases")),
    }
    agency.http.close()
    assert all(told.values())
    return told


def test_tables_of_a_later_release_are_left_as_they_are(tmp_path: Path) -> None:
    """As an earlier release's replica meets them when it starts once more while replicas are exchanged."""
    database = at_version(tmp_path, "registry", "head")
    with database.engine.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    upgrade(database, SCRIPTS["registry"])
    assert current(database) == "9999"
    database.dispose()


def test_a_release_nobody_published_is_refused_with_those_there_are() -> None:
    with pytest.raises(NoSuchRelease, match=releases()[-1].version):
        release("7.7.7")


def test_what_is_being_made_has_a_number_of_its_own_everywhere() -> None:
    """A published release never changes: what comes after it must not bear its number."""
    number = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    published = [Version(one.version) for one in releases()]
    assert Version(number) > max(published)
    deploy = ROOT / "deploy"
    for file in ("compose.yaml", "helm/doudi/values.yaml", "kubernetes/doudi.yaml", "kubernetes/keys.yaml"):
        named = set(re.findall(r"doudi/[a-z]+:([0-9][\w.]*)", (deploy / file).read_text(encoding="utf-8")))
        assert named == {number}, file
    assert set(re.findall(r"ersion: (\S+)", (deploy / "helm/doudi/Chart.yaml").read_text(encoding="utf-8"))) >= {number}
    headings = re.findall(r"^## ([\w.]+) \(", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert headings[0] == number
    assert {one.base_version for one in published} <= set(headings)
