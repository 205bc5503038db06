"""The contracts in the repository are those of the code, and say what the house rules ask of every endpoint."""

from pathlib import Path
from typing import Any

import pytest

from doudi.contracts import documents, render

CONTRACTS = Path(__file__).resolve().parents[2] / "contracts"
DOCUMENTS = documents()
BEFORE_THE_DOOR = {
    f"post /registry/v1/{path}"
    for path in (
        "token", "activation", "sessions", "sessions/second-factor", "sessions/second-factor/offer",
        "sessions/password", "sessions/refresh",
    )
}  # fmt: skip
METHODS = ("get", "post", "put", "patch", "delete")


def operations(name: str) -> list[tuple[str, str, dict[str, Any]]]:
    paths = DOCUMENTS[name]["paths"]
    return [(path, method, item[method]) for path, item in paths.items() for method in METHODS if method in item]


@pytest.mark.parametrize("name", sorted(DOCUMENTS))
def test_the_committed_document_is_current(name: str) -> None:
    committed = CONTRACTS / name
    assert committed.exists(), "run ./run contracts and commit"
    assert committed.read_text() == render(DOCUMENTS[name]), "run ./run contracts and review the diff"


def test_nothing_stale_stands_beside_the_contracts() -> None:
    written = {str(path.relative_to(CONTRACTS)) for path in CONTRACTS.rglob("*.json") if "published" not in path.parts}
    assert written == set(DOCUMENTS)


def test_the_drift_test_bites() -> None:
    document = DOCUMENTS["openapi/matcher.json"]
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
