"""The wheelhouse: every wheel of the lock that the product needs, by hash, for the machines wished for, and pip."""

import re
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from doudi.defects import Stop
from doudi.locks import PYTHON, Pin, machine, needed, pins

HOUSE = "wheelhouse"
LOCK = "requirements.lock"
INSTALLER = "deploy/pip.lock"
ARCHITECTURES = ("x86_64", "aarch64")
# The newest C library a wheel may ask for: Debian 12's. Older ones are taken too, down to what wheels are made for.
NEWEST_GLIBC, OLDEST_GLIBC = 36, 17
_ABIS = ("cp311", "abi3", "none")
_OF_GLIBC = re.compile(r"manylinux_2_(\d+)_|manylinux(2014)_")


@dataclass(frozen=True)
class Held:
    """What lies in the wheelhouse: pins by name, what each needs, and the oldest C library all wheels do with."""

    pins: dict[str, Pin]
    needs: dict[str, frozenset[str]]
    glibc: str


def gather(folder: Path, architectures: Iterable[str], *, with_tests: bool) -> Held:
    """Fill `folder`/wheelhouse and write the lock of what lies in it. Raises Stop."""
    house = folder / HOUSE
    house.mkdir()
    project = tomllib.loads((folder / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    tests = [line for line in extras["dev"] if not line.startswith("doudi[")] if with_tests else []
    roots = [*project["dependencies"], *extras["otel"], *tests]
    held: dict[str, Pin] = {}
    needs: dict[str, frozenset[str]] = {}
    for architecture in architectures:
        at = machine(architecture)
        needs |= needed(roots, at)
        found = {pin.name: pin for pin in pins((folder / LOCK).read_text(), at) if pin.name in needs}
        if missing := sorted(needs.keys() - found.keys()):
            raise Stop(f"{LOCK} lacks {', '.join(missing)}: lock again")
        held |= found
        (house / LOCK).write_text("".join(f"{pin.text}\n" for _, pin in sorted(held.items())))
        _download(house, [house / LOCK, folder / INSTALLER], architecture)
    return Held(dict(sorted(held.items())), needs, f"2.{_least_glibc(house)}")


def _download(house: Path, lists: Sequence[Path], architecture: str) -> None:
    """By hash, wheels alone: whatever has none would have to be built on a server that has no compiler."""
    if architecture not in ARCHITECTURES:
        raise Stop(f"no wheels are gathered for {architecture}: {', '.join(ARCHITECTURES)}")
    command = [sys.executable, "-m", "pip", "download", "-qq", "--disable-pip-version-check", "--no-deps"]
    command += ["--require-hashes", "--only-binary", ":all:", "--python-version", PYTHON, "--implementation", "cp"]
    platforms = [f"manylinux_2_{number}_{architecture}" for number in range(NEWEST_GLIBC, OLDEST_GLIBC - 1, -1)]
    platforms += [f"manylinux2014_{architecture}", f"linux_{architecture}"]
    command += [word for abi in _ABIS for word in ("--abi", abi)]
    command += [word for one in platforms for word in ("--platform", one)]
    command += [word for one in lists for word in ("-r", str(one))]
    if subprocess.call([*command, "--dest", str(house)]) != 0:
        raise Stop(f"not all wheels for {architecture} could be had: see above")


def _least_glibc(house: Path) -> int:
    """The C library the most demanding wheel asks for; a wheel with several tags does with the oldest."""
    asked = [
        min(int(found[1] or OLDEST_GLIBC) for found in tags)
        for wheel in house.glob("*.whl")
        if (tags := list(_OF_GLIBC.finditer(wheel.name)))
    ]
    return max(asked, default=OLDEST_GLIBC)
