"""Outcomes reported: one, five hundred, or a sheet; each row judged by itself, the rest taken.

`report_many(desk, [(0, outcome), (1, outcome) …]) -> [ReportedOut …]` is THE way in, also for sheets. Rows are judged
against cases held in memory while no other writer may change the ledger, and only sound ones are written: a row that
is refused has touched nothing, so no row needs a savepoint of its own.

Nothing here writes persons or coverage: only an import does.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from sqlmodel import Session, col, select

from kit.auth import Caller
from kit.columns import now
from kit.crypto import KeyRing
from kit.scope import within
from registry.audit.store import note
from registry.changes.store import append as tell
from registry.desk import Desk
from registry.ledger import states
from registry.ledger.book import BULK, Book
from registry.ledger.entries import ENTRY
from registry.ledger.outcome_codes import OUTCOMES
from registry.ledger.outcome_schemas import OutcomeIn, ReportedOut
from registry.ledger.problems import row_error
from registry.ledger.report_checks import Ground, judge
from registry.ledger.schemas import RowErrorOut
from registry.ledger.show import snapshot
from registry.ledger.states import PENDING, REVISIT, SUSPENDED
from registry.ledger.store import visible
from registry.ledger.tables import Case, CaseItem, Outcome
from registry.persons.store import number_key
from registry.persons.tables import Person, PersonVersion

SAID = "ledger.said"
_COLUMNS = ("code", "how", "visited_on", "form", "reason", "stop_from", "paid_month", "overpaid_fen",
            "recovered_fen", "entered_on")  # fmt: skip
_SAID = (
    "visited_by", "note", "refer_to", "died_on", "duplicate_of", "person_id", "name", "id_number", "area", "revisit_on",
    "entry_number",
)  # fmt: skip
_NAMES_ITEM = {"outcome_id", "item_id", "lead_id"}


def report_many(desk: Desk, rows: Sequence[tuple[int, OutcomeIn]]) -> list[ReportedOut]:
    """Take these outcomes in order; the number beside each comes back as `index`.

    Items are found by `item_id` or `lead_id` within the caller's area. The same outcome again is `unchanged`.
    """
    book = Book.at(desk)
    found = _Found.load(book, [row for _, row in rows])
    results = [_take(book, found, index, row) for index, row in rows]
    taken = [one for one in results if one.result == "taken"]
    if taken:
        tell(desk.session, book.write())
        note(
            desk.session, desk.ring, desk.caller, "case.report",
            taken[0].case_id if len(taken) == 1 else None, outcomes=[one.outcome_id for one in taken],
        )  # fmt: skip
    return results


@dataclass(frozen=True)
class _Found:
    """What the rows of one call speak of, read in a few queries."""

    by_item: dict[str, CaseItem]
    by_lead: dict[str, CaseItem]
    earlier: dict[str, tuple[str, str, str]]  # outcome id → (content, item, case)
    ground: Ground

    @classmethod
    def load(cls, book: Book, rows: Sequence[OutcomeIn]) -> "_Found":
        """Items, earlier outcomes, persons and duplicates named, all within the caller's area."""
        items = _items(book, "item_id", {row.item_id for row in rows})
        named = _items(book, "lead_id", {row.lead_id for row in rows} | {row.duplicate_of for row in rows})
        book.hold(item.case_id for item in (*items, *named))
        people = known_persons(book.session, book.caller, {row.person_id for row in rows})
        by_lead = {str(item.lead_id): item for item in named}
        return cls(
            {item.item_id: item for item in items},
            by_lead,
            _earlier(book, [row.outcome_id for row in rows]),
            Ground(book.day, people, {lead: item.item_id for lead, item in by_lead.items()}),
        )


def _items(book: Book, column: str, values: set[str | None]) -> list[CaseItem]:
    wanted = sorted(value for value in values if value is not None)
    found: list[CaseItem] = []
    for start in range(0, len(wanted), BULK):
        query = (
            select(CaseItem)
            .join(Case, col(Case.case_id) == col(CaseItem.case_id))
            .where(getattr(CaseItem, column).in_(wanted[start : start + BULK]), visible(book.caller))
        )
        found += book.session.exec(query).all()
    return found


def _earlier(book: Book, ids: Sequence[str]) -> dict[str, tuple[str, str, str]]:
    """Outcomes stored under these ids, whoever sent them: an id is used once."""
    found: dict[str, tuple[str, str, str]] = {}
    for start in range(0, len(ids), BULK):
        query = select(Outcome.outcome_id, Outcome.content_mac, Outcome.item_id, Outcome.case_id).where(
            col(Outcome.outcome_id).in_(ids[start : start + BULK])
        )
        found.update((row[0], (row[1], row[2], row[3])) for row in book.session.exec(query))
    return found


def known_persons(session: Session, caller: Caller, ids: set[str | None]) -> frozenset[str]:
    """Which of these the registry holds, unmerged, within the caller's area."""
    wanted = sorted(one for one in ids if one is not None)
    found: set[str] = set()
    for start in range(0, len(wanted), BULK):
        query = (
            select(PersonVersion.person_id)
            .join(Person, col(Person.person_id) == col(PersonVersion.person_id))
            .where(
                col(PersonVersion.person_id).in_(wanted[start : start + BULK]),
                col(PersonVersion.superseded_at).is_(None),
                col(PersonVersion.valid_to).is_(None),
                col(Person.survivor_id).is_(None),
                within(caller, col(PersonVersion.area)),
            )
        )
        found.update(session.exec(query).all())
    return frozenset(found)


def _take(book: Book, found: _Found, index: int, row: OutcomeIn) -> ReportedOut:
    item, errors = _item_of(found, row)
    if item is None:
        return _refused(index, row, None, errors)
    mac = content_mac(book.ring, item, row)
    if row.outcome_id in found.earlier:
        if found.earlier[row.outcome_id][:2] == (mac, item.item_id):
            return _said(index, row, item, "unchanged")
        return _refused(index, row, item, [row_error("outcome-differs", "outcome_id")])
    case = book.cases[item.case_id]
    errors = _standing_errors(case, item) or judge(found.ground, item, _candidates(book, item), row)
    if errors:
        return _refused(index, row, item, errors)
    _apply(book, case, item, row, mac)
    found.earlier[row.outcome_id] = (mac, item.item_id, case.case_id)
    return _said(index, row, item, "taken")


def _item_of(found: _Found, row: OutcomeIn) -> tuple[CaseItem | None, list[RowErrorOut]]:
    if row.item_id is None and row.lead_id is None:
        return None, [row_error("item-missing", "item_id")]
    by_item = found.by_item.get(row.item_id) if row.item_id else None
    by_lead = found.by_lead.get(row.lead_id) if row.lead_id else None
    if row.item_id and by_item is None:
        return None, [row_error("item-unknown", "item_id")]
    if row.lead_id and by_lead is None:
        return None, [row_error("item-unknown", "lead_id")]
    if by_item is not None and by_lead is not None and by_item is not by_lead:
        return None, [row_error("item-ambiguous", "lead_id")]
    return by_item or by_lead, []


def _standing_errors(case: Case, item: CaseItem) -> list[RowErrorOut]:
    """Whether anything can be reported on the item as it stands."""
    if case.state == SUSPENDED:
        return [row_error("case-suspended")]
    if item.closed_reason == states.WITHDRAWN:
        return [row_error("lead-withdrawn")]
    if item.standing not in (PENDING, REVISIT):
        return [row_error("already-reported")]
    return [] if states.may("report", case.state) else [row_error("not-accepted")]


def _candidates(book: Book, item: CaseItem) -> list[str]:
    return [str(one["person_id"]) for one in snapshot(book.ring, item)["candidates"]]


def _apply(book: Book, case: Case, item: CaseItem, row: OutcomeIn, mac: str) -> None:
    """The item as this outcome leaves it, and the outcome as a row."""
    code, at = OUTCOMES[row.code], now()
    item.code, item.outcome_id, item.reported_on = row.code, row.outcome_id, book.day
    item.answered_version = item.lead_version
    item.stated_person_id = row.person_id
    item.number_stated = number_key(row.id_number) is not None
    item.revisit_on = row.revisit_on
    if row.entered_on is not None and row.entry_number is not None:
        item.entered_on = row.entered_on
        item.entry_sealed = book.ring.encrypt(row.entry_number, f"{ENTRY}.{item.item_id}")
    if code.second_person:
        item.standing = states.AWAITING_APPROVAL
    elif code.after == "in-progress":
        book.await_import(item, row.code)
    elif code.after == "revisit":
        item.standing = REVISIT
    else:
        book.settle(item, code.title)
    case.reported_at = case.reported_at or at
    said = {name: getattr(row, name) for name in _SAID if getattr(row, name) is not None}
    book.add_outcome(
        {
            **{name: getattr(row, name) for name in _COLUMNS},
            "outcome_id": row.outcome_id,
            "item_id": item.item_id,
            "case_id": case.case_id,
            "area": case.area,
            "kind": item.kind,
            "reported_at": at,
            "reported_on": book.day,
            "reported_by": book.caller.client_id,
            "content_mac": mac,
            "said_sealed": book.ring.encrypt(orjson.dumps(said).decode(), f"{SAID}.{row.outcome_id}"),
        }
    )
    book.step(case, "report", item_id=item.item_id, lead_id=item.lead_id, outcome_id=row.outcome_id)


def content_mac(ring: KeyRing, item: CaseItem, row: OutcomeIn) -> str:
    """What tells a repeated outcome from another one under the same id; however its item was named."""
    content = {name: value for name, value in row.model_dump(mode="json").items() if name not in _NAMES_ITEM}
    return ring.mac(b"outcome" + orjson.dumps([item.item_id, content], option=orjson.OPT_SORT_KEYS))


def said(ring: KeyRing, row: Outcome) -> dict[str, Any]:
    """What an outcome states beside its columns, in the clear."""
    content: dict[str, Any] = orjson.loads(ring.decrypt(row.said_sealed, f"{SAID}.{row.outcome_id}"))
    return content


def _said(index: int, row: OutcomeIn, item: CaseItem, result: Any) -> ReportedOut:
    return ReportedOut(
        index=index, outcome_id=row.outcome_id, item_id=item.item_id, case_id=item.case_id, result=result
    )


def _refused(index: int, row: OutcomeIn, item: CaseItem | None, errors: list[RowErrorOut]) -> ReportedOut:
    return ReportedOut(
        index=index,
        outcome_id=row.outcome_id,
        item_id=item.item_id if item else None,
        case_id=item.case_id if item else None,
        result="refused",
        errors=errors,
    )
