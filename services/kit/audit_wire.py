"""The proof of a journal on the wire, alike in both services."""

from dataclasses import asdict

from pydantic import BaseModel

from kit.checkpoints import published
from kit.crypto import KeyRing
from kit.proof import Verdict


class VerdictOut(BaseModel):
    """Whether the chain holds, and the first entry that breaks it.

    `reason`: altered, missing, slipped-in, rewritten (between two checkpoints), or unsigned (a checkpoint nobody known
    signed; then no entry is named). Up to `checked_to` signed checkpoints vouch for every entry.
    """

    entries: int
    sound: bool
    broken_at: int | None
    reason: str | None
    checkpoints: int
    checked_to: int


class ProofKeyOut(BaseModel):
    """A public key checkpoints are signed with (RFC 7517)."""

    kty: str
    crv: str
    use: str
    alg: str
    kid: str
    x: str
    y: str


class ProofKeysOut(BaseModel):
    """The keys of the checkpoints: keep them from the day the installation is taken over."""

    keys: list[ProofKeyOut]


def verdict_out(verdict: Verdict) -> VerdictOut:
    """What a walk found."""
    return VerdictOut(**asdict(verdict), sound=verdict.reason is None)


def proof_keys_out(ring: KeyRing) -> ProofKeysOut:
    """What the ring publishes."""
    return ProofKeysOut.model_validate(published(ring))
