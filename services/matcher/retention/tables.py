"""What no job may delete, and what jobs deleted."""

from kit.holds import HoldRow
from kit.retention import DeletionRow, TurnRow
from matcher.table import Table


class Hold(HoldRow, Table, table=True):
    """What no job of the matcher may delete. `kind`: subject (a registered person too), batch, case, area."""

    __tablename__ = "legal_hold"


class Deletion(DeletionRow, Table, table=True):
    """One job's part of one pass."""

    __tablename__ = "deletion"


class RetentionTurn(TurnRow, Table, table=True):
    """Who is at the day's pass."""

    __tablename__ = "retention_turn"
