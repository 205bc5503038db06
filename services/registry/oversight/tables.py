"""Legal holds, and the record of what was deleted when its time was over."""

from kit.holds import HoldRow
from kit.retention import DeletionRow, TurnRow
from registry.table import Table


class Hold(Table, HoldRow, table=True):
    """What no job of the registry may delete. `kind`: person, import, case, area."""

    __tablename__ = "legal_hold"


class Deletion(Table, DeletionRow, table=True):
    """One job's part of one pass."""

    __tablename__ = "deletion"


class RetentionTurn(Table, TurnRow, table=True):
    """Who is at the day's pass."""

    __tablename__ = "retention_turn"
