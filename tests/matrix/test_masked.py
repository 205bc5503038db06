"""Masked by default, everywhere: no answer of any endpoint holds a whole number, telephone or account unless it was
asked to reveal, whatever the caller may do and whatever is planted.

Every call of the table is made with every scope but the followers', for a purpose that is not to reveal. What tells
identities is named here, each with its reason; a call that is not named and tells one fails.
"""

import re
from collections.abc import Iterator

import pytest

from tests.matrix.conftest import matcher_world, registry_world
from tests.matrix.judge import Who, put, text_of
from tests.matrix.matcher_world import MatcherWorld
from tests.matrix.people import TOWN
from tests.matrix.registry_world import RegistryWorld
from tests.matrix.roles import EVERYTHING
from tests.matrix.table import Ask, Row, every_ask
from tests.matrix.world import World
from tests.registry.cases import lead_of
from tests.registry.house import id_number, person_row

pytestmark = pytest.mark.same_anywhere  # the words of answers, not their rows

SCOPES = tuple(scope for scope in EVERYTHING if scope != "registry:follow")
ACCOUNT = person_row()["银行账号"]
# Numbers and telephones people type where they do not belong; of nobody else.
TYPED = {"title": id_number("19480808", 881), "reason": "13700009876", "measure": "6217000000000009999"}
# What is told, and why that is no leak.
REVEALS = {
    "POST /matcher/v1/leads/{lead_id}/reveal": "the call that reveals, with its reason and budget",
    "POST /matcher/v1/reviews/{review_id}/reveal": "the call that reveals, with its reason and budget",
    "GET /matcher/v1/batches/{batch_id}/report.xlsx": "the sender's own file, to the sender alone",
    "GET /matcher/v1/batches/{batch_id}/report.csv": "the same as text",
}
AT_THE_DOOR = {
    "GET /registry/v1/cases/mine": "the telephone of whom the caller is to visit; the number's last four",
    "GET /registry/v1/cases/export.xlsx": "the same, of the caller's own cases",
}
# Numbers of 18, 15; mobiles; cards: anything that looks like one is one, here everything is planted.
LOOKS_LIKE = re.compile(
    r"(?<![0-9a-fA-F.-])(?:640499[0-9]{8}[0-9]{3}[0-9X]|1[3-9][0-9]{9}|6[0-9]{15,18})(?![0-9a-fA-F-])"
)


def canaries(world: World) -> dict[str, str]:
    """Every value that must not be seen, and what it is."""
    found = {ACCOUNT: "account", **{value: f"typed {name}" for name, value in TYPED.items()}}
    for place, one in world.planted.items():
        found |= {one.number: f"number of {place}", one.phone: f"phone of {place}"}
    return found


def asked_in_full(ask: Ask) -> bool:
    query, body = ask.call.get("query", {}), ask.call.get("json", {})
    return "full" in (query.get("identity"), body.get("identity") if isinstance(body, dict) else None)


def told(world: World, row: Row, ask: Ask) -> Iterator[str]:
    """What an answer holds of the planted values (and of whatever looks like one)."""
    values = canaries(world)
    for place in ask.places:
        answer, _ = put(world, ask, Who(SCOPES), place)
        text = text_of(answer)
        phones = row.name in AT_THE_DOOR
        seen = {value for value in values if value in text} | set(LOOKS_LIKE.findall(text))
        for value in sorted(seen - ({one.phone for one in world.planted.values()} if phones else set())):
            yield f"{row.name} {dict(ask.call)} for {place}: {values.get(value, 'looks like a number')}"


def leaks(world: World) -> list[str]:
    return [
        leak
        for row, ask in every_ask(world.name)
        if row.name not in REVEALS and not asked_in_full(ask)
        for leak in told(world, row, ask)
    ]


@pytest.fixture(scope="module")
def typed(databases: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RegistryWorld]:
    """A registry in which people typed numbers into whatever takes words."""
    with registry_world(tmp_path_factory.mktemp("typed")) as world:
        _type(world)
        yield world


def _type(world: RegistryWorld) -> None:
    one = world.planted["own"]
    problem = {"kind": "problem", "area": TOWN, "title": f"有人反映{TYPED['title']}未享受"}
    world.must("POST", "/cases", TOWN, "cases:write", json=problem)
    body = lead_of("lead-typed", area=TOWN, household_key="typed", subject_id="typed")
    body["snapshot"] = {"name": one.name, "id_number": one.number, "phone": one.phone, "address": one.phone}
    body["reasons"] = [f"家属电话{TYPED['reason']}，{one.number}"]
    case = world.must("PUT", "/cases/by-lead/lead-typed", "000000000000", "cases:lead", json=body)
    accepted = {
        "cases": [{
            "case_id": case["case_id"], "responsible_unit": "民政办", "responsible_person": "李主任",
            "measure": f"打款到{TYPED['measure']}",
        }]
    }  # fmt: skip
    world.must("POST", "/cases/accept", TOWN, "cases:write", json=accepted, claims={"sub": "worker"})


def test_no_answer_of_the_registry_tells_an_identity_unasked(typed: RegistryWorld) -> None:
    assert leaks(typed) == []


def test_no_answer_of_the_matcher_tells_an_identity_unasked(
    databases: None, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with matcher_world(tmp_path_factory.mktemp("matcher")) as world:
        assert leaks(world) == []
        _what_reveals_is_seen(world)


def _what_reveals_is_seen(world: MatcherWorld) -> None:
    """The test can fail: the calls left out tell what it looks for."""
    seen = {
        row.name
        for row, ask in every_ask("matcher")
        if row.name in REVEALS or asked_in_full(ask)
        for _ in told(world, row, ask)
    }
    assert {"POST /matcher/v1/leads/{lead_id}/reveal", "GET /matcher/v1/leads/export.ndjson"} <= seen


def test_the_same_calls_reveal_when_they_are_asked_to(typed: RegistryWorld) -> None:
    token = typed.token(SCOPES, TOWN, purpose="reveal")
    whole = typed.call("GET", "/registry/v1/cases", token, params={"limit": 1000, "reason": "visit"}).text
    assert all(value in whole for value in (typed.planted["own"].number, typed.planted["child"].phone, *TYPED.values()))
    silent = typed.call("GET", "/registry/v1/cases", token, params={"limit": 1000}).text
    assert not [value for value in canaries(typed) if value in silent]


def test_every_exception_is_an_endpoint_of_the_table() -> None:
    names = {row.name for service in ("registry", "matcher") for row, _ in every_ask(service)}
    assert {*REVEALS, *AT_THE_DOOR} <= names
