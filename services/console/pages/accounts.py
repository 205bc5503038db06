"""Accounts of people, kept by the security administrator: made, changed, disabled, unlocked; and programs beside them.

A first password is set by the person itself; the one-time secret for it is shown once, to be printed and handed over.
"""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import APIRouter, Response

from console import access_words
from console.door import AtDesk, Desk, Form, OfForm, settings_of
from console.places import below, place_text
from console.services import PRECONDITION, REGISTRY, Refused
from console.show import shown

router = APIRouter(include_in_schema=False)
ACCOUNTS = f"{REGISTRY}/accounts"
NEW = ("login", "name", "staff_number", "agency", "area")
CHANGES = ("name", "agency", "area")
TITLES = {"name": "姓名", "agency": "部门", "area": "区划"}
SHAPES = {
    "login": "登录名以字母开头，3 至 64 位，只用字母、数字、点、横线、下划线。",
    "agency": "没有叫这个名称的部门，请从列表里选；别的部门写它的代码，只用小写字母、数字和横线。",
}  # fmt: skip
STEPS = {"disable": ("DELETE", ""), "unlock": ("POST", "/unlock"), "activation": ("POST", "/activation")}
DONE = {"disable": "已停用，登录都已结束。", "unlock": "已解锁。"}


@router.get("/accounts")
async def show_accounts(desk: AtDesk) -> Response:
    """Those of the area."""
    limit, cursor = settings_of(desk.request).page_rows, desk.request.query_params.get("cursor")
    page, roles, names = await asyncio.gather(
        desk.get(ACCOUNTS, limit=limit, cursor=cursor), _roles(desk), desk.request.app.state.places.of(desk)
    )
    return shown(
        desk.request, "accounts.html", page=page, roles=roles, names=names, place_text=place_text, words=access_words
    )  # fmt: skip


async def _roles(desk: Desk) -> dict[str, dict[str, Any]]:
    told = await desk.get(f"{REGISTRY}/roles")
    return {one["role"]: one for one in told["roles"]}


@router.get("/accounts/roles")
async def show_roles(desk: AtDesk) -> Response:
    """What each role may do, in words."""
    return shown(desk.request, "roles.html", roles=await _roles(desk), words=access_words)


@router.get("/accounts/programs")
async def show_programs(desk: AtDesk) -> Response:
    """The clients of the area: programs with scopes of their own."""
    limit, cursor = settings_of(desk.request).page_rows, desk.request.query_params.get("cursor")
    page = await desk.get(f"{REGISTRY}/clients", limit=limit, cursor=cursor)
    names = await desk.request.app.state.places.of(desk)
    return shown(
        desk.request, "programs.html", page=page, names=names, place_text=place_text, words=access_words
    )  # fmt: skip


@router.get("/accounts/new")
async def ask_of_account(desk: AtDesk) -> Response:
    """The form of a new one."""
    return await _new(desk, dict.fromkeys(NEW, ""), [])


@router.post("/accounts/new")
async def create(given: OfForm) -> Response:
    """A new one: its secret is on this page and nowhere else."""
    typed = _typed(given, NEW)
    roles = given.all("roles")
    try:
        made = await given.desk.post(ACCOUNTS, {**typed, "roles": roles})
    except Refused as refused:
        return await _new(given.desk, typed, roles, refused)
    return await _secret(given.desk, made)


async def _new(desk: Desk, typed: Mapping[str, str], chosen: list[str], refused: Refused | None = None) -> Response:
    roles, areas = await asyncio.gather(_roles(desk), _areas(desk))
    return shown(
        desk.request, "account_new.html", status=refused.status if refused else 200, typed=typed, chosen=chosen,
        roles=roles, areas=areas, refused=refused, wrong=_by_field(refused), words=access_words,
    )  # fmt: skip


def _typed(given: Form, names: Sequence[str]) -> dict[str, str]:
    typed = {name: given.text(name) or "" for name in names}
    return {**typed, "agency": access_words.agency_code(typed["agency"])}


def _by_field(refused: Refused | None) -> dict[str, str]:
    found = {}
    for one in refused.errors if refused else []:
        name = str(one["pointer"]).removeprefix("/body").strip("/").partition("/")[0]
        shape = one.get("code") == "string_pattern_mismatch"  # of which the registry tells the expression
        found[name] = SHAPES.get(name, str(one["detail"])) if shape else str(one["detail"])
    return found


async def _areas(desk: Desk) -> dict[str, str]:
    names, own = await desk.request.app.state.places.of(desk), desk.signed.area
    return {own: place_text(names, own) or own, **below(names, own)}


async def _secret(desk: Desk, made: Mapping[str, Any]) -> Response:
    roles = await _roles(desk)
    return shown(desk.request, "account_secret.html", made=made, roles=roles)


@router.get("/accounts/{account_id}")
async def show_account(desk: AtDesk, account_id: str) -> Response:
    """One, with what can be done with it."""
    return await _one(desk, account_id)


async def _one(desk: Desk, account_id: str, typed: Mapping[str, Any] | None = None, **more: Any) -> Response:
    account, roles, areas = await asyncio.gather(desk.get(f"{ACCOUNTS}/{account_id}"), _roles(desk), _areas(desk))
    refused: Refused | None = more.get("refused")
    moved = refused is not None and refused.status == PRECONDITION
    return shown(
        desk.request, "account.html", status=refused.status if refused else 200, account=account, roles=roles,
        areas=areas, typed=typed or account, refused=refused, wrong=_by_field(refused), moved=moved,
        differs=_differs(account, typed) if moved and typed else [], done=more.get("done"), words=access_words,
    )  # fmt: skip


def _differs(account: Mapping[str, Any], typed: Mapping[str, Any]) -> list[str]:
    said = {**account, "agency": access_words.AGENCIES.get(account["agency"], account["agency"])}
    found = [f"{title}：现为 {said[name]}" for name, title in TITLES.items() if account[name] != typed[name]]
    return [*found, *(["角色"] if set(account["roles"]) != set(typed["roles"]) else [])]


@router.post("/accounts/{account_id}")
async def change(given: OfForm, account_id: str) -> Response:
    """Another name, agency, area or other roles, in the version seen."""
    desk = given.desk
    body = {**_typed(given, CHANGES), "roles": given.all("roles")}
    version = given.number("version")
    try:
        await desk.services.change(desk.signed, "PATCH", f"{ACCOUNTS}/{account_id}", body, version=version)
    except Refused as refused:
        return await _one(desk, account_id, body, refused=refused)
    return await _one(desk, account_id, done="已保存。改了角色、部门或区划的，其登录已结束。")


@router.post("/accounts/{account_id}/{step}")
async def take_step(given: OfForm, account_id: str, step: str) -> Response:
    """Disabled, unlocked, or given a new one-time secret."""
    if step not in STEPS:
        raise Refused(404, "not-found", "没有这个操作。")
    try:
        told = await _step(given, account_id, step)
    except Refused as refused:
        return await _one(given.desk, account_id, refused=refused)
    if step == "activation":
        return await _secret(given.desk, told)
    return await _one(given.desk, account_id, done=DONE[step])


async def _step(given: Form, account_id: str, step: str) -> dict[str, Any]:
    method, path = STEPS[step]
    told: dict[str, Any] = await given.desk.services.change(given.desk.signed, method, f"{ACCOUNTS}/{account_id}{path}")
    return told
