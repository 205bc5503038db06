"""Keys are rotated and the suite is changed while agencies push, offices look up and an import runs.

Real processes on a port of the loopback. No request fails, nobody registered goes unfound for a moment, an import in
the middle of it finds everybody unchanged, and afterwards nothing is left of the former key.
"""

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import func, select

from doudi.agency import Agency
from doudi.main_job import FEEDS
from kit import resealing
from kit.crypto import LOOK_SECONDS
from kit.database import reading
from kit.office import Office
from matcher.migrations.every_table import METADATA as MATCHER_TABLES
from registry.coverage.tables import Coverage
from registry.migrations.every_table import METADATA as REGISTRY_TABLES
from registry.persons.tables import PersonVersion
from tests.at_rest import columns_with
from tests.served import Served, served_county

IDENTITY = {"reason": "identity"}
NOTICE = timedelta(seconds=6)  # three looks of every process
TABLES = {"registry": REGISTRY_TABLES, "matcher": MATCHER_TABLES}
BOUNDS = ("DEAR_CALLS_PER_CLIENT", "DEAR_CALLS_PER_AREA", "DEAR_CALLS_PER_CLIENT_DAY", "REVEALS_PER_CLIENT")


@dataclass
class Load:
    """Callers who go on until told to stop; whatever goes wrong is kept."""

    stop: threading.Event = field(default_factory=threading.Event)
    done: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    threads: list[threading.Thread] = field(default_factory=list)

    def keep_calling(self, name: str, call: Callable[[], None]) -> None:
        def run() -> None:
            while not self.stop.is_set():
                try:
                    call()
                    self.done[name] += 1
                except Exception as trouble:
                    self.wrong.append(f"{name}: {trouble!r}"[:300])
                    return

        self.threads.append(threading.Thread(target=run, name=name))
        self.threads[-1].start()

    def end(self) -> None:
        self.stop.set()
        for thread in self.threads:
            thread.join(timeout=300)
        assert not any(thread.is_alive() for thread in self.threads)


class Stage:
    """A served county, its offices, and callers over it."""

    def __init__(self, served: Served, clients: ExitStack) -> None:
        self.served, self._clients = served, clients
        self.offices = [clients.enter_context(closing(office)) for office in served.home.offices()]

    def caller(self, *scopes: str) -> Agency:
        """A client of the county that may see whole values."""
        made = Agency(self.served.url, *self.served.client("civil-affairs", *scopes), "reveal")
        self._clients.callback(made.http.close)
        return made

    def people(self) -> list[tuple[str, str]]:
        """(name, number) of registered people whose number is theirs alone."""
        lines = self.caller("registry:follow").lines("/registry/v1/export")
        persons = [line["person"] for line in lines if line["kind"] == "person"]
        held = Counter(one["id_number"] for one in persons)
        return [(one["name"], one["id_number"]) for one in persons if one["id_number"] and held[one["id_number"]] == 1]

    def everything(self) -> dict[str, Any]:
        """What followers and townships read, in the clear."""
        persons = self.caller("registry:follow").lines("/registry/v1/export")
        leads = self.caller("leads:read", "leads:reveal").lines(
            "/matcher/v1/leads/export.ndjson", identity="full", reason="visit"
        )
        cases = self.caller("cases:read").pages("/registry/v1/cases", "cases")
        return {
            "persons": sorted(str(one["person"]) for one in persons if one["kind"] == "person"),
            "leads": sorted(str(_said(one["lead"])) for one in leads if one["kind"] == "lead"),
            "cases": sorted(str(one) for one in cases),
        }

    def rows(self) -> list[int]:
        """Rows of people and of coverage: an import that takes somebody for another adds some."""
        with reading(self.offices[0].database) as session:
            tables = (PersonVersion, Coverage)
            return [session.exec(select(func.count()).select_from(table)).one() for table in tables]

    def rotate(self, suite: str) -> list[str]:
        """New keys in both rings, in force; the former ones."""
        former = [office.ring.writes_with for office in self.offices]
        made = [office.rotate(suite, NOTICE) for office in self.offices]
        while [office.ring.writes_with for office in self.offices] != made:
            time.sleep(0.2)
        return former

    def import_again(self) -> None:
        """The same people once more: every one is known."""
        staff = self.caller("imports:write")
        content = (self.served.files / "registry.xlsx").read_bytes()
        answer = staff.call("POST", "/registry/v1/imports", content=content).json()
        while answer["state"] not in {"done", "failed"}:
            answer = staff.call("GET", f"/registry/v1/imports/{answer['import_id']}").json()
        assert answer["state"] == "done", answer

    def push_again(self) -> None:
        """Another delivery that says the same."""
        with (self.served.files / FEEDS["health-illness"][0]).open("ab") as file:
            file.write(b"\r\n")
        self.served.push("health-illness")


def _said(lead: dict[str, Any]) -> dict[str, Any]:
    """What a lead says; which delivery said it last is another matter."""
    return {name: lead[name] for name in ("lead_id", "name", "id_number", "phone", "address", "area", "state")}


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config) -> Iterator[Stage]:
    """A county whose feeds have been linked and screened once."""
    people = 20_000 if pytestconfig.getoption("--soak") else 400
    with pytest.MonkeyPatch.context() as patch:
        for service in ("REGISTRY", "MATCHER"):  # callers without a pause: what bounds them is tested elsewhere
            for bound in BOUNDS:
                patch.setenv(f"DOUDI_{service}_{bound}", "100000000")
        yield from _staged(tmp_path_factory, people)


def _staged(tmp_path_factory: pytest.TempPathFactory, people: int) -> Iterator[Stage]:
    with served_county(tmp_path_factory.mktemp("rotation"), people, 108) as served, ExitStack() as clients:
        served.push(*FEEDS)
        yield Stage(served, clients)


def begin(load: Load, stage: Stage) -> None:
    """Look-ups by number, lists, reveals, exports; one caller each."""
    people, chance = stage.people(), random.Random(1)
    assert len(people) > 20
    office, township = stage.caller("registry:read"), stage.caller("leads:read", "leads:reveal")
    follower, cases = stage.caller("registry:follow"), stage.caller("cases:read")
    leads = [lead["lead_id"] for lead in township.pages("/matcher/v1/leads", "leads")]

    def look_up() -> None:
        name, number = chance.choice(people)
        body = {"name": name, "id_number": number}
        told = office.call("POST", "/registry/v1/persons/lookup", params=IDENTITY, json=body).json()
        assert told["id_number"] == number

    def reveal() -> None:
        assert township.call(
            "POST", f"/matcher/v1/leads/{chance.choice(leads)}/reveal", json={"reason": "visit"}
        ).json()["name"]

    load.keep_calling("lookup", look_up)
    load.keep_calling("reveal", reveal)
    load.keep_calling("export", lambda: follower.lines("/registry/v1/export") and None)
    load.keep_calling("cases", lambda: cases.call("GET", "/registry/v1/cases") and None)


def test_keys_and_suite_change_under_load(stage: Stage, pytestconfig: pytest.Config) -> None:
    before, rows, load = stage.everything(), stage.rows(), Load()
    former: list[str] = []
    begin(load, stage)
    try:
        for number in range(6 if pytestconfig.getoption("--soak") else 1):
            load.keep_calling(f"import {number}", _once(load, stage.import_again))
            former = stage.rotate("guomi" if number % 2 == 0 else "international")
            load.keep_calling(f"import {number}, other key", _once(load, stage.import_again))
            done = [office.reseal() for office in stage.offices]
            stage.push_again()
            assert [one.unreadable for one in done] == [0, 0]
            assert all(one.cells > 0 for one in done)
            assert done[1].files > 0
    finally:
        load.end()
    assert load.wrong == []
    assert min(load.done[name] for name in ("lookup", "reveal", "export", "cases")) > 0
    for office, key in zip(stage.offices, former, strict=True):
        nothing_is_left(office, key)
    assert stage.rows() == rows
    assert stage.everything() == before


def _once(load: Load, work: Callable[[], object]) -> Callable[[], None]:
    """Do it once, then wait for the end as the other callers do."""
    begun: list[object] = []

    def call() -> None:
        if not begun:
            begun.append(work())
        load.stop.wait(0.1)

    return call


def nothing_is_left(office: Office, former: str) -> None:
    """What was written while the last run went over it is sealed by the next; then nothing of the former is left."""
    office.reseal()
    assert office.reseal().left == 0
    assert columns_with(office.database, TABLES[office.chain.name], office.ring.mark()) != {}
    assert columns_with(office.database, TABLES[office.chain.name], office.ring.mark(former)) == {}
    assert office.job.files is None or former not in {key for _, key in office.job.files.every()}
    verdict = office.verify()
    assert (verdict.reason, verdict.checkpoints > 0) == (None, True)  # which the services took by themselves


def test_an_index_key_no_row_bears_is_asked_no_more(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """After its day has passed, and never while a row bears it."""
    stage.rotate("international")
    registry = stage.offices[0]

    def asked() -> list[str]:
        return [key.id for key in registry.ring.keys.keys if key.index is not None]

    before = asked()
    registry.reseal()
    assert asked() == before
    monkeypatch.setattr(resealing, "ASKED_AFTER", timedelta(0))
    registry.reseal()
    assert asked() == [registry.ring.writes_with]
    time.sleep(LOOK_SECONDS + 1)  # until the service has looked at its ring
    name, number = stage.people()[0]
    body = {"name": name, "id_number": number}
    office = stage.caller("registry:read")
    found = office.call("POST", "/registry/v1/persons/lookup", params=IDENTITY, json=body).json()
    assert found["id_number"] == number
