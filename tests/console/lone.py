"""The console over a registry alone: its ledger filled straight, its matcher silent, people who sign in by password."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import httpx

from console.app import create_app
from console.settings import ConsoleSettings
from kit.crypto import KeyRing
from kit.database import transaction
from registry.access import accounts
from registry.access.accounts import Appointment
from tests.asgi import AsgiBridge
from tests.console.browser import Browser, Page
from tests.console.conftest import HERE, Inside
from tests.registry.house import House
from tests.registry.staff import PASSWORD


@dataclass(frozen=True)
class Lone:
    """Pages over one registry."""

    house: House
    bridge: AsgiBridge

    def signed_in(self, login: str, role: str, area: str) -> tuple[Browser, Page]:
        """Somebody new, and the page they begin with."""
        wanted = Appointment(login, login, login, "township", area, (role,))
        with transaction(self.house.database) as session:
            secret = accounts.create(session, wanted, 1)[1]
        body = {"login": login, "activation_secret": secret, "password": PASSWORD}
        answer = self.house.client.post("/registry/v1/activation", json=body)
        assert answer.status_code == 204, answer.text
        browser = Browser(httpx.Client(transport=self.bridge, base_url=HERE, timeout=120))
        return browser, browser.submit(browser.open("/sign-in"), "登录", login=login, password=PASSWORD)


@contextmanager
def pages_over(house: House) -> Iterator[Lone]:
    """The console over this registry."""
    house.told(second_factor_roles="")
    to_registry = house.client._transport  # the bridge the house's own client stands on
    assert isinstance(to_registry, AsgiBridge)
    inside = Inside({"registry": to_registry.transport})
    inside.away.add("matcher")
    settings = ConsoleSettings(
        registry_url="https://registry.test", matcher_url="https://matcher.test", public_url=HERE,
        as_of=house.app.state.settings.as_of,
    )  # fmt: skip
    yield Lone(house, AsgiBridge(create_app(settings, KeyRing.ephemeral(), inside), to_registry.portal))
