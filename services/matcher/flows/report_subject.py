"""Which entries of the matcher's journal concern one person: by name, by a list, or as part of a range."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Text, or_, type_coerce
from sqlmodel import Session, col, select

from kit.auth import Caller
from kit.journal import JournalRow
from kit.scope import covers
from kit.sights import How, Reader, SubjectReportOut, concerned, names_one, report_of
from matcher.audit.tables import Journal
from matcher.audit.words import DEEDS
from matcher.leads.tables import Lead
from matcher.links.tables import Link
from matcher.people.tables import Subject
from matcher.reviews.tables import Doubt, Review

OF_LEADS = ("lead.list", "lead.cards", "leads.export")
RANGES = (*OF_LEADS, "link.list")


@dataclass(frozen=True)
class Traces:
    """Under which ids one person stands in the matcher."""

    subjects: frozenset[str]
    places: frozenset[str]  # "batch:line" of the rows about them
    batches: frozenset[str]
    paired: frozenset[str]  # deliveries in whose pairs the person stands, be it as a candidate
    leads: tuple[Lead, ...]
    doubts: frozenset[str]
    areas: frozenset[str]  # of their links

    @property
    def ids(self) -> list[str]:
        """All that stand for this person alone."""
        return sorted({*self.subjects, *self.places, *(one.id for one in self.leads), *self.doubts})


def report(session: Session, caller: Caller, subject_id: str, after: int) -> SubjectReportOut:
    """Everything on record about whoever `subject_id` is now. The caller has seen to it that it is its to ask."""
    traces = traces_of(session, subject_id)
    judge = _Judge(traces, frozenset(traces.ids))
    entries = concerned(session, Journal, [*traces.ids, *sorted(traces.paired)], RANGES, after)
    return report_of(subject_id, Reader(caller, "caller_area", DEEDS, {}), entries, judge.how)


def same_subject(session: Session, subject_id: str) -> frozenset[str]:
    """Every id of the same person: what it was merged into, and all that were merged into that."""
    row = session.get(Subject, subject_id)
    now = row.survivor_id if row is not None and row.survivor_id is not None else subject_id
    others = session.exec(select(Subject.id).where(col(Subject.survivor_id) == now))
    return frozenset([subject_id, now, *others])


def traces_of(session: Session, subject_id: str) -> Traces:
    """Where a person stands: in rows, on the list, in doubts as the record or as a candidate."""
    subjects = same_subject(session, subject_id)
    rows = session.execute(select(Link.batch_id, Link.line, Link.area).where(col(Link.subject_id).in_(subjects))).all()
    leads = tuple(session.exec(select(Lead).where(col(Lead.subject_id).in_(subjects))))
    told = {place for lead in leads for place in lead.sources}
    places = frozenset([*(f"{batch}:{line}" for batch, line, _ in rows), *told])
    doubts = session.exec(select(Doubt.id).where(_asked_about(subjects)))
    batches = frozenset(place.partition(":")[0] for place in places)
    asked = session.exec(select(Review.batch_id).where(col(Review.candidate_id).in_(subjects)).distinct())
    return Traces(
        subjects,
        places,
        batches,
        frozenset([*batches, *asked]),
        leads,
        frozenset(doubts),
        frozenset([*(area for _, _, area in rows), *(lead.area for lead in leads)]),
    )


def _asked_about(subjects: Sequence[str] | frozenset[str]) -> Any:
    candidates = type_coerce(Doubt.candidates, Text)
    named = [candidates.contains(f'"{one}"', autoescape=True) for one in sorted(subjects)]
    return or_(col(Doubt.subject_id).in_(subjects), *named)


@dataclass(frozen=True)
class _Judge:
    traces: Traces
    ids: frozenset[str]

    def how(self, entry: JournalRow) -> How | None:
        """How an entry concerns the person; None where it does not."""
        if entry.action not in DEEDS:
            return None
        detail = entry.detail or {}
        if entry.action in OF_LEADS:
            return "part-of-whole" if any(_listed(entry, detail, lead) for lead in self.traces.leads) else None
        if names_one(entry, self.ids):
            return "itself"
        if entry.action == "link.list":
            return "part-of-whole" if self._linked(detail) else None
        if entry.action == "pairs.export":
            return "part-of-whole" if self.traces.paired.intersection(detail["batches"]) else None
        return "part-of-whole" if entry.subject in self.traces.batches else None

    def _linked(self, detail: dict[str, Any]) -> bool:
        """Links get new ids with every linking, so of a page only the area and the batch asked for still tell."""
        if detail.get("subject_id") is not None:
            return False  # of one subject, and not this one
        asked = detail.get("batch_id")
        mine = asked is None or asked in self.traces.batches
        return mine and any(covers(str(detail.get("caller_area")), area) for area in self.traces.areas)


def _listed(entry: JournalRow, detail: dict[str, Any], lead: Lead) -> bool:
    """Whether a page of the list, or an export, may have held this lead."""
    if lead.created_at > entry.at:
        return False
    seen, asked = str(detail.get("caller_area")), detail.get("area")
    if lead.changed_at <= entry.at:
        within = covers(seen, lead.area) and (asked is None or covers(asked, lead.area))
    else:  # where it was then is not kept; it was in this county
        county = f"{lead.area[:6]}000000"
        within = covers(seen, county) or covers(county, seen)
    return within and _in_page(entry, detail, lead)


def _in_page(entry: JournalRow, detail: dict[str, Any], lead: Lead) -> bool:
    first, last = detail.get("first"), detail.get("last")
    if not isinstance(first, str) or not isinstance(last, str):
        return True
    if entry.action == "lead.cards":  # the card moves with the household
        return lead.changed_at > entry.at or first <= lead.card <= last
    return first <= lead.id <= last
