"""One household on a day by the knowledge of a day: why it was, or was not, on a list; and all that was recorded."""

import asyncio

from fastapi import APIRouter, Response

from console import words
from console.asked_then import Then, day_of, then_of
from console.door import AtDesk, settings_of
from console.pages.people import household_of
from console.places import place_text
from console.services import REGISTRY
from console.show import shown, today

router = APIRouter(include_in_schema=False)


@router.get("/people/households/{household_id}")
async def show_household(desk: AtDesk, household_id: str) -> Response:
    """In sentences: of the household, then of each member; and what came to be known only afterwards."""
    given = desk.request.query_params
    then, compared = then_of(given), day_of(given.get("compared"))
    household, names = await asyncio.gather(
        household_of(desk, household_id, then, Then(known=compared) if compared else None),
        desk.request.app.state.places.of(desk),
    )
    day = today(settings_of(desk.request))
    return shown(
        desk.request, "household.html", household=household, then=then, compared=compared, day=day,
        place=place_text(names, household["area"]), words=words, of_programme=words.of_programme,
    )  # fmt: skip


@router.get("/people/households/{household_id}/record")
async def show_household_record(desk: AtDesk, household_id: str) -> Response:
    """Everything ever believed of it, by days and by when it was believed; members without names."""
    history, standing, names = await asyncio.gather(
        desk.get(f"{REGISTRY}/households/{household_id}/history"),
        desk.get(f"{REGISTRY}/households/{household_id}/standing"),
        desk.request.app.state.places.of(desk),
    )
    known = {one["person_id"]: one["name"] for one in standing["members"]}
    return shown(
        desk.request, "household_record.html", history=history, known=known, household_id=household_id,
        names=names, place_text=place_text, words=words,
    )  # fmt: skip
