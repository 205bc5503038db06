"""The people queries are held against: brought up to date by a thread of their own, so that no caller pays for it."""

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from matcher.flows import warm_people
from matcher.flows.warm_people import WarmPeople
from matcher.people.problems import PeopleUnknown
from tests.matcher import county
from tests.matcher.conftest import Matcher

LONGEST_SECONDS = 30.0


def until(holds: Callable[[], bool]) -> None:
    """Wait until it does, and fail if it never does."""
    end = time.monotonic() + LONGEST_SECONDS
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.01)


def known(warm: WarmPeople) -> int:
    try:
        return warm.now().count
    except PeopleUnknown:
        return 0


@pytest.fixture
def renewers(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The threads that renewed, by name; the collector is left as it is. A look counts, and the end waits for one,
    longer than a busy machine takes for anything here."""
    told: list[str] = []
    renew = WarmPeople._renew

    def noting(self: WarmPeople, *wanted: Any) -> None:
        told.append(threading.current_thread().name)
        renew(self, *wanted)

    monkeypatch.setattr(WarmPeople, "_renew", noting)
    monkeypatch.setattr(warm_people.gc, "freeze", lambda: None)
    monkeypatch.setattr(warm_people, "TRUSTED_SECONDS", 600.0)
    monkeypatch.setattr(warm_people, "STOP_SECONDS", 60.0)
    return told


def test_while_they_are_kept_no_caller_renews_them(matcher: Matcher, renewers: list[str]) -> None:
    first, second = county.numbered(2)
    matcher.registry.put_person(county.person(*first))
    matcher.work()
    warm = WarmPeople(matcher.app.state.desk)
    with warm.kept():
        until(lambda: warm._looked > 0)  # it has seen them
        matcher.registry.put_person(county.person(*second))
        matcher.work()
        until(lambda: known(warm) == 2)
    assert set(renewers) == {"warm-people"}
    assert len(renewers) == 2


def test_who_asks_notices_a_thread_that_hangs(matcher: Matcher, renewers: list[str]) -> None:
    first, second = county.numbered(2)
    matcher.registry.put_person(county.person(*first))
    matcher.work()
    warm = WarmPeople(matcher.app.state.desk)
    with warm.kept():
        until(lambda: warm._looked > 0)  # it has seen them
    matcher.registry.put_person(county.person(*second))
    matcher.work()
    assert known(warm) == 1  # what the thread saw counts for a while
    warm._looked -= warm_people.TRUSTED_SECONDS
    assert known(warm) == 2
    assert renewers[-1] == threading.current_thread().name


def test_a_look_that_fails_is_followed_by_another(
    matcher: Matcher, monkeypatch: pytest.MonkeyPatch, renewers: list[str]
) -> None:
    matcher.registry.put_person(county.person(*county.numbered(1)[0]))
    matcher.work()
    warm, wanted, failures = WarmPeople(matcher.app.state.desk), WarmPeople._wanted, iter([OSError("down")])

    def failing_once(self: WarmPeople) -> tuple[tuple[str, ...], str]:
        for failure in failures:
            raise failure
        return wanted(self)

    monkeypatch.setattr(WarmPeople, "_wanted", failing_once)
    monkeypatch.setattr(warm_people, "TRUSTED_SECONDS", 0.05)
    with warm.kept():
        until(lambda: bool(renewers))
    assert renewers == ["warm-people"]
