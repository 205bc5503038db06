"""The journal's table."""

from kit.journal import JournalRow
from registry.table import Table


class JournalEntry(Table, JournalRow, table=True):
    """One entry of the registry's chain."""

    __tablename__ = "journal_entry"
