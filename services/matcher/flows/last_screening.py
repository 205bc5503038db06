"""What this process keeps of the last screening, so that the next looks only at what moved since.

It holds as long as nobody else screened meanwhile: the standing row says for which count of inputs and which day the
list was made. Nothing of it is written to disk; a process that has just begun screens everybody.
"""

from dataclasses import dataclass, field
from datetime import date

import polars as pl

from matcher.flows.look_again import Looked
from matcher.flows.touched_leads import Told


@dataclass(frozen=True)
class Kept:
    """One screening: what the screens said, and what the list was then compared with."""

    looked: Looked
    told: Told
    listed: pl.DataFrame  # subject_id, screen of every finding that stands on the list, or waits or was settled there


@dataclass
class LastScreening:
    """One process's; not for several threads. `inputs` and `day` as the standing row has them."""

    _kept: Kept | None = field(default=None, repr=False)
    _of: tuple[int, date | None] | None = None

    def take(self, inputs: int, day: date | None) -> Kept | None:
        """What is kept of the screening of that count and day, if it was ours. It is kept no longer: whoever screens
        alters it, and one that fails half-way leaves nothing to go on with."""
        kept = self._kept if self._of == (inputs, day) else None
        self._kept = self._of = None
        return kept

    def keep(self, kept: Kept, inputs: int, day: date) -> None:
        """It is written: the next may go on from here."""
        if kept.looked.warm is not None:
            self._kept, self._of = kept, (inputs, day)
