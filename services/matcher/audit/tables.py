"""The matcher's hash-chained journal, the keys of its repeated calls, the count of its dear ones, and who was told whom
today."""

from kit.checkpoints import Chain, CheckpointRow
from kit.idempotency import IdempotencyRow
from kit.journal import JournalRow
from kit.limits import LimitRow
from kit.reveals import RevealRow
from matcher.table import Table


class Journal(JournalRow, Table, table=True):
    """Who did what and who saw whom; ids and counts only."""


class JournalCheckpoint(CheckpointRow, Table, table=True):
    """What was vouched for."""

    __tablename__ = "journal_checkpoint"


CHAIN = Chain("matcher", Journal, JournalCheckpoint)


class Idempotency(IdempotencyRow, Table, table=True):
    """Answers kept for seven days."""


class CallCount(LimitRow, Table, table=True):
    """How often dear calls were made this minute."""

    __tablename__ = "call_count"


class Reveal(RevealRow, Table, table=True):
    """Whom each caller was told unmasked today and yesterday."""
