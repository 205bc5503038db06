"""Certificates in the database: written with the links they speak of."""

from typing import Any

from sqlmodel import Session

from kit.columns import now
from matcher.certificates.tables import BatchCertificate


def replace(session: Session, batch_id: str, area: str, model_version: str, document: dict[str, Any]) -> None:
    """Put this certificate in the place of the batch's last one."""
    row = session.get(BatchCertificate, batch_id) or BatchCertificate(
        batch_id=batch_id, area=area, model_version=model_version, document=document, made_at=now()
    )
    row.area, row.model_version, row.document, row.made_at = area, model_version, document, now()
    session.add(row)


def of_batch(session: Session, batch_id: str) -> BatchCertificate | None:
    """The certificate of a batch, None before it is linked."""
    return session.get(BatchCertificate, batch_id)
