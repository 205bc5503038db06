"""When a lead stays away: a human settled it, and nothing is known that was not known then.

A score may only open a task, so it may not open the same one twice. What brings a lead back is a fact the answer did
not know of, or the end of the period the answer was given for; the lead then names the answer it returns in spite of.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

NEW_FACTS, PERIOD_ENDED = "new-facts", "period-ended"
BY_HAND = "hand"


@dataclass(frozen=True)
class Settled:
    """An answer that settled a lead: by which outcome, until when (the last day), on which facts (Lead.basis).

    `apart`: it took the rows from the person. A finding made all the same rests on other rows and is new by itself.
    """

    outcome_id: str
    code: str | None  # None: closed by hand
    until: date | None
    basis: frozenset[str]
    apart: bool = False

    @property
    def word(self) -> str:
        """What a lead is suppressed for."""
        return self.code or BY_HAND

    def why_not(self, basis: frozenset[str], day: date) -> str | None:
        """Why a lead resting on `basis` is to be looked at again on that day; None: it stays away."""
        if self.apart or not basis <= self.basis:
            return NEW_FACTS
        return PERIOD_ENDED if self.until is not None and day > self.until else None


def silencing(answers: Iterable[Settled], basis: frozenset[str], day: date) -> Settled | None:
    """The first of the answers that keeps a lead away on that day."""
    return next((one for one in answers if one.why_not(basis, day) is None), None)
