"""Rests that grow, and the bell that ends them."""

import threading
import time

from kit.rests import Bell, Rests


def test_a_rest_grows_up_to_its_longest_and_is_short_again_after_work() -> None:
    rests = Rests(0.2, 1.0)
    assert [rests.take() for _ in range(5)] == [0.2, 0.4, 0.8, 1.0, 1.0]
    rests.begin_again()
    assert rests.take() == 0.2


def test_the_longest_rest_is_never_shorter_than_the_shortest() -> None:
    rests = Rests(20.0, 1.0)
    assert [rests.take() for _ in range(2)] == [20.0, 20.0]


def test_whoever_waits_is_woken_and_a_ring_before_the_wait_is_heard() -> None:
    bell = Bell()
    heard = bell.heard
    threading.Timer(0.05, bell.ring).start()
    begun = time.monotonic()
    assert bell.wait(heard, 30)
    assert time.monotonic() - begun < 20
    assert bell.wait(heard, 0)
    assert not bell.wait(bell.heard, 0)
