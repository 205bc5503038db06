"""Frames and files on disk, encrypted: what a batch carried, and the snapshot of the people.

A sealed file is bound to its name, so that it opens nowhere else, and is written whole or not at all
(written aside, flushed, renamed): a killed worker leaves the old file or the new one, never half a file.
"""

import io
import os
import secrets
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from kit.crypto import KeyRing

SUFFIX = ".sealed"


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
        aside = path.with_name(f"{path.name}.{secrets.token_hex(8)}.part")
        with aside.open("wb") as file:
            file.write(self.ring.seal(data, _context(name)))
            file.flush()
            os.fsync(file.fileno())
        aside.replace(path)

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
        self._path(name).unlink(missing_ok=True)

    def drop_folder(self, folder: str) -> None:
        """Remove a folder with all its files; none there is fine."""
        shutil.rmtree(self.root / folder, ignore_errors=True)

    def _path(self, name: str) -> Path:
        return self.root / f"{name}{SUFFIX}"


def _context(name: str) -> str:
    return f"file:{name}"
