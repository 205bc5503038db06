"""A registry for every test that asks for `house`."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from kit.database import Database
from registry.access import hashes
from tests.asgi import client_of
from tests.registry.house import House, build


@pytest.fixture
def house(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    """A registry with an empty, migrated database; its clients' secrets are hashed cheaply, there are many of them."""
    monkeypatch.setattr(hashes, "HASHER", PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
    database = Database.open(database_url)
    app, ring = build(database, tmp_path)
    with client_of(app) as client:
        yield House(app, database, ring, client)
    database.dispose()
