"""Compiled functions are kept where the installation says, and used where it cannot be written."""

import os
from pathlib import Path

import pytest

from matcher.linkage import kernel


def read_only(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """As it is for a service whose installation belongs to somebody else; the tests may run as root."""
    allowed = os.access
    monkeypatch.setattr(os, "access", lambda path, mode: not str(path).startswith(str(folder)) and allowed(path, mode))


def test_the_environment_names_the_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(kernel.FOLDER, str(tmp_path / "kept"))
    assert kernel._folder().parent == tmp_path / "kept"


def test_a_read_only_installation_is_copied(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(kernel.FOLDER, str(tmp_path / "kept"))
    kept = kernel._folder()
    kept.mkdir(parents=True)
    (kept / "one.nbc").write_bytes(b"code")
    read_only(monkeypatch, tmp_path / "kept")
    monkeypatch.setattr(kernel.tempfile, "tempdir", str(tmp_path))
    own = kernel._folder()
    assert own.parent == tmp_path
    assert (own / "one.nbc").read_bytes() == b"code"
    assert own.stat().st_mode & 0o077 == 0


def test_a_folder_somebody_else_may_write_is_not_trusted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(kernel.FOLDER, str(tmp_path / "kept"))
    kept = kernel._folder()
    kept.mkdir(parents=True)
    read_only(monkeypatch, tmp_path / "kept")
    monkeypatch.setattr(kernel.tempfile, "tempdir", str(tmp_path))
    (tmp_path / f"doudi-{kept.name}-{os.getuid()}").mkdir(mode=0o777)
    (tmp_path / f"doudi-{kept.name}-{os.getuid()}").chmod(0o777)
    assert kernel._folder().name != f"doudi-{kept.name}-{os.getuid()}"
