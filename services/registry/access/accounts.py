"""Accounts: making, finding, changing, and their passwords. Nothing here commits."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete
from sqlmodel import Session, col, or_, select

from kit.auth import Caller
from kit.columns import new_id, now
from kit.problems import NotFound
from kit.scope import within
from registry.access import hashes, passwords
from registry.access.account_problems import LoginTaken, PasswordRefused, RolesClash, RoleUnknown
from registry.access.account_tables import Account, PastPassword, RecoveryCode
from registry.access.roles import ROLES, clash
from registry.settings import RegistrySettings
from registry.table import take_turns


@dataclass(frozen=True)
class Appointment:
    """Who a person is and what they are to do, for whom and where."""

    login: str
    name: str
    staff_number: str
    agency: str
    area: str
    roles: Sequence[str]


def check_roles(roles: Sequence[str]) -> list[str]:
    """The roles once each, sorted. Raises RoleUnknown or RolesClash."""
    unknown = sorted(set(roles) - set(ROLES))
    if unknown or not roles:
        raise RoleUnknown(unknown=unknown, known=sorted(ROLES))
    if clashing := clash(roles):
        raise RolesClash(roles=clashing)
    return sorted(set(roles))


def create(session: Session, wanted: Appointment, hours: int) -> tuple[Account, str]:
    """A new account and its one-time activation secret. Raises RoleUnknown, RolesClash or LoginTaken."""
    roles = check_roles(wanted.roles)
    login = wanted.login.lower()
    take_turns(session, "account")
    same = or_(
        col(Account.login) == login,
        (col(Account.agency) == wanted.agency) & (col(Account.staff_number) == wanted.staff_number),
    )
    if session.exec(select(Account).where(same)).first() is not None:
        raise LoginTaken
    account = Account(
        account_id=new_id(),
        login=login,
        name=wanted.name,
        staff_number=wanted.staff_number,
        agency=wanted.agency,
        area=wanted.area,
        roles=roles,
        created_at=now(),
    )
    return account, new_activation(session, account, hours)


def new_activation(session: Session, account: Account, hours: int) -> str:
    """A one-time secret with which the person sets a password; password and second factor of before are gone."""
    secret = secrets.token_urlsafe(24)
    account.activation_hash = hashes.digest(secret)
    account.activation_until = now() + timedelta(hours=hours)
    if account.password_hash is not None:
        session.add(_past(account.account_id, account.password_hash))
    account.password_hash = account.password_set_at = account.totp_sealed = None
    session.add(account)
    session.flush()
    session.execute(delete(RecoveryCode).where(col(RecoveryCode.account_id) == account.account_id))
    return secret


def by_login(session: Session, login: str, *, lock: bool = False) -> Account | None:
    """The account of that login, if there is one."""
    query = select(Account).where(col(Account.login) == login)
    return session.exec(query.with_for_update() if lock else query).first()


def find(session: Session, caller: Caller, account_id: str) -> Account:
    """An account within the caller's area, held until the transaction ends. Raises NotFound."""
    query = select(Account).where(col(Account.account_id) == account_id, within(caller, col(Account.area)))
    account = session.exec(query.with_for_update()).first()
    if account is None:
        raise NotFound
    return account


def page(session: Session, caller: Caller, after: str, limit: int) -> Sequence[Account]:
    """Accounts of the caller's area with an id above `after`."""
    query = select(Account).where(within(caller, col(Account.area)), col(Account.account_id) > after)
    return session.exec(query.order_by(col(Account.account_id)).limit(limit)).all()


def set_password(
    session: Session, account: Account, password: str, settings: RegistrySettings
) -> PasswordRefused | None:
    """Take a new password, or say all that is wrong with it."""
    of_account = select(PastPassword).where(col(PastPassword.account_id) == account.account_id)
    past = session.exec(of_account.order_by(col(PastPassword.password_id).desc())).all()
    before = [row.password_hash for row in past[: settings.password_history]]
    if account.password_hash is not None:
        before = [account.password_hash, *before]
    wrong = passwords.issues(password, account, before, settings)
    if wrong:
        return PasswordRefused(errors=wrong)
    if account.password_hash is not None:
        session.add(_past(account.account_id, account.password_hash))
    for row in past[settings.password_history :]:
        session.delete(row)
    account.password_hash = hashes.kept(password)
    account.password_set_at = now()
    session.add(account)
    return None


def _past(account_id: str, password_hash: str) -> PastPassword:
    return PastPassword(password_id=new_id(), account_id=account_id, password_hash=password_hash)


def new_recovery_codes(session: Session, account: Account, count: int = 10) -> list[str]:
    """Ten one-time codes in place of all of before; kept as hashes, shown this once."""
    session.execute(delete(RecoveryCode).where(col(RecoveryCode.account_id) == account.account_id))
    codes = ["-".join(secrets.token_hex(2) for _ in range(5)) for _ in range(count)]
    for code in codes:
        session.add(RecoveryCode(code_hash=hashes.digest(code), account_id=account.account_id))
    return codes


def use_recovery_code(session: Session, account: Account, code: str) -> bool:
    """Whether it was one of the account's codes; it is gone now."""
    mine = (
        col(RecoveryCode.code_hash) == hashes.digest(code.lower()),
        col(RecoveryCode.account_id) == account.account_id,
    )
    return bool(session.exec(delete(RecoveryCode).where(*mine)).rowcount)
