"""Files for a machine without a network: a ZIP with a manifest that numbers the package and names each file's SHA-256.

With a passphrase the files are sealed as WinZip does (AES-256), which 7-Zip opens too; names and sizes stay legible.
A package is read against bounds: what it says of itself may be a lie.
"""

import hashlib
import io
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Final, Literal

import pyzipper
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from sqlmodel import Session, col, select

from kit.auth import Caller
from kit.columns import new_id, now
from kit.scope import within
from kit.shapes import AreaCode
from registry.provincial.problems import PackageConflict, PackageUnreadable
from registry.provincial.tables import ProvincialPackage
from registry.table import take_turns

MANIFEST: Final = "manifest.json"
MOST_FILES: Final = 8
MOST_BYTES: Final = 256 << 20  # of all files, unpacked
PIECE: Final = 1 << 20
MOST_TOLD: Final = 100  # missing numbers named
Role = Literal["entries", "export", "answers"]


class PackedFile(BaseModel):
    """One file of a package: what it is, and its digest."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,79}$")]
    role: Role
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    bytes: Annotated[int, Field(ge=0, le=MOST_BYTES)]


class Manifest(BaseModel):
    """What a package says of itself."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: Literal["doudi-exchange-1"] = "doudi-exchange-1"
    layout: Annotated[str, Field(max_length=40)]
    area: AreaCode
    sequence: Annotated[int, Field(ge=1, le=10**9)]
    made_on: date
    files: Annotated[tuple[PackedFile, ...], Field(min_length=1, max_length=MOST_FILES)]


@dataclass(frozen=True)
class Package:
    """A package that was opened: its manifest, the manifest's digest, its files by role."""

    manifest: Manifest
    sha256: str
    files: Mapping[Role, bytes]


def pack(manifest: Manifest, files: Mapping[str, bytes], passphrase: str | None) -> tuple[bytes, str]:
    """The ZIP, and the digest of its manifest."""
    out, told = io.BytesIO(), manifest.model_dump_json(indent=1).encode()
    with pyzipper.AESZipFile(out, "w", compression=zipfile.ZIP_DEFLATED) as archive:
        if passphrase is not None:
            archive.setencryption(pyzipper.WZ_AES, nbits=256)
            archive.setpassword(passphrase.encode())
        for name, content in {MANIFEST: told, **files}.items():
            archive.writestr(name, content)
    return out.getvalue(), hashlib.sha256(told).hexdigest()


def packed(name: str, role: Role, content: bytes) -> PackedFile:
    """A file's line in the manifest."""
    return PackedFile(name=name, role=role, sha256=hashlib.sha256(content).hexdigest(), bytes=len(content))


def unpack(content: bytes, passphrase: str | None) -> Package:
    """Open a package and hold each file against its digest. Raises PackageUnreadable."""
    try:
        with pyzipper.AESZipFile(io.BytesIO(content)) as archive:
            if passphrase is not None:
                archive.setpassword(passphrase.encode())
            told = _bounded(archive, MANIFEST, PIECE)
            manifest = Manifest.model_validate_json(told)
            files = {one.role: _checked(archive, one) for one in manifest.files}
    except RuntimeError:  # what the library raises of a password that is missing or wrong
        raise PackageUnreadable(reason="口令缺失或不对") from None
    except ValidationError:
        raise PackageUnreadable(reason=f"{MANIFEST} 不符合格式") from None
    except KeyError:
        raise PackageUnreadable(reason=f"缺少 {MANIFEST} 或其中列出的文件") from None
    except (pyzipper.BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError):
        raise PackageUnreadable(reason="不是完整的 ZIP 文件") from None
    if len(files) < len(manifest.files):
        raise PackageUnreadable(reason="同一类文件有两份")
    return Package(manifest, hashlib.sha256(told).hexdigest(), files)


def _checked(archive: "pyzipper.AESZipFile", told: PackedFile) -> bytes:
    content = _bounded(archive, told.name, told.bytes)
    if len(content) != told.bytes or hashlib.sha256(content).hexdigest() != told.sha256:
        raise PackageUnreadable(reason=f"{told.name} 与清单的摘要不符")
    return content


def _bounded(archive: "pyzipper.AESZipFile", name: str, most: int) -> bytes:
    """A file's content, not a byte more than it may have."""
    with archive.open(name) as member:
        found: bytes = member.read(most + 1)
    if len(found) > most:
        raise PackageUnreadable(reason=f"{name} 超出应有的大小")
    return found


def number(session: Session, layout: str, area: str) -> int:
    """The next number of what goes out; nobody else takes it until the transaction ends."""
    take_turns(session, f"provincial {layout} {area}")
    return max(_numbers(session, layout, "out", area), default=0) + 1


def _numbers(session: Session, layout: str, direction: str, area: str) -> list[int]:
    mine = (
        col(ProvincialPackage.layout) == layout,
        col(ProvincialPackage.direction) == direction,
        col(ProvincialPackage.area) == area,
    )
    return list(session.exec(select(ProvincialPackage.sequence).where(*mine).order_by(col(ProvincialPackage.sequence))))


def came_before(session: Session, layout: str, area: str, package: Package) -> ProvincialPackage | None:
    """The same package, where it came already. Raises PackageConflict for another one of that number."""
    take_turns(session, f"provincial {layout} {area}")
    found = session.exec(
        select(ProvincialPackage).where(
            col(ProvincialPackage.layout) == layout,
            col(ProvincialPackage.direction) == "in",
            col(ProvincialPackage.area) == area,
            col(ProvincialPackage.sequence) == package.manifest.sequence,
        )
    ).first()
    if found is not None and found.sha256 != package.sha256:
        raise PackageConflict(sequence=package.manifest.sequence)
    return found


def missing(session: Session, layout: str, area: str, sequence: int) -> list[int]:
    """The numbers below this one that never came."""
    there = set(_numbers(session, layout, "in", area))
    return [one for one in range(1, sequence) if one not in there][:MOST_TOLD]


def remember(session: Session, caller: Caller, direction: str, told: tuple[Manifest, str]) -> ProvincialPackage:
    """Write down that a package left, or was taken."""
    manifest, sha256 = told
    row = ProvincialPackage(
        package_id=new_id(),
        layout=manifest.layout,
        direction=direction,
        sequence=manifest.sequence,
        area=caller.area,
        client_id=caller.client_id,
        sha256=sha256,
        files=[one.role for one in manifest.files],
        made_at=now(),
    )
    session.add(row)
    session.flush()
    return row


def page(session: Session, caller: Caller, before: str | None, limit: int) -> Sequence[ProvincialPackage]:
    """Packages of the caller's area, newest first; ids sort by time."""
    query = select(ProvincialPackage).where(within(caller, col(ProvincialPackage.area)))
    if before is not None:
        query = query.where(col(ProvincialPackage.package_id) < before)
    return session.exec(query.order_by(col(ProvincialPackage.package_id).desc()).limit(limit)).all()
