"""Who calls: an ES256 token becomes a Caller, or a problem.

A token lives for minutes; what ends before (a person's session, a client that was disabled) is asked for by `revoked`.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Annotated, Any

from fastapi import Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet, KeySetSerialization

from kit.problems import ScopeMissing, TokenExpired, TokenInvalid, TokenMissing, TokenRevoked

AUDIENCE = "doudi"
LEEWAY_SECONDS = 5
_bearer = HTTPBearer(auto_error=False, description="ES256 token from POST /registry/v1/token")


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

    @property
    def ended_by(self) -> str:
        """The id whose end ends this token: the session of a person, else the client."""
        return self.session or self.client_id


def never(_caller: Caller) -> bool:
    """For an issuer whose tokens only end by their own short life."""
    return False


@dataclass
class Verifier:
    """Turns a token into a Caller by the issuer's published keys, asked again when a key id is new."""

    keys: Callable[[], KeySetSerialization]
    issuer: str
    revoked: Callable[[Caller], bool] = never
    audience: str = AUDIENCE
    refresh_seconds: float = 30.0
    _known: KeySet | None = field(default=None, repr=False)
    _asked: float = field(default=float("-inf"), repr=False)

    def caller(self, token: str) -> Caller:
        """The caller behind `token`. Raises TokenInvalid, TokenExpired or TokenRevoked."""
        found = self._caller(token)
        if self.revoked(found):
            raise TokenRevoked
        return found

    def _caller(self, token: str) -> Caller:
        claims = self._claims(token)
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
            )
        except KeyError:
            raise TokenInvalid from None

    def _claims(self, token: str) -> dict[str, Any]:
        for fresh in (False, True):
            try:
                return jwt.decode(token, self._key_set(fresh=fresh), algorithms=["ES256"]).claims
            except (JoseError, ValueError):
                continue
        raise TokenInvalid

    def _key_set(self, *, fresh: bool) -> KeySet:
        """The published keys; `fresh` asks again, but not more often than `refresh_seconds`."""
        due = time.monotonic() - self._asked > self.refresh_seconds
        if self._known is None or (fresh and due):
            self._asked = time.monotonic()
            self._known = KeySet.import_key_set(self.keys())
        return self._known


def sign(claims: dict[str, Any], key: ECKey) -> str:
    """A compact ES256 token over `claims`, with the key's id in its header."""
    return jwt.encode({"alg": "ES256", "kid": key.kid}, claims, key)


def requires(*scopes: str) -> Callable[..., Caller]:
    """A dependency that gives the Caller when it holds every scope named."""

    def caller(
        request: Request, credentials: Annotated[HTTPAuthorizationCredentials | None, Security(_bearer)]
    ) -> Caller:
        if credentials is None:
            raise TokenMissing
        verifier: Verifier = request.app.state.verifier
        found = verifier.caller(credentials.credentials)
        request.state.caller = found
        for scope in scopes:
            if scope not in found.scopes:
                raise ScopeMissing(scope=scope)
        return found

    return caller
