"""Where codes of divisions that ended lie today, kept in memory until the book of divisions changes or the day does."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

from sqlmodel import Session

from kit.database import Database, reading
from kit.lineage import NONE, Lineage


@dataclass
class Lineages:
    """The lineage of a moment, for every call; `read` makes it, of a day."""

    database: Database
    read: Callable[[Session, date], Lineage]
    today: Callable[[], date]
    _kept: tuple[tuple[int, date] | None, Lineage] = field(default=(None, NONE), repr=False)  # one, so that it is whole

    def known(self, places: int) -> Lineage | None:
        """The lineage of today, as it is at this state of the divisions; None where it has to be read first."""
        stamp, lineage = self._kept
        return lineage if stamp == (places, self.today()) else None

    def at(self, places: int) -> Lineage:
        """The same, read where it is not known."""
        known = self.known(places)
        if known is not None:
            return known
        day = self.today()
        with reading(self.database) as session:
            found = self.read(session, day)
        self._kept = ((places, day), found)
        return found
