"""What an endpoint before the door has at hand: no caller yet, but an address; and how a refusal is kept on record.

A refused sign-in must be counted and journalled although its answer is a problem, and a problem raised inside a
transaction undoes it. So the steps give their refusal back, and `settled` raises it when the transaction is over.
"""

from dataclasses import dataclass
from typing import Annotated, TypeVar

from fastapi import Depends, Request, Response
from sqlmodel import Session

from kit.auth import Caller
from kit.crypto import KeyRing
from kit.database import Database
from kit.peers import caller_address, certificate
from kit.problems import Problem
from kit.scope import NATION
from registry.access.account_tables import Account
from registry.audit.store import note
from registry.settings import RegistrySettings

PURPOSE = "sign-in"
Result = TypeVar("Result")


@dataclass(frozen=True)
class Door:
    """Database, keys, settings and the caller's address."""

    database: Database
    ring: KeyRing
    settings: RegistrySettings
    address: str
    certificate: str | None = None  # the thumbprint of the one the proxy verified
    by: Caller | None = None  # an administrator who does it to somebody else

    def note(self, session: Session, action: str, account: Account | None, **detail: object) -> None:
        """Journal what happened at the door. A login nobody has is not repeated: people type passwords there."""
        who = self.by or Caller("nobody", "nobody", NATION, frozenset(), PURPOSE)
        if self.by is None and account is not None:
            who = Caller(account.account_id, account.agency, account.area, frozenset(), PURPOSE)
        subject = account.account_id if account else None
        note(session, self.ring, who, action, subject, address=self.address, **detail)


def _door(request: Request, response: Response) -> Door:
    response.headers["Cache-Control"] = "no-store"
    state = request.app.state
    proxies = state.settings.proxies
    address, shown = caller_address(request, proxies), certificate(request, proxies)
    return Door(state.database, state.ring, state.settings, address, shown)


AtDoor = Annotated[Door, Depends(_door)]


def settled(outcome: Result | Problem) -> Result:
    """The result of a step. Raises the problem it gave back."""
    if isinstance(outcome, Problem):
        raise outcome
    return outcome
