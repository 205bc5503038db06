"""Who could this be, and why: queries by example and the explanation of any pair. For civil affairs only; every call is
in the journal with its purpose and with everybody it showed."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from pydantic import ValidationError

from china.masks import mask_name, mask_number, mask_phone
from kit.auth import Caller, requires
from kit.idempotency import NOT_STORED
from kit.limits import TooManyRequests, dear
from kit.problems import REPEATS, NotFound, in_words, problems
from kit.reveals import RevealBudgetSpent, RevealReasonMissing, Seen
from kit.web import FieldIssueOut, Writing
from matcher.api.door import REFUSALS, OnceRoute
from matcher.api.evidence import explanation_out, field_out
from matcher.api.reveals import allowed, tell
from matcher.api.schemas_matching import (
    DescribedIn,
    ExampleIn,
    ExplainIn,
    ExplanationOut,
    MatchAnswerOut,
    MatchCandidateOut,
    MatchIn,
    MatchOut,
    PlaceIn,
    QueryIn,
)
from matcher.audit.store import note
from matcher.flows.desk import Desk
from matcher.flows.explain_pair import DESCRIBED, Enquiry, Place, explain_link, explain_pair
from matcher.flows.match_query import Found, Query, match
from matcher.flows.warm_people import WarmPeople
from matcher.linkage.known_people import KnownPeople
from matcher.linkage.waterfall import waterfall
from matcher.linkage.why_not import Why
from matcher.links import store as links
from matcher.people.problems import CivilAffairsOnly, NoCandidate, PeopleUnknown, PurposeMissing

router = APIRouter(tags=["matching"], route_class=OnceRoute)
CIVIL_AFFAIRS = "civil-affairs"
SVG = "image/svg+xml"
MATCH_REFUSALS = (*REFUSALS, CivilAffairsOnly, PurposeMissing, PeopleUnknown)


async def asker(caller: Annotated[Caller, Depends(requires("match:query"))]) -> Caller:
    """The county office that answers for the matching, whatever scopes somebody else was granted by mistake.

    Not worth a thread's turn: it waits for nothing."""
    if caller.agency != CIVIL_AFFAIRS:
        raise CivilAffairsOnly
    if not caller.purpose.strip():
        raise PurposeMissing
    return caller


def known_people(request: Request) -> KnownPeople:
    """Everybody, as this process holds them."""
    warm: WarmPeople = request.app.state.warm
    return warm.now()


Asker = Annotated[Caller, Depends(asker)]
Reader = Annotated[Caller, Depends(requires("links:read"))]


@router.post(
    "/match",
    dependencies=[Depends(dear("search"))],
    responses=problems(TooManyRequests, RevealBudgetSpent, RevealReasonMissing, *MATCH_REFUSALS, *REPEATS),
)
def match_people(request: Request, response: Response, session: Writing, caller: Asker, body: MatchIn) -> MatchOut:
    """Who each of up to 100 descriptions could be, with the scores of a batch; within the caller's area, masked.
    In full everybody named is counted against the caller's budget of the day."""
    known, full = known_people(request), body.identity == "full"
    reason = allowed(caller, body.reason) if full else None
    read = [one if isinstance(one, QueryIn) else _issues(one) for one in body.queries]
    sound = [_query(one) for one in read if isinstance(one, QueryIn)]
    found = match(known, caller, sound)
    seen = {one.hit.person_id: one.person["division"] for some in found for one in some}
    action = "match.reveal" if full else "match.query"
    if full:
        tell(request, session, caller, [Seen(*one) for one in seen.items()])
        response.headers["Cache-Control"] = NOT_STORED  # the second look is a look too
    about = {"queries": len(read), "people": sorted(seen), **({"reason": reason} if full else {})}
    note(session, request.app.state.ring, caller, action, None, **about)
    told = iter(found)
    answers = [_answer(next(told), full=full) if isinstance(one, QueryIn) else _refused(one) for one in read]
    return MatchOut(answers=answers, model_version=known.model.version, people=known.count)


@router.post(
    "/match/explain",
    dependencies=[Depends(dear("search"))],
    responses=problems(TooManyRequests, *MATCH_REFUSALS, *REPEATS, NotFound),
)
def explain_match(request: Request, session: Writing, caller: Asker, body: ExplainIn) -> ExplanationOut:
    """Why, or why not: any record (delivered: with links:read; or described) and any person of the caller's area."""
    record, person = body.record, body.person
    found = explain_pair(
        Enquiry(request.app.state.desk, session, caller, known_people(request)),
        Place(record.batch_id, record.line) if isinstance(record, PlaceIn) else _example(record.example),
        _example(person.example) if isinstance(person, DescribedIn) else person.person_id,
    )
    _note(request, session, caller, found, "match.explain")
    return explanation_out(found)


@router.get("/links/{link_id}/explanation", responses=problems(*REFUSALS, PeopleUnknown, NotFound, NoCandidate))
def explain_one_link(request: Request, session: Writing, caller: Reader, link_id: str) -> ExplanationOut:
    """Why a record is taken for its person; of a record in nobody's name, why not for its nearest candidate."""
    return explanation_out(_of_link(request, session, caller, link_id))


@router.get(
    "/links/{link_id}/explanation.svg",
    response_class=Response,
    responses={200: {"content": {SVG: {}}}, **problems(*REFUSALS, PeopleUnknown, NotFound, NoCandidate)},
)
def draw_link(request: Request, session: Writing, caller: Reader, link_id: str) -> Response:
    """The same as a picture for the file: an A4 page wide, nothing in it loaded from elsewhere."""
    drawn = waterfall(_of_link(request, session, caller, link_id))
    return Response(drawn, media_type=SVG, headers={"Content-Security-Policy": "default-src 'none'"})


def _of_link(request: Request, session: Writing, caller: Caller, link_id: str) -> Why:
    desk: Desk = request.app.state.desk
    found = explain_link(Enquiry(desk, session, caller, known_people(request)), links.find(session, caller, link_id))
    _note(request, session, caller, found, "link.explain")
    return found


def _note(request: Request, session: Writing, caller: Caller, found: Why, action: str) -> None:
    subject = None if found.person_id == DESCRIBED else found.person_id
    seen = [rival.person_id for rival in found.rivals]
    note(session, request.app.state.ring, caller, action, subject, record=found.record_id, people=seen)


def _query(read: QueryIn) -> Query:
    return Query(_example(read.example), read.limit, read.floor, read.area)


def _example(read: ExampleIn) -> dict[str, str | None]:
    return read.model_dump()


def _issues(given: dict[str, Any]) -> list[FieldIssueOut]:
    """Where a query does not fit the contract; what stood there is not repeated."""
    try:
        QueryIn.model_validate(given)
    except ValidationError as wrong:
        found = wrong.errors(include_url=False, include_input=False)
        return [FieldIssueOut(pointer=_pointer(one["loc"]), code=one["type"], detail=in_words(one)) for one in found]
    return []


def _pointer(location: tuple[int | str, ...]) -> str:
    """A JSON pointer into the query. Names nobody knows are left out: they are the caller's text."""
    known = {*QueryIn.model_fields, *ExampleIn.model_fields}
    return "".join(f"/{part}" for part in location if part in known)


def _refused(issues: list[FieldIssueOut]) -> MatchAnswerOut:
    return MatchAnswerOut(status="invalid", errors=issues, candidates=[], others=None)


def _answer(found: list[Found], *, full: bool) -> MatchAnswerOut:
    candidates = [_candidate(one, full=full) for one in found]
    # a number under another name stands beside the others and takes nothing from them
    shown = sum(one.probability for one in candidates if one.reason != "id-name-mismatch")
    return MatchAnswerOut(status="ok", errors=[], candidates=candidates, others=max(0.0, 1 - shown))


def _candidate(found: Found, *, full: bool) -> MatchCandidateOut:
    hit, person = found.hit, found.person
    return MatchCandidateOut(
        person_id=hit.person_id,
        name=person["name"] if full else mask_name(person["name"]),
        id_number=person["id_number"] if full else mask_number(person["id_number"]),
        sex=person["sex"],
        ethnic=person["ethnic"],
        area=person["division"],
        phone=person["phone"] if full else mask_phone(person["phone"]),
        probability=hit.probability,
        grade=hit.grade,
        assigned=hit.assigned,
        reason=hit.reason,
        prior=found.explanation.prior,
        evidence=[field_out(part) for part in found.explanation.fields],
    )
