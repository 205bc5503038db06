"""What unmasking costs at every door of the registry: the purpose to reveal, a reason, a place in the day's budget.

Without a reason everything is masked, whatever the token may do. Followers (`registry:follow`) are told by their own
scope, without a budget, and stand in the journal by the range they read.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated

import polars as pl
from fastapi import Depends, Query

from kit.auth import Caller
from kit.reveals import (
    PURPOSE,
    REASON_TOLD,
    Reason,
    RevealBudgetSpent,
    RevealPurposeMissing,
    RevealReasonMissing,
    Seen,
    Teller,
    reason_given,
    spend,
    spend_frame,
)
from kit.watermarks import Shown
from registry.audit.store import BOOKS
from registry.desk import Desk

READ_PROBLEMS = (RevealBudgetSpent, RevealPurposeMissing)
EXPORT_PROBLEMS = (*READ_PROBLEMS, RevealReasonMissing)
FOLLOW = "registry:follow"


@dataclass(frozen=True)
class Unmasking:
    """Why a caller asks for identities; None: masked."""

    reason: Reason | None

    def of(self, caller: Caller) -> bool:
        """Whether identities are to be told. Raises RevealPurposeMissing."""
        if self.reason is not None and caller.purpose != PURPOSE:
            raise RevealPurposeMissing
        return self.reason is not None


def unmasking(
    reason: Annotated[Reason | None, Query(description=f"{REASON_TOLD}. Without it identity is masked")] = None,
) -> Unmasking:
    """What a read states."""
    return Unmasking(reason)


def unmasking_export(
    identity: Annotated[Shown, Query(description="`full` needs the purpose reveal, and a reason")] = "masked",
    reason: Annotated[Reason | None, Query(description=REASON_TOLD)] = None,
) -> Unmasking:
    """What an export states. Raises RevealReasonMissing."""
    return Unmasking(reason_given(reason) if identity == "full" else None)


Asked = Annotated[Unmasking, Depends(unmasking)]
AskedExport = Annotated[Unmasking, Depends(unmasking_export)]


def tell(desk: Desk, people: Iterable[Seen]) -> None:
    """Spend on these people before they are told. Raises RevealBudgetSpent."""
    spend(BOOKS, _teller(desk), people)


def tell_frame(desk: Desk, people: pl.DataFrame) -> None:
    """`tell` of a whole list (`subject`, `area`). Raises RevealBudgetSpent."""
    spend_frame(BOOKS, _teller(desk), people)


def _teller(desk: Desk) -> Teller:
    desk.response.headers["Cache-Control"] = "no-store"  # the second look is a look too
    return Teller(desk.session, desk.ring, desk.caller, desk.settings)
