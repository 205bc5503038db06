"""One-time codes of RFC 6238 (SHA-1, 30 seconds, six digits: what every authenticator app knows). Pure."""

import base64
import hmac
import secrets
import struct
from urllib.parse import quote, urlencode

STEP_SECONDS = 30
DIGITS = 6
DRIFT_STEPS = 1  # a telephone's clock may be off by half a minute
ISSUER = "Doudi"


def new_secret() -> str:
    """160 random bits in base32, as RFC 4226 asks."""
    return base64.b32encode(secrets.token_bytes(20)).decode()


def step_at(seconds: float) -> int:
    """The number of the 30 seconds a moment (Unix time) lies in."""
    return int(seconds) // STEP_SECONDS


def code(secret: str, step: int) -> str:
    """The six digits of a step (RFC 4226 section 5.3)."""
    mac = hmac.digest(base64.b32decode(secret), struct.pack(">Q", step), "sha1")
    place = mac[-1] & 0x0F
    number = struct.unpack(">I", mac[place : place + 4])[0] & 0x7FFFFFFF
    return str(number % 10**DIGITS).zfill(DIGITS)


def accepted_step(secret: str, given: str, now: float, last: int) -> int | None:
    """The step whose code was given, if it is about now and later than `last`, the step used before; else None."""
    if len(given) != DIGITS or not given.isascii() or not given.isdigit():
        return None
    found = None
    for step in range(step_at(now) - DRIFT_STEPS, step_at(now) + DRIFT_STEPS + 1):
        if hmac.compare_digest(code(secret, step), given) and step > last:
            found = step
    return found


def uri(secret: str, login: str) -> str:
    """What an authenticator app reads as a QR code."""
    return f"otpauth://totp/{ISSUER}:{quote(login)}?{urlencode({'secret': secret, 'issuer': ISSUER})}"
