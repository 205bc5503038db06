"""Accounts, whom they pay, and how somebody's account changed (A3, A4, A7)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, exists, func
from sqlalchemy import select as columns
from sqlmodel import Session, col, select

from china.masks import mask_account
from kit.auth import Caller
from kit.crypto import KeyRing
from kit.scope import within
from registry.coverage.tables import Coverage
from registry.households.tables import Membership
from registry.payments.known import ACCOUNTS
from registry.payments.payees import Kin
from registry.payments.store import visible
from registry.payments.tables import Payment, PaymentAccount, PaymentImport
from registry.persons.merges import resolve
from registry.persons.store import identities
from registry.persons.tables import PersonVersion
from registry.times import NOW, believed

BULK = 500
Stated = tuple[datetime, str | None, str | None, str | None]  # recorded_at, last four, payee, import
MOST_HOLDERS = 50
COVERAGE_ACCOUNT = "coverage.account"  # what imports of coverage bind it to
# Who is paid: the person if known, else the number, the household, the name as written.
HOLDER = func.coalesce(
    col(Payment.person_id), col(Payment.party_id), col(Payment.household_id), col(Payment.household_number),
    col(Payment.name),
)  # fmt: skip


@dataclass(frozen=True)
class Stretch:
    """Payments in a row into one account."""

    account_id: str | None
    first_month: str
    last_month: str
    payments: int
    amount_fen: int
    import_id: str
    taken_at: datetime
    taken_by: str | None


def tails(session: Session, ring: KeyRing, account_ids: Sequence[str]) -> dict[str, str]:
    """The last four of each account."""
    found: dict[str, str] = {}
    for start in range(0, len(account_ids), BULK):
        part = account_ids[start : start + BULK]
        query = select(PaymentAccount).where(col(PaymentAccount.account_id).in_(part))
        for row in session.exec(query):
            found[row.account_id] = str(mask_account(ring.decrypt(row.account_sealed, ACCOUNTS.context)))
    return found


def page(  # noqa: PLR0913, PLR0917 - whose, which, from where, how many
    session: Session, caller: Caller, clauses: list[ColumnElement[bool]], least: int, after: str, limit: int
) -> Sequence[Any]:
    """Accounts that pay at least so many holders: account_id, holders, persons, households, payments, fen, months."""
    query = (
        columns(
            col(Payment.account_id),
            func.count(func.distinct(HOLDER)),
            func.count(func.distinct(col(Payment.household_id))),
            func.count(),
            func.sum(col(Payment.amount_fen)),
            func.min(col(Payment.month)),
            func.max(col(Payment.month)),
        )
        .where(visible(caller), *clauses, col(Payment.account_id) > after)
        .group_by(col(Payment.account_id))
        .having(func.count(func.distinct(HOLDER)) >= least)
        .order_by(col(Payment.account_id))
        .limit(limit)
    )
    return session.execute(query).all()


def holders(
    session: Session, caller: Caller, clauses: list[ColumnElement[bool]], account_ids: Sequence[str]
) -> dict[str, list[Any]]:
    """Who is paid into each account, most money first: (account_id, person, household, number, name, payee, payments,
    fen)."""
    what = (
        col(Payment.account_id), col(Payment.person_id), col(Payment.household_id), col(Payment.household_number),
        col(Payment.name), col(Payment.payee),
    )  # fmt: skip
    total = func.sum(col(Payment.amount_fen))
    query = (
        columns(*what, func.count(), total)
        .where(visible(caller), *clauses, col(Payment.account_id).in_(account_ids))
        .group_by(*what)
        .order_by(total.desc(), col(Payment.name))
    )
    found: dict[str, list[Any]] = {}
    for row in session.execute(query):
        those = found.setdefault(row[0], [])
        if len(those) < MOST_HOLDERS:
            those.append(row)
    return found


def people(session: Session, caller: Caller, clauses: list[ColumnElement[bool]]) -> set[str]:
    """Who of the registry the payments meant are of."""
    query = columns(col(Payment.person_id)).where(visible(caller), *clauses, col(Payment.person_id).is_not(None))
    return {str(one) for one in session.execute(query.distinct()).scalars()}


def stretches(session: Session, caller: Caller, clauses: list[ColumnElement[bool]]) -> list[Stretch]:
    """The accounts money went to, in the order of months; a new stretch begins with every change."""
    query = (
        select(Payment, PaymentImport.client_id, PaymentImport.created_at)
        .join(PaymentImport, col(PaymentImport.import_id) == col(Payment.source_import))
        .where(visible(caller), *clauses)
        .order_by(col(Payment.programme), col(Payment.month), col(Payment.payment_id))
    )
    found: list[Stretch] = []
    programme: str | None = None
    for row, client, at in session.exec(query):
        last = found[-1] if found and programme == row.programme else None
        if last is not None and last.account_id == row.account_id:
            found[-1] = Stretch(
                last.account_id, last.first_month, row.month, last.payments + 1, last.amount_fen + row.amount_fen,
                last.import_id, last.taken_at, last.taken_by,
            )  # fmt: skip
        else:
            found.append(
                Stretch(row.account_id, row.month, row.month, 1, row.amount_fen, row.source_import, at, client)
            )
        programme = row.programme
    return found


def registered(
    session: Session, ring: KeyRing, caller: Caller, person_id: str, known_at: datetime | None = None
) -> list[Stated]:
    """The account as imports of coverage stated it, each change once: (recorded_at, last four, payee, import); of
    somebody registered elsewhere nothing."""
    of = resolve(session, person_id)
    here = exists().where(col(PersonVersion.person_id) == of, within(caller, col(PersonVersion.area)))
    query = (
        select(Coverage)
        .where(
            col(Coverage.person_id).in_(identities(session, [of])),
            within(caller, col(Coverage.area)),
            here,
            *([] if known_at is None else [col(Coverage.recorded_at) <= known_at]),
        )
        .order_by(col(Coverage.recorded_at), col(Coverage.row_id))
    )
    found: list[Stated] = []
    before: str | None = None
    for row in session.exec(query):
        account = None if row.account_sealed is None else ring.decrypt(row.account_sealed, COVERAGE_ACCOUNT)
        if account is not None and account != before:
            found.append((row.recorded_at, mask_account(account), row.payee, row.source_import))
            before = account
    return found


def kin_of(session: Session, caller: Caller, household_ids: Sequence[str]) -> dict[str, Kin]:
    """Heads and members of each household, now or formerly, by every name they had."""
    heads: dict[str, set[str]] = {}
    members: dict[str, set[str]] = {}
    for start in range(0, len(household_ids), BULK):
        query = (
            select(Membership.household_id, PersonVersion.name, Membership.is_head)
            .join(PersonVersion, col(PersonVersion.person_id) == col(Membership.person_id))
            .where(
                col(Membership.household_id).in_(household_ids[start : start + BULK]),
                *believed(Membership, NOW),
                *believed(PersonVersion, NOW),
                within(caller, col(PersonVersion.area)),
            )
        )
        for household, name, is_head in session.exec(query):
            members.setdefault(household, set()).add(name)
            if is_head:
                heads.setdefault(household, set()).add(name)
    return {one: Kin(heads.get(one, set()), those) for one, those in members.items()}
