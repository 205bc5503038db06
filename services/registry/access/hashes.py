"""Secrets as they are kept: argon2id for what people choose and clients hold, SHA-256 for long random handles."""

import hashlib
import secrets

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

HASHER = PasswordHasher()  # argon2id with the parameters of RFC 9106, second choice
# Verified when nobody is found, so that an unknown name takes as long as a wrong secret.
NOBODY = HASHER.hash(secrets.token_urlsafe(16))


def kept(secret: str) -> str:
    """The argon2id hash of a secret."""
    return HASHER.hash(secret)


def matches(known: str | None, secret: str) -> bool:
    """Whether the secret is the one behind the hash; takes the same time for None, which matches nothing."""
    try:
        HASHER.verify(known or NOBODY, secret)
    except (VerificationError, InvalidHashError):
        return False
    return known is not None


def digest(handle: str) -> str:
    """The hash (hex, 64) of a long random handle: that cannot be guessed, so no slow hash is needed."""
    return hashlib.sha256(handle.encode()).hexdigest()
