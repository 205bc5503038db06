"""Who is signed in, as a sealed cookie: the token, the handle that gets the next one, and the word every form bears.

Nothing of it can be read or written by a browser's scripts, and another site's form does not know the word. The
registry ends a session (log-out, time, a lock) and every token with it; the cookie says nothing of its own.
"""

import base64
import hmac
import secrets
import time
from dataclasses import dataclass, replace
from typing import Any

import orjson

from kit.crypto import KeyProblem, KeyRing

COOKIE = "doudi_console"
CONTEXT = "console.session"
EARLY_SECONDS = 90  # a page that begins now must still have its token when its last picture is asked for


@dataclass(frozen=True)
class Signed:
    """A person's session. Of the token only what pages are chosen by is read; the services judge it."""

    token: str
    handle: str
    until: float  # when the token ends, seconds since 1970
    login: str
    word: str  # every form bears it
    scopes: frozenset[str]
    roles: tuple[str, ...]
    area: str
    agency: str
    purpose: str

    @property
    def due(self) -> bool:
        """Whether the next token should be fetched before a page is made."""
        return time.time() > self.until - EARLY_SECONDS

    @property
    def over(self) -> bool:
        """Whether the token has ended."""
        return time.time() > self.until

    def may(self, *scopes: str) -> bool:
        """Whether all of these were given."""
        return set(scopes) <= self.scopes


def opened(answer: dict[str, Any], login: str) -> Signed:
    """The session a finished sign-in gives. `answer` is the registry's SignInOut."""
    token = answer["token"]
    return _of_token(
        token["access_token"],
        handle=answer["handle"],
        until=time.time() + token["expires_in"],
        login=login,
        word=secrets.token_urlsafe(24),
    )


def renewed(signed: Signed, answer: dict[str, Any]) -> Signed:
    """The same session with its next token and handle."""
    return replace(opened(answer, signed.login), word=signed.word)


def _claims(token: str) -> dict[str, Any]:
    body = token.split(".")[1]
    claims: dict[str, Any] = orjson.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    return claims


def _of_token(token: str, **own: Any) -> Signed:
    told = _claims(token)
    return Signed(
        token=token,
        scopes=frozenset(str(told["scope"]).split()),
        roles=tuple(str(told.get("role", "")).split()),
        area=str(told["area"]),
        agency=str(told["agency"]),
        purpose=str(told["purpose"]),
        **own,
    )


# What the token does not say itself: told once, the cookie stays below what browsers take.
OWN = ("token", "handle", "until", "login", "word")


def sealed(ring: KeyRing, signed: Signed) -> str:
    """The cookie's content."""
    content = orjson.dumps({name: getattr(signed, name) for name in OWN})
    return base64.urlsafe_b64encode(ring.seal(content, CONTEXT)).decode()


def unsealed(ring: KeyRing, cookie: str | None) -> Signed | None:
    """The session of a cookie; None where there is none, or it is not ours."""
    if not cookie:
        return None
    try:
        return _of_token(**orjson.loads(ring.open(base64.urlsafe_b64decode(cookie), CONTEXT)))
    except (KeyProblem, ValueError, KeyError, IndexError, TypeError):
        return None


def masked(word: str) -> str:
    """The word as one page bears it: another every time, so that the size of a compressed page tells nothing of it."""
    plain = word.encode()
    pad = secrets.token_bytes(len(plain))
    return base64.urlsafe_b64encode(pad + _apart(pad, plain)).decode()


def bears(told: object, word: str) -> bool:
    """Whether a form bears the word of this session."""
    try:
        raw = base64.urlsafe_b64decode(told) if isinstance(told, str) else b""
    except ValueError:
        return False
    half = len(raw) // 2
    return hmac.compare_digest(_apart(raw[:half], raw[half:]), word.encode())


def _apart(one: bytes, other: bytes) -> bytes:
    return bytes(left ^ right for left, right in zip(one, other, strict=False))
