"""Frames, drawing, drawing again, findings."""

import base64
import gzip
import secrets
from collections.abc import Sequence

from sqlalchemy import ColumnElement, func, or_
from sqlalchemy import case as when
from sqlalchemy import select as select_rows
from sqlmodel import Session, col, select

from kit.auth import Caller
from kit.columns import new_id, now
from kit.crypto import KeyRing
from kit.problems import NotFound
from kit.scope import below, lies_in, prefix, within
from registry.areas.tables import Area
from registry.coverage.rules import COVERING
from registry.coverage.tables import Coverage
from registry.desk import Desk
from registry.ledger.outcome_codes import WRONG
from registry.ledger.store import kept_open, overdue_on
from registry.ledger.tables import Case, CaseItem
from registry.samples.draw import Unit, digest_of, draw
from registry.samples.problems import NothingToDraw
from registry.samples.schemas import FindingIn, PickOut, RedrawnOut, SampleIn, SampleOut
from registry.samples.tables import Sample, SamplePick
from registry.settings import today
from registry.times import Asked, running

FINDING = "sample.finding"
# What makes a case worth a second look, added to 1.
OVERDUE, REOPENED, FLAGGED, WRONG_COVERAGE = 3, 2, 2, 2


def take(desk: Desk, body: SampleIn) -> Sample:
    """Draw, and keep seed, frame and picks. Raises NothingToDraw."""
    frame = sorted(_frame(desk, body), key=lambda one: one.unit)
    if not frame:
        raise NothingToDraw
    seed = body.seed or secrets.token_hex(8)
    picks = draw(seed, frame, body.size)
    row = Sample(
        sample_id=new_id(),
        **body.model_dump(exclude={"seed", "size"}),
        seed=seed,
        size=len(picks),
        frame_size=len(frame),
        frame_digest=digest_of(frame),
        frame_packed=_packed(frame),
        drawn_on=today(desk.settings),
        drawn_at=now(),
        drawn_by=desk.caller.client_id,
    )
    desk.session.add(row)
    desk.session.flush()
    for place, one in enumerate(picks, start=1):
        desk.session.add(
            SamplePick(
                pick_id=new_id(), sample_id=row.sample_id, place=place, unit=one.unit, area=one.area, weight=one.weight
            )
        )
    desk.session.flush()
    return row


def _frame(desk: Desk, body: SampleIn) -> list[Unit]:
    if body.of == "beneficiaries":
        return _beneficiaries(desk, body)
    cases = _cases(desk, body)
    return cases if body.of == "cases" else _townships(desk, body, cases)


def _cases(desk: Desk, body: SampleIn) -> list[Unit]:
    day = today(desk.settings)
    wrong = select_rows(col(CaseItem.case_id)).where(col(CaseItem.kind) == WRONG)
    points = (
        _points(overdue_on(day), OVERDUE)
        + _points(col(Case.reopened) > 0, REOPENED)
        + _points(col(Case.flag).is_not(None), FLAGGED)
        + _points(col(Case.case_id).in_(wrong), WRONG_COVERAGE)
    )
    query = select_rows(col(Case.case_id), col(Case.area), points).where(
        within(desk.caller, col(Case.area)), kept_open(desk.caller), lies_in(desk.caller, col(Case.area), body.area)
    )
    if body.first is not None:
        query = query.where(col(Case.opened_on) >= body.first)
    if body.last is not None:
        query = query.where(col(Case.opened_on) <= body.last)
    rows = desk.session.execute(query).all()
    return [Unit(case_id, area, 1 + (risk if body.weighted else 0)) for case_id, area, risk in rows]


def _points(condition: ColumnElement[bool], number: int) -> ColumnElement[int]:
    return when((condition, number), else_=0)


def _townships(desk: Desk, body: SampleIn, cases: Sequence[Unit]) -> list[Unit]:
    """Townships of the area as they stand today; by risk, one point for each point of their cases."""
    day = today(desk.settings)
    query = select(Area.code).where(
        col(Area.level) == "township",
        below(col(Area.code), prefix(body.area)),
        within(desk.caller, col(Area.code)),
        col(Area.valid_from) <= day,
        or_(col(Area.valid_to).is_(None), col(Area.valid_to) > day),
    )
    risk: dict[str, int] = {}
    for one in cases:
        town = one.area[:9].ljust(12, "0")
        risk[town] = risk.get(town, 0) + one.weight - 1
    return [Unit(code, code, 1 + (risk.get(code, 0) if body.weighted else 0)) for code in desk.session.exec(query)]


def _beneficiaries(desk: Desk, body: SampleIn) -> list[Unit]:
    """Everybody supported today, once."""
    query = (
        select_rows(col(Coverage.person_id), func.min(col(Coverage.area)))
        .where(
            *running(Coverage, Asked(today(desk.settings))),
            col(Coverage.programme).in_(sorted(COVERING)),
            within(desk.caller, col(Coverage.area)),
            lies_in(desk.caller, col(Coverage.area), body.area),
        )
        .group_by(col(Coverage.person_id))
    )
    return [Unit(person_id, area, 1) for person_id, area in desk.session.execute(query)]


def _packed(frame: Sequence[Unit]) -> str:
    told = "\n".join(f"{one.unit}|{one.area}|{one.weight}" for one in frame)
    return base64.b64encode(gzip.compress(told.encode(), mtime=0)).decode()


def frame_of(row: Sample) -> list[Unit]:
    """The frame as it was kept."""
    told = gzip.decompress(base64.b64decode(row.frame_packed)).decode()
    return [Unit(unit, area, int(weight)) for unit, area, weight in (line.split("|") for line in told.splitlines())]


def find(session: Session, caller: Caller, sample_id: str) -> Sample:
    """A sample of the caller's area. Raises NotFound."""
    query = select(Sample).where(col(Sample.sample_id) == sample_id, within(caller, col(Sample.area)))
    found = session.exec(query).first()
    if found is None:
        raise NotFound
    return found


def page(session: Session, caller: Caller, before: str | None, limit: int) -> Sequence[tuple[Sample, int]]:
    """Samples of the caller's area, the newest first, each with how many of its picks have a finding."""
    found = select_rows(func.count()).where(
        col(SamplePick.sample_id) == col(Sample.sample_id), col(SamplePick.result).is_not(None)
    )
    query = select(Sample, found.scalar_subquery()).where(within(caller, col(Sample.area)))
    if before is not None:
        query = query.where(col(Sample.sample_id) < before)
    return session.exec(query.order_by(col(Sample.sample_id).desc()).limit(limit)).all()


def picks_of(session: Session, row: Sample) -> Sequence[SamplePick]:
    """What was drawn, in the order of drawing."""
    query = select(SamplePick).where(col(SamplePick.sample_id) == row.sample_id)
    return session.exec(query.order_by(col(SamplePick.place))).all()


def redraw(session: Session, row: Sample) -> RedrawnOut:
    """Draw again from the kept frame by the kept seed, and compare."""
    frame, kept = frame_of(row), picks_of(session, row)
    again = draw(row.seed, frame, row.size)
    same = [one.unit == other.unit for one, other in zip(again, kept, strict=False)]
    return RedrawnOut(
        frame_holds=digest_of(frame) == row.frame_digest and len(frame) == row.frame_size,
        picks_hold=len(again) == len(kept) == row.size and all(same),
        places=[place for place, fits in enumerate(same, start=1) if not fits],
    )


def found(desk: Desk, row: Sample, place: int, body: FindingIn) -> SamplePick:
    """What was found at that place; said again it is corrected. Raises NotFound."""
    where = (col(SamplePick.sample_id) == row.sample_id, col(SamplePick.place) == place)
    pick = desk.session.exec(select(SamplePick).where(*where)).first()
    if pick is None:
        raise NotFound
    pick.result, pick.found_at, pick.found_by = body.result, now(), desk.caller.client_id
    context = f"{FINDING}.{row.sample_id}.{place}"
    pick.finding_sealed = None if body.finding is None else desk.ring.encrypt(body.finding, context)
    desk.session.add(pick)
    desk.session.flush()
    return pick


def out(ring: KeyRing, row: Sample, picks: Sequence[SamplePick]) -> SampleOut:
    """A sample on the wire; of beneficiaries it says no id, so that a survey can be given to others (L25)."""
    nameless = row.of == "beneficiaries"
    kept = row.model_dump(exclude={"frame_packed"})
    return SampleOut(**kept, picks=[_pick(ring, one, nameless=nameless) for one in picks])


def _pick(ring: KeyRing, one: SamplePick, *, nameless: bool) -> PickOut:
    finding = one.finding_sealed
    told = None if finding is None else ring.decrypt(finding, f"{FINDING}.{one.sample_id}.{one.place}")
    values = one.model_dump(exclude={"pick_id", "sample_id", "finding_sealed", "unit"})
    return PickOut(**values, unit=None if nameless else one.unit, finding=told)
