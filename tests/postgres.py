"""Databases on the PostgreSQL the suite is told of: empty ones, and copies of one that was migrated once per process.

A copy costs a tenth of the migrations it stands for. A process makes its template from the migrations as they are and
takes it along when it ends, so none is ever older than they. An empty database costs about what a copy does: one that
was given to a test and not touched before a copy took its place is given to the next.
"""

import os
from functools import cache

from sqlalchemy import Engine, NullPool, create_engine, make_url

from kit.columns import new_id
from kit.database import Database
from kit.migrations import upgrade

URL = os.environ.get("TEST_DATABASE_URL", "")
TABLES = "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace"
_spare: list[str] = []  # empty, and nobody's
_kept: list[str] = []  # scenes, to be copied
_templates: dict[str, str] = {}  # by whose migrations


def create() -> str:
    """The URL of an empty database of its own."""
    name = _new_name()
    if _spare:
        _say(f'ALTER DATABASE "{_spare.pop()}" RENAME TO "{name}"')
    else:
        _say(f'CREATE DATABASE "{name}" TEMPLATE template0')
    return make_url(URL).set(database=name).render_as_string(hide_password=False)


def drop(url: str) -> None:
    """With whoever is still connected: they are of a test that is over."""
    _say(f'DROP DATABASE "{make_url(url).database}" WITH (FORCE)')


def migrate(url: str, script_location: str) -> bool:
    """Put a copy of the migrated database in the place of an empty one; False where there is something in it."""
    if not _is_empty(url):
        return False
    name, aside = make_url(url).database, _new_name()
    template = _template(script_location)
    _say(f'ALTER DATABASE "{name}" RENAME TO "{aside}"')
    _spare.append(aside)
    _say(f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY FILE_COPY')
    return True


def keep(url: str) -> str:
    """A copy of a database as it stands, for `put`; it goes with the process."""
    name = _new_name()
    _say(f'CREATE DATABASE "{name}" TEMPLATE "{make_url(url).database}" STRATEGY FILE_COPY')
    _kept.append(name)
    return name


def put(url: str, kept: str) -> None:
    """A copy of what was kept in the place of a database."""
    drop(url)
    _say(f'CREATE DATABASE "{make_url(url).database}" TEMPLATE "{kept}" STRATEGY FILE_COPY')


def forget() -> None:
    """Drop what no test owns."""
    for name in (*_spare, *_kept, *_templates.values()):
        _say(f'DROP DATABASE "{name}" WITH (FORCE)')
    _spare.clear()
    _kept.clear()
    _templates.clear()
    _admin().dispose()


def _template(script_location: str) -> str:
    if script_location not in _templates:
        url = create()
        database = Database.open(url)
        upgrade(database, script_location)
        database.dispose()
        _templates[script_location] = str(make_url(url).database)
    return _templates[script_location]


def _is_empty(url: str) -> bool:
    engine = create_engine(url, poolclass=NullPool)
    with engine.connect() as connection:
        return connection.exec_driver_sql(TABLES).scalar_one() == 0


def _new_name() -> str:
    return "t" + new_id().replace("-", "")


@cache
def _admin() -> Engine:
    return create_engine(URL, isolation_level="AUTOCOMMIT")


def _say(statement: str) -> None:
    with _admin().connect() as connection:
        connection.exec_driver_sql(statement)
