"""The clock of an emergency: so many hours from the clue to the first aid (E7). Pure, by the clock in China."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from registry.registers.declaring import Values, date_of, moment_of

State = Literal["running", "met", "broken"]


@dataclass(frozen=True)
class Clock:
    """How an emergency stands: until when aid was due, what came of it, and the hours left (below nought: over)."""

    state: State
    until: datetime
    hours_left: float | None  # None: aided


def clock_of(values: Values, now: datetime, hours: int) -> Clock | None:
    """None where no clock runs: no emergency, or no aid is to be given."""
    clue, aided = moment_of(values, "clue_at"), moment_of(values, "aided_at")
    if values.get("type") != "emergency" or clue is None or values.get("declined_on") is not None:
        return None
    until = clue + timedelta(hours=hours)
    if aided is not None:
        return Clock("met" if aided <= until else "broken", until, None)
    left = (until - now).total_seconds() / 3600
    return Clock("running" if left >= 0 else "broken", until, round(left, 1) + 0.0)  # never minus nought


@dataclass
class Timeliness:
    """The emergencies of a township whose clue came in one month."""

    area: str
    month: str
    met: int = 0
    broken: int = 0
    running: int = 0

    @property
    def share(self) -> float | None:
        """Met of those that are decided; None while none is."""
        decided = self.met + self.broken
        return round(self.met / decided, 4) if decided else None


def timeliness(entries: Iterable[tuple[str, Values]], now: datetime, hours: int) -> list[Timeliness]:
    """(area, values) of entries → counts by township and month of the clue."""
    found: dict[tuple[str, str], Timeliness] = {}
    for area, values in entries:
        clock = clock_of(values, now, hours)
        if clock is None:
            continue
        of = (f"{area[:9]}000", str(values["clue_at"])[:7])
        one = found.setdefault(of, Timeliness(*of))
        setattr(one, clock.state, getattr(one, clock.state) + 1)
    return [found[of] for of in sorted(found)]


def late_papers(values: Mapping[str, object]) -> bool:
    """Whether aid was given first and its papers are not completed."""
    return bool(values.get("aid_first")) and date_of(values, "aided_at") is not None and values.get("papers_on") is None
