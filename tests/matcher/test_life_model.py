"""Random lives: whatever callers and workers do in whatever order, no delivery is lost or counts twice, and the match
list is what the deliveries that count say.

The model beside it knows what each delivery held and the rules of a line (the newest snapshot that was not taken back
counts, with the deltas after it), and nothing of how they are kept.
"""

import random
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import event, update
from sqlmodel import col

from kit.columns import now
from kit.crypto import KeyRing
from kit.database import transaction
from matcher.batches.states import ENDED, FOLLOWS, LINKED, READY, RESTING, WAITING
from matcher.batches.tables import Batch
from matcher.flows.forget import run
from tests.conftest import fresh_database
from tests.matcher import county
from tests.matcher.conftest import Matcher, matcher_in
from tests.matcher.fake_registry import FakeRegistry
from tests.matcher.life import RURAL, county_office, member, monitored, open_parts, put, step, told

PEOPLE = county.numbered(7)
ROWS = [member(name, number, f"{n:08d}") for n, (name, number) in enumerate(PEOPLE)]
STEPS = (
    "snapshot", "rehearsal", "delta", "upload", "part", "seal", "commit", "confirm", "cancel", "rollback", "resume",
    "work", "work",
)  # fmt: skip
REASON = {"reason": "误发"}


class Lives:
    """A matcher and what a careful clerk knows of it: which people each delivery named."""

    def __init__(self, matcher: Matcher) -> None:
        self.matcher = matcher
        self.said: dict[str, set[int]] = {}
        self.deltas: dict[str, set[int]] = {}  # those a delta ended
        self.files: dict[str, bytes] = {}

    def take(self, action: str, chance: random.Random) -> None:
        """One step, aimed at random; one that cannot be must say so and change nothing."""
        if action in ("snapshot", "rehearsal", "delta", "upload"):
            self._send(action, chance)
        elif action == "work":
            self.matcher.work()
            self.check_at_rest()
        elif self.said:
            self._ask(chance.choice(sorted(self.said)), action, chance)
        self.check_always()

    def _send(self, action: str, chance: random.Random) -> None:
        chosen = sorted(chance.sample(range(len(ROWS)), chance.randint(1, len(ROWS))))
        ends = {one for one in chosen if chance.random() < 0.5} if action == "delta" else set()
        words = ["注销" if one in ends else "变更" for one in chosen] if action == "delta" else None
        content = monitored([ROWS[one] for one in chosen], words)
        options = {"load": "delta" if action == "delta" else "snapshot"}
        if action == "upload":
            answer = open_parts(self.matcher, content, RURAL, **options)
        else:
            mode = "validate" if action == "rehearsal" else "commit"
            answer = self.matcher.push(RURAL, content, mode=mode, **options)
        assert answer.status_code == 202, answer.text
        batch = answer.json()["batch_id"]
        if batch in self.said:  # an upload that is open for the same file is gone on with
            assert (action, self.files[batch], self.state(batch)) == ("upload", content, "open")
            return
        self.said[batch], self.deltas[batch], self.files[batch] = set(chosen) - ends, ends, content

    def _ask(self, batch: str, action: str, chance: random.Random) -> None:
        before = self.state(batch)
        if action == "part":
            middle = len(self.files[batch]) // 2
            number = chance.choice((1, 2))
            part = self.files[batch][:middle] if number == 1 else self.files[batch][middle:]
            answer = put(self.matcher, batch, number, part, RURAL)
        elif action == "rollback":
            office = county_office(self.matcher)
            answer = step(self.matcher, batch, action, feed=RURAL, headers=office, json=REASON)
        else:
            who = chance.choice(("rural-revitalization", "second"))
            answer = step(self.matcher, batch, action, feed=RURAL, who=who)
        assert answer.status_code in (200, 202, 403, 409), answer.text
        if answer.status_code >= 400:
            assert self.state(batch) == before, "what is refused changes nothing"
        else:
            assert action == "part" or self.state(batch) in (*FOLLOWS[before], "unchanged")

    def state(self, batch: str) -> str:
        return self.matcher.state_of(batch)

    def rows(self) -> list[dict[str, Any]]:
        found = self.matcher.get("/batches", limit=1000)["batches"]
        return sorted(found, key=lambda row: str(row["batch_id"]))

    def check_always(self) -> None:
        """Every delivery that was taken is there, once, in a state there is."""
        rows = self.rows()
        assert [row["batch_id"] for row in rows] == sorted(self.said)
        for row in rows:
            assert row["state"] in FOLLOWS
            if row["outcomes"] is not None and row["state"] not in ("sealed", "validating"):
                assert sum(row["outcomes"].values()) == row["progress"]["rows_total"]

    def check_at_rest(self) -> None:
        """Nobody is stuck, one truth counts, and the list says what it says."""
        rows = self.rows()
        for row in rows:
            waits = row["state"] in WAITING and row["waits_for"] is not None
            assert row["state"] in RESTING or waits, row["state"]
        linked = [row for row in rows if row["state"] in LINKED]
        snapshots = [row["batch_id"] for row in linked if row["load"] == "snapshot"]
        counting = [row["batch_id"] for row in linked if row["superseded_by"] is None]
        base = snapshots[-1] if snapshots else ""
        assert counting == [row["batch_id"] for row in linked if row["batch_id"] >= base]
        people: set[int] = set()
        for batch in counting:
            people = (people - self.deltas[batch]) | self.said[batch]
        names = [lead["name"] for lead in self.matcher.leads()]
        assert sorted(names) == sorted(PEOPLE[one][0] for one in people)


@contextmanager
def fresh_lives() -> Iterator[Lives]:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        url = stack.enter_context(fresh_database(folder))
        matcher = stack.enter_context(matcher_in(folder, url, KeyRing.ephemeral(), FakeRegistry()))
        yield Lives(matcher)


def live(actions: list[str], chance: random.Random) -> None:
    with fresh_lives() as lives:
        for action in actions:
            lives.take(action, chance)
        lives.take("work", chance)


LIFE = st.lists(st.sampled_from(STEPS), min_size=8, max_size=18)
SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large]


@pytest.mark.usefixtures("databases")
@settings(max_examples=6, deadline=None, derandomize=True, suppress_health_check=SLOW, phases=[Phase.generate])
@given(LIFE, st.randoms(use_true_random=False))
def test_no_life_loses_a_delivery_or_counts_one_twice(actions: list[str], chance: random.Random) -> None:
    live(actions, chance)


@pytest.mark.soak
@pytest.mark.usefixtures("databases")
@settings(max_examples=200, deadline=None, suppress_health_check=SLOW)
@given(LIFE, st.randoms(use_true_random=False))
def test_no_life_of_many_does(actions: list[str], chance: random.Random) -> None:
    live(actions, chance)


def test_every_state_is_reached_by_real_steps(matcher: Matcher) -> None:
    seen: set[str] = set()

    def note(_batch: Batch, value: str, *_: object) -> None:
        seen.add(value)

    event.listen(Batch.state, "set", note)
    try:
        _through_all_states(matcher)
    finally:
        event.remove(Batch.state, "set", note)
    assert seen == set(FOLLOWS)


def _through_all_states(matcher: Matcher) -> None:
    def push(rows: list[list[str]], **options: Any) -> str:
        return str(matcher.push(RURAL, monitored(rows), **options).json()["batch_id"])

    push(ROWS)
    matcher.work()
    push(ROWS)  # unchanged
    trial = push(ROWS[:6], mode="validate")
    matcher.work()
    step(matcher, trial, "commit", feed=RURAL)
    matcher.work()
    step(matcher, trial, "rollback", feed=RURAL, who="second", json=REASON)
    matcher.work()
    held = push(ROWS[:1])
    matcher.work()
    step(matcher, held, "confirm", feed=RURAL, who="second")
    step(matcher, held, "cancel", feed=RURAL)
    push([member("", "", "00000099")], atomicity="batch")  # names nobody
    content = monitored(ROWS[:5])
    lost = open_parts(matcher, content, RURAL).json()["batch_id"]
    with transaction(matcher.database) as session:
        session.execute(update(Batch).where(col(Batch.id) == lost).values(expires_at=now() - timedelta(seconds=1)))
    with told(matcher, max_attempts=1):
        broken = push(ROWS[:6])
        matcher.app.state.files.vault.drop(f"batches/{broken}/delivery")
        matcher.work()
        run(matcher.worker.desk)
    nobody = member("", "", "")
    push([ROWS[0], nobody], atomicity="batch")
    matcher.work()


def test_every_state_leads_to_an_end_and_no_end_leads_on() -> None:
    reached, edge = {"open", "sealed"}, {"open", "sealed"}
    while edge:
        edge = {after for state in edge for after in FOLLOWS[state]} - reached
        reached |= edge
    assert reached == set(FOLLOWS)
    for state in FOLLOWS:
        ahead, edge = {state}, {state}
        while edge:
            edge = {after for one in edge for after in FOLLOWS[one]} - ahead
            ahead |= edge
        assert ahead & set(ENDED), state
    for state in ("rejected", "unchanged", "cancelled", "expired", "rolled_back"):
        assert FOLLOWS[state] == ()
    assert not set(READY) & set(RESTING)
