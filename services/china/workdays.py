"""Working days: Monday to Friday, less the holidays and plus the make-up days the State Council announces each year.

The list changes every year and is announced only in autumn, so it is passed in; without one, holidays count as
working days and a deadline falls a little early rather than late. Deadlines counted this way: 政务数据共享条例 art. 26
(correction of shared data), the local rules on acceptance and verification of leads.
"""

import csv
import io
from dataclasses import dataclass
from datetime import date, timedelta

HOLIDAY = frozenset({"休", "holiday"})
WORKDAY = frozenset({"班", "workday"})
_SATURDAY = 5
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Calendar:
    """The days that differ from the plain week: `holidays` are off although Monday to Friday, `workdays` are not."""

    holidays: frozenset[date] = frozenset()
    workdays: frozenset[date] = frozenset()

    def works(self, day: date) -> bool:
        """Whether offices work on that day."""
        if day in self.workdays:
            return True
        return day.weekday() < _SATURDAY and day not in self.holidays

    def after(self, day: date, days: int) -> date:
        """The last of `days` working days that begin on the day after `day` (the day of the event does not count).

        Civil Code art. 201 and the administrative procedure rules count so. Raises ValueError below 1.
        """
        if days < 1:
            raise ValueError("a period has at least one day")
        while days:
            day += _DAY
            days -= self.works(day)
        return day

    def between(self, begin: date, end: date) -> int:
        """Working days after `begin` up to and with `end`; 0 when `end` is not later."""
        count, day = 0, begin
        while day < end:
            day += _DAY
            count += self.works(day)
        return count


def read_calendar(text: str) -> Calendar:
    """A calendar from CSV lines `date,kind` (2021-10-01,休 or 2021-10-09,班; a header line is skipped).

    Raises ValueError naming the line that cannot be read.
    """
    holidays: set[date] = set()
    workdays: set[date] = set()
    for number, row in enumerate(csv.reader(io.StringIO(text.removeprefix("\ufeff"))), start=1):
        cells = [cell.strip() for cell in row]
        if not any(cells) or (number == 1 and not cells[0][:1].isdigit()):
            continue
        try:
            day, kind = date.fromisoformat(cells[0]), cells[1].lower()
        except (ValueError, IndexError):
            raise ValueError(f"line {number}: not a date and a kind") from None
        if kind not in HOLIDAY | WORKDAY:
            raise ValueError(f"line {number}: the kind is 休 or 班")
        (holidays if kind in HOLIDAY else workdays).add(day)
    if holidays & workdays:
        raise ValueError(f"{min(holidays & workdays)} is both 休 and 班")
    return Calendar(frozenset(holidays), frozenset(workdays))
