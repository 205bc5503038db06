"""What a batch carried, as sealed files: the delivery word for word, its records in chunks, rows, facts."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import polars as pl

from matcher.sealed import Vault


@dataclass(frozen=True)
class BatchFiles:
    """The files of batches; each can be written again with the same content, which changes nothing."""

    vault: Vault

    def keep_delivery(self, batch_id: str, content: bytes) -> None:
        """Spool the file as it came."""
        self.vault.put(f"{_folder(batch_id)}/delivery", content)

    def delivery(self, batch_id: str) -> bytes:
        """The file as it came. Raises FileMissing."""
        return self.vault.get(f"{_folder(batch_id)}/delivery")

    def discard_delivery(self, batch_id: str) -> None:
        """Remove the file as it came; what was read of it stays."""
        self.vault.drop(f"{_folder(batch_id)}/delivery")

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
        return written

    def records(self, batch_id: str, chunks: int, columns: Sequence[str]) -> pl.DataFrame:
        """`columns` of all records, in the order of the file; columns a feed has not are left out."""
        names = [f"{_folder(batch_id)}/records-{number:05d}" for number in range(chunks)]
        frames = [self.vault.get_frame(name) for name in names]
        if not frames:
            return pl.DataFrame(schema=dict.fromkeys(columns, pl.String))
        have = [name for name in columns if name in frames[0].columns]
        return pl.concat([frame.select(have) for frame in frames])

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


def _folder(batch_id: str) -> str:
    return f"batches/{batch_id}"
