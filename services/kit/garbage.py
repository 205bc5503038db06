"""The collector of garbage while a process starts, and after.

What is imported stays: to look through it every 700 objects is a sixth of the time the start takes, and to look through
all of it later keeps a call waiting for a quarter of a second.
"""

import gc

SELDOM = 50_000
# A page of a hundred rows makes ten thousand objects that go with it; at 700, as ever, a tenth of its time is looking.
SERVING = (10_000, 20, 20)


def starting() -> None:
    """From now on it looks seldom."""
    gc.set_threshold(SELDOM)


def started() -> None:
    """It looks now and then, and no more at what is there already: for a process that goes on."""
    gc.freeze()
    gc.set_threshold(*SERVING)
