"""The proof of a journal on the wire, alike in both services."""

from dataclasses import asdict
from datetime import datetime
from typing import Any, cast

from pydantic import BaseModel

from kit.checkpoints import published
from kit.crypto import KeyRing
from kit.journal import JournalRow
from kit.proof import Verdict
from kit.reveals import ALERT, RULES, Rule


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


class AlertOut(BaseModel):
    """Somebody saw more identities than usual: who, which rule was met, how many people (or townships), the bound.

    `number` is the entry of the journal; what was seen stands in the entries of that `actor` before it.
    """

    number: int
    at: datetime
    actor: str
    purpose: str | None
    rule: Rule
    title: str
    count: int
    bound: int


class AlertPageOut(BaseModel):
    """A page of alerts, oldest first."""

    alerts: list[AlertOut]
    cursor: str | None


def alert_out(row: JournalRow) -> AlertOut:
    """An alert as its entry tells it."""
    rule, told = row.action.removeprefix(ALERT), cast(dict[str, Any], row.detail)
    return AlertOut(
        number=row.number,
        at=row.at,
        actor=row.actor,
        purpose=row.purpose,
        rule=cast(Rule, rule),
        title=RULES[rule],
        count=told["count"],
        bound=told["bound"],
    )


def verdict_out(verdict: Verdict) -> VerdictOut:
    """What a walk found."""
    return VerdictOut(**asdict(verdict), sound=verdict.reason is None)


def proof_keys_out(ring: KeyRing) -> ProofKeysOut:
    """What the ring publishes."""
    return ProofKeysOut.model_validate(published(ring))
