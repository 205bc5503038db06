"""An installation as the README builds it, from the images' contents: it starts in order, keeps what it was told, and
does the main job's first steps through the reverse proxy."""

import json
import ssl
import stat
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from http.client import HTTPSConnection
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import httpx
import pytest

from console.app import POLICY
from doudi.agency import Agency
from doudi.county import make_county
from kit.peers import thumbprint
from tests.conftest import fresh_database
from tests.deploy.image import SERVICES
from tests.deploy.topology import (
    NGINX,
    START_SECONDS,
    Installation,
    configure_proxy,
    install,
    keep_matcher_client,
    proxying,
    running,
)

COUNTY = "640499000000"
FIRST_CLIENT = ("client", "create", "--name", "county", "--agency", "civil-affairs", "--area", COUNTY)
TOKEN = {"grant_type": "client_credentials", "purpose": "dynamic-monitoring"}
needs_nginx = pytest.mark.skipif(
    NGINX is None, reason="nginx is not installed here: its configuration is only read as text (CI installs it)"
)


def credentials(printed: str) -> tuple[str, str]:
    words = dict(line.split() for line in printed.splitlines())
    return words["client_id"], words["secret"]


@pytest.fixture(scope="module")
def installation(databases: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """Steps of the README: tables, keys, the matcher's client, then everything up."""
    folder = tmp_path_factory.mktemp("server")
    with fresh_database(folder) as one, fresh_database(folder) as other:
        installed = install(folder, {"registry": one, "matcher": other})
        for service in ("registry", "matcher"):
            installed.run(service, "migrate")
        for service in SERVICES:
            installed.run(service, "keys")
        printed = installed.run(
            "registry", "client", "create", "--name", "matcher", "--agency", "doudi", "--area", "000000000000",
            "--purpose", "matching", "--scope", "registry:follow", "--scope", "cases:lead",
        )  # fmt: skip
        keep_matcher_client(installed, printed)
        with running(installed):
            yield installed


@pytest.fixture(scope="module")
def address(installation: Installation, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """A caller outside, who sees the proxy alone."""
    with proxying(configure_proxy(tmp_path_factory.mktemp("proxy") / "nginx", installation.ports)) as caller:
        yield caller


@pytest.fixture(scope="module")
def administrator(installation: Installation) -> Iterator[Agency]:
    """The first client of the README: it makes all others by REST."""
    made = installation.run("registry", *FIRST_CLIENT, "--scope", "registry:admin", "--scope", "clients:write")
    agency = Agency(f"http://127.0.0.1:{installation.ports['registry']}", *credentials(made))
    yield agency
    agency.http.close()


def new_client(administrator: Agency, address: httpx.Client, agency: str, *scopes: str) -> Agency:
    """Somebody else's client, calling through the proxy."""
    body = {"name": agency, "agency": agency, "area": COUNTY, "scopes": scopes, "purposes": ["dynamic-monitoring"]}
    made = administrator.call("POST", "/registry/v1/clients", json=body).json()
    client = Agency(str(address.base_url), made["client_id"], made["client_secret"])
    client.http.close()
    client.http = address  # this certificate is known to this test alone
    return client


def line_to(address: httpx.Client) -> HTTPSConnection:
    """A line of its own to the proxy."""
    return HTTPSConnection(address.base_url.host, address.base_url.port, context=ssl._create_unverified_context())


def announce(address: httpx.Client, length: int) -> tuple[int, dict[str, Any]]:
    """What a body of that length is answered before a byte of it is sent."""
    raw = line_to(address)
    raw.putrequest("POST", "/matcher/v1/feeds/x/batches")
    raw.putheader("Content-Length", str(length))
    raw.endheaders()
    answer = raw.getresponse()
    told = answer.status, json.loads(answer.read())
    raw.close()
    return told


def guess_at_once(address: httpx.Client, times: int) -> list[tuple[int, str | None, dict[str, Any]]]:
    """Status, when to come back and what was said, of every guess. All lines stand before the first goes out and no
    answer is waited for before the last: the proxy counts by the second, and a slow machine must not spread them."""
    form = urlencode({**TOKEN, "client_id": "0", "client_secret": "guess"})
    with ExitStack() as stack:
        lines = [stack.enter_context(closing(line_to(address))) for _ in range(times)]
        for line in lines:
            line.connect()
        for line in lines:
            line.request("POST", "/registry/v1/token", form, {"Content-Type": "application/x-www-form-urlencoded"})
        answers = [line.getresponse() for line in lines]
        return [(one.status, one.getheader("Retry-After"), json.loads(one.read())) for one in answers]


def test_keys_are_made_once_and_only_their_owner_can_read_them(installation: Installation) -> None:
    ring = installation.registry.folder / "keys" / "registry.json"
    before = ring.read_bytes()
    installation.run("registry", "keys")
    assert ring.read_bytes() == before
    assert stat.S_IMODE(ring.stat().st_mode) == 0o600


def test_the_matcher_follows_the_registry_with_the_client_from_its_secret_files(installation: Installation) -> None:
    """The worker's log would say that the registry is silent or refuses."""
    assert (installation.secrets / "doudi_matcher_client_secret").read_text().strip()
    log = installation.logs / "matcher.worker.log"
    until = time.monotonic() + START_SECONDS
    while "worker_started" not in log.read_text() and time.monotonic() < until:
        time.sleep(0.05)
    time.sleep(1)  # a step or two
    assert "worker_started" in log.read_text()
    assert "registry_silent" not in log.read_text()
    assert "step_failed" not in log.read_text()


def test_a_client_made_on_the_server_stands_in_the_journal(installation: Installation, administrator: Agency) -> None:
    assert administrator.client_id
    made = installation.run("registry", *FIRST_CLIENT, "--scope", "audit:read")
    auditor = Agency(f"http://127.0.0.1:{installation.ports['registry']}", *credentials(made))
    verdict = auditor.call("GET", "/registry/v1/audit/verify").json()
    auditor.http.close()
    assert verdict["entries"] >= 2  # the matcher's, the administrator's, the auditor's
    assert verdict["sound"]


def test_what_the_operator_gets_wrong_is_one_sentence(installation: Installation) -> None:
    with pytest.raises(AssertionError, match="unknown scopes: world:domination"):
        installation.run("registry", *FIRST_CLIENT, "--scope", "world:domination")
    installation.told["registry"]["DOUDI_REGISTRY_TOKEN_SECONDS"] = "for ever"
    try:
        with pytest.raises(AssertionError, match="DOUDI_REGISTRY_TOKEN_SECONDS: ") as told:
            installation.run("registry", "migrate")
    finally:
        del installation.told["registry"]["DOUDI_REGISTRY_TOKEN_SECONDS"]
    assert "for ever" not in str(told.value)
    assert "Traceback" not in str(told.value)


@needs_nginx
def test_a_delivery_goes_through_the_proxy_and_becomes_rows(
    administrator: Agency, address: httpx.Client, tmp_path: Path
) -> None:
    make_county(tmp_path, 200, "clean", 7)
    staff = new_client(administrator, address, "civil-affairs", "areas:write", "imports:write")
    agency = new_client(administrator, address, "health", "feeds:push", "batches:read")
    staff.send("/registry/v1/areas/import", tmp_path / "areas.csv")
    staff.send("/registry/v1/imports", tmp_path / "registry.xlsx")
    batch = agency.follow(agency.push("health-illness", tmp_path / "health.csv"), lambda _: None)
    assert batch["state"] == "published"
    assert sum(batch["outcomes"].values()) == batch["progress"]["rows_total"] > 0


@needs_nginx
def test_the_proxy_answers_in_the_services_own_words_and_guards_every_answer(
    installation: Installation, address: httpx.Client
) -> None:
    nowhere = address.get("/registry/nowhere")
    assert (nowhere.status_code, nowhere.json()["code"]) == (404, "not-found")
    refused = address.get("/matcher/v1/leads")
    assert (refused.status_code, refused.json()["code"]) == (401, "token-missing")
    for answer in (nowhere, refused, address.get("/registry/v1/docs")):
        assert answer.headers["Strict-Transport-Security"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "default-src" in answer.headers["Content-Security-Policy"]
        assert "nginx/" not in answer.headers.get("Server", "")
    assert address.get("/.well-known/jwks.json").json()["keys"]
    status, problem = announce(address, 10**9)
    assert (status, problem["code"]) == (413, "body-too-large")


@needs_nginx
def test_the_pages_are_at_the_address_itself_and_bring_their_own_guards(
    installation: Installation, address: httpx.Client
) -> None:
    assert address.get("/health/ready").json() == {"status": "ok", "registry": True, "matcher": True}
    page = address.get("/", follow_redirects=True)
    assert "登录" in page.text
    assert page.headers.get_list("Content-Security-Policy") == [POLICY]  # two would be both kept: no style would load
    assert page.headers.get_list("Referrer-Policy") == ["same-origin"]
    assert address.get("/static/console.css").status_code == 200
    own = {"Origin": f"https://{address.base_url.netloc.decode()}", "Sec-Fetch-Site": "same-origin"}
    tried = address.post("/sign-in", data={"login": "nobody", "password": "x"}, headers=own)
    assert tried.status_code == 422
    assert "登录" in tried.text
    foreign = address.post("/sign-in", data={"login": "nobody", "password": "x"}, headers={"Origin": "https://a.b"})
    assert foreign.status_code == 403


@needs_nginx
def test_the_proxy_keeps_no_query_and_bounds_guesses_of_secrets(
    installation: Installation, address: httpx.Client, tmp_path_factory: pytest.TempPathFactory
) -> None:
    address.get("/registry/v1/cases", params={"cursor": "kept-nowhere"})
    log = next(tmp_path_factory.getbasetemp().glob("proxy*/nginx/access.log"))
    until = time.monotonic() + START_SECONDS  # a line is written when its answer has gone
    while "/registry/v1/cases" not in log.read_text() and time.monotonic() < until:
        time.sleep(0.05)
    assert "/registry/v1/cases" in log.read_text()
    assert "kept-nowhere" not in log.read_text()
    answers = guess_at_once(address, 30)
    assert {status for status, _, _ in answers} == {401, 429}
    stopped = {(after, problem["code"]) for status, after, problem in answers if status == 429}
    assert stopped == {("5", "too-many-requests")}


@needs_nginx
def test_a_service_that_is_away_is_told_as_such(tmp_path: Path) -> None:
    proxy = configure_proxy(tmp_path / "nginx", {"registry": 1, "matcher": 1, "console": 1})
    with proxying(proxy) as caller:
        answer = caller.get("/registry/v1/areas")
        page = caller.get("/today")
    assert (page.status_code, page.headers["Content-Type"]) == (503, "text/html; charset=utf-8")
    assert "数据没有丢失" in page.text
    assert (answer.status_code, answer.json()["code"], answer.headers["Retry-After"]) == (503, "upstream-down", "5")


@needs_nginx
def test_a_bound_client_works_through_the_proxy_with_its_certificate_and_no_header_helps(
    installation: Installation, administrator: Agency, tmp_path: Path
) -> None:
    make = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=agency"
    files = ["-keyout", f"{tmp_path}/c.key", "-out", f"{tmp_path}/c.crt"]
    subprocess.run(["openssl", *make.split(), *files], check=True, capture_output=True)
    pem = (tmp_path / "c.crt").read_text()
    body = {"name": "bound", "agency": "health", "area": COUNTY, "scopes": ["feeds:read"], "purposes": ["push"]}
    body["certificate"] = thumbprint(ssl.PEM_cert_to_DER_cert(pem))
    made = administrator.call("POST", "/registry/v1/clients", json=body).json()
    form = {**TOKEN, "purpose": "push", "client_id": made["client_id"], "client_secret": made["client_secret"]}
    forged = {"X-Client-Cert": quote(pem, safe="")}
    proxy = configure_proxy(tmp_path / "nginx", installation.ports, pem.encode())
    with proxying(proxy) as stranger:
        context = ssl.create_default_context(cafile=str(proxy.certificate))
        context.load_cert_chain(f"{tmp_path}/c.crt", f"{tmp_path}/c.key")
        with httpx.Client(base_url=stranger.base_url, verify=context, trust_env=False) as bound:
            token = bound.post("/registry/v1/token", data=form).json()["access_token"]
            bearer = {"Authorization": f"Bearer {token}"}
            assert bound.get("/matcher/v1/feeds", headers=bearer).status_code == 200
        refused = stranger.post("/registry/v1/token", data=form, headers=forged)
        assert (refused.status_code, refused.json()["code"]) == (401, "certificate-missing")
        for service in ("/matcher/v1/feeds", "/registry/v1/areas"):
            answer = stranger.get(service, headers={**bearer, **forged})
            assert (answer.status_code, answer.json()["code"]) == (401, "token-invalid")
