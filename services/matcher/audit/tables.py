"""The matcher's hash-chained journal, and the keys of its repeated calls."""

from kit.checkpoints import Chain, CheckpointRow
from kit.idempotency import IdempotencyRow
from kit.journal import JournalRow
from matcher.table import Table


class Journal(JournalRow, Table, table=True):
    """Who did what and who saw whom; ids and counts only."""


class JournalCheckpoint(CheckpointRow, Table, table=True):
    """What was vouched for."""

    __tablename__ = "journal_checkpoint"


CHAIN = Chain("matcher", Journal, JournalCheckpoint)


class Idempotency(IdempotencyRow, Table, table=True):
    """Answers kept for seven days."""
