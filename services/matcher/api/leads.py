"""Leads: the match list of a township, page by page, as households' cards, and one lead with everything it rests on."""

from dataclasses import asdict
from typing import Annotated, Literal, NamedTuple

from fastapi import APIRouter, Depends, Query, Request, Response

from china.masks import mask_name, mask_number, mask_phone
from kit.auth import Caller, requires
from kit.crypto import KeyRing
from kit.idempotency import NOT_STORED
from kit.limits import TooManyRequests, dear
from kit.paging import Page, Paged
from kit.problems import REPEATS, CursorInvalid, NotFound, problems
from kit.reveals import Reason, RevealBudgetSpent, RevealIn
from kit.shapes import UnderArea
from kit.web import Writing
from matcher.api.colouring import Colouring, colouring_of
from matcher.api.door import REFUSALS, OnceRoute
from matcher.api.evidence import finding_out
from matcher.api.reveals import people_of, tell
from matcher.api.schemas import (
    CandidateOut,
    CardOut,
    CardPageOut,
    DoubtOut,
    IdentityOut,
    InsistedOut,
    LeadDetailOut,
    LeadOut,
    LeadPageOut,
    MemberOut,
)
from matcher.api.veil import Veil, veil_of
from matcher.audit.store import note
from matcher.flows.name_sources import origins
from matcher.flows.show_household import Member, households
from matcher.flows.write_leads import TIERS
from matcher.leads import reading
from matcher.leads.reading import Filters
from matcher.leads.tables import Lead
from matcher.settlements import words

router = APIRouter(tags=["leads"], route_class=OnceRoute)
Reader = Annotated[Caller, Depends(requires("leads:read"))]
Revealer = Annotated[Caller, Depends(requires("leads:read", "leads:reveal"))]


def filters(
    area: UnderArea = None,
    screen: Annotated[str | None, Query(max_length=64)] = None,
    state: Literal["open", "waiting", "withdrawn", "suppressed", "any"] = "open",
    tier: Literal["必访", "电话核实", "观察"] | None = None,
) -> Filters:
    """What a list is narrowed to; an unknown area or screen gives an empty list, never everything."""
    return Filters(area, screen, None if state == "any" else state, tier)


Narrowed = Annotated[Filters, Depends(filters)]


@router.get("/leads", responses=problems(*REFUSALS, CursorInvalid))
def list_leads(
    page: Paged,
    session: Writing,
    caller: Reader,
    chosen: Narrowed,
) -> LeadPageOut:
    """The match list within the caller's area, masked."""
    veil = veil_of(page.request.app, caller)
    rows = reading.page(session, caller, chosen, page.after("lead", ""), page.limit)
    following = page.onwards("lead", rows and rows[-1].id, full=len(rows) == page.limit)
    if rows:  # masked names are personal data too: a page is one entry
        _note_page(page, session, caller, chosen, ("lead.list", rows[0].id, rows[-1].id))
    colours = colouring_of(page.request.app, session)
    return LeadPageOut(leads=[lead_out(page.ring, row, veil, colours) for row in rows], cursor=following)


@router.get("/leads/cards", responses=problems(*REFUSALS, CursorInvalid))
def list_cards(
    page: Paged,
    session: Writing,
    caller: Reader,
    chosen: Narrowed,
) -> CardPageOut:
    """The match list by household: everybody of one household on one card, one visit."""
    veil = veil_of(page.request.app, caller)
    groups = reading.cards(session, caller, chosen, page.after("card", ""), page.limit)
    following = page.onwards("card", groups and groups[-1][0].card, full=len(groups) == page.limit)
    if groups:
        _note_page(page, session, caller, chosen, ("lead.cards", groups[0][0].card, groups[-1][0].card))
    colours = colouring_of(page.request.app, session)
    homes = households(page.request.app.state.desk, session, [lead for group in groups for lead in group])
    cards = [
        CardOut(
            card=group[0].card,
            household_key=group[0].household_key,
            tier=min((lead.tier for lead in group), key=TIERS.index),
            urgency=max(lead.urgency for lead in group),
            colour=colours.of(group[0].area, max(lead.urgency for lead in group)),
            leads=[lead_out(page.ring, lead, veil, colours) for lead in group],
            members=[_member(one) for one in homes.get(group[0].household_key or "", ())],
        )
        for group in groups
    ]
    return CardPageOut(cards=cards, cursor=following)


def _member(one: Member) -> MemberOut:
    return MemberOut.model_validate({**asdict(one), "name": mask_name(one.name)})


def _note_page(page: Page, session: Writing, caller: Caller, chosen: Filters, told: tuple[str, str, str]) -> None:
    """One entry for a page of the list: where it began and ended, and what it was narrowed to."""
    action, first, last = told
    note(session, page.ring, caller, action, None, first=first, last=last, **asdict(chosen))


@router.get("/leads/{lead_id}", responses=problems(*REFUSALS, NotFound))
def get_lead(request: Request, session: Writing, caller: Reader, lead_id: str) -> LeadDetailOut:
    """One lead with its findings, the values they were decided on and the links behind, and everybody of its household
    with what each receives; the look is recorded."""
    ring: KeyRing = request.app.state.ring
    lead = reading.find(session, caller, lead_id)
    rows = reading.findings(session, [lead.id], past=True)[lead.id]
    opened = [reading.content(ring, row) for row in rows]
    named = origins(session, [one["record"] for content in opened for one in content["records"]])
    found = [finding_out(row, content, named) for row, content in zip(rows, opened, strict=True)]
    home = households(request.app.state.desk, session, [lead]).get(lead.household_key or "", ())
    note(session, ring, caller, "lead.read", lead.id, version=lead.version)
    veil = veil_of(request.app, caller)
    insists = [
        InsistedOut(
            correction_id=word.correction_id,
            feed=label.feed,
            record=f"{label.batch_id}:{label.line}",
            answered_at=word.said_at,
        )
        for word, label in words.insisted(session, lead.id)
    ]
    told = lead_out(ring, lead, veil, colouring_of(request.app, session)).model_dump()
    return LeadDetailOut(**told, findings=found, agency_insists=insists, members=[_member(one) for one in home])


class LeadAsked(NamedTuple):
    """Which lead, and why."""

    lead_id: str
    reason: Reason


def asked_lead(lead_id: str, body: RevealIn) -> LeadAsked:
    """What a single look states."""
    return LeadAsked(lead_id, body.reason)


AskedLead = Annotated[LeadAsked, Depends(asked_lead)]


@router.post(
    "/leads/{lead_id}/reveal",
    dependencies=[Depends(dear("reveal"))],
    responses=problems(TooManyRequests, RevealBudgetSpent, *REFUSALS, *REPEATS, NotFound),
)
def reveal_lead(
    request: Request, response: Response, session: Writing, caller: Revealer, asked: AskedLead
) -> IdentityOut:
    """Whom to visit, unmasked: it costs a place in the caller's budget of the day, unless this person was seen today.
    The look is in the journal with the reason and the caller's purpose."""
    ring: KeyRing = request.app.state.ring
    lead, veil = reading.find(session, caller, asked.lead_id), veil_of(request.app, caller)
    tell(request, session, caller, people_of(lead, ()))
    note(session, ring, caller, "lead.reveal", lead.id, version=lead.version, reason=asked.reason)
    response.headers["Cache-Control"] = NOT_STORED  # the second look is a look too
    return IdentityOut(lead_id=lead.id, version=lead.version, **veil.told(ring, lead))


def lead_out(ring: KeyRing, lead: Lead, veil: Veil, colours: Colouring) -> LeadOut:
    """A lead as it is listed, masked."""
    told, where = veil.told(ring, lead), veil.where(lead)
    return LeadOut(
        lead_id=lead.id,
        version=lead.version,
        state=lead.state,
        suppressed_for=lead.suppressed_for,
        suppressed_until=lead.suppressed_until,
        registered=lead.registered,
        subject_id=lead.subject_id,
        household_key=where["household_key"],
        household=told["household"],
        area=str(where["area"]),
        residence=where["residence"],
        tier=lead.tier,
        urgency=lead.urgency,
        colour=colours.of(lead.area, lead.urgency),
        due_days=lead.due_days,
        grade=lead.grade,
        screens=lead.screens,
        sources=lead.sources,
        doubts=[DoubtOut(**doubt) for doubt in lead.doubts],
        name=mask_name(told["name"]),
        id_number=mask_number(told["id_number"]),
        phone=mask_phone(told["phone"]),
        candidates=[
            CandidateOut(person_id=str(one["person_id"]), name=mask_name(one["name"]))
            for one in veil.candidates(ring, lead)
        ],
        case_id=lead.case_id,
        case_state=lead.case_state,
        due_on=lead.due_on,
        released_on=lead.released_on,
        changed_at=lead.changed_at,
    )
