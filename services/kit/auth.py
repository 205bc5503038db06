"""Who calls: an ES256 token becomes a Caller, or a problem."""

import hashlib
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Annotated, Any

from fastapi import Request, Security
from fastapi.concurrency import run_in_threadpool
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet, KeySetSerialization

from kit.problems import ScopeMissing, TokenExpired, TokenInvalid, TokenMissing

AUDIENCE = "doudi"
LEEWAY_SECONDS = 5
MOST_KEPT = 1000  # tokens whose signature was verified
_bearer = HTTPBearer(auto_error=False, description="ES256 token from POST /registry/v1/token")


@dataclass(frozen=True)
class Caller:
    """The holder of a token: what it may do, for whom, where, and for which purpose."""

    client_id: str
    agency: str
    area: str  # 12-digit code; the caller sees its subtree
    scopes: frozenset[str]
    purpose: str


@dataclass
class Verifier:
    """Turns a token into a Caller by the issuer's published keys, asked again when a key id is new.

    A signature is verified once for as long as the keys are the same; everything a token says is looked at each time.
    """

    keys: Callable[[], KeySetSerialization]
    issuer: str
    audience: str = AUDIENCE
    refresh_seconds: float = 30.0
    _known: KeySet | None = field(default=None, repr=False)
    _asked: float = field(default=float("-inf"), repr=False)
    _verified: dict[bytes, dict[str, Any]] = field(default_factory=dict, repr=False)  # digest of a token → its claims

    def caller(self, token: str) -> Caller:
        """The caller behind `token`. Raises TokenInvalid or TokenExpired. May have to ask the issuer."""
        return self._caller(self._claims(token))

    def known_caller(self, token: str) -> Caller | None:
        """`caller` at once where the signature was verified before, else None."""
        claims = self._verified.get(_digest(token))
        return None if claims is None else self._caller(claims)

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
            )
        except KeyError:
            raise TokenInvalid from None

    def _claims(self, token: str) -> dict[str, Any]:
        digest = _digest(token)
        known = self._verified.get(digest)
        if known is not None:
            return known
        for fresh in (False, True):
            try:
                keys = self._key_set(fresh=fresh)
                claims = jwt.decode(token, keys, algorithms=["ES256"]).claims
            except (JoseError, ValueError):
                continue
            self._keep(digest, claims, keys)
            return claims
        raise TokenInvalid

    def _keep(self, digest: bytes, claims: dict[str, Any], keys: KeySet) -> None:
        if len(self._verified) >= MOST_KEPT:
            self._verified = {}
        if keys is self._known:  # nobody was told of other keys meanwhile
            self._verified[digest] = claims

    def _key_set(self, *, fresh: bool) -> KeySet:
        """The published keys; `fresh` asks again, but not more often than `refresh_seconds`."""
        due = time.monotonic() - self._asked > self.refresh_seconds
        if self._known is None or (fresh and due):
            self._asked = time.monotonic()
            self._known, self._verified = KeySet.import_key_set(self.keys()), {}
        return self._known


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def sign(claims: dict[str, Any], key: ECKey) -> str:
    """A compact ES256 token over `claims`, with the key's id in its header."""
    return jwt.encode({"alg": "ES256", "kid": key.kid}, claims, key)


def requires(*scopes: str) -> Callable[..., Awaitable[Caller]]:
    """A dependency that gives the Caller when it holds every scope named."""

    async def caller(
        request: Request, credentials: Annotated[HTTPAuthorizationCredentials | None, Security(_bearer)]
    ) -> Caller:
        if credentials is None:
            raise TokenMissing
        verifier: Verifier = request.app.state.verifier
        token = credentials.credentials
        found = verifier.known_caller(token)
        if found is None:
            found = await run_in_threadpool(verifier.caller, token)
        request.state.caller = found
        for scope in scopes:
            if scope not in found.scopes:
                raise ScopeMissing(scope=scope)
        return found

    return caller
