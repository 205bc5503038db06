"""The source of published releases, out of this clone's history."""

import subprocess
from pathlib import Path

import pytest

from kit.migrations import Release

ROOT = Path(__file__).resolve().parents[1]


def git(*words: str) -> bytes:
    """What git says in this clone."""
    return subprocess.run(["git", "-C", str(ROOT), *words], check=True, capture_output=True).stdout


def needs_history(release: Release) -> None:
    """Skips where the clone has only its newest commits (`git fetch --unshallow` brings the rest)."""
    held = ["git", "-C", str(ROOT), "cat-file", "-e", f"{release.commit}^{{commit}}"]
    if subprocess.run(held, capture_output=True, check=False).returncode != 0:
        pytest.skip(f"this clone lacks the commit of release {release.version}: git fetch --unshallow")


def unpacked(release: Release, folder: Path) -> Path:
    """Its services/ and deploy/ in `folder`."""
    needs_history(release)
    folder.mkdir(parents=True)
    packed = git("archive", release.commit, "services", "deploy")
    subprocess.run(["tar", "-x", "-C", str(folder)], input=packed, check=True)
    return folder
