"""The life of a case: 待签收 → 核查中 → (退回补充) → 待审核 → 办理中 → 已办结, and 挂起, 重新打开.

Humans move items; a case's state follows from where its items stand. Taking a case over acknowledges its leads: a
lead withdrawn before that settles its item (线索撤回), after that it only flags the case, because somebody is on the
way already and a human decides.
"""

from collections.abc import Sequence
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

PENDING = "pending"
REVISIT = "revisit"
SETTLED = "settled"
# An item awaits approval and is in progress under the same names as its case.
STANDINGS = {
    PENDING: "待核查",
    REVISIT: "待再访",
    AWAITING_APPROVAL: "待审核",
    IN_PROGRESS: "办理中",
    SETTLED: "已办结",
}

# Which steps a human can take from which states.
WORKED_ON = frozenset({VERIFYING, RETURNED, AWAITING_APPROVAL, IN_PROGRESS})
STEPS: dict[str, frozenset[str]] = {
    "accept": frozenset({AWAITING_ACCEPTANCE}),
    "report": frozenset({VERIFYING, RETURNED}),
    "approve": frozenset({AWAITING_APPROVAL, VERIFYING, RETURNED, IN_PROGRESS}),  # an item that waits is what counts
    "return": frozenset({AWAITING_APPROVAL, VERIFYING, RETURNED, IN_PROGRESS}),
    "assign": WORKED_ON | {SUSPENDED},
    "transfer": frozenset({AWAITING_ACCEPTANCE, VERIFYING, RETURNED}),
    "suspend": WORKED_ON,
    "resume": frozenset({SUSPENDED}),
    "reopen": WORKED_ON | {CLOSED},  # an item in progress (or, of a closed case, settled) is what counts
    "close": WORKED_ON | {AWAITING_ACCEPTANCE, SUSPENDED},
}
ACTIONS = {
    "open": "立项",
    "lead": "线索更新",
    "accept": "签收",
    "report": "上报结果",
    "approve": "审核通过",
    "return": "退回补充",
    "assign": "指派",
    "transfer": "移交",
    "suspend": "挂起",
    "resume": "恢复",
    "reopen": "重新打开",
    "close": "人工办结",
    "import": "民政数据导入",
    "enter": "平台录入",
    "enter-refused": "平台退回",
}

WITHDRAWN = "线索撤回"
STILL_PAID = "仍在发放"
NOT_GRANTED = "审批不通过"
BY_HAND = "重新打开"
NEW_FACTS = "新情况"
PERIOD_ENDED = "期满复查"
NOW_COVERED = "已纳入保障"
NOW_STOPPED = "已停发"
CLOSED_BY_HAND = "人工办结"
VERIFIED = "核查办结"
RETURNS = {"new-facts": NEW_FACTS, "period-ended": PERIOD_ENDED}
FLAGS = (STILL_PAID, NOT_GRANTED, WITHDRAWN, NEW_FACTS, PERIOD_ENDED, BY_HAND)  # the most telling first


@dataclass(frozen=True)
class ItemView:
    """What of an item its case's state depends on."""

    standing: str
    withdrawn: bool = False
    reopened_reason: str | None = None
    closed_reason: str | None = None


@dataclass(frozen=True)
class CaseView:
    """What of a case, beside its items, its state depends on."""

    state: str
    accepted: bool
    returned: bool
    has_leads: bool = True  # else it stands for a problem and is closed by hand


@dataclass(frozen=True)
class Derived:
    """Where a case stands once its items stand as they do."""

    state: str
    returned: bool
    flag: str | None
    closed_reason: str | None


def may(step: str, state: str) -> bool:
    """Whether a human can take that step from that state."""
    return state in STEPS[step]


def derive(case: CaseView, items: Sequence[ItemView]) -> Derived:
    """The case's state, flag and reason for being closed, from its items."""
    if not items and not case.has_leads:
        state = VERIFYING if case.state == AWAITING_ACCEPTANCE and case.accepted else case.state
        return Derived(state, case.returned, None, CLOSED_BY_HAND if state == CLOSED else None)
    todo = [item for item in items if item.standing != SETTLED]
    if not todo:  # also when the last lead left for another household's case: nothing to follow any more
        return Derived(CLOSED, False, None, _closed_reason(items))
    waits = any(item.standing in (PENDING, REVISIT) for item in todo)
    returned = case.returned and waits
    return Derived(_open_state(case, todo, returned=returned), returned, _flag(case, todo), None)


def _open_state(case: CaseView, todo: Sequence[ItemView], *, returned: bool) -> str:
    if case.state == SUSPENDED:
        return SUSPENDED
    if not case.accepted:
        return AWAITING_ACCEPTANCE
    standings = {item.standing for item in todo}
    if standings & {PENDING, REVISIT}:
        return RETURNED if returned else VERIFYING
    return AWAITING_APPROVAL if AWAITING_APPROVAL in standings else IN_PROGRESS


def _flag(case: CaseView, todo: Sequence[ItemView]) -> str | None:
    found = {item.reopened_reason for item in todo}
    if case.accepted and any(item.withdrawn and item.standing in (PENDING, REVISIT) for item in todo):
        found.add(WITHDRAWN)
    return next((flag for flag in FLAGS if flag in found), None)


def _closed_reason(items: Sequence[ItemView]) -> str:
    reasons = {item.closed_reason for item in items if item.closed_reason} or {WITHDRAWN}
    told = reasons - {WITHDRAWN} or reasons
    return told.pop() if len(told) == 1 else VERIFIED
