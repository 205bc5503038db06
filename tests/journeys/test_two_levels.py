"""A county's own registry takes its slice from the real matcher above: everybody on its list, in full, once."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from doudi.agency import Agency
from doudi.slices import Standing, gather, put
from kit.database import Database
from registry.access.store import Grant
from tests.asgi import client_of
from tests.conftest import fresh_database
from tests.doudi.two_levels import Line
from tests.journeys.conftest import Told
from tests.journeys.stage import COUNTY
from tests.registry.house import House, build

SCOPES = ("leads:read", "leads:reveal", "screens:read", "cases:read", "cases:write")


class Above(httpx.BaseTransport):
    """The way to the prefecture's installation: two services under one address."""

    def __init__(self, told: Told) -> None:
        self.http = told.stage.http

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        service = "matcher" if request.url.path.startswith("/matcher/") else "registry"
        path = str(request.url.raw_path, "ascii")
        kept = ("Authorization", "Content-Type", "Idempotency-Key")
        headers = {name: request.headers[name] for name in kept if name in request.headers}
        answer = self.http[service].request(request.method, path, content=request.read(), headers=headers)
        return httpx.Response(answer.status_code, headers=answer.headers, content=answer.content)


@pytest.fixture
def below(databases: None, tmp_path: Path) -> Iterator[House]:
    with fresh_database(tmp_path) as url:
        database = Database.open(url)
        app, ring = build(database, tmp_path)
        with client_of(app) as client:
            yield House(app, database, ring, client)
        database.dispose()


def through(transport: httpx.BaseTransport, credentials: tuple[str, str]) -> Agency:
    agency = Agency("http://there.test", *credentials)
    agency.http.close()
    agency.http = httpx.Client(base_url=agency.url, transport=transport, timeout=600)
    return agency


def test_the_whole_list_of_the_real_matcher_is_in_the_countys_own_ledger(told: Told, below: House) -> None:
    credentials = told.stage.client(Grant("slice", "civil-affairs", COUNTY, SCOPES))
    above, own = through(Above(told), credentials), through(Line(below), below.grant(("cases:lead",), COUNTY))
    found = gather(above, Standing())
    staff = told.stage.token("civil-affairs", "leads:read", "leads:reveal")
    listed = told.stage.call("GET", "/matcher/v1/leads?limit=1000", staff).json()["leads"]
    assert len(found.leads) == len(listed) > 10
    assert put(own, found.leads).refused == []
    cases: list[dict[str, Any]] = []
    cursor: str | None = ""
    while cursor is not None:
        query = {"limit": 1000, **({"cursor": cursor} if cursor else {})}
        page = below.call("GET", "/cases", "cases:read", params=query).json()
        cases += page["cases"]
        cursor = page["cursor"]
    assert {case["origin"] for case in cases} == {"prefecture"}
    items = {item["lead_id"]: item for case in cases for item in case["items"]}
    assert set(items) == {one["lead_id"] for one in listed}
    for lead in listed:
        item = items[lead["lead_id"]]
        assert (item["name"], item["id_number"], item["tier"]) == (lead["name"], lead["id_number"], lead["tier"])
        assert item["screens"] == lead["screens"]
    assert gather(above, found.after).leads == []
