"""Both services keep what their contracts promise, whatever is sent: Schemathesis, all checks, on the planted worlds.

Every operation gets requests that fit its schema and requests that break it, once with every scope and once with
hardly any; then calls are chained as the contract links them. No 5xx, no status, header or body the contract does not
name. `--soak` sends more than twenty thousand.
"""

import copy
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Unsatisfiable
from schemathesis.checks import FailureGroup
from schemathesis.config import SchemathesisConfig
from schemathesis.generation import GenerationMode

from tests.matrix.conftest import matcher_world, registry_world
from tests.matrix.people import COUNTY
from tests.matrix.roles import EVERYTHING
from tests.matrix.world import World

WORLDS = {"registry": registry_world, "matcher": matcher_world}
TOKENS = {"everything": (EVERYTHING, COUNTY), "dashboard": (("statistics:read",), "640499100201")}
EACH, EACH_SOAK = 1, 60  # requests per operation, kind (fitting, breaking) and token
CHAINS, CHAINS_SOAK = 2, 100
# What a request that fits its schema may still be told: rules no schema states (a cursor is signed, a version must be
# the present one, a person exists already), each documented with its operation.
ANSWERS = ["2xx", 304, 400, 401, 403, 404, 409, 410, 412, 413, 422, 428, 503]
CONFIG = {"checks": {"positive_data_acceptance": {"expected-statuses": ANSWERS}}}


@pytest.fixture(scope="module", params=sorted(WORLDS))
def world(request: pytest.FixtureRequest, databases: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with WORLDS[request.param](tmp_path_factory.mktemp("contract")) as made:
        yield made


def schema_of(world: World) -> Any:
    config = SchemathesisConfig.from_dict(CONFIG)
    return schemathesis.openapi.from_asgi(f"/{world.name}/v1/openapi.json", world.app, config=config)


def told(count: int, **more: Any) -> Any:
    return settings(
        max_examples=count, deadline=None, database=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck), **more,
    )  # fmt: skip


class Desk:
    """Makes calls, checks the answers, and keeps what is wrong."""

    def __init__(self, token: str) -> None:
        self.headers = {"Authorization": f"Bearer {token}"}
        self.sent = 0
        self.wrong: Counter[str] = Counter()

    def send(self, case: Any) -> None:
        if any(isinstance(value, list) and len(value) < 2 for value in (case.query or {}).values()):
            return  # a list of one is sent as its value, of none as nothing: the tool takes both for a breach
        self.sent += 1
        answer = case.call(headers=self.headers)
        try:
            case.validate_response(answer, headers=self.headers)
        except FailureGroup as error:
            for one in error.exceptions:
                place = f"{case.operation.method} {case.operation.path}: {answer.status_code}"
                self.wrong[f"{place} {' '.join(str(one).split())[:400]}"] += 1


def run_all(operations: Iterator[Any], desk: Desk, count: int) -> None:
    """Both kinds of requests to every operation."""
    for found in operations:
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
            test: Callable[[], None] = seed(1)(
                told(count)(given(case=found.ok().as_strategy(generation_mode=mode))(desk.send))
            )
            try:
                test()
            except Unsatisfiable:
                # Nothing can be wrong with a call that takes nothing.
                assert mode is GenerationMode.NEGATIVE, found.ok().path


@pytest.mark.parametrize("holder", sorted(TOKENS))
def test_every_operation_answers_as_its_contract_says(
    world: World, holder: str, request: pytest.FixtureRequest, record_property: Callable[[str, object], None]
) -> None:
    desk = Desk(world.token(*TOKENS[holder]))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the generator's own about its strategies
        count = EACH_SOAK if request.config.getoption("--soak") else EACH
        run_all(schema_of(world).get_all_operations(), desk, count)
    record_property("requests", desk.sent)
    assert desk.sent > 50 * count
    assert dict(desk.wrong) == {}


def test_chains_of_calls_answer_as_the_contract_says(world: World, request: pytest.FixtureRequest) -> None:
    token = world.token(*TOKENS["everything"])

    class Chain(schema_of(world).as_state_machine()):  # type: ignore[misc]  # a class made by a function
        """Calls with the token, one following from another."""

        def get_call_kwargs(self, case: Any) -> dict[str, Any]:  # noqa: ARG002 - the framework's signature
            return {"headers": {"Authorization": f"Bearer {token}"}}

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        count = CHAINS_SOAK if request.config.getoption("--soak") else CHAINS
        Chain.run(settings=told(count, stateful_step_count=8))


def test_a_service_that_breaks_its_contract_is_caught(databases: None, tmp_path: Path) -> None:
    with registry_world(tmp_path) as world:
        desk = Desk(world.token(EVERYTHING, COUNTY))
        document = copy.deepcopy(world.app.openapi())
        document["components"]["schemas"]["StatisticListOut"]["properties"]["statistics"] = {"type": "string"}
        del document["paths"]["/registry/v1/cases/{case_id}"]["get"]["responses"]["404"]
        world.app.openapi_schema = document
        schema = schema_of(world)
        desk.send(schema["/registry/v1/statistics"]["GET"].Case())
        desk.send(schema["/registry/v1/cases/{case_id}"]["GET"].Case(path_parameters={"case_id": "none"}))
        assert len(desk.wrong) == 2
        assert [status in one for one, status in zip(desk.wrong, (": 200 ", ": 404 "), strict=True)] == [True, True]
