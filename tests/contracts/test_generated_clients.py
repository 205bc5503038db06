"""A client made from each contract by a public generator does the work, against the real services on a real port.

Whatever the generator has to leave out of a contract is a defect of the contract: a warning fails.
"""

import importlib
import io
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from doudi.contracts import render
from kit.columns import new_id
from tests.contracts.written import contracts
from tests.served import DAY, Served, served_county

ROOT = Path(__file__).resolve().parents[2]
CONFIGURATION = ROOT / "docs" / "api" / "client-generator.yaml"
GENERATOR = Path(sys.executable).parent / "openapi-python-client"
SERVICES = ("registry", "matcher")
PATIENCE = httpx.Timeout(60)


def generate(service: str, folder: Path) -> subprocess.CompletedProcess[str]:
    contract = folder / f"{service}.json"
    contract.write_text(render(contracts()[f"openapi/{service}.json"]))
    command = [GENERATOR, "generate", "--path", contract, "--config", CONFIGURATION, "--meta", "none",
               "--fail-on-warning", "--output-path", folder / f"{service}_client"]  # fmt: skip
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder on the path with `registry_client` and `matcher_client`."""
    folder = tmp_path_factory.mktemp("clients")
    for service in SERVICES:
        done = generate(service, folder)
        assert done.returncode == 0, done.stdout + done.stderr
    sys.path.insert(0, str(folder))
    yield folder
    sys.path.remove(str(folder))


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served_county(tmp_path_factory.mktemp("served"), 300, 402) as county:
        yield county


class Client:
    """A generated package, the token in it, and its functions by the contract's names."""

    def __init__(self, service: str, url: str, token: str) -> None:
        self.package = f"{service}_client"
        authenticated = importlib.import_module(f"{self.package}.client").AuthenticatedClient
        self.http = authenticated(url, token, timeout=PATIENCE, httpx_args={"trust_env": False})
        self.models = importlib.import_module(f"{self.package}.models")
        self.types = importlib.import_module(f"{self.package}.types")

    def call(self, place: str, *path: str, **rest: Any) -> Any:
        """`place` is tag.operation; the whole response, parsed."""
        made: Callable[..., Any] = importlib.import_module(f"{self.package}.api.{place}").sync_detailed
        return made(*path, client=self.http, **rest)

    def file(self, content: bytes) -> Any:
        """A body as the generated code wants it."""
        return self.types.File(payload=io.BytesIO(content))


@pytest.fixture(scope="module")
def client(served: Served, generated: Path) -> Iterator[Callable[..., Client]]:
    """Gets a token by the generated function, then a client that carries it."""
    made: list[Client] = []

    def make(service: str, agency: str, *scopes: str) -> Client:
        plain = importlib.import_module("registry_client.client").Client
        form = importlib.import_module("registry_client.models").TokenForm
        issue = importlib.import_module("registry_client.api.access.issue_token").sync
        client_id, secret = served.client(agency, *scopes)
        with plain(served.url, timeout=PATIENCE, httpx_args={"trust_env": False}) as outside:
            named = {"client_id": client_id, "client_secret": secret, "purpose": "dynamic-monitoring"}
            asked = form.from_dict({"grant_type": "client_credentials", **named})
            token = issue(client=outside, body=asked)
        made.append(Client(service, served.url, token.access_token))
        made[-1].http.__enter__()
        return made[-1]

    yield make
    for one in made:
        one.http.get_httpx_client().close()


def test_the_generator_leaves_nothing_out(generated: Path) -> None:
    for service in SERVICES:
        paths = contracts()[f"openapi/{service}.json"]["paths"].values()
        named = {call["operationId"] for calls in paths for call in calls.values()}
        written = {path.stem for path in (generated / f"{service}_client" / "api").rglob("*.py")} - {"__init__"}
        assert len(named) > 20
        assert named == written


def test_what_a_generator_cannot_express_would_fail_here(tmp_path: Path) -> None:
    """The rule bites: a body of a kind no generator knows is a warning, and a warning is a failure."""
    document = render(contracts()["openapi/matcher.json"]).replace('"text/csv"', '"text/x-unheard-of"')
    (tmp_path / "matcher.json").write_text(document)
    command = [GENERATOR, "generate", "--path", tmp_path / "matcher.json", "--config", CONFIGURATION,
               "--meta", "none", "--fail-on-warning", "--output-path", tmp_path / "x"]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "text/x-unheard-of" in done.stdout + done.stderr


def test_an_agency_pushes_follows_and_reads_its_batch(served: Served, client: Callable[..., Client]) -> None:
    agency = client("matcher", "health", "feeds:read", "feeds:push", "batches:read")
    assert {feed.feed for feed in agency.call("feeds.list_feeds").parsed.feeds} == {"health-illness", "health-deaths"}
    content = (served.files / "health.csv").read_bytes()
    pushed = agency.call("feeds.push_batch", "health-illness", body=agency.file(content), idempotency_key="may")
    again = agency.call("feeds.push_batch", "health-illness", body=agency.file(content), idempotency_key="may")
    assert (pushed.status_code, again.parsed.batch_id) == (202, pushed.parsed.batch_id)
    assert again.headers["Idempotent-Replayed"] == "true"
    batch = pushed.parsed
    while batch.state not in {"published", "failed", "rejected"}:
        batch = agency.call("batches.get_batch", batch.batch_id, wait=20).parsed
    assert batch.state == "published"
    rows = agency.call("batches.list_batch_rows", batch.batch_id, limit=1000).parsed.rows
    assert len(rows) == batch.progress.rows_total == sum(batch.outcomes.additional_properties.values())
    quality = agency.call("batches.get_batch_quality", batch.batch_id).parsed
    assert quality.rows == len(rows)


def test_a_workbook_goes_in_whatever_type_the_generated_code_declares(
    served: Served, client: Callable[..., Client]
) -> None:
    """Where a contract knows several kinds of file, the generator declares the last: the content is what counts."""
    agency = client("matcher", "disabled-persons-federation", "feeds:push", "batches:read")
    body = agency.file((served.files / "disability.xlsx").read_bytes())
    batch = agency.call("feeds.push_batch", "disability-cards", body=body, idempotency_key="cards").parsed
    while batch.state not in {"published", "failed", "rejected"}:
        batch = agency.call("batches.get_batch", batch.batch_id, wait=20).parsed
    assert (batch.state, batch.progress.rows_total > 0) == ("published", True)


def test_a_township_pulls_its_list_takes_cases_over_and_reports(served: Served, client: Callable[..., Client]) -> None:
    served.push("health-deaths", "rural-monitoring")
    reader = client("matcher", "civil-affairs", "leads:read")
    page = reader.call("leads.list_lead_changes", wait=20, limit=5).parsed
    changes = page.changes
    while page.more:
        page = reader.call("leads.list_lead_changes", limit=5, cursor=page.cursor).parsed
        changes += page.changes
    leads = {change.lead_id: change.lead for change in changes}
    assert len(leads) > 5
    assert {lead.lead_id for lead in reader.call("leads.list_leads", limit=1000).parsed.leads} == set(leads)
    worker = client("registry", "civil-affairs", "cases:read", "cases:write")
    ledger = worker.call("ledger.list_cases", limit=1000).parsed.cases
    cases = [case for case in ledger if case.state != "closed"]  # a lead may have gone again before anybody came
    assert {case.case_id for case in cases} == {lead.case_id for lead in leads.values()}
    task = {"responsible_unit": "民政办", "responsible_person": "马兰", "measure": "入户核查"}
    many = worker.models.AcceptManyIn.from_dict({"cases": [{"case_id": case.case_id, **task} for case in cases]})
    accepted = worker.call("ledger.accept_cases", body=many, idempotency_key="take-over").parsed
    assert (accepted.taken, accepted.refused) == (len(cases), 0)
    case = next(case for case in cases if case.items[0].kind == "missed")
    told = {"outcome_id": new_id(), "lead_id": case.items[0].lead_id, "code": "08", "how": "visit"}
    outcomes = worker.models.OutcomesIn.from_dict({"outcomes": [{**told, "visited_on": DAY.isoformat()}]})
    for result in ("taken", "unchanged"):
        answer = worker.call("ledger.report_outcomes", body=outcomes).parsed
        assert [one.result for one in answer.results] == [result]
    now = worker.call("ledger.get_case", case.case_id)
    assert [item.standing for item in now.parsed.items if item.lead_id == told["lead_id"]] == ["settled"]


def test_a_dashboard_reads_figures_and_a_refusal_is_a_typed_problem(client: Callable[..., Client]) -> None:
    board = client("registry", "civil-affairs", "statistics:read")
    names = [one.name for one in board.call("statistics.list_statistics").parsed.statistics]
    for name in names:
        figures = board.call("statistics.get_statistic", name).parsed
        assert {key for row in figures.rows for key in row.additional_properties} <= {
            one.name for one in figures.columns
        }
    refused = board.call("ledger.list_cases")
    assert (refused.status_code, refused.parsed.code) == (403, "scope-missing")
    assert re.search("cases:read", refused.parsed.detail)
