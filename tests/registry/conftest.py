"""A registry for every test that asks for `house`."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.asgi import client_of
from tests.registry.house import House, open_house


@pytest.fixture
def house(database_url: str, tmp_path: Path) -> Iterator[House]:
    """A registry with an empty, migrated database."""
    clients = []

    def made(app):  # type: ignore[no-untyped-def]  # closes over the test's life
        context = client_of(app)
        clients.append(context)
        return context.__enter__()

    built = open_house(database_url, tmp_path, made)
    yield built
    for context in clients:
        context.__exit__(None, None, None)
    built.database.dispose()
