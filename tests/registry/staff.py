"""People with accounts, and how they sign in, for tests of the door."""

import base64
import hmac
import struct
import time
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx
from sqlmodel import Session, select

from kit.columns import now
from kit.database import transaction
from registry.access import accounts
from registry.access.account_tables import Account
from tests.registry.house import COUNTY, House

PASSWORD = "Rain-over-hills-7"
OTHER = "Snow-on-fields-8"


def code_at(secret: str, moment: float) -> str:
    """RFC 6238, written anew: the product's own code must agree with it."""
    mac = hmac.digest(base64.b32decode(secret), struct.pack(">Q", int(moment) // 30), "sha1")
    place = mac[19] & 15
    return f"{(int.from_bytes(mac[place : place + 4], 'big') & 0x7FFFFFFF) % 1_000_000:06d}"


@dataclass
class Person:
    """Somebody with an account: what they know and hold."""

    house: House
    account_id: str
    login: str
    activation: str
    secret: str = ""
    recovery: tuple[str, ...] = ()

    def post(self, path: str, **body: Any) -> httpx.Response:
        """A call before the door."""
        return self.house.client.post(f"/registry/v1{path}", json=body, timeout=60)

    def activate(self, password: str = PASSWORD) -> httpx.Response:
        """Set the first password."""
        return self.post("/activation", login=self.login, activation_secret=self.activation, password=password)

    def begin(self, password: str = PASSWORD, **more: Any) -> httpx.Response:
        """Login and password."""
        return self.post("/sessions", login=self.login, password=password, **more)

    def code(self, ahead: int = 0) -> str:
        """The code of the app, `ahead` steps from now; what was used before may be used again."""
        self.alter(totp_step=0)
        return code_at(self.secret, time.time() + 30 * ahead)

    def enrol(self, handle: str) -> dict[str, Any]:
        """Take up a second factor in the middle of the first sign-in."""
        offer = self.post("/sessions/second-factor/offer", handle=handle).json()
        self.secret = offer["secret"]
        done = self.post("/sessions/second-factor", handle=offer["handle"], code=self.code()).json()
        self.recovery = tuple(done["recovery_codes"])
        return done

    def sign_in(self, **more: Any) -> dict[str, Any]:
        """All the way in: the answer of the last step."""
        step: dict[str, Any] = self.begin(**more).json()
        if step["next"] == "enrol-second-factor":
            step = self.enrol(step["handle"])
        elif step["next"] == "second-factor":
            step = self.post("/sessions/second-factor", handle=step["handle"], code=self.code()).json()
        assert step["next"] == "none", step
        return step

    def call(self, token: str, method: str, path: str, **more: Any) -> httpx.Response:
        """A call with a token of theirs."""
        headers = {"Authorization": f"Bearer {token}", **more.pop("headers", {})}
        return self.house.client.request(method, f"/registry/v1{path}", headers=headers, **more)

    def alter(self, **values: Any) -> None:
        """Put something else into the row of the account."""
        with transaction(self.house.database) as session:
            row = session.get_one(Account, self.account_id)
            for name, value in values.items():
                setattr(row, name, value)
            session.add(row)


def hired(house: House, *roles: str, login: str = "wang.fang", area: str = COUNTY, **more: str) -> Person:
    """An account made straight in the database, not yet activated."""
    wanted = {"name": "王芳", "staff_number": login, "agency": "civil-affairs"} | more
    with transaction(house.database) as session:
        appointed = accounts.Appointment(login=login, area=area, roles=roles or ("county-officer",), **wanted)
        account, secret = accounts.create(session, appointed, hours=72)
        return Person(house, account.account_id, login, secret)


def at_work(house: House, *roles: str, **more: str) -> Person:
    """As `hired`, with a password."""
    person = hired(house, *roles, **more)
    assert person.activate().status_code == 204
    return person


def token_of(step: dict[str, Any]) -> str:
    """The access token of an answer."""
    return str(step["token"]["access_token"])


def journal(house: House) -> list[tuple[str, str | None, dict[str, Any]]]:
    """Action, subject and detail of every entry."""
    entries = house.call("GET", "/audit", "audit:read", params={"limit": 1000}, area="000000000000").json()["entries"]
    return [(one["action"], one["subject"], one["detail"]) for one in entries]


def shift(house: House, table: Any, minutes: float, *columns: str) -> None:
    """Let so many minutes pass for every row of a table."""
    with transaction(house.database) as session:
        for row in _all(session, table):
            for column in columns:
                if (value := getattr(row, column)) is not None:
                    setattr(row, column, value - timedelta(minutes=minutes))
            session.add(row)


def _all(session: Session, table: Any) -> list[Any]:
    return list(session.exec(select(table)).all())


def days_ago(days: float) -> Any:
    """A moment so many days before now."""
    return now() - timedelta(days=days)
