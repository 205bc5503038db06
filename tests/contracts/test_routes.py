"""What a call is logged, counted and traced by is the path of its operation as the contract writes it."""

import re

import pytest
from fastapi import FastAPI

from kit import web
from matcher.app import create_app as create_matcher
from matcher.settings import MatcherSettings
from registry.app import create_app as create_registry
from registry.settings import RegistrySettings
from tests.asgi import client_of
from tests.contracts.test_documents import operations

NOWHERE = "sqlite://"


def app_of(service: str) -> FastAPI:
    if service == "registry":
        return create_registry(RegistrySettings.model_construct(database_url=NOWHERE))
    return create_matcher(MatcherSettings.model_construct(database_url=NOWHERE))


@pytest.mark.parametrize("service", ["registry", "matcher"])
def test_every_call_is_known_by_its_path_in_the_contract(service: str, monkeypatch: pytest.MonkeyPatch) -> None:
    counted: list[tuple[str, str, str, int]] = []
    monkeypatch.setattr(web, "count_answer", lambda *told: counted.append(told[:4]))
    asked = [(method.upper(), path) for path, method, _ in operations(f"openapi/{service}.json")]
    with client_of(app_of(service)) as client:
        for method, path in asked:  # an unknown parameter is refused before anything is looked at
            client.request(method, re.sub(r"\{\w+\}", "640499199001010011", path), params={"made-up": 1})
        client.get(f"/{service}/v1/640499199001010011")
    assert counted == [*((service, method, path, 400) for method, path in asked), (service, "GET", "-", 404)]
