"""The collector of garbage while a process starts, and after.

What is imported stays: to look through it every 700 objects is a sixth of the time the start takes, and to look through
all of it later keeps a call waiting for a quarter of a second.
"""

import gc

AS_EVER = gc.get_threshold()
SELDOM = 50_000


def starting() -> None:
    """From now on it looks seldom."""
    gc.set_threshold(SELDOM)


def started() -> None:
    """It looks as often as ever, and no more at what is there already: for a process that goes on."""
    gc.freeze()
    gc.set_threshold(*AS_EVER)
