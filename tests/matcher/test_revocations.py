"""The matcher hears within seconds that a session ended, and trusts no person it cannot ask about."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from kit.auth import Caller
from kit.problems import UpstreamDown
from kit.revocations import Revocations
from tests.matcher.conftest import Matcher

PERSON = Caller("account", "township", "640499100000", frozenset(), "p", session="s1")
PROGRAM = Caller("c1", "township", "640499100000", frozenset(), "p")


def test_the_token_of_an_ended_session_and_of_a_disabled_client_is_refused(matcher: Matcher) -> None:
    matcher.app.state.verifier.revoked.fresh_seconds = 0
    headers = [matcher.headers(sid="s1", sub="account"), matcher.headers(sub="c1"), matcher.headers(sub="c2")]
    assert [matcher.http.get("/leads", headers=one).status_code for one in headers] == [200] * 3
    matcher.registry.ended |= {"s1", "c1"}
    answers = [matcher.http.get("/leads", headers=one) for one in headers]
    assert [answer.status_code for answer in answers] == [401, 401, 200]
    assert answers[0].json()["code"] == "token-revoked"


def test_without_the_registry_people_are_refused_and_programs_go_on(matcher: Matcher) -> None:
    revocations = matcher.app.state.verifier.revoked
    person, program = matcher.headers(sid="s1"), matcher.headers(sub="c1")
    assert matcher.http.get("/leads", headers=person).status_code == 200
    matcher.registry.down = True
    revocations.fresh_seconds = 0
    assert matcher.http.get("/leads", headers=person).status_code == 200  # the list is seconds old
    revocations.stale_seconds = 0
    refused = matcher.http.get("/leads", headers=person)
    assert (refused.status_code, refused.json()["code"]) == (503, "upstream-down")
    assert matcher.http.get("/leads", headers=program).status_code == 200


def test_the_list_is_asked_for_once_and_again_when_it_is_old() -> None:
    asked: list[int] = []
    revocations = Revocations(lambda: frozenset({"s1"}) if asked.append(1) is None else frozenset(), fresh_seconds=3600)
    assert [revocations(PERSON), revocations(PROGRAM), revocations(PERSON)] == [True, False, True]
    assert len(asked) == 1
    revocations.fresh_seconds = -1
    revocations(PERSON)
    assert len(asked) == 2


def test_what_is_at_hand_is_told_without_asking_and_an_old_list_is_not_at_hand() -> None:
    asked: list[int] = []
    revocations = Revocations(lambda: frozenset({"s1"}) if asked.append(1) is None else frozenset(), fresh_seconds=3600)
    assert revocations.known(PERSON) is None
    assert revocations(PROGRAM) is False
    assert (revocations.known(PERSON), revocations.known(PROGRAM)) == (True, False)
    revocations.fresh_seconds = -1
    assert revocations.known(PERSON) is None
    assert len(asked) == 1


def test_a_list_that_never_came_lets_no_person_through() -> None:
    def ask() -> frozenset[str]:
        raise UpstreamDown(name="registry")

    revocations = Revocations(ask, fresh_seconds=0)
    assert revocations(PROGRAM) is False
    with pytest.raises(UpstreamDown):
        revocations(PERSON)


def test_nobody_waits_for_a_list_while_there_is_one() -> None:
    """Embedded, the registry answers from the same threads: were all of them waiting, nobody could answer."""
    began, go_on = threading.Event(), threading.Event()
    slow = [False]

    def ask() -> frozenset[str]:
        if slow[0]:
            began.set()
            assert go_on.wait(30)
        return frozenset()

    revocations = Revocations(ask, fresh_seconds=0)
    assert revocations(PERSON) is False
    slow[0] = True
    asker = threading.Thread(target=revocations, args=(PERSON,))
    asker.start()
    assert began.wait(30)
    assert revocations(PERSON) is False  # would hang here
    go_on.set()
    asker.join()


@pytest.mark.parametrize("had", [float("-inf"), -3600.0], ids=["never had", "an hour without anybody"])
def test_people_who_come_while_the_list_is_asked_for_wait_for_it(had: float) -> None:
    began, go_on = threading.Event(), threading.Event()

    def ask() -> frozenset[str]:
        began.set()
        assert go_on.wait(30)
        return frozenset()

    at = time.monotonic() + had
    revocations = Revocations(ask, fresh_seconds=5.0, _asked=at, _had=at)
    with ThreadPoolExecutor(2) as several:
        first = several.submit(revocations, PERSON)
        assert began.wait(30)
        assert revocations.known(PERSON) is None
        second = several.submit(revocations, PERSON)
        time.sleep(0.05)  # until it waits
        go_on.set()
        assert (first.result(30), second.result(30)) == (False, False)
