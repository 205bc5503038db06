"""A township's reserve fund month by month: opening + what came in − what went out = closing, to the fen (E10)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date

from registry.registers.declared.reserve_fund import IN, KINDS, signed
from registry.registers.declaring import Values

MOST_MONTHS = 240


@dataclass(frozen=True)
class Movement:
    """One entry of the fund's book."""

    area: str
    values: Values

    @property
    def of(self) -> tuple[str, str]:
        """Township and fund."""
        return f"{self.area[:9]}000", self.values["fund"]

    @property
    def month(self) -> str:
        """The month it was booked in."""
        return str(self.values["booked_on"])[:7]


@dataclass
class Month:
    """One fund's month; `by_kind` in fen."""

    area: str
    fund: str
    month: str
    opening: int
    movements: int = 0
    by_kind: dict[str, int] = field(default_factory=lambda: dict.fromkeys(KINDS, 0))

    @property
    def came_in(self) -> int:
        """All that was added."""
        return sum(fen for kind, fen in self.by_kind.items() if kind in IN)

    @property
    def went_out(self) -> int:
        """All that was taken."""
        return sum(fen for kind, fen in self.by_kind.items() if kind not in IN)

    @property
    def closing(self) -> int:
        """What is left at the month's end."""
        return self.opening + self.came_in - self.went_out


def board(movements: Iterable[Movement], first: str | None, last: str) -> list[Month]:
    """Each fund's months up to `last`, from its first movement (or `first`) on, those without a movement too."""
    books: dict[tuple[str, str], list[Movement]] = {}
    for one in movements:
        books.setdefault(one.of, []).append(one)
    found: list[Month] = []
    for of in sorted(books):
        months = list(months_between(max(first or "", min(one.month for one in books[of])), last))
        if not months:
            continue
        balance = sum(signed(one.values) for one in books[of] if one.month < months[0])
        for month in months:
            row = Month(*of, month, balance)
            for one in books[of]:
                if one.month == month:
                    row.movements += 1
                    row.by_kind[one.values["kind"]] += one.values["amount"]
            balance = row.closing
            found.append(row)
    return found


def balances(movements: Iterable[Movement], day: date) -> dict[tuple[str, str], int]:
    """What each fund holds at the end of the day."""
    found: dict[tuple[str, str], int] = {}
    for one in movements:
        if one.values["booked_on"] <= day.isoformat():
            found[one.of] = found.get(one.of, 0) + signed(one.values)
    return dict(sorted(found.items()))


def months_between(first: str, last: str) -> Iterator[str]:
    """Months from the first to the last, no more than can be read."""
    at, end = _number(first), _number(last)
    for number in range(max(at, end - MOST_MONTHS + 1), end + 1):
        yield f"{number // 12:04d}-{number % 12 + 1:02d}"


def _number(month: str) -> int:
    return int(month[:4]) * 12 + int(month[5:]) - 1
