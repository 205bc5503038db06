"""How many rows a kind of fact had when it was last told: to know beforehand what a fetch will bring."""

from sqlmodel import Field

from registry.table import Table


class FactCount(Table, table=True):
    """One kind as told to the followers of one area; counts only while the stamp is the same."""

    __tablename__ = "fact_count"

    count_id: str = Field(primary_key=True, max_length=48)  # kind and area
    stamp: str = Field(max_length=32)
    rows: int
