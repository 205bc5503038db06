"""Bills of materials in CycloneDX: which packages, in which version, under which licence, needing which others.

`./run bills` writes those of the images, from their locks, to deploy/sbom; a test compares. The same
packages give the same bytes: a bill bears no time, and its serial number is made of what stands in it.
"""

import json
import tomllib
from collections.abc import Iterable, Mapping
from importlib.metadata import metadata
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import HashAlgorithm, HashType
from cyclonedx.model.bom import Bom, BomMetaData
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output.json import JsonV1Dot6
from cyclonedx.spdx import is_supported_id
from packageurl import PackageURL

from doudi.locks import Pin, machine, needed, pins

# Image → the locks it installs from.
IMAGES: Mapping[str, tuple[str, ...]] = {
    "registry": ("registry",),
    "matcher": ("matcher",),
    "console": ("console",),
    "backup": ("registry", "matcher", "backup"),
}
FOLDER = Path("deploy/sbom")
_OURS = "Apache-2.0"
_LONGEST = 60  # of a licence's name: some packages put the whole text there


def write_bills(root: Path, folder: Path) -> list[Path]:
    """The bills of the images' packages; the files. Raises Stop where the environment is not that of the locks."""
    version = tomllib.loads((root / "pyproject.toml").read_text())["project"]["version"]
    folder.mkdir(parents=True, exist_ok=True)
    files = []
    for image, locks in IMAGES.items():
        texts = [(root / "deploy" / f"{lock}.lock").read_text() for lock in locks]
        found = {pin.name: pin for text in texts for pin in pins(text, machine())}
        files.append(folder / f"{image}.cdx.json")
        files[-1].write_text(bill(f"doudi-{image}", version, found, needed(found, machine())))
    return files


def bill(
    name: str,
    version: str,
    held: Mapping[str, Pin],
    needs: Mapping[str, Iterable[str]],
    files: Mapping[str, str] | None = None,
) -> str:
    """One bill as CycloneDX 1.6 JSON. `files`: package → SHA-256 of the one file of it that is here."""
    whole = Component(name=name, version=version, type=ComponentType.APPLICATION, bom_ref=name)
    whole.licenses.add(LicenseFactory().make_from_string(_OURS))
    parts = {pin.name: _part(pin, (files or {}).get(pin.name)) for pin in held.values()}
    serial = uuid5(
        NAMESPACE_URL, " ".join([name, version, *sorted(f"{pin.name}=={pin.version}" for pin in held.values())])
    )
    bom = Bom(components=parts.values(), metadata=BomMetaData(component=whole), serial_number=serial)
    bom.register_dependency(whole, parts.values())
    for one, part in parts.items():
        bom.register_dependency(part, [parts[other] for other in sorted(needs.get(one, ())) if other in parts])
    told = json.loads(JsonV1Dot6(bom).output_as_string())
    del told["metadata"]["timestamp"]  # when it was written says nothing of what is in it
    return json.dumps(told, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def licence_of(name: str) -> str:
    """What a package says of its licence: as SPDX names it if it does, else its classifier, else its own word."""
    told = metadata(name)
    stated = [one.rpartition(" :: ")[2] for one in told.get_all("Classifier") or [] if one.startswith("License ::")]
    own = (told.get_all("License") or [""])[0].strip().partition("\n")[0][:_LONGEST]
    candidates = [
        *(told.get_all("License-Expression") or []),
        own if is_supported_id(own) else "",
        " / ".join(stated),
        own,
    ]
    return next((one for one in candidates if one), "not stated")


def _part(pin: Pin, digest: str | None) -> Component:
    purl = PackageURL(type="pypi", name=pin.name, version=pin.version)
    hashes = [HashType(alg=HashAlgorithm.SHA_256, content=digest)] if digest else []
    licence = LicenseFactory().make_from_string(licence_of(pin.name))
    return Component(
        name=pin.name, version=pin.version, purl=purl, bom_ref=str(purl), hashes=hashes, licenses=[licence]
    )
