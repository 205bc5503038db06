"""The packages that went to the province and came from it, by number. What is in them is not kept."""

from datetime import datetime

from sqlalchemy import UniqueConstraint
from sqlmodel import Field

from kit.columns import Instant, Json
from registry.table import Table


class ProvincialPackage(Table, table=True):
    """One package. Of a layout, a direction and an area the numbers run from 1; a gap is told, never filled."""

    __tablename__ = "provincial_package"
    __table_args__ = (UniqueConstraint("layout", "direction", "area", "sequence"),)

    package_id: str = Field(primary_key=True, max_length=36)
    layout: str = Field(max_length=40)
    direction: str = Field(max_length=3)  # out | in
    sequence: int
    area: str = Field(max_length=12, index=True)
    client_id: str = Field(max_length=36)
    sha256: str = Field(max_length=64)  # of the manifest, which names the digest of each file
    files: list[str] = Field(sa_type=Json)
    made_at: datetime = Field(sa_type=Instant)
