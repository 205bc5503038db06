"""Taking a backup: held still, copied, signed, named; then the ones that have had their time go."""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from doudi.backup.cut import Cut, cut
from doudi.backup.databases import VERSION, Pin
from doudi.backup.generation import (
    MANIFEST,
    PARTIAL,
    SIGNED,
    STAMP,
    Generation,
    Keep,
    Manifest,
    Part,
    copied,
    digest,
    generations,
    open_generation,
    outlived,
    remove,
    seal,
)
from doudi.backup.installation import Installation
from doudi.defects import Stop
from kit.columns import now
from kit.crypto import KeyRing
from matcher.audit.tables import CHAIN as MATCHER_CHAIN
from registry.audit.tables import CHAIN as REGISTRY_CHAIN
from registry.oversight.restored import note_backup

CHAINS = {"registry": REGISTRY_CHAIN, "matcher": MATCHER_CHAIN}
ROOM = 1.1  # a copy is not begun where there is not a tenth more room than it will take
SPARE_BYTES = 64 << 20


@dataclass(frozen=True)
class Taken:
    """A backup, and those that went for it."""

    generation: Generation
    gone: int


def take(installation: Installation, backups: Path, keep: Keep) -> Taken:
    """Take one now. Raises Stop: another is being taken, no room, no keys, a database that is away."""
    rings = installation.rings()
    backups.mkdir(parents=True, exist_ok=True, mode=0o700)
    with _alone(backups):
        for left in backups.glob(f"{PARTIAL}*"):  # of one that was killed
            shutil.rmtree(left)
        former = next(iter(generations(backups)[::-1]), None)
        with cut(installation) as held:
            name = held.moment.strftime(STAMP)
            if (backups / name).exists():
                raise Stop(f"there is a backup of this second already: {name}")
            _check_room(backups, held, former)
            folder = backups / f"{PARTIAL}{name}"
            folder.mkdir(mode=0o700)
            manifest = _copied(held, folder, former, rings)
        seal(folder, manifest, rings["registry"])
        _flush(folder)
        folder.rename(backups / name)
        _flush(backups)
        made = open_generation(backups / name)
        note_backup(
            installation.registry, name, moment=manifest.moment, bytes=manifest.bytes, parts=len(manifest.parts)
        )
        gone = outlived(generations(backups), now(), keep)
        remove(gone)
    return Taken(made, len(gone))


def _copied(held: Cut, folder: Path, former: Generation | None, rings: dict[str, KeyRing]) -> Manifest:
    before = {part.place: part for part in former.manifest.parts} if former is not None else {}
    parts, databases = [], {}
    for service, pin in held.databases.items():
        name = f"{service}{pin.suffix}"
        pin.copy(folder / name)
        (folder / name).chmod(0o600)
        _flush_one(folder / name)
        parts.append(Part(name, (folder / name).stat().st_size, digest(folder / name)))
        databases[service] = {"file": name, **_told(service, pin)}
    for file in held.files:
        parts.append(copied(file.path, folder / file.place, file.place, before, former.folder if former else None))
    keys = {service: [key.id for key in ring.keys.keys] for service, ring in rings.items()}
    return Manifest(folder.name.removeprefix(PARTIAL), held.moment.isoformat(), _version(), databases, keys, parts)


def _told(service: str, pin: Pin) -> dict[str, object]:
    journal = CHAINS[service].entries.__tablename__
    entries = pin.ask(f"SELECT max(number) FROM {journal}")  # noqa: S608 - our own table's name
    return {"revision": pin.ask(VERSION), "entries": entries or 0}


def _version() -> str:
    try:
        return version("doudi")
    except PackageNotFoundError:  # run from a clone
        return "clone"


def _check_room(backups: Path, held: Cut, former: Generation | None) -> None:
    known = {part.place for part in former.manifest.parts} if former is not None else set()
    new = sum(file.path.stat().st_size for file in held.files if file.place not in known)
    wanted = int((sum(pin.bytes() for pin in held.databases.values()) + new) * ROOM) + SPARE_BYTES
    free = shutil.disk_usage(backups).free
    if free < wanted:
        raise Stop(
            f"not enough room in {backups}: {wanted >> 20} MB wanted, {free >> 20} MB free. Nothing was written; make "
            "room, or keep fewer (--days, --months)"
        )


@contextmanager
def _alone(backups: Path) -> Iterator[None]:
    handle = os.open(backups, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise Stop(f"another backup is being taken to {backups}") from None
    finally:
        os.close(handle)


def _flush(folder: Path) -> None:
    """Names given last through a power cut once their folders are on disk."""
    for place in (folder / MANIFEST, folder / SIGNED, folder, *(one for one in folder.rglob("*") if one.is_dir())):
        if place.exists():
            _flush_one(place)


def _flush_one(place: Path) -> None:
    handle = os.open(place, os.O_RDONLY)
    os.fsync(handle)
    os.close(handle)
