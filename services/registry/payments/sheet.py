"""Payments as the list they came in: what is written here is read again word for word, and changes nothing."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, select
from sqlmodel import Session, col

from china.masks import mask_account, mask_name, mask_number
from kit.auth import Caller
from kit.crypto import KeyRing
from kit.sheets_out import Column, Sheet, Value, book, csv_bytes
from registry.payments.headers import HEADERS, KINDS, PROGRAMME_WORDS, RETURNS
from registry.payments.known import ACCOUNTS, PARTIES
from registry.payments.store import visible
from registry.payments.tables import Payment, PaymentAccount, PaymentParty
from registry.persons.protections import SHIELD

KIND_NAMES = {code: word for word, code in KINDS.items()}
RETURN_NAMES = {code: word for word, code in RETURNS.items()}
CHOICES: Mapping[str, tuple[str, ...]] = {"kind": tuple(KINDS), "bank_return": tuple(RETURNS)}
COLUMNS = tuple(
    Column(
        names[0], 22 if name in {"account", "id_number"} else 14, text=name != "amount", choices=CHOICES.get(name, ())
    )
    for name, names in HEADERS.items()
)
HEADER_ROW = tuple(column.header for column in COLUMNS)


@dataclass(frozen=True)
class Line:
    """A payment with its account and number in the clear, for whoever may be told them."""

    payment: Payment
    account: str | None
    number: str | None


def lines(session: Session, ring: KeyRing, query: Select[Any]) -> Iterator[Line]:
    """Payments with what they name; each account and number is opened once."""
    opened: dict[str, str] = {}

    def text(key: str | None, sealed: str | None, context: str) -> str | None:
        if key is None or sealed is None:
            return None
        if key not in opened:
            opened[key] = ring.decrypt(sealed, context)
        return opened[key]

    for payment, account, number in session.execute(query.execution_options(yield_per=5000)):
        yield Line(
            payment,
            text(payment.account_id, account, ACCOUNTS.context),
            text(payment.party_id, number, PARTIES.context),
        )


def query(caller: Caller, clauses: list[ColumnElement[bool]], most: int) -> Select[Any]:
    """The payments asked for, month by month."""
    what: tuple[Any, ...] = (Payment, col(PaymentAccount.account_sealed), col(PaymentParty.number_sealed))
    return (
        select(*what)
        .join(PaymentAccount, col(PaymentAccount.account_id) == col(Payment.account_id), isouter=True)
        .join(PaymentParty, col(PaymentParty.party_id) == col(Payment.party_id), isouter=True)
        .where(visible(caller), *clauses)
        .order_by(col(Payment.month), col(Payment.payment_id))
        .limit(most)
    )


def cells(line: Line, *, revealed: bool, hidden: bool, yuan: bool) -> list[Value]:
    """One line as a list has it; `yuan`: the amount as a number, else as text with its two decimals."""
    row, number, account, name, payee = line.payment, line.number, line.account, line.payment.name, line.payment.payee
    if hidden:
        name, payee, number, account = SHIELD, None, None, None
    elif not revealed:
        name, payee = str(mask_name(name)), mask_name(payee)
        number, account = mask_number(number), mask_account(account)
    amount: Value = row.amount_fen / 100 if yuan else f"{row.amount_fen // 100}.{row.amount_fen % 100:02d}"
    return [
        row.month.replace("-", ""), PROGRAMME_WORDS[row.programme], KIND_NAMES[row.kind], row.household_number, name,
        number, row.area, payee, row.bank, account, amount, _day(row.paid_on), row.serial,
        RETURN_NAMES[row.bank_return], row.return_reason, _day(row.returned_on),
    ]  # fmt: skip


def _day(day: Any) -> str | None:
    return None if day is None else str(day)


def workbook(rows: Iterable[Sequence[Value]], notes: Sequence[str], mark: str) -> bytes:
    """The list for Excel."""
    return book([Sheet("发放台账", COLUMNS, rows, notes)], mark)


def text(rows: Iterable[Sequence[Value]], mark: str) -> bytes:
    """The list as CSV, the mark in a line of its own above the header."""
    return csv_bytes([mark], [HEADER_ROW, *rows])
