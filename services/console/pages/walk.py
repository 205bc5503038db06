"""The walk: whom to visit village by village, as it is printed; and one village to fill in at the doors, household
after household, also where there is no network (static/walk.js keeps and sends)."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import APIRouter, Response

from console.door import AtDesk, settings_of
from console.pages.visits import fitting, known_of, suggested
from console.places import place_text
from console.services import REGISTRY
from console.show import shown, today
from console.visits import FIELDS, HOW
from kit.shapes import AreaInPath

router = APIRouter(include_in_schema=False)
MINE = 500  # cases on one sheet: more are taken in two
AT_ONCE = 40  # cases with their forms on one page
TO_VISIT = frozenset({"pending", "revisit"})
# Who somebody is is written on the one person's own form: a page of many forms keeps nothing of it in a browser.
AT_THE_DOOR = tuple(field for field in FIELDS if field.name not in {"name", "id_number", "duplicate_of"})


@router.get("/walk")
async def show_walk(desk: AtDesk) -> Response:
    """Whom to visit, by village and group, as it is printed: what was taken over, and is not yet answered."""
    page = await desk.get(f"{REGISTRY}/cases/mine", limit=MINE, area=desk.request.query_params.get("area"))
    names = await desk.request.app.state.places.of(desk)
    villages: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for case in page["cases"]:
        villages[case["area"]] += [{**one, "due": case["due_on"]} for one in _to_visit(case)]
    sheets: list[dict[str, Any]] = [
        {"area": area, "place": place_text(names, area), "people": sorted(people, key=_by_group)}
        for area, people in sorted(villages.items())
        if people
    ]
    return shown(desk.request, "walk.html", villages=sheets, day=today(settings_of(desk.request)), more=page["cursor"])


@router.get("/walk/{area}")
async def fill_in(desk: AtDesk, area: AreaInPath) -> Response:
    """One village's people with a short form each."""
    told, asked = settings_of(desk.request), desk.request.query_params
    page = await desk.get(f"{REGISTRY}/cases/mine", limit=AT_ONCE, area=area, cursor=asked.get("cursor"))
    codes = (await desk.get(f"{REGISTRY}/cases/outcome-codes"))["codes"]
    names = await desk.request.app.state.places.of(desk)
    day = today(told)
    people: list[dict[str, Any]] = [
        {
            **one,
            "case": case,
            "given": known_of(case, day),
            "codes": fitting(codes, [one["kind"]]),
        }
        for case in page["cases"]
        for one in _to_visit(case)
    ]
    return shown(
        desk.request, "walk_village.html", people=sorted(people, key=_by_group), place=place_text(names, area),
        area=area, fields=AT_THE_DOOR, how=HOW, day=day, suggested=suggested(day), cursor=page["cursor"],
    )  # fmt: skip


def _to_visit(case: Mapping[str, Any]) -> Sequence[dict[str, Any]]:
    return [one for one in case["people"] if one["standing"] in TO_VISIT]


def _by_group(one: Mapping[str, Any]) -> tuple[str, str, str]:
    return one["group"] or "", one["head"] or "", one["name"] or ""
