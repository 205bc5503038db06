"""What the province answered to our sheet: numbers set on the entries, refusals with their reasons, row by row.

A row names whom it means by the number of ours that went along, else by number and name. Sent again it changes nothing;
one row refused does not stop the others.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final

import polars as pl
from pydantic import ValidationError
from sqlmodel import col, select

from china import dates, id_numbers
from china.text import plain_column
from kit.tables_in import Table
from registry.intake.headers import Headers
from registry.intake.opening import Refusals, opened
from registry.ledger import entries
from registry.ledger.book import Book
from registry.ledger.entry_schemas import EntryResultOut, PlatformEntryIn, PlatformRefusalIn
from registry.ledger.problems import row_error
from registry.ledger.schemas import RowErrorOut
from registry.ledger.show import snapshot
from registry.ledger.store import visible
from registry.ledger.tables import Case, CaseItem
from registry.persons.sealed import ID_NUMBER
from registry.provincial.layout import Answer, Answers
from registry.provincial.problems import AnswersColumnsWrong, AnswersTooLong, AnswersUnreadable
from registry.provincial.schemas import AnswerResult, AnswerRowOut

MOST_ROWS: Final = 5_000
BULK: Final = 500
_NOBODY: Final = "00000000-0000-0000-0000-000000000000"  # until it is known whom a row means
REFUSED = Refusals(AnswersUnreadable, AnswersColumnsWrong, AnswersTooLong)


@dataclass
class Row:
    """One line as it was read: whom it means, what the province says, and what is wrong with it."""

    line: int
    cells: Mapping[Answer, str | None]
    item_id: str | None = None
    said: PlatformEntryIn | PlatformRefusalIn | None = None
    errors: list[RowErrorOut] = field(default_factory=list)


def read(answers: Answers, content: bytes, day: date) -> list[Row]:
    """Every line of the file. `day`: when it was entered, where the file has no day. Raises what REFUSED says."""
    words = Headers(answers.columns, ("result",))
    table = opened(content, words.knows, MOST_ROWS, REFUSED)
    columns = words.found(table.headers)
    lacking = words.missing(columns)
    if lacking or not ({"item_id", "id_number"} & columns.keys()):
        keys = [answers.columns[name][0] for name in ("item_id", "id_number") if name in answers.columns]
        raise AnswersColumnsWrong(missing=lacking or keys, found=sorted(columns.values()))
    rows = [Row(line, cells) for line, cells in _lines(table, columns)]
    for row in rows:
        _judge(row, answers, day)
    return rows


def _lines(table: Table, columns: Mapping[Answer, str]) -> list[tuple[int, dict[Answer, str | None]]]:
    cells = {name: plain_column(table.frame[header]).to_list() for name, header in columns.items()}
    lines = table.frame["line"].to_list()
    return [(line, {name: cells[name][at] for name in cells}) for at, line in enumerate(lines)]


def _judge(row: Row, answers: Answers, day: date) -> None:
    """What the province says in this row, as far as it can be read."""
    result = row.cells.get("result")
    if result in answers.results["accepted"]:
        told = row.cells.get("entered_on")
        on = dates.read_column(pl.Series([told], dtype=pl.String))["date"][0] if told else day
        number = row.cells.get("entry_number")
        if on is None or number is None:
            row.errors.append(row_error("answer-incomplete", "entered_on" if on is None else "entry_number"))
            return
        try:
            row.said = PlatformEntryIn(item_id=_NOBODY, entered_on=on, entry_number=number)
        except ValidationError:
            row.errors.append(row_error("answer-incomplete", "entry_number"))
    elif result in answers.results["refused"]:
        reason = (row.cells.get("reason") or "未说明原因")[:500]
        row.said = PlatformRefusalIn(item_id=_NOBODY, refused_on=day, reason=reason)
    else:
        row.errors.append(row_error("answer-unclear", "result"))


def find(book: Book, rows: Sequence[Row]) -> None:
    """Whom the rows mean, within the caller's area."""
    asked = {str(row.cells["item_id"]) for row in rows if row.cells.get("item_id")}
    known = set(entries.items_of(book, sorted(asked)))
    by_number = _by_number(book, [row for row in rows if not row.cells.get("item_id")])
    for row in rows:
        own = row.cells.get("item_id")
        found = {own} & known if own else by_number.get((_number(row), row.cells.get("name") or ""), set())
        if len(found) == 1:
            row.item_id = next(iter(found))
        else:
            row.errors.append(row_error("answer-many" if found else "item-unknown", "item_id"))


def _number(row: Row) -> str:
    """The number as equal numbers are equal."""
    read_ = id_numbers.read_column(pl.Series([row.cells.get("id_number")], dtype=pl.String))
    return str(read_["id18"][0] or read_["text"][0] or "")


def _by_number(book: Book, rows: Sequence[Row]) -> dict[tuple[str, str], set[str | None]]:
    """(number, name) → the recognised of that number and name."""
    wanted = sorted({_number(row) for row in rows} - {""})
    found: dict[tuple[str, str], set[str | None]] = {}
    for start in range(0, len(wanted), BULK):
        blinds = {blind: one for one in wanted[start : start + BULK] for blind in book.ring.blinds(one, ID_NUMBER)}
        query = (
            select(CaseItem)
            .join(Case, col(Case.case_id) == col(CaseItem.case_id))
            .where(col(CaseItem.number_blind).in_(blinds), visible(book.caller), entries.recognised())
        )
        for item in book.session.exec(query):
            key = blinds[str(item.number_blind)], str(snapshot(book.ring, item)["name"] or "")
            found.setdefault(key, set()).add(item.item_id)
    return found


def apply(book: Book, rows: Sequence[Row]) -> list[AnswerRowOut]:
    """Set what the province said; a result per row."""
    find(book, rows)
    sound = [row for row in rows if row.item_id is not None and row.said is not None and not row.errors]
    said = [row.said.model_copy(update={"item_id": row.item_id}) for row in sound if row.said is not None]
    results = dict(zip((row.line for row in sound), entries.answer_many(book, said), strict=True))
    return [_out(row, results.get(row.line)) for row in rows]


def _out(row: Row, done: EntryResultOut | None) -> AnswerRowOut:
    says: AnswerResult = "unclear"
    if row.said is not None:
        says = "accepted" if isinstance(row.said, PlatformEntryIn) else "refused"
    errors = [*row.errors, *(done.errors if done else [])]
    result = done.result if done and not row.errors else "refused"
    return AnswerRowOut(line=row.line, item_id=row.item_id, says=says, result=result, errors=errors)
