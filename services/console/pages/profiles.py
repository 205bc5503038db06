"""Parameters of the screens as an area sets them: drafted, changed, and read with everything that was done to them."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from fastapi import APIRouter, Response
from starlette.responses import RedirectResponse

from console.door import AtDesk, Desk, Form, OfForm, settings_of
from console.places import below, place_text
from console.services import MATCHER, PRECONDITION, Refused
from console.setting_words import DISABILITIES, GRADES, Setting, bounds_of, text_of, word_of
from console.settings_form import Untold, brought, field_of, typed_of, value_of
from console.show import shown, today

router = APIRouter(include_in_schema=False)
STATES = {"draft": "草案", "approved": "已批准", "ended": "已终止", "withdrawn": "已撤回"}
STEPS = {
    "drafted": "拟定",
    "changed": "修改",
    "approved": "批准",
    "restored": "恢复",
    "ended": "终止",
    "withdrawn": "撤回",
}
HEAD = ("area", "purpose", "valid_from", "valid_to", "campaign")
MOST = 1000


@dataclass(frozen=True)
class Filled:
    """A form as it was filled in: what stands in it, what is wrong with it, and the draft it would change."""

    chosen: Sequence[str]
    typed: Mapping[str, list[str]]
    wrong: Mapping[str, str] = field(default_factory=dict)
    profile: Mapping[str, Any] | None = None
    refused: Refused | None = None

    @property
    def moved(self) -> bool:
        """Whether somebody else changed the draft meanwhile."""
        return self.refused is not None and self.refused.status == PRECONDITION


@router.get("/screens/profiles")
async def show_profiles(desk: AtDesk) -> Response:
    """All of the area and of those in it, the newest first."""
    told, names = await asyncio.gather(_all(desk, None), desk.request.app.state.places.of(desk))
    return shown(
        desk.request, "profiles.html", profiles=told[::-1], states=STATES, names=names, place_text=place_text
    )  # fmt: skip


async def _all(desk: Desk, area: str | None) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await desk.get(f"{MATCHER}/screen-profiles", area=area, limit=MOST))["profiles"]
    return found


async def settings_by_name(desk: Desk, area: str) -> dict[str, Setting]:
    """Every setting as it stands in an area today."""
    told = await desk.get(f"{MATCHER}/screen-settings", area=area)
    return {one["setting"]: one for one in told["settings"]}


@router.get("/screens/profiles/choose")
async def choose_settings(desk: AtDesk) -> Response:
    """Which settings are to be other than they are."""
    area = desk.request.query_params.get("area") or desk.signed.area
    known, names = await asyncio.gather(settings_by_name(desk, area), desk.request.app.state.places.of(desk))
    own = await _standing(desk, area)
    return shown(
        desk.request, "profile_choose.html", area=area, areas=_areas(desk, names), own=own,
        settings=[{**one, "text": text_of(one, one["value"])} for one in known.values()],
    )  # fmt: skip


def _areas(desk: Desk, names: dict[str, str]) -> dict[str, str]:
    own = desk.signed.area
    return {own: place_text(names, own), **below(names, own)}


async def _standing(desk: Desk, area: str) -> dict[str, Any] | None:
    """The ordinary profile that holds in an area itself: another one takes its place as a whole."""
    held = [one for one in await _all(desk, area) if one["area"] == area and one["in_force"] and not one["campaign"]]
    return held[-1] if held else None


@router.get("/screens/profiles/new")
async def ask_of_draft(desk: AtDesk) -> Response:
    """The form of a draft: what the area has set already, and what is to be set now, with today's values."""
    asked = desk.request.query_params
    area = asked.get("area") or desk.signed.area
    known = await settings_by_name(desk, area)
    own = await _standing(desk, area)
    kept = list(own["values"]) if own else []
    chosen = list(dict.fromkeys([*kept, *(name for name in asked.getlist("setting") if name in known)]))
    if not chosen:
        raise Refused(422, "settings-missing", "请先勾选要另设的参数。")
    typed: dict[str, list[str]] = {**{name: [""] for name in HEAD}, "area": [area]}
    typed["valid_from"] = [str(today(settings_of(desk.request)))]
    for name in chosen:
        typed |= typed_of(known[name], known[name]["value"])
        typed[f"b.{name}"] = [(own or {"basis": {}})["basis"].get(name, "")]
    return await _form(desk, Filled(chosen, typed))


@router.post("/screens/profiles/new")
async def draft(given: OfForm) -> Response:
    """Keep it as a draft: it decides nothing until another account approves it."""
    return await _written(given, "POST", f"{MATCHER}/screen-profiles")


@router.get("/screens/profiles/{profile_id}/change")
async def ask_of_change(desk: AtDesk, profile_id: str) -> Response:
    """The form of a draft that is there, as it stands."""
    profile = await desk.get(f"{MATCHER}/screen-profiles/{profile_id}")
    known = await settings_by_name(desk, profile["area"])
    return await _form(desk, Filled(list(profile["values"]), typed_profile(profile, known), profile=profile))


def typed_profile(profile: Mapping[str, Any], known: Mapping[str, Setting]) -> dict[str, list[str]]:
    """A profile as the form would bring it."""
    typed = {name: [profile[name] or ""] for name in HEAD}
    typed["exempt"] = ["yes"] if profile["exempt"] else []
    for name, value in profile["values"].items():
        typed |= typed_of(known[name], value)
        typed[f"b.{name}"] = [profile["basis"].get(name, "")]
    return typed


@router.post("/screens/profiles/{profile_id}/change")
async def change(given: OfForm, profile_id: str) -> Response:
    """Another wording; where somebody else changed it meanwhile, what differs is shown and nothing typed is lost."""
    return await _written(given, "PUT", f"{MATCHER}/screen-profiles/{profile_id}", profile_id)


async def _written(given: Form, method: str, path: str, profile_id: str | None = None) -> Response:
    desk, chosen = given.desk, given.all("chosen")
    known = await settings_by_name(desk, given.text("area") or desk.signed.area)
    typed = {**{name: [given.text(name) or ""] for name in HEAD}, **brought(given)}
    typed["exempt"] = given.all("exempt")
    dropped = set(given.all("drop"))
    kept = [name for name in chosen if name in known and name not in dropped]
    body, wrong = body_of(kept, typed, known)
    version = given.number("version") if profile_id else None
    refused = None
    if not wrong:
        try:
            made = await desk.services.change(desk.signed, method, path, body, version=version)
            return RedirectResponse(f"/screens/profiles/{made['profile_id']}", 303)
        except Refused as told:
            refused, wrong = told, _by_field(told)
    present = await desk.get(f"{MATCHER}/screen-profiles/{profile_id}") if profile_id else None
    return await _form(desk, Filled(kept, typed, wrong, present, refused))


def body_of(
    kept: Sequence[str], typed: Mapping[str, list[str]], known: Mapping[str, Setting]
) -> tuple[dict[str, Any], dict[str, str]]:
    """The matcher's ProfileIn, and what can be said to be wrong before it is asked."""
    head = {name: typed[name][0] for name in HEAD}
    wrong = {} if head["purpose"] else {"purpose": "请写明为什么这样定。"}
    if not head["valid_from"]:
        wrong["valid_from"] = "请填写生效日期。"
    values: dict[str, Any] = {}
    for name in kept:
        try:
            values[name] = value_of(known[name], typed)
        except Untold as why:
            wrong[name] = str(why)
    basis = {name: told for name in kept if (told := next(iter(typed.get(f"b.{name}", [])), "").strip())}
    body = {name: value for name, value in head.items() if value}
    return {**body, "exempt": bool(typed.get("exempt")), "values": values, "basis": basis}, wrong


def _by_field(refused: Refused) -> dict[str, str]:
    """Field or setting → what is wrong with it, by the matcher's account."""
    found: dict[str, str] = {}
    for one in refused.errors:
        part, _, name = str(one["pointer"]).lstrip("/").partition("/")
        key = f"b.{name}" if part == "basis" and name else name or part
        found[key] = found.get(key, "") + str(one["detail"]) + "。"
    return found


async def _form(desk: Desk, filled: Filled) -> Response:
    area, refused = filled.typed["area"][0] or desk.signed.area, filled.refused
    known, screens, names = await asyncio.gather(
        settings_by_name(desk, area), desk.get(f"{MATCHER}/screens", area=area),
        desk.request.app.state.places.of(desk),
    )  # fmt: skip
    settings = [
        {**known[name], "text": text_of(known[name], known[name]["value"]), "bounds": bounds_of(known[name]),
         "field": field_of(known[name])}
        for name in filled.chosen
    ]  # fmt: skip
    differing = differences(filled.profile, known, filled.typed) if filled.moved and filled.profile else []
    return shown(
        desk.request, "profile_form.html", status=refused.status if refused else 422 if filled.wrong else 200,
        settings=settings, typed=filled.typed, wrong=filled.wrong, profile=filled.profile, refused=refused,
        moved=filled.moved, differences=differing, areas=_areas(desk, names), area=area,
        titles={one["screen"]: one["title"] for one in screens["screens"]},
        disabilities=DISABILITIES, grades=GRADES, word_of=word_of,
    )  # fmt: skip


def differences(
    profile: Mapping[str, Any], known: Mapping[str, Setting], typed: Mapping[str, list[str]]
) -> list[tuple[str, str]]:
    """Which values stand otherwise now than in the form: the setting's title, and the value that stands now."""
    now = typed_profile(profile, known)
    found = []
    for name, value in profile["values"].items():
        own = typed_of(known[name], value)
        if any(now[field] != typed.get(field) for field in own):
            found.append((known[name]["title"], text_of(known[name], value)))
    heads = {"purpose": "说明", "valid_from": "生效日期", "valid_to": "最后一天", "campaign": "专项政策"}
    found += [(title, now[name][0] or "（空）") for name, title in heads.items() if now[name] != typed.get(name)]
    return found
