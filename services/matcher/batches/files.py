"""What a batch carried, as sealed files: the delivery word for word, its records in chunks, rows, facts.

A delivery is one file, or parts and a list of them: putting them together on disk would only copy them.
"""

import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
import polars as pl

from matcher.sealed import FileMissing, Vault

_DERIVED = ("figures-", "diff-")
_OF_PARTS = "part-"


@dataclass(frozen=True)
class BatchFiles:
    """The files of batches; each can be written again with the same content, which changes nothing."""

    vault: Vault

    def keep_delivery(self, batch_id: str, content: bytes) -> None:
        """Spool the file as it came."""
        self.vault.put(f"{_folder(batch_id)}/delivery", content)

    def delivery(self, batch_id: str) -> bytes:
        """The file as it came. Raises FileMissing."""
        try:
            names = orjson.loads(self.vault.get(f"{_folder(batch_id)}/delivery-parts"))
        except FileMissing:
            return self.vault.get(f"{_folder(batch_id)}/delivery")
        return self.joined(batch_id, names)

    def joined(self, batch_id: str, names: Sequence[str]) -> bytes:
        """These parts as one file. Beside the whole never more than one part is held. Raises FileMissing."""
        whole = io.BytesIO()
        for piece in self.pieces(batch_id, names):
            whole.write(piece)
        return whole.getvalue()  # the buffer itself, not a copy of it

    def pieces(self, batch_id: str, names: Sequence[str]) -> Iterator[bytes]:
        """These parts one by one. Raises FileMissing."""
        return (self.vault.get(f"{_folder(batch_id)}/{name}") for name in names)

    def keep_part(self, batch_id: str, name: str, content: bytes) -> None:
        """Store a part; on disk when this returns."""
        self.vault.put(f"{_folder(batch_id)}/{name}", content)

    def keep_parts(self, batch_id: str, names: Sequence[str]) -> None:
        """From now on the delivery is these parts, in this order."""
        self.vault.put(f"{_folder(batch_id)}/delivery-parts", orjson.dumps(list(names)))

    def _below(self, batch_id: str, *prefixes: str) -> list[str]:
        return [name for name in self.vault.names(_folder(batch_id)) if name.rpartition("/")[2].startswith(prefixes)]

    def discard_delivery(self, batch_id: str) -> None:
        """Remove the file as it came; what was read of it stays."""
        for name in (f"{_folder(batch_id)}/delivery", *self._below(batch_id, _OF_PARTS, "delivery-")):
            self.vault.drop(name)

    def rewrite(self, batch_id: str, chunks: int, kept: Callable[[pl.DataFrame], pl.DataFrame]) -> None:
        """Put what `kept` leaves in the place of each chunk of records and of the facts."""
        for name in (*(f"records-{number:05d}" for number in range(chunks)), "facts"):
            path = f"{_folder(batch_id)}/{name}"
            frame = self.vault.get_frame(path)
            left = kept(frame)
            if left.height < frame.height:
                self.vault.put_frame(path, left)

    def discard(self, batch_id: str) -> None:
        """Remove everything of a batch that never came to be, or whose time is over."""
        self.vault.drop_folder(_folder(batch_id))

    def write_records(
        self, batch_id: str, records: pl.DataFrame, chunk_rows: int, on_chunk: Callable[[int], None]
    ) -> int:
        """Store the records in chunks; `on_chunk` hears how many rows are written. Gives the number of chunks."""
        written = 0
        for number, chunk in enumerate(records.iter_slices(chunk_rows)):
            self.vault.put_frame(f"{_folder(batch_id)}/records-{number:05d}", chunk)
            written = number + 1
            on_chunk(min(records.height, written * chunk_rows))
        for name in self._below(batch_id, "records-"):  # of an earlier reading that had more
            if int(name.rpartition("-")[2]) >= written:
                self.vault.drop(name)
        return written

    def records(self, batch_id: str, chunks: int, columns: Sequence[str]) -> pl.DataFrame:
        """`columns` of all records, in the order of the file; columns a feed has not are left out."""
        names = [f"{_folder(batch_id)}/records-{number:05d}" for number in range(chunks)]
        frames = [self.vault.get_frame(name) for name in names]
        if not frames:
            return pl.DataFrame(schema=dict.fromkeys(columns, pl.String))
        have = [name for name in columns if name in frames[0].columns]
        return pl.concat([frame.select(have) for frame in frames])

    def record(self, batch_id: str, chunks: int, line: int, columns: Sequence[str]) -> dict[str, Any] | None:
        """`columns` of one record, without those the feed has not; None for no such line. Opens no more chunks than it
        must."""
        for number in range(chunks):
            frame = self.vault.get_frame(f"{_folder(batch_id)}/records-{number:05d}")
            found = frame.filter(pl.col("line") == line)
            if found.height:
                return found.select([name for name in columns if name in frame.columns]).row(0, named=True)
        return None

    def write_rows(self, batch_id: str, rows: pl.DataFrame) -> None:
        """Store the outcome of each row: line, row_key, outcome, issues (JSON)."""
        self.vault.put_frame(f"{_folder(batch_id)}/rows", rows)

    def rows(self, batch_id: str) -> pl.DataFrame:
        """The outcome of each row. Raises FileMissing before validation."""
        return self.vault.get_frame(f"{_folder(batch_id)}/rows")

    def write_facts(self, batch_id: str, facts: pl.DataFrame) -> None:
        """Store what the records say, by record (feeds.facts.STATED)."""
        self.vault.put_frame(f"{_folder(batch_id)}/facts", facts)

    def facts(self, batch_id: str) -> pl.DataFrame:
        """What the records say. Raises FileMissing before validation."""
        return self.vault.get_frame(f"{_folder(batch_id)}/facts")

    def write_figures(self, batch_id: str, name: str, figures: bytes) -> None:
        """Keep what was counted from the rows and records, so that it is counted once."""
        self.vault.put(f"{_folder(batch_id)}/figures-{name}", figures)

    def figures(self, batch_id: str, name: str) -> bytes:
        """What was counted under that name. Raises FileMissing when nothing was yet."""
        return self.vault.get(f"{_folder(batch_id)}/figures-{name}")

    def forget_figures(self, batch_id: str) -> None:
        """The rows are read anew: what was counted of them is no longer so."""
        for name in self._below(batch_id, *_DERIVED):
            self.vault.drop(name)

    def write_diff(self, batch_id: str, base_id: str, lines: pl.DataFrame) -> None:
        """Keep what differs from the delivery `base_id`, so that it is compared once."""
        self.vault.put_frame(f"{_folder(batch_id)}/diff-{base_id}", lines)

    def diff(self, batch_id: str, base_id: str) -> pl.DataFrame:
        """What differs. Raises FileMissing when it was not compared yet."""
        return self.vault.get_frame(f"{_folder(batch_id)}/diff-{base_id}")

    def write_keys(self, batch_id: str, keys: pl.Series) -> None:
        """Keep which earlier records of its line a delta replaces or ends."""
        self.vault.put_frame(f"{_folder(batch_id)}/keys", keys.alias("key").to_frame())

    def keys(self, batch_id: str) -> pl.Series:
        """Which records a delta replaces or ends; none for one read before that was kept."""
        try:
            return self.vault.get_frame(f"{_folder(batch_id)}/keys")["key"]
        except FileMissing:
            return pl.Series("key", [], dtype=pl.String)


def _folder(batch_id: str) -> str:
    return f"batches/{batch_id}"
