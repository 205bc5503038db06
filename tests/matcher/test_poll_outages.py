"""What a database that hangs or is away means for those who poll: one thread is held, everybody gets an answer."""

import asyncio
import threading
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from sqlalchemy.exc import TimeoutError as NoConnectionFree

from kit.lookout import Marks
from tests.matcher.conftest import Matcher

POLLERS = 60  # more than there are threads


@pytest.fixture
def polled(matcher: Matcher) -> Matcher:
    """A matcher that knows who polls, and whose looks are asked for each time."""
    headers = matcher.headers("leads:read")
    assert matcher.http.get("/leads/changes", headers=headers).status_code == 200
    matcher.app.state.marks.seconds = 0.0
    matcher.app.state.verifier.revoked.fresh_seconds = 600.0
    return matcher


def asked(
    matcher: Matcher, meanwhile: Callable[[httpx.AsyncClient], Any], headers: dict[str, str]
) -> tuple[list[httpx.Response], Any]:
    """The answers of all who poll at once, and what was seen while they waited."""

    async def story() -> tuple[list[httpx.Response], Any]:
        transport = httpx.ASGITransport(matcher.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://matcher/matcher/v1") as http:
            polls = [asyncio.ensure_future(http.get("/leads/changes", headers=headers)) for _ in range(POLLERS)]
            seen = await meanwhile(http)
            return await asyncio.gather(*polls), seen

    return asyncio.run(story())


def test_while_the_database_hangs_one_thread_waits_for_all_who_poll(polled: Matcher) -> None:
    look, gate, begun, looks = polled.app.state.marks.look, threading.Event(), threading.Event(), list[int]()

    def hung() -> Marks:
        looks.append(1)
        begun.set()
        assert gate.wait(60)
        seen: Marks = look()
        return seen

    async def meanwhile(http: httpx.AsyncClient) -> int:
        assert await asyncio.to_thread(begun.wait, 60)
        for _ in range(50):  # everybody has come as far as they get
            await asyncio.sleep(0)
        live = await http.get("/health/live")
        gate.set()
        return live.status_code

    polled.app.state.marks.look = hung
    answers, live = asked(polled, meanwhile, polled.headers("leads:read"))
    assert live == 200
    assert {one.status_code for one in answers} == {200}
    # One that hung, and one for those who came while it did.
    assert len(looks) <= 2


def test_when_the_database_is_away_everybody_is_told_when_to_come_back_and_the_next_is_answered(
    polled: Matcher,
) -> None:
    look, headers = polled.app.state.marks.look, polled.headers("leads:read")

    def away() -> Marks:
        raise NoConnectionFree

    async def nothing(_: httpx.AsyncClient) -> None:
        return None

    polled.app.state.marks.look = away
    answers, _ = asked(polled, nothing, headers)
    assert {(one.status_code, one.json()["code"]) for one in answers} == {(503, "database-away")}
    assert all(int(one.headers["retry-after"]) > 0 for one in answers)
    polled.app.state.marks.look = look
    assert polled.http.get("/leads/changes", headers=headers).status_code == 200


def test_while_the_registry_is_away_one_thread_asks_for_what_ended_and_programs_are_answered(polled: Matcher) -> None:
    revoked, asking, gate, threads = polled.app.state.verifier.revoked, threading.Event(), threading.Event(), set[int]()
    ask = revoked.ask

    def slow() -> frozenset[str]:
        threads.add(threading.get_ident())
        asking.set()
        assert gate.wait(60)
        polled.registry.down = True
        ended: frozenset[str] = ask()
        return ended

    async def meanwhile(http: httpx.AsyncClient) -> int:
        assert await asyncio.to_thread(asking.wait, 60)
        other = await http.get("/leads/changes", headers=polled.headers("leads:read"))
        gate.set()
        return other.status_code

    revoked.ask, revoked.fresh_seconds = slow, 600.0  # once tried it counts for longer than all of them take
    revoked._asked -= 601.0
    answers, other = asked(polled, meanwhile, polled.headers("leads:read"))
    assert other == 200
    assert {one.status_code for one in answers} == {200}
    assert len(threads) == 1
