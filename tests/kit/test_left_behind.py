"""What a process held that was killed: taken over at once where its death is certain, else when its time is over."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime

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


@pytest.mark.parametrize("holder", ["this process", "elsewhere:1:0a1b2c3d"])
def test_a_key_somebody_may_still_be_working_under_is_refused(
    holder: str, client: httpx.Client, database: Database
) -> None:
    assert client.post("/jobs/v1/done").is_success
    _left_by(database, me() if holder == "this process" else holder)
    refused = client.post("/jobs/v1/done")
    assert (refused.status_code, refused.json()["code"]) == (409, "idempotency-in-progress")


def test_another_body_under_a_key_left_behind_is_refused(client: httpx.Client, database: Database, dead: str) -> None:
    assert client.post("/jobs/v1/done").is_success
    _left_by(database, dead)
    refused = client.post("/jobs/v1/done", content=b"other")
    assert (refused.status_code, refused.json()["code"]) == (422, "idempotency-key-reused")
