"""What a caller of another agency may be told: by agreement, field by field, and without one nothing.

Every operation of a service has a row in its table: it tells of people (a resource, clamped to the fields agreed), it
is for the house alone, or it tells of nobody (with the reason). A caller is admitted by that row where its token is
read, before anything is done; what the answer says is clamped on its way out, whatever the endpoint. An operation
without a row, a field nobody agreed, a list that cannot be had: nothing is told.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import orjson
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kit.auth import Caller, Terms
from kit.problems import Problem
from kit.scope import covers

WITHHELD = "withheld"
THIRD_PARTY, DEPARTMENT = "third-party", "department"


class AgreementMissing(Problem):
    status, code = 403, "agreement-missing"
    zh = "贵单位没有允许此项查询的有效共享协议（按用途和区划）。请与民政部门签订，由安全管理员登记并经第二人批准。"
    en = (
        "No agreement in force lets your agency be told this, for this purpose and area. Conclude one with civil "
        "affairs; their security administrator enters it and a second one approves."
    )


class AgreementInsufficient(Problem):
    status, code = 403, "agreement-insufficient"
    zh = "贵单位的共享协议不包含此项内容；如确有需要，请与民政部门订立新版本。"
    en = "Your agency's agreement does not reach this far. If it is needed, agree on a new version with civil affairs."


@dataclass(frozen=True)
class Agreed:
    """A version in force: who may be told what, for which purposes, of which area."""

    version_id: str
    agency: str
    kind: str  # department | third-party
    purposes: frozenset[str]
    area: str
    fields: Mapping[str, frozenset[str]]  # resource → its fields, by dots
    cases: frozenset[str] = frozenset()  # assigned to a third party today, where the service cannot ask its own table


@dataclass(frozen=True)
class Tells:
    """An operation that tells of people: of which resource, and where in the answer its objects stand (by dots).

    `clamped`: elsewhere than in the JSON of the answer (`endpoint`), for instance in the rows of a workbook.
    """

    resource: str
    at: str = ""
    clamped: str = "answer"


@dataclass(frozen=True)
class HouseOnly:
    """An operation no agreement opens, and why."""

    why: str


@dataclass(frozen=True)
class Plain:
    """An operation that tells nobody of anybody in the registry, and why."""

    why: str


Row = Tells | HouseOnly | Plain


@dataclass(frozen=True)
class Policy:
    """Who is of the house, what each operation tells, which versions are in force for an agency, and the day."""

    house: frozenset[str]
    table: Mapping[str, Row]
    in_force: Callable[[str], Sequence[Agreed]]  # may raise UpstreamDown: then nothing is told
    day: Callable[[], date]

    def admit(self, operation: str, caller: Caller) -> tuple[Caller, Tells | None]:
        """The caller as it may go on, and what its answer is clamped to. Raises AgreementMissing or
        AgreementInsufficient."""
        if caller.agency in self.house:
            return caller, None
        row = self.table.get(operation)
        if isinstance(row, Plain):
            return replace(caller, terms=Terms(None, frozenset(), self.day())), None
        if not isinstance(row, Tells):
            raise AgreementInsufficient
        found = [one for one in self.in_force(caller.agency) if one.agency == caller.agency and _fits(one, caller)]
        if not found:
            raise AgreementMissing
        useful = [one for one in found if one.fields.get(row.resource)]
        if not useful:
            raise AgreementInsufficient
        return self._bound(caller, useful, row.resource), row

    def _bound(self, caller: Caller, useful: Sequence[Agreed], resource: str) -> Caller:
        """Several versions add up only where each of them covers all the caller asks from; else the widest one counts,
        and the caller's area is narrowed to its own."""
        whole = [one for one in useful if covers(one.area, caller.area)]
        chosen = whole or [min(useful, key=lambda one: (one.area.rstrip("0"), one.version_id))]
        assigned = any(one.kind == THIRD_PARTY for one in chosen)
        terms = Terms(
            version=chosen[0].version_id,
            fields=frozenset().union(*(one.fields[resource] for one in chosen)),
            day=self.day(),
            assigned_only=assigned,
            cases=frozenset().union(*(one.cases for one in chosen)),
        )
        return replace(caller, area=caller.area if whole else chosen[0].area, terms=terms)


def _fits(one: Agreed, caller: Caller) -> bool:
    overlaps = covers(one.area, caller.area) or covers(caller.area, one.area)
    return overlaps and caller.purpose in one.purposes


def house_of(told: str) -> frozenset[str]:
    """The agencies of the house, as the settings say."""
    return frozenset(word.strip() for word in told.split(",") if word.strip())


def clamped(value: Mapping[str, Any], fields: frozenset[str]) -> dict[str, Any]:
    """One object of a resource with the fields allowed; what is left out is named in `withheld`."""
    left_out: set[str] = set()
    kept = _kept(value, fields, "", left_out)
    return {**kept, WITHHELD: sorted(left_out)} if left_out else kept


def _kept(value: Mapping[str, Any], fields: frozenset[str], before: str, left_out: set[str]) -> dict[str, Any]:
    kept: dict[str, Any] = {}
    for name, inner in value.items():
        path = f"{before}{name}"
        if path in fields:
            kept[name] = inner
        elif any(one.startswith(f"{path}.") for one in fields):
            kept[name] = _below(inner, fields, f"{path}.", left_out)
        else:
            left_out.add(path)
    return kept


def _below(value: Any, fields: frozenset[str], before: str, left_out: set[str]) -> Any:
    if isinstance(value, Mapping):
        return _kept(value, fields, before, left_out)
    if isinstance(value, list):
        return [_below(one, fields, before, left_out) for one in value]
    return None  # fields were agreed of an object that is none here: of a bare value nobody said anything


def clamp_at(document: Any, at: str, fields: frozenset[str]) -> Any:
    """A whole answer with the objects at `at` clamped; everything else of it is the frame (cursors, counts)."""
    if isinstance(document, list):
        return [clamp_at(one, at, fields) for one in document]
    if not isinstance(document, dict):
        return document
    if not at:
        return clamped(document, fields)
    first, _, rest = at.partition(".")
    return {**document, first: clamp_at(document.get(first), rest, fields)}


class Clamp:
    """The layer next to the endpoints: what an outsider is answered is cut to its fields, or not sent at all."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Nothing is held back of answers to the house."""
        if scope["type"] == "http":
            await self.app(scope, receive, _Cut(scope, send).take)
        else:
            await self.app(scope, receive, send)


class _Cut:
    """One answer on its way out."""

    def __init__(self, scope: Scope, send: Send) -> None:
        self.scope, self.send = scope, send
        self.start: Message | None = None
        self.body = b""

    async def take(self, message: Message) -> None:
        """The application's `send`; whose answer it is, is known by the time it begins."""
        if message["type"] == "http.response.start":
            told: tuple[Tells, frozenset[str]] | None = self.scope.get("state", {}).get("told")
            if told is not None and told[0].clamped == "answer" and message["status"] < 300:
                self.start = message
                return
        elif self.start is not None and message["type"] == "http.response.body":
            self.body += message.get("body", b"")
            if message.get("more_body", False):
                return
            await self._finish()
            return
        await self.send(message)

    async def _finish(self) -> None:
        assert self.start is not None
        row, fields = self.scope["state"]["told"]
        headers = MutableHeaders(raw=list(self.start["headers"]))
        body = self.body
        if body:
            # Raises where the answer is no JSON: a file is no answer whose fields could be counted.
            body = orjson.dumps(clamp_at(orjson.loads(body), row.at, fields))
            headers["Content-Length"] = str(len(body))
        await self.send({**self.start, "headers": headers.raw})
        await self.send({"type": "http.response.body", "body": body})
