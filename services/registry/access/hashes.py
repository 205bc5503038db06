"""Secrets as they are kept: argon2id for what people choose and clients hold, SHA-256 for long random handles."""

import base64
import hashlib
import secrets

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.low_level import ARGON2_VERSION

HASHER = PasswordHasher()  # argon2id with the parameters of RFC 9106, second choice


def kept(secret: str) -> str:
    """The argon2id hash of a secret."""
    return HASHER.hash(secret)


def matches(known: str | None, secret: str) -> bool:
    """Whether the secret is the one behind the hash; takes the same time for None, which matches nothing."""
    try:
        HASHER.verify(known or _of_nobody(), secret)
    except (VerificationError, InvalidHashError):
        return False
    return known is not None


def _of_nobody() -> str:
    """A hash of no secret, as costly to verify as any: an unknown name takes as long as a wrong secret."""
    cost = f"m={HASHER.memory_cost},t={HASHER.time_cost},p={HASHER.parallelism}"
    drawn = (secrets.token_bytes(size) for size in (HASHER.salt_len, HASHER.hash_len))
    parts = (base64.b64encode(one).decode().rstrip("=") for one in drawn)
    return "$".join(("", "argon2id", f"v={ARGON2_VERSION}", cost, *parts))


def digest(handle: str) -> str:
    """The hash (hex, 64) of a long random handle: that cannot be guessed, so no slow hash is needed."""
    return hashlib.sha256(handle.encode()).hexdigest()
