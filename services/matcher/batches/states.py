"""The life of a batch: which state may follow which. Anything else is a mistake of ours and raises.

A caller's wish that cannot be is a conflict, and is told what can be done instead.
"""

from collections.abc import Mapping

from kit.columns import now
from kit.problems import Conflict
from matcher.batches.tables import Batch

WAITING = ("sealed", "validating")  # a worker has yet to read the file
READY = ("committed", "linking")  # read and accepted; to be linked
LINKED = ("linked", "screened", "published")
LIVE = (*READY, *LINKED)  # what it says counts, unless superseded
ENDED = ("published", "unchanged", "rejected", "cancelled", "failed", "expired", "rolled_back")
RESTING = (*ENDED, "open", "validated", "needs_confirmation")  # nothing more happens by itself

FOLLOWS: Mapping[str, tuple[str, ...]] = {
    "open": ("sealed", "unchanged", "cancelled", "expired"),
    "sealed": ("validating", "unchanged", "cancelled", "failed"),
    "validating": ("validating", "validated", "rejected", "failed"),
    "validated": ("committed", "needs_confirmation", "sealed", "cancelled"),  # sealed: to be read anew, and to count
    "needs_confirmation": ("committed", "cancelled"),
    "committed": ("linking", "cancelled", "failed"),
    "linking": ("linking", "linked", "needs_confirmation", "failed"),
    "linked": ("linked", "screened", "failed", "rolled_back"),
    "screened": ("linked", "published", "failed", "rolled_back"),
    "published": ("linked", "rolled_back"),  # linked anew when the people changed
    "failed": ("sealed", "committed", "cancelled"),
    "rejected": (),
    "unchanged": (),
    "cancelled": (),
    "expired": (),
    "rolled_back": (),
}

_AGAIN = "重新推送 (push the file anew)"
_WAY_OUT: Mapping[str, str] = {
    "open": "上传尚未封存：补齐分片后 seal，或 cancel (seal it once all parts are there, or cancel)",
    "sealed": "等待读取：可 cancel，或稍候 (it waits to be read: cancel, or wait)",
    "validating": "正在读取：请稍候再试 (a worker reads it: wait, then try again)",
    "validated": "已校验未生效：commit 使其生效，或 cancel (commit it, or cancel)",
    "needs_confirmation": "等待复核：由另一账户 confirm，或 cancel (another account confirms it, or cancel)",
    "committed": "即将生效：可 cancel，或稍候 (about to count: cancel, or wait)",
    "linking": "正在生效：请稍候再试 (about to count: wait, then try again)",
    "linked": "已生效：撤销请用 rollback (it counts: roll it back)",
    "screened": "已生效：撤销请用 rollback (it counts: roll it back)",
    "published": "已生效：撤销请用 rollback (it counts: roll it back)",
    "failed": "处理失败：resume 重试，或 cancel (resume it, or cancel)",
    "rejected": f"已被拒收：改正后{_AGAIN}",
    "unchanged": "内容与上一批相同，无需处理 (same content as before: nothing is to be done)",
    "cancelled": f"已撤回：{_AGAIN}",
    "expired": f"上传已过期：{_AGAIN}",
    "rolled_back": f"已回退：{_AGAIN}",
}
assert set(_WAY_OUT) == set(FOLLOWS)


class StateWrong(Exception):
    """A step was asked of a batch whose state does not allow it."""


def move(batch: Batch, state: str) -> None:
    """Set the state. Raises StateWrong when it cannot follow the present one."""
    if state not in FOLLOWS[batch.state]:
        raise StateWrong(f"{batch.state} -> {state}")
    batch.state = state
    batch.changed_at = now()


def move_if_asked(batch: Batch, state: str, *of: str) -> None:
    """The same for a caller's wish, from one of the states `of` where they are named: what cannot be is their
    conflict, not our mistake. Raises Conflict."""
    if state not in FOLLOWS[batch.state] or (of and batch.state not in of):
        raise refused(batch, state)
    move(batch, state)


def refused(batch: Batch, wish: str) -> Conflict:
    """What a caller is told whose wish cannot be: where the batch stands, and what can be done with it."""
    return Conflict(reason=f"{batch.state} → {wish}。{_WAY_OUT[batch.state]}")
