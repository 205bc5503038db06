"""What a process held that was killed: taken over at once where its death is certain, else when its time is over."""

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import httpx
import pytest
from fastapi import APIRouter
from joserfc.jwk import ECKey, KeySet
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel, col, select, update

from kit import lease
from kit.auth import Verifier, sign
from kit.columns import Instant, now
from kit.crypto import KeyRing
from kit.database import Database, reading, transaction
from kit.idempotency import IdempotencyRow, idempotent_route
from kit.lease import LeaseColumns, LeaseLost, claim, is_gone, me, renew
from kit.settings import ServiceSettings
from kit.web import ServiceInfo, Writing, create_service
from tests.asgi import client_of


class Base(SQLModel, registry=registry()):
    """Tables of this test."""


class Task(Base, LeaseColumns, table=True):
    """Leased work."""

    id: str = Field(primary_key=True)
    state: str
    created_at: datetime = Field(sa_type=Instant)


class Reserved(Base, IdempotencyRow, table=True):
    """Reserved keys."""


class Done(Base, table=True):
    """One row per time the work was done."""

    id: int | None = Field(default=None, primary_key=True)


router = APIRouter(route_class=idempotent_route(Reserved))


@router.post("/done")
def work(session: Writing) -> dict[str, int]:
    """Do it once more and say how often it was done."""
    session.add(Done())
    session.flush()
    return {"done": len(session.exec(select(Done)).all())}


def meanwhile() -> object:
    """What happens while the slow call runs."""
    return None


@router.post("/slow")
def slow() -> dict[str, int]:
    """Takes its time."""
    meanwhile()
    return {"done": 1}


@pytest.fixture
def dead() -> str:
    """The name of a process of this machine that was killed."""
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    process.kill()
    process.communicate()
    return f"{socket.gethostname()[:40]}:{process.pid}:0a1b2c3d"


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    database = Database.open(database_url)
    Base.metadata.create_all(database.engine)
    yield database
    database.dispose()


@pytest.fixture
def client(database: Database) -> Iterator[httpx.Client]:
    key = ECKey.generate_key("P-256", {"kid": "k"}, private=True)
    claims = {"iss": "me", "aud": "doudi", "sub": "c", "exp": int(now().timestamp()) + 60, "scope": ""}
    token = sign({**claims, "agency": "a", "area": "640499000000", "purpose": "p"}, key)
    verifier = Verifier(lambda: KeySet([key]).as_dict(private=False), "me")
    state = {"database": database, "ring": KeyRing.ephemeral(), "verifier": verifier}
    app = create_service(ServiceInfo("Work", "1", "For tests", "/jobs/v1"), ServiceSettings(), state, [router])
    with client_of(app) as client:
        client.headers.update({"Authorization": f"Bearer {token}", "Idempotency-Key": "k"})
        yield client


def test_only_a_process_of_this_machine_is_known_to_be_gone(dead: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert is_gone(dead)
    assert not is_gone(me())
    assert not is_gone(f"{socket.gethostname()[:40]}:{os.getppid()}:0a1b2c3d")
    assert not is_gone(dead.replace(socket.gethostname()[:40], "elsewhere"))
    assert not any(map(is_gone, (None, "", "w1", "a:b:c", ":::", f"{socket.gethostname()}:x:y")))
    before = me()
    monkeypatch.setattr(lease, "_LIFE", "ffffffff")  # the container was started again: same machine, same number
    assert is_gone(before)


def test_a_dead_workers_lease_is_taken_over_at_once(database: Database, dead: str) -> None:
    with transaction(database) as session:
        session.add(Task(id="t", state="open", created_at=now()))
    with transaction(database) as session:
        held = claim(session, Task, ["open"], dead, 300)
        assert held is not None
        token = held.fencing_token
    with transaction(database) as session:
        again = claim(session, Task, ["open"], me(), 300)
        assert again is not None
        assert again.fencing_token == token + 1
    with transaction(database) as session:
        assert claim(session, Task, ["open"], "elsewhere:1:0a1b2c3d", 300) is None
    with pytest.raises(LeaseLost), transaction(database) as session:
        renew(session, Task, "t", token, 300)


def _task(database: Database, by: str, until: timedelta) -> None:
    with transaction(database) as session:
        session.add(Task(id="t", state="open", created_at=now(), leased_by=by, leased_until=now() + until))


def test_a_lease_that_was_not_given_back_is_free_to_who_held_it_and_is_idle(database: Database) -> None:
    _task(database, me(), timedelta(minutes=4))
    with transaction(database) as session:
        assert claim(session, Task, ["open"], "elsewhere:1:0a1b2c3d", 300) is None
    with transaction(database) as session:
        assert claim(session, Task, ["open"], me(), 300) is None  # another thread of ours may be at it
    with transaction(database) as session:
        assert claim(session, Task, ["open"], me(), 300, idle=True) is not None


HOUR = 3600


@pytest.mark.parametrize(
    ("seconds", "until", "free"),
    [
        *[(300, -1, True), (300, 240, False), (300, HOUR - 9, False), (300, HOUR + 9, True), (300, 50 * HOUR, True)],
        *[(6 * HOUR, 6 * HOUR, False), (6 * HOUR, 13 * HOUR, True)],
    ],
)
def test_a_lease_set_by_a_clock_that_was_put_back_since_holds_nobody_up(
    seconds: int, until: int, free: bool, database: Database
) -> None:
    _task(database, "elsewhere:1:0a1b2c3d", timedelta(seconds=until))
    with transaction(database) as session:
        assert (claim(session, Task, ["open"], me(), seconds) is not None) is free


def _left_by(database: Database, holder: str) -> None:
    """As it stands when the process was killed before it could keep its answer."""
    mine = update(Reserved).where(col(Reserved.status).is_not(None))
    with transaction(database) as session:
        session.exec(mine.values(status=None, media_type=None, location=None, body=None, holder=holder))


def test_a_key_left_behind_by_a_dead_process_is_taken_over(client: httpx.Client, database: Database, dead: str) -> None:
    assert client.post("/jobs/v1/done").json() == {"done": 1}
    _left_by(database, dead)
    assert client.post("/jobs/v1/done").json() == {"done": 2}
    replayed = client.post("/jobs/v1/done")
    assert (replayed.json(), replayed.headers["idempotent-replayed"]) == ({"done": 2}, "true")
    with reading(database) as session:
        assert session.exec(select(Reserved.holder)).one() == me()


def test_a_key_somebody_may_still_be_working_under_is_refused(client: httpx.Client, database: Database) -> None:
    assert client.post("/jobs/v1/done").is_success
    _left_by(database, "elsewhere:1:0a1b2c3d")
    refused = client.post("/jobs/v1/done")
    assert (refused.status_code, refused.json()["code"]) == (409, "idempotency-in-progress")


def test_a_key_this_process_is_just_working_under_is_refused(
    client: httpx.Client, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, end = threading.Event(), threading.Event()
    monkeypatch.setattr("tests.kit.test_left_behind.meanwhile", lambda: (begun.set(), end.wait(60)))
    with ThreadPoolExecutor() as pool:
        first = pool.submit(client.post, "/jobs/v1/slow")
        assert begun.wait(60)
        refused = client.post("/jobs/v1/slow")
        other = client.post("/jobs/v1/slow", content=b"other")
        end.set()
        assert first.result(60).json() == {"done": 1}
    assert (refused.status_code, refused.json()["code"]) == (409, "idempotency-in-progress")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency-key-reused")
    assert client.post("/jobs/v1/slow").json() == {"done": 1}


def test_a_key_this_process_could_not_give_back_is_taken_over(client: httpx.Client, database: Database) -> None:
    assert client.post("/jobs/v1/done").json() == {"done": 1}
    _left_by(database, me())  # the database was away when the answer was to be kept
    assert client.post("/jobs/v1/done").json() == {"done": 2}
    assert client.post("/jobs/v1/done").json() == {"done": 2}


def test_another_body_under_a_key_left_behind_is_refused(client: httpx.Client, database: Database, dead: str) -> None:
    assert client.post("/jobs/v1/done").is_success
    _left_by(database, dead)
    refused = client.post("/jobs/v1/done", content=b"other")
    assert (refused.status_code, refused.json()["code"]) == (422, "idempotency-key-reused")
