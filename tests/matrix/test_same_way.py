"""What is absent and what is another's are not only answered alike: they are answered by the same statements.

A clock would say the same with more noise: what takes longer asks the database for more. So the statements are
compared, word for word, for every call whose answer is 404.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import Engine, event

from tests.matrix.judge import Who, put
from tests.matrix.matcher_world import MatcherWorld
from tests.matrix.people import OUTSIDE
from tests.matrix.registry_world import RegistryWorld
from tests.matrix.roles import EVERYTHING
from tests.matrix.table import UNKNOWN, Ask, every_ask
from tests.matrix.world import World


@contextmanager
def statements(engine: Engine) -> Iterator[list[str]]:
    """What the database is asked meanwhile."""
    heard: list[str] = []

    def hear(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        heard.append(statement)

    event.listen(engine, "before_cursor_execute", hear)
    try:
        yield heard
    finally:
        event.remove(engine, "before_cursor_execute", hear)


def absent_calls(service: str) -> list[Ask]:
    return [
        ask
        for row, ask in every_ask(service)
        if not row.public and ask.aimed and "path" in ask.call and ask.expected(UNKNOWN) == {404}
    ]


def ways(world: World, ask: Ask) -> dict[str, tuple[str, ...]]:
    """The statements behind each answer that says 404, by whose thing was asked for."""
    found = {}
    for place in (*OUTSIDE, UNKNOWN):
        with statements(world.app.state.database.engine) as heard:
            answer, _ = put(world, ask, Who(EVERYTHING), place)
        if answer.status_code == 404:
            found[place] = tuple(heard)
    return found


def told_apart(world: World) -> list[str]:
    asks = absent_calls(world.name)
    assert len(asks) > 8
    for ask in asks:
        put(world, ask, Who(EVERYTHING), UNKNOWN)  # what is asked once in a process's life
    # What differs is asked once more: between two calls the window of a quota may have begun anew.
    return [told for ask in asks if _differing(world, ask) for told in _differing(world, ask)]


def _differing(world: World, ask: Ask) -> list[str]:
    way = ways(world, ask)
    return [f"{ask.method} {ask.template}: {place}" for place, heard in way.items() if heard != way[UNKNOWN]]


def test_a_registry_answers_for_the_absent_and_for_another_s_by_the_same_statements(in_registry: RegistryWorld) -> None:
    assert told_apart(in_registry) == []


def test_a_matcher_does_so_too(in_matcher: MatcherWorld) -> None:
    assert told_apart(in_matcher) == []


def test_a_statement_more_is_heard(in_registry: RegistryWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    asks = [ask for ask in absent_calls("registry") if ask.template.endswith("/persons/{person_id}")]
    at, real = iter(range(100)), in_registry.token

    def curious(*told: Any, **more: Any) -> str:
        with in_registry.app.state.database.engine.connect() as connection:
            if next(at) == 0:  # one question too many, for the first of them
                connection.exec_driver_sql("SELECT 1")
        return real(*told, **more)

    monkeypatch.setattr(in_registry, "token", curious)
    assert len(set(ways(in_registry, asks[0]).values())) == 2
