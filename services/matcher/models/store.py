"""Model versions: installed once, never altered, one of them in force."""

from dataclasses import dataclass
from typing import Any

from sqlmodel import Session, col, select, update

from kit.columns import now
from matcher.models.tables import ModelRow


@dataclass(frozen=True)
class Origin:
    """Where a version comes from: shipped | trained | thresholds, out of which version, for whom, with which card."""

    kind: str = "shipped"
    parent: str | None = None
    made_by: str | None = None
    card: Any = None


SHIPPED = Origin()


def active(session: Session) -> ModelRow | None:
    """The model in force, None before the first start."""
    return session.exec(select(ModelRow).where(col(ModelRow.active))).first()


def every(session: Session) -> list[ModelRow]:
    """All versions, the newest first."""
    return list(session.exec(select(ModelRow).order_by(col(ModelRow.created_at).desc(), ModelRow.version)))


def get(session: Session, version: str) -> ModelRow | None:
    """One version."""
    return session.get(ModelRow, version)


def install(session: Session, version: str, document: str, origin: Origin = SHIPPED) -> None:
    """Add a version; installing one that is there changes nothing. The first ever is put in force."""
    if session.get(ModelRow, version) is None:
        first = active(session) is None
        made = now()
        row = ModelRow(
            version=version,
            document=document,
            active=first,
            created_at=made,
            activated_at=made if first else None,
            origin=origin.kind,
            parent=origin.parent,
            made_by=origin.made_by,
            card=origin.card,
        )
        session.add(row)
        session.flush()


def activate(session: Session, version: str) -> None:
    """Put `version` in force in the place of the other."""
    session.exec(update(ModelRow).where(col(ModelRow.active)).values(active=False))
    session.exec(update(ModelRow).where(col(ModelRow.version) == version).values(active=True, activated_at=now()))


def activate_over(session: Session, version: str, before: str) -> bool:
    """The same if `before` is still in force; False, and nothing changed, when another took its place meanwhile."""
    mine = update(ModelRow).where(col(ModelRow.version) == before, col(ModelRow.active)).values(active=False)
    if session.exec(mine).rowcount != 1:
        return False
    activate(session, version)
    return True
