"""The registers there are, and their entries one by one."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query

from kit.auth import requires
from kit.paging import Paged
from kit.problems import (
    REFUSALS,
    REPEATS,
    CursorInvalid,
    NotFound,
    ScopeMissing,
    VersionMismatch,
    VersionMissing,
    problems,
)
from kit.scope import NATION, covers, prefix
from kit.shapes import UnderArea
from registry import times
from registry.access.problems import AreaOutside
from registry.areas.problems import AreaUnknown
from registry.areas.store import require
from registry.audit.reveals import READ_PROBLEMS, Asked, Unmasking
from registry.audit.store import note
from registry.changes.store import Touched
from registry.changes.store import append as tell_followers
from registry.desk import Desk, IfMatch, check_version, reads, writes
from registry.persons import merges
from registry.persons import store as persons
from registry.persons.problems import DateUnordered
from registry.registers import store
from registry.registers.catalogue import REGISTERS
from registry.registers.declaring import Register
from registry.registers.placing import Clerk, Placed, completed, placed
from registry.registers.problems import EntryEnded, EntryExists, EntryUnfit, RegisterUnknown
from registry.registers.repeated import begin_cases
from registry.registers.schemas import (
    EntryChangeIn,
    EntryEndIn,
    EntryHistoryOut,
    EntryOut,
    EntryPageOut,
    EntryPatchIn,
    RegisterEntryIn,
    RegisterOut,
    RegistersOut,
)
from registry.registers.showing import Eyes
from registry.registers.slots import register_out
from registry.registers.store import Altering, Narrowed
from registry.registers.tables import RegisterEntry
from registry.registers.telling import contents, eyes_for, known_people, out, version_out
from registry.registers.values import fit
from registry.table import IdempotentRoute, take_turns
from registry.times import AsOf, KnownAt

router = APIRouter(tags=["registers"], route_class=IdempotentRoute)
Visitor = Annotated[Desk, Depends(reads("registers:read"))]
Reader = Annotated[Desk, Depends(writes("registers:read"))]
Writer = Annotated[Desk, Depends(writes("registers:write"))]
Id = Annotated[str | None, Query(min_length=36, max_length=36)]
State = Annotated[Literal["live", "ended", "all"], Query(description="Entries that ended, that did not, or both")]
TOLD = (*REFUSALS, RegisterUnknown)
WRITING = (*TOLD, *REPEATS, AreaOutside, EntryUnfit)
ALTERING = problems(*WRITING, NotFound, VersionMissing, VersionMismatch, DateUnordered, EntryEnded, EntryExists)


def register_of(desk: Desk, name: str) -> Register:
    """The register of that id. Raises RegisterUnknown, and ScopeMissing where it needs a scope of its own."""
    found = REGISTERS.get(name)
    if found is None:
        raise RegisterUnknown
    if found.scope is not None and found.scope not in desk.caller.scopes:
        raise ScopeMissing(scope=found.scope)
    return found


@router.get("/registers", dependencies=[Depends(requires("registers:read"))], responses=problems(*REFUSALS))
def list_registers() -> RegistersOut:
    """Every register with its fields, what it rests on, and what can be due of it."""
    return RegistersOut(registers=[register_out(one) for one in REGISTERS.values()])


@router.get("/registers/{register}", responses=problems(*TOLD))
def get_register(desk: Visitor, register: str) -> RegisterOut:
    """One register."""
    return register_out(register_of(desk, register))


class Filter:
    """What a list of entries is narrowed to."""

    def __init__(  # noqa: PLR0913, PLR0917 - the parameters of the call, each by its name
        self,
        area: UnderArea = None,
        person_id: Id = None,
        household_id: Id = None,
        case_id: Id = None,
        due_before: date | None = None,
        state: State = "live",
    ) -> None:
        self.area, self.person_id, self.household_id, self.case_id = area, person_id, household_id, case_id
        self.due_before, self.state = due_before, state

    def of(self, desk: Desk) -> Narrowed:
        """As the store takes it. Raises AreaUnknown."""
        require(desk.session, desk.caller, self.area)
        people = None
        if self.person_id is not None:  # whoever was merged into them is them
            people = persons.identities(desk.session, [merges.resolve(desk.session, self.person_id)])
        ended = {"live": False, "ended": True, "all": None}[self.state]
        return Narrowed(subtree(self.area), people, self.household_id, self.case_id, self.due_before, ended)


Filtered = Annotated[Filter, Depends(Filter)]


def subtree(area: str | None) -> str | None:
    """The leading digits of an area; None: everywhere."""
    return None if area is None or area == NATION else prefix(area)


@router.get(
    "/registers/{register}/entries", responses=problems(*TOLD, *READ_PROBLEMS, CursorInvalid, AreaUnknown, NotFound)
)
def list_register_entries(  # noqa: PLR0913, PLR0917 - the parameters of the call
    desk: Reader,
    page: Paged,
    register: str,
    narrowed: Filtered,
    asked: Asked,
    as_of: AsOf = None,
    known_at: KnownAt = None,
) -> EntryPageOut:
    """Entries in the order they were made, as they are, were on a day, or were believed then. Masked unless a token
    whose purpose is to reveal gives a `reason`."""
    chosen, clerk = register_of(desk, register), Clerk.of(desk)
    then, wanted = times.Asked(as_of, known_at), narrowed.of(desk)
    rows = store.page(clerk, chosen, wanted, then, page.after("entry", ""), page.limit)
    told = _told(desk, chosen, rows, asked, "register.list")
    last = rows[-1].entry_id if rows else None
    return EntryPageOut(entries=told, cursor=page.onwards("entry", last, full=len(rows) == page.limit))


@router.get("/registers/{register}/entries/{entry_id}", responses=problems(*TOLD, *READ_PROBLEMS, NotFound))
def get_register_entry(  # noqa: PLR0913, PLR0917 - the parameters of the call
    desk: Reader, register: str, entry_id: str, asked: Asked, as_of: AsOf = None, known_at: KnownAt = None
) -> EntryOut:
    """An entry as it is, was on a day, or was believed then; the ETag names its version."""
    chosen = register_of(desk, register)
    row = store.find(Clerk.of(desk), chosen, entry_id, times.Asked(as_of, known_at))
    (told,) = _told(desk, chosen, [row], asked, "register.read")
    desk.tag(row.version)
    return told


@router.get("/registers/{register}/entries/{entry_id}/history", responses=problems(*TOLD, *READ_PROBLEMS, NotFound))
def get_register_entry_history(desk: Reader, register: str, entry_id: str, asked: Asked) -> EntryHistoryOut:
    """Every version of an entry: of which days, believed from when until when, written by whom."""
    chosen, clerk = register_of(desk, register), Clerk.of(desk)
    store.find(clerk, chosen, entry_id)
    opened = contents(clerk, store.history(clerk, entry_id))
    eyes = eyes_for(desk, chosen, opened, asked)
    told = {"register": chosen.id, "persons": known_people(chosen, opened), "revealed": eyes.revealed}
    note(desk.session, desk.ring, desk.caller, "register.history", entry_id, **told)
    return EntryHistoryOut(entry_id=entry_id, versions=[version_out(clerk, chosen, one, eyes) for one in opened])


@router.post("/registers/{register}/entries", status_code=201, responses=problems(*WRITING, EntryExists))
def create_register_entry(desk: Writer, register: str, body: RegisterEntryIn) -> EntryOut:
    """A new entry. Every mistake is told at once, at its field; the same entry twice is refused."""
    chosen, clerk = register_of(desk, register), Clerk.of(desk)
    _own_area(desk, body.area)
    take_turns(desk.session, "registers")
    said, unknown = completed(clerk, chosen, body.values)
    values, mistakes = fit(chosen, said)
    gone = {one.field for one in unknown}
    store.refuse([*unknown, *(one for one in mistakes if one.field not in gone)])
    (entry,) = placed(clerk, chosen, [Placed(values, body.area)])
    store.refuse(entry.mistakes)
    _not_there_yet(clerk, chosen, store.key_of(chosen, values))
    since = body.valid_from or store.begins(chosen, values, clerk.day)
    (row,) = store.create(clerk, chosen, [(entry, since)])
    desk.locate("get_register_entry", register=chosen.id, entry_id=row.entry_id)
    return _written(desk, chosen, row, "register.create", sorted(values))


@router.patch("/registers/{register}/entries/{entry_id}", responses=ALTERING)
def correct_register_entry(
    desk: Writer, register: str, entry_id: str, body: EntryPatchIn, if_match: IfMatch = None
) -> EntryOut:
    """Correct an entry that was wrong; what was believed until now stays on record. If-Match names the version seen."""
    chosen, clerk, row = _to_alter(desk, register, entry_id, if_match)
    days = (row.valid_from, None) if body.valid_from is None else (body.valid_from, body.valid_to)
    altering = _altering(clerk, chosen, body, days)
    return _altered(desk, chosen, store.correct(clerk, chosen, row, altering), "register.correct", altering)


@router.post("/registers/{register}/entries/{entry_id}/changes", responses=ALTERING)
def change_register_entry(
    desk: Writer, register: str, entry_id: str, body: EntryChangeIn, if_match: IfMatch = None
) -> EntryOut:
    """Record what changed on a day; what was so before stays so for the days before. If-Match names the version."""
    chosen, clerk, row = _to_alter(desk, register, entry_id, if_match)
    altering = _altering(clerk, chosen, body, (body.on, None))
    return _altered(desk, chosen, store.change(clerk, chosen, row, altering), "register.change", altering)


@router.post("/registers/{register}/entries/{entry_id}/end", responses=ALTERING)
def end_register_entry(
    desk: Writer, register: str, entry_id: str, body: EntryEndIn, if_match: IfMatch = None
) -> EntryOut:
    """It ended on that day, for a reason; it stays on record. If-Match names the version seen."""
    chosen, clerk, row = _to_alter(desk, register, entry_id, if_match)
    altering = Altering({}, (body.on, None), end_reason=body.reason)
    return _altered(desk, chosen, store.change(clerk, chosen, row, altering), "register.end", altering)


def _own_area(desk: Desk, area: str | None) -> None:
    if area is not None and not covers(desk.caller.area, area):
        raise AreaOutside


def _to_alter(desk: Desk, register: str, entry_id: str, if_match: str | None) -> tuple[Register, Clerk, RegisterEntry]:
    """Raises RegisterUnknown, NotFound, VersionMissing, VersionMismatch."""
    chosen, clerk = register_of(desk, register), Clerk.of(desk)
    take_turns(desk.session, "registers")
    row = store.find(clerk, chosen, entry_id)
    check_version(if_match, row.version)
    return chosen, clerk, row


def _altering(clerk: Clerk, register: Register, body: EntryPatchIn | EntryChangeIn, days: persons.Days) -> Altering:
    """What is to be said anew. Raises AreaOutside, EntryUnfit for people who are not known."""
    if body.area is not None and not covers(clerk.caller.area, body.area):
        raise AreaOutside
    said, unknown = completed(clerk, register, body.values)
    store.refuse(unknown)
    return Altering(said, days, body.area)


def _altered(desk: Desk, register: Register, row: RegisterEntry, action: str, altering: Altering) -> EntryOut:
    """Nor may it become an entry that is there already."""
    clerk = Clerk.of(desk)
    key = store.key_of(register, store.content_of(clerk.ring, row).values)
    if altering.values:
        _not_there_yet(clerk, register, key, but=row.entry_id)
    return _written(desk, register, row, action, sorted(altering.values))


def _not_there_yet(clerk: Clerk, register: Register, key: str | None, but: str | None = None) -> None:
    """Raises EntryExists where another live entry is known by the same."""
    found = [] if key is None else store.others(clerk, register, key, but)
    if found:
        raise EntryExists(entry_id=found[0])


def _written(desk: Desk, register: Register, row: RegisterEntry, action: str, fields: list[str]) -> EntryOut:
    clerk = Clerk.of(desk)
    opened = contents(clerk, [row])
    people = known_people(register, opened)
    hidden = eyes_for(desk, register, opened, Unmasking(None)).hidden
    told = out(clerk, register, opened[0], Eyes(revealed=False, hidden=hidden))
    begun = begin_cases(desk, register.id)
    tell_followers(desk.session, [Touched("register", row.entry_id, row.area), *begun.touched])
    # Only fields of the register are named: of others nobody knows what stands in their name.
    named = [one.name for one in register.fields if one.name in fields]
    said = {"register": register.id, "persons": people, "fields": named}
    note(desk.session, desk.ring, desk.caller, action, row.entry_id, **said)
    begun.note(desk)
    desk.tag(row.version)
    return told


def _told(
    desk: Desk, register: Register, rows: Sequence[RegisterEntry], asked: Unmasking, action: str
) -> list[EntryOut]:
    """The entries as the caller may see them, counted where unmasked and on record in any case."""
    clerk = Clerk.of(desk)
    opened = contents(clerk, rows)
    eyes = eyes_for(desk, register, opened, asked)
    named = {"entries": [row.entry_id for row in rows], "persons": known_people(register, opened)}
    told = {"register": register.id, "revealed": eyes.revealed, **named}
    note(desk.session, desk.ring, desk.caller, action, rows[0].entry_id if len(rows) == 1 else None, **told)
    return [out(clerk, register, one, eyes) for one in opened]
