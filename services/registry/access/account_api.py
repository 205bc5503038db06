"""The accounts of people, kept by the security administrator: who may sign in, as what, and where."""

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Depends

from kit.columns import now
from kit.paging import Paged
from kit.problems import REFUSALS, CursorInvalid, NotFound, VersionMismatch, VersionMissing, problems
from kit.scope import covers
from registry.access import accounts, attempts, sessions
from registry.access.account_problems import LoginTaken, OwnAccount, RolesClash, RoleUnknown
from registry.access.account_schemas import (
    AccountChangeIn,
    AccountIn,
    AccountOut,
    AccountPageOut,
    AccountWithActivationOut,
    RoleOut,
    RolesOut,
)
from registry.access.account_tables import Account
from registry.access.door import AtDoor
from registry.access.problems import AreaOutside
from registry.access.roles import ROLES, second_factor_roles
from registry.audit.store import note
from registry.desk import Desk, IfMatch, check_version, reads, writes

# Not idempotent by key: a kept answer would hold an activation secret in the clear for a week.
router = APIRouter(tags=["accounts"])
Keeper = Annotated[Desk, Depends(writes("accounts:write"))]
Reader = Annotated[Desk, Depends(reads("accounts:write"))]
ONE = (*REFUSALS, NotFound, OwnAccount)
MOVES = ("agency", "area", "roles")  # a token of before would say something else


@router.get("/roles", responses=problems(*REFUSALS))
def list_roles(desk: Reader) -> RolesOut:
    """The roles that can be given, with what each may do."""
    double = second_factor_roles(desk.settings.second_factor_roles)
    return RolesOut(
        roles=[
            RoleOut(
                role=name,
                zh=role.zh,
                en=role.en,
                scopes=sorted(role.scopes),
                purposes=list(role.purposes),
                administers=role.administers,
                second_factor=name in double,
            )
            for name, role in ROLES.items()
        ]
    )


@router.post(
    "/accounts", status_code=201, responses=problems(*REFUSALS, AreaOutside, LoginTaken, RoleUnknown, RolesClash)
)
def create_account(desk: Keeper, body: AccountIn) -> AccountWithActivationOut:
    """A new account within the caller's area. Its activation secret is in this answer and nowhere else."""
    if not covers(desk.caller.area, body.area):
        raise AreaOutside
    hours = desk.settings.activation_hours
    account, secret = accounts.create(desk.session, accounts.Appointment(**body.model_dump()), hours)
    _note(desk, "account.create", account, roles=account.roles)
    return _with_activation(desk, account, secret)


@router.get("/accounts", responses=problems(*REFUSALS, CursorInvalid))
def list_accounts(desk: Reader, page: Paged) -> AccountPageOut:
    """The accounts of the caller's area."""
    rows = accounts.page(desk.session, desk.caller, str(page.after("person", "")), page.limit)
    full = len(rows) == page.limit
    return AccountPageOut(
        accounts=[_out(row) for row in rows],
        cursor=page.onwards("person", rows[-1].account_id if rows else "", full=full),
    )


@router.get("/accounts/{account_id}", responses=problems(*REFUSALS, NotFound))
def get_account(desk: Reader, account_id: str) -> AccountOut:
    """One account of the caller's area, with its version as ETag."""
    account = accounts.find(desk.session, desk.caller, account_id)
    desk.tag(account.version)
    return _out(account)


@router.patch(
    "/accounts/{account_id}",
    responses=problems(*ONE, AreaOutside, RoleUnknown, RolesClash, VersionMissing, VersionMismatch),
)
def change_account(
    desk: Keeper, door: AtDoor, account_id: str, body: AccountChangeIn, if_match: IfMatch = None
) -> AccountOut:
    """Another name, agency, area or other roles."""
    account = _others(desk, account_id)
    check_version(if_match, account.version)
    told = body.model_dump(exclude_none=True)
    if "area" in told and not covers(desk.caller.area, told["area"]):
        raise AreaOutside
    if "roles" in told:
        told["roles"] = accounts.check_roles(told["roles"])
    changed = sorted(name for name, value in told.items() if getattr(account, name) != value)
    for name in changed:
        setattr(account, name, told[name])
    _save(desk, account)
    _note(desk, "account.change", account, fields=changed, roles=account.roles)
    if set(changed) & set(MOVES):
        sessions.end_all(desk.session, replace(door, by=desk.caller), account_id, "changed")
    return _out(account)


@router.delete("/accounts/{account_id}", responses=problems(*ONE))
def disable_account(desk: Keeper, door: AtDoor, account_id: str) -> AccountOut:
    """Nobody signs in with it any more, and its sessions end. It stays on record: the journal names it."""
    account = _others(desk, account_id)
    account.disabled_at = account.disabled_at or now()
    _save(desk, account)
    _note(desk, "account.disable", account)
    sessions.end_all(desk.session, replace(door, by=desk.caller), account_id, "disabled")
    return _out(account)


@router.post("/accounts/{account_id}/activation", responses=problems(*ONE))
def renew_activation(desk: Keeper, door: AtDoor, account_id: str) -> AccountWithActivationOut:
    """For a forgotten password or a lost telephone, or to enable a disabled account: a new one-time secret.

    Password and second factor of before are gone, and the sessions end.
    """
    account = _others(desk, account_id)
    account.disabled_at = None
    secret = accounts.new_activation(desk.session, account, desk.settings.activation_hours)
    attempts.forgive(desk.session, desk.ring, account.login)
    _save(desk, account)
    _note(desk, "account.activation", account)
    sessions.end_all(desk.session, replace(door, by=desk.caller), account_id, "reset")
    return _with_activation(desk, account, secret)


@router.post("/accounts/{account_id}/unlock", responses=problems(*ONE))
def unlock_account(desk: Keeper, account_id: str) -> AccountOut:
    """Failed sign-ins are forgiven before the lock ends by itself."""
    account = _others(desk, account_id)
    attempts.forgive(desk.session, desk.ring, account.login)
    _note(desk, "account.unlock", account)
    return _out(account)


def _others(desk: Desk, account_id: str) -> Account:
    """Somebody else's account: nobody changes what they may do themselves. Raises NotFound or OwnAccount."""
    if account_id == desk.caller.client_id:
        raise OwnAccount
    return accounts.find(desk.session, desk.caller, account_id)


def _save(desk: Desk, account: Account) -> None:
    account.version += 1
    desk.session.add(account)
    desk.session.flush()
    desk.tag(account.version)


def _note(desk: Desk, action: str, account: Account, **detail: object) -> None:
    note(desk.session, desk.ring, desk.caller, action, account.account_id, **detail)


def _out(account: Account) -> AccountOut:
    told = {name: getattr(account, name) for name in AccountOut.model_fields if name != "second_factor"}
    return AccountOut(**told, second_factor=account.totp_sealed is not None)


def _with_activation(desk: Desk, account: Account, secret: str) -> AccountWithActivationOut:
    assert account.activation_until is not None
    desk.response.headers["Cache-Control"] = "no-store"
    return AccountWithActivationOut(
        **_out(account).model_dump(), activation_secret=secret, activation_until=account.activation_until
    )
