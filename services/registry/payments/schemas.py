"""Payments on the wire. Names are masked, of accounts the last four are told."""

from datetime import date, datetime
from typing import Any, Literal

from pydantic import BaseModel

from registry.coverage.schemas import SourceOut
from registry.payments.payees import PayeeIs

Programme = Literal[
    "dibao-rural", "dibao-urban", "tekun-institution", "tekun-home", "dibao-margin", "rigid-expenditure",
    "temporary-aid",
]  # fmt: skip
Kind = Literal["regular", "back-pay", "uplift", "one-off"]
BankReturn = Literal["none", "paid", "returned"]
Outcome = Literal["accepted", "updated", "unchanged", "duplicate", "rejected"]


class PaymentOut(BaseModel):
    """One payment. `bank_return`: what the bank said of it."""

    payment_id: str
    version: int
    month: str
    programme: str
    kind: Kind
    area: str
    person_id: str | None
    household_id: str | None
    household_number: str | None
    name: str | None
    payee: str | None
    payee_is: PayeeIs
    account_id: str | None
    account: str | None
    bank: str | None
    amount_fen: int
    paid_on: date | None
    serial: str | None
    bank_return: BankReturn
    return_reason: str | None
    returned_on: date | None
    source: SourceOut
    recorded_at: datetime


class PaymentPageOut(BaseModel):
    """A page of payments."""

    payments: list[PaymentOut]
    cursor: str | None


class PaymentImportOut(BaseModel):
    """One payout list. `counts` (lines) and `fen` by outcome sum to what the file holds; `skipped` are its title, total
    and blank lines."""

    import_id: str
    state: Literal["running", "done", "failed"]
    dry_run: bool
    rows_total: int
    rows_done: int
    counts: dict[str, int]
    fen: dict[str, int]
    fen_total: int
    columns: dict[str, str]
    skipped: dict[str, int]
    created_at: datetime
    finished_at: datetime | None


class PaymentImportPageOut(BaseModel):
    """Imports of the caller's area, newest first."""

    imports: list[PaymentImportOut]
    cursor: str | None


class PaymentImportRowOut(BaseModel):
    """A line of which something is to be said."""

    line: int
    outcome: Outcome
    amount_fen: int | None
    issues: list[dict[str, Any]]


class PaymentImportRowPageOut(BaseModel):
    """Lines of an import with their issues. A line that is not listed was taken as it stands, or was there already."""

    rows: list[PaymentImportRowOut]
    cursor: str | None


class SumOut(BaseModel):
    """Money of one month, programme and township. `amount_fen` = paid + returned + without an answer of the bank."""

    month: str
    programme: str
    area: str
    payments: int
    amount_fen: int
    paid_fen: int
    returned_fen: int
    open_fen: int


class PaymentSummaryOut(BaseModel):
    """Sums by month, programme and township; the totals are those of the rows."""

    rows: list[SumOut]
    payments: int
    amount_fen: int
    paid_fen: int
    returned_fen: int
    open_fen: int


class HolderOut(BaseModel):
    """Somebody who is paid into an account."""

    person_id: str | None
    household_id: str | None
    household_number: str | None
    name: str | None
    payee: str | None
    payments: int
    amount_fen: int


class PaymentAccountOut(BaseModel):
    """An account with those paid into it, most money first; of many the first fifty, `holders_total` counts all."""

    account_id: str
    account: str
    holders_total: int
    households_total: int
    payments: int
    amount_fen: int
    first_month: str
    last_month: str
    holders: list[HolderOut]


class PaymentAccountPageOut(BaseModel):
    """A page of accounts."""

    accounts: list[PaymentAccountOut]
    cursor: str | None


class StretchOut(BaseModel):
    """Payments in a row into one account, and the import (and its sender) that first named it."""

    account_id: str | None
    account: str | None
    first_month: str
    last_month: str
    payments: int
    amount_fen: int
    import_id: str
    taken_at: datetime
    taken_by: str | None


class RegisteredAccountOut(BaseModel):
    """The account as an import of coverage stated it from then on."""

    recorded_at: datetime
    account: str | None
    payee: str | None
    import_id: str | None


class AccountHistoryOut(BaseModel):
    """How the account of a person or household changed: by what was paid, and by what was registered."""

    paid: list[StretchOut]
    registered: list[RegisteredAccountOut]
