"""Why a row of an agency's list is taken for somebody: the story in sentences, the parts as bars, a picture to file."""

from typing import Any

from fastapi import APIRouter, Response

from console import bench
from console.door import AtDesk, Desk
from console.services import MATCHER, Refused
from console.show import shown

router = APIRouter(include_in_schema=False)
SVG = "image/svg+xml"
MOST = 100  # links of one person within one delivery that are looked through


@router.get("/links")
async def show_link(desk: AtDesk) -> Response:
    """The row (`record`: batch:line) and the person it counts for, as a lead names both."""
    asked = desk.request.query_params
    link = await _link(desk, asked.get("record", ""), asked.get("person", ""))
    told = await desk.get(f"{MATCHER}/links/{link['link_id']}/explanation")
    most = max((abs(part["weight"]) for part in told["fields"]), default=0.0)
    parts = [bench.Cell((), "", None, part["agreement"], part["weight"], _bar(part, most)) for part in told["fields"]]
    return shown(
        desk.request, "link.html", link=link, told=told, lines=list(zip(told["fields"], parts, strict=True)),
        probability=bench.share_text(told["probability"]), back=_case_of(asked.get("case")),
    )  # fmt: skip


@router.get("/links/{link_id}.svg")
async def draw_link(desk: AtDesk, link_id: str) -> Response:
    """The matcher's picture of it, an A4 page wide."""
    answer = await desk.services.call(desk.signed, "GET", f"{MATCHER}/links/{link_id}/explanation.svg")
    name = {"Content-Disposition": f'attachment; filename="link-{link_id[:8]}.svg"'}
    return Response(answer.content, media_type=SVG, headers=name)


async def _link(desk: Desk, record: str, person: str) -> dict[str, Any]:
    """The link of that row to that person. Raises Refused where there is none any more."""
    batch, _, line = record.rpartition(":")
    if batch and line.isascii() and line.isdigit() and person:
        page = await desk.get(f"{MATCHER}/links", batch_id=batch, subject_id=person, limit=MOST)
        found: dict[str, Any] | None = next((one for one in page["links"] if one["record"] == record), None)
        if found is not None:
            return found
    raise Refused(404, "not-found", "这条记录现在不再认作此人，或不在您的范围内。请回到该户查看最新的依据。")


def _bar(part: dict[str, Any], most: float) -> str:
    return bench.bar(part["weight"], most) if abs(part["weight"]) >= bench.LEAST else ""


def _case_of(told: str | None) -> str | None:
    """The case somebody came from, if it looks like one."""
    return told if told and told.replace("-", "").isalnum() and told.isascii() else None
