"""What each agency wrote of somebody beside the registry's entry, with the letters marked in which they differ."""

from typing import Any

from fastapi import APIRouter, Response

from console.door import AtDesk
from console.marking import marked
from console.services import MATCHER, REGISTRY, Away, Refused
from console.show import shown

router = APIRouter(include_in_schema=False)


@router.get("/cases/{case_id}/compared/{lead_id}")
async def show_compared(desk: AtDesk, case_id: str, lead_id: str) -> Response:
    """Row by row; without the matcher the page says so, and the case goes on."""
    case = await desk.get(f"{REGISTRY}/cases/{case_id}")
    item = next((one for one in case["items"] if one["lead_id"] == lead_id), None)
    if item is None:
        raise Refused(404, "not-found", "这一户没有这条线索。")
    try:
        told = (await desk.get(f"{MATCHER}/leads/{lead_id}/comparisons"))["comparisons"]
    except Away as away:
        return shown(desk.request, "compared.html", case=case, item=item, rows=[], away=away.name)
    return shown(desk.request, "compared.html", case=case, item=item, rows=[_row(one) for one in told], away=None)


def _row(one: dict[str, Any]) -> dict[str, Any]:
    fields = [
        {
            "title": field["title"],
            "same": field["same"],
            "record": marked(field["record"], field["record_at"]),
            "person": marked(field["person"], field["person_at"]),
        }
        for field in one["differences"]
        if field["record"] or field["person"]
    ]
    apart = [field["title"] for field in fields if field["same"] is False]
    return {**one, "fields": fields, "apart": apart}
