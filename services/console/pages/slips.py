"""Slips (协查函): the prefecture finds whom two counties support and decides disputes; each county answers."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Response
from starlette.responses import RedirectResponse

from console.door import AtDesk, Desk, OfForm, settings_of
from console.files import passed_on
from console.services import PRECONDITION, REGISTRY, Refused
from console.show import shown, today
from kit.reveals import REASONS
from kit.scope import prefix

router = APIRouter(include_in_schema=False)
SLIPS = f"{REGISTRY}/slips"
COUNTY_DIGITS = 6
# Which list → its title and what the registry is asked.
LISTS: Mapping[str, tuple[str, Mapping[str, object]]] = {
    "waiting": ("待本地答复", {"waiting": True}),
    "open": ("待答复", {"state": "open"}),
    "late": ("超期", {"overdue": True}),
    "disputed": ("待裁定", {"state": "disputed"}),
    "settled": ("已办结", {"state": "settled"}),
    "all": ("全部", {}),
}
ANSWERS: Mapping[str, str] = {
    "keeps": "本县继续保障",
    "stops": "本县停发",
    "verifying": "人户分离核实中",
    "other-person": "不是同一人",
}
FIELDS: Mapping[str, tuple[str, ...]] = {"answer": ("code", "stop_from", "note"), "decide": ("keeps", "reason")}
NEITHER = "none"  # of the counties: they are different people, or neither is entitled


def above_counties(desk: Desk) -> bool:
    """Whether somebody asks and decides, and does not answer."""
    return len(prefix(desk.signed.area)) < COUNTY_DIGITS


@router.get("/slips")
async def show_slips(desk: AtDesk) -> Response:
    """The lists: a county begins with what it owes, the prefecture with what is open."""
    return await _list(desk)


async def _list(desk: Desk, refused: Refused | None = None) -> Response:
    asked, above = desk.request.query_params, above_counties(desk)
    lists = {name: title for name, (title, _) in LISTS.items() if not (above and name == "waiting")}
    which = asked.get("list") if asked.get("list") in lists else next(iter(lists))
    told = LISTS[str(which)][1]
    page = await desk.get(SLIPS, limit=settings_of(desk.request).page_rows, cursor=asked.get("cursor"), **told)
    found = {name: asked[name] for name in ("found", "made", "known", "protected", "ceased") if name in asked}
    return shown(
        desk.request, "slips.html", status=refused.status if refused else 200, page=page, which=which, lists=lists,
        found={name: value for name, value in found.items() if value.isdecimal()}, above=above,
        why=refused.detail if refused else None, export=urlencode({"list": which}),
    )  # fmt: skip


@router.post("/slips")
async def find_slips(given: OfForm) -> Response:
    """Look for double support and put a slip to the counties of each."""
    try:
        told = await given.desk.post(f"{SLIPS}/find", {})
    except Refused as refused:
        return await _list(given.desk, refused)
    counts = {name: told[name] for name in ("found", "made", "known", "protected", "ceased")}
    return RedirectResponse(f"/slips?{urlencode({**counts, 'list': 'open'})}", 303)


@router.get("/slips/list.xlsx")
async def fetch_list(desk: AtDesk) -> Response:
    """The list chosen, as a workbook."""
    chosen = LISTS.get(desk.request.query_params.get("list", ""), LISTS["all"])[1]
    return await passed_on(desk, f"{SLIPS}/export.xlsx", "协查函.xlsx", **chosen)


@router.get("/slips/{slip_id}")
async def show_slip(desk: AtDesk, slip_id: str) -> Response:
    """One slip: what each county gives, what was answered, and the form of whose turn it is."""
    return await _one(desk, slip_id, {})


async def _one(
    desk: Desk, slip_id: str, typed: Mapping[str, str], step: str = "", refused: Refused | None = None
) -> Response:
    slip = await desk.get(f"{SLIPS}/{slip_id}")
    unfinished = slip["state"] in {"open", "disputed"}
    own = [one for one in slip["sides"] if one["own"] and one["county"]]
    above = above_counties(desk)
    return shown(
        desk.request, "slip.html", status=refused.status if refused else 200, slip=slip, typed=typed, step=step,
        refused=refused, moved=refused is not None and refused.status == PRECONDITION, answers=ANSWERS,
        answering=unfinished and len(own) == 1 and not above and desk.signed.may("cases:write"),
        deciding=unfinished and above and desk.signed.may("cases:approve"), counties=own, neither=NEITHER,
        wrong={str(one["pointer"]).strip("/"): str(one["detail"]) for one in refused.errors} if refused else {},
    )  # fmt: skip


@router.get("/slips/{slip_id}/letter")
async def show_letter(desk: AtDesk, slip_id: str) -> Response:
    """The paper to one county: masked, or, for a reason, with name and number as that county has them. Of the others it
    says no more than that county's page does."""
    asked, path = desk.request.query_params, f"{SLIPS}/{slip_id}"
    reason = asked.get("reason")
    slip = await (desk.look(path, reason) if reason in REASONS else desk.get(path))
    names = [one["county_name"] for one in slip["sides"] if one["own"]]
    to = asked.get("to") if asked.get("to") in names else names[0] if names else ""
    sides = [one if one["county_name"] == to else {**one, "name": None, "id_number": None} for one in slip["sides"]]
    return shown(
        desk.request, "slip_letter.html", slip=slip, sides=sides, to=to, names=names, reasons=REASONS, reason=reason,
        day=today(settings_of(desk.request)),
    )  # fmt: skip


@router.post("/slips/{slip_id}/{step}")
async def take_step(given: OfForm, slip_id: str, step: str) -> Response:
    """An answer, or a decision; where it is refused the form stands as it was filled in."""
    if step not in FIELDS:
        raise Refused(404, "not-found", "没有这个操作。")
    typed = {name: told for name in FIELDS[step] if (told := given.text(name))}
    try:
        await given.desk.post(f"{SLIPS}/{slip_id}/{step}", _body(step, typed), version=given.number("version"))
    except Refused as refused:
        return await _one(given.desk, slip_id, typed, step, refused)
    return RedirectResponse(f"/slips/{slip_id}", 303)


def _body(step: str, typed: Mapping[str, str]) -> dict[str, Any]:
    """As the registry takes it: a month only with the answer that has one."""
    if step == "answer":
        return {name: value for name, value in typed.items() if name != "stop_from" or typed.get("code") == "stops"}
    keeps = typed.get("keeps")
    return {**typed, "keeps": None} if keeps == NEITHER else dict(typed)
