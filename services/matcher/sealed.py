"""Frames and files on disk, encrypted: what a batch carried, and the snapshot of the people.

A sealed file is bound to its name, so that it opens nowhere else, and is written whole or not at all
(written aside, flushed, renamed): a killed worker leaves the old file or the new one, never half a file.
"""

import fcntl
import io
import os
import re
import secrets
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from kit.crypto import KEY_ID_BYTES, KeyRing

SUFFIX = ".sealed"
ASIDE = ".part"  # what is being written, and what a killed process left of it
HIDDEN = "."  # how a folder below a root begins that holds no files of the vault's: what a backup put aside there
LONGEST = 200
NAME = re.compile(r"[a-z0-9][A-Za-z0-9_-]*(/[a-z0-9][A-Za-z0-9_-]*)*")


class FileMissing(Exception):
    """A sealed file the database names is not on disk."""


@dataclass(frozen=True)
class Vault:
    """Sealed files below `root`, by name (`batches/<id>/records-0000`)."""

    root: Path
    ring: KeyRing

    def put(self, name: str, data: bytes) -> None:
        """Write (or replace) the file `name`."""
        path = self._path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        aside = path.with_name(f"{path.name}.{secrets.token_hex(8)}{ASIDE}")
        try:
            _write(aside, self.ring.seal(data, _context(name)))
            with self._turn(fcntl.LOCK_SH):
                aside.replace(path)
        except BaseException:  # a full disk is not to be kept full by what was not written
            aside.unlink(missing_ok=True)
            raise
        _flush_folder(path.parent)

    def get(self, name: str) -> bytes:
        """Read the file `name`. Raises FileMissing, or KeyProblem when it was altered."""
        try:
            return self.ring.open(self._path(name).read_bytes(), _context(name))
        except FileNotFoundError:
            raise FileMissing(name) from None

    def get_writable(self, name: str) -> bytearray:
        """As `get`, in memory of its own that may be written to: what is large need not be copied to be used."""
        try:
            return self.ring.open_writable(self._path(name).read_bytes(), _context(name))
        except FileNotFoundError:
            raise FileMissing(name) from None

    def put_frame(self, name: str, frame: pl.DataFrame) -> None:
        """Write `frame` as Parquet."""
        buffer = io.BytesIO()
        frame.write_parquet(buffer, compression="zstd", compression_level=1)
        self.put(name, buffer.getvalue())

    def get_frame(self, name: str, columns: Sequence[str] | None = None) -> pl.DataFrame:
        """Read a frame, or only `columns` of it."""
        return pl.read_parquet(io.BytesIO(self.get(name)), columns=list(columns) if columns is not None else None)

    def names(self, folder: str) -> list[str]:
        """The names directly below `folder`, in order."""
        below = (self.root / folder).glob(f"*{SUFFIX}")
        return sorted(f"{folder}/{path.name.removesuffix(SUFFIX)}" for path in below)

    def drop(self, name: str) -> None:
        """Remove one file; none there is fine."""
        with self._turn(fcntl.LOCK_SH):
            self._path(name).unlink(missing_ok=True)

    def drop_folder(self, folder: str) -> None:
        """Remove a folder with all its files; none there is fine."""
        with self._turn(fcntl.LOCK_SH):
            shutil.rmtree(self.root / _checked(folder), ignore_errors=True)

    def every(self) -> Iterator[tuple[str, str]]:
        """Every file's name, and the id of the key that sealed it."""
        for path in sorted(self.root.rglob(f"*{SUFFIX}")):
            if path.relative_to(self.root).parts[0].startswith(HIDDEN):
                continue
            try:
                with path.open("rb") as file:
                    key = file.read(KEY_ID_BYTES).hex()
            except FileNotFoundError:  # swept meanwhile
                continue
            yield str(path.relative_to(self.root)).removesuffix(SUFFIX), key

    def reseal(self, name: str) -> bool:
        """Seal one file by the key that writes now. False where it was replaced or removed meanwhile: a file that was
        dropped must not come back. Raises KeyProblem."""
        path, aside = self._path(name), self.root / f".{secrets.token_hex(8)}{ASIDE}"
        try:
            was = path.stat()
            _write(aside, self.ring.seal(self.get(name), _context(name)))
            if (was.st_uid, was.st_gid) != (os.geteuid(), os.getegid()):  # an operator may be root; the service is not
                os.chown(aside, was.st_uid, was.st_gid)
            aside.chmod(was.st_mode)
            with self._turn(fcntl.LOCK_EX):
                now = path.stat()
                if (now.st_ino, now.st_mtime_ns) != (was.st_ino, was.st_mtime_ns):
                    return False
                aside.replace(path)
        except (FileNotFoundError, FileMissing):
            return False
        finally:
            aside.unlink(missing_ok=True)
        return True

    @contextmanager
    def _turn(self, kind: int) -> Iterator[None]:
        """Whoever replaces or removes files does it beside others, but not while one is sealed anew."""
        self.root.mkdir(parents=True, exist_ok=True)
        handle = os.open(self.root, os.O_RDONLY)
        try:
            fcntl.flock(handle, kind)
            yield
        finally:
            os.close(handle)

    def _path(self, name: str) -> Path:
        return self.root / f"{_checked(name)}{SUFFIX}"


def _write(path: Path, data: bytes) -> None:
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _flush_folder(folder: Path) -> None:
    """A name given to a file lasts through a power cut once its folder is on disk. One that was dropped meanwhile
    took the file with it."""
    try:
        handle = os.open(folder, os.O_RDONLY)
    except FileNotFoundError:
        return
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _checked(name: str) -> str:
    """Names are of our own making: ids and words. One that is not would be a caller's, and is a mistake of ours."""
    if len(name) > LONGEST or not NAME.fullmatch(name):
        raise ValueError("not a name of a sealed file")
    return name


def _context(name: str) -> str:
    return f"file:{name}"
