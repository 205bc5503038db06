"""Another agency before every endpoint: without an agreement it is told of nobody, whatever scopes it was given; with
one that names nothing but ids, of nobody who they are."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import date

import pytest

from kit.agreements import Agreed, HouseOnly, Plain, Policy, Row, Tells
from matcher.telling import TABLE as MATCHER
from registry.access.resources import RESOURCES
from registry.access.store import SCOPES
from registry.telling import TABLE as REGISTRY
from tests.matrix.judge import Who, put, text_of
from tests.matrix.matcher_world import MatcherWorld
from tests.matrix.people import COUNTY, TOWN
from tests.matrix.registry_world import RegistryWorld
from tests.matrix.roles import NOBODY
from tests.matrix.table import every_ask
from tests.matrix.world import World

pytestmark = pytest.mark.same_anywhere  # the words of answers, not their rows

EVERYTHING = tuple(sorted(SCOPES))
STRANGER = Who(EVERYTHING, agency="police", sub="stranger")
TABLES: Mapping[str, Mapping[str, Row]] = {"registry": REGISTRY, "matcher": MATCHER}
WHO_THEY_ARE = ("name", "number", "phone", "household", "surname")
TOLD = ("person", "coverage", "household_id", *WHO_THEY_ARE)


def names_of(world: World) -> dict[str, str]:
    """Method and path → operation."""
    return {
        f"{method.upper()} {path}": call["operationId"]
        for path, calls in world.app.openapi()["paths"].items()
        for method, call in calls.items()
    }


def shown(world: World, text: str, asked: str, kinds: tuple[str, ...]) -> list[str]:
    """What stands in an answer of the township's own people, and not in the question."""
    own = [world.planted[place].values for place in ("own", "child")]
    marks = [one[kind] for one in own for kind in kinds if kind in one]
    return [mark for mark in marks if mark in text and mark not in asked]


def wrong_answers(world: World, judge: Callable[[Row, int, str], bool], kinds: tuple[str, ...]) -> list[str]:
    """Every operation a stranger with all scopes calls and is told too much by, or answered otherwise than `judge`
    expects."""
    wrong, names, table = [], names_of(world), TABLES[world.name]
    for row, ask in every_ask(world.name):
        if row.needs == NOBODY or ask.rule.get("once"):
            continue
        telling = table[names[row.name]]
        for place in ask.places:
            answer, asked = put(world, ask, STRANGER, place)
            code = answer.json().get("code", "") if "json" in answer.headers.get("content-type", "") else ""
            if not judge(telling, answer.status_code, code):
                wrong.append(f"{row.name}: {answer.status_code} {code}")
            if not isinstance(telling, Plain):
                wrong += [f"{row.name}: shows {mark}" for mark in shown(world, text_of(answer), asked, kinds)]
            elif answer.status_code < 300 and "clients" not in row.path and "accounts" not in row.path:
                wrong += [
                    f"{row.name}: shows {mark}" for mark in shown(world, text_of(answer), asked, ("number", "person"))
                ]
    return wrong


def refused(telling: Row, status: int, code: str) -> bool:
    """Without an agreement."""
    if isinstance(telling, Plain):
        return not code.startswith("agreement")
    return (status, code) == (403, "agreement-missing" if isinstance(telling, Tells) else "agreement-insufficient")


def bare(telling: Row, status: int, code: str) -> bool:
    """With one that names every resource and no field of it."""
    if isinstance(telling, HouseOnly):
        return (status, code) == (403, "agreement-insufficient")
    return status != 500 and not code.startswith("agreement")


@contextmanager
def told_by(world: World, *found: Agreed) -> Iterator[None]:
    """The service while these versions are in force."""
    before: Policy = world.app.state.policy
    with under(world, replace(before, in_force=lambda _: found)):
        yield


@contextmanager
def under(world: World, policy: Policy) -> Iterator[None]:
    """The service under another policy."""
    before, world.app.state.policy = world.app.state.policy, policy
    try:
        yield
    finally:
        world.app.state.policy = before


def agreement(**fields: frozenset[str]) -> Agreed:
    return Agreed("v", "police", "department", frozenset({"dynamic-monitoring", "matching"}), COUNTY, fields)


HANDLES = {name: frozenset(one.handles) or frozenset(one.fields) for name, one in RESOURCES.items()}


class TestRegistry:
    def test_without_an_agreement_nothing_is_told(self, in_registry: RegistryWorld) -> None:
        assert wrong_answers(in_registry, refused, TOLD) == []

    def test_an_agreement_that_names_no_field_tells_of_nobody_who_they_are(self, in_registry: RegistryWorld) -> None:
        with told_by(in_registry, agreement(**HANDLES)):
            assert wrong_answers(in_registry, bare, WHO_THEY_ARE) == []

    def test_the_judge_sees_an_operation_that_is_not_clamped(self, in_registry: RegistryWorld) -> None:
        table = {**REGISTRY, "get_person": Plain("because it is so convenient")}
        with under(in_registry, replace(in_registry.app.state.policy, table=table)):
            found = wrong_answers(in_registry, refused, TOLD)
        assert any("GET /registry/v1/persons/{person_id}: shows" in one for one in found)


class TestMatcher:
    def test_without_an_agreement_nothing_is_told(self, in_matcher: MatcherWorld) -> None:
        assert wrong_answers(in_matcher, refused, TOLD) == []

    def test_an_agreement_that_names_no_field_tells_of_nobody_who_they_are(self, in_matcher: MatcherWorld) -> None:
        with told_by(in_matcher, agreement(**HANDLES)):
            assert wrong_answers(in_matcher, bare, WHO_THEY_ARE) == []


def test_the_worlds_have_a_policy_and_stand_in_the_township(
    in_registry: RegistryWorld, in_matcher: MatcherWorld
) -> None:
    for world in (in_registry, in_matcher):
        assert world.app.state.policy.table == TABLES[world.name]
        assert world.app.state.policy.day() == date(2021, 6, 1)
    assert STRANGER.area == TOWN
