"""One moment of both services: their databases and the sealed files the matcher's names, without stopping either.

Whatever one service has heard of the other must have been said in the copy as well. Only the matcher says anything
(leads, to the ledger), and only what it noted before in its outbox: while that table is held, the matcher's database is
pinned first and the registry's then. All the registry has heard is in the matcher's copy, and all the matcher has read
of the registry is in the registry's. What was half done is what a power cut leaves, which every step goes on from.

The files: none can be replaced or removed while they are given a second name each (matcher/sealed.Vault: the
lock on its folder), so that each file the pinned database names is there, however long the copying takes.
"""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from doudi.backup.databases import Pin, outbox_held, pinned
from doudi.backup.installation import Installation
from doudi.defects import Stop
from kit.columns import now
from matcher.sealed import ASIDE, HIDDEN

HELD = ".backup"  # folder of second names, within the data folder: a second name is of the same disk


@dataclass(frozen=True)
class Held:
    """A file as it stood: its place within the copy, and where its bytes can be read."""

    place: str
    path: Path


@dataclass(frozen=True)
class Cut:
    """What there was at `moment`."""

    moment: datetime
    databases: dict[str, Pin]
    files: list[Held]


@contextmanager
def cut(installation: Installation) -> Iterator[Cut]:
    """Hold that moment for the block. Raises Stop where the matcher gives no turn."""
    data = installation.matcher.data_dir
    data.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        aside = stack.enter_context(_aside(data / HELD))
        files = _checkpoints(installation, aside)
        with outbox_held(installation.matcher.database_url), _nothing_goes(data):
            matcher = stack.enter_context(pinned(installation.matcher.database_url))
            registry = stack.enter_context(pinned(installation.registry.database_url))
            moment = now()
            files += _second_names(data, aside)
        yield Cut(moment, {"registry": registry, "matcher": matcher}, files)


@contextmanager
def _aside(folder: Path) -> Iterator[Path]:
    """An empty folder, ours alone for the block. Raises Stop where another backup has it."""
    folder.mkdir(mode=0o700, exist_ok=True)
    with ExitStack() as stack:
        handle = os.open(folder, os.O_RDONLY)
        stack.callback(os.close, handle)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Stop("another backup of this installation is being taken: wait until it ends") from None
        _empty(folder)  # of one that was killed
        stack.callback(_empty, folder)
        yield folder


def _empty(folder: Path) -> None:
    for path in folder.iterdir():
        path.unlink()


@contextmanager
def _nothing_goes(data: Path) -> Iterator[None]:
    handle = os.open(data, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _second_names(data: Path, aside: Path) -> list[Held]:
    found = []
    for number, path in enumerate(sorted(path for path in data.rglob("*") if path.is_file())):
        place = path.relative_to(data)
        if place.parts[0].startswith(HIDDEN) or path.name.endswith(ASIDE):
            continue
        held = aside / f"{number:07d}"
        try:
            os.link(path, held)
        except OSError:  # a file system without second names: slower, and as sound
            shutil.copy2(path, held)
        found.append(Held(f"files/{place}", held))
    return found


def _checkpoints(installation: Installation, aside: Path) -> list[Held]:
    """Read before the databases are held: a later one would vouch for entries the copy has not."""
    folders = {settings.checkpoints_dir for settings in installation.services().values()}
    found = []
    for path in (path for folder in sorted(folders) for path in sorted(folder.glob("*")) if path.is_file()):
        held = aside / f"checkpoints-{path.name}"
        shutil.copy2(path, held)
        found.append(Held(f"checkpoints/{path.name}", held))
    return found
