"""A backup on disk: a folder named by its moment, whole or not there at all.

    BACKUPS/20261130T205000Z/manifest.json   versions, the moment, what each part is: bytes and SHA-256
                             manifest.jws    signed by the registry's key of checkpoints: nobody else made it
                             registry.db, matcher.db (SQLite) or *.pgdump (PostgreSQL)
                             files/…         the matcher's sealed files; one that did not change is the same on disk as
                                             in the generation before
                             checkpoints/…   of both journals
                             verified.json   when it was restored and checked last, and with what result

Keys are never part of it: with them a backup would be an open one.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from doudi.defects import Stop
from kit.checkpoints import read_receipt, receipt
from kit.crypto import KeyRing

FORMAT = 1
MANIFEST, SIGNED, VERIFIED = "manifest.json", "manifest.jws", "verified.json"
BESIDE = frozenset({MANIFEST, SIGNED, VERIFIED})
PARTIAL = ".partial-"
STAMP = "%Y%m%dT%H%M%SZ"
PIECE = 1 << 20


@dataclass(frozen=True)
class Part:
    """One file of a generation; `mtime_ns` is that of the file it was copied from."""

    place: str
    bytes: int
    sha256: str
    mtime_ns: int = 0


@dataclass(frozen=True)
class Manifest:
    """What a generation says of itself."""

    id: str
    moment: str
    version: str
    databases: Mapping[str, Mapping[str, Any]]  # service → file, dialect, revision, entries of its journal
    keys: Mapping[str, Sequence[str]]  # service → ids of the keys needed to open what is in it
    parts: Sequence[Part]
    format: int = FORMAT

    @property
    def bytes(self) -> int:
        """Of all parts."""
        return sum(part.bytes for part in self.parts)


@dataclass(frozen=True)
class Generation:
    """A whole backup."""

    folder: Path
    manifest: Manifest = field(repr=False)

    @property
    def moment(self) -> datetime:
        """What it is a copy of."""
        return datetime.fromisoformat(self.manifest.moment)

    @property
    def verified(self) -> Mapping[str, Any] | None:
        """When it was restored and checked last, and with what result."""
        path = self.folder / VERIFIED
        return json.loads(path.read_text()) if path.exists() else None

    def path(self, place: str) -> Path:
        """Where a part lies."""
        return self.folder / place

    def places(self, below: str) -> Iterator[str]:
        """The parts below a folder of it."""
        return (part.place for part in self.manifest.parts if part.place.startswith(f"{below}/"))


def open_generation(folder: Path) -> Generation:
    """The backup in that folder. Raises Stop where there is none that is whole."""
    if folder.name.startswith(PARTIAL):
        raise Stop(f"{folder.name} was never finished: it is no backup")
    try:
        told = json.loads((folder / MANIFEST).read_text())
        if told["format"] != FORMAT:
            raise Stop(f"{folder} is of format {told['format']}, which this version does not know: use a newer one")
        parts = tuple(Part(**part) for part in told.pop("parts"))
        return Generation(folder, Manifest(**told, parts=parts))
    except (OSError, ValueError, KeyError, TypeError):
        raise Stop(f"{folder} is no backup: name a folder that holds {MANIFEST}") from None


def generations(backups: Path) -> list[Generation]:
    """All that are whole, oldest first."""
    folders = sorted(path.parent for path in backups.glob(f"*/{MANIFEST}") if not path.parent.name.startswith("."))
    return sorted((open_generation(folder) for folder in folders), key=lambda one: one.moment)


def newest_until(backups: Path, moment: datetime) -> Generation:
    """The newest that is not of after `moment`. Raises Stop."""
    found = [one for one in generations(backups) if one.moment <= moment]
    if not found:
        raise Stop(
            f"no backup in {backups} is of {moment.isoformat()} or before: `doudi backup list` names what there is"
        )
    return found[-1]


def copied(source: Path, to: Path, place: str, before: Mapping[str, Part], former: Path | None) -> Part:
    """Copy one file and say what was copied; the same file as in the former generation is not copied twice."""
    stat = source.stat()
    known = before.get(place)
    to.parent.mkdir(parents=True, exist_ok=True)
    if known is not None and former is not None and (known.bytes, known.mtime_ns) == (stat.st_size, stat.st_mtime_ns):
        try:
            os.link(former / place, to)
        except OSError:  # another disk, or a file system without second names
            pass
        else:
            return known
    made, size = hashlib.sha256(), 0
    handle = os.open(to, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with source.open("rb") as reading, os.fdopen(handle, "wb") as writing:
        while piece := reading.read(PIECE):
            made.update(piece)
            size += len(piece)
            writing.write(piece)
        writing.flush()
        os.fsync(writing.fileno())
    return Part(place, size, made.hexdigest(), stat.st_mtime_ns)


def digest(path: Path) -> str:
    """SHA-256 of a file, hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def seal(folder: Path, manifest: Manifest, ring: KeyRing) -> None:
    """Write the manifest and its signature: from here on nothing of it can be altered unseen."""
    text = json.dumps(asdict(manifest), ensure_ascii=False, indent=1, sort_keys=True)
    (folder / MANIFEST).write_text(text)
    claims = {"backup": manifest.id, "manifest": hashlib.sha256(text.encode()).hexdigest()}
    (folder / SIGNED).write_text(receipt(ring, claims))


def unsound(generation: Generation, ring: KeyRing) -> list[str]:
    """What of a generation is not as it was written: the signature, a part altered, missing or slipped in."""
    wrong = []
    try:
        told = read_receipt(ring, (generation.folder / SIGNED).read_text())
    except OSError:
        told = None
    if told is None or told.get("manifest") != digest(generation.folder / MANIFEST):
        wrong.append("manifest: not signed by this ring")
    for part in generation.manifest.parts:
        path = generation.path(part.place)
        if not path.is_file():
            wrong.append(f"{part.place}: missing")
        elif path.stat().st_size != part.bytes or digest(path) != part.sha256:
            wrong.append(f"{part.place}: altered")
    known = {part.place for part in generation.manifest.parts} | BESIDE
    here = (str(path.relative_to(generation.folder)) for path in generation.folder.rglob("*") if path.is_file())
    return wrong + [f"{place}: slipped in" for place in sorted(here) if place not in known]


@dataclass(frozen=True)
class Keep:
    """How many are kept: all of the last two days, then the newest of each of so many days and months."""

    days: int = 14
    months: int = 12


RECENT = timedelta(days=2)


def outlived(found: Sequence[Generation], at: datetime, keep: Keep) -> list[Generation]:
    """Those that may go. The newest never does, nor the newest that was found whole by restoring it."""
    kept = {one.folder for one in found if at - one.moment < RECENT} | {one.folder for one in found[-1:]}
    kept |= {one.folder for one in [one for one in found if (one.verified or {}).get("whole")][-1:]}
    for form, count in (("%Y-%m-%d", keep.days), ("%Y-%m", keep.months)):
        newest = {one.moment.strftime(form): one.folder for one in found}
        kept |= {newest[name] for name in sorted(newest)[-count:]}
    return [one for one in found if one.folder not in kept]


def remove(gone: Iterable[Generation]) -> None:
    """Take them away; one whose removal is cut short is no backup any more."""
    for one in gone:
        aside = one.folder.with_name(f"{PARTIAL}{one.folder.name}")
        one.folder.rename(aside)
        shutil.rmtree(aside)
