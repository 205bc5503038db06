"""Tokens of an issuer that is not ours (a province's identity service), by configuration.

What such a token says is translated claim by claim and bounded: no scope that the settings do not name, no area outside
the one they name. Its subjects are named apart from our own, so that nobody there can be taken for somebody here.
"""

import base64
import hashlib
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, cast

import orjson
from joserfc.jwk import KeySetSerialization

from kit.auth import LEEWAY_SECONDS, Caller
from kit.issuer_keys import IssuerKeys
from kit.logs import get_logger
from kit.outbound import Guard, NoAnswer, Refused
from kit.problems import TokenExpired, TokenInvalid, UpstreamDown
from kit.scope import covers
from kit.settings import ServiceSettings

WORD, AREA = re.compile(r"[a-z][a-z0-9-]{1,62}"), re.compile(r"[0-9]{12}")
WORDS = ("scope", "agency", "area", "purpose")
LONGEST_ACTOR = 64
_log = get_logger("foreign")


@dataclass(frozen=True)
class ForeignIssuer:
    """Call it with a token: the Caller, or None where the token is of another issuer."""

    issuer: str
    audience: str
    keys: IssuerKeys
    claims: dict[str, str]  # our word -> the path of theirs, by dots
    scopes: frozenset[str]
    area: str

    @classmethod
    def told(
        cls, settings: ServiceSettings, ask: Callable[[], KeySetSerialization] | None = None
    ) -> "ForeignIssuer | None":
        """As the settings say; None where they name no issuer."""
        if not settings.external_issuer:
            return None
        algorithms = [word.strip() for word in settings.external_algorithms.split(",")]
        fetch = partial(fetch_keys, settings.external_jwks_url, settings.outbound_allowed)
        keys = IssuerKeys(ask or fetch, algorithms)
        mapped = dict(pair.strip().split("=", 1) for pair in settings.external_claims.split(","))
        scopes = frozenset(settings.external_scopes.replace(",", " ").split())
        return cls(settings.external_issuer, settings.external_audience, keys, mapped, scopes, settings.external_area)

    def __call__(self, token: str) -> Caller | None:
        """Raises TokenInvalid or TokenExpired for a token that says it is of this issuer and does not hold."""
        if _said_issuer(token) != self.issuer:
            return None
        claims = self.keys.claims(token)
        audience = claims.get("aud")
        if self.audience not in (audience if isinstance(audience, list) else [audience]):
            raise TokenInvalid
        if not isinstance(claims.get("exp"), int | float) or not claims.get("sub"):
            raise TokenInvalid
        if claims["exp"] + LEEWAY_SECONDS < time.time():
            raise TokenExpired
        if isinstance(claims.get("nbf"), int | float) and claims["nbf"] - LEEWAY_SECONDS > time.time():
            raise TokenInvalid
        return self._caller(claims)

    def _caller(self, claims: dict[str, Any]) -> Caller:
        said = {word: _at(claims, self.claims.get(word, word)) for word in WORDS}
        scope = said["scope"]
        scopes = frozenset(scope.split() if isinstance(scope, str) else map(str, scope if scope else ()))
        agency, area, purpose = (said[word] for word in ("agency", "area", "purpose"))
        named = WORD.fullmatch(str(agency)) and WORD.fullmatch(str(purpose)) and AREA.fullmatch(str(area))
        if not named or not covers(self.area, area):
            raise TokenInvalid
        return Caller(_actor(str(claims["sub"])), agency, area, scopes & self.scopes, purpose)


def _actor(subject: str) -> str:
    """Who stands in the journal: never the id of an account or client of ours, and never too long for it."""
    name = f"ext:{subject}"
    return name if len(name) <= LONGEST_ACTOR else f"ext:{hashlib.sha256(subject.encode()).hexdigest()[:60]}"


def _at(claims: Any, path: str) -> Any:
    for part in path.split("."):
        claims = claims.get(part) if isinstance(claims, dict) else None
    return claims


def _said_issuer(token: str) -> str | None:
    """Whose token this says it is, before anything is verified: that only chooses the keys."""
    try:
        body = token.split(".")[1]
        claims = orjson.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    except (IndexError, ValueError):
        return None
    return str(claims.get("iss")) if isinstance(claims, dict) else None


def fetch_keys(url: str, allowed: str = "") -> KeySetSerialization:
    """The JWKS at the operator's address: a public one, one `allowed` by the settings, or on this machine. Raises
    UpstreamDown for whatever is not one."""
    try:
        document = orjson.loads(Guard.allowing(allowed, loopback=True).fetch(url))
    except (Refused, NoAnswer, ValueError) as error:
        _log.warning("issuer_silent", exc_info=error)
        raise UpstreamDown(name="issuer") from None
    if not isinstance(document, dict) or not isinstance(document.get("keys"), list):
        raise UpstreamDown(name="issuer")
    return cast(KeySetSerialization, document)
