"""The journal's tables, and who was told whom today."""

from kit.checkpoints import Chain, CheckpointRow
from kit.journal import JournalRow
from kit.reveals import RevealRow
from registry.table import Table


class JournalEntry(Table, JournalRow, table=True):
    """One entry of the registry's chain."""

    __tablename__ = "journal_entry"


class JournalCheckpoint(Table, CheckpointRow, table=True):
    """What was vouched for."""

    __tablename__ = "journal_checkpoint"


CHAIN = Chain("registry", JournalEntry, JournalCheckpoint)


class Reveal(Table, RevealRow, table=True):
    """Whom each caller was told unmasked today and yesterday."""

    __tablename__ = "reveal"
