"""A whole stack for tests: PostgreSQL, proxy, two of each service, two workers, as `./run stack` raises it."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import pytest

from doudi.stack import Order, Stack, raised
from doudi.stack.programs import ProgramMissing, Programs

QUICK = {"fsync": "off", "full_page_writes": "off"}  # the machine under it does not fail


@contextmanager
def stacked(workers: int = 2, as_of: date | None = None) -> Iterator[Stack]:
    """One in a folder of its own, gone with the block; skips where PostgreSQL or nginx is missing (CI has both)."""
    try:
        Programs.found()
    except ProgramMissing as missing:
        pytest.skip(str(missing))
    # Not among pytest's own folders: PostgreSQL's user may not go through those.
    with (
        tempfile.TemporaryDirectory(prefix="doudi-stack-") as place,
        raised(Order(Path(place), workers=workers, as_of=as_of, postgres=QUICK)) as stack,
    ):
        yield stack


def said(stack: Stack) -> str:
    """Everything its processes have said: their own logs, and the proxy's."""
    files = [*stack.whole.folder.glob("logs/**/*.log"), stack.whole.folder / "proxy" / "access.log"]
    return "\n".join(file.read_text(errors="replace") for file in files)
