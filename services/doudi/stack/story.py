"""`doudi stack`: the whole topology up, who may come in, and everything ended in order.

On the first start of a folder there is an account for the security administrator and a client of the county, told once.
"""

import signal
from dataclasses import dataclass

from doudi.county import make_county
from doudi.demo.logins import open_logins
from doudi.main_job import COUNTY_SCOPES, FEEDS, Inputs, deliver
from doudi.progress import steps
from doudi.stack.running import Order, Stack, raised
from registry.access.accounts import Appointment
from registry.access.store import Grant
from registry.main import add_account

FIRST = Appointment("an.quan", "安全", "0001", "civil-affairs", "", ["security-administrator"])
DEMO_PEOPLE, DEMO_LEVEL, DEMO_SEED = 2000, "typical", 100
DEMO_AREA, DEMO_TOWNSHIP = ("640499000000", "县级"), ("640499100000", "乡镇")

HELLO = """
The pages and both services:  {url}/
  the certificate was made just now: browsers warn once; elsewhere trust {certificate}
  curl --cacert {certificate} {url}/registry/v1/health/ready
Processes: {names}
  what they say: {logs}     who lives: {pids}"""
ACCOUNT = """Security administrator: login {login}, activation secret {secret}
  ({url}/activate: choose a password with it, once)"""
CLIENT = """A client of the county (told this once): client_id {client_id}  secret {secret}"""


@dataclass(frozen=True)
class Wanted:
    """What the words of the command line asked for."""

    area: str
    demo: bool
    leave: bool


def run_stack(order: Order, wanted: Wanted) -> int:
    """Raise it, tell how to come in, stay until Ctrl-C or SIGTERM (or leave at once); 0. Raises Stop."""
    # Both end the block below from wherever it is; what is up by then is ended in order.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    fresh = not (order.folder / "keys" / "matcher-client.json").exists()
    try:
        with raised(order) as stack:
            _tell(stack)
            if fresh:
                _tell_who_comes_in(stack, wanted)
            if not wanted.leave:
                print("Ctrl-C stops.", flush=True)
                signal.pause()
    except KeyboardInterrupt:
        print("stopped", flush=True)
    return 0


def _tell(stack: Stack) -> None:
    told = {
        "url": stack.whole.url,
        "certificate": stack.certificate,
        "names": " · ".join(stack.supervisor.names()),
        "logs": stack.whole.folder / "logs",
        "pids": stack.supervisor.pids,
    }
    print(HELLO.format(**told), flush=True)


def _tell_who_comes_in(stack: Stack, wanted: Wanted) -> None:
    home = stack.home
    if wanted.demo:
        _tell_demo(stack)
    else:
        account = Appointment(FIRST.login, FIRST.name, FIRST.staff_number, FIRST.agency, wanted.area, FIRST.roles)
        secret = add_account(home.registry_settings(), account)
        print(ACCOUNT.format(login=FIRST.login, secret=secret, url=home.url))
    client_id, secret = home.add_client(Grant("county", "civil-affairs", wanted.area, COUNTY_SCOPES))
    print(CLIENT.format(client_id=client_id, secret=secret), flush=True)


def _tell_demo(stack: Stack) -> None:
    """An invented county delivered through the proxy, and somebody to sign in as at every desk."""
    files = stack.whole.folder / "county"
    with steps() as shown:
        make_county(files, DEMO_PEOPLE, DEMO_LEVEL, DEMO_SEED, shown.share)
        feeds = {feed: files / name for feed, (name, _) in FEEDS.items()}
        deliver(stack.home, Inputs(files / "registry.xlsx", feeds, files / "areas.csv"), DEMO_AREA[0], shown)
    password, people = open_logins(stack.home, DEMO_AREA, DEMO_TOWNSHIP)
    print(f"People to sign in as, password of all of them: {password}")
    for one in people:
        print(f"  {one.login:<10} {one.title}（{one.where}）")
