"""The two times a reader may ask about: which day, and what was known by the end of which day in China."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time

from console.services import Refused
from console.show import BEIJING

FIRST, LAST = 1900, 2100  # years anybody has a question about


@dataclass(frozen=True)
class Then:
    """A day, and the day up to whose end something must have been recorded; None: now."""

    day: date | None = None
    known: date | None = None

    @property
    def query(self) -> dict[str, str | None]:
        """As the registry takes them."""
        moment = datetime.combine(self.known, time.max, BEIJING).isoformat() if self.known else None
        return {"as_of": str(self.day) if self.day else None, "known_at": moment}

    @property
    def kept(self) -> dict[str, str]:
        """As they stand in an address of ours."""
        told = {"as_of": self.day, "known": self.known}
        return {name: str(value) for name, value in told.items() if value}


def then_of(given: Mapping[str, str]) -> Then:
    """From the fields `as_of` and `known`. Raises Refused where one is no day."""
    return Then(day_of(given.get("as_of")), day_of(given.get("known")))


def day_of(told: str | None) -> date | None:
    """`2021-03-31`; None where nothing was said. Raises Refused."""
    try:
        day = date.fromisoformat(told) if told else None
    except ValueError:
        raise Refused(400, "day-invalid", "日期应写成 2021-06-30。") from None
    if day is not None and not FIRST <= day.year <= LAST:
        raise Refused(400, "day-invalid", f"日期应在 {FIRST} 年到 {LAST} 年之间。")
    return day
