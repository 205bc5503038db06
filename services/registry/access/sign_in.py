"""How a person signs in: password, second factor, new password where it is due, and then a session with its token.

Each step takes the handle of the step before and gives the next. Whatever is refused is counted and journalled in a
transaction that ends well; only then is the refusal raised.
"""

import time
from dataclasses import dataclass
from datetime import timedelta

from sqlmodel import Session

from kit.columns import now
from kit.database import reading, transaction
from kit.problems import Problem
from registry.access import accounts, attempts, hashes, sessions, totp
from registry.access.account_problems import ActivationInvalid, LoginInvalid
from registry.access.account_tables import Account, AccountSession
from registry.access.door import Door, settled
from registry.access.problems import PurposeRefused
from registry.access.roles import needs_second_factor, purposes_of
from registry.settings import RegistrySettings

TOTP = "account.totp"


@dataclass(frozen=True)
class Step:
    """Where a sign-in stands: the session, whose it is, its handle, and recovery codes where they were just made."""

    row: AccountSession
    account: Account
    handle: str
    recovery_codes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Offer:
    """A secret for an authenticator app, in force once a code of it was given."""

    secret: str
    uri: str
    handle: str


def begin(door: Door, login: str, password: str, purpose: str) -> Step:
    """The first step. Raises LoginInvalid (whatever was wrong), LoginLocked, AddressClosed or PurposeRefused."""
    login = login.lower()
    with reading(door.database) as session:
        known = attempts.refusal(session, door, login)
        account = accounts.by_login(session, login)
    settled(known)
    seen = account.password_hash if account and account.disabled_at is None else None
    fits = hashes.matches(seen, password)  # slow on purpose, so outside of any transaction
    with transaction(door.database) as session:
        outcome = _begun(session, door, login, seen if fits else None, purpose)
    return settled(outcome)


def _begun(session: Session, door: Door, login: str, verified: str | None, purpose: str) -> Step | Problem:
    account = accounts.by_login(session, login, lock=True)
    # Asked again under the lock: of a hundred guesses at once no more than the first few count.
    if (locked := attempts.refusal(session, door, login)) is not None:
        return locked
    if account is None or verified is None or account.password_hash != verified or account.disabled_at is not None:
        return refused(session, door, login, account, "password")
    purposes = purposes_of(account.roles)
    chosen = purpose or next(iter(purposes), "")
    if chosen not in purposes:
        return PurposeRefused(known=purposes)
    sessions.make_room(session, door, account.account_id)
    stage = _after_password(account, door.settings)
    row, handle = sessions.begin(session, account, stage, chosen)
    return _arrived(session, door, Step(row, account, handle))


def refused(session: Session, door: Door, login: str, account: Account | None, step: str) -> LoginInvalid:
    """Count and journal a failure."""
    locked = attempts.count(session, door, login)
    door.note(session, "session.refused", account, step=step, locked=locked)
    return LoginInvalid()


def _after_password(account: Account, settings: RegistrySettings) -> str:
    if account.totp_sealed is not None:
        return sessions.FACTOR
    if needs_second_factor(account.roles, settings.second_factor_roles):
        return sessions.ENROL
    return _after_factor(account, settings)


def _after_factor(account: Account, settings: RegistrySettings) -> str:
    due = account.password_set_at is None or now() - account.password_set_at > timedelta(days=settings.password_days)
    return sessions.PASSWORD if due else sessions.OPEN


def _arrived(session: Session, door: Door, step: Step) -> Step:
    """Where nothing more is wanted the person is in: failures are forgiven, the journal says so."""
    if step.row.stage == sessions.OPEN:
        attempts.forgive(session, door.ring, step.account.login)
        door.note(session, "session.open", step.account, session_id=step.row.session_id)
    return step


def offer_second_factor(door: Door, handle: str) -> Offer:
    """A new secret for somebody who must have a second factor and has none yet."""
    with transaction(door.database) as session:
        row = sessions.at_stage(session, door, handle, sessions.ENROL)
        outcome = row if isinstance(row, Problem) else _offered(session, door, row)
    return settled(outcome)


def _offered(session: Session, door: Door, row: AccountSession) -> Offer:
    account = session.get_one(Account, row.account_id)
    secret = totp.new_secret()
    row.totp_sealed = door.ring.encrypt(secret, f"{TOTP}.{account.account_id}")
    return Offer(secret, totp.uri(secret, account.login), sessions.exchange(session, row, sessions.ENROL))


def give_code(door: Door, handle: str, code: str) -> Step:
    """The second factor: a code of the app, or one of the recovery codes. A new app is in force from here on.

    Raises LoginInvalid, LoginLocked, SessionEnded or StepOutOfTurn.
    """
    with transaction(door.database) as session:
        row = sessions.at_stage(session, door, handle, sessions.FACTOR, sessions.ENROL)
        outcome = row if isinstance(row, Problem) else _coded(session, door, row, code)
    return settled(outcome)


def _coded(session: Session, door: Door, row: AccountSession, code: str) -> Step | Problem:
    account = session.get_one(Account, row.account_id)
    if (locked := attempts.refusal(session, door, account.login)) is not None:
        return locked
    enrols = row.stage == sessions.ENROL
    step = _step(door, row.totp_sealed if enrols else account.totp_sealed, account, code)
    recovered = step is None and not enrols and accounts.use_recovery_code(session, account, code)
    if step is None and not recovered:
        return refused(session, door, account.login, account, row.stage)
    codes: list[str] = []
    if enrols:
        account.totp_sealed, row.totp_sealed = row.totp_sealed, None
        codes = accounts.new_recovery_codes(session, account)
        door.note(session, "account.second-factor", account)
    if recovered:
        door.note(session, "account.recovery-code", account)
    account.totp_step = step if step is not None else account.totp_step
    session.add(account)
    handle = sessions.exchange(session, row, _after_factor(account, door.settings))
    return _arrived(session, door, Step(row, account, handle, tuple(codes)))


def _step(door: Door, sealed: str | None, account: Account, code: str) -> int | None:
    if sealed is None:
        return None
    secret = door.ring.decrypt(sealed, f"{TOTP}.{account.account_id}")
    return totp.accepted_step(secret, code, time.time(), account.totp_step)


def renew_password(door: Door, handle: str, password: str) -> Step:
    """A new password where the old one is too old. Raises PasswordRefused, SessionEnded or StepOutOfTurn."""
    with transaction(door.database) as session:
        row = sessions.at_stage(session, door, handle, sessions.PASSWORD)
        outcome = row if isinstance(row, Problem) else _renewed(session, door, row, password)
    return settled(outcome)


def _renewed(session: Session, door: Door, row: AccountSession, password: str) -> Step | Problem:
    account = session.get_one(Account, row.account_id)
    if (wrong := accounts.set_password(session, account, password, door.settings)) is not None:
        return wrong
    door.note(session, "account.password", account)
    return _arrived(session, door, Step(row, account, sessions.exchange(session, row, sessions.OPEN)))


def refresh(door: Door, handle: str, purpose: str) -> Step:
    """The next handle of an open session, for a new token. Raises SessionEnded, StepOutOfTurn, PurposeRefused."""
    with transaction(door.database) as session:
        row = sessions.at_stage(session, door, handle, sessions.OPEN)
        outcome = row if isinstance(row, Problem) else _refreshed(session, row, purpose)
    return settled(outcome)


def _refreshed(session: Session, row: AccountSession, purpose: str) -> Step | Problem:
    account = session.get_one(Account, row.account_id)
    purposes = purposes_of(account.roles)
    if purpose and purpose not in purposes:
        return PurposeRefused(known=purposes)
    row.purpose = purpose or row.purpose
    return Step(row, account, sessions.exchange(session, row, sessions.OPEN))


def activate(door: Door, login: str, secret: str, password: str) -> None:
    """The first password, set by the person with the one-time secret. Raises ActivationInvalid or PasswordRefused."""
    login = login.lower()
    with transaction(door.database) as session:
        outcome = attempts.refusal(session, door, login) or _activated(session, door, login, secret, password)
    settled(outcome)


def _activated(session: Session, door: Door, login: str, secret: str, password: str) -> Problem | None:
    account = accounts.by_login(session, login, lock=True)
    fits = account is not None and account.activation_hash == hashes.digest(secret)
    if (
        account is None
        or not fits
        or account.disabled_at
        or not account.activation_until
        or (account.activation_until < now())
    ):
        refused(session, door, login, account, "activation")
        return ActivationInvalid()
    if (wrong := accounts.set_password(session, account, password, door.settings)) is not None:
        return wrong
    account.activation_hash = account.activation_until = None
    attempts.forgive(session, door.ring, login)
    door.note(session, "account.activated", account)
    return None


def change_password(door: Door, account_id: str, old: str, new: str) -> None:
    """Another password for somebody who is signed in; all their sessions end. Raises LoginInvalid, PasswordRefused."""
    with transaction(door.database) as session:
        outcome = _changed(session, door, session.get_one(Account, account_id, with_for_update=True), old, new)
    settled(outcome)


def _changed(session: Session, door: Door, account: Account, old: str, new: str) -> Problem | None:
    if (locked := attempts.refusal(session, door, account.login)) is not None:
        return locked
    if not hashes.matches(account.password_hash, old):
        return refused(session, door, account.login, account, "change")
    if (wrong := accounts.set_password(session, account, new, door.settings)) is not None:
        return wrong
    door.note(session, "account.password", account)
    sessions.end_all(session, door, account.account_id, "password-changed")
    return None
