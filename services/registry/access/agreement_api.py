"""Agreements with other agencies: one person proposes, another approves, either of them can end it at once.

For people only: a client could be made by the one who proposed, and approve in the place of a second person.
"""

from typing import Annotated

from fastapi import APIRouter, Depends

from kit.agreements import house_of
from kit.paging import Paged
from kit.problems import REFUSALS, CursorInvalid, NotFound, problems
from kit.scope import covers
from registry.access import agreements
from registry.access.account_problems import PeopleOnly
from registry.access.agreement_problems import AgencyOfHouse, ApproverSame, FieldUnknown, StepTaken, TermUnlimited
from registry.access.agreement_schemas import (
    AgreementIn,
    AgreementOut,
    AgreementPageOut,
    AgreementVersionOut,
    EndIn,
    ResourceOut,
    ResourcesOut,
    TermsIn,
)
from registry.access.agreement_tables import AgreementVersion
from registry.access.agreements import APPROVE, CONTENT, END, Decision, Held
from registry.access.problems import AreaOutside
from registry.access.resources import RESOURCES, resolved
from registry.audit.store import note
from registry.desk import Desk, reads, writes
from registry.settings import today
from registry.table import IdempotentRoute

router = APIRouter(tags=["agreements"], route_class=IdempotentRoute)
Keeper = Annotated[Desk, Depends(writes("agreements:write"))]
Reader = Annotated[Desk, Depends(reads("agreements:write"))]
MOST_DAYS = 3 * 366
REFUSED = (AreaOutside, FieldUnknown, TermUnlimited, PeopleOnly)


@router.get("/agreements/resources", dependencies=[Depends(reads("agreements:write"))], responses=problems(*REFUSALS))
def list_resources() -> ResourcesOut:
    """What an agreement can name."""
    return ResourcesOut(
        resources=[
            ResourceOut.model_validate(
                {"resource": name, "title": one.zh, **{key: list(getattr(one, key)) for key in _LISTED}}
            )
            for name, one in RESOURCES.items()
        ]
    )


_LISTED = ("kinds", "fields", "handles")


@router.post("/agreements", status_code=201, responses=problems(*REFUSALS, *REFUSED, AgencyOfHouse))
def propose_agreement(desk: Keeper, body: AgreementIn) -> AgreementOut:
    """Propose an agreement. It tells nothing until another person approves it."""
    if body.agency in house_of(desk.settings.house_agencies):
        raise AgencyOfHouse
    return _propose(desk, body, {"agency": body.agency, "kind": body.kind}, None)


@router.post("/agreements/{agreement_id}/versions", status_code=201, responses=problems(*REFUSALS, *REFUSED, NotFound))
def propose_version(desk: Keeper, agreement_id: str, body: TermsIn) -> AgreementOut:
    """Propose the next version. The present one stays in force until the next is approved and begins."""
    last = agreements.find(desk.session, desk.caller, agreement_id)[-1].version
    return _propose(desk, body, {"agency": last.agency, "kind": last.kind}, agreement_id)


@router.get("/agreements", responses=problems(*REFUSALS, CursorInvalid))
def list_agreements(desk: Reader, page: Paged) -> AgreementPageOut:
    """All versions of all agreements of the caller's area, in the order they were proposed."""
    rows = agreements.page(desk.session, desk.caller, str(page.after("agreement", "")), page.limit)
    last = rows[-1].version.version_id if rows else ""
    full = len(rows) == page.limit
    return AgreementPageOut(
        versions=[_out(desk, one) for one in rows], cursor=page.onwards("agreement", last, full=full)
    )


@router.get("/agreements/{agreement_id}", responses=problems(*REFUSALS, NotFound))
def get_agreement(desk: Reader, agreement_id: str) -> AgreementOut:
    """One agreement with all its versions."""
    return _shown(desk, agreement_id)


@router.post(
    "/agreements/{agreement_id}/versions/{number}/approve",
    responses=problems(*REFUSALS, NotFound, ApproverSame, StepTaken, PeopleOnly, FieldUnknown),
)
def approve_agreement(desk: Keeper, agreement_id: str, number: int) -> AgreementOut:
    """Let a version come into force; another person than the one who proposed it."""
    return _decide(desk, agreement_id, number, APPROVE)


@router.post(
    "/agreements/{agreement_id}/versions/{number}/end",
    responses=problems(*REFUSALS, NotFound, StepTaken, PeopleOnly),
)
def end_agreement(desk: Keeper, agreement_id: str, number: int, body: EndIn) -> AgreementOut:
    """End a version at once: within seconds neither service tells anything by it."""
    return _decide(desk, agreement_id, number, END, body.reason)


def _propose(desk: Desk, body: TermsIn, of: dict[str, str], agreement_id: str | None) -> AgreementOut:
    if not covers(desk.caller.area, body.area):
        raise AreaOutside
    _people_only(desk)
    if not 0 <= (body.valid_to - body.valid_from).days <= MOST_DAYS:
        raise TermUnlimited(days=MOST_DAYS)
    fields = _fields(body, of["kind"])
    content = body.model_dump(include={*TermsIn.model_fields} - {"fields"})
    content |= {**of, "fields": fields, "purposes": sorted(set(body.purposes))}
    row = agreements.propose(desk.session, desk.ring, desk.caller, content, agreement_id)
    named = {resource: len(names) for resource, names in fields.items()}
    _note(desk, "propose", row, fields=named)
    desk.locate("get_agreement", agreement_id=row.agreement_id)
    return _shown(desk, row.agreement_id)


def _fields(body: TermsIn, kind: str) -> dict[str, list[str]]:
    """The fields named, written out. Raises FieldUnknown."""
    found: dict[str, list[str]] = {}
    unknown: list[str] = []
    for resource, words in body.fields.items():
        if resource not in RESOURCES or kind not in RESOURCES[resource].kinds:
            unknown.append(resource)
            continue
        try:
            found[resource] = resolved(resource, words)
        except KeyError as word:
            unknown.append(f"{resource}.{word.args[0]}")
    if unknown:
        raise FieldUnknown(unknown=sorted(unknown))
    return {resource: names for resource, names in found.items() if names}


def _decide(desk: Desk, agreement_id: str, number: int, action: str, reason: str | None = None) -> AgreementOut:
    versions = agreements.find(desk.session, desk.caller, agreement_id)
    row = next((one.version for one in versions if one.version.number == number), None)
    if row is None:
        raise NotFound
    _people_only(desk)
    agreements.decide(desk.session, desk.ring, desk.caller, row, Decision(action, reason))
    _note(desk, action, row)
    return _shown(desk, agreement_id)


def _people_only(desk: Desk) -> None:
    if desk.caller.session is None:
        raise PeopleOnly


def _note(desk: Desk, action: str, row: AgreementVersion, **detail: object) -> None:
    told = {"version": row.version_id, "number": row.number, "with": row.agency, **detail}
    note(desk.session, desk.ring, desk.caller, f"agreement.{action}", row.agreement_id, **told)


def _shown(desk: Desk, agreement_id: str) -> AgreementOut:
    rows = agreements.find(desk.session, desk.caller, agreement_id)
    return AgreementOut(
        agreement_id=agreement_id, agency=rows[0].version.agency, versions=[_out(desk, one) for one in rows]
    )


def _out(desk: Desk, one: Held) -> AgreementVersionOut:
    row, approved, ended = one.version, one.approved, one.ended
    by_itself = agreements.in_force(desk.session, desk.ring, today(desk.settings), row.agency)
    state = "ended" if ended else "approved" if approved else "proposed"
    return AgreementVersionOut.model_validate(
        {
            **{name: getattr(row, name) for name in (*CONTENT, "proposed_at")},
            "state": state if agreements.sound(desk.ring, one) else "damaged",
            "in_force": row.version_id in {other.version_id for other in by_itself},
            "approved_by": approved.actor if approved else None,
            "approved_at": approved.at if approved else None,
            "ended_by": ended.actor if ended else None,
            "ended_at": ended.at if ended else None,
            "end_reason": ended.reason if ended else None,
        }
    )
