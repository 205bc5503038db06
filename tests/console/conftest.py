"""The console over both services in this process, with a small county on their lists and people who may sign in."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import httpx
import pytest
from sqlmodel import select

from console.app import create_app
from console.settings import ConsoleSettings
from doudi.county import make_county
from kit.crypto import KeyRing
from kit.database import transaction
from registry.access import accounts
from registry.access.account_tables import Account
from registry.access.accounts import Appointment
from tests.asgi import AsgiBridge
from tests.conftest import fresh_database
from tests.console.browser import Browser, Page
from tests.journeys.conftest import take_in
from tests.journeys.stage import COUNTY, DAY, Kept, Stage, raised
from tests.registry.staff import PASSWORD, code_at

PEOPLE, SEED = 2000, 410
HERE = "http://console.test"


class Inside(httpx.AsyncBaseTransport):
    """Hands each call to the service its host names; those that are `away` do not answer."""

    def __init__(self, services: dict[str, httpx.ASGITransport]) -> None:
        self.services = services
        self.away: set[str] = set()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        name = request.url.host.partition(".")[0]
        if name in self.away:
            raise httpx.ConnectError("away", request=request)
        return await self.services[name].handle_async_request(request)


@dataclass
class Desks:
    """The console on its stage."""

    stage: Stage
    inside: Inside
    bridge: AsgiBridge
    town: str
    people: dict[str, str] = field(default_factory=dict)  # login → the secret of its second factor

    def browser(self) -> Browser:
        """Somebody's browser, with nothing in it."""
        return Browser(httpx.Client(transport=self.bridge, base_url=HERE))

    def account(self, login: str, *roles: str, area: str | None = None, agency: str = "township") -> str:
        """Make an account with its first password; its login."""
        wanted = Appointment(login, f"某{login[-1]}", login, agency, area or self.town, roles)
        with transaction(self.stage.registry_database) as session:
            secret = accounts.create(session, wanted, 1)[1]
        body = {"login": login, "activation_secret": secret, "password": PASSWORD}
        answer = self.stage.http["registry"].post("/registry/v1/activation", json=body)
        assert answer.status_code == 204, answer.text
        return login

    def sign_in(self, browser: Browser, login: str, there: str = "/") -> Page:
        """All the way in, by the pages."""
        page = browser.open(there)
        page = browser.submit(page, "登录", login=login, password=PASSWORD)
        return self.second_step(browser, page, login)

    def second_step(self, browser: Browser, page: Page, login: str) -> Page:
        """The second factor, taken up where there is none yet."""
        if "设置手机验证器" in page.text:
            secret = next(word for word in page.text.split() if len(word) >= 32 and word.isalnum())
            self.people[login] = secret
            page = browser.submit(page, "继续", said=code_at(secret, self._moment(login)))
            assert "备用码" in page.text, page.text
            return browser.follow(page, "已抄好")
        if login in self.people:
            return browser.submit(page, "继续", said=code_at(self.people[login], self._moment(login)))
        return page

    def _moment(self, login: str) -> float:
        """A code is good once: the next is that of the next half minute, which is taken too."""
        with transaction(self.stage.registry_database) as session:
            row = session.exec(select(Account).where(Account.login == login)).one()
            row.totp_step = 0
            session.add(row)
        return time.time()


@pytest.fixture(scope="session")
def june(databases: None, tmp_path_factory: pytest.TempPathFactory) -> Kept:
    """The main job, done once: what was kept of it."""
    folder = tmp_path_factory.mktemp("june")
    make_county(folder / "county", PEOPLE, "typical", SEED)
    with fresh_database(folder) as first, fresh_database(folder) as second:
        with raised(folder, first, second) as stage:
            take_in(stage, folder / "county")
        return Kept.of(stage)


@pytest.fixture(scope="module")
def desks(june: Kept, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desks]:
    """After the main job, for the tests of a file; a seed of its own."""
    folder = tmp_path_factory.mktemp("console")
    with (
        fresh_database(folder) as first,
        fresh_database(folder) as second,
        raised(folder, first, second, june) as stage,
    ):
        inside = Inside(stage.inner)
        settings = ConsoleSettings(
            registry_url="https://registry.test", matcher_url="https://matcher.test", public_url=HERE, as_of=DAY
        )
        app = create_app(settings, KeyRing.ephemeral(), inside)
        yield Desks(stage, inside, AsgiBridge(app, stage.portal), _busiest(stage))


def _busiest(stage: Stage) -> str:
    """The township with the most cases."""
    staff = stage.token("civil-affairs", "cases:read", "statistics:read")
    rows = stage.call("GET", f"/registry/v1/statistics/ledger?area={COUNTY}", staff).json()["rows"]
    return str(max(rows, key=lambda row: row["opened"])["area"])


@pytest.fixture
def worker(desks: Desks, request: pytest.FixtureRequest) -> Callable[[], str]:
    """Makes a township worker of this test's own."""
    name = "".join(letter for letter in request.node.name if letter.isalpha() and letter.isascii())[-20:].lower()
    return lambda: desks.account(f"w{name}", "township-worker")
