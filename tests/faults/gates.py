"""Processes that ask before each of their commits whether they may: whoever strikes them knows where they stand then,
however quick or slow the machine is.
"""

import os
import select
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import event
from sqlalchemy.orm import Session

OPEN = "open"  # while this file stands, nobody asks
MANY = 64  # more threads than a process commits in at once


def ask_at(folder: Path, role: str) -> None:
    """From now on this process asks: a byte into one pipe, and none of its commits is done before one came back."""
    asked, told = (os.open(folder / f"{role}.{end}", os.O_RDWR) for end in ("asked", "told"))

    def ask(_: Session) -> None:
        if not (folder / OPEN).exists():
            os.write(asked, b"?")
            os.read(told, 1)

    event.listen(Session, "before_commit", ask)


@dataclass(frozen=True)
class Gates:
    """The other ends of the pipes, by role; open until they are closed."""

    folder: Path
    asked: dict[str, int]
    told: dict[str, int]

    def close(self) -> None:
        """From now on everybody asks."""
        (self.folder / OPEN).unlink()

    def open(self) -> None:
        """Nobody asks any more, and who waits goes on."""
        (self.folder / OPEN).touch()
        for role in self.told:
            self.let(role, MANY)

    def who_asks(self, seconds: float) -> str:
        """A role that asks; empty when none does within so many seconds. It is to be let, or struck."""
        ready, _, _ = select.select(list(self.asked.values()), [], [], seconds)
        return next((role for role, end in self.asked.items() if end in ready and os.read(end, 1)), "")

    def let(self, role: str, commits: int = 1) -> None:
        """It may commit."""
        os.write(self.told[role], b"!" * commits)

    def forget(self, role: str) -> None:
        """What somebody asked who is dead by now, and was told."""
        for end in (self.asked[role], self.told[role]):
            with suppress(BlockingIOError):
                while os.read(end, MANY):
                    pass


@contextmanager
def gates(folder: Path, roles: Sequence[str]) -> Iterator[Gates]:
    """Those of a home, open."""
    folder.mkdir()
    (folder / OPEN).touch()
    ends: dict[str, dict[str, int]] = {"asked": {}, "told": {}}
    for role in roles:
        for end, held in ends.items():
            os.mkfifo(folder / f"{role}.{end}")
            held[role] = os.open(folder / f"{role}.{end}", os.O_RDWR | os.O_NONBLOCK)
    made = Gates(folder, **ends)
    try:
        yield made
    finally:
        made.open()
        for held in ends.values():
            for handle in held.values():
                os.close(handle)
