"""Accounts of people, how they sign in, and what was tried."""

from datetime import datetime

from sqlalchemy import UniqueConstraint
from sqlmodel import Field

from kit.columns import Instant, Json
from registry.table import Table


class Account(Table, table=True):
    """A member of staff. Never deleted: the journal names it.

    One staff number, one account: so one person cannot be two administrators at once.
    """

    __tablename__ = "account"
    __table_args__ = (UniqueConstraint("agency", "staff_number"),)

    account_id: str = Field(primary_key=True, max_length=36)
    login: str = Field(max_length=64, unique=True)
    name: str = Field(max_length=100)
    staff_number: str = Field(max_length=40)
    agency: str = Field(max_length=64)
    area: str = Field(max_length=12, index=True)
    roles: list[str] = Field(sa_type=Json)
    version: int = 1
    created_at: datetime = Field(sa_type=Instant)
    disabled_at: datetime | None = Field(default=None, sa_type=Instant)
    activation_hash: str | None = Field(default=None, max_length=64)
    activation_until: datetime | None = Field(default=None, sa_type=Instant)
    password_hash: str | None = Field(default=None, max_length=200)
    password_set_at: datetime | None = Field(default=None, sa_type=Instant)
    totp_sealed: str | None = None
    totp_step: int = 0  # of the code used last: none is taken twice


class PastPassword(Table, table=True):
    """A password used before, so that it is not used again soon."""

    __tablename__ = "past_password"

    password_id: str = Field(primary_key=True, max_length=36)
    account_id: str = Field(foreign_key="account.account_id", max_length=36, index=True)
    password_hash: str = Field(max_length=200)


class RecoveryCode(Table, table=True):
    """What signs in once where the telephone is lost; the row goes when it is used."""

    __tablename__ = "recovery_code"

    code_hash: str = Field(primary_key=True, max_length=64)
    account_id: str = Field(foreign_key="account.account_id", max_length=36, index=True)


class AccountSession(Table, table=True):
    """From the password to the end: `stage` says what is still wanted, `open` that nothing is."""

    __tablename__ = "account_session"

    session_id: str = Field(primary_key=True, max_length=36)
    account_id: str = Field(foreign_key="account.account_id", max_length=36, index=True)
    stage: str = Field(max_length=20)
    handle_hash: str = Field(max_length=64, unique=True)
    purpose: str = Field(max_length=64)
    created_at: datetime = Field(sa_type=Instant)
    seen_at: datetime = Field(sa_type=Instant)
    ended_at: datetime | None = Field(default=None, sa_type=Instant, index=True)
    ended_why: str | None = Field(default=None, max_length=20)
    totp_sealed: str | None = None  # offered, not yet confirmed by a code


class SpentHandle(Table, table=True):
    """A handle that was exchanged for the next: whoever brings it again has a copy."""

    __tablename__ = "spent_handle"

    handle_hash: str = Field(primary_key=True, max_length=64)
    session_id: str = Field(foreign_key="account_session.session_id", max_length=36, index=True)


class Attempt(Table, table=True):
    """Failures under one login (known or not: an unknown one must look the same) or from one address."""

    __tablename__ = "sign_in_attempt"

    key: str = Field(primary_key=True, max_length=80)
    failures: int
    failed_at: datetime = Field(sa_type=Instant, index=True)
    locked_until: datetime | None = Field(default=None, sa_type=Instant)
