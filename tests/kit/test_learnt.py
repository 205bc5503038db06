"""What another service knows: asked for once however many want it, and nobody is refused while somebody asks."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from kit.learnt import Learnt
from kit.problems import UpstreamDown


def test_many_who_come_after_a_long_rest_wait_for_the_one_who_asks() -> None:
    asked: list[float] = []
    gate = threading.Event()

    def ask() -> int:
        asked.append(time.monotonic())
        gate.wait(5)
        return len(asked)

    gate.set()
    known = Learnt(ask, fresh_seconds=0.0)
    assert known.now(60.0) == 1
    gate.clear()
    known.fresh_seconds = 60.0
    known._asked = known._had = time.monotonic() - 3600  # an hour without anybody
    with ThreadPoolExecutor(5) as several:
        waiting = [several.submit(known.now, 60.0) for _ in range(5)]
        time.sleep(0.1)
        gate.set()
        assert [one.result(20) for one in waiting] == [2] * 5
    assert len(asked) == 2


def test_one_that_is_known_serves_while_another_asks_and_a_useless_one_does_not() -> None:
    def silent() -> int:
        raise UpstreamDown(name="registry")

    known = Learnt(lambda: 7, fresh_seconds=0.0)
    assert known.now(60.0) == 7
    known.ask = silent
    assert known.now(60.0) == 7
    known._had -= 3600
    with pytest.raises(UpstreamDown):
        known.now(60.0)
