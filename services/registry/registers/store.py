"""Entries in both times: writing, correcting, changing, ending and finding them. Every read carries the caller's scope.

The rules of days are those of persons (persons/store.py): a change comes on a day not before the present version
began; a correction may reach days of the past; what was believed stays on record.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise
from typing import Any

import orjson
from sqlalchemy import ColumnElement, and_, exists, or_, true, update
from sqlalchemy.orm import aliased
from sqlmodel import col, select

from kit.auth import Caller
from kit.columns import new_id, now
from kit.crypto import KeyRing
from kit.problems import FieldIssue, NotFound
from kit.scope import in_part, within
from registry.ledger.store import HANDED_OVER
from registry.ledger.tables import Case
from registry.persons.problems import DateUnordered
from registry.persons.store import Days
from registry.registers.catalogue import REGISTERS
from registry.registers.declaring import Register, Values
from registry.registers.placing import Clerk, Placed, placed
from registry.registers.problems import EntryEnded, EntryUnfit
from registry.registers.tables import RegisterEntry
from registry.registers.values import Mistake, fit
from registry.times import NOW, Asked, believed, standing

CONTEXT = "register.values"
HAND_OVER = "hand-over"
BULK = 500


@dataclass(frozen=True)
class Content:
    """What is sealed of a version."""

    values: dict[str, Any]
    end_reason: str | None = None


@dataclass(frozen=True)
class Narrowed:
    """What a list is narrowed to; the caller's scope comes on top."""

    area: str | None = None  # a subtree, as its leading digits
    persons: Sequence[str] | None = None
    household_id: str | None = None
    case_id: str | None = None
    due_before: date | None = None
    ended: bool | None = False


def seal(ring: KeyRing, register: str, content: Content) -> str:
    """One JSON of all that is said, sealed."""
    document = {"register": register, "values": content.values, "end_reason": content.end_reason}
    return ring.encrypt(orjson.dumps(document, option=orjson.OPT_SORT_KEYS).decode(), CONTEXT)


def content_of(ring: KeyRing, row: RegisterEntry) -> Content:
    """What a version says."""
    document = orjson.loads(ring.decrypt(row.values_sealed, CONTEXT))
    return Content(document["values"], document["end_reason"])


def key_of(register: Register, values: Values) -> str | None:
    """By what an entry is known again; a person by number, else by name. None where a part is missing."""
    parts: list[Any] = []
    for name in register.key:
        value = values.get(name)
        if isinstance(value, Mapping):
            value = value.get("id_number") or value.get("name")
        if value is None:
            return None
        parts.append(value)
    return orjson.dumps([register.id, *parts]).decode()


def key_of_text(text: str | None) -> str | None:
    """The same of a sealed text (for sealing anew)."""
    if text is None:
        return None
    document = orjson.loads(text)
    return key_of(REGISTERS[document["register"]], document["values"])


def seen_by(caller: Caller) -> ColumnElement[bool]:
    """Entries of the caller's area; of a case that was handed over, only for whoever may see such."""
    mine = within(caller, col(RegisterEntry.area))
    if HANDED_OVER in caller.scopes:
        return mine
    gone = aliased(RegisterEntry)
    handed = exists().where(
        col(gone.register_id) == HAND_OVER,
        col(gone.case_id) == col(RegisterEntry.case_id),
        col(gone.superseded_at).is_(None),
        col(gone.valid_to).is_(None),
        col(gone.ended).is_(False),
    )
    return and_(mine, or_(col(RegisterEntry.case_id).is_(None), ~handed))


def find(clerk: Clerk, register: Register, entry_id: str, asked: Asked = NOW) -> RegisterEntry:
    """A version of an entry within the caller's scope. Raises NotFound."""
    query = select(RegisterEntry).where(
        col(RegisterEntry.entry_id) == entry_id,
        col(RegisterEntry.register_id) == register.id,
        *standing(RegisterEntry, asked),
        seen_by(clerk.caller),
    )
    found = clerk.session.exec(query.order_by(col(RegisterEntry.valid_from).desc())).first()
    if found is None:
        raise NotFound
    return found


def page(  # noqa: PLR0913, PLR0917 - of which register, narrowed how, as of when, and which page of it
    clerk: Clerk, register: Register, narrowed: Narrowed, asked: Asked, after: str, limit: int
) -> Sequence[RegisterEntry]:
    """Entries with an id above `after`; ids sort by time of making."""
    query = select(RegisterEntry).where(
        col(RegisterEntry.register_id) == register.id,
        col(RegisterEntry.entry_id) > after,
        *standing(RegisterEntry, asked),
        *_clauses(clerk.caller, narrowed),
        seen_by(clerk.caller),
    )
    return clerk.session.exec(query.order_by(col(RegisterEntry.entry_id)).limit(limit)).all()


def _clauses(caller: Caller, narrowed: Narrowed) -> Iterator[Any]:
    yield true()
    if narrowed.area is not None:
        yield in_part(caller, col(RegisterEntry.area), narrowed.area)
    if narrowed.persons is not None:
        yield col(RegisterEntry.person_id).in_(narrowed.persons)
    if narrowed.household_id is not None:
        yield col(RegisterEntry.household_id) == narrowed.household_id
    if narrowed.case_id is not None:
        yield col(RegisterEntry.case_id) == narrowed.case_id
    if narrowed.due_before is not None:
        yield col(RegisterEntry.due_on) < narrowed.due_before
    if narrowed.ended is not None:
        yield col(RegisterEntry.ended).is_(narrowed.ended)


def live(clerk: Clerk, register: str, area: str | None = None, asked: Asked = NOW) -> Sequence[RegisterEntry]:
    """Present entries of a register (or of a day, or moment) that have not ended, within the caller's scope."""
    query = select(RegisterEntry).where(
        col(RegisterEntry.register_id) == register,
        *standing(RegisterEntry, asked),
        *_clauses(clerk.caller, Narrowed(area)),
        seen_by(clerk.caller),
    )
    return clerk.session.exec(query.order_by(col(RegisterEntry.area), col(RegisterEntry.entry_id))).all()


def present(clerk: Clerk, register: Register, ids: Sequence[str]) -> dict[str, RegisterEntry]:
    """The present version of each of these entries, ended ones too."""
    return {row.entry_id: row for row in _standing_in(clerk, register, col(RegisterEntry.entry_id), ids)}


def by_key(clerk: Clerk, register: Register, keys: Iterable[str]) -> dict[str, RegisterEntry]:
    """The live entry of each of these keys."""
    forms = {form: key for key in dict.fromkeys(keys) for form in clerk.ring.blinds(key, CONTEXT)}
    rows = _standing_in(clerk, register, col(RegisterEntry.key_blind), list(forms))
    return {forms[str(row.key_blind)]: row for row in rows if not row.ended}


def others(clerk: Clerk, register: Register, key: str, but: str | None) -> list[str]:
    """The ids of live entries known by that key, but for one."""
    rows = _standing_in(clerk, register, col(RegisterEntry.key_blind), clerk.ring.blinds(key, CONTEXT))
    return [row.entry_id for row in rows if not row.ended and row.entry_id != but]


def _standing_in(clerk: Clerk, register: Register, column: Any, values: Sequence[str]) -> Iterator[RegisterEntry]:
    for start in range(0, len(values), BULK):
        query = select(RegisterEntry).where(
            column.in_(values[start : start + BULK]),
            col(RegisterEntry.register_id) == register.id,
            *standing(RegisterEntry, NOW),
            seen_by(clerk.caller),
        )
        yield from clerk.session.exec(query.order_by(col(RegisterEntry.entry_id)))


def history(clerk: Clerk, entry_id: str) -> Sequence[RegisterEntry]:
    """Every version within the caller's scope, in the order they were written."""
    query = select(RegisterEntry).where(col(RegisterEntry.entry_id) == entry_id, seen_by(clerk.caller))
    order = (col(RegisterEntry.recorded_at), col(RegisterEntry.valid_from), col(RegisterEntry.row_id))
    return clerk.session.exec(query.order_by(*order)).all()


def begins(register: Register, values: Values, day: date) -> date:
    """The day an entry is valid from unless said: what its register names, else today."""
    said = values.get(register.begins or "")
    return day if said is None else date.fromisoformat(said[:10])


def create(clerk: Clerk, register: Register, entries: Sequence[tuple[Placed, date]]) -> list[RegisterEntry]:
    """New entries, each valid from its day."""
    at, made = now(), list[RegisterEntry]()
    for entry, since in entries:
        columns = _columns(clerk, register, entry, Content(entry.values))
        made.append(
            RegisterEntry(
                row_id=new_id(),
                entry_id=new_id(),
                register_id=register.id,
                version=1,
                valid_from=since,
                recorded_at=at,
                written_by=clerk.caller.client_id,
                **columns,
            )
        )
    clerk.session.add_all(made)
    clerk.session.flush()
    _hide_cases(clerk, register, made)
    return made


@dataclass(frozen=True)
class Altering:
    """What is to be said anew of an entry, and of which days (half-open)."""

    values: Mapping[str, Any]
    days: Days
    area: str | None = None
    end_reason: str | None = None


def change(clerk: Clerk, register: Register, row: RegisterEntry, altering: Altering) -> RegisterEntry:
    """Something changed (or ended) on the day the days begin.

    Raises DateUnordered where that lies before the present version began, EntryEnded, EntryUnfit.
    """
    if row.ended:
        raise EntryEnded(on=row.valid_from.isoformat())
    if altering.days[0] < row.valid_from:
        raise DateUnordered
    return _restate(clerk, register, [row], altering)


def correct(clerk: Clerk, register: Register, row: RegisterEntry, altering: Altering) -> RegisterEntry:
    """The record was wrong on these days. Raises DateUnordered where they are none, or before anything is known within
    the caller's scope; EntryUnfit."""
    begin, end = altering.days
    query = select(RegisterEntry).where(
        col(RegisterEntry.entry_id) == row.entry_id, *believed(RegisterEntry, NOW), seen_by(clerk.caller)
    )
    known = clerk.session.exec(query.order_by(col(RegisterEntry.valid_from))).all()
    if begin < known[0].valid_from or (end is not None and end <= begin):
        raise DateUnordered
    last = end or date.max
    meant = [one for one in known if one.valid_to is None or (one.valid_from < last and begin < one.valid_to)]
    return _restate(clerk, register, meant, altering)


def _restate(clerk: Clerk, register: Register, rows: Sequence[RegisterEntry], altering: Altering) -> RegisterEntry:
    """These rows, the present one among them, said anew: with what is altered within the days, as they were outside."""
    at = now()
    written = [piece for row in rows for piece in _pieces(clerk, register, row, (altering, at))]
    ids = [row.row_id for row in rows]
    clerk.session.execute(update(RegisterEntry).where(col(RegisterEntry.row_id).in_(ids)).values(superseded_at=at))
    clerk.session.add_all(written)
    clerk.session.flush()
    _hide_cases(clerk, register, [*rows, *written])
    return next(row for row in written if row.valid_to is None)


def _hide_cases(clerk: Clerk, register: Register, rows: Iterable[RegisterEntry]) -> None:
    """A case stands handed over as long as an entry that has not ended says so."""
    ids = sorted({row.case_id for row in rows if row.case_id is not None})
    if register.id != HAND_OVER or not ids:
        return
    present = (col(RegisterEntry.superseded_at).is_(None), col(RegisterEntry.valid_to).is_(None))
    said = exists().where(
        col(RegisterEntry.register_id) == HAND_OVER,
        col(RegisterEntry.case_id) == col(Case.case_id),
        col(RegisterEntry.ended).is_(False),
        *present,
    )
    clerk.session.execute(update(Case).where(col(Case.case_id).in_(ids)).values(handed_over=said))


def _pieces(
    clerk: Clerk, register: Register, row: RegisterEntry, how: tuple[Altering, datetime]
) -> Iterator[RegisterEntry]:
    altering, at = how
    begin, end = altering.days[0], altering.days[1] or date.max
    last = row.valid_to or date.max
    cuts = sorted({row.valid_from, last, *(cut for cut in (begin, end) if row.valid_from < cut < last)})
    for first, until in pairwise(cuts):
        meant = begin <= first < end
        columns = _altered(clerk, register, row, altering) if meant else _as_it_was(row)
        yield RegisterEntry(
            row_id=new_id(),
            entry_id=row.entry_id,
            register_id=row.register_id,
            version=row.version + (until == date.max),
            valid_from=first,
            valid_to=None if until == date.max else until,
            recorded_at=at,
            written_by=clerk.caller.client_id,
            **columns,
        )


_KEPT = ("area", "person_id", "household_id", "case_id", "key_blind", "due_on", "ended", "values_sealed")


def _as_it_was(row: RegisterEntry) -> dict[str, Any]:
    return {name: getattr(row, name) for name in _KEPT}


def _altered(clerk: Clerk, register: Register, row: RegisterEntry, altering: Altering) -> dict[str, Any]:
    was = content_of(clerk.ring, row)
    if altering.end_reason is not None:  # it ended: what it said is not judged again
        ended = Content(was.values, altering.end_reason)
        return {**_as_it_was(row), "values_sealed": seal(clerk.ring, register.id, ended), "ended": True}
    values, mistakes = fit(register, merged(register, was.values, altering.values))
    (entry,) = placed(clerk, register, [Placed(values, altering.area or row.area, mistakes=tuple(mistakes))])
    refuse(entry.mistakes)
    return {**_columns(clerk, register, entry, Content(entry.values, was.end_reason)), "ended": row.ended}


def merged(register: Register, was: Values, news: Mapping[str, Any]) -> dict[str, Any]:
    """What stood with what is said anew; what followed from others follows anew."""
    kept = {name: value for name, value in was.items() if name not in register.derives or not news}
    return {name: value for name, value in {**kept, **news}.items() if value is not None}


def refuse(mistakes: Sequence[Mistake]) -> None:
    """Raises EntryUnfit with every mistake at its place, if there are any."""
    if mistakes:
        raise EntryUnfit(errors=[FieldIssue(_pointer(one), one.code, one.text) for one in mistakes])


def _pointer(one: Mistake) -> str:
    if one.field == "area":
        return "/area"
    # A field nobody knows is not repeated: it may be anything.
    name = one.field if one.code != "unknown-field" else "*"
    return f"/values/{name}" + (f"/{one.part}" if one.part else "")


def _columns(clerk: Clerk, register: Register, entry: Placed, content: Content) -> dict[str, Any]:
    key = key_of(register, entry.values)
    return {
        "area": entry.area,
        "person_id": entry.person_id,
        "household_id": entry.household_id,
        "case_id": entry.case_id,
        "key_blind": None if key is None else clerk.ring.blind(key, CONTEXT),
        "due_on": None if register.due is None else register.due.on(entry.values, clerk.terms),
        "values_sealed": seal(clerk.ring, register.id, content),
    }
