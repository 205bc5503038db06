"""Are the packages of the locks fit to be used: pinned and hashed, none denied, and none with a known fault.

The first two are looked at here. The third is asked of a service on the internet, by pip-audit where it is installed;
where it is not, or nobody answers, that is said, and is no pass.
"""

import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import Requirement

IMAGES = ("deploy/registry.lock", "deploy/matcher.lock", "deploy/console.lock", "deploy/otel.lock")
LOCKS = ("requirements.lock", *IMAGES, "deploy/backup.lock", "deploy/pip.lock")
DENIED = "deploy/denied.txt"
NOT_ASKED = 3
_PINNED = re.compile(r"^([A-Za-z0-9_.-]+)(?:\[[^\]]*\])?==([^\s;\\]+)", re.MULTILINE)


@dataclass(frozen=True)
class Fault:
    """A line of a lock that will not do, and why."""

    lock: str
    line: str
    why: str


def faults(root: Path) -> Iterator[Fault]:
    """What is wrong with the locks below `root` by what they say themselves."""
    denied = [Requirement(line.partition("#")[0].strip()) for line in _lines((root / DENIED).read_text())]
    for lock in LOCKS:
        text = (root / lock).read_text()
        for block in re.split(r"\n(?=[A-Za-z0-9])", "\n".join(_lines(text))):
            pinned = _PINNED.match(block)
            head = block.split("\n", 1)[0].rstrip(" \\")
            if pinned is None:
                yield Fault(lock, head, "not pinned to one version")
            elif "--hash=sha256:" not in block:
                yield Fault(lock, head, "without a hash")
            else:
                yield from (Fault(lock, head, f"denied: {one}") for one in denied if _is_denied(pinned, one))


def _lines(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]


def _is_denied(pinned: re.Match[str], rule: Requirement) -> bool:
    name = re.sub(r"[-_.]+", "-", pinned[1]).lower()
    same = name == re.sub(r"[-_.]+", "-", rule.name).lower()
    return same and rule.specifier.contains(pinned[2], prereleases=True)


def check(root: Path) -> int:
    """Tell what was found; 0: nothing wrong, 1: something, 3: pip-audit could not be asked."""
    found = list(faults(root))
    for fault in found:
        print(f"{fault.lock}: {fault.line}: {fault.why}")
    program = shutil.which("pip-audit")
    if found:
        return 1
    print(f"锁文件逐项核对无误 · pinned, hashed, none denied: {', '.join(LOCKS)}", flush=True)
    if program is None:
        print("未做漏洞核对：没有 pip-audit（需联网）· known faults NOT asked for: pip-audit is not here")
        return NOT_ASKED
    return max(_ask(program, root / lock) for lock in LOCKS)


def _ask(program: str, lock: Path) -> int:
    """pip-audit over one lock. A package it could not ask about is no pass either (--strict)."""
    command = [program, "--strict", "--require-hashes", "--disable-pip", "--requirement", str(lock)]
    return 1 if subprocess.call(command) else 0
