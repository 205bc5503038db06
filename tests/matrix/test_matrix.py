"""Every endpoint × role × area: what may be seen is in the table, and nothing else is.

The caller stands in a township. It may see the township and the village in it; never the township beside, the county
above, another county, or the difference between what is there and not its own and what was never there.
"""

import copy
from collections.abc import Collection
from pathlib import Path

import pytest

from tests.matrix.conftest import registry_world
from tests.matrix.judge import ANYWHERE, Who, judge, leaks, of_role, put, run, text_of
from tests.matrix.matcher_world import MatcherWorld
from tests.matrix.people import INSIDE, OUTSIDE, TOWN
from tests.matrix.registry_world import RegistryWorld
from tests.matrix.roles import EVERYTHING, NOBODY, ROLES
from tests.matrix.table import Ask, Row, every_ask, rows
from tests.matrix.world import World

METHODS = {"get", "post", "put", "patch", "delete"}
ANYBODY = [*ROLES, NOBODY]
# What a token of an external issuer might carry for an area: whoever it is, they see nothing.
NOT_AREAS = ("", "6404", *(pytest.param(one, marks=pytest.mark.soak) for one in (
    "640499100", "all", "６４０４９９１０００００", "640499100000 ", "%",
)))  # fmt: skip
LASTING = [(row, ask) for row, ask in every_ask("registry") if ask.rule.get("once")]


@pytest.fixture
def places(request: pytest.FixtureRequest) -> Collection[str]:
    """Where roles are tried: everywhere in the soak. A role is its scopes; all scopes together are tried everywhere."""
    return ANYWHERE if request.config.getoption("--soak") else ("own", "sibling")


def endpoints(world: World) -> set[str]:
    paths = world.app.openapi()["paths"]
    return {f"{method.upper()} {path}" for path, calls in paths.items() for method in calls if method in METHODS}


def missing_and_stale(listed: set[str], there: set[str]) -> tuple[set[str], set[str]]:
    return there - listed, listed - there


def check_table(world: World) -> None:
    listed = {row.name for row in rows(world.name)}
    assert missing_and_stale(listed, endpoints(world)) == (set(), set())
    for row in rows(world.name):
        named = any(ask.aimed or ask.rule.get("shows") or ask.rule.get("says") for ask in row.asks)
        assert row.asks, row.name
        assert named or row.why or row.method != "GET", f"{row.name} looks at no area and does not say why"


class TestRegistry:
    def test_every_endpoint_has_its_row_and_every_row_its_endpoint(self, in_registry: RegistryWorld) -> None:
        check_table(in_registry)

    @pytest.mark.same_anywhere  # which scopes a role has; what they open is asked below
    @pytest.mark.parametrize("role", ANYBODY)
    def test_what_a_role_may_see(self, in_registry: RegistryWorld, role: str, places: Collection[str]) -> None:
        assert run(in_registry, of_role(role) if role != NOBODY else Who((), sub=NOBODY), places) == []

    def test_all_scopes_together_open_no_other_area(self, in_registry: RegistryWorld) -> None:
        assert run(in_registry, Who(EVERYTHING)) == []

    @pytest.mark.same_anywhere  # each in a world of its own; the others run on both
    @pytest.mark.usefixtures("databases")
    @pytest.mark.parametrize(("row", "ask"), LASTING, ids=lambda one: getattr(one, "name", ""))
    def test_what_is_left_behind_by_calls_that_alter_something(self, tmp_path: Path, row: Row, ask: Ask) -> None:
        with registry_world(tmp_path) as world:
            assert judge(world, row, ask, Who(EVERYTHING)) == []

    @pytest.mark.parametrize("area", NOT_AREAS)
    def test_a_token_whose_area_is_none_sees_nobody(self, in_registry: RegistryWorld, area: str) -> None:
        check_nothing_is_seen(in_registry, area)


class TestMatcher:
    def test_every_endpoint_has_its_row_and_every_row_its_endpoint(self, in_matcher: MatcherWorld) -> None:
        check_table(in_matcher)

    @pytest.mark.same_anywhere  # as above
    @pytest.mark.parametrize("role", ANYBODY)
    def test_what_a_role_may_see(self, in_matcher: MatcherWorld, role: str, places: Collection[str]) -> None:
        assert run(in_matcher, of_role(role) if role != NOBODY else Who((), sub=NOBODY), places) == []

    def test_all_scopes_together_open_no_other_area(self, in_matcher: MatcherWorld) -> None:
        assert run(in_matcher, Who(EVERYTHING)) == []

    @pytest.mark.parametrize("area", NOT_AREAS)
    def test_a_token_whose_area_is_none_sees_nobody(self, in_matcher: MatcherWorld, area: str) -> None:
        check_nothing_is_seen(in_matcher, area)


def check_nothing_is_seen(world: World, area: str) -> None:
    """No reading call shows anything of anywhere, and none breaks."""
    everything = set().union(*(one.marks for one in world.planted.values()))
    wrong = []
    for row, ask in every_ask(world.name):
        if row.method != "GET" or row.public or row.open_to_all:
            continue
        for place in ask.places:
            answer, asked = put(world, ask, Who(EVERYTHING, area=area), place)
            seen = [mark for mark in everything if mark in text_of(answer) and mark not in asked]
            if answer.status_code >= 500 or seen:
                wrong.append((row.name, place, answer.status_code, seen[:5]))
    assert wrong == []


def test_a_row_missing_or_too_many_fails() -> None:
    assert missing_and_stale({"GET /a"}, {"GET /a", "GET /b"}) == ({"GET /b"}, set())
    assert missing_and_stale({"GET /a", "GET /b"}, {"GET /a"}) == (set(), {"GET /b"})


def test_every_area_has_marks_of_its_own_and_a_leak_is_seen(in_registry: RegistryWorld) -> None:
    marks = {place: one.marks for place, one in in_registry.planted.items()}
    assert set(marks) == {*INSIDE, *OUTSIDE}
    for place, own in marks.items():
        assert len(own) > 10
        assert not any(own & other for name, other in marks.items() if name != place)
    stranger = in_registry.planted["sibling"]
    assert leaks(in_registry, f"见到{stranger.name}", "") == [stranger.values["surname"], stranger.name]
    assert leaks(in_registry, f"见到{stranger.name}", f"问{stranger.name}") == []
    assert leaks(in_registry, TOWN, "") == []


def test_the_table_is_read_and_not_written(in_registry: RegistryWorld) -> None:
    before = copy.deepcopy([ask.call for _, ask in every_ask("registry")])
    for row, ask in every_ask("registry"):
        if row.method == "GET":
            put(in_registry, ask, Who(EVERYTHING), ask.places[0])
    assert [ask.call for _, ask in every_ask("registry")] == before
