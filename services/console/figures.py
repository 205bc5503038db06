"""Statistics of the two services as the board shows them: asked for side by side, and a panel goes on without one.

A figure is never reckoned where the service withheld it: what is left empty there stays empty here (`·`).
"""

import asyncio
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from console.door import Desk
from console.services import MATCHER, REGISTRY, Away, Refused
from console.show import day_text, yuan_text

SERVICES = {"registry": REGISTRY, "matcher": MATCHER}
# What screenings counted stays as it was counted.
SCREENED = frozenset(("matcher", name) for name in ("risk-groups", "disability-coverage", "double-coverage"))
WITHHELD, NOTHING = "·", "—"
AT_ONCE = 6  # questions of one page under way: a board must not take every connection of a service
KEPT_SECONDS, MOST_KEPT = 300.0, 2000
WORDS = ("text", "date")
Row = Mapping[str, Any]


@dataclass(frozen=True)
class Wanted:
    """One question: whose statistic, of which area, on which day (None: now), from when, by the knowledge of when."""

    service: str
    name: str
    area: str
    day: date | None = None
    since: date | None = None
    known_at: str | None = None


@dataclass(frozen=True)
class Column:
    """A column: its key in the rows, its title, and how to show it, as the service names it."""

    name: str
    title: str
    kind: str

    @property
    def counted(self) -> bool:
        """Whether it holds figures."""
        return self.kind not in WORDS


@dataclass(frozen=True)
class Table:
    """A statistic as it was answered."""

    service: str
    name: str
    title: str
    definition: str
    area: str
    day: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    total: Row | None
    withheld: bool
    since: str | None = None
    frozen: Mapping[str, Any] | None = None
    wanted: Wanted | None = None
    why: str | None = None  # a Missing has one

    @property
    def stamp(self) -> str:
        """Whether these figures can still move."""
        if self.frozen is not None:
            return f"已封存（{'、'.join(self.frozen['numbers'])}）"
        if self.wanted is None or self.wanted.day is None:
            return "实时"
        if (self.service, self.name) in SCREENED:
            return "当时筛查"
        return "按封存时所知" if self.wanted.known_at else "未封存"

    @property
    def days(self) -> str:
        """Of which days: the period where there is one."""
        return f"{day_text(self.since)}至{day_text(self.day)}" if self.since else day_text(self.day)

    def is_withheld(self, row: Row | None) -> bool:
        """Whether the service left this row's figures out: all of them are empty."""
        counted = [one.name for one in self.columns if one.counted]
        return self.withheld and row is not None and all(row.get(name) is None for name in counted)

    def whole(self, column: str) -> Any:
        """A figure of the total; None where there is none."""
        return None if self.total is None else self.total.get(column)

    def shown(self, row: Row | None, column: str) -> str:
        """A cell as people read it."""
        value = None if row is None else row.get(column)
        kind = next((one.kind for one in self.columns if one.name == column), "text")
        if value is None:
            return WITHHELD if kind not in WORDS and self.is_withheld(row) else NOTHING
        return text_of(value, kind)

    def as_text(self, value: float | None, kind: str) -> str:
        """A sum over divisions; none where part of it is withheld."""
        return WITHHELD if value is None and self.withheld else text_of(value, kind)


@dataclass(frozen=True)
class Missing:
    """A statistic that could not be had, and what is said in its place."""

    name: str
    why: str
    reason: Away | Refused


Told = Table | Missing


_WRITTEN: Mapping[str, Callable[[Any], str]] = {
    "share": lambda value: f"{value * 100:.1f}%",
    "money": lambda value: yuan_text(int(value)),
    "permille": lambda value: f"{value:.2f}‰",
    "days": lambda value: f"{value:g} 天",
}


def text_of(value: Any, kind: str) -> str:
    """A figure as people read it: `1,234`, `37.5%`, `12 天`."""
    if value is None:
        return NOTHING
    if kind in _WRITTEN:
        return _WRITTEN[kind](value)
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return f"{value:,}"
    return str(value)


async def ask(desk: Desk, wanted: Wanted) -> Table:
    """One statistic. Raises Refused, Away, SignedOut."""
    path = f"{SERVICES[wanted.service]}/statistics/{wanted.name}"
    day, since = (None if one is None else one.isoformat() for one in (wanted.day, wanted.since))
    told = await desk.get(path, area=wanted.area, as_of=day, since=since, known_at=wanted.known_at)
    columns = tuple(Column(one["name"], one["title"], one["kind"]) for one in told["columns"])
    return Table(
        wanted.service, told["name"], told["title"], told["definition"], told["area"], told["as_of"], columns,
        tuple(told["rows"]), told["total"], told["withheld"], told["since"], told.get("frozen"), wanted,
    )  # fmt: skip


@dataclass
class Ends:
    """Figures of months that are over, kept for a while for whoever sees the same: a board asks for a dozen of them."""

    _known: dict[tuple[str, str, str, Wanted], tuple[float, Table]] = field(default_factory=dict)

    async def ask(self, desk: Desk, wanted: Wanted) -> Table:
        """What was answered lately, else `ask`."""
        signed = desk.signed
        key, now = (signed.area, signed.agency, signed.purpose, wanted), time.monotonic()
        until, table = self._known.get(key, (0.0, None))
        if table is None or now > until:
            table = await ask(desk, wanted)
            if len(self._known) >= MOST_KEPT:
                self._known.clear()
            self._known[key] = (now + KEPT_SECONDS, table)
        return table


async def ask_all(desk: Desk, wanted: Iterable[Wanted]) -> dict[Wanted, Told]:
    """Many, side by side. Where all are refused, or neither service answers, the page is: raises Refused, Away."""
    gate, asked = asyncio.Semaphore(AT_ONCE), list(dict.fromkeys(wanted))
    ends: Ends = desk.request.app.state.ends

    async def one(question: Wanted) -> Told:
        async with gate:
            try:
                return await (ask(desk, question) if question.day is None else ends.ask(desk, question))
            except Away as away:
                return Missing(question.name, f"{away.name}没有应答，这一栏暂缺。请稍后刷新。", away)
            except Refused as refused:
                return Missing(question.name, refused.detail, refused)

    found = await asyncio.gather(*(one(question) for question in asked))
    missing = [told for told in found if isinstance(told, Missing)]
    unknown = [told for told in missing if isinstance(told.reason, Refused) and told.reason.code == "area-unknown"]
    for told in unknown or (missing if len(missing) == len(found) else []):
        raise told.reason
    return dict(zip(asked, found, strict=True))


async def catalogue(desk: Desk) -> list[dict[str, Any]]:
    """What both services count, as far as they answer."""

    async def of(service: str) -> list[dict[str, Any]]:
        try:
            told = await desk.get(f"{SERVICES[service]}/statistics")
        except (Away, Refused):
            return []
        return [{**one, "service": service} for one in told["statistics"]]

    return [one for part in await asyncio.gather(*map(of, SERVICES)) for one in part]


def summed(table: Table, by: str, column: str) -> dict[str, int | None]:
    """A column's sum over divisions by a word of the rows (a programme, a category); None where part is withheld."""
    found: dict[str, int | None] = {}
    hidden = any(table.is_withheld(row) for row in table.rows)
    for row in table.rows:
        if row.get(by) is not None:
            found[row[by]] = None if hidden else (found.get(row[by]) or 0) + (row[column] or 0)
    return found


def ordered(table: Table, column: str, *, down: bool) -> Sequence[Row]:
    """The rows by a column; what is empty comes last either way."""
    full = [row for row in table.rows if row.get(column) is not None]
    empty = [row for row in table.rows if row.get(column) is None]
    return [*sorted(full, key=lambda row: row[column], reverse=down), *empty]
