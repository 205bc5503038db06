"""A row for every screening that brought something: what became of the list, and how many people were looked at."""

from datetime import date
from typing import Any

from sqlmodel import Session, col, select

from kit.columns import new_id, now
from matcher.leads.store import Applied
from matcher.leads.tables import Screening


def write(session: Session, day: date, done: Applied, figures: dict[str, Any], *, first: bool) -> None:
    """Note a screening. One that changed neither list nor figures is noted only as the first of its day."""
    last = latest(session)
    if not first and not done.moved and last is not None and last.figures == figures:
        return
    session.add(
        Screening(
            id=new_id(),
            as_of=day,
            made_at=now(),
            created=done.created,
            changed=done.changed,
            gone=done.withdrawn,
            suppressed=done.suppressed,
            returned=done.returned,
            unchanged=done.unchanged,
            waiting=done.waiting,
            open=done.open,
            figures=figures,
        )
    )


def latest(session: Session) -> Screening | None:
    """The newest screening of all."""
    return session.exec(select(Screening).order_by(col(Screening.id).desc()).limit(1)).first()
