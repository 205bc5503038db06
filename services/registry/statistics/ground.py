"""What a statistic counts over: an area as far as the caller may see it, parted into the divisions directly below."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, literal_column, or_
from sqlmodel import Session, col, select

from kit.auth import Caller
from kit.scope import NATION, lies_in, prefix, within
from registry.areas.tables import Area
from registry.desk import Desk
from registry.registers import store as registers
from registry.registers.declaring import Values
from registry.registers.placing import Clerk
from registry.registers.telling import contents
from registry.statistics.schemas import Asks, Figure, FrozenOut, StatisticColumnOut
from registry.times import Asked

OWN = "（本级）"  # what lies in the area itself and in none below it: a lead whose township nobody knows
_BELOW = {0: 2, 2: 4, 4: 6, 6: 9, 9: 12, 12: 12}  # leading digits of an area → those of the divisions below it

Row = dict[str, Figure]


def _first(column: Any, width: int) -> ColumnElement[str]:
    return func.substr(column, literal_column("1"), literal_column(str(width)))


AREA = StatisticColumnOut(name="area", title="区划代码", kind="text")
NAME = StatisticColumnOut(name="area_name", title="区划", kind="text")


def count(name: str, title: str) -> StatisticColumnOut:
    """A column of whole numbers."""
    return StatisticColumnOut(name=name, title=title, kind="count")


def text(name: str, title: str) -> StatisticColumnOut:
    """A column of words."""
    return StatisticColumnOut(name=name, title=title, kind="text")


def share(name: str, title: str) -> StatisticColumnOut:
    """A column of shares, 0 to 1."""
    return StatisticColumnOut(name=name, title=title, kind="share")


def days(name: str, title: str) -> StatisticColumnOut:
    """A column of days."""
    return StatisticColumnOut(name=name, title=title, kind="days")


def money(name: str, title: str) -> StatisticColumnOut:
    """A column of fen."""
    return StatisticColumnOut(name=name, title=title, kind="money")


def permille(name: str, title: str) -> StatisticColumnOut:
    """A column of so many of a thousand."""
    return StatisticColumnOut(name=name, title=title, kind="permille")


@dataclass(frozen=True)
class Ground:
    """The area asked about, on which day, by the knowledge of which moment (None: now), for whom."""

    session: Session
    caller: Caller
    area: str
    day: date
    known_at: datetime | None = None

    @property
    def asked(self) -> Asked:
        """The day and the state of knowledge, for stores."""
        return Asked(self.day, self.known_at)

    @property
    def width(self) -> int:
        """Leading digits of the divisions below."""
        return self._width

    @property
    def _prefix(self) -> str:
        return "" if self.area == NATION else prefix(self.area)

    @property
    def _width(self) -> int:
        """Leading digits of the divisions below; an area that is none has none, and nothing lies inside it."""
        return _BELOW.get(len(self._prefix), 12)

    def inside(self, column: Any) -> ColumnElement[bool]:
        """Rows of the area that the caller may see: every query of every statistic carries it."""
        return and_(within(self.caller, column), lies_in(self.caller, column, self.area))

    def child(self, column: Any) -> ColumnElement[str]:
        """The leading digits that name the division below; written out, because PostgreSQL takes a bound
        parameter in SELECT and the same one in GROUP BY for two different expressions."""
        return self._moved(column).label("child")

    def _moved(self, column: Any) -> ColumnElement[str]:
        """A code of before counts where the one division in its place does, the nearest to speak; one with several
        stays under its own, so that nothing is counted twice."""
        lineage, width, own = self.caller.lineage, self._width, _first(column, self._width)
        moves = []
        here = tuple(cut.digits for cut in lineage.cuts(self.area)) if self.area != NATION else ("",)
        for digits, code in sorted(((prefix(one), one) for one in lineage.heirs), key=lambda one: (-len(one[0]), one)):
            if not digits.startswith(here):
                continue
            to = lineage.one(code)
            stays = to == code or not to.startswith(self._prefix)
            there = own if stays else literal_column(f"'{to[:width]}'")
            moves.append((_first(column, len(digits)) == literal_column(f"'{digits}'"), there))
        return case(*moves, else_=own) if moves else own

    def unit(self, area: str) -> str:
        """`child` of one code."""
        to = self.caller.lineage.one(area)
        return (to if to.startswith(self._prefix) else area)[: self._width]

    def divisions(self, found: Iterable[str]) -> dict[str, tuple[str, str]]:
        """Leading digits → (12-digit code, name) of the divisions below that stand on the day, and of `found`."""
        width = self._width
        below = self.session.exec(
            select(Area.code).where(
                col(Area.parent) == self.area,
                within(self.caller, col(Area.code)),
                col(Area.valid_from) <= self.day,
                or_(col(Area.valid_to).is_(None), col(Area.valid_to) > self.day),
            )
        ).all()
        codes = sorted({code[:width] for code in below} | set(found))
        names = self._names([code.ljust(12, "0") for code in codes])
        return {code: (full := code.ljust(12, "0"), names.get(full, full)) for code in codes}

    def _names(self, codes: Sequence[str]) -> dict[str, str]:
        query = select(Area.code, Area.name).where(col(Area.code).in_(codes)).order_by(col(Area.valid_from))
        names = dict(self.session.exec(query).all())
        if self.area in codes:
            names[self.area] = names.get(self.area, self.area) + OWN
        return names

    def label(self, child: tuple[str, str]) -> Row:
        """The columns that say which division a row is about."""
        return {AREA.name: child[0], NAME.name: child[1]}


@dataclass(frozen=True, kw_only=True)
class Span(Ground):
    """A ground with the first day of what is counted as having happened, and the books of whoever keeps them."""

    since: date
    desk: Desk

    @property
    def before(self) -> date:
        """The last day before the period."""
        return self.since - timedelta(days=1)

    @property
    def clerk(self) -> Clerk:
        """Who reads the registers."""
        return replace(Clerk.of(self.desk), day=self.day)

    def holds(self, day: date | None) -> bool:
        """Whether something of that day happened in the period."""
        return day is not None and self.since <= day <= self.day

    def entries(self, register: str) -> list[tuple[str, Values]]:
        """(the division below, what is said) of a register's entries here, as known at the moment asked about."""
        part = None if self.area == NATION else prefix(self.area)
        rows = registers.live(self.clerk, register, part, Asked(None, self.known_at))
        return [(self.unit(row.area), content.values) for row, content in contents(self.clerk, rows)]


@dataclass(frozen=True)
class Figures:
    """A statistic as counted; `frozen`: from which signed snapshot."""

    rows: list[Row]
    total: Row | None
    frozen: FrozenOut | None = None


@dataclass(frozen=True)
class Statistic:
    """A statistic: its name, what it means to whoever signs for it, its columns, and how it is counted."""

    name: str
    title: str
    definition: str
    columns: tuple[StatisticColumnOut, ...]
    build: Callable[[Span], Figures]
    asks: tuple[Asks, ...] = ()  # by what it can be asked; without any it is of now alone
