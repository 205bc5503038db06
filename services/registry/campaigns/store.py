"""Campaigns, their boards, and duties to report."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import orjson
from sqlalchemy import ColumnElement, String, and_, cast, false, func, or_
from sqlalchemy import case as when
from sqlalchemy import select as select_rows
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from kit.auth import Caller
from kit.columns import new_id, now
from kit.crypto import KeyRing
from kit.problems import NotFound
from kit.scope import in_part, within
from registry.campaigns.schemas import CampaignIn, CampaignOut, DutyIn, DutyOut, ProgressRowOut, StageOut, SummaryIn
from registry.campaigns.tables import Campaign, ReportDuty
from registry.ledger import states
from registry.ledger.entries import recognised
from registry.ledger.store import overdue_on
from registry.ledger.tables import Case, CaseItem
from registry.statistics.ground import Ground

SUMMARY = "campaign.summary"
SOON = timedelta(days=7)
_CASES = ("opened", "accepted", "visited", "closed", "overdue")
_PEOPLE = ("recognised", "entered", "entered_late")


def create(session: Session, caller: Caller, body: CampaignIn) -> Campaign:
    """A new campaign."""
    row = Campaign(campaign_id=new_id(), created_at=now(), created_by=caller.client_id, **_columns(body))
    session.add(row)
    session.flush()
    return row


def replace(session: Session, row: Campaign, body: CampaignIn) -> None:
    """The campaign as this body has it; its area stays."""
    for name, value in _columns(body).items():
        setattr(row, name, value)
    row.version += 1
    session.add(row)
    session.flush()


def _columns(body: CampaignIn) -> dict[str, Any]:
    stages = [one.model_dump(mode="json") for one in body.stages]
    return {**body.model_dump(exclude={"stages"}), "stages": stages}


def find(session: Session, caller: Caller, campaign_id: str) -> Campaign:
    """A campaign of the caller's area. Raises NotFound."""
    query = select(Campaign).where(col(Campaign.campaign_id) == campaign_id, within(caller, col(Campaign.area)))
    found = session.exec(query).first()
    if found is None:
        raise NotFound
    return found


def page(session: Session, caller: Caller, before: str | None, limit: int) -> Sequence[Campaign]:
    """Campaigns of the caller's area, the newest first."""
    query = select(Campaign).where(within(caller, col(Campaign.area)))
    if before is not None:
        query = query.where(col(Campaign.campaign_id) < before)
    return session.exec(query.order_by(col(Campaign.campaign_id).desc()).limit(limit)).all()


def out(row: Campaign, day: date) -> CampaignOut:
    """A campaign on the wire."""
    return CampaignOut(**row.model_dump(exclude={"stages"}), stages=stages_of(row, day))


def stages_of(row: Campaign, day: date) -> list[StageOut]:
    """Its stages, and which run on the day."""
    return [
        StageOut(**one, running=date.fromisoformat(one["first"]) <= day <= date.fromisoformat(one["last"]))
        for one in row.stages
    ]


@dataclass(frozen=True)
class Board:
    """How a campaign's cases stand, by the divisions below its area."""

    campaign: Campaign
    ground: Ground

    def rows(self) -> tuple[list[ProgressRowOut], ProgressRowOut]:
        """A row for each division, and the whole."""
        counted: dict[str, dict[str, int]] = {}
        for names, found in ((_CASES, self._cases()), (_PEOPLE, self._people())):
            for child, *numbers in found:
                row = counted.setdefault(child, dict.fromkeys((*_CASES, *_PEOPLE), 0))
                row.update(zip(names, numbers, strict=True))
        divisions = self.ground.divisions(counted)
        none = dict.fromkeys((*_CASES, *_PEOPLE), 0)
        rows = [_row(label, counted.get(code, none)) for code, label in divisions.items()]
        total = {name: sum(one[name] for one in counted.values()) for name in (*_CASES, *_PEOPLE)}
        return rows, _row((self.campaign.area, "合计"), total)

    def _cases(self) -> Sequence[Any]:
        """child, opened, accepted, visited, closed, overdue."""
        query = select_rows(
            self.ground.child(col(Case.area)),
            func.count(),
            _number(col(Case.accepted_at).is_not(None)),
            _number(col(Case.reported_at).is_not(None)),
            _number(col(Case.state) == states.CLOSED),
            _number(overdue_on(self.ground.day)),
        )
        return self.ground.session.execute(query.where(*self._counted()).group_by("child")).all()

    def _people(self) -> Sequence[Any]:
        """child, recognised, entered, entered late."""
        entered, due = col(CaseItem.entered_on), self.campaign.entry_due_on
        late = entered > due if due is not None else false()
        query = (
            select_rows(self.ground.child(col(Case.area)), func.count(), _number(entered.is_not(None)), _number(late))
            .join(CaseItem, col(CaseItem.case_id) == col(Case.case_id))
            .where(*self._counted(), recognised())
        )
        return self.ground.session.execute(query.group_by("child")).all()

    def _counted(self) -> list[ColumnElement[bool]]:
        """Cases opened while the campaign runs, by the screens it looks at."""
        opened = col(Case.opened_on)
        days = (opened >= self.campaign.first, opened <= self.campaign.last)
        clauses = [self.ground.inside(col(Case.area)), *days]
        if self.campaign.screens:
            any_item = aliased(CaseItem)
            told = cast(col(any_item.screens), String)
            named = or_(*(told.contains(f'"{one}"') for one in self.campaign.screens))
            clauses.append(col(Case.case_id).in_(select_rows(col(any_item.case_id)).where(named)))
        return clauses


def _number(condition: Any) -> ColumnElement[int]:
    return func.coalesce(func.sum(when((condition, 1), else_=0)), 0)


def _row(label: tuple[str, str], counted: Mapping[str, int]) -> ProgressRowOut:
    return ProgressRowOut(
        area=label[0],
        area_name=label[1],
        still_open=counted["opened"] - counted["closed"],
        to_enter=counted["recognised"] - counted["entered"],
        **counted,
    )


def owe(session: Session, caller: Caller, body: DutyIn) -> ReportDuty:
    """A new duty to report."""
    row = ReportDuty(duty_id=new_id(), created_at=now(), created_by=caller.client_id, **body.model_dump())
    session.add(row)
    session.flush()
    return row


def duty(session: Session, caller: Caller, duty_id: str) -> ReportDuty:
    """A duty of the caller's area. Raises NotFound."""
    query = select(ReportDuty).where(col(ReportDuty.duty_id) == duty_id, within(caller, col(ReportDuty.area)))
    found = session.exec(query).first()
    if found is None:
        raise NotFound
    return found


@dataclass(frozen=True)
class DutyFilter:
    """Which duties: of an area, open or overdue only."""

    area: str | None = None  # a subtree, as its leading digits
    unfinished: bool = False
    before: date | None = None


def duties(
    session: Session, caller: Caller, narrowed: DutyFilter, after: tuple[str, str], limit: int
) -> Sequence[ReportDuty]:
    """Duties of the caller's area in order of their day; `after` is day and id of the last seen."""
    day, last = after
    query = select(ReportDuty).where(within(caller, col(ReportDuty.area)))
    if narrowed.area is not None:
        query = query.where(in_part(caller, col(ReportDuty.area), narrowed.area))
    if narrowed.unfinished:
        query = query.where(col(ReportDuty.submitted_on).is_(None))
    if narrowed.before is not None:
        query = query.where(col(ReportDuty.due_on) < narrowed.before)
    if day:
        seen = date.fromisoformat(day)
        later = and_(col(ReportDuty.due_on) == seen, col(ReportDuty.duty_id) > last)
        query = query.where(or_(col(ReportDuty.due_on) > seen, later))
    return session.exec(query.order_by(col(ReportDuty.due_on), col(ReportDuty.duty_id)).limit(limit)).all()


def submit(ring: KeyRing, row: ReportDuty, caller: Caller, body: SummaryIn, day: date) -> None:
    """It was reported; said again it is corrected, the first day stays."""
    row.submitted_on, row.submitted_at = row.submitted_on or day, row.submitted_at or now()
    row.submitted_by = caller.client_id
    row.summary_sealed = ring.encrypt(orjson.dumps(body.model_dump()).decode(), f"{SUMMARY}.{row.duty_id}")


def duty_out(ring: KeyRing, row: ReportDuty, day: date) -> DutyOut:
    """A duty on the wire."""
    told = None
    if row.summary_sealed is not None:
        told = SummaryIn.model_validate_json(ring.decrypt(row.summary_sealed, f"{SUMMARY}.{row.duty_id}"))
    late = (row.submitted_on or day) > row.due_on
    soon = row.due_on - day <= SOON
    state = "done" if row.submitted_on else "overdue" if late else "due" if soon else "open"
    kept = {"duty_id", "area", "campaign_id", "title", "receiver", "due_on", "submitted_at", "submitted_by"}
    return DutyOut(**row.model_dump(include=kept), state=state, late=late, summary=told)
