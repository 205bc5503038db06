"""Where codes of divisions that ended lie today, for every call."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

from sqlmodel import col, select

from kit.database import Database, glance, reading
from kit.lineage import NONE, Lineage
from matcher.people.tables import STANDING, Standing
from matcher.places.store import lineage

_INPUTS = select(Standing.inputs).where(col(Standing.id) == STANDING)


@dataclass
class Lineages:
    """The lineage of this moment, kept until something followed from the registry changed."""

    database: Database
    today: Callable[[], date]
    _stamp: tuple[int, date] | None = None
    _known: Lineage = field(default=NONE, repr=False)

    def now(self) -> Lineage:
        """As we know it now, of today."""
        day = self.today()
        stamp = (glance(self.database, _INPUTS) or 0, day)
        if self._stamp != stamp:
            with reading(self.database) as session:
                self._known, self._stamp = lineage(session, day), stamp
        return self._known
