"""How long somebody rests who found nothing to do: longer each time, short again after work, ended by a ring."""

import threading


class Rests:
    """The pauses of one loop, in seconds: `shortest`, then twice as long each time, at most `longest`."""

    def __init__(self, shortest: float, longest: float) -> None:
        self.shortest, self.longest = shortest, max(shortest, longest)
        self._next = shortest

    def take(self) -> float:
        """The next pause."""
        pause = self._next
        self._next = min(2 * pause, self.longest)
        return pause

    def begin_again(self) -> None:
        """There was something to do: the next pause is a short one."""
        self._next = self.shortest


class Bell:
    """Rung when something may have come to do. Whoever waits names what it has heard, so that no ring is lost that came
    while it was busy."""

    def __init__(self) -> None:
        self._rung = 0
        self._changed = threading.Condition()

    @property
    def heard(self) -> int:
        """How often it was rung up to now."""
        return self._rung

    def ring(self) -> None:
        """Wake everybody who waits."""
        with self._changed:
            self._rung += 1
            self._changed.notify_all()

    def wait(self, heard: int, seconds: float) -> bool:
        """Until it was rung more often than `heard`, or so long. Whether it was rung."""
        with self._changed:
            return self._changed.wait_for(lambda: self._rung != heard, seconds)
