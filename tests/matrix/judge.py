"""Whether an answer keeps to the table: its status, what it must show, and that it gives nothing outside away."""

import io
import json
import zipfile
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx
import polars as pl

from kit.scope import covers
from tests.matrix.people import AREAS, INSIDE, OUTSIDE, TOWN
from tests.matrix.roles import AGENCIES, NOBODY, ROLES
from tests.matrix.table import UNKNOWN, Ask, Row, request_of, rows
from tests.matrix.world import World

# Divisions above the places themselves that would tell of them.
OUTER_CODES = {"640499200000", "640498100000", "640498000000", *(AREAS[place] for place in OUTSIDE)}
ANYWHERE = frozenset((*INSIDE, *OUTSIDE, UNKNOWN))
PASSING = ("x-request-id", "etag", "date", "content-length")


@dataclass(frozen=True)
class Who:
    """A caller: its scopes, where it stands, and what it goes by."""

    scopes: tuple[str, ...]
    area: str = TOWN
    agency: str | None = None  # None: whichever the call needs
    sub: str = "the-caller"


@dataclass
class Said:
    """What is wrong with answers, and the bodies of those that said 404."""

    wrong: list[str] = field(default_factory=list)
    absent: set[str] = field(default_factory=set)


def of_role(role: str) -> Who:
    """The caller of a role."""
    return Who(ROLES.get(role, ()), agency=AGENCIES.get(role, "civil-affairs"), sub=f"{role}-caller")


def text_of(answer: httpx.Response) -> str:
    """Everything an answer says: the body (a workbook unpacked) and the headers that are not the same for everybody."""
    headers = "\n".join(f"{name}: {value}" for name, value in answer.headers.items() if name not in PASSING)
    if answer.content[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(answer.content)) as book:
            return headers + "\n".join(book.read(name).decode("utf-8", "replace") for name in book.namelist())
    if answer.content[:4] == b"PAR1":  # its watermark stands beside the rows
        return headers + pl.read_parquet(io.BytesIO(answer.content)).write_csv()
    return headers + "\n" + answer.text


def problem_of(answer: httpx.Response) -> str:
    """A problem without the id of its request."""
    body = answer.json()
    return json.dumps({**body, "request_id": ""}, sort_keys=True, ensure_ascii=False)


def leaks(world: World, text: str, asked: str) -> list[str]:
    """The marks of what lies outside that stand in an answer and not in the question."""
    marks = set().union(*(world.planted[place].marks for place in OUTSIDE)) | OUTER_CODES
    return sorted(mark for mark in marks if mark in text and mark not in asked)


def put(world: World, ask: Ask, who: Who, place: str) -> tuple[httpx.Response, str]:
    """Make the call as that caller: the answer, and all that was asked, as text."""
    path, more = request_of(ask, world, place)
    token = None
    if who.sub != NOBODY:
        agency = ask.rule.get("agency", "civil-affairs") if who.agency is None else who.agency
        token = world.token(who.scopes, who.area, agency, sub=ask.rule.get("sub", who.sub))
    answer = world.call(ask.method, path, token, **more)
    asked = path + json.dumps(more, default=_plain, ensure_ascii=False)
    return answer, asked


def _plain(value: object) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


def judge(world: World, row: Row, ask: Ask, who: Who, places: Collection[str] = ANYWHERE) -> list[str]:
    """Everything wrong with the answers of one call, made for each of these areas it is aimed at."""
    said = Said()
    for place in ask.places:
        if place not in places:
            continue
        expected = ask.expected(place)
        if expected is not None:
            _judge_one(world, (row, ask), who, place, said)
    if len(said.absent) > 1:
        said.wrong.append(f"{row.name}: absent and not yours are told apart: {sorted(said.absent)}")
    return said.wrong


def _judge_one(world: World, of: tuple[Row, Ask], who: Who, place: str, said: Said) -> None:
    row, ask = of
    before = world.outside_state() if row.method != "GET" else None
    answer, asked = put(world, ask, who, place)
    text, name = text_of(answer), f"{row.name} {dict(ask.call)} for {place}"
    if answer.status_code not in (ask.expected(place) or ()):
        said.wrong.append(f"{name}: {answer.status_code}, not {ask.expected(place)}: {answer.text[:300]}")
    if answer.status_code == 404:
        said.absent.add(problem_of(answer))
    if before is not None and before != world.outside_state():
        said.wrong.append(f"{name}: changed what lies outside")
    if "then" in ask.rule:
        method, path = str(ask.rule["then"]).split(" ")
        text += text_of(world.call(method, path, world.token(who.scopes, who.area), params={"limit": 1000}))
    if not row.public:
        told = " ".join((asked, *OUTER_CODES)) if ask.rule.get("echoes") else asked
        said.wrong += [f"{name}: shows {mark}" for mark in leaks(world, text, told)]
    said.wrong += [f"{name}: {lack}" for lack in _lacking(world, ask, place, text)]
    for where, number in ask.rule.get("figures", {}).items():
        found = _figure(answer.json(), where)
        if found != number:
            said.wrong.append(f"{name}: {where} is {found}, not {number}")


def _figure(told: Any, where: str) -> Any:
    """The number at a place of an answer."""
    for step in where.split("."):
        told = len(told) if step == "#" else told[int(step)] if isinstance(told, list) else told[step]
    return told


def _lacking(world: World, ask: Ask, place: str, text: str) -> Iterator[str]:
    """What the answer should say and does not."""
    word = ask.rule.get("says", {}).get("inside" if place in INSIDE else "outside")
    if word is not None and word not in text:
        yield f"does not say {word}: {text[-300:]}"
    for shown in _shown(ask, place):
        for value in ask.rule.get("shows", ()):
            if world.planted[shown].values[value] not in text:
                yield f"does not show the {value} of {shown}"


def _shown(ask: Ask, place: str) -> list[str]:
    """The areas whose things the answer must show: all of the caller's, or those the call asks for."""
    if not ask.aimed:
        return list(INSIDE)
    wanted = filled_area(ask, place)
    if wanted is None:
        return [place] if place in INSIDE else []
    return [one for one in INSIDE if covers(wanted, AREAS[one])]


def filled_area(ask: Ask, place: str) -> str | None:
    """The area a list is narrowed to, if it is."""
    query: Mapping[str, Any] = ask.call.get("query", {})
    if "area" not in query or place == UNKNOWN:
        return None
    return AREAS[place]


def refused(world: World, row: Row, who: Who) -> list[str]:
    """What is wrong with the answer to a caller who may not make this call at all."""
    ask = row.asks[0]
    answer, asked = put(world, ask, who, ask.places[0])
    wrong = [f"{row.name}: shows {mark}" for mark in leaks(world, text_of(answer), asked)]
    expected = 401 if who.sub == NOBODY else 403
    if answer.status_code != expected:
        wrong.append(f"{row.name}: {answer.status_code}, not {expected}")
    inside = set().union(*(world.planted[place].marks for place in INSIDE))
    return wrong + [f"{row.name}: shows {mark}" for mark in inside if mark in text_of(answer) and mark not in asked]


def run(world: World, who: Who, places: Collection[str] = ANYWHERE) -> list[str]:
    """The whole table for one caller, but for the calls that use something up."""
    wrong: list[str] = []
    for row in rows(world.name):
        if not row.allows(who.scopes) or (who.sub == NOBODY and not row.open_to_all):
            wrong += refused(world, row, who)
            continue
        for ask in row.asks:
            if not ask.rule.get("once"):
                wrong += judge(world, row, ask, who, places)
    return wrong
