"""What the registry derives of people, one sealed file per kind; the standing row names the files that count."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

import polars as pl

from kit.columns import new_id
from matcher.frames import FACT, conform
from matcher.sealed import Vault

FOLDER = "facts"
# As the registry tells a row; which feed and how sure is ours to say.
TOLD = {name: kind for name, kind in FACT.items() if name not in ("feed", "grade")}
_SENT = {**TOLD, "valid_from": pl.String, "valid_to": pl.String}
Kept = Mapping[str, Mapping[str, str]]  # kind → stamp, file


@dataclass
class FactFiles:
    """Reads and writes the files, and keeps the last reading in memory."""

    vault: Vault
    _files: tuple[str, ...] = ()
    _frame: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=TOLD), repr=False)

    def write(self, content: bytes) -> str:
        """A new file of NDJSON rows; it counts once the standing row names it."""
        name = f"{FOLDER}/{new_id()}"
        self.vault.put_frame(name, parsed(content))
        return name

    def read(self, kept: Kept) -> pl.DataFrame:
        """All rows of the files named (TOLD)."""
        wanted = tuple(kept[kind]["file"] for kind in sorted(kept))
        if wanted != self._files:
            frames = [conform(self.vault.get_frame(name), TOLD) for name in wanted]
            self._files, self._frame = wanted, pl.concat([pl.DataFrame(schema=TOLD), *frames])
        return self._frame

    def sweep(self, kept: Kept) -> None:
        """Remove the files no longer named. Only for the holder of the standing row."""
        named: Collection[str] = {one["file"] for one in kept.values()}
        for name in set(self.vault.names(FOLDER)) - set(named):
            self.vault.drop(name)


def parsed(content: bytes) -> pl.DataFrame:
    """NDJSON as it is told → TOLD."""
    if not content:
        return pl.DataFrame(schema=TOLD)
    frame = pl.read_ndjson(content, schema=_SENT)
    days = [pl.col(name).str.to_date("%Y-%m-%d", strict=False) for name in ("valid_from", "valid_to")]
    return conform(frame.with_columns(days), TOLD)
