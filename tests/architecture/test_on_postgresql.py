"""What runs again on PostgreSQL: every test that may open a database, which is known by the fixtures it asks for."""

from pathlib import Path

import pytest

from tests.conftest import differs, fresh_database, opens_databases


def test_whoever_opens_a_database_and_asks_for_none_fails(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="asks for `databases`"), fresh_database(tmp_path):
        pass


def test_whoever_asks_may_open_some(databases: None, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    with fresh_database(tmp_path) as one, fresh_database(tmp_path) as other:
        assert one != other
    assert opens_databases(request.node)


@pytest.fixture
def through_another(database_url: str) -> str:
    return database_url


def test_who_asks_through_another_fixture_runs_there_too(through_another: str, request: pytest.FixtureRequest) -> None:
    assert differs(request.node, soak=False)


def test_who_asks_for_none_does_not(request: pytest.FixtureRequest) -> None:
    assert not opens_databases(request.node)
    assert not differs(request.node, soak=True)


@pytest.mark.same_anywhere
def test_what_no_database_alters_runs_there_in_the_soak_alone(databases: None, request: pytest.FixtureRequest) -> None:
    assert not differs(request.node, soak=False)
    assert differs(request.node, soak=True)
