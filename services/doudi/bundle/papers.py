"""What comes with the wheels: the licence texts of all of them, a list, and the bundle's own bill of materials."""

import csv
import hashlib
import re
import zipfile
from pathlib import Path, PurePosixPath
from typing import TextIO

from packaging.utils import parse_wheel_filename

from doudi.bundle import bills
from doudi.bundle.wheels import HOUSE, Held

LICENCES = "licences"
BILL = "sbom/doudi.cdx.json"
_TEXT = re.compile(r"(licen[cs]e|copying|notice|authors)", re.IGNORECASE)


def write(folder: Path, held: Held, version: str) -> None:
    """Write licences/ and sbom/ beside the wheels in `folder`."""
    wheels = {_name(file): file for file in sorted((folder / HOUSE).glob("*.whl"), reverse=True)}
    with _opened(folder / LICENCES / "licences.csv") as file:
        table = csv.writer(file)
        table.writerow(["package", "version", "licence", "texts"])
        for pin in held.pins.values():
            texts = _copy_texts(wheels[pin.name], folder / LICENCES / f"{pin.name}-{pin.version}")
            table.writerow([pin.name, pin.version, bills.licence_of(pin.name), texts])
    digests = {name: hashlib.sha256(file.read_bytes()).hexdigest() for name, file in wheels.items()}
    with _opened(folder / BILL) as file:
        file.write(bills.bill("doudi", version, held.pins, held.needs, digests))


def _opened(file: Path) -> TextIO:
    file.parent.mkdir(parents=True, exist_ok=True)
    return file.open("w", newline="\n", encoding="utf-8")


def _name(wheel: Path) -> str:
    return str(parse_wheel_filename(wheel.name)[0])


def _copy_texts(wheel: Path, folder: Path) -> int:
    """The licence texts a wheel carries beside its metadata; how many."""
    with zipfile.ZipFile(wheel) as opened:
        found = [one for one in opened.namelist() if ".dist-info/" in one and _TEXT.search(PurePosixPath(one).name)]
        for one in found:
            target = folder / one.split(".dist-info/", 1)[1].replace("/", "_")
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(opened.read(one))
    return len(found)
