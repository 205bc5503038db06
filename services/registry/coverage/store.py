"""Finding coverage: what somebody holds, all of it or on a day, with the days on which it is suspended."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, exists, or_
from sqlmodel import Session, col, select

from kit.auth import Caller
from kit.problems import NotFound
from kit.scope import lies_in, within
from registry.coverage.rules import MODES, Days, Status, covers_on, status_on
from registry.coverage.schemas import CoverageOut, SourceOut, SuspensionOut
from registry.coverage.tables import Coverage, Suspension
from registry.coverage.write_schemas import CoverageItemOut
from registry.persons.merges import owners, resolve
from registry.persons.tables import PersonVersion
from registry.times import NOW, Asked, believed, running, standing

BULK = 500
Pauses = Mapping[str, Sequence[Suspension]]  # coverage → its suspensions, in order of days


@dataclass(frozen=True)
class Wanted:
    """Which periods a list is narrowed to; `expiring`: phase-outs that end by that day."""

    person_id: str | None = None
    household_id: str | None = None
    area: str | None = None
    programme: str | None = None
    expiring: date | None = None


def of_persons(
    session: Session, caller: Caller, person_ids: Sequence[str], asked: Asked = NOW
) -> dict[str, list[Coverage]]:
    """Everything each person holds or held, or on the day asked about, within the caller's area, oldest first; what was
    written to somebody merged into it too."""
    found: dict[str, list[Coverage]] = {}
    whose = owners(session, person_ids, asked)
    ids = list(whose)
    for start in range(0, len(ids), BULK):
        query = select(Coverage).where(
            col(Coverage.person_id).in_(ids[start : start + BULK]),
            *running(Coverage, asked),
            within(caller, col(Coverage.area)),
        )
        for row in session.exec(query.order_by(col(Coverage.start), col(Coverage.coverage_id))):
            found.setdefault(whose[row.person_id], []).append(row)
    return found


def page(  # noqa: PLR0913, PLR0917 - who asks for which of them, as of when, from where and how many
    session: Session, caller: Caller, wanted: Wanted, asked: Asked, after: str, limit: int
) -> Sequence[Coverage]:
    """Periods within the caller's area with an id above `after`, in order of id. Somebody supported here and registered
    elsewhere is listed to whoever may see both places."""
    query = select(Coverage).where(
        col(Coverage.coverage_id) > after,
        *running(Coverage, asked),
        within(caller, col(Coverage.area)),
        _registered(caller, asked),
    )
    if wanted.area is not None:
        query = query.where(lies_in(caller, col(Coverage.area), wanted.area))
    if wanted.person_id is not None:
        whose = owners(session, [resolve(session, wanted.person_id, asked)], asked)
        query = query.where(col(Coverage.person_id).in_(list(whose)))
    for name in ("household_id", "programme"):
        if getattr(wanted, name) is not None:
            query = query.where(getattr(Coverage, name) == getattr(wanted, name))
    if wanted.expiring is not None:
        query = query.where(col(Coverage.phase_out_until) <= wanted.expiring)
    return session.exec(query.order_by(col(Coverage.coverage_id)).limit(limit)).all()


def _registered(caller: Caller, asked: Asked) -> ColumnElement[bool]:
    """Whether the person of a period is registered within the caller's area."""
    return exists().where(
        col(PersonVersion.person_id) == col(Coverage.person_id),
        *standing(PersonVersion, Asked(None, asked.known_at)),
        within(caller, col(PersonVersion.area)),
    )


def find(session: Session, caller: Caller, coverage_id: str, asked: Asked = NOW) -> Coverage:
    """A period within the caller's area, as believed. Raises NotFound."""
    query = select(Coverage).where(
        col(Coverage.coverage_id) == coverage_id, *believed(Coverage, asked), within(caller, col(Coverage.area))
    )
    found = session.exec(query).first()
    if found is None:
        raise NotFound
    return found


def versions(session: Session, caller: Caller, coverage_id: str) -> Sequence[Coverage]:
    """Everything ever believed of a period, oldest first, as far as it lay within the caller's area."""
    query = select(Coverage).where(col(Coverage.coverage_id) == coverage_id, within(caller, col(Coverage.area)))
    return session.exec(query.order_by(col(Coverage.recorded_at), col(Coverage.version))).all()


def pauses(session: Session, coverage_ids: Iterable[str], asked: Asked = NOW) -> Pauses:
    """The suspensions of these periods that were believed, in order of days."""
    ids, found = sorted(set(coverage_ids)), dict[str, list[Suspension]]()
    for start in range(0, len(ids), BULK):
        query = select(Suspension).where(
            col(Suspension.coverage_id).in_(ids[start : start + BULK]), *believed(Suspension, asked)
        )
        for row in session.exec(query.order_by(col(Suspension.start), col(Suspension.row_id))):
            found.setdefault(row.coverage_id, []).append(row)
    return found


def every_pause(session: Session, coverage_id: str) -> Sequence[Suspension]:
    """Everything ever believed of a period's suspensions, oldest first."""
    query = select(Suspension).where(col(Suspension.coverage_id) == coverage_id)
    return session.exec(query.order_by(col(Suspension.recorded_at), col(Suspension.row_id))).all()


def is_paid_on(day: date, asked: Asked = NOW) -> ColumnElement[bool]:
    """Of periods as believed those that are not suspended on the day."""
    return ~exists().where(
        col(Suspension.coverage_id) == col(Coverage.coverage_id),
        *believed(Suspension, asked),
        col(Suspension.start) <= day,
        or_(col(Suspension.end).is_(None), col(Suspension.end) >= day),
    )


def days_of(rows: Iterable[Suspension]) -> list[Days]:
    """The days of suspensions."""
    return [(row.start, row.end) for row in rows]


def status(row: Coverage, paused: Sequence[Suspension], day: date) -> tuple[Status, bool]:
    """What a period is on a day, and whether it covers."""
    phasing = None if row.phase_out_from is None else (row.phase_out_from, row.phase_out_until)
    days = days_of(paused)
    return (
        status_on((row.start, row.end), phasing, days, day),
        covers_on(row.programme, row.start, row.end, day, days),
    )


def out(row: Coverage, paused: Sequence[Suspension] = ()) -> CoverageOut:
    """A row on the wire."""
    source = None
    if row.source_import is not None and row.source_line is not None:
        source = SourceOut(import_id=row.source_import, line=row.source_line)
    told = row.model_dump(include=set(CoverageOut.model_fields) - {"uplift_grounds"})
    return CoverageOut(
        **told,
        mode=MODES.get(row.programme),
        uplift_grounds=row.uplift_grounds.split(",") if row.uplift_grounds else [],
        suspensions=[SuspensionOut(start=one.start, end=one.end, reason=one.reason) for one in paused],
        source=source,
    )


def item(row: Coverage, paused: Sequence[Suspension], day: date) -> CoverageItemOut:
    """A row on the wire, with what it is on the day."""
    standing, covers = status(row, paused, day)
    return CoverageItemOut(
        **out(row, paused).model_dump(),
        person_id=row.person_id,
        area=row.area,
        version=row.version,
        status=standing,
        covers=covers,
        recorded_at=row.recorded_at,
        superseded_at=row.superseded_at,
    )
