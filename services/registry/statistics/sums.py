"""Counts by division made into rows: every division has one, the empty ones too, and they add up to the total."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from registry.statistics.ground import Figures, Ground, Row
from registry.statistics.schemas import StatisticColumnOut

Shares = Mapping[str, tuple[str, str]]  # a column → the columns it is the share of: part, whole
ADDED = ("count", "money")


class Tally:
    """Sums by key: `add` counts, `rows_of` makes the rows. A key is the division below, or it with a word after it."""

    def __init__(self, columns: Sequence[StatisticColumnOut], shares: Shares | None = None) -> None:
        self._added = [one.name for one in columns if one.kind in ADDED]
        self._shares = shares or {}
        self._found: dict[Any, dict[str, int]] = {}

    def add(self, key: Any, **more: int) -> None:
        """So many more of each column."""
        row = self._found.setdefault(key, dict.fromkeys(self._added, 0))
        for name, value in more.items():
            row[name] += value

    def row(self, key: Any) -> Row:
        """The sums of one key, with their shares."""
        return self._shared(self._found.get(key) or dict.fromkeys(self._added, 0))

    @property
    def total(self) -> Row:
        """The sums of all of them."""
        return self._shared({name: sum(row[name] for row in self._found.values()) for name in self._added})

    def figures(self, ground: Ground) -> Figures:
        """A row for every division below."""
        rows = [{**ground.label(place), **self.row(code)} for code, place in ground.divisions(self._found).items()]
        return Figures(rows, self.total)

    def figures_by(self, ground: Ground, words: Mapping[Any, Row]) -> Figures:
        """A row for every division below and word (word → the columns that say it). Keys are (division, word)."""
        places = ground.divisions({code for code, _ in self._found})
        rows = [
            {**ground.label(place), **told, **self.row((code, word))}
            for code, place in places.items()
            for word, told in words.items()
        ]
        return Figures(rows, self.total)

    def _shared(self, row: Mapping[str, int]) -> Row:
        return {**row, **{name: share_of(row[part], row[whole]) for name, (part, whole) in self._shares.items()}}


def share_of(part: int, whole: int) -> float | None:
    """A share, 0 to 1; None of nothing."""
    return round(part / whole, 4) if whole else None


def thousandths(part: int, whole: int | None) -> float | None:
    """So many of a thousand; None of nothing, and where nobody knows of how many."""
    return round(1000 * part / whole, 2) if whole else None


def median_of(days: Iterable[float]) -> float | None:
    """The median, to a tenth; None of nothing."""
    found = sorted(days)
    if not found:
        return None
    middle = len(found) // 2
    return round(found[middle] if len(found) % 2 else (found[middle - 1] + found[middle]) / 2, 1)
