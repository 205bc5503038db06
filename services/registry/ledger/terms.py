"""The deadlines of a case, in working days of the county's settings and the year's holidays."""

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path

from china.workdays import Calendar, read_calendar
from registry.ledger.outcome_codes import OUTCOMES
from registry.settings import RegistrySettings

WATCHED = "观察"  # a tier nobody has to visit


@dataclass(frozen=True)
class Terms:
    """How many working days each step has, and which days work."""

    accept_days: int
    verify_days: int
    decision_days: int
    stop_days: int
    calendar: Calendar

    @classmethod
    def of(cls, settings: RegistrySettings) -> "Terms":
        """The terms the settings state. Raises OSError or ValueError for a file of holidays that cannot be read."""
        path = settings.holidays_file
        return cls(
            settings.accept_working_days,
            settings.verify_working_days,
            settings.decision_working_days,
            settings.stop_working_days,
            Calendar() if path is None else _calendar(path, path.stat().st_mtime_ns),
        )

    def accept_by(self, day: date) -> date:
        """Until when a case that came in on `day` is to be taken over."""
        return self.calendar.after(day, self.accept_days)

    def verify_by(self, day: date, tier: str | None) -> date | None:
        """Until when a case taken over (or sent back) on `day` is to be reported on; None where nobody has to go."""
        return None if tier == WATCHED else self.calendar.after(day, self.verify_days)

    def decide_by(self, day: date, code: str) -> date | None:
        """Until when an import should show what was confirmed on `day`; None for codes that wait for none."""
        setting = OUTCOMES[code].decision_days
        if setting is None:
            return None
        return self.calendar.after(day, self.stop_days if setting == "stop_working_days" else self.decision_days)


@lru_cache(maxsize=4)
def _calendar(path: Path, _changed: int) -> Calendar:
    """Read once per state of the file."""
    return read_calendar(path.read_text(encoding="utf-8"))
