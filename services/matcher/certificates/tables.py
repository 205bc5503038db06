"""Certificates: one per delivery, made with its links and made anew with them."""

from datetime import datetime
from typing import Any

from sqlmodel import Field

from kit.columns import Instant, Json
from matcher.table import Table


class BatchCertificate(Table, table=True):
    """The certificate of one batch's links under one model. `document` holds counts of groups, nothing of a record."""

    __tablename__ = "batch_certificate"

    batch_id: str = Field(primary_key=True, max_length=36)
    area: str = Field(max_length=12, index=True)
    model_version: str = Field(max_length=80)
    document: Any = Field(sa_type=Json)  # linkage.certify.Certificate.as_json
    made_at: datetime = Field(sa_type=Instant)
