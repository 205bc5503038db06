"""Links, for the county office that answers for the matching."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request

from kit.auth import Caller, requires
from kit.paging import Paged
from kit.problems import CursorInvalid, NotFound, problems
from kit.web import Writing
from matcher.api.door import REFUSALS
from matcher.api.evidence import levels_out
from matcher.api.schemas import LinkOut, LinkPageOut
from matcher.audit.store import note
from matcher.links import store as links
from matcher.links.tables import Link

router = APIRouter(tags=["links"])
Reader = Annotated[Caller, Depends(requires("links:read"))]
Id = Annotated[str | None, Query(max_length=36)]


@router.get("/links", responses=problems(*REFUSALS, CursorInvalid))
def list_links(
    page: Paged, session: Writing, caller: Reader, batch_id: Id = None, subject_id: Id = None
) -> LinkPageOut:
    """What records are taken for, within the caller's area."""
    wanted = {"batch_id": batch_id, "subject_id": subject_id}
    rows = links.page(session, caller, wanted, page.after("link", ""), page.limit)
    following = page.onwards("link", rows and rows[-1].id, full=len(rows) == page.limit)
    if rows:
        note(session, page.ring, caller, "link.list", None, count=len(rows), **wanted)
    return LinkPageOut(links=[_link(row) for row in rows], cursor=following)


@router.get("/links/{link_id}", responses=problems(*REFUSALS, NotFound))
def get_link(request: Request, session: Writing, caller: Reader, link_id: str) -> LinkOut:
    """One link with its evidence; the look is recorded."""
    row = links.find(session, caller, link_id)
    # Links get new ids when they are made anew: the record and its subject say of whom it was.
    told = {"record": f"{row.batch_id}:{row.line}", "people": [row.subject_id]}
    note(session, request.app.state.ring, caller, "link.read", link_id, **told)
    return _link(row)


def _link(row: Link) -> LinkOut:
    return LinkOut(
        link_id=row.id,
        record=f"{row.batch_id}:{row.line}",
        subject_id=row.subject_id,
        registered=row.registered,
        probability=row.probability,
        grade=row.grade,
        reason=row.reason,
        levels=levels_out(row.pattern),
        model_version=row.model_version,
        made_at=row.made_at,
    )
