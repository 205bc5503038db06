"""Drawing without replacement, weighted or not, so that seed and frame alone say what was drawn.

Efraimidis and Spirakis (2006): each unit gets the key -ln(u)/w with u from SHA-256 of seed and unit; the smallest keys
are drawn. Any language can repeat it, and a unit that leaves the frame moves no other's key.
"""

import hashlib
import heapq
import math
from collections.abc import Sequence
from dataclasses import dataclass

_SCALE = 2**64


@dataclass(frozen=True)
class Unit:
    """Something that may be drawn: its id, its area, its weight (1 = as likely as any)."""

    unit: str
    area: str
    weight: int


def key_of(seed: str, one: Unit) -> float:
    """The smaller, the earlier it is drawn; a weight of 3 is drawn first three times as often as a weight of 1."""
    number = int.from_bytes(hashlib.sha256(f"{seed}|{one.unit}".encode()).digest()[:8])
    return -math.log((number + 0.5) / _SCALE) / one.weight


def draw(seed: str, frame: Sequence[Unit], size: int) -> list[Unit]:
    """Up to `size` units of the frame, in the order of drawing."""
    return heapq.nsmallest(size, frame, key=lambda one: (key_of(seed, one), one.unit))


def digest_of(frame: Sequence[Unit]) -> str:
    """SHA-256 over the frame, a line per unit in order of ids."""
    told = "".join(f"{one.unit}|{one.area}|{one.weight}\n" for one in sorted(frame, key=lambda one: one.unit))
    return hashlib.sha256(told.encode()).hexdigest()
