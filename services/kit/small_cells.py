"""Small cells of figures are withheld from outsiders, with as many others as it takes that they cannot be reckoned.

A county's own leaders see the county's figures; whoever stands below the county is an outsider to them, and in a
village "1" is a neighbour. What is withheld is decided once, on the finest grid an outsider can ask for (the divisions
of its township), and holds for every question: of the whole, of a part, today and again. Nothing depends on which
question was asked, so no difference of two answers tells more than either.
"""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kit.scope import covers

Row = Mapping[str, Any]
Counts = dict[Hashable, int]
DIVISION = ("area", "area_name")


@dataclass(frozen=True)
class Shape:
    """How a table of figures is made: its words (what a row is about), and its counts of people."""

    words: tuple[str, ...]
    counts: tuple[str, ...]

    @classmethod
    def of(cls, columns: Sequence[Any]) -> "Shape":
        """From columns with `name` and `kind`; a rank is no count of people."""
        words = tuple(one.name for one in columns if one.kind in ("text", "date"))
        return cls(words, tuple(one.name for one in columns if one.kind == "count" and one.name != "rank"))

    @property
    def by_division(self) -> bool:
        """Whether its rows are about divisions."""
        return set(DIVISION) <= set(self.words)


@dataclass(frozen=True)
class Withheld:
    """Divisions (or rows, by their words) whose figures are not told, and whether the sum of all of them is told."""

    keys: frozenset[Hashable]
    total: bool


@dataclass(frozen=True)
class Published:
    """Figures as they leave the house; `withheld` when something of them was left out."""

    rows: list[dict[str, Any]]
    total: dict[str, Any] | None
    withheld: bool


def seen_area(caller_area: str, area: str) -> str:
    """What of `area` a caller sees: the smaller of the two."""
    return caller_area if covers(area, caller_area) else area


def is_outsider(caller_area: str, area: str) -> bool:
    """Whether the caller stands below the county of what it sees."""
    return not covers(caller_area, f"{seen_area(caller_area, area)[:6]}000000")


def township_of(area: str) -> str:
    """The grid on which an outsider's figures are decided."""
    return f"{area[:9]}000"


def decide(rows: Sequence[Row], total: Row | None, shape: Shape, least: int) -> Withheld:
    """What is withheld of a whole grid: every division with a count below `least` that is not nought; and more, the
    smallest first, until two at least are withheld and what they come to together is not small either."""
    cells: dict[Hashable, Counts] = {}
    for row in rows:
        own = cells.setdefault(_key(row, shape), {})
        rest = tuple(row[name] for name in shape.words if name not in DIVISION)
        own.update({(rest, name): int(row[name] or 0) for name in shape.counts})
    hidden = {key for key, counts in cells.items() if _small(counts.values(), least)}
    told = sorted((key for key in cells if key not in hidden), key=lambda key: (sum(cells[key].values()), str(key)))
    while hidden and (len(hidden) == 1 or _small(_sums([cells[key] for key in hidden]).values(), least)):
        if not told:
            return Withheld(frozenset(hidden), total=True)
        hidden.add(told.pop(0))
    whole = [int(total[name] or 0) for name in shape.counts if name in total] if total is not None else []
    return Withheld(frozenset(hidden), _small(whole, least))


def told_rows(rows: Sequence[Row], shape: Shape, hidden: Withheld, *, whole: bool) -> list[dict[str, Any]]:
    """The rows with what is withheld left empty; `whole`: each of them is the sum of a grid. A withheld division is one
    row: which keys it has tells already."""
    found: dict[Hashable, dict[str, Any]] = {}
    for at, row in enumerate(rows):
        key = _key(row, shape)
        if hidden.total if whole else key in hidden.keys:
            kept = DIVISION if shape.by_division else shape.words
            found.setdefault(("withheld", key), {name: row[name] if name in kept else None for name in row})
        else:
            found["told", at] = dict(row)
    return list(found.values())


def _key(row: Row, shape: Shape) -> Hashable:
    return str(row["area"]) if shape.by_division else tuple(row[name] for name in shape.words)


def _small(values: Any, least: int) -> bool:
    return any(0 < value < least for value in values)


def _sums(counts: Sequence[Counts]) -> Counts:
    found: Counts = {}
    for one in counts:
        for name, value in one.items():
            found[name] = found.get(name, 0) + value
    return found


def publish(caller_area: str, area: str, build: Callable[[str], Any], columns: Sequence[Any], least: int) -> Published:
    """The figures of `area` (`build` counts them: rows, total) as this caller may be told them."""
    figures, shape = build(area), Shape.of(columns)
    if least <= 1 or not is_outsider(caller_area, area):
        return Published([dict(row) for row in figures.rows], _copy(figures.total), withheld=False)
    township = township_of(caller_area)
    grid = build(township)
    hidden = decide(grid.rows, grid.total, shape, least)
    seen = seen_area(caller_area, area)
    if shape.by_division:
        rows = told_rows(figures.rows, shape, hidden, whole=covers(area, township) and area != township)
        total = hidden.total if covers(seen, township) else seen in hidden.keys
    else:
        # Not parted by division: of a part of the township nothing is told, or parts could be taken from the whole.
        part = not covers(seen, township) and seen != caller_area
        every = Withheld(frozenset(_key(row, shape) for row in figures.rows), total=True)
        rows = told_rows(figures.rows, shape, every if part else hidden, whole=False)
        total = part or hidden.total
    empty = None if figures.total is None else dict.fromkeys(figures.total)
    told = empty if total else _copy(figures.total)
    return Published(rows, told, withheld=bool(hidden.keys) or total)


def _copy(row: Row | None) -> dict[str, Any] | None:
    return None if row is None else dict(row)
