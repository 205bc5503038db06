"""What our own list of the recognised and the province's sheets of them (registry/provincial) have in common: who
stands in one, what making it leaves on record, and what is told when entries were said."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Protocol

from fastapi import Query

from kit.reveals import Seen
from kit.scope import prefix
from kit.watermarks import Watermark
from registry.areas.store import require
from registry.audit.reveals import Unmasking, tell
from registry.audit.store import note
from registry.changes.store import append as announce
from registry.desk import Desk
from registry.ledger import entries
from registry.ledger.book import Book
from registry.ledger.sheet_columns import MOST_ROWS
from registry.ledger.sheet_problems import ListTooLong
from registry.ledger.tables import Case, CaseItem

Entered = Annotated[bool | None, Query(description="false: whoever is still to be entered")]
Narrowed = tuple[str | None, bool | None]  # of which area, entered already or still to be


class Said(Protocol):
    """What became of one entry that was said: `taken`, `unchanged` or `refused`."""

    @property
    def item_id(self) -> str | None: ...

    @property
    def result(self) -> str: ...


@dataclass(frozen=True)
class Listed:
    """Who stands in a sheet, whether with identities, and the sheet's mark."""

    rows: Sequence[tuple[CaseItem, Case]]
    revealed: bool
    mark: Watermark


def narrowed(desk: Desk, of: Narrowed) -> entries.Narrowed:
    """As the store is asked. Raises AreaUnknown."""
    area, entered = of
    require(desk.session, desk.caller, area)
    return entries.Narrowed(prefix(area) if area else None, entered=entered)


def listed(desk: Desk, asked: Unmasking, of: Narrowed, **more: str) -> Listed:
    """The recognised for a sheet, counted where identities are told, and on record with what else there is to say.
    Raises AreaUnknown, ListTooLong, and what revealing raises."""
    wanted, revealed = narrowed(desk, of), asked.of(desk.caller)
    rows = entries.page(desk.session, desk.caller, wanted, "", MOST_ROWS + 1)
    if len(rows) > MOST_ROWS:
        raise ListTooLong(limit=MOST_ROWS)
    if revealed:
        tell(desk, [Seen(item.person_id or item.subject_id or item.item_id, case.area) for item, case in rows])
    mark = Watermark.of(desk.caller, "full" if revealed else "masked", asked.reason)
    told = {**more, "revealed": revealed, "reason": asked.reason, "cases": [case.case_id for _, case in rows]}
    note(desk.session, desk.ring, desk.caller, "case.entries-export", mark.mark_id, **told)
    return Listed(rows, revealed, mark)


def kept(desk: Desk, ledger: Book, results: Sequence[Said]) -> None:
    """Announce what was taken, and put it on record; nothing where nothing was."""
    taken = [one.item_id for one in results if one.result == "taken"]
    if taken:
        announce(desk.session, ledger.write())
        note(desk.session, desk.ring, desk.caller, "case.enter", None, items=taken)


def counted(results: Sequence[Said]) -> dict[str, int]:
    """How many came out how."""
    return {name: sum(one.result == name for one in results) for name in ("taken", "unchanged", "refused")}
