"""What the board asks: of which statistics, of the month chosen where that can be asked of them, else of now."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

from console.door import Desk
from console.figures import Told, Wanted, ask, ask_all
from console.months import Month
from console.services import Away, Refused
from kit.scope import prefix

MONTHS = 12
LEDGER = ("registry", "ledger")
NOW = (
    LEDGER, ("registry", "timeliness"), ("registry", "outcomes"), ("registry", "coverage"), ("registry", "categories"),
    ("registry", "support"), ("registry", "verification"), ("registry", "first-pay"), ("registry", "wrong-support"),
    ("registry", "temporary-aid"), ("registry", "reserve-funds"), ("registry", "petitions"),
    ("matcher", "coverage-gap"), ("matcher", "wrong-coverage"), ("matcher", "funnel"), ("matcher", "runs"),
    ("matcher", "risk-groups"), ("matcher", "disability-coverage"), ("matcher", "double-coverage"),
)  # fmt: skip
# What is held against the month before.
COMPARED = (("registry", "coverage"), ("registry", "categories"), ("registry", "support"), ("matcher", "risk-groups"))
# Agencies deliver for a county: of a township both would say that nothing ever came.
OF_COUNTY = (("matcher", "feeds"), ("matcher", "links"), ("matcher", "supply"))
COUNTY_DIGITS = 6


@dataclass(frozen=True)
class Asking:
    """What the board asks of each statistic: of the month chosen, where that can be asked of it; else of now."""

    area: str
    own: str  # the area of whoever looks: agencies deliver for a county
    takes: Mapping[tuple[str, str], set[str]]
    month: Month | None
    known_at: str | None = None

    def of(self, service: str, name: str) -> Wanted:
        """The question about one statistic."""
        area = self.own if (service, name) in OF_COUNTY else self.area
        return self._of((service, name), area, self.month, self.known_at)

    def at(self, service: str, name: str, month: Month) -> Wanted:
        """The same of another month."""
        return self._of((service, name), self.area, month, None)

    def address(self, service: str, name: str, file: str = "") -> str:
        """Its own page, or a file of it."""
        wanted = self.of(service, name)
        told = {"as_of": wanted.day, "since": wanted.since, "known_at": wanted.known_at}
        asked = {"area": wanted.area, **{key: str(value) for key, value in told.items() if value is not None}}
        return f"/board/{service}/{name}{file}?{urlencode(asked)}"

    def _of(self, of: tuple[str, str], area: str, month: Month | None, known_at: str | None) -> Wanted:
        takes = self.takes.get(of, set())
        # Only a signed ledger has a past; without one the board shows the present one and says so.
        if month is None or "as_of" not in takes or (of == LEDGER and known_at is None):
            return Wanted(*of, area)
        known = known_at if "known_at" in takes else None
        return Wanted(*of, area, month.until, month.since if "since" in takes else None, known)


async def frozen_at(desk: Desk, asking: Asking) -> str | None:
    """When the ledger of the month chosen was frozen; None where it was not signed."""
    if asking.month is None or asking.month.kind != "natural" or "as_of" not in asking.takes.get(LEDGER, ()):
        return None
    try:
        table = await ask(desk, Wanted(*LEDGER, asking.area, asking.month.until))
    except (Refused, Away):
        return None
    return None if table.frozen is None else str(table.frozen["frozen_at"])


@dataclass(frozen=True)
class Board:
    """Everything that was answered: now (or of the month chosen), of the month before, and of the last twelve."""

    now: dict[str, Told]
    before: dict[str, Told]
    months: dict[date, Told]


async def answered(desk: Desk, asking: Asking, over: list[Month]) -> Board:
    own = OF_COUNTY if len(prefix(desk.signed.area)) <= COUNTY_DIGITS else ()
    now = {name: asking.of(service, name) for service, name in NOW}
    now |= {name: asking.of(service, name) for service, name in own}
    at = over.index(asking.month) if asking.month else len(over)
    before = {name: asking.at(service, name, over[at - 1]) for service, name in COMPARED}
    months = {one.until: asking.at("registry", "coverage", one) for one in over[: at + 1][-MONTHS:]}
    told = await ask_all(desk, [*now.values(), *before.values(), *months.values()])
    return Board(
        {name: told[one] for name, one in now.items()},
        {name: told[one] for name, one in before.items()},
        {end: told[one] for end, one in months.items()},
    )
