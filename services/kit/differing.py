"""Where two texts differ, character by character: what was replaced, what only one of them has, what changed places.

Made for the eyes of somebody who compares a name, a number, a date or an address; the fewest marks that explain the
difference, two neighbours that changed places being one. The marks say nothing of the characters, so they may stand
beside a masked value.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

Kind = Literal["same", "changed", "extra", "swapped"]
SAME: Final = "same"
CHANGED: Final = "changed"
EXTRA: Final = "extra"
SWAPPED: Final = "swapped"
LONGEST: Final = 120  # characters that differ and are still held against each other: above, they count as replaced


@dataclass(frozen=True)
class Marks:
    """One kind per character of each text. `extra`: the other text lacks it; `swapped` come in twos."""

    one: tuple[Kind, ...]
    other: tuple[Kind, ...]


def marks(one: str, other: str) -> Marks:
    """How `one` becomes `other` in the fewest steps: replace, add, leave out, change two neighbours."""
    head = _common(one, other)
    tail = _common(one[head:][::-1], other[head:][::-1])
    first, second = one[head : len(one) - tail], other[head : len(other) - tail]
    long = max(len(first), len(second)) > LONGEST
    steps = _replaced(len(first), len(second)) if long else _steps(first, second)
    left: list[Kind] = [SAME] * head
    right: list[Kind] = [SAME] * head
    for ours, theirs in steps:
        left += ours
        right += theirs
    rest: list[Kind] = [SAME] * tail
    return Marks((*left, *rest), (*right, *rest))


def _common(one: str, other: str) -> int:
    """How many characters both begin with."""
    return next((at for at, pair in enumerate(zip(one, other, strict=False)) if pair[0] != pair[1]), _least(one, other))


def _least(one: str, other: str) -> int:
    return min(len(one), len(other))


Step = tuple[list[Kind], list[Kind]]


def _replaced(ours: int, theirs: int) -> list[Step]:
    both = min(ours, theirs)
    changed: Step = [CHANGED] * both, [CHANGED] * both
    more: Step = [EXTRA] * (ours - both), [EXTRA] * (theirs - both)
    return [changed, more]


def _steps(one: str, other: str) -> list[Step]:
    """The steps of a cheapest way, in order: back along the table of costs (optimal string alignment)."""
    costs = _costs(one, other)
    row, column = len(one), len(other)
    found: list[Step] = []
    while row or column:
        step, row, column = next(
            (step, *before) for step, before, cost in _ways(one, other, row, column)
            if costs[before[0]][before[1]] + cost == costs[row][column]
        )  # fmt: skip
        found.append(step)
    return found[::-1]


def _costs(one: str, other: str) -> Sequence[Sequence[int]]:
    """The number of steps from each beginning of `one` to each beginning of `other`."""
    costs = [[0] * (len(other) + 1) for _ in range(len(one) + 1)]
    for row, line in enumerate(costs):
        for column in range(len(line)):
            if row or column:
                line[column] = min(
                    costs[before[0]][before[1]] + cost for _, before, cost in _ways(one, other, row, column)
                )
    return costs


def _ways(one: str, other: str, row: int, column: int) -> Iterator[tuple[Step, tuple[int, int], int]]:
    """The steps that can come last before (row, column): the step, where it begins, what it costs."""
    if row and column:
        equal = one[row - 1] == other[column - 1]
        kind: Kind = SAME if equal else CHANGED
        yield ([kind], [kind]), (row - 1, column - 1), 0 if equal else 1
    if row > 1 and column > 1 and one[row - 2 : row] == other[column - 2 : column][::-1]:
        yield ([SWAPPED] * 2, [SWAPPED] * 2), (row - 2, column - 2), 1
    if row:
        yield ([EXTRA], []), (row - 1, column), 1
    if column:
        yield ([], [EXTRA]), (row, column - 1), 1


@dataclass(frozen=True)
class Run:
    """Characters of one kind that stand together. `gap`: here the other text has more."""

    text: str
    kind: Kind | Literal["gap"]


def runs(shown: str, own: Sequence[Kind], others: Sequence[Kind]) -> list[Run]:
    """A text in runs, with the gaps where the other one has characters it lacks. `shown` may be masked, if every
    character of it stands where the one it hides does."""
    drawn: list[Run] = []
    for letter, kind in _walked(shown, own, others):
        if drawn and drawn[-1].kind == kind:
            drawn[-1] = Run(drawn[-1].text + letter, drawn[-1].kind)
        else:
            drawn.append(Run(letter, kind))
    return drawn


def _walked(shown: str, own: Sequence[Kind], others: Sequence[Kind]) -> Iterator[tuple[str, Kind | Literal["gap"]]]:
    """Both texts side by side, character by character of the one shown."""
    rest = iter([*others, None])
    theirs = next(rest)
    for letter, kind in zip(shown, own, strict=True):
        while theirs == EXTRA and kind != EXTRA:
            yield "", "gap"
            theirs = next(rest)
        yield letter, kind
        if kind != EXTRA:
            theirs = next(rest)
    if theirs == EXTRA:
        yield "", "gap"
