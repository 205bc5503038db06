"""What the suite's own process does without: dear hashes, and flushes to the disk.

The machine under the suite does not fail, and nobody guesses its secrets. Processes that tests start flush and hash as
they do in production; what a full disk does to a flush is tested by tests that put their own in its place.
"""

import os

from argon2 import PasswordHasher

from kit import database
from registry.access import hashes


def begin() -> None:
    """From now on, for everything in this process."""
    hashes.HASHER = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
    database.SQLITE_PRAGMAS["synchronous"] = "OFF"
    os.fsync = _taken_as_done


def _taken_as_done(_file: object) -> None:
    """What is written is in the system's memory, where every process sees it."""
