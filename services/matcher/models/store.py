"""Model versions: installed once, never altered, one of them in force."""

from sqlalchemy import update
from sqlmodel import Session, col, select

from kit.columns import now
from matcher.models.tables import ModelRow


def active(session: Session) -> ModelRow | None:
    """The model in force, None before the first start."""
    return session.exec(select(ModelRow).where(col(ModelRow.active))).first()


def every(session: Session) -> list[ModelRow]:
    """All versions, the newest first."""
    return list(session.exec(select(ModelRow).order_by(col(ModelRow.created_at).desc(), ModelRow.version)))


def get(session: Session, version: str) -> ModelRow | None:
    """One version."""
    return session.get(ModelRow, version)


def install(session: Session, version: str, document: str) -> None:
    """Add a version; installing one that is there changes nothing. The first ever is put in force."""
    if session.get(ModelRow, version) is None:
        first = active(session) is None
        made = now()
        row = ModelRow(
            version=version, document=document, active=first, created_at=made, activated_at=made if first else None
        )
        session.add(row)
        session.flush()


def activate(session: Session, version: str) -> None:
    """Put `version` in force in the place of the other."""
    session.execute(update(ModelRow).values(active=False))
    session.execute(update(ModelRow).where(col(ModelRow.version) == version).values(active=True, activated_at=now()))
