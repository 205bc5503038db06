"""Where codes of divisions that ended lie, as the book of divisions has it."""

from datetime import date

from sqlmodel import Session, col, or_, select

from kit.database import Database, glance
from kit.lineage import NONE, Lineage
from registry.areas.tables import BOOK, Area, AreaBook, Succession

VERSION = select(AreaBook.version).where(col(AreaBook.id) == BOOK)


def book_version(database: Database) -> int:
    """Moves with every import of divisions."""
    (version,) = glance(database, VERSION) or (0,)
    return int(version)


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
