"""Payments in recorded time, the accounts they went to, and the files they came in.

A county's ledger since 2018 is millions of rows over a few ten thousand accounts and ID numbers: each of these is
sealed once, in a table of its own, and a payment names it by its id.
"""

from datetime import date, datetime

from sqlalchemy import BigInteger, Index
from sqlmodel import Field

from kit.columns import Instant, Json
from registry.intake.tables import FileImport, FileImportRow
from registry.table import Table


class PaymentAccount(Table, table=True):
    """A bank account somebody was paid into."""

    __tablename__ = "payment_account"

    account_id: str = Field(primary_key=True, max_length=36)
    account_sealed: str
    account_blind: str = Field(max_length=64, index=True)


class PaymentParty(Table, table=True):
    """An ID number as payout lists write it, of people the registry knows and of others."""

    __tablename__ = "payment_party"

    party_id: str = Field(primary_key=True, max_length=36)
    number_sealed: str
    number_blind: str = Field(max_length=64, index=True)


class Payment(Table, table=True):
    """One payment as it was believed; `payment_id` stays through corrections, `version` counts them."""

    __tablename__ = "payment"
    __table_args__ = (Index("ix_payment_area_month", "area", "month"),)

    payment_id: str = Field(primary_key=True, max_length=36)
    version: int = Field(primary_key=True)
    month: str = Field(max_length=7)  # YYYY-MM, the month paid for
    programme: str = Field(max_length=20)
    kind: str = Field(max_length=10)  # regular | back-pay | uplift | one-off
    area: str = Field(max_length=12)
    person_id: str | None = Field(default=None, max_length=36, index=True, foreign_key="person.person_id")
    household_id: str | None = Field(default=None, max_length=36, index=True, foreign_key="household.household_id")
    household_number: str | None = Field(default=None, max_length=64)  # as sent: a household nobody knows has one too
    name: str = Field(max_length=100)  # the beneficiary's, or the head's of a household
    party_id: str | None = Field(default=None, max_length=36, foreign_key="payment_party.party_id")
    payee: str | None = Field(default=None, max_length=100)  # 开户姓名
    account_id: str | None = Field(default=None, max_length=36, index=True, foreign_key="payment_account.account_id")
    bank: str | None = Field(default=None, max_length=100)
    amount_fen: int = Field(sa_type=BigInteger)
    paid_on: date | None = None
    serial: str | None = Field(default=None, max_length=64)  # 流水号: tells two equal payments apart
    bank_return: str = Field(max_length=8)  # none | paid | returned: what the bank said of it (回盘)
    return_reason: str | None = Field(default=None, max_length=100)
    returned_on: date | None = None
    source_import: str = Field(max_length=36, index=True)
    source_line: int
    recorded_at: datetime = Field(sa_type=Instant)
    superseded_at: datetime | None = Field(default=None, sa_type=Instant)


class PaymentImport(FileImport, table=True):
    """One payout list taken in. `counts` and `fen` are by outcome; each sums to what the file holds."""

    __tablename__ = "payment_import"

    state: str = Field(max_length=12, index=True)
    fen: dict[str, int] = Field(sa_type=Json)


class PaymentImportRow(FileImportRow, table=True):
    """A line of which something is to be said. What is not listed was taken, or was there already, word for word."""

    __tablename__ = "payment_import_row"

    import_id: str = Field(primary_key=True, max_length=36, foreign_key="payment_import.import_id")
    amount_fen: int | None = Field(default=None, sa_type=BigInteger)
