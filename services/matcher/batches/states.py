"""The life of a batch: which state may follow which. Anything else is a mistake of ours and raises."""

from kit.columns import now
from kit.problems import Conflict
from matcher.batches.tables import Batch

WAITING = ("sealed", "validating")  # a worker has yet to read the file
READY = ("committed", "linking")  # read and accepted; to be linked
LINKED = ("linked", "screened", "published")
LIVE = (*READY, *LINKED)  # what it says counts, unless superseded
ENDED = ("published", "unchanged", "rejected", "cancelled", "failed")

_FOLLOWS: dict[str, tuple[str, ...]] = {
    "sealed": ("validating", "cancelled", "failed"),
    "validating": ("validating", "validated", "rejected", "failed"),
    "validated": ("committed", "needs_confirmation"),
    "needs_confirmation": ("committed", "cancelled"),
    "committed": ("linking", "cancelled", "failed"),
    "linking": ("linking", "linked", "failed"),
    "linked": ("linked", "screened", "failed"),
    "screened": ("linked", "published", "failed"),
    "published": ("linked",),  # linked anew when the people changed
    "failed": ("sealed", "committed"),
    "rejected": (),
    "unchanged": (),
    "cancelled": (),
}


class StateWrong(Exception):
    """A step was asked of a batch whose state does not allow it."""


def move(batch: Batch, state: str) -> None:
    """Set the state. Raises StateWrong when it cannot follow the present one."""
    if state not in _FOLLOWS[batch.state]:
        raise StateWrong(f"{batch.state} -> {state}")
    batch.state = state
    batch.changed_at = now()


def move_if_asked(batch: Batch, state: str) -> None:
    """The same for a caller's wish: what cannot be is their conflict, not our mistake. Raises Conflict."""
    if state not in _FOLLOWS[batch.state]:
        raise Conflict(reason=f"{batch.state} → {state}")
    move(batch, state)
