"""The life of a case: 待签收 → 核查中 → (退回补充) → 待审核 → 办理中 → 已办结, and 挂起, 重新打开.

Taking a case over acknowledges its leads. A lead withdrawn before that closes the case (线索撤回); after that it only
flags it, because somebody is on the way already and a human decides.
"""

from dataclasses import dataclass

AWAITING_ACCEPTANCE = "awaiting-acceptance"
VERIFYING = "verifying"
RETURNED = "returned"
AWAITING_APPROVAL = "awaiting-approval"
IN_PROGRESS = "in-progress"
CLOSED = "closed"
SUSPENDED = "suspended"

LABELS = {
    AWAITING_ACCEPTANCE: "待签收",
    VERIFYING: "核查中",
    RETURNED: "退回补充",
    AWAITING_APPROVAL: "待审核",
    IN_PROGRESS: "办理中",
    CLOSED: "已办结",
    SUSPENDED: "挂起",
}
STEPS: dict[str, dict[str, str]] = {
    "accept": {AWAITING_ACCEPTANCE: VERIFYING},
    "submit": {VERIFYING: AWAITING_APPROVAL, RETURNED: AWAITING_APPROVAL},
    "return": {AWAITING_APPROVAL: RETURNED},
    "approve": {AWAITING_APPROVAL: IN_PROGRESS},
    "close": {AWAITING_APPROVAL: CLOSED, IN_PROGRESS: CLOSED, AWAITING_ACCEPTANCE: CLOSED},
    "suspend": {VERIFYING: SUSPENDED, IN_PROGRESS: SUSPENDED},
    "resume": {SUSPENDED: VERIFYING},
    "reopen": {CLOSED: AWAITING_ACCEPTANCE},
}
WITHDRAWN = "线索撤回"


@dataclass(frozen=True)
class Effect:
    """What withdrawn leads do to their case: its new state, and why it is flagged or closed."""

    state: str
    flag: str | None
    closed_reason: str | None


def after_step(state: str, step: str) -> str | None:
    """The state a step leads to, None when it cannot be taken from here."""
    return STEPS[step].get(state)


def after_leads(state: str, open_items: int, withdrawn_items: int, closed_reason: str | None) -> Effect:
    """The case's state once its items stand as counted."""
    if open_items and state == CLOSED and closed_reason == WITHDRAWN:
        return Effect(AWAITING_ACCEPTANCE, None, None)  # the lead came back before anybody had taken the case over
    if open_items == 0 and withdrawn_items and state == AWAITING_ACCEPTANCE:
        return Effect(CLOSED, None, WITHDRAWN)
    if withdrawn_items and state not in (AWAITING_ACCEPTANCE, CLOSED):
        return Effect(state, WITHDRAWN, closed_reason)
    return Effect(state, None, closed_reason)
