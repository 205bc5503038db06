"""What one outcome must satisfy: pure, all that is wrong at once, each with its field."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from china import id_numbers
from registry.ledger.outcome_codes import DOUBT, MONEY, OUTCOMES, OutcomeCode, kinds_of_item
from registry.ledger.outcome_schemas import OutcomeIn
from registry.ledger.problems import row_error
from registry.ledger.schemas import RowErrorOut
from registry.ledger.tables import CaseItem

EARLIEST = date(2000, 1, 1)  # an earlier day is a slip of the pen: no ledger is that old
EARLIEST_DEATH = date(1990, 1, 1)  # the dead of the 1990s are still found on lists


@dataclass(frozen=True)
class Ground:
    """What outcomes are judged against: the day, persons and leads known within the caller's area."""

    day: date
    persons: frozenset[str]
    leads: dict[str, str]  # lead → item


def judge(ground: Ground, item: CaseItem, candidates: Sequence[str], row: OutcomeIn) -> list[RowErrorOut]:
    """Everything wrong with this outcome of this item; empty when it can be taken."""
    code = OUTCOMES[row.code]
    if not set(kinds_of_item(item)) & set(code.kinds):
        return [row_error("code-kind", "code")]
    return [
        *_required(code, row, money=MONEY in (item.about or ())),
        *_dates(ground.day, row),
        *_people(ground, candidates, row),
        *_duplicate(ground, item, row),
        *_money(ground.day, code, row),
    ]


def _required(code: OutcomeCode, row: OutcomeIn, *, money: bool) -> Iterator[RowErrorOut]:
    for name in (*code.required, *(code.with_money if money else ())):
        if getattr(row, name) is None:
            yield row_error("required", name)
    if code.forms and row.form is not None and row.form not in code.forms:
        yield row_error("form-unfit", "form")


def _dates(day: date, row: OutcomeIn) -> Iterator[RowErrorOut]:
    past = (("visited_on", row.visited_on, EARLIEST), ("died_on", row.died_on, EARLIEST_DEATH))
    for name, value, earliest in (*past, ("entered_on", row.entered_on, EARLIEST)):
        if value is not None and value > day:
            yield row_error("date-in-future", name)
        elif value is not None and value < earliest:
            yield row_error("date-too-early", name)
    if row.revisit_on is not None and row.revisit_on <= day:
        yield row_error("date-past", "revisit_on")
    if row.stop_from is not None and not EARLIEST.year <= int(row.stop_from[:4]) <= day.year + 1:
        yield row_error("month-unlikely", "stop_from")


def _people(ground: Ground, candidates: Sequence[str], row: OutcomeIn) -> Iterator[RowErrorOut]:
    if row.person_id is not None and candidates and row.person_id not in candidates:
        yield row_error("candidate-unknown", "person_id")
    elif row.person_id is not None and not candidates and row.person_id not in ground.persons:
        yield row_error("person-unknown", "person_id")
    elif row.person_id is None and candidates and row.code in ("W1", "W2"):
        yield row_error("candidate-missing", "person_id")
    number = None if row.id_number is None else id_numbers.read(row.id_number, ground.day)
    if row.id_number is not None and (number is None or number.problem is not None):
        yield row_error("id-number-invalid", "id_number")


def _money(day: date, code: OutcomeCode, row: OutcomeIn) -> Iterator[RowErrorOut]:
    """The money a doubt was about has been paid already, and no more of it comes back than was paid."""
    if row.paid_month is not None and not f"{EARLIEST:%Y-%m}" <= row.paid_month <= f"{day:%Y-%m}":
        yield row_error("month-unlikely", "paid_month")
    more = (row.recovered_fen or 0) > (row.overpaid_fen or 0)
    if DOUBT in code.kinds and row.overpaid_fen is not None and more:
        yield row_error("recovered-too-much", "recovered_fen")


def _duplicate(ground: Ground, item: CaseItem, row: OutcomeIn) -> Iterator[RowErrorOut]:
    if row.duplicate_of is None:
        return
    other = ground.leads.get(row.duplicate_of)
    if other is None:
        yield row_error("duplicate-unknown", "duplicate_of")
    elif other == item.item_id:
        yield row_error("duplicate-self", "duplicate_of")
