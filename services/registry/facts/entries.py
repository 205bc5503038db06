"""Entries of the registers with whom they are told of."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from registry.facts.ground import Ground, homes, people
from registry.registers import store
from registry.registers.catalogue import REGISTERS
from registry.registers.declaring import Values, date_of
from registry.registers.placing import come_since
from registry.registers.store import Narrowed
from registry.registers.tables import RegisterEntry
from registry.registers.telling import contents
from registry.times import NOW

PAGE = 1000


@dataclass(frozen=True)
class Said:
    """One entry, opened; `subject_id` None: it is about nobody the registry knows within the caller's area."""

    row: RegisterEntry
    values: Values
    subject_id: str | None

    def day(self, name: str) -> date | None:
        """The day a field names."""
        return date_of(self.values, name)

    def fact(self, **told: Any) -> dict[str, Any]:
        """A row that comes from this entry."""
        return {"subject_id": self.subject_id, "batch_id": self.row.entry_id, "line": 0, **told}


def live(ground: Ground, register: str) -> list[Said]:
    """Present entries that have not ended."""
    return _said(ground, register, store.live(ground.clerk, register))


def of_somebody(ground: Ground, register: str) -> Iterator[Said]:
    """Those of them that are about a registered person."""
    return (one for one in live(ground, register) if one.subject_id is not None)


def every(ground: Ground, register: str) -> list[Said]:
    """Ended ones too."""
    rows: list[RegisterEntry] = []
    after = ""
    while True:
        page = store.page(ground.clerk, REGISTERS[register], Narrowed(ended=None), NOW, after, PAGE)
        rows += page
        if len(page) < PAGE:
            return _said(ground, register, rows)
        after = page[-1].entry_id


def _said(ground: Ground, register: str, rows: Iterable[RegisterEntry]) -> list[Said]:
    opened = contents(ground.clerk, rows)
    if not opened:
        return []
    known = sorted({row.person_id for row, _ in opened if row.person_id is not None})
    same = dict(people(ground, known).iter_rows())
    subject = REGISTERS[register].subject or ""
    late = come_since(ground.clerk, [content.values.get(subject) for row, content in opened if row.person_id is None])
    unnamed = any(row.person_id is None and row.household_id is not None for row, _ in opened)
    heads = dict(homes(ground).iter_rows()) if unnamed else {}
    if REGISTERS[register].about == "person":  # whoever is named and not known is not the household's head for that
        heads = {}
    return [
        Said(row, content.values, _whose(row, content.values.get(subject), (same, late, heads)))
        for row, content in opened
    ]


def _whose(row: RegisterEntry, said: Mapping[str, str] | None, known: tuple[dict[Any, str], ...]) -> str | None:
    same, late, heads = known
    if row.person_id is not None:
        return same.get(row.person_id)
    if said and (found := late.get((said.get("id_number"), said["name"]))):
        return found
    return heads.get(row.household_id)
