"""The encoded people on disk, sealed, so that a process that starts need not encode everybody again.

An index is a run of pieces and a file that names them, written last: a killed writer leaves pieces nobody names, and
two writers at once never mix. What is lost or of another version is made anew, so nothing hangs on these files.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import orjson

from kit.columns import new_id
from kit.crypto import KeyProblem
from kit.logs import get_logger
from matcher.sealed import FileMissing, Vault

_log = get_logger("index_files")
FOLDER = "people-index"
PIECE = 32 << 20  # bytes sealed at once: bounds what sealing holds in memory, and lies far below what one seal can take


@dataclass(frozen=True)
class IndexFiles:
    """Encoded people by a name that says what they were made of."""

    vault: Vault

    def write(self, name: str, parts: Sequence[bytes]) -> None:
        """Keep these parts under `name`."""
        run, number, sizes = new_id(), 0, []
        for part in parts:
            view = memoryview(part)
            for start in range(0, len(view), PIECE):
                self.vault.put(_piece(run, number), bytes(view[start : start + PIECE]))
                number += 1
            sizes.append(len(view))
        self.vault.put(f"{FOLDER}/{name}", orjson.dumps({"run": run, "sizes": sizes}))

    def read(self, name: str) -> list[bytearray] | None:
        """The parts kept under `name`; None where they are not, or not whole and unaltered."""
        try:
            content = orjson.loads(self.vault.get(f"{FOLDER}/{name}"))
            return self._parts(content["run"], content["sizes"])
        except FileMissing:
            return None
        except KeyProblem:
            _log.warning("index_unreadable")
            return None

    def _parts(self, run: str, sizes: Sequence[int]) -> list[bytearray]:
        parts, number = [], 0
        for size in sizes:
            part = bytearray(size)
            for start in range(0, size, PIECE):
                part[start : start + PIECE] = self.vault.get(_piece(run, number))
                number += 1
            parts.append(part)
        return parts

    def sweep(self, name: str) -> None:
        """Remove everything but what `name` needs, which was just written. Only for the holder of the standing row."""
        run = orjson.loads(self.vault.get(f"{FOLDER}/{name}"))["run"]
        for other in self.vault.names(FOLDER):
            if other != f"{FOLDER}/{name}" and not other.startswith(f"{FOLDER}/{run}-"):
                self.vault.drop(other)


def _piece(run: str, number: int) -> str:
    return f"{FOLDER}/{run}-{number:05d}"
