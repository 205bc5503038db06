"""The two worlds, planted once for the tests that only look; tests that change a world make their own."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import date
from pathlib import Path

import httpx
import pytest
from anyio.from_thread import start_blocking_portal
from pydantic import SecretStr

from kit.crypto import KeyRing
from kit.database import Database
from matcher.flows.shipped_model import install_default
from matcher.settings import MatcherSettings
from tests.asgi import AsgiBridge, client_of
from tests.conftest import fresh_database
from tests.matcher import fake_registry
from tests.matcher.conftest import Matcher
from tests.matcher.fake_registry import FakeRegistry
from tests.matrix.matcher_world import MORE_AREAS, MatcherWorld
from tests.matrix.registry_world import RegistryWorld
from tests.migrated import migrated
from tests.registry.house import House, build


@contextmanager
def registry_world(folder: Path) -> Iterator[RegistryWorld]:
    """A registry of its own, planted."""
    folder.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        database = Database.open(stack.enter_context(fresh_database(folder)))
        stack.callback(database.dispose)
        app, ring = build(database, folder)
        yield RegistryWorld(House(app, database, ring, stack.enter_context(client_of(app))))


@contextmanager
def matcher_world(folder: Path) -> Iterator[MatcherWorld]:
    """A matcher of its own beside a small registry, planted."""
    folder.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        patch.setattr(fake_registry, "AREAS", MORE_AREAS)
        url = stack.enter_context(fresh_database(folder))
        settings = MatcherSettings(
            database_url=url, data_dir=folder / "data", registry_url="http://registry.test", client_id="matcher",
            client_secret=SecretStr("secret"), as_of=date(2021, 6, 1), worker_poll_seconds=0.001,
            review_second_share=0, review_sample_certain=0, review_sample_probable=0,
        )  # fmt: skip
        database = Database.open(url)
        migrated(database, "matcher:migrations")
        install_default(database)
        database.dispose()
        portal = stack.enter_context(start_blocking_portal())
        matcher = Matcher(settings, KeyRing.ephemeral(), FakeRegistry(), portal)
        stack.callback(matcher.close)
        http = httpx.Client(transport=AsgiBridge(matcher.app, portal), base_url="http://matcher.test")
        yield MatcherWorld(matcher, stack.enter_context(http))


@pytest.fixture(scope="module")
def in_registry(databases: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RegistryWorld]:
    with registry_world(tmp_path_factory.mktemp("registry")) as world:
        yield world


@pytest.fixture(scope="module")
def in_matcher(databases: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[MatcherWorld]:
    with matcher_world(tmp_path_factory.mktemp("matcher")) as world:
        yield world
