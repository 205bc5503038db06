"""The people who may sign in to the invented county's pages: one for each desk, all with one password made anew."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass

import httpx

from doudi.home import Home
from kit.database import transaction
from registry.access import accounts
from registry.access.accounts import Appointment

HOURS = 1
# Login, name, roles; the township's desks come first.
TOWN = (("xiangzhen", "乡镇经办", ("township-worker",)), ("zhenzhang", "乡镇审核", ("township-leader",)))
COUNTY = (
    ("xianji", "县级经办", ("county-officer",)),
    ("shenhe", "县级审核", ("county-approver",)),
    ("bidui", "比对复核", ("reviewer",)),
    ("fuze", "复核负责人", ("review-overseer",)),
    ("kanban", "看板", ("dashboard-reader",)),
    ("anquan", "安全管理员", ("security-administrator",)),
    ("shenji", "审计管理员", ("auditor",)),
)
SENDER = ("canlian", "残联报送", ("agency-sender",))


@dataclass(frozen=True)
class Login:
    """Somebody to sign in as."""

    login: str
    title: str
    where: str


def open_logins(home: Home, county: tuple[str, str], township: tuple[str, str]) -> tuple[str, Sequence[Login]]:
    """Make the accounts and set their password: (password, who there is). Areas are (12-digit code, name).

    The services must be up: a first password is set through the same door as everybody's.
    """
    password = f"Demo-{secrets.token_hex(3)}-{secrets.randbelow(90) + 10}"
    wanted = [(one, "township", township) for one in TOWN] + [(one, "civil-affairs", county) for one in COUNTY]
    wanted.append((SENDER, "disabled-persons-federation", county))
    made = []
    for number, ((login, title, roles), agency, (area, name)) in enumerate(wanted):
        appointment = Appointment(login, title, f"demo-{number}", agency, area, roles)
        _activate(home, login, _created(home, appointment), password)
        made.append(Login(login, title, name))
    return password, made


def _created(home: Home, appointment: Appointment) -> str:
    database = home.open_registry()
    try:
        with transaction(database) as session:
            return accounts.create(session, appointment, HOURS)[1]
    finally:
        database.dispose()


def _activate(home: Home, login: str, secret: str, password: str) -> None:
    body = {"login": login, "activation_secret": secret, "password": password}
    address = f"{home.url}/registry/v1/activation"
    httpx.post(address, json=body, trust_env=False, verify=home.tls or True).raise_for_status()
