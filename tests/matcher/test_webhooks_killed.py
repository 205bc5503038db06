"""A worker killed between sending a wake-up and noting it: it is sent once more, under the same id."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from kit.columns import now
from kit.crypto import KeyRing
from kit.database import transaction
from kit.keys_file import make_or_complete, rotate
from kit.lease import me
from kit.resealing import Resealing
from kit.subscriptions import DELIVERED, SENDING
from matcher.sealed_cells import CELLS
from matcher.subscriptions.tables import Subscription
from tests.matcher.conftest import Matcher
from tests.matcher.hooks import Hooks
from tests.receiver import Came, Receiver, Reply, repeats

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 90
# What the worker does beside reading and linking, in a process of its own.
CHILD = """
import time
from kit.crypto import KeyRing
from matcher.flows.open_desk import open_desk
from matcher.flows.send_webhooks import sending
from matcher.settings import MatcherSettings
settings = MatcherSettings.read()
with sending(open_desk(settings, KeyRing.load(settings.keys_file))):
    time.sleep(600)
"""


@pytest.fixture
def ring(tmp_path: Path) -> KeyRing:
    """A ring two processes can read."""
    make_or_complete(tmp_path / "keys.json", "international")
    return KeyRing.load(tmp_path / "keys.json")


@pytest.fixture
def hooks(matcher: Matcher) -> Iterator[Hooks]:
    made = Hooks(matcher)
    yield made
    made.close()


def start(hooks: Hooks, folder: Path) -> subprocess.Popen[bytes]:
    told = {
        "DATABASE_URL": hooks.settings.database_url, "DATA_DIR": str(folder / "data"), "WEBHOOK_LOOPBACK": "true",
        "KEYS_FILE": str(folder / "keys.json"), "WORKER_POLL_SECONDS": "0.05",
    }  # fmt: skip
    environment = {f"DOUDI_MATCHER_{name}": value for name, value in told.items()}
    path = os.pathsep.join([str(ROOT / "services"), str(ROOT)])
    return subprocess.Popen([sys.executable, "-c", CHILD], env={**os.environ, **environment, "PYTHONPATH": path})


def test_kill_9_before_the_answer_and_the_next_sends_it_again_at_once(
    hooks: Hooks, receiver: Receiver, tmp_path: Path
) -> None:
    hooks.active(receiver)
    batch = hooks.happen("failed")
    child = start(hooks, tmp_path)
    struck = threading.Event()

    def strike(_: Came) -> Reply:
        os.kill(child.pid, signal.SIGKILL)
        struck.set()
        return Reply(200)

    receiver.answer = strike
    try:
        assert struck.wait(SECONDS)
    finally:
        child.kill()
        child.wait()
    assert [one.state for one in hooks.rows() if one.type == "batch.failed"] == [SENDING]
    receiver.answer = repeats
    assert hooks.wake() == 1  # at once: its process is gone, its lease need not run out
    first, second = receiver.take()
    assert (first.id, first.body) == (second.id, second.body)
    assert second.event["subject"] == batch
    assert [one.state for one in hooks.rows() if one.type == "batch.failed"] == [DELIVERED]
    assert (hooks.wake(), receiver.came) == (0, [])


def test_one_who_had_the_answer_and_could_not_note_it_is_followed_too(hooks: Hooks, receiver: Receiver) -> None:
    hooks.active(receiver)
    hooks.happen("failed")
    hooks.teller.tell()
    with subprocess.Popen([sys.executable, "-c", ""]) as dead:
        dead.wait()
    host = me().rpartition(":")[0].rpartition(":")[0]
    mortal = hooks.new_sender(f"{host}:{dead.pid}:gone")
    hooks.clock.ahead(seconds=1)
    begun = mortal.begin()
    assert begun is not None
    assert mortal.try_once(begun).ok
    assert hooks.send() == 1
    assert len({came.id for came in receiver.came}) == 1
    assert len(receiver.came) == 2


def test_one_on_another_machine_is_waited_for_until_its_lease_is_over(hooks: Hooks, receiver: Receiver) -> None:
    made = hooks.active(receiver)
    hooks.happen("failed")
    hooks.teller.tell()
    hooks.clock.ahead(seconds=1)
    assert hooks.new_sender("elsewhere:1:x").begin() is not None
    assert (hooks.send(), receiver.came) == (0, [])
    with transaction(hooks.matcher.database) as session:
        row = session.get_one(Subscription, made["subscription_id"])
        row.leased_until = now() - timedelta(seconds=1)
        session.add(row)
    assert (hooks.send(), len(receiver.came)) == (1, 1)


def test_after_a_change_of_keys_and_sealing_anew_the_same_secret_signs(
    hooks: Hooks, receiver: Receiver, ring: KeyRing, tmp_path: Path
) -> None:
    made = hooks.active(receiver)
    former = ring.mark()
    rotate(tmp_path / "keys.json", "guomi", timedelta(0))
    ring.refresh()
    assert ring.mark() != former
    assert Resealing(hooks.matcher.database, ring, tmp_path / "keys.json", CELLS).run().unreadable == 0
    row = hooks.row(made)
    assert (row.url.startswith(ring.mark()), row.secrets.startswith(ring.mark())) == (True, True)
    hooks.happen("failed")
    hooks.wake()
    (came,) = receiver.take()
    assert came.is_signed_by(made["secret"])
