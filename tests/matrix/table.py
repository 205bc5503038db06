"""The table of the matrix as objects, and every call it asks for."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from tests.matrix.people import AREAS, INSIDE, Planted
from tests.matrix.roles import NOBODY
from tests.matrix.world import World
from tests.tables import table

FILE = Path(__file__).parent / "endpoints.yaml"
_HOLE = re.compile(r"\$(\w+)")
_COMMON = re.compile(r"\$(model|start|first|last)\b")  # what belongs to no area
_NAMED = re.compile(r"^(own)\.(\w+)$")
UNKNOWN = "unknown"
CALL = ("query", "json", "content", "form", "headers", "type", "path")
KNOWN = {*CALL, "inside", "outside", "unknown", "shows", "says", "then", "agency", "once", "sub", "echoes", "figures"}


@dataclass(frozen=True)
class Ask:
    """One call of an endpoint, as a template; `call` holds what a request is made of."""

    method: str
    template: str
    call: Mapping[str, Any]
    rule: Mapping[str, Any]

    @property
    def places(self) -> tuple[str, ...]:
        """The areas it is made for: all where it names something planted, else the caller's own."""
        aimed = _HOLE.search(_COMMON.sub("", repr(self.call)))
        return (*AREAS, UNKNOWN) if aimed else ("own",)

    @property
    def aimed(self) -> bool:
        """Whether it asks for one area's things."""
        return len(self.places) > 1

    def expected(self, place: str) -> set[int] | None:
        """The statuses it may be answered with; None: not asked there."""
        if place in INSIDE:
            given = self.rule.get("inside", 200)
        elif place == UNKNOWN and UNKNOWN in self.rule:
            given = self.rule[UNKNOWN]
        else:
            given = self.rule.get("outside", 404)
        return None if given is None else set(given) if isinstance(given, list) else {given}


@dataclass(frozen=True)
class Row:
    """What the table says of one endpoint."""

    method: str
    path: str
    needs: str
    why: str | None
    public: bool
    asks: tuple[Ask, ...] = field(default_factory=tuple)

    @property
    def name(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def open_to_all(self) -> bool:
        return self.needs == NOBODY

    def allows(self, scopes: tuple[str, ...]) -> bool:
        """Whether a token of these scopes is let in."""
        return self.open_to_all or all(set(one.split("|")) & set(scopes) for one in self.needs.split())


def rows(service: str) -> list[Row]:
    """The table's rows of one service."""
    found = []
    for name, told in _written()[service].items():
        method, path = name.split(" ")
        assert set(told) <= {"needs", "why", "public", "asks"}, name
        asks = []
        for one in told["asks"]:
            assert set(one) <= KNOWN, (name, set(one) - KNOWN)
            rule = {key: value for key, value in one.items() if key not in CALL}
            asks.append(Ask(method, path, {key: one[key] for key in CALL if key in one}, rule))
        found.append(Row(method, path, told.get("needs", ""), told.get("why"), bool(told.get("public")), tuple(asks)))
    return found


@cache
def _written() -> Any:
    return table(FILE)


def filled(template: Any, world: World, place: str) -> Any:
    """A template with what is planted at `place`."""
    one = world.gone if place == UNKNOWN else world.planted[place]
    if isinstance(template, dict):
        return {key: filled(value, world, place) for key, value in template.items()}
    if isinstance(template, list):
        return [filled(value, world, place) for value in template]
    if not isinstance(template, str):
        return template
    if named := _NAMED.match(template):
        return world.planted[named[1]].values[named[2]]
    return _HOLE.sub(lambda hole: _value(one, world, hole[1]), template)


def _value(one: Planted, world: World, name: str) -> str:
    found = world.common.get(name) or one.values.get(name)
    return found if found is not None else world.absent(name)


def request_of(ask: Ask, world: World, place: str) -> tuple[str, dict[str, Any]]:
    """The path and httpx's arguments of a call."""
    call = filled(dict(ask.call), world, place)
    path = ask.template.format(**call.get("path", {}))
    more: dict[str, Any] = {"headers": dict(call.get("headers", {}))}
    for ours, theirs in (("query", "params"), ("json", "json"), ("form", "data")):
        if ours in call:
            more[theirs] = call[ours]
    if "content" in call:
        more["content"] = call["content"].encode()
        more["headers"]["Content-Type"] = call["type"]
    return path, more


def every_ask(service: str) -> Iterator[tuple[Row, Ask]]:
    """Row by row, every call."""
    return ((row, ask) for row in rows(service) for ask in row.asks)
