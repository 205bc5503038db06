"""Make the bundle of the commit at hand: source, wheels, licences, bills of materials, checksums, one tar.

The same commit and the same lock give the same bytes: names are sorted, times are the commit's, owners nobody's.
"""

import hashlib
import json
import shutil
import subprocess
import tarfile
import tempfile
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from doudi.bundle import papers, wheels
from doudi.defects import Stop
from doudi.locks import PYTHON

CHECKSUMS = "SHA256SUMS"
FACTS = "bundle.json"
TOLD = "安装说明.md"
_TEMPLATE = Path(__file__).with_name("installing.md")


@dataclass(frozen=True)
class Wish:
    """What the bundle is to hold: for which machines, and whether the tests' packages too."""

    architectures: tuple[str, ...] = ("x86_64",)
    with_tests: bool = False


@dataclass(frozen=True)
class Commit:
    """What is bundled."""

    version: str
    id: str
    seconds: int  # when it was made, since 1970

    @property
    def name(self) -> str:
        """What the bundle and the folder in it are called."""
        return f"doudi-offline-{self.version}-{self.id[:8]}"


def make_bundle(root: Path, out: Path, wish: Wish, say: Callable[[str], None]) -> Path:
    """Write the bundle of `root`'s commit into `out`, and its checksum beside it; the file. Raises Stop."""
    commit = _commit(root)
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".bundle-", dir=out) as place:
        folder = Path(place) / commit.name
        say(f"源代码 · the source at {commit.id[:8]}")
        _take_source(root, folder)
        say(f"软件包 · wheels for {', '.join(wish.architectures)}")
        held = wheels.gather(folder, wish.architectures, with_tests=wish.with_tests)
        say("许可证、软件清单、校验 · licences, bills of materials, checksums")
        papers.write(folder, held, commit.version)
        _write_facts(folder, commit, wish, held)
        _write_checksums(folder)
        file = _pack(folder, out / f"{commit.name}.tar", commit.seconds)
    _beside(file).write_text(f"{_digest(file)}  {file.name}\n")
    return file


def _commit(root: Path) -> Commit:
    if not (root / ".git").exists():
        raise Stop(f"{root} is no clone: a bundle is made of a commit, in a developer's clone")
    if changed := _git(root, "status", "--porcelain"):
        raise Stop(f"a bundle is of a commit, and this is not one: commit or stash first\n{changed}")
    version = tomllib.loads((root / "pyproject.toml").read_text())["project"]["version"]
    identity, seconds = _git(root, "log", "-1", "--format=%H %ct").split()
    return Commit(version, identity, int(seconds))


def _git(root: Path, *words: str) -> str:
    program = shutil.which("git")
    if program is None:
        raise Stop("git is not on this machine, and a bundle is of a commit")
    done = subprocess.run([program, "-C", str(root), *words], capture_output=True, text=True, check=False)
    if done.returncode:
        raise Stop(f"git {words[0]}: {done.stderr.strip()}")
    return done.stdout.strip()


def _take_source(root: Path, folder: Path) -> None:
    archive = folder.with_suffix(".source")
    _git(root, "archive", "--output", str(archive), "--format", "tar", "HEAD")
    with tarfile.open(archive) as opened:
        opened.extractall(folder, filter="data")
    archive.unlink()


def _write_facts(folder: Path, commit: Commit, wish: Wish, held: wheels.Held) -> None:
    facts = {
        "version": commit.version,
        "commit": commit.id,
        "python": PYTHON,
        "architectures": sorted(wish.architectures),
        "glibc": held.glibc,
        "with_tests": wish.with_tests,
        "packages": len(held.pins),
    }
    (folder / FACTS).write_text(json.dumps(facts, indent=1) + "\n")
    (folder / TOLD).write_text(_filled(_TEMPLATE.read_text(), {"name": commit.name, **facts}))


def _filled(text: str, facts: dict[str, Any]) -> str:
    for name, value in facts.items():
        text = text.replace(f"{{{name}}}", "、".join(value) if isinstance(value, list) else str(value))
    return text


def _write_checksums(folder: Path) -> None:
    """As `sha256sum` writes and checks them."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    lines = [f"{_digest(path)}  {path.relative_to(folder).as_posix()}\n" for path in files]
    (folder / CHECKSUMS).write_text("".join(lines))


def _pack(folder: Path, file: Path, seconds: int) -> Path:
    """Not compressed: wheels are already, and a plain tar is opened everywhere."""
    unfinished = file.with_suffix(".part")

    def same(entry: tarfile.TarInfo) -> tarfile.TarInfo:
        entry.uid = entry.gid = 0
        entry.uname = entry.gname = "root"
        entry.mtime = seconds
        entry.mode = 0o755 if entry.isdir() or entry.mode & 0o100 else 0o644
        return entry

    with tarfile.open(unfinished, "w", format=tarfile.PAX_FORMAT) as archive:
        archive.add(folder, folder.name, recursive=False, filter=same)
        for path in sorted(folder.rglob("*")):
            archive.add(path, f"{folder.name}/{path.relative_to(folder).as_posix()}", recursive=False, filter=same)
    shutil.move(unfinished, file)
    return file


def _beside(file: Path) -> Path:
    return file.with_name(f"{file.name}.sha256")


def _digest(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
