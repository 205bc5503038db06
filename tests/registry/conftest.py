"""A registry for every test that asks for `house`."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from kit.database import Database
from tests.asgi import client_of
from tests.registry.house import House, build


@pytest.fixture
def house(database_url: str, tmp_path: Path) -> Iterator[House]:
    """A registry with an empty, migrated database."""
    database = Database.open(database_url)
    app, ring = build(database, tmp_path)
    with client_of(app) as client:
        yield House(app, database, ring, client)
    database.dispose()
