"""Which entries of the registry's journal concern one person: by name, by a list, or as part of a range."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import or_
from sqlmodel import Session, col, select

from kit.auth import Caller
from kit.journal import JournalRow
from kit.scope import covers
from kit.sights import How, Reader, SubjectReportOut, concerned, names_one, report_of
from registry.access.account_tables import Account
from registry.access.tables import Client
from registry.audit.tables import JournalEntry
from registry.changes import store as changes
from registry.households.tables import Membership
from registry.imports.tables import ImportRow
from registry.ledger.tables import Case, CaseItem, Outcome
from registry.oversight.words import DEEDS
from registry.persons.merges import resolve
from registry.persons.store import identities
from registry.persons.tables import Person, PersonVersion

RANGES = ("registry.export", "registry.facts", "registry.follow", "publication.list")


@dataclass(frozen=True)
class Traces:
    """Under which ids one person stands in the registry."""

    persons: frozenset[str]
    households: frozenset[str]
    imports: Mapping[str, frozenset[int]]  # lines of each import's report
    cases: Mapping[str, Case]
    others: frozenset[str]  # leads, items, outcomes, the matcher's subject
    versions: tuple[PersonVersion, ...]

    @property
    def ids(self) -> list[str]:
        """All of them, but for imports and households, which are about others too."""
        return sorted(self.persons | self.others | set(self.cases))


def report(session: Session, caller: Caller, person_id: str, after: int) -> SubjectReportOut:
    """Everything on record about whoever `person_id` is now. The caller has seen to it that it is its to ask."""
    traces = traces_of(session, resolve(session, person_id))
    everything = [*traces.ids, *sorted(traces.households), *sorted(traces.imports)]
    entries = concerned(session, JournalEntry, everything, RANGES, after)
    judge = _Judge(session, traces, frozenset(traces.ids))
    reader = Reader(caller, "area", DEEDS, _Names(session))
    return report_of(person_id, reader, entries, judge.how)


def traces_of(session: Session, person_id: str) -> Traces:
    """Where a person stands: under its own id and those merged into it, in households, imports and cases."""
    persons = identities(session, [person_id])
    mine = col(Person.person_id).in_(persons)
    subjects = {one for one in session.exec(select(Person.subject_id).where(mine)) if one is not None}
    households = session.exec(select(Membership.household_id).where(col(Membership.person_id).in_(persons)))
    of_item = or_(
        col(CaseItem.person_id).in_(persons),
        col(CaseItem.stated_person_id).in_(persons),
        col(CaseItem.subject_id).in_(subjects),
    )
    items = session.exec(select(CaseItem).where(of_item)).all()
    cases = session.exec(select(Case).where(col(Case.case_id).in_({one.case_id for one in items})))
    outcomes = select(Outcome.outcome_id).where(col(Outcome.item_id).in_({one.item_id for one in items}))
    lines: dict[str, set[int]] = {}
    told = select(ImportRow.import_id, ImportRow.line).where(col(ImportRow.person_id).in_(persons))
    for import_id, line in session.exec(told):
        lines.setdefault(import_id, set()).add(line)
    versions = select(PersonVersion).where(col(PersonVersion.person_id).in_(persons))
    return Traces(
        frozenset(persons),
        frozenset(households),
        {one: frozenset(found) for one, found in lines.items()},
        {one.case_id: one for one in cases},
        frozenset([*subjects, *(one.lead_id for one in items if one.lead_id), *session.exec(outcomes)]),
        tuple(session.exec(versions)),
    )


@dataclass(frozen=True)
class _Judge:
    session: Session
    traces: Traces
    ids: frozenset[str]

    def how(self, entry: JournalRow) -> How | None:
        """How an entry concerns the person; None where it does not."""
        if entry.action not in DEEDS:
            return None
        if entry.action not in RANGES and names_one(entry, self.ids):
            return "itself"
        return "part-of-whole" if self._part(entry, entry.detail or {}) else None

    def _part(self, entry: JournalRow, detail: Mapping[str, Any]) -> bool:
        """Whether the person was in what an entry tells as a whole."""
        if entry.action in {"registry.export", "registry.facts"}:
            return self._stood(entry.at, str(detail.get("area")))
        if entry.action == "publication.list":
            return self._stood(entry.at, str(detail.get("of")))
        if entry.action == "registry.follow":
            return self._followed(detail)
        if entry.subject in self.traces.imports:
            return self._in_import(entry, detail)
        # Since entries name the members that were shown, one that does not name this person did not show it.
        return entry.action == "household.read" and entry.subject in self.traces.households and "members" not in detail

    def _in_import(self, entry: JournalRow, detail: Mapping[str, Any]) -> bool:
        lines = self.traces.imports[str(entry.subject)]
        first, last = detail.get("first"), detail.get("last")
        if entry.action == "import.rows" and isinstance(first, int) and isinstance(last, int):
            return any(first <= line <= last for line in lines)
        return True

    def _stood(self, at: datetime, area: str) -> bool:
        """Whether the person, or a case of it, stood in that area at that moment: then an export held it."""
        mine = any(
            covers(area, one.area) and one.recorded_at <= at and (one.superseded_at is None or one.superseded_at > at)
            for one in self.traces.versions
        )
        return mine or any(covers(area, one.area) and one.opened_at <= at for one in self.traces.cases.values())

    def _followed(self, detail: Mapping[str, Any]) -> bool:
        first, last = detail.get("first"), detail.get("last")
        if not isinstance(first, int) or not isinstance(last, int):
            return False
        told = changes.told_between(self.session, [*self.traces.persons, *self.traces.cases], first, last)
        return any(covers(str(detail.get("area")), area) for area in told)


class _Names(Mapping[str, str]):
    """The names of accounts and clients, looked up when asked for."""

    def __init__(self, session: Session) -> None:
        self.session = session

    def __getitem__(self, actor: str) -> str:
        found = self.session.get(Account, actor) or self.session.get(Client, actor)
        if found is None:
            raise KeyError(actor)
        return found.name

    def __iter__(self) -> Any:
        return iter(())

    def __len__(self) -> int:
        return 0
