"""The story of a list sent back: find whom its rows mean, take cases over, report, name every mistake at its cell.

Outcome ids are made from what a row says, so the same file sent again says `unchanged` of every row. The rows are
taken in parts, each a transaction of its own: a file cut off half way is simply sent again.
"""

import re
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from pydantic import ValidationError
from sqlmodel import Session, col, select

from china.masks import mask_name
from kit.database import reading, transaction
from kit.tables_in import Table
from registry.desk import Counter, Desk
from registry.ledger import states
from registry.ledger.accept import accept_many
from registry.ledger.outcome_schemas import OutcomeIn, ReportedOut
from registry.ledger.problems import row_error
from registry.ledger.report import content_mac, report_many
from registry.ledger.report_in import Draft, Drafts, cell_error, read_drafts
from registry.ledger.schemas import AcceptOneIn, RowErrorOut
from registry.ledger.sheet_columns import ACCEPTANCE, HEADER_OF
from registry.ledger.show import snapshot
from registry.ledger.store import visible
from registry.ledger.tables import Case, CaseItem

PART = 250  # rows of one transaction: others get their turn in between
BULK = 500
_NONE = "00000000-0000-0000-0000-000000000000"


@dataclass
class Row:
    """A row with the item it means, where that was found, and the outcome it states, where it can be one."""

    draft: Draft
    item: CaseItem | None = None
    case: Case | None = None
    outcome: OutcomeIn | None = None

    @property
    def errors(self) -> list[RowErrorOut]:
        """What is wrong with the row so far."""
        return self.draft.errors


@dataclass(frozen=True)
class Taken:
    """What became of a sheet: a result per row that states one, in order of lines."""

    drafts: Drafts
    accepted: int
    results: list[ReportedOut] = field(default_factory=list)


def take_sheet(counter: Counter, table: Table) -> Taken:
    """Take what can be taken of a sheet that holds the columns needed; the rest is named at its cells."""
    drafts = read_drafts(table)
    with reading(counter.database) as session:
        rows = _resolve(_at(counter, session), drafts.rows)
    _refuse_twins(rows)
    accepted = _accept(counter, rows)
    results = [one for part in _parts(rows) for one in _report(counter, part)]
    return Taken(drafts, accepted, [_placed(one, drafts, table) for one in results])


def _at(counter: Counter, session: Session) -> Desk:
    return Desk(counter.request, counter.response, counter.caller, session)


def _parts(rows: Sequence[Row]) -> Iterator[Sequence[Row]]:
    return (rows[start : start + PART] for start in range(0, len(rows), PART))


def _resolve(desk: Desk, drafts: Sequence[Draft]) -> list[Row]:
    """Whom each row means, within the caller's area, and the outcome it states."""
    by_item = _items(desk, "item_id", {draft.keys.get("item_id") for draft in drafts})
    by_lead = _items(desk, "lead_id", {draft.keys.get("lead_id") for draft in drafts})
    rows = []
    for draft in drafts:
        row = Row(draft)
        row.item, row.case = _named(draft, by_item, by_lead)
        if row.item is not None and row.case is not None:
            _name_candidate(desk, row, row.item)
            if not row.errors:
                row.outcome = _outcome(desk, row, row.item)
        rows.append(row)
    return rows


_Items = dict[str, tuple[CaseItem, Case]]


def _items(desk: Desk, column: str, values: set[str | None]) -> _Items:
    wanted = sorted(value for value in values if value is not None)
    found: _Items = {}
    for start in range(0, len(wanted), BULK):
        query = (
            select(CaseItem, Case)
            .join(Case, col(Case.case_id) == col(CaseItem.case_id))
            .where(getattr(CaseItem, column).in_(wanted[start : start + BULK]), visible(desk.caller))
        )
        found.update((getattr(item, column), (item, case)) for item, case in desk.session.exec(query))
    return found


def _named(draft: Draft, by_item: _Items, by_lead: _Items) -> tuple[CaseItem, Case] | tuple[None, None]:
    """The item the numbers of a row name; all that are given must name the same."""
    found = []
    for name, known in (("item_id", by_item), ("lead_id", by_lead)):
        if name in draft.keys:
            if draft.keys[name] not in known:
                draft.errors.append(row_error("item-unknown", name))
                return None, None
            found.append((name, *known[draft.keys[name]]))
    if not found:
        draft.errors.append(row_error("item-missing", "lead_id"))
        return None, None
    _, item, case = found[0]
    if found[-1][1] is not item and found[-1][1].item_id != item.item_id:
        draft.errors.append(cell_error("key-mixed", "lead_id"))
    elif draft.keys.get("case_id", case.case_id) != case.case_id:
        draft.errors.append(cell_error("key-mixed", found[-1][0]))
    return item, case


def _name_candidate(desk: Desk, row: Row, item: CaseItem) -> None:
    """是哪一位 as clerks write it, a number of the list or a name (or both), becomes the person's id."""
    text = row.draft.values.get("person_id")
    if text is None:
        return
    candidates = snapshot(desk.ring, item)["candidates"]
    number = re.match(r"^(\d{1,2})(?!\d)[\s.、:：]*(.*)$", text)
    numbered = candidates[int(number[1]) - 1] if number and 1 <= int(number[1]) <= len(candidates) else None
    if number is not None and numbered is not None:
        fitting = [numbered] if not number[2] or number[2] in _called(numbered) else [numbered, numbered]
    else:
        fitting = [one for one in candidates if text in _called(one)]
    if len(fitting) == 1:
        row.draft.values["person_id"] = fitting[0]["person_id"]
    elif fitting:
        row.errors.append(cell_error("candidate-unclear", "person_id"))
    elif candidates or len(text) != len(_NONE):  # where there are no candidates, the id of a person may be written
        row.errors.append(row_error("candidate-unknown", "person_id"))


def _called(candidate: dict[str, Any]) -> tuple[str | None, ...]:
    return candidate["name"], mask_name(candidate["name"]), candidate["person_id"]


def _outcome(desk: Desk, row: Row, item: CaseItem) -> OutcomeIn | None:
    """The outcome under the id its content gives it, or None with the cells that cannot be part of one."""
    try:
        stated = OutcomeIn(outcome_id=_NONE, item_id=item.item_id, **row.draft.values)
    except ValidationError as error:
        fields = dict.fromkeys(str(one["loc"][0]) for one in error.errors(include_input=False, include_context=False))
        row.errors.extend(cell_error("cell-invalid", name) for name in fields)
        return None
    digits = int(content_mac(desk.ring, item, stated), 16)
    made = uuid.UUID(int=digits & ~(0xF << 76 | 0x3 << 62) | 0x8 << 76 | 0x2 << 62)  # version 8 of RFC 9562: our own
    return stated.model_copy(update={"outcome_id": str(made)})


def _refuse_twins(rows: Sequence[Row]) -> None:
    """Two rows that say different things of one person: which is right, only the sender knows."""

    def by_item(row: Row) -> str:
        return row.item.item_id if row.item else ""

    for item_id, same in groupby(sorted(rows, key=by_item), key=by_item):
        twins = list(same)
        stated = {row.outcome.outcome_id if row.outcome else None for row in twins}
        if not item_id or len(twins) == 1 or (len(stated) == 1 and None not in stated):
            continue
        for row in twins:
            others = "、".join(str(other.draft.line) for other in twins if other is not row)
            row.errors.append(cell_error("row-twice", "code", lines=others))
            row.outcome = None


def _accept(counter: Counter, rows: Sequence[Row]) -> int:
    """Take over the waiting cases whose rows say who is responsible; how many."""
    chosen: dict[str, AcceptOneIn] = {}
    waiting = [row for row in rows if row.case is not None and row.case.state == states.AWAITING_ACCEPTANCE]
    for row in waiting:
        case, said = row.case, row.draft.acceptance
        wrong = {error.field for error in row.errors}
        whole = all(one.field in said and one.field not in wrong for one in ACCEPTANCE)
        if case is not None and whole and case.case_id not in chosen:
            chosen[case.case_id] = AcceptOneIn(case_id=case.case_id, **said)
    for row in waiting:
        if row.case is not None and row.case.case_id not in chosen and row.draft.acceptance:
            missing = [one.field for one in ACCEPTANCE if one.field not in row.draft.acceptance]
            row.errors.extend(row_error("required", name) for name in missing)
    accepted = 0
    cases = list(chosen.values())
    for start in range(0, len(cases), PART):
        with transaction(counter.database) as session:
            done = accept_many(_at(counter, session), cases[start : start + PART])
            accepted += sum(one.result == "taken" for one in done)
    return accepted


def _report(counter: Counter, rows: Sequence[Row]) -> list[ReportedOut]:
    """One part of the rows, in order of lines; `index` is the line for now."""
    sound = [(row.draft.line, row.outcome) for row in rows if row.outcome is not None and not row.errors]
    results: dict[int | None, ReportedOut] = {}
    if sound:
        with transaction(counter.database) as session:
            results = {one.index: one for one in report_many(_at(counter, session), sound)}
    return [results.get(row.draft.line) or _refused(row) for row in rows]


def _refused(row: Row) -> ReportedOut:
    return ReportedOut(
        index=row.draft.line,
        outcome_id=None,
        item_id=row.item.item_id if row.item else None,
        case_id=row.case.case_id if row.case else None,
        result="refused",
        errors=row.errors,
    )


_AT = {"not-accepted": "responsible_unit"}  # where a mistake of the whole row is put right


def _placed(one: ReportedOut, drafts: Drafts, table: Table) -> ReportedOut:
    """The result of a line, its mistakes at their cells."""
    line = one.index or 0
    errors = [_at_cell(error, line, drafts, table) for error in one.errors]
    return one.model_copy(update={"index": None, "line": line, "errors": errors})


def _at_cell(error: RowErrorOut, line: int, drafts: Drafts, table: Table) -> RowErrorOut:
    wanted = error.field or _AT.get(error.code, "code")
    header, detail = drafts.columns.get(wanted), error.detail
    if header is None:
        header, detail = drafts.columns["code"], f"表中没有“{HEADER_OF[wanted]}”列。{detail}"
    told: dict[str, Any] = {"field": wanted, "cell": table.cell(header, line), "detail": detail}
    return error.model_copy(update=told)
