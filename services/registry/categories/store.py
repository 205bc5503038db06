"""What the categories mean: reading and writing it. Published by the state, so every caller may read it all."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, update
from sqlmodel import Session, col, select

from kit.columns import new_id, now
from kit.scope import NATION
from registry.categories.kinds import BASIS, SHIPPED, KnownBy, Meaning
from registry.categories.problems import CategoryUnordered
from registry.categories.schemas import CategoryKnownBy, CategoryOut
from registry.categories.tables import CategoryRule
from registry.households.days import meets, outside
from registry.standards.store import ladder
from registry.times import NOW, Asked, believed


@dataclass(frozen=True)
class Defined:
    """One category in one area for half-open days; without a meaning nothing is said of them any more."""

    area: str
    category: str
    meaning: Meaning | None
    valid_from: date
    valid_to: date | None = None
    basis: str | None = None


class Meanings:
    """What the categories mean on a day, by knowledge of a moment, anywhere: an area's rules are read once."""

    def __init__(self, session: Session, day: date, known_at: datetime | None) -> None:
        self._session, self._day, self._asked = session, day, Asked(known_at=known_at)
        self._rows: dict[str, dict[str, CategoryRule]] = {}
        self._found: dict[str, dict[str, Meaning]] = {}

    def of(self, area: str) -> dict[str, Meaning]:
        """Category → what it means there."""
        if area not in self._found:
            self._found[area] = {
                code: shipped if (row := self.row(area, code)) is None else meaning_of(row)
                for code, shipped in SHIPPED.items()
            }
        return self._found[area]

    def row(self, area: str, category: str) -> CategoryRule | None:
        """The rule that holds: the area's own, else of the nearest above that has one; None: what ships."""
        steps = ladder(area)
        missing = [step for step in steps if step not in self._rows]
        if missing:
            self._read(missing)
        return next((self._rows[step][category] for step in steps if category in self._rows[step]), None)

    def _read(self, areas: Sequence[str]) -> None:
        self._rows.update({area: {} for area in areas})
        query = select(CategoryRule).where(
            col(CategoryRule.area).in_(areas),
            *believed(CategoryRule, self._asked),
            col(CategoryRule.valid_from) <= self._day,
        )
        for row in self._session.exec(query):
            if row.valid_to is None or self._day < row.valid_to:
                self._rows[row.area][row.category] = row


def meaning_of(row: CategoryRule) -> Meaning:
    """What a rule says."""
    return Meaning(row.title, row.rank, KnownBy.read(row.known_by))


def history(session: Session, area: str, category: str, asked: Asked = NOW) -> Sequence[CategoryRule]:
    """All days on record of one category in the area itself, oldest first."""
    query = select(CategoryRule).where(
        col(CategoryRule.area) == area, col(CategoryRule.category) == category, *believed(CategoryRule, asked)
    )
    return session.exec(query.order_by(col(CategoryRule.valid_from))).all()


def version_of(session: Session, area: str, category: str) -> int:
    """How often something was written of the two; 0 when never."""
    query = select(func.max(CategoryRule.version)).where(
        col(CategoryRule.area) == area, col(CategoryRule.category) == category
    )
    return session.exec(query).one() or 0


def change(session: Session, said: Defined) -> tuple[int, datetime]:
    """From that day on it means that. Raises CategoryUnordered when the present one began later."""
    known = history(session, said.area, said.category)
    if known and said.valid_from < known[-1].valid_from:
        raise CategoryUnordered(since=known[-1].valid_from.isoformat())
    return correct(session, said)


def correct(session: Session, said: Defined) -> tuple[int, datetime]:
    """On these days it means that; what was believed of them stays on record. The version written, and when."""
    at, version = now(), version_of(session, said.area, said.category) + 1
    days = (said.valid_from, said.valid_to)
    rows = [row for row in history(session, said.area, said.category) if meets(row, days)]
    ids = [row.row_id for row in rows]
    session.execute(update(CategoryRule).where(col(CategoryRule.row_id).in_(ids)).values(superseded_at=at))
    kept = [
        Defined(row.area, row.category, meaning_of(row), first, until, row.basis)
        for row, (first, until) in outside(rows, days)
    ]
    session.add_all(_rows([*kept, said], version, at))
    session.flush()
    return version, at


def _rows(said: Iterable[Defined], version: int, at: datetime) -> list[CategoryRule]:
    return [
        CategoryRule(
            row_id=new_id(),
            area=one.area,
            category=one.category,
            version=version,
            title=one.meaning.title,
            rank=one.meaning.rank,
            known_by=one.meaning.known_by.stored(),
            basis=one.basis,
            valid_from=one.valid_from,
            valid_to=one.valid_to,
            recorded_at=at,
        )
        for one in said
        if one.meaning is not None
    ]


def out(row: CategoryRule, area: str) -> CategoryOut:
    """A rule on the wire, as seen from `area`."""
    told = row.model_dump(exclude={"row_id", "version", "known_by"})
    known_by = CategoryKnownBy.model_validate(row.known_by)
    return CategoryOut(**told, known_by=known_by, inherited=row.area != area, shipped=False)


def shipped(category: str) -> CategoryOut:
    """What holds where nobody has said anything."""
    one = SHIPPED[category]
    return CategoryOut(
        area=NATION, category=category, title=one.title, rank=one.rank, basis=BASIS,
        known_by=CategoryKnownBy.model_validate(one.known_by.stored()),
        valid_from=None, valid_to=None, recorded_at=None, superseded_at=None, inherited=True, shipped=True,
    )  # fmt: skip
