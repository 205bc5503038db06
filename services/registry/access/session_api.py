"""How people sign in, stay in and leave. Who they are stands in the body, never in an address."""

from typing import Annotated

from fastapi import APIRouter, Depends, Response

from kit.auth import Caller, requires
from kit.database import transaction
from kit.problems import REFUSALS, problems
from registry.access import keys, revocations, sessions, sign_in, tokens
from registry.access.account_problems import (
    ActivationInvalid,
    AddressClosed,
    LoginInvalid,
    LoginLocked,
    PasswordRefused,
    PeopleOnly,
    SessionEnded,
    StepOutOfTurn,
)
from registry.access.account_schemas import (
    ActivationIn,
    CodeIn,
    HandleIn,
    NewPasswordIn,
    PasswordChangeIn,
    RefreshIn,
    RevocationsOut,
    SecondFactorOut,
    SignInIn,
    SignInOut,
)
from registry.access.account_tables import Account, AccountSession
from registry.access.door import AtDoor, Door
from registry.access.problems import PurposeRefused
from registry.desk import Desk, reads

# Not idempotent by key: the kept answers would hold secrets.
router = APIRouter(tags=["people"])
SignedIn = Annotated[Caller, Depends(requires())]
Follower = Annotated[Desk, Depends(reads("registry:follow"))]
COUNTED = (LoginInvalid, LoginLocked, AddressClosed)
STEPS = (SessionEnded, StepOutOfTurn)


def _said(door: Door, step: sign_in.Step) -> SignInOut:
    token = None
    if step.row.stage == sessions.OPEN:
        token = tokens.for_person(step.account, step.row, door.settings, keys.signing_key(door.database, door.ring))
    return SignInOut(
        next=step.row.stage,
        handle=step.handle,
        session_id=step.row.session_id,
        token=token,
        recovery_codes=list(step.recovery_codes),
    )


@router.post("/activation", status_code=204, responses=problems(ActivationInvalid, *COUNTED[1:], PasswordRefused))
def activate_account(door: AtDoor, body: ActivationIn) -> Response:
    """Set the first password with the one-time activation secret."""
    secret, password = body.activation_secret.get_secret_value(), body.password.get_secret_value()
    sign_in.activate(door, body.login, secret, password)
    return Response(status_code=204)


@router.post("/sessions", status_code=201, responses=problems(*COUNTED, PurposeRefused))
def begin_session(door: AtDoor, body: SignInIn) -> SignInOut:
    """Login and password; the answer names the next step. An unknown login is refused alike and as slowly."""
    password = body.password.get_secret_value()
    return _said(door, sign_in.begin(door, body.login, password, body.purpose or ""))


@router.post("/sessions/second-factor", responses=problems(*COUNTED, *STEPS))
def give_second_factor(door: AtDoor, body: CodeIn) -> SignInOut:
    """The code of the authenticator app, once, or one of the recovery codes."""
    code = body.code.get_secret_value().strip()
    return _said(door, sign_in.give_code(door, body.handle.get_secret_value(), code))


@router.post("/sessions/second-factor/offer", responses=problems(*STEPS))
def offer_second_factor(door: AtDoor, body: HandleIn) -> SecondFactorOut:
    """A secret for the authenticator app; in force once a code of it was given."""
    offer = sign_in.offer_second_factor(door, body.handle.get_secret_value())
    return SecondFactorOut(secret=offer.secret, uri=offer.uri, handle=offer.handle)


@router.post("/sessions/password", responses=problems(PasswordRefused, *STEPS))
def renew_password(door: AtDoor, body: NewPasswordIn) -> SignInOut:
    """A new password where the old one has become too old."""
    password = body.password.get_secret_value()
    return _said(door, sign_in.renew_password(door, body.handle.get_secret_value(), password))


@router.post("/sessions/refresh", responses=problems(*STEPS, PurposeRefused))
def refresh_session(door: AtDoor, body: RefreshIn) -> SignInOut:
    """The next token and the next handle. The handle given is spent: bringing it again ends the session."""
    return _said(door, sign_in.refresh(door, body.handle.get_secret_value(), body.purpose or ""))


def _person(caller: Caller) -> str:
    if caller.session is None:
        raise PeopleOnly
    return caller.session


@router.delete("/sessions/current", status_code=204, responses=problems(*REFUSALS, PeopleOnly))
def end_session(door: AtDoor, caller: SignedIn) -> Response:
    """Log out: token and handle are worth nothing from now on."""
    session_id = _person(caller)
    with transaction(door.database) as session:
        session.get_one(Account, caller.client_id, with_for_update=True)
        row = session.get_one(AccountSession, session_id)
        if row.ended_at is None:
            sessions.end(session, door, row, "log-out")
    return Response(status_code=204)


@router.post("/password", status_code=204, responses=problems(*REFUSALS, *COUNTED, PasswordRefused, PeopleOnly))
def change_password(door: AtDoor, caller: SignedIn, body: PasswordChangeIn) -> Response:
    """Another password; all sessions of the account end."""
    _person(caller)
    old, new = body.old_password.get_secret_value(), body.password.get_secret_value()
    sign_in.change_password(door, caller.client_id, old, new)
    return Response(status_code=204)


@router.get("/revocations", responses=problems(*REFUSALS))
def list_revocations(desk: Follower) -> RevocationsOut:
    """What ended while tokens of it may still be about: the matcher asks every few seconds."""
    return RevocationsOut(ended=revocations.ended_lately(desk.session))
