"""A slice as a file, for a county without a line to its prefecture: numbered, hashed, each resting on the one before.

A ZIP of `manifest.json`, `leads.ndjson` for the machine, and 比对清单.xlsx for people. It holds identities in the
clear, as every list that is handed over does: the carrier is to be kept and emptied as such (docs/levels.md).
"""

import hashlib
import io
import os
import zipfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson

from doudi.agency import Agency
from doudi.defects import Stop
from doudi.slices import Standing, gather
from doudi.township import Row

FORMAT = "doudi-slice/1"
MANIFEST, LEADS, LIST = "manifest.json", "leads.ndjson", "比对清单.xlsx"
LARGEST = 512 * 1024 * 1024  # bytes unpacked
WORKBOOK = "/matcher/v1/leads/export.xlsx"


@dataclass(frozen=True)
class Package:
    """A package as it was read and found whole."""

    county: str
    number: int
    before: str  # digest of the package before it; empty: it begins anew
    digest: str
    leads: list[Row]


def pack(above: Agency, county: str, standing: Standing, folder: Path) -> tuple[Path, Standing, int]:
    """Write the next package of a county: its file, the standing after it, how many leads it has. Raises Refused."""
    found = gather(above, standing)
    lines = b"".join(orjson.dumps(one) + b"\n" for one in found.leads)
    query = {"area": county, "identity": "full", "reason": "handover"}
    listed = above.call("GET", WORKBOOK, params=query).content
    number = standing.number + 1
    manifest = {
        "format": FORMAT, "county": county, "number": number, "before": standing.digest,
        "made_at": datetime.now(UTC).isoformat(timespec="seconds"), "leads": len(found.leads),
        "sha256": {LEADS: hashlib.sha256(lines).hexdigest(), LIST: hashlib.sha256(listed).hexdigest()},
    }  # fmt: skip
    content = _zipped({MANIFEST: orjson.dumps(manifest, option=orjson.OPT_INDENT_2), LEADS: lines, LIST: listed})
    file = folder / f"比对结果_{county[:6]}_{number:04}.zip"
    _write(file, content)
    after = found.after
    after.number, after.digest = number, hashlib.sha256(content).hexdigest()
    return file, after, len(found.leads)


def _zipped(files: dict[str, bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return target.getvalue()


def _write(file: Path, content: bytes) -> None:
    """Whole or not at all, and for its owner's eyes."""
    beside = file.with_name(f"{file.name}.new")
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as target:
        target.write(content)
    beside.replace(file)


def read(file: Path) -> Package:
    """A package that is whole. Raises Stop with the way out."""
    content = file.read_bytes()
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if sum(one.file_size for one in archive.infolist()) > LARGEST:
                raise Stop(f"{file.name}: larger than any slice; it was not made by this product")
            files = {name: archive.read(name) for name in (MANIFEST, LEADS, LIST)}
        manifest: dict[str, Any] = orjson.loads(files[MANIFEST])
        wanted = {name: manifest["sha256"][name] for name in (LEADS, LIST)}
        known = manifest["format"] == FORMAT
        told = str(manifest["county"]), int(manifest["number"]), str(manifest["before"])
    except (zipfile.BadZipFile, KeyError, ValueError, TypeError):
        raise Stop(f"{file.name} is no package of a slice, or it is broken: have it copied or made again") from None
    if not known or any(hashlib.sha256(files[name]).hexdigest() != wanted[name] for name in wanted):
        raise Stop(f"{file.name} was altered or broken on its way: have it copied or made again")
    leads = [orjson.loads(line) for line in files[LEADS].splitlines()]
    return Package(*told, hashlib.sha256(content).hexdigest(), leads)


def check_order(package: Package, standing: Standing) -> bool:
    """Whether it is still to be taken; one already taken is not. Raises Stop where one before it is missing."""
    if package.digest == standing.digest or (package.before and package.number <= standing.number):
        return False
    if package.before and package.before != standing.digest:
        raise Stop(
            f"package {package.number} rests on one that was not taken (the last taken is {standing.number}): take the "
            "missing ones in order, or ask for one that begins anew (pack --anew)"
        )
    return True
