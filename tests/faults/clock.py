"""A clock that is set while processes look at it: what a file says is added to what the machine's clock says.

Everything the services read of the time of day goes through `kit.columns.now`, `datetime.now` of a few modules of the
kit, and `time.time`; waiting goes by the monotonic clock, which no one sets. So these are shifted, and nothing else.
"""

import time
from datetime import datetime, tzinfo
from pathlib import Path

from kit import columns, crypto, keys_file, resealing


def follow(path: Path) -> None:
    """From now on this process goes by the machine's clock and the seconds `path` holds."""
    real, real_ns = time.time, time.time_ns

    def seconds() -> float:
        return float(path.read_text() or 0)

    class Set(datetime):
        """A datetime whose now is that of the set clock."""

        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]  # any datetime will do
            return datetime.fromtimestamp(real() + seconds(), tz)

    time.time = lambda: real() + seconds()
    time.time_ns = lambda: real_ns() + int(seconds() * 1_000_000_000)
    for module in (columns, crypto, keys_file, resealing):
        module.datetime = Set  # type: ignore[attr-defined]  # what the module calls datetime


def set_clock(path: Path, seconds: float) -> None:
    """Set it that far ahead of the machine's; whoever looks sees the former or this."""
    aside = path.with_suffix(".new")
    aside.write_text(str(seconds))
    aside.replace(path)
