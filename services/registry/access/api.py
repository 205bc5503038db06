"""The token endpoint, the published keys, and the clients."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request, Response, Security
from fastapi.security import HTTPBasic, HTTPBasicCredentials
from pydantic import BaseModel

from kit.database import reading, transaction
from kit.paging import Paged
from kit.problems import REFUSALS, CursorInvalid, NotFound, ScopeMissing, problems
from kit.scope import covers
from registry.access import attempts, keys, store, tokens
from registry.access.account_problems import AddressClosed, ScopesClash
from registry.access.door import AtDoor, Door, settled
from registry.access.problems import (
    AreaOutside,
    CertificateMissing,
    ClientInvalid,
    GrantUnsupported,
    PurposeRefused,
    ScopeRefused,
    ScopeUnknown,
)
from registry.access.roles import mixed
from registry.access.schemas import (
    ClientIn,
    ClientOut,
    ClientPageOut,
    ClientWithSecretOut,
    JwksOut,
    RotationOut,
    TokenOut,
)
from registry.access.tables import Client
from registry.audit.store import note
from registry.desk import Desk, reads, writes

router = APIRouter(tags=["access"])
# Not idempotent by key: the kept answer would hold a secret in the clear for a week.
clients = APIRouter(tags=["access"])
well_known = APIRouter(tags=["access"])
Admin = Annotated[Desk, Depends(writes("clients:write"))]
AdminReading = Annotated[Desk, Depends(reads("clients:write"))]
_basic = HTTPBasic(auto_error=False)


class TokenForm(BaseModel):
    """RFC 6749 section 4.4.2, and the purpose every machine call must name."""

    grant_type: str
    purpose: str = ""
    client_id: str = ""
    client_secret: str = ""
    scope: str = ""


@router.post(
    "/token",
    responses=problems(
        AddressClosed, CertificateMissing, ClientInvalid, GrantUnsupported, PurposeRefused, ScopeRefused
    ),
)
def issue_token(
    door: AtDoor,
    form: Annotated[TokenForm, Form()],
    basic: Annotated[HTTPBasicCredentials | None, Security(_basic)],
) -> TokenOut:
    """Client credentials (form fields or HTTP Basic) become a token that lives for minutes."""
    if form.grant_type != "client_credentials":
        raise GrantUnsupported
    client_id, secret = (basic.username, basic.password) if basic else (form.client_id, form.client_secret)
    with reading(door.database) as session:
        closed = attempts.token_refusal(session, door, client_id)
        failed = attempts.has_failed(session, door, client_id)
    settled(closed)  # before the hash: it is what a flood of guesses would cost
    client = store.authenticate(door.database, client_id, secret)
    if client is None:
        _note_refusal(door, client_id)
        raise ClientInvalid
    if client.certificate is not None and client.certificate != door.certificate:
        _note_refusal(door, client_id)
        raise CertificateMissing
    if failed:
        with transaction(door.database) as session:
            attempts.forgive_token(session, door, client_id)
    if form.purpose not in client.purposes:
        raise PurposeRefused(known=list(client.purposes))
    refused = sorted(set(form.scope.split()) - set(client.scopes))
    if refused:
        raise ScopeRefused(refused=refused)
    scope = " ".join(sorted(form.scope.split()) or client.scopes)
    return tokens.for_client(client, scope, form.purpose, door.settings, keys.signing_key(door.database, door.ring))


def _note_refusal(door: Door, client_id: str) -> None:
    """A wrong secret is journalled; an id nobody has is not repeated, it may be the secret in the wrong place."""
    with transaction(door.database) as session:
        client = session.get(Client, client_id)
        known = {"client_id": client_id} if client else {}
        closed = attempts.count_token(session, door, client_id)
        door.note(session, "token.refused", None, closed=closed, **known)


@well_known.get("/.well-known/jwks.json")
def published_keys(request: Request, response: Response) -> JwksOut:
    """The public keys tokens of this installation are signed with."""
    response.headers["Cache-Control"] = "public, max-age=60"
    return JwksOut.model_validate(keys.published(request.app.state.database))


@clients.post("/keys/rotation", responses=problems(*REFUSALS))
def rotate_signing_key(desk: Annotated[Desk, Depends(writes("keys:rotate"))]) -> RotationOut:
    """Sign with the next key from now on. Tokens of the one before hold until they end; no call fails meanwhile."""
    kid = keys.rotate(desk.session, desk.ring)
    note(desk.session, desk.ring, desk.caller, "keys.rotate", kid)
    return RotationOut(kid=kid, published=keys.published_kids(desk.session))


@clients.post("/clients", status_code=201, responses=problems(*REFUSALS, AreaOutside, ScopesClash, ScopeUnknown))
def create_client(desk: Admin, body: ClientIn) -> ClientWithSecretOut:
    """A new client within the caller's area. Its secret is in this answer and nowhere else."""
    caller = desk.caller
    if not covers(caller.area, body.area):
        raise AreaOutside
    unknown = sorted(set(body.scopes) - store.SCOPES)
    if unknown:
        raise ScopeUnknown(unknown=unknown)
    if mixed(body.scopes):
        raise ScopesClash
    # Nobody hands out what it does not hold itself.
    beyond = sorted(set(body.scopes) - caller.scopes) if "registry:admin" not in caller.scopes else []
    if beyond:
        raise ScopeMissing(scope=beyond[0])
    client_id, secret = store.create_client(desk.session, store.Grant(**body.model_dump()))
    note(desk.session, desk.ring, caller, "client.create", client_id, scopes=sorted(set(body.scopes)))
    return _with_secret(desk, store.find(desk.session, caller, client_id), secret)


@clients.get("/clients", responses=problems(*REFUSALS, CursorInvalid))
def list_clients(desk: AdminReading, page: Paged) -> ClientPageOut:
    """The clients of the caller's area."""
    rows = store.page(desk.session, desk.caller, str(page.after("client", "")), page.limit)
    full = len(rows) == page.limit
    return ClientPageOut(
        clients=[_out(row) for row in rows],
        cursor=page.onwards("client", rows[-1].client_id if rows else "", full=full),
    )


@clients.get("/clients/{client_id}", responses=problems(*REFUSALS, NotFound))
def get_client(desk: AdminReading, client_id: str) -> ClientOut:
    """One client of the caller's area."""
    return _out(store.find(desk.session, desk.caller, client_id))


@clients.post("/clients/{client_id}/secret", responses=problems(*REFUSALS, NotFound))
def renew_client_secret(desk: Admin, client_id: str) -> ClientWithSecretOut:
    """A new secret; the old one stops at once."""
    client = store.find(desk.session, desk.caller, client_id)
    secret = store.new_secret(desk.session, client)
    note(desk.session, desk.ring, desk.caller, "client.new-secret", client_id)
    return _with_secret(desk, client, secret)


@clients.delete("/clients/{client_id}", responses=problems(*REFUSALS, NotFound))
def disable_client(desk: Admin, client_id: str) -> ClientOut:
    """No more tokens for this client. It stays on record: the journal names it."""
    client = store.find(desk.session, desk.caller, client_id)
    store.disable(desk.session, client)
    note(desk.session, desk.ring, desk.caller, "client.disable", client_id)
    return _out(client)


def _out(client: Client) -> ClientOut:
    return ClientOut.model_validate(client, from_attributes=True)


def _with_secret(desk: Desk, client: Client, secret: str) -> ClientWithSecretOut:
    desk.response.headers["Cache-Control"] = "no-store"
    return ClientWithSecretOut(**_out(client).model_dump(), client_secret=secret)
