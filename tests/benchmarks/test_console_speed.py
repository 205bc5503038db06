"""What the township's pages cost among a ledger of any size: p50, p95 and bytes of each, over real ports, beside a
bare application of the same process that answers with the same bytes.

Nothing is asserted about time; the bytes are (docs/measurements/console.md). Small counts by default, the goal's
million with --soak.
"""

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from statistics import median
from typing import Literal

import httpx
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from console.app import create_app
from console.settings import ConsoleSettings
from doudi.serve import free_port
from kit.crypto import KeyRing
from kit.database import Database, transaction
from registry.access import accounts
from registry.access.accounts import Appointment
from tests.asgi import client_of
from tests.benchmarks.registry_cases import TOWNS, fill, town
from tests.console.browser import Browser
from tests.registry.house import COUNTY, House, build
from tests.registry.staff import PASSWORD

pytestmark = pytest.mark.bench
CASES = (20_000, 1_000_000)
TURNS = (15, 100)
TAKEN = 5  # pages of fifty households that the worker takes over first
LARGEST = 500_000
VIEWS = ("late", "soon", "new", "again", "returned", "withdrawn", "news", "going", "decided", "granted")


@pytest.fixture
def soak(pytestconfig: pytest.Config) -> bool:
    return bool(pytestconfig.getoption("--soak"))


@contextmanager
def on_a_port(app: ASGIApp, port: int, lifespan: Literal["on", "off"] = "off") -> Iterator[str]:
    """The address while the block runs."""
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="error", lifespan=lifespan))
    running = threading.Thread(target=server.run, daemon=True)
    running.start()
    while not server.started:
        time.sleep(0.02)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        running.join(20)


def test_every_list_of_a_township(database_url: str, tmp_path: Path, soak: bool) -> None:
    count, turns = CASES[soak], TURNS[soak]
    database = Database.open(database_url)
    registry, ring = build(database, tmp_path)
    fill(database, ring, count)
    with client_of(registry) as client:
        house = House(registry, database, ring, client)
        house.told(second_factor_roles="")
        _name_areas(house)
        with _pages(registry) as url, httpx.Client(base_url=url, timeout=120) as http:
            browser = Browser(http)
            first = _sign_in(house, browser)
            kept: dict[str, Response] = {}
            with on_a_port(_bare(kept), free_port()) as beside, httpx.Client(base_url=beside, timeout=120) as bare:
                lines = [_measured(http, bare, kept, page, turns) for page in _paths(browser)]
    load = ", ".join(f"{one:.1f}" for one in os.getloadavg())
    print(f"\n{database.dialect}, {count} cases over {TOWNS} townships, {turns} turns, load {load}")
    print(f"  signed in to the first page: {first * 1000:.0f} ms", *lines, sep="\n  ")
    database.dispose()


@contextmanager
def _pages(registry: ASGIApp) -> Iterator[str]:
    """The pages before the registry, each a server; the matcher is not asked for lists."""
    port = free_port()
    with on_a_port(registry, free_port()) as behind:
        settings = ConsoleSettings(
            registry_url=behind, matcher_url=behind, public_url=f"http://127.0.0.1:{port}", as_of=date(2021, 6, 1)
        )
        with on_a_port(create_app(settings, KeyRing.ephemeral()), port, "on") as url:
            yield url


def _name_areas(house: House) -> None:
    names = [f"{COUNTY},某县"]
    for at in range(TOWNS):
        names.append(f"{town(at)}000,第{at}镇")
        names += [f"{town(at)}{200 + village},第{at}镇{village}村" for village in range(9)]
    body = "\n".join(["code,name", *names]).encode()
    answer = house.call("POST", "/areas/import", "areas:write", content=body, headers={"Content-Type": "text/csv"})
    assert answer.is_success, answer.text


def _sign_in(house: House, browser: Browser) -> float:
    """Somebody of the first township, with some households taken over. Seconds from password to first page."""
    wanted = Appointment("worker", "worker", "worker", "township", f"{town(0)}000", ("township-worker",))
    with transaction(house.database) as session:
        secret = accounts.create(session, wanted, 1)[1]
    body = {"login": "worker", "activation_secret": secret, "password": PASSWORD}
    assert house.client.post("/registry/v1/activation", json=body).status_code == 204
    page = browser.open("/sign-in")
    begun = time.perf_counter()
    assert browser.submit(page, "登录", login="worker", password=PASSWORD).path == "/today"
    took = time.perf_counter() - begun
    for _ in range(TAKEN):
        page = browser.open("/today?show=new")
        chosen = [part.partition('"')[0] for part in page.answer.text.split('name="case" value="')[1:]]
        if chosen:
            browser.submit(page, "签收", case=chosen, responsible_unit="某镇", responsible_person="某人")
    return took


def _paths(browser: Browser) -> list[str]:
    """Every list: each view, the ledger whole and narrowed, its next page, the walk, a village of it, the sheets."""
    ledger = browser.open("/cases")
    following = [ledger.link("下一页")]
    narrowed = [f"/today?show=new&area={town(0)}200", f"/cases?area={town(0)}200&overdue=true"]
    village = browser.open("/walk").link("人")
    return [*(f"/today?show={one}" for one in VIEWS), *narrowed, "/cases", *following, "/walk", village, "/sheets"]


def _measured(http: httpx.Client, bare: httpx.Client, kept: dict[str, Response], path: str, turns: int) -> str:
    answer = http.get(path)
    assert answer.status_code == 200, answer.text
    plain, sent = len(answer.content), int(answer.headers["content-length"])
    assert plain <= LARGEST, path
    with http.stream("GET", path) as raw:
        body = b"".join(raw.iter_raw())
    kept["page"] = Response(body, headers={"content-encoding": "gzip"}, media_type="text/html")
    used = time.process_time()
    ours = _timed(lambda: http.get(path), turns)
    used = (time.process_time() - used) / turns * 1000  # of browser, console and registry: what a loaded machine tells
    theirs, middle = _timed(lambda: bare.get("/"), turns), median(ours)
    size = f"{plain / 1000:.0f} kB, {sent / 1000:.0f} sent"
    clock = f"p50 {middle:.0f}, p95 {ours[int(turns * 0.95)]:.0f} ms, processor {used:.0f} ms"
    beside = f"bare {median(theirs):.1f} ms, x {middle / median(theirs):.0f}"
    return f"{path.partition('cursor')[0]}: {clock}; {size}; {beside}"


def _timed(call: Callable[[], object], turns: int) -> list[float]:
    took = []
    for _ in range(turns):
        begun = time.perf_counter()
        call()
        took.append((time.perf_counter() - begun) * 1000)
    return sorted(took)


def _bare(kept: dict[str, Response]) -> ASGIApp:
    async def answer(_: Request) -> Response:
        return kept["page"]

    return Starlette(routes=[Route("/", answer)])
