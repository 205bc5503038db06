"""Failed sign-ins, counted in the database: per login (it locks) and per address (it is kept waiting).

A login that nobody has is counted and locked like any other, so that a lock tells nobody who has an account. Only
failures count towards an address: a county behind one address signs in as often as it likes.
"""

from datetime import timedelta

from sqlalchemy import delete
from sqlmodel import Session, col

from kit.columns import now
from kit.crypto import KeyRing
from kit.problems import Problem
from registry.access.account_problems import AddressClosed, LoginLocked
from registry.access.account_tables import Attempt
from registry.access.door import Door
from registry.settings import RegistrySettings
from registry.table import take_turns

TOKEN_PATIENCE = 4  # a program tries its secret more often than a person a password, and no one guesses 256 bits
FORGOTTEN = timedelta(days=2)  # longer than any lock


def login_key(ring: KeyRing, login: str) -> str:
    """What a login is counted under: what was typed is not kept."""
    return f"login:{ring.blind(login, 'sign_in_attempt')}"


def _address_key(address: str) -> str:
    return f"address:{address}"


def refusal(session: Session, door: Door, login: str) -> Problem | None:
    """Why nobody is heard under this login or from this address now, if so."""
    if _locked(session, _address_key(door.address)):
        return AddressClosed()
    if _locked(session, login_key(door.ring, login)):
        return LoginLocked(minutes=door.settings.lock_minutes)
    return None


def _locked(session: Session, key: str) -> bool:
    row = session.get(Attempt, key)
    return row is not None and row.locked_until is not None and row.locked_until > now()


def count(session: Session, door: Door, login: str) -> list[str]:
    """One more failure; what it locked: `login`, `address`, both or nothing."""
    told: RegistrySettings = door.settings
    session.execute(delete(Attempt).where(col(Attempt.failed_at) < now() - FORGOTTEN))
    locked = []
    if _count(session, login_key(door.ring, login), told.lock_failures, told.lock_minutes):
        locked.append("login")
    if _count(session, _address_key(door.address), told.address_failures, told.address_minutes):
        locked.append("address")
    return locked


def _count(session: Session, key: str, most: int, minutes: int) -> bool:
    take_turns(session, key)
    row = session.get(Attempt, key)
    at, span = now(), timedelta(minutes=minutes)
    if row is None:
        row = Attempt(key=key, failures=0, failed_at=at)
    elif at - row.failed_at > span or (row.locked_until is not None and row.locked_until <= at):
        row.failures, row.locked_until = 0, None  # a new row of failures begins
    row.failures += 1
    row.failed_at = at
    newly = row.failures >= most and row.locked_until is None
    if newly:
        row.locked_until = at + span
    session.add(row)
    session.flush()
    return newly


def token_refusal(session: Session, door: Door, client_id: str) -> Problem | None:
    """Why no secret is looked at now, for this client from this address, or from this address at all.

    A client is never closed for everybody: whoever fails under its id closes it for their own address only.
    """
    keys = _token_keys(door, client_id)
    return AddressClosed() if any(_locked(session, key) for key in keys) else None


def has_failed(session: Session, door: Door, client_id: str) -> bool:
    """Whether this client has failed from this address since it last succeeded there."""
    return session.get(Attempt, _token_keys(door, client_id)[0]) is not None


def count_token(session: Session, door: Door, client_id: str) -> list[str]:
    """One more wrong secret; what it closed: `client` (for this address), `address`, both or nothing."""
    told = door.settings
    most = (told.lock_failures * TOKEN_PATIENCE, told.address_failures)
    names = ("client", "address")
    found = zip(names, _token_keys(door, client_id), most, strict=True)
    return [name for name, key, bound in found if _count(session, key, bound, told.address_minutes)]


def forgive_token(session: Session, door: Door, client_id: str) -> None:
    """The client has shown its secret from this address."""
    session.execute(delete(Attempt).where(col(Attempt.key) == _token_keys(door, client_id)[0]))


def _token_keys(door: Door, client_id: str) -> tuple[str, str]:
    """Counted apart from people's sign-ins: a program with a wrong secret must not close the door to its office."""
    both = door.ring.blind(f"{client_id}\n{door.address}", "token_attempt")
    return f"token:{both}", f"token-address:{door.address}"


def forgive(session: Session, ring: KeyRing, login: str) -> None:
    """No failures under this login any more: it signed in, or an administrator unlocked it."""
    session.execute(delete(Attempt).where(col(Attempt.key) == login_key(ring, login)))
