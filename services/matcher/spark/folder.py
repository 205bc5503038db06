"""The folder a run's tables stand in: only its owner's to read, gone when the run ends, swept when it was killed.

What lies there are people's names and numbers as they are compared, and they are not sealed: it belongs on an encrypted
disk (docs/decisions/0136).
"""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

_PREFIX: Final = ".doudi-spark-"
_HELD: Final = ".held"  # locked while its run lives; Spark passes over names that begin with a dot


@contextmanager
def working_folder(beside: Path) -> Iterator[Path]:
    """A folder of this run's own in `beside`, made if missing. Those that killed runs left there are removed first.

    Raises OSError where none can be made.
    """
    beside.mkdir(parents=True, exist_ok=True)
    for left in beside.glob(f"{_PREFIX}*"):
        _sweep(left)
    work = Path(tempfile.mkdtemp(dir=beside, prefix=_PREFIX))  # mode 700
    held = os.open(work / _HELD, os.O_CREAT | os.O_RDWR, 0o600)
    try:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)
        os.close(held)


def _sweep(folder: Path) -> None:
    """Remove a folder nobody holds. One just made, and not held yet, has nothing to be held by and stays."""
    try:
        held = os.open(folder / _HELD, os.O_RDWR)
    except OSError:
        return
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return
    else:
        shutil.rmtree(folder, ignore_errors=True)
    finally:
        os.close(held)
