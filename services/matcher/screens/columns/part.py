"""A part of the scene, and what somebody must have for it to say anything.

Of the few people of one turn most parts have nothing to say. What they would say of nobody is known beforehand, and on
frames of a handful of rows it is the call that costs, not the rows: so a part is asked only where there is something.
"""

from collections.abc import Callable
from dataclasses import dataclass

import polars as pl

from matcher.screens.columns.known import Known


@dataclass(frozen=True)
class Part:
    """Of each person by itself: a frame keyed by subject_id, made of facts of the kinds `of` (or COVERED: of coverage).
    Where nobody at hand has any of these it has no row."""

    columns: Callable[[Known], pl.DataFrame]
    of: tuple[str, ...]


@dataclass(frozen=True)
class Among:
    """Of each person for the sake of others: the frame with more columns. Where nobody at hand has any `of` these kinds
    (as in Part) they are null, flags false; one that says something of everybody names none."""

    columns: Callable[[pl.DataFrame, Known], pl.DataFrame]
    of: tuple[str, ...] = ()
