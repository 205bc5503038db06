"""The matcher's worker as a child of `serve`: it ends with its parent, however that one ended.

A parent killed without warning can tell nobody. It holds the other end of our standard input; when that end closes,
the worker finishes the step it is at and goes, instead of working on beside the next `serve` of the same home. What
comes through it is a ring: something was changed, look now rather than at the end of the rest.
"""

import os
import signal
import threading

from kit import garbage
from kit.rests import Bell

STANDARD_INPUT = 0
RINGS = 4096  # bytes read at once: rings that came together are one


def _listen(bell: Bell) -> None:
    # Not through sys.stdin: a thread that waits in its buffer holds a lock the interpreter wants when it ends.
    while os.read(STANDARD_INPUT, RINGS):
        bell.ring()
    os.kill(os.getpid(), signal.SIGTERM)


def main() -> None:
    """Work until told to stop or left alone."""
    garbage.starting()
    from matcher.worker import main as work  # noqa: PLC0415 - what is imported here is counted seldom

    bell = Bell()
    threading.Thread(target=_listen, args=(bell,), daemon=True).start()
    work(bell)


if __name__ == "__main__":
    main()
