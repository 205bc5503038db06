"""A sheet of entries comes in: every row is judged and answered, the sound ones are written, nothing is lost.

A row with a 登记编号, or one that is known by the register's key, corrects that entry (or changes it on the 变更日期);
any other is a new entry. A cell that says what the entry was shown with says nothing new, masked or not: so an export
sent back alters nothing.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from kit.tables_in import Table
from registry.persons import protections
from registry.registers import store
from registry.registers.cells_in import Draft, draft_of, same, values_of
from registry.registers.declaring import Register
from registry.registers.placing import Clerk, Placed, placed
from registry.registers.sheet_out import cells_of
from registry.registers.showing import Eyes
from registry.registers.slots import Slot, names_of, slots_of
from registry.registers.store import Altering, Content, content_of
from registry.registers.tables import RegisterEntry
from registry.registers.telling import known_people
from registry.registers.values import Mistake, fit, is_id


@dataclass
class Judged:
    """What a row comes to."""

    draft: Draft
    outcome: str = "rejected"
    entry: Placed | None = None
    row: RegisterEntry | None = None  # the entry it is about, where there is one
    was: Content | None = None
    news: dict[str, Any] = field(default_factory=dict)
    warnings: list[tuple[Slot | None, str, str]] = field(default_factory=list)

    @property
    def sound(self) -> bool:
        """Whether nothing is wrong with it so far."""
        return not self.draft.wrong


@dataclass(frozen=True)
class Sheet:
    """A sheet and where its columns are."""

    table: Table
    columns: Mapping[Slot, str]

    def cell(self, slot: Slot | None, line: int) -> str | None:
        """As a spreadsheet names it."""
        return None if slot is None or slot not in self.columns else self.table.cell(self.columns[slot], line)


def sheet_of(register: Register, table: Table) -> Sheet:
    """The columns of a table that the register knows."""
    return Sheet(table, names_of(slots_of(register)).found(table.headers))


def judged(clerk: Clerk, register: Register, sheet: Sheet) -> list[Judged]:
    """Every row with its outcome; nothing is written."""
    rows = [Judged(draft) for draft in _drafts(sheet)]
    _known_by_id(clerk, register, rows)
    _understand(clerk, register, rows)
    _known_by_key(clerk, register, rows)
    _judge(clerk, register, rows)
    return rows


def write(clerk: Clerk, register: Register, rows: Sequence[Judged]) -> list[RegisterEntry]:
    """The sound rows, as judged; what the entries now are."""
    fresh = [one for one in rows if one.outcome == "created"]
    days = [one.draft.since or store.begins(register, _entry(one).values, clerk.day) for one in fresh]
    made = store.create(clerk, register, [(_entry(one), since) for one, since in zip(fresh, days, strict=True)])
    for one, row in zip(fresh, made, strict=True):
        one.row = row
    return [*made, *(_alter(clerk, register, one) for one in rows if one.outcome == "updated")]


def _entry(one: Judged) -> Placed:
    assert one.entry is not None
    return one.entry


def _drafts(sheet: Sheet) -> Iterator[Draft]:
    frame, masks = sheet.table.frame, {slot: sheet.table.was_numeric(name) for slot, name in sheet.columns.items()}
    for at, row in enumerate(frame.iter_rows(named=True)):
        cells = {slot: row[name].strip() for slot, name in sheet.columns.items() if (row[name] or "").strip()}
        yield draft_of(row["line"], cells, frozenset(slot for slot, mask in masks.items() if mask[at]))


def _known_by_id(clerk: Clerk, register: Register, rows: Sequence[Judged]) -> None:
    ids = {one.draft.entry_id or "" for one in rows if is_id(one.draft.entry_id)}
    found = store.present(clerk, register, sorted(ids))
    for one in rows:
        if one.draft.entry_id is None:
            continue
        row = found.get(one.draft.entry_id or "")
        if row is None:
            one.draft.wrong.append((None, "entry-unknown", "没有此登记编号，或不在您的范围内 (no such entry)"))
        else:
            one.row, one.was = row, content_of(clerk.ring, row)


def _understand(clerk: Clerk, register: Register, rows: Sequence[Judged]) -> None:
    """What each row says that is new: not what an export may have shown there, masked or whole."""
    opened = [(one.row, one.was) for one in rows if one.row is not None and one.was is not None]
    hidden = protections.hidden(clerk.session, clerk.caller, known_people(register, opened))
    for one in rows:
        was = one.was.values if one.was else {}
        cells = one.draft.cells
        if one.was is not None:
            shown = [cells_of(register, was, Eyes(revealed, hidden)) for revealed in (False, True)]
            cells = {slot: text for slot, text in cells.items() if not any(same(text, told[slot]) for told in shown)}
        said = values_of(register, one.draft, cells, was)
        one.news = {name: value for name, value in said.items() if was.get(name) != value}


def _known_by_key(clerk: Clerk, register: Register, rows: Sequence[Judged]) -> None:
    """Rows without a number that are known by what the register knows entries by."""
    keys = {id(one): key for one in rows if one.row is None and one.sound and (key := _key(register, one))}
    found = store.by_key(clerk, register, keys.values())
    met = [one for one in rows if keys.get(id(one)) in found]
    for one in met:
        one.row = found[keys[id(one)]]
        one.was = content_of(clerk.ring, one.row)
    _understand(clerk, register, met)


def _key(register: Register, one: Judged) -> str | None:
    values, mistakes = fit(register, one.news)
    wrong = {mistake.field for mistake in mistakes}
    return None if wrong & set(register.key) else store.key_of(register, values)


def _judge(clerk: Clerk, register: Register, rows: Sequence[Judged]) -> None:
    """Rows are fitted one by one; what they are about, and what is there already, is looked up at once."""
    entries: list[tuple[Judged, Placed]] = []
    first: dict[str, int] = {}
    for one in rows:
        values = _fitted(register, one)
        name = one.row.entry_id if one.row else store.key_of(register, values)
        if not one.sound or _repeats(one, name, first):
            continue
        moved = one.row is not None and one.draft.area not in {None, one.row.area}
        if one.row is not None and not one.news and not moved:
            one.outcome = "unchanged"
        else:
            entries.append((one, Placed(values, one.draft.area or (one.row.area if one.row else None))))
    keys = {id(one): key for one, entry in entries if (key := store.key_of(register, entry.values))}
    there = store.by_key(clerk, register, keys.values())
    for (one, _), entry in zip(entries, placed(clerk, register, [entry for _, entry in entries]), strict=True):
        other = there.get(keys.get(id(one), ""))
        if other is not None and one.row is not None and other.entry_id != one.row.entry_id:
            one.draft.wrong.append((None, "entry-exists", "同一事项已另有登记 (another entry says this already)"))
        _tell(register, one, entry.mistakes)
        if one.sound:
            one.entry, one.outcome = entry, "updated" if one.row else "created"


def _fitted(register: Register, one: Judged) -> dict[str, Any]:
    """The values the row comes to; what is wrong is noted, and what an entry that is there does not take from a row."""
    if one.row is None and one.draft.entry_id is not None:  # it was to be there, and is not
        return {}
    values, mistakes = fit(register, store.merged(register, one.was.values if one.was else {}, one.news))
    unread = {slot.field for slot, _, _ in one.draft.wrong if slot is not None}
    _tell(register, one, [mistake for mistake in mistakes if mistake.field not in unread])
    if one.row is None:
        return values
    if one.news and one.draft.version not in {None, str(one.row.version)}:
        told = "导出之后该登记已被更改，请重新导出后再改 (altered since it was exported: export it again)"
        one.draft.wrong.append((None, "version-mismatch", told))
    if one.draft.since not in {None, one.row.valid_from}:
        told = "已有登记的生效日期不在表中改动 (the day an entry is valid from is not altered by a sheet)"
        one.warnings.append((None, "valid-from-kept", told))
    if register.renews and one.draft.on is None and register.begins in one.news:
        since = store.begins(register, values, one.row.valid_from)
        one.draft.on = since if since > one.row.valid_from else None
    if one.draft.on is not None and (one.row.ended or one.draft.on < one.row.valid_from):
        told = "变更日期早于现行内容的生效日期，或登记已终止 (the change comes too early, or the entry has ended)"
        one.draft.wrong.append((None, "date-unordered", told))
    return values


def _repeats(one: Judged, name: str | None, first: dict[str, int]) -> bool:
    """Whether a sound row above is about the same entry; then it is not taken, and says so."""
    line = one.draft.line if name is None else first.setdefault(name, one.draft.line)
    if line == one.draft.line:
        return False
    one.outcome = "duplicate"
    one.warnings.append((None, "duplicate-row", f"与第 {line} 行重复，未采用 (repeats line {line})"))
    return True


def _tell(register: Register, one: Judged, mistakes: Sequence[Mistake]) -> None:
    """Mistakes at the columns of their fields."""
    slots = slots_of(register)
    for mistake in mistakes:
        at = [slot for slot in slots if slot.field == mistake.field]
        exact = [slot for slot in at if slot.part == mistake.part]
        one.draft.wrong.append((next(iter(exact or at), None), mistake.code, mistake.text))


def _alter(clerk: Clerk, register: Register, one: Judged) -> RegisterEntry:
    assert one.row is not None
    altering = Altering(one.news, (one.draft.on or one.row.valid_from, None), one.draft.area)
    alter = store.correct if one.draft.on is None else store.change
    one.row = alter(clerk, register, one.row, altering)
    return one.row
