"""A hash-locked list read as what it pins, and which of it one machine needs.

What a package needs is asked of the packages installed here, which are those of the lock: no index is asked.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, requires
from typing import cast

from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from doudi.defects import Stop

PYTHON = "3.11"  # of a bundle and of the images


@dataclass(frozen=True)
class Pin:
    """One entry of a lock: name, version, the hashes of its files, and its text as it stands."""

    name: str
    version: str
    hashes: frozenset[str]
    text: str


def machine(architecture: str = "x86_64") -> dict[str, str]:
    """What markers are asked of: CPython 3.11 on Linux on that architecture."""
    here = cast(dict[str, str], default_environment())
    there = {"python_version": PYTHON, "python_full_version": f"{PYTHON}.0", "platform_machine": architecture}
    linux = {"sys_platform": "linux", "platform_system": "Linux", "os_name": "posix"}
    return here | linux | there | {"implementation_name": "cpython", "platform_python_implementation": "CPython"}


def pins(text: str, at: Mapping[str, str]) -> Iterator[Pin]:
    """The entries of a lock that a machine installs."""
    kept = "\n".join(line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#"))
    for block in re.split(r"\n(?=[A-Za-z0-9])", kept):
        need = Requirement(block.split("\\")[0].strip())
        if need.marker is None or need.marker.evaluate(dict(at)):
            version = next(iter(need.specifier)).version
            hashes = frozenset(re.findall(r"--hash=sha256:([0-9a-f]{64})", block))
            yield Pin(canonicalize_name(need.name), version, hashes, block)


def needed(roots: Iterable[str], at: Mapping[str, str]) -> dict[str, frozenset[str]]:
    """Everything these requirements bring, name → names it needs itself. Raises Stop for one that is not installed."""
    found: dict[str, frozenset[str]] = {}
    extras: dict[str, set[str]] = {}
    todo = [Requirement(root) for root in roots]
    while todo:
        need = todo.pop()
        name = canonicalize_name(need.name)
        asked = extras.setdefault(name, set())
        if name in found and need.extras <= asked:
            continue
        asked |= need.extras
        below = list(_needs_of(name, asked, at))
        found[name] = frozenset(canonicalize_name(one.name) for one in below)
        todo += below
    return found


def _needs_of(name: str, extras: Iterable[str], at: Mapping[str, str]) -> Iterator[Requirement]:
    try:
        told = requires(name) or []
    except PackageNotFoundError:
        raise Stop(
            f"{name} is not installed here: call ./run once, so that the environment is that of the lock"
        ) from None
    for line in told:
        need = Requirement(line)
        if need.marker is None or any(need.marker.evaluate(dict(at) | {"extra": one}) for one in ("", *extras)):
            yield need
