"""The contracts in the repository are those of the code, and say what the house rules ask of every endpoint."""

from pathlib import Path
from typing import Any

import pytest

from doudi.contracts import render
from tests.contracts.written import contracts

CONTRACTS = Path(__file__).resolve().parents[2] / "contracts"
COMMITTED = sorted(
    path.relative_to(CONTRACTS).as_posix() for path in CONTRACTS.rglob("*.json") if "published" not in path.parts
)
BEFORE_THE_DOOR = {
    f"post /registry/v1/{path}"
    for path in (
        "token", "activation", "sessions", "sessions/second-factor", "sessions/second-factor/offer",
        "sessions/password", "sessions/refresh",
    )
}  # fmt: skip
METHODS = ("get", "post", "put", "patch", "delete")


def operations(name: str) -> list[tuple[str, str, dict[str, Any]]]:
    paths = contracts()[name]["paths"]
    return [(path, method, item[method]) for path, item in paths.items() for method in METHODS if method in item]


@pytest.mark.parametrize("name", COMMITTED)
def test_the_committed_document_is_current(name: str) -> None:
    assert (CONTRACTS / name).read_text() == render(contracts()[name]), "run ./run contracts and review the diff"


def test_every_contract_is_committed_and_nothing_stale_stands_beside() -> None:
    assert set(COMMITTED) == set(contracts()), "run ./run contracts and commit"


def test_the_drift_test_bites() -> None:
    document = contracts()["openapi/matcher.json"]
    changed = {**document, "paths": {**document["paths"], "/matcher/v1/new": {}}}
    assert render(changed) != render(document)


@pytest.mark.parametrize("name", ["openapi/registry.json", "openapi/matcher.json"])
def test_every_endpoint_is_named_described_and_names_its_problems(name: str) -> None:
    found = operations(name)
    assert len(found) > 10
    names = [operation["operationId"] for _, _, operation in found]
    assert len(set(names)) == len(names)
    for path, method, operation in found:
        place = f"{method} {path}"
        assert operation.get("description"), place
        if "/health/" not in path and "well-known" not in path and f"{method} {path}" not in BEFORE_THE_DOOR:
            assert operation.get("security"), f"{place} can be called without a token"
            assert {"401", "403"} <= set(operation["responses"]), place


@pytest.mark.parametrize("name", ["openapi/registry.json", "openapi/matcher.json"])
def test_no_address_carries_anything_personal(name: str) -> None:
    personal = {"id_number", "name", "phone", "address", "birth_date", "account"}
    for path, method, operation in operations(name):
        inside = {parameter["name"] for parameter in operation.get("parameters", [])}
        assert not inside & personal, f"{method} {path}"
