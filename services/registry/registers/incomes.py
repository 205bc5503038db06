"""What the lines of 家庭经济状况核算 come to, household by household and month by month, in fen (E17)."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel

from kit.paging import Paged
from kit.problems import REFUSALS, CursorInvalid, problems
from kit.shapes import UnderArea
from registry.areas.problems import AreaUnknown
from registry.areas.store import require
from registry.audit.store import note
from registry.desk import Desk, writes
from registry.registers import store
from registry.registers.api import subtree
from registry.registers.placing import Clerk
from registry.registers.store import Content
from registry.registers.tables import RegisterEntry
from registry.registers.telling import contents

router = APIRouter(tags=["registers"])
Reader = Annotated[Desk, Depends(writes("registers:read"))]
INCOME = "income-sheet"


@dataclass
class Sum:
    """One household's month."""

    area: str
    household: str
    period: str
    household_id: str | None = None
    lines: int = 0
    counted: int = 0
    left_out: int = 0
    imputed: int = 0  # of what is counted
    entries: list[str] = field(default_factory=list)

    @property
    def key(self) -> list[str]:
        """By what sums are in order."""
        return [self.area, self.household, self.period]


class IncomeTotalOut(BaseModel):
    """What a household's lines of one month come to. `imputed_fen` is the part of `counted_fen` that was imputed."""

    area: str
    household: str
    household_id: str | None
    period: str
    lines: int
    counted_fen: int
    not_counted_fen: int
    imputed_fen: int


class IncomeTotalsOut(BaseModel):
    """Sums by area, household and month."""

    totals: list[IncomeTotalOut]
    cursor: str | None


def sums(opened: Iterable[tuple[RegisterEntry, Content]]) -> list[Sum]:
    """Lines added up by household and month; by the registry's household where it is known."""
    found: dict[tuple[str, str], Sum] = {}
    for row, content in opened:
        values = content.values
        of = (row.household_id or f"{row.area[:6]} {values['household']}", values["period"])
        one = found.setdefault(of, Sum(row.area, values["household"], values["period"], row.household_id))
        one.lines += 1
        one.entries.append(row.entry_id)
        if values["counted"]:
            one.counted += values["amount"]
            one.imputed += values["amount"] if values["imputed"] else 0
        else:
            one.left_out += values["amount"]
    return sorted(found.values(), key=lambda one: one.key)


@router.get("/registers/income-sheet/totals", responses=problems(*REFUSALS, CursorInvalid, AreaUnknown))
def list_income_totals(
    desk: Reader,
    page: Paged,
    area: UnderArea = None,
    household_id: Annotated[str | None, Query(min_length=36, max_length=36)] = None,
) -> IncomeTotalsOut:
    """What the lines of each household's month come to: counted, not counted, and how much of it is imputed."""
    require(desk.session, desk.caller, area)
    clerk = Clerk.of(desk)
    rows = store.live(clerk, INCOME, subtree(area))
    mine = [row for row in rows if household_id in {None, row.household_id}]
    after = page.after("total", ["", "", ""])
    part = [one for one in sums(contents(clerk, mine)) if one.key > after][: page.limit]
    entries = [entry for one in part for entry in one.entries]
    note(desk.session, desk.ring, desk.caller, "register.totals", None, register=INCOME, entries=entries)
    return IncomeTotalsOut(
        totals=[
            IncomeTotalOut(
                area=one.area,
                household=one.household,
                household_id=one.household_id,
                period=one.period,
                lines=one.lines,
                counted_fen=one.counted,
                not_counted_fen=one.left_out,
                imputed_fen=one.imputed,
            )
            for one in part
        ],
        cursor=page.onwards("total", part[-1].key if part else None, full=len(part) == page.limit),
    )
