"""The matcher's hash-chained journal, and the keys of its repeated calls."""

from kit.idempotency import IdempotencyRow
from kit.journal import JournalRow
from matcher.table import Table


class Journal(JournalRow, Table, table=True):
    """Who did what and who saw whom; ids and counts only."""


class Idempotency(IdempotencyRow, Table, table=True):
    """Answers kept for seven days."""
