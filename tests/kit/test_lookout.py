"""Many wait and one look serves them all; nobody is told what was seen before they asked for what is."""

import asyncio
import gc
import threading
import time

import pytest

from kit.lookout import Lookout

WAITERS = 200


class Place:
    """A number that can be looked at, slowly if a gate is closed; counts the looks."""

    def __init__(self) -> None:
        self.value, self.looks = 0, 0
        self.gate = threading.Event()
        self.gate.set()
        self.begun = threading.Event()

    def look(self) -> int:
        seen = self.value
        self.looks += 1
        self.begun.set()
        assert self.gate.wait(60)
        return seen


def test_those_who_are_content_with_lately_share_a_look() -> None:
    place = Place()

    async def story() -> list[int]:
        lookout = Lookout(place.look, 60.0)
        return await asyncio.gather(*(lookout.lately() for _ in range(WAITERS)))

    assert asyncio.run(story()) == [0] * WAITERS
    assert place.looks == 1


def test_whoever_asks_for_now_is_not_told_what_was_seen_before() -> None:
    place = Place()

    async def story() -> tuple[int, int]:
        lookout = Lookout(place.look, 60.0)
        place.gate.clear()
        early = asyncio.ensure_future(lookout.now())
        assert await asyncio.to_thread(place.begun.wait, 60)
        place.value = 1  # after the first look has read, before it came back
        late = asyncio.ensure_future(lookout.now())
        await asyncio.sleep(0)
        place.gate.set()
        return await early, await late

    assert asyncio.run(story()) == (0, 1)
    assert place.looks == 2


def test_what_is_too_old_is_looked_at_again() -> None:
    place = Place()

    async def story() -> list[int]:
        lookout = Lookout(place.look, 0.0)
        first = await lookout.lately()
        place.value = 7
        return [first, await lookout.lately()]

    assert asyncio.run(story()) == [0, 7]


def test_what_this_process_did_itself_is_looked_at_again() -> None:
    place = Place()
    moved = [float("-inf")]

    async def story() -> list[int]:
        lookout = Lookout(place.look, 60.0, lambda: moved[0])
        seen = [await lookout.lately()]
        place.value = 7
        seen.append(await lookout.lately())
        moved[0] = time.monotonic()
        return [*seen, await lookout.lately(), await lookout.lately()]

    assert asyncio.run(story()) == [0, 0, 7, 7]
    assert place.looks == 2


def test_a_look_nobody_waits_for_any_more_may_fail_in_silence() -> None:
    place, said = Place(), list[object]()

    def look() -> int:
        place.look()
        raise OSError("away")

    async def story() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _, told: said.append(told))
        lookout = Lookout(look, 60.0)
        place.gate.clear()
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(lookout.now(), 0.05)
        place.gate.set()
        looking = lookout._running
        while looking is not None and not looking.done():
            await asyncio.sleep(0.01)
        assert looking is not None
        del looking, lookout
        gc.collect()

    asyncio.run(story())
    assert said == []


def test_one_who_gives_up_takes_nothing_from_the_others() -> None:
    place = Place()

    async def story() -> int:
        lookout = Lookout(place.look, 60.0)
        place.gate.clear()
        hasty, patient = asyncio.ensure_future(lookout.lately()), asyncio.ensure_future(lookout.lately())
        assert await asyncio.to_thread(place.begun.wait, 60)
        hasty.cancel()
        await asyncio.sleep(0)
        place.gate.set()
        return await patient

    assert asyncio.run(story()) == 0
    assert place.looks == 1


def test_a_look_that_fails_is_told_to_all_who_waited_and_the_next_looks_again() -> None:
    answers: list[int | Exception] = [OSError("away"), 3]

    def look() -> int:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def story() -> tuple[list[int | BaseException], int]:
        lookout = Lookout(look, 60.0)
        failed = await asyncio.gather(*(lookout.lately() for _ in range(3)), return_exceptions=True)
        return failed, await lookout.lately()

    failed, then = asyncio.run(story())
    assert [type(one) for one in failed] == [OSError] * 3
    assert then == 3


def test_another_loop_does_not_wait_for_a_look_of_a_loop_that_is_gone() -> None:
    place = Place()
    lookout = Lookout(place.look, 60.0)

    async def cut_off() -> None:
        place.gate.clear()
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(lookout.now(), 0.05)
        place.gate.set()

    asyncio.run(cut_off())
    place.value = 5
    assert asyncio.run(lookout.now()) == 5
