"""The two services, as a page speaks to them: whose token goes along, and what a refusal is in words for people.

Nothing personal is put in an address. An answer that is no success raises `Refused`, with the service's own Chinese
sentence; a service that does not answer raises `Away`, so that a page can go on without it.
"""

import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import httpx

from console.access_words import SCOPES
from console.session import Signed
from kit import traces
from kit.columns import new_id
from kit.logs import get_logger

_log = get_logger("console")
REGISTRY, MATCHER = "/registry/v1", "/matcher/v1"
NAMES = {REGISTRY: "登记台账服务", MATCHER: "比对服务"}
UNAUTHORISED, PRECONDITION = 401, 412


class Away(Exception):
    """A service did not answer, or says that it cannot now."""

    def __init__(self, prefix: str) -> None:
        super().__init__(prefix)
        self.name = NAMES[prefix]


class SignedOut(Exception):
    """The session has ended: sign in again."""


@dataclass
class Refused(Exception):
    """A service understood and said no."""

    status: int
    code: str
    detail: str
    request_id: str = ""
    errors: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True)
class Services:
    """One connection pool to both; safe to share."""

    http: httpx.AsyncClient
    addresses: Mapping[str, str]

    async def get(self, signed: Signed, path: str, **query: object) -> Any:
        """A JSON answer. Raises Refused, Away, SignedOut."""
        return (await self.call(signed, "GET", path, params=_given(query))).json()

    async def ask(self, signed: Signed, path: str, body: object, **query: object) -> Any:
        """The same where what is asked may stand in no address."""
        return (await self.call(signed, "POST", path, json=body, params=_given(query))).json()

    async def post(self, signed: Signed, path: str, body: object, *, version: int | None = None) -> Any:
        """The same of a call that changes something; `version`: the one seen (If-Match)."""
        return await self.change(signed, "POST", path, body, version=version)

    async def change(
        self, signed: Signed, method: str, path: str, body: object = None, *, version: int | None = None
    ) -> Any:
        """The same by any other method."""
        match = {} if version is None else {"If-Match": f'"{version}"'}
        answer = await self.call(signed, method, path, json=body, headers={"Idempotency-Key": new_id(), **match})
        return answer.json() if answer.content else None

    async def send(self, signed: Signed, path: str, content: bytes, headers: Mapping[str, str]) -> httpx.Response:
        """A file. Raises Refused, Away, SignedOut."""
        return await self.call(signed, "POST", path, content=content, headers={"Idempotency-Key": new_id(), **headers})

    async def call(self, signed: Signed | None, method: str, path: str, **more: Any) -> httpx.Response:
        """Any call. `path` begins with the service's prefix."""
        prefix = REGISTRY if path.startswith(REGISTRY) else MATCHER
        headers = {**_of(signed), **traces.headers(), **more.pop("headers", {})}
        try:
            answer = await self.http.request(method, self.addresses[prefix] + path, headers=headers, **more)
        except httpx.TransportError:
            _log.warning("service_away", service=prefix)
            raise Away(prefix) from None
        _judge(prefix, answer)
        return answer

    async def refreshed(self, signed: Signed, purpose: str) -> dict[str, Any]:
        """The next token and handle (SignInOut), for a purpose. Raises SignedOut."""
        asked = {"handle": signed.handle, "purpose": purpose}
        answer: dict[str, Any] = (await self.call(None, "POST", f"{REGISTRY}/sessions/refresh", json=asked)).json()
        return answer

    async def looking(self, signed: Signed) -> tuple[Signed, Signed]:
        """The session under a token whose purpose is to reveal, for one look; and as it goes on, its handle being spent
        on that token. Raises SignedOut."""
        answer = await self.refreshed(signed, "reveal")
        return (
            replace(signed, token=answer["token"]["access_token"]),
            replace(signed, handle=answer["handle"]),
        )

    @asynccontextmanager
    async def stream(self, signed: Signed, path: str, **query: object) -> AsyncIterator[httpx.Response]:
        """A file, part by part."""
        prefix = REGISTRY if path.startswith(REGISTRY) else MATCHER
        asked = self.http.build_request(
            "GET", self.addresses[prefix] + path, params=_given(query), headers={**_of(signed), **traces.headers()}
        )
        try:
            answer = await self.http.send(asked, stream=True)
        except httpx.TransportError:
            raise Away(prefix) from None
        try:
            if not answer.is_success:
                await answer.aread()
            _judge(prefix, answer)
            yield answer
        finally:
            await answer.aclose()


def _of(signed: Signed | None) -> dict[str, str]:
    return {"Accept-Language": "zh", **({"Authorization": f"Bearer {signed.token}"} if signed else {})}


def _given(query: Mapping[str, object]) -> dict[str, Any]:
    return {name: value for name, value in query.items() if value not in (None, "")}


# What the services say is for programs too: a page has no `errors`, and its readers need no English beside.
_BESIDE = re.compile(r"\s*\([^()（）\u4e00-\u9fff]*\)$")
_CALL = re.compile(r"（(?:[A-Z]+ )?/[^（）]*）|；[^；。]*(?:GET|POST) /[^；。]*")  # the call a program would make next


def plain(told: str) -> str:
    """A sentence of a service as staff read it."""
    return _CALL.sub("", _BESIDE.sub("", told)).replace("见 errors", "见下")


def lacking(scopes: str) -> str:
    """What a program is told of the scopes its token lacks (`one / another`), as whoever is signed in is told of
    rights."""
    rights = "或".join(f"“{SCOPES.get(one, one)}”" for one in scopes.split(" / "))
    return f"您的账号没有{rights}的权限。工作需要的，请本单位的安全管理员调整您的角色。"


def _judge(prefix: str, answer: httpx.Response) -> None:
    if answer.is_success:
        return
    try:
        told = answer.json()
    except ValueError:
        told = {}
    code = told.get("code", "")
    if answer.status_code == UNAUTHORISED and (code.startswith("token-") or code == "session-ended"):
        raise SignedOut
    if answer.status_code in {502, 503, 504}:
        raise Away(prefix)
    detail = plain(told.get("detail", "服务没有说明原因。"))
    raise Refused(
        answer.status_code,
        code,
        lacking(told["args"]["scope"]) if code == "scope-missing" else detail,
        told.get("request_id", ""),
        [{**one, "detail": plain(one["detail"])} for one in told.get("errors", [])],
    )
