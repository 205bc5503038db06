"""Who is registered: found by number or by name, as it is or as it was, with what each of the household receives.

What is typed into the search goes by form and never into an address; an address holds the registry's own ids alone.
"""

import asyncio
from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Response
from starlette.responses import RedirectResponse

from console import periods, words
from console.asked_then import Then, then_of
from console.door import AtDesk, Desk, OfForm, settings_of
from console.places import below, place_text
from console.services import REGISTRY, Refused
from console.show import shown, today

router = APIRouter(include_in_schema=False)
NOT_FOUND, AMBIGUOUS = "not-found", "identifier-ambiguous"
NOTHING_TYPED = dict.fromkeys(("id_number", "name", "whole_name", "within"), "")
NOWHERE = "没有查到。号码可能没有登记，或不在您的辖区。请核对号码；仍查不到的，可按区划找户。"


@router.get("/people")
async def ask_whom(desk: AtDesk) -> Response:
    """The search, and the households of a division."""
    return await _search(desk)


@router.post("/people")
async def find_person(given: OfForm) -> Response:
    """By number, and by name where two hold it: on to the person's page."""
    desk, number = given.desk, given.text("id_number")
    typed = {"id_number": number or "", "name": given.text("name") or ""}
    if not number:
        return await _search(desk, typed, "请填写身份证号。", 422)
    try:
        found = await desk.ask(f"{REGISTRY}/persons/lookup", {"id_number": number, "name": given.text("name")})
    except Refused as refused:
        if refused.code not in {NOT_FOUND, AMBIGUOUS}:
            return await _search(desk, typed, _why(refused), refused.status)
        return await _search(desk, typed, NOWHERE if refused.code == NOT_FOUND else refused.detail, refused.status)
    return RedirectResponse(f"/people/{found['person_id']}", 303)


@router.post("/people/named")
async def find_by_name(given: OfForm) -> Response:
    """Everybody of that name, page by page; the name goes on by form."""
    desk, limit = given.desk, settings_of(given.desk.request).page_rows
    typed = {"whole_name": given.text("name") or "", "within": given.text("area") or ""}
    if not typed["whole_name"]:
        return await _search(desk, typed, "请填写姓名。", 422)
    try:
        named = await desk.ask(
            f"{REGISTRY}/persons/search", {"name": typed["whole_name"]}, area=typed["within"],
            cursor=given.text("cursor"), limit=limit,
        )  # fmt: skip
    except Refused as refused:
        return await _search(desk, typed, _why(refused), refused.status)
    return await _search(desk, typed, named=named)


def _why(refused: Refused) -> str:
    return refused.detail + "".join(f"{one['detail']}。" for one in refused.errors)


async def _search(
    desk: Desk,
    typed: Mapping[str, str] | None = None,
    why: str | None = None,
    status: int = 200,
    named: dict[str, Any] | None = None,
) -> Response:
    asked, names = desk.request.query_params, await desk.request.app.state.places.of(desk)
    narrowed = {name: asked.get(name) or None for name in ("area", "kind")}
    page = None
    if narrowed["area"]:
        page = await desk.get(
            f"{REGISTRY}/households", limit=settings_of(desk.request).page_rows, cursor=asked.get("cursor"), **narrowed
        )
    return shown(
        desk.request, "people.html", status=status, typed={**NOTHING_TYPED, **(typed or {})}, why=why, page=page,
        named=named, asked=narrowed, areas=below(names, desk.signed.area), names=names, place_text=place_text,
        words=words,
    )  # fmt: skip


@router.get("/people/{person_id}")
async def show_person(desk: AtDesk, person_id: str) -> Response:
    """Masked; as it is, or as it was on a day, by what was known then."""
    then = then_of(desk.request.query_params)
    person = await desk.get(f"{REGISTRY}/persons/{person_id}", **then.query)
    return await _person(desk, person, then, seen=False)


@router.post("/people/{person_id}")
async def reveal_person(given: OfForm, person_id: str) -> Response:
    """In the clear, once, for a reason."""
    desk, reason = given.desk, given.text("reason")
    then = then_of({name: given.text(name) or "" for name in ("as_of", "known")})
    if reason is None or reason not in words.REASONS:
        raise Refused(422, "reason-missing", "请选择为什么要看明文。")
    person = await desk.look(f"{REGISTRY}/persons/{person_id}", reason, **then.query)
    return await _person(desk, person, then, seen=True)


async def _person(desk: Desk, person: dict[str, Any], then: Then, *, seen: bool) -> Response:
    who = person["person_id"]
    categories, homes, names = await asyncio.gather(
        _unless_hidden(desk, f"{REGISTRY}/persons/{who}/categories", then),
        desk.get(f"{REGISTRY}/households", person_id=who, **then.query),
        desk.request.app.state.places.of(desk),
    )
    households = await asyncio.gather(*(household_of(desk, one["household_id"], then) for one in homes["households"]))
    day = then.day or today(settings_of(desk.request))
    picture = periods.of_person(person["coverage"], day).inline if person["coverage"] else None
    return shown(
        desk.request, "person.html", person=person, categories=categories, households=households, picture=picture,
        then=then, day=day, seen=seen, names=names, place_text=place_text, words=words, of_programme=words.of_programme,
    )  # fmt: skip


async def _unless_hidden(desk: Desk, path: str, then: Then) -> dict[str, Any] | None:
    """What may not be told of everybody; None where it is not told of this one, or was not known then."""
    try:
        told: dict[str, Any] = await desk.get(path, **then.query)
    except Refused as refused:
        if refused.code != NOT_FOUND:
            raise
        return None
    return told


async def household_of(desk: Desk, household_id: str, then: Then, compared: Then | None = None) -> dict[str, Any]:
    """How a household stood (HouseholdStandingOut), and what of money goes with each period of support."""
    path = f"{REGISTRY}/households/{household_id}"
    against = compared.query["known_at"] if compared else None
    standing, money = await asyncio.gather(
        desk.get(f"{path}/standing", **then.query, compared_to=against),
        desk.get(f"{REGISTRY}/coverage", household_id=household_id, limit=200, **then.query),
    )
    own = {one["coverage_id"]: one["own_amount_fen"] for one in money["coverage"]}
    whole = {one["coverage_id"]: one["amount_fen"] for one in money["coverage"]}
    return {**standing, "household_id": household_id, "own_fen": own, "whole_fen": whole}


@router.get("/people/{person_id}/record")
async def show_record(desk: AtDesk, person_id: str) -> Response:
    """Every period of support with everything ever believed of it: days it speaks of, and when it was believed."""
    person = await desk.get(f"{REGISTRY}/persons/{person_id}")
    every = await desk.get(f"{REGISTRY}/coverage", person_id=person["person_id"], limit=200)
    told = await asyncio.gather(
        *(desk.get(f"{REGISTRY}/coverage/{one['coverage_id']}/history") for one in every["coverage"])
    )
    day = today(settings_of(desk.request))
    histories = [
        {**one, "picture": periods.of_versions(str(at), one["versions"], day).inline} for at, one in enumerate(told)
    ]
    return shown(
        desk.request, "person_record.html", person=person, histories=histories, words=words,
        of_programme=words.of_programme, days_of=periods.days_of,
    )  # fmt: skip
