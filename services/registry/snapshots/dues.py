"""What each division owes of a month: its ledger frozen, signed, reported by the day (L10)."""

from sqlmodel import col, or_, select

from kit.scope import within
from registry.areas.tables import Area
from registry.desk import Desk
from registry.settings import today
from registry.snapshots.schemas import MonthDueOut, MonthDuesOut
from registry.snapshots.store import REPORT, SIGN, due_on, steps_of
from registry.snapshots.tables import Snapshot


def month_dues(desk: Desk, area: str, month: str) -> MonthDuesOut:
    """The divisions directly below the area as they stand today, each with its newest snapshot of the month."""
    session, day = desk.session, today(desk.settings)
    below = session.exec(
        select(Area.code, Area.name)
        .where(col(Area.parent) == area, col(Area.valid_from) <= day, within(desk.caller, col(Area.code)))
        .where(or_(col(Area.valid_to).is_(None), col(Area.valid_to) > day))
        .order_by(col(Area.code))
    ).all()
    names = {code: name for code, name in below if code != area}
    query = select(Snapshot).where(
        col(Snapshot.area).in_(sorted(names)), col(Snapshot.month) == month, within(desk.caller, col(Snapshot.area))
    )
    newest = {row.area: row for row in session.exec(query.order_by(col(Snapshot.snapshot_id)))}
    steps = steps_of(session, [row.snapshot_id for row in newest.values()])
    due = due_on(month, desk.settings.ledger_report_day)

    def owed(code: str, name: str) -> MonthDueOut:
        row = newest.get(code)
        done = steps.get(row.snapshot_id, {}) if row else {}
        signed, reported = done.get(SIGN), done.get(REPORT)
        return MonthDueOut(
            area=code,
            area_name=name,
            snapshot_id=row and row.snapshot_id,
            number=row and row.number,
            signed_at=signed and signed.at,
            reported_at=reported and reported.at,
            due_on=due,
            late=(reported.on_day if reported else day) > due,
        )

    return MonthDuesOut(area=area, month=month, divisions=[owed(code, name) for code, name in names.items()])
