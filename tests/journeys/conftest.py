"""A small invented county taken through both services once, for all tests that only look."""

import io
import sys
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

import pytest

from doudi.county import make_county
from tests.conftest import fresh_database
from tests.journeys.on_stack import EMBEDDED, STACK, raised_on_stack
from tests.journeys.stage import XLSX, Stage, raised
from tests.stacked import said

FEEDS = {
    "disability-cards": ("disability.xlsx", "disabled-persons-federation", XLSX),
    "health-illness": ("health.csv", "health", "text/csv"),
    "health-deaths": ("deaths.csv", "health", "text/csv"),
    "rural-monitoring": ("rural.xlsx", "rural-revitalization", XLSX),
}
READS = ("cases:read", "leads:read", "leads:reveal", "batches:read")
COUNTY_SCOPES = ("areas:write", "imports:write", *READS)


@dataclass
class Told:
    """The stage after the main job, with what it wrote to its logs and the county's files."""

    stage: Stage
    county: Path
    log: str
    batches: dict[str, str]
    import_id: str

    @property
    def staff(self) -> dict[str, str]:
        """The county's own client."""
        return self.stage.token("civil-affairs", *COUNTY_SCOPES)


def take_in(stage: Stage, county: Path) -> tuple[str, dict[str, str]]:
    """Divisions, the registry's export, every agency's file with its own token, then the worker."""
    staff = stage.token("civil-affairs", *COUNTY_SCOPES)
    areas = stage.call("POST", "/registry/v1/areas/import", staff, content=(county / "areas.csv").read_bytes())
    assert areas.is_success, areas.text
    imported = stage.call(
        "POST",
        "/registry/v1/imports",
        staff,
        content=(county / "registry.xlsx").read_bytes(),
        headers={"Content-Type": XLSX},
    )
    assert imported.is_success, imported.text
    batches = {}
    for feed, (name, agency, kind) in FEEDS.items():
        pusher = stage.token(agency, "feeds:push", "batches:read")
        answer = stage.call(
            "POST",
            f"/matcher/v1/feeds/{feed}/batches",
            pusher,
            content=(county / name).read_bytes(),
            headers={"Content-Type": kind},
        )
        assert answer.status_code == 202, answer.text
        batches[feed] = answer.json()["batch_id"]
    stage.work()
    return imported.json()["import_id"], batches


@pytest.fixture(scope="session")
def small_county(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """2 000 people at the typical level; a seed of its own."""
    folder = tmp_path_factory.mktemp("county")
    make_county(folder, 2000, "typical", 400)
    return folder


@pytest.fixture(scope="session", params=[EMBEDDED, pytest.param(STACK, marks=pytest.mark.stack)])
def ground(request: pytest.FixtureRequest) -> str:
    """What a journey stands on: the services in one process (or as one home), or a whole stack."""
    return str(request.param)


@pytest.fixture
def stage(ground: str, tmp_path: Path, database_url: str, other_database_url: str) -> Iterator[Stage]:
    """Both services, nothing in them; the worker is the test's own."""
    if ground == STACK:
        with raised_on_stack(workers=0) as (made, _):
            yield made
        return
    with raised(tmp_path, database_url, other_database_url) as made:
        yield made


@pytest.fixture(scope="session")
def told(ground: str, small_county: Path, databases: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    """The main job, done once."""
    if ground == STACK:
        with raised_on_stack() as (stage, stack):
            import_id, batches = take_in(stage, small_county)
            yield Told(stage, small_county, said(stack), batches, import_id)
        return
    folder = tmp_path_factory.mktemp("whole")
    log = io.StringIO()
    with fresh_database(folder) as first, fresh_database(folder) as second, raised(folder, first, second) as stage:
        with redirect_stderr(log), redirect_stdout(log):
            import_id, batches = take_in(stage, small_county)
        sys.stderr.write(log.getvalue()[-2000:])
        yield Told(stage, small_county, log.getvalue(), batches, import_id)
