"""Where codes of divisions that ended lie today, kept in memory until the book of divisions changes or the day does."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

from sqlmodel import Session, col, or_, select

from kit.database import Database, glance, reading
from kit.lineage import NONE, Lineage
from registry.areas.tables import BOOK, Area, AreaBook, Succession

_VERSION = select(AreaBook.version).where(col(AreaBook.id) == BOOK)


@dataclass
class Lineages:
    """The lineage of this moment, for every call: one look at one row, and more only after an import."""

    database: Database
    today: Callable[[], date]
    _stamp: tuple[int, date] | None = None
    _known: Lineage = field(default=NONE, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def now(self) -> Lineage:
        """The lineage as it is believed now, of today."""
        day = self.today()
        version = glance(self.database, _VERSION) or 0
        with self._lock:
            if self._stamp == (version, day):
                return self._known
        with reading(self.database) as session:
            found = lineage_on(session, day)
        with self._lock:
            self._stamp, self._known = (version, day), found
        return found


def lineage_on(session: Session, day: date) -> Lineage:
    """What became of the divisions that had ended by that day."""
    ended = select(Succession.code, Succession.successor).where(col(Succession.superseded_at).is_(None))
    successors: dict[str, list[str]] = {}
    for code, to in session.exec(ended.order_by(col(Succession.code), col(Succession.successor))):
        successors.setdefault(code, []).append(to)
    if not successors:
        return NONE
    stands = (col(Area.valid_from) <= day, or_(col(Area.valid_to).is_(None), col(Area.valid_to) > day))
    known = select(Area.code).join(Succession, col(Succession.code) == col(Area.code)).distinct()
    # A code that stands, or is yet to, has not ended, whatever is planned for it.
    begun = set(session.exec(known.where(col(Area.valid_to) <= day)))
    alive = set(session.exec(known.where(*stands)))
    return Lineage.of({code: to for code, to in successors.items() if code in begun - alive})
