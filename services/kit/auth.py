"""Who calls: an ES256 token becomes a Caller, or a problem.

A token lives for minutes; what ends before (a person's session, a client that was disabled) is asked for by `revoked`.
"""

import time
from collections.abc import Awaitable, Callable
from dataclasses import InitVar, dataclass, field, replace
from datetime import date
from typing import Annotated, Any

from fastapi import Depends, Request, Security
from fastapi.concurrency import run_in_threadpool
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from joserfc import jwt
from joserfc.jwk import ECKey, KeySetSerialization

from kit.issuer_keys import IssuerKeys
from kit.lineage import NONE, Lineage
from kit.lineages import Lineages
from kit.lookout import Lookout, Marks
from kit.peers import certificate
from kit.problems import ScopeMissing, TokenExpired, TokenInvalid, TokenMissing, TokenRevoked

AUDIENCE = "doudi"
LEEWAY_SECONDS = 5
_bearer = HTTPBearer(auto_error=False, description="ES256 token from POST /registry/v1/token")


@dataclass(frozen=True)
class Terms:
    """What a caller of another agency may be told in this call (kit/agreements.py); nothing unless said."""

    version: str | None  # of the agreement
    fields: frozenset[str]
    day: date
    assigned_only: bool = False  # a third party: cases assigned to it, and their leads
    cases: frozenset[str] = frozenset()  # those cases, where the service does not keep them itself


@dataclass(frozen=True)
class Caller:
    """The holder of a token: what it may do, for whom, where, and for which purpose."""

    client_id: str
    agency: str
    area: str  # 12-digit code; the caller sees its subtree
    scopes: frozenset[str]
    purpose: str
    session: str | None = None  # a person's: `client_id` is then the account, which the journal names
    roles: frozenset[str] = frozenset()
    certificate: str | None = None  # the thumbprint of the client certificate the token is bound to (RFC 8705)
    terms: Terms | None = None  # of another agency; None: of the house, which no agreement binds
    lineage: Lineage = field(default=NONE, repr=False, compare=False)  # where codes of divisions that ended lie today

    @property
    def ended_by(self) -> str:
        """The id whose end ends this token: the session of a person, else the client."""
        return self.session or self.client_id


def never(_caller: Caller) -> bool:
    """For an issuer whose tokens only end by their own short life."""
    return False


def unknown(_caller: Caller) -> bool | None:
    """Where it has to be asked for whether a caller was revoked."""
    return None


@dataclass
class Verifier:
    """Turns a token into a Caller: by our own published keys (`ask`), or as another issuer's."""

    ask: InitVar[Callable[[], KeySetSerialization]]
    issuer: str
    revoked: Callable[[Caller], bool] = never
    foreign: Callable[[str], Caller | None] | None = None  # gives None for a token of another issuer
    audience: str = AUDIENCE
    known: Callable[[Caller], bool | None] = unknown  # `revoked` by what is at hand; None where it must be asked for
    keys: IssuerKeys = field(init=False)

    def __post_init__(self, ask: Callable[[], KeySetSerialization]) -> None:
        self.keys = IssuerKeys(ask)

    def caller(self, token: str) -> Caller:
        """The caller behind `token`. Raises TokenInvalid, TokenExpired or TokenRevoked."""
        if self.foreign is not None and (stranger := self.foreign(token)) is not None:
            return stranger
        found = self._caller(self.keys.claims(token))
        if self.revoked(found):
            raise TokenRevoked
        return found

    def at_hand(self, token: str) -> Caller | None:
        """The same without asking anybody or waiting for anything; None where that cannot be."""
        claims = self.keys.known(token)
        found = None if claims is None else self._caller(claims)
        revoked = None if found is None else self.known(found)
        if revoked:
            raise TokenRevoked
        return None if revoked is None else found

    def _caller(self, claims: dict[str, Any]) -> Caller:
        if claims.get("iss") != self.issuer or claims.get("aud") != self.audience:
            raise TokenInvalid
        now = time.time()
        if not isinstance(claims.get("exp"), int | float):
            raise TokenInvalid
        if claims["exp"] + LEEWAY_SECONDS < now:
            raise TokenExpired
        try:
            return Caller(
                client_id=str(claims["sub"]),
                agency=str(claims["agency"]),
                area=str(claims["area"]),
                scopes=frozenset(str(claims["scope"]).split()),
                purpose=str(claims["purpose"]),
                session=str(claims["sid"]) if "sid" in claims else None,
                roles=frozenset(str(claims.get("role", "")).split()),
                certificate=claims["cnf"]["x5t#S256"] if "cnf" in claims else None,
            )
        except (KeyError, TypeError):
            raise TokenInvalid from None


def sign(claims: dict[str, Any], key: ECKey) -> str:
    """A compact ES256 token over `claims`, with the key's id in its header."""
    return jwt.encode({"alg": "ES256", "kid": key.kid}, claims, key)


async def authenticate(request: Request, token: str, *, lately: bool = False) -> Caller:
    """The caller of a request, with the lineage of divisions of this moment. A token bound to a certificate is worth
    nothing without it. A thread is asked only for what is not at hand: its turn costs as much as the rest.
    `lately`: how things stood a moment ago will do (kit/lookout.py).

    Raises TokenInvalid, TokenExpired, TokenRevoked, AgreementMissing or AgreementInsufficient.
    """
    verifier: Verifier = request.app.state.verifier
    found = verifier.at_hand(token)
    if found is None:
        found = await run_in_threadpool(verifier.caller, token)
    if found.certificate is not None and found.certificate != certificate(request, request.app.state.settings.proxies):
        raise TokenInvalid
    return await _admitted(request, await _placed(request, found, lately=lately))


async def _placed(request: Request, caller: Caller, *, lately: bool) -> Caller:
    """The caller with today's lineage; how far things have got is kept on the request, looked at once for all who call
    at this moment."""
    marks: Lookout[Marks] | None = getattr(request.app.state, "marks", None)  # both services have them, by test
    if marks is None:
        return caller
    request.state.marks = seen = await (marks.lately() if lately else marks.now())
    lineages: Lineages = request.app.state.lineages
    lineage = lineages.known(seen.places)
    if lineage is None:
        lineage = await run_in_threadpool(lineages.at, seen.places)
    return replace(caller, lineage=lineage)


async def _admitted(request: Request, caller: Caller) -> Caller:
    """The caller within what this operation may tell its agency. Raises AgreementMissing, AgreementInsufficient."""
    policy = getattr(request.app.state, "policy", None)  # kit/agreements.Policy; both services have one, by test
    if policy is None:
        return caller
    name = getattr(request.scope.get("route"), "name", "")
    of_the_house = caller.agency in policy.house
    admitted, told = policy.admit(name, caller) if of_the_house else await run_in_threadpool(policy.admit, name, caller)
    request.state.told = None if told is None else (told, admitted.terms.fields)
    found: Caller = admitted
    return found


def requires(*scopes: str, lately: bool = False) -> Callable[..., Awaitable[Caller]]:
    """A dependency that gives the Caller when it holds every scope named. `lately`: for what is asked again and again,
    where an answer may be a moment old."""

    async def caller(
        request: Request, credentials: Annotated[HTTPAuthorizationCredentials | None, Security(_bearer)]
    ) -> Caller:
        if credentials is None:
            raise TokenMissing
        found = await authenticate(request, credentials.credentials, lately=lately)
        request.state.caller = found
        for scope in scopes:
            if scope not in found.scopes:
                raise ScopeMissing(scope=scope)
        return found

    return caller


def requires_one_of(*scopes: str) -> Callable[..., Awaitable[Caller]]:
    """The same for a call that several kinds of callers make, each with a scope of its own: one of them is enough."""

    async def caller(found: Annotated[Caller, Depends(requires())]) -> Caller:
        if not found.scopes & set(scopes):
            raise ScopeMissing(scope=" / ".join(scopes))
        return found

    return caller
