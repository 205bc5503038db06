"""A small invented county served as `./run serve` does, for tests that come from outside over a real port."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import httpx

from doudi.agency import Agency
from doudi.county import make_county
from doudi.embedded import running
from doudi.home import Home
from doudi.main_job import FEEDS
from doudi.serve import free_port
from registry.access.accounts import Appointment
from registry.access.store import Grant
from registry.main import add_account
from tests.registry.staff import code_at
from tests.stacked import stacked

COUNTY = "640499000000"
DAY = date(2021, 6, 1)


@dataclass(frozen=True)
class Served:
    """The services' address, the county's files, and a maker of clients."""

    home: Home
    files: Path
    certificate: Path | None = None  # whom callers are to trust, where it is not known

    @property
    def url(self) -> str:
        """Where everything answers."""
        return self.home.url

    def client(self, agency: str, *scopes: str, area: str = COUNTY) -> tuple[str, str]:
        """A fresh client: (client_id, secret)."""
        return self.home.add_client(Grant(agency, agency, area, scopes, ("dynamic-monitoring", "reveal")))

    def signed_in(self, login: str, role: str, password: str = "Rain-over-hills-7") -> str:
        """The token of somebody new who set a password, took up a second factor and signed in."""
        wanted = Appointment(login, "安全", login.replace(".", "-"), "civil-affairs", COUNTY, [role])
        secret = add_account(self.home.registry_settings(), wanted)
        with httpx.Client(base_url=f"{self.url}/registry/v1", timeout=60, verify=self.home.tls or True) as http:
            http.post("/activation", json={"login": login, "activation_secret": secret, "password": password})
            step = http.post("/sessions", json={"login": login, "password": password}).json()
            offer = http.post("/sessions/second-factor/offer", json={"handle": step["handle"]}).json()
            code = code_at(offer["secret"], time.time())
            done = http.post("/sessions/second-factor", json={"handle": offer["handle"], "code": code}).json()
        return str(done["token"]["access_token"])

    def push(self, *feeds: str) -> None:
        """Deliver those feeds' files as their agencies do, and wait for the end of the last."""
        for feed in feeds:
            file, owner = FEEDS[feed]
            agency = Agency(self.url, *self.client(owner, "feeds:push", "batches:read"), tls=self.home.tls)
            batch = agency.follow(agency.push(feed, self.files / file), lambda _: None)
            agency.http.close()
            assert batch["state"] == "published", batch

    def take_in(self) -> None:
        """Divisions and civil affairs' list."""
        mine = self.client("civil-affairs", "areas:write", "imports:write")
        staff = Agency(self.url, *mine, tls=self.home.tls)
        staff.send("/registry/v1/areas/import", self.files / "areas.csv")
        imported = staff.send("/registry/v1/imports", self.files / "registry.xlsx")
        while imported["state"] not in {"done", "failed"}:
            imported = staff.call("GET", f"/registry/v1/imports/{imported['import_id']}").json()
        staff.http.close()
        assert imported["state"] == "done", imported


@contextmanager
def served_on_stack(folder: Path, people: int, seed: int) -> Iterator[Served]:
    """The same behind the proxy of a whole stack."""
    files = folder / "files"
    make_county(files, people, "typical", seed)
    with stacked(as_of=DAY) as stack:
        served = Served(stack.home, files, stack.certificate)
        served.take_in()
        yield served


@contextmanager
def served_county(folder: Path, people: int, seed: int, *, second_factor: bool = True) -> Iterator[Served]:
    """Divisions and the registry's people are in; nobody has pushed yet."""
    files = folder / "files"
    make_county(files, people, "typical", seed)
    home = Home(folder / "home", f"http://127.0.0.1:{free_port()}", DAY, second_factor=second_factor)
    served = Served(home, files)
    with running(served.home):
        served.take_in()
        yield served
