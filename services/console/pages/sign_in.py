"""Signing in, step by step as the registry asks for them, and out again. What was typed before goes along, sealed."""

from typing import Any

from fastapi import APIRouter, Request, Response
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse

from console import session
from console.door import OfForm, address_of, keep, open_draft, ring_of, same_site
from console.navigation import home_of
from console.services import REGISTRY, Away, Refused, Services, SignedOut
from console.session import Signed
from console.show import shown
from console.typed import lines

router = APIRouter(include_in_schema=False)
# What the registry says comes next → the page that asks for it, and the call it is answered with.
STEPS = {
    "second-factor": ("second_factor.html", "second-factor"),
    "enrol-second-factor": ("enrol.html", "second-factor"),
    "new-password": ("new_password.html", "password"),
}


@router.get("/sign-in")
async def sign_in(request: Request) -> Response:
    """The page that asks who it is."""
    return shown(request, "sign_in.html", draft=None, why=None, next=_inside(request.query_params.get("next")))


@router.post("/sign-in")
async def begin(request: Request) -> Response:
    """Login and password."""
    same_site(request)
    given = await request.form()
    login, password = _text(given, "login"), _text(given, "password")
    if not login or not password:
        return _again(request, given, "请填写登录名和密码。")
    return await _step(request, given, "", {"login": login, "password": password})


@router.post("/sign-in/{step}")
async def go_on(request: Request, step: str) -> Response:
    """The code, or a new password."""
    same_site(request)
    given = await request.form()
    if step not in {call for _, call in STEPS.values()}:
        return _again(request, given, "登录步骤不对，请从头开始。")
    wanted = {"handle": _text(given, "handle"), "code" if step == "second-factor" else "password": _text(given, "said")}
    return await _step(request, given, f"/{step}", wanted)


async def _step(request: Request, given: FormData, step: str, body: dict[str, Any]) -> Response:
    services = request.app.state.services
    try:
        answer = await services.call(None, "POST", f"{REGISTRY}/sessions{step}", json=body, headers=address_of(request))
    except Refused as refused:
        return _again(request, given, _why(refused))
    except SignedOut:
        return _again(request, given, "登录用时过长，请从头开始。")
    told = answer.json()
    if told["next"] == "none":
        return await _done(request, given, session.opened(told, _text(given, "login")), told["recovery_codes"])
    offer = {}
    if told["next"] == "enrol-second-factor":
        offered = await services.call(
            None, "POST", f"{REGISTRY}/sessions/second-factor/offer", json={"handle": told["handle"]}
        )
        offer = offered.json()
    page, call = STEPS[told["next"]]
    return shown(
        request, page, call=call, handle=offer.get("handle", told["handle"]), offer=offer, **_carried(given)
    )  # fmt: skip


async def _done(request: Request, given: FormData, signed: Signed, recovery: list[str]) -> Response:
    """Signed in: to where it was going, or back to the form that came too late."""
    keep(request, signed)
    draft = open_draft(ring_of(request), _text(given, "draft"))
    there = _inside(_text(given, "next")) or home_of(signed)
    if draft is None and not recovery:
        return RedirectResponse(there, 303)
    told = lines(draft.fields, await _outcomes(request, signed)) if draft else []
    return shown(request, "signed_in.html", draft=draft, told=told, recovery=recovery, there=there)


async def _outcomes(request: Request, signed: Signed) -> dict[str, str]:
    """Code → what it is called, for a draft that states one; nothing to whom they are not told."""
    services: Services = request.app.state.services
    try:
        codes = (await services.get(signed, f"{REGISTRY}/cases/outcome-codes"))["codes"]
    except (Refused, Away):
        return {}
    return {one["code"]: f"{one['code']} {one['title']}" for one in codes}


@router.get("/activate")
async def ask_to_activate(request: Request) -> Response:
    """The page of whoever signs in for the first time."""
    return shown(request, "activate.html", why=None, login="")


@router.post("/activate")
async def activate(request: Request) -> Response:
    """The first password, by the one-time secret the security administrator handed over."""
    same_site(request)
    given = await request.form()
    body = {name: _text(given, name) for name in ("login", "activation_secret", "password")}
    why = None if all(body.values()) else "请填写登录名、激活码和新密码。"
    if why is None:
        services: Services = request.app.state.services
        try:
            await services.call(None, "POST", f"{REGISTRY}/activation", json=body, headers=address_of(request))
        except Refused as refused:
            why = _why(refused)
    if why is not None:
        return shown(request, "activate.html", status=422, why=why, login=body["login"])
    return shown(request, "sign_in.html", draft=None, why="密码已设好，请登录。", login=body["login"])


@router.post("/sign-out")
async def sign_out(given: OfForm) -> Response:
    """Out: the registry ends the session and every token with it."""
    await given.desk.services.call(given.desk.signed, "DELETE", f"{REGISTRY}/sessions/current")
    keep(given.desk.request, None)
    return RedirectResponse("/sign-in", 303)


@router.get("/")
async def begin_where_the_work_is(request: Request) -> Response:
    """The first page of whoever is signed in."""
    signed = session.unsealed(ring_of(request), request.cookies.get(session.COOKIE))
    return RedirectResponse("/sign-in" if signed is None else home_of(signed), 303)


def _again(request: Request, given: FormData, why: str) -> Response:
    return shown(request, "sign_in.html", status=422, why=why, **_carried(given))


def _carried(given: FormData) -> dict[str, Any]:
    """What goes along from step to step."""
    return {
        "draft": _text(given, "draft") or None,
        "next": _inside(_text(given, "next")),
        "login": _text(given, "login"),
    }


def _why(refused: Refused) -> str:
    told = "".join(f"{one['detail']}。" for one in refused.errors)
    return refused.detail + told


def _text(given: FormData, name: str) -> str:
    value = given.get(name)
    return value.strip() if isinstance(value, str) else ""


def _inside(there: str | None) -> str | None:
    """A place of ours to go on to: never another site's."""
    if not there or not there.startswith("/") or there.startswith(("//", "/\\")) or "\n" in there or "\r" in there:
        return None
    return there
