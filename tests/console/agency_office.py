"""Both services without anybody in them, the console over them, and people of agencies and of the county signed in."""

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from console.app import create_app
from console.settings import ConsoleSettings
from kit.crypto import KeyRing
from tests.asgi import AsgiBridge
from tests.conftest import fresh_database
from tests.console.browser import Browser, Page
from tests.console.conftest import HERE, Desks, Inside
from tests.journeys.stage import COUNTY, DAY, XLSX, raised
from tests.matcher.county import CARDS, card, numbered, xlsx

CARDS_FEED, FEDERATION = "disability-cards", "disabled-persons-federation"
TOWN = "640499100000"
AREAS = f"code,name\n{COUNTY},云泉县\n{TOWN},青石镇\n640499100201,柳树村\n"
PEOPLE = numbered(40)


@dataclass
class Office:
    """The console on a stage, and browsers by login: each signs in once."""

    desks: Desks
    browsers: dict[str, Browser] = field(default_factory=dict)

    def at(self, login: str, role: str = "agency-sender", agency: str = FEDERATION) -> Browser:
        """Somebody's browser, signed in."""
        if login not in self.browsers:
            self.desks.account(login, role, area=COUNTY, agency=agency)
            browser = self.desks.browser()
            assert "退出" in self.desks.sign_in(browser, login).text
            self.browsers[login] = browser
        return self.browsers[login]

    def work(self) -> None:
        """The worker does everything there is to do."""
        self.desks.stage.work()

    def send(self, login: str, content: bytes, mode: str = "commit", name: str = "cards.xlsx", **typed: str) -> Page:
        """Somebody of the federation sends a file by the page of the cards, and sees where that leads."""
        browser = self.at(login)
        page = browser.open(f"/deliver/{CARDS_FEED}")
        return browser.submit(page, "先试校验", files={"file": (name, content, XLSX)}, mode=mode, **typed)


@contextmanager
def opened(folder: Path, max_upload_bytes: int = 50_000_000) -> Iterator[Office]:
    """An office whose county has three divisions."""
    with fresh_database(folder) as first, fresh_database(folder) as second, raised(folder, first, second) as stage:
        staff = stage.token("civil-affairs", "areas:write")
        assert stage.call("POST", "/registry/v1/areas/import", staff, content=AREAS.encode()).is_success
        inside = Inside(stage.inner)
        settings = ConsoleSettings(
            registry_url="https://registry.test", matcher_url="https://matcher.test", public_url=HERE, as_of=DAY,
            max_upload_bytes=max_upload_bytes,
        )  # fmt: skip
        app = create_app(settings, KeyRing.ephemeral(), inside)
        yield Office(Desks(stage, inside, AsgiBridge(app, stage.portal), TOWN))


def cards(people: list[tuple[str, str]], extra: list[list[str]] | None = None) -> bytes:
    """A workbook of the federation; `extra`: further rows."""
    return xlsx(CARDS, [*(card(*one) for one in people), *(extra or [])])


def find_wrong(call: Callable[..., httpx.Response], number: int) -> None:
    """Visits find of so many people on the list for a disability that they are not who the rows say. `call`: of the
    registry, as civil affairs."""
    found = [
        (case["case_id"], item["item_id"])
        for case in call("GET", "/registry/v1/cases?limit=200").json()["cases"]
        for item in case["items"]
        if any("残疾" in reason for reason in item["reasons"])
    ]
    assert len(found) >= number
    for case, item in found[:number]:
        one = {"case_id": case, "responsible_unit": "某镇", "responsible_person": "某", "measure": "入户"}
        call("POST", "/registry/v1/cases/accept", json={"cases": [one]})
        said = {"item_id": item, "outcome_id": str(uuid.uuid4()), "code": "12", "how": "visit",
                "visited_on": "2021-06-01"}  # fmt: skip
        path = f"/registry/v1/cases/{case}"
        done = call("POST", f"{path}/outcome", json=said, headers={"If-Match": call("GET", path).headers["ETag"]})
        assert done.is_success, done.text
