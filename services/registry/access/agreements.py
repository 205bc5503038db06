"""Agreements: proposed, approved, ended, and which of them are in force. Nothing here commits.

In force is the newest approved version that has begun, if it has not run out or been ended and is word for word what
was written: where a digest of the agreement's versions or decisions does not fit, it tells nothing, and no older
version takes its place.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import orjson
from sqlmodel import Session, col, select

from kit.agreements import Agreed
from kit.auth import Caller
from kit.columns import new_id, now
from kit.crypto import KeyProblem, KeyRing
from kit.problems import NotFound
from kit.scope import within
from registry.access.agreement_problems import ApproverSame, StepTaken
from registry.access.agreement_tables import AgreementStep, AgreementVersion
from registry.table import take_turns

APPROVE, END = "approve", "end"
CONTENT = (
    "version_id", "agreement_id", "number", "agency", "kind", "legal_basis", "catalogue_number", "purposes", "area",
    "valid_from", "valid_to", "fields", "proposed_by",
)  # fmt: skip
DECIDED = ("step_id", "version_id", "action", "actor", "reason")


@dataclass(frozen=True)
class Held:
    """A version with the decisions on it."""

    version: AgreementVersion
    steps: dict[str, AgreementStep]

    @property
    def approved(self) -> AgreementStep | None:
        """The approval, if there is one."""
        return self.steps.get(APPROVE)

    @property
    def ended(self) -> AgreementStep | None:
        """The end, if it was ended."""
        return self.steps.get(END)


def propose(
    session: Session, ring: KeyRing, caller: Caller, content: dict[str, Any], agreement_id: str | None = None
) -> AgreementVersion:
    """A version as it is proposed; the next of an agreement, or the first of a new one."""
    take_turns(session, "agreements")
    number = 1
    if agreement_id is not None:
        known = select(AgreementVersion.number).where(col(AgreementVersion.agreement_id) == agreement_id)
        number = max(session.exec(known), default=0) + 1
    row = AgreementVersion(
        version_id=new_id(),
        agreement_id=agreement_id or new_id(),
        number=number,
        proposed_by=caller.client_id,
        proposed_at=now(),
        digest="",
        **content,
    )
    row.digest = ring.tag(_said(row, CONTENT))
    session.add(row)
    session.flush()
    return row


@dataclass(frozen=True)
class Decision:
    """What is decided of a version, and why."""

    action: str  # approve | end
    reason: str | None = None


def decide(session: Session, ring: KeyRing, caller: Caller, row: AgreementVersion, decision: Decision) -> AgreementStep:
    """Approve or end a version, once. Raises ApproverSame or StepTaken."""
    take_turns(session, "agreements")
    action = decision.action
    if action == APPROVE and caller.client_id == row.proposed_by:
        raise ApproverSame
    there = held(session, [row])[0].steps
    if action in there or END in there:
        raise StepTaken
    step = AgreementStep(
        step_id=new_id(), version_id=row.version_id, action=action, actor=caller.client_id, at=now(),
        reason=decision.reason, digest="",
    )  # fmt: skip
    step.digest = ring.tag(_said(step, DECIDED))
    session.add(step)
    session.flush()
    return step


def find(session: Session, caller: Caller, agreement_id: str) -> list[Held]:
    """An agreement within the caller's area, oldest version first. Raises NotFound."""
    mine = (col(AgreementVersion.agreement_id) == agreement_id, within(caller, col(AgreementVersion.area)))
    rows = session.exec(select(AgreementVersion).where(*mine).order_by(col(AgreementVersion.number))).all()
    if not rows:
        raise NotFound
    return held(session, rows)


def page(session: Session, caller: Caller, after: str, limit: int) -> list[Held]:
    """Versions of the caller's area with an id above `after`; ids sort by time."""
    query = select(AgreementVersion).where(
        within(caller, col(AgreementVersion.area)), col(AgreementVersion.version_id) > after
    )
    return held(session, session.exec(query.order_by(col(AgreementVersion.version_id)).limit(limit)).all())


def held(session: Session, rows: Sequence[AgreementVersion]) -> list[Held]:
    """These versions with their decisions."""
    ids = [row.version_id for row in rows]
    steps: dict[str, dict[str, AgreementStep]] = {}
    for step in session.exec(select(AgreementStep).where(col(AgreementStep.version_id).in_(ids))):
        steps.setdefault(step.version_id, {})[step.action] = step
    return [Held(row, steps.get(row.version_id, {})) for row in rows]


def in_force(session: Session, ring: KeyRing, day: date, agency: str | None = None) -> list[Agreed]:
    """What every agency (or one) may be told on that day."""
    query = select(AgreementVersion)
    if agency is not None:
        query = query.where(col(AgreementVersion.agency) == agency)
    begun: dict[str, Held] = {}
    damaged: set[str] = set()
    for one in held(session, session.exec(query.order_by(col(AgreementVersion.number))).all()):
        if not sound(ring, one):
            damaged.add(one.version.agreement_id)
        if one.approved is not None and one.version.valid_from <= day:
            begun[one.version.agreement_id] = one
    return [_agreed(one.version) for key, one in begun.items() if key not in damaged and _holds(one, day)]


def _holds(one: Held, day: date) -> bool:
    row, approval = one.version, one.approved
    two = approval is not None and approval.actor != row.proposed_by
    return two and one.ended is None and row.valid_from <= day <= row.valid_to


def sound(ring: KeyRing, one: Held) -> bool:
    """Whether a version and what was decided of it are as they were written."""
    steps = all(_genuine(ring, step, DECIDED) for step in one.steps.values())
    return steps and _genuine(ring, one.version, CONTENT)


def _genuine(ring: KeyRing, row: AgreementVersion | AgreementStep, names: Iterable[str]) -> bool:
    try:
        return ring.tagged(row.digest, _said(row, names))
    except (KeyProblem, ValueError):
        return False


def _agreed(row: AgreementVersion) -> Agreed:
    fields = {resource: frozenset(names) for resource, names in row.fields.items()}
    return Agreed(row.version_id, row.agency, row.kind, frozenset(row.purposes), row.area, fields)


def _said(row: AgreementVersion | AgreementStep, names: Iterable[str]) -> bytes:
    return b"agreement" + orjson.dumps([[name, getattr(row, name)] for name in names], option=orjson.OPT_SORT_KEYS)
