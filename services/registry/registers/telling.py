"""Entries as they leave the house: masked or revealed, counted where revealed, in the journal in any case."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any

from china.masks import mask_in_text
from kit.reveals import Seen
from registry.audit.reveals import Unmasking, tell
from registry.desk import Desk
from registry.persons import protections
from registry.registers.declaring import ByStandard, Reason, Register, Values
from registry.registers.placing import Clerk
from registry.registers.schemas import EntryOut, EntryVersionOut, ReasonOut
from registry.registers.showing import Eyes, people_of, shown
from registry.registers.store import Content, content_of
from registry.registers.tables import RegisterEntry


def contents(clerk: Clerk, rows: Iterable[RegisterEntry]) -> list[tuple[RegisterEntry, Content]]:
    """Rows with what they say, opened once."""
    return [(row, content_of(clerk.ring, row)) for row in rows]


def known_people(register: Register, opened: Iterable[tuple[RegisterEntry, Content]]) -> list[str]:
    """The registry's ids of everybody these entries name."""
    ids = {
        said["person_id"]
        for _, content in opened
        for _, said in people_of(register, content.values)
        if "person_id" in said
    }
    return sorted(ids)


def eyes_for(desk: Desk, register: Register, opened: Sequence[tuple[RegisterEntry, Content]], asked: Unmasking) -> Eyes:
    """How the caller sees these entries; where identities are told, everybody in them is counted."""
    revealed = asked.of(desk.caller)
    if revealed:
        tell(desk, _seen(register, opened))
    return Eyes(revealed, protections.hidden(desk.session, desk.caller, known_people(register, opened)))


def _seen(register: Register, opened: Iterable[tuple[RegisterEntry, Content]]) -> list[Seen]:
    """Everybody in the entries; where nobody is named, the entry itself: telephones and words tell of people too."""
    found: list[Seen] = []
    for row, content in opened:
        people = list(people_of(register, content.values))
        found += [Seen(said.get("person_id") or f"{row.entry_id}.{name}"[:80], row.area) for name, said in people]
        found += [] if people else [Seen(row.entry_id, row.area)]
    return found


def out(clerk: Clerk, register: Register, opened: tuple[RegisterEntry, Content], eyes: Eyes) -> EntryOut:
    """One entry on the wire."""
    return EntryOut(**_fields(clerk, register, opened, eyes))


def version_out(clerk: Clerk, register: Register, opened: tuple[RegisterEntry, Content], eyes: Eyes) -> EntryVersionOut:
    """One version on the wire."""
    row = opened[0]
    fields = _fields(clerk, register, opened, eyes)
    return EntryVersionOut(**fields, superseded_at=row.superseded_at, written_by=row.written_by)


def _fields(clerk: Clerk, register: Register, opened: tuple[RegisterEntry, Content], eyes: Eyes) -> dict[str, Any]:
    row, content = opened
    names = (
        "entry_id", "version", "area", "person_id", "household_id", "case_id", "due_on", "ended", "valid_from",
        "valid_to", "recorded_at",
    )  # fmt: skip
    return {
        **{name: getattr(row, name) for name in names},
        "register_id": register.id,
        "values": shown(register, content.values, eyes),
        "end_reason": content.end_reason if eyes.revealed else mask_in_text(content.end_reason),
        "notices": [] if row.ended else [reason_out(one) for one in notices(clerk, register, row, content.values)],
    }


def notices(clerk: Clerk, register: Register, row: RegisterEntry, values: Values) -> list[Reason]:
    """What is to be looked at of an entry by itself, today."""
    found = [one.reason for one in register.doubts if one.holds(values, clerk.day)]
    by_standard = [one for one in register.beside if isinstance(one, ByStandard)]
    found += [one.reason for one in by_standard if one.holds(values, clerk.limit(row.area))]
    return [register.due.reason, *found] if register.due and is_due(clerk, register, row) else found


def is_due(clerk: Clerk, register: Register, row: RegisterEntry) -> bool:
    """Whether the day has come, or notice of it."""
    return row.due_on is not None and row.due_on <= notice_until(clerk, register)


def notice_until(clerk: Clerk, register: Register) -> date:
    """The last day that is due today, notice included."""
    ahead = register.due is not None and register.due.ahead
    return clerk.day + timedelta(days=clerk.terms.notice_days) if ahead else clerk.day


def reason_out(one: Reason) -> ReasonOut:
    """A reason on the wire."""
    return ReasonOut(code=one.code, text=one.text)
