"""What is nobody's mistake, a full disk or a clock that was set, is waited for and fails no delivery; a worker that
slept leaves its follower's files alone."""

import errno
import os
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import update
from sqlmodel import select

from kit import columns
from kit.columns import new_id, now
from kit.database import reading, transaction
from kit.lease import LeaseLost
from matcher.batches.tables import Batch
from matcher.flows import read_batch
from matcher.flows.sweep_files import sweep_files
from matcher.leads.tables import Lead
from matcher.people.tables import STANDING, Standing
from tests.matcher import county
from tests.matcher.conftest import Matcher
from tests.matcher.test_worker import let_leases_run_out

PEOPLE = county.numbered(12)
CARDS = [county.card(*one) for one in PEOPLE]


def full(_: int) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def end_pauses(matcher: Matcher) -> None:
    with transaction(matcher.database) as session:
        session.execute(update(Batch).values(leased_until=None))


def test_a_full_disk_fails_no_delivery_however_long_it_lasts(matcher: Matcher, monkeypatch: pytest.MonkeyPatch) -> None:
    batch = matcher.deliver("disability-cards", CARDS)
    with monkeypatch.context() as patch:
        patch.setattr("matcher.sealed.os.fsync", full)
        for _ in range(3 * matcher.settings.max_attempts):
            with suppress(OSError):  # it goes on to follow the registry, for which there is no room either
                matcher.work()
            end_pauses(matcher)
    row = matcher.get(f"/batches/{batch}")
    assert (row["state"], row["error"]) == ("validating", "storage-full")
    matcher.work()
    row = matcher.get(f"/batches/{batch}")
    assert (row["state"], row["error"]) == ("published", None)


def test_who_slept_while_it_read_leaves_the_files_of_its_follower_alone(
    matcher: Matcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = matcher.deliver("disability-cards", CARDS)
    folder, second, before = matcher.settings.data_dir / "batches" / batch, matcher.new_worker("second"), {}
    real = read_batch.read

    def sleepy(*told: Any) -> Any:
        found = real(*told)
        monkeypatch.setattr(read_batch, "read", real)
        let_leases_run_out(matcher)
        assert read_batch.read_next_batch(second.desk, "second")
        before.update({path.name: path.read_bytes() for path in folder.iterdir()})
        return found

    monkeypatch.setattr(read_batch, "read", sleepy)
    with pytest.raises(LeaseLost):
        read_batch.read_next_batch(matcher.worker.desk, "first")
    assert {"records-00000.sealed", "rows.sealed", "facts.sealed"} <= set(before)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    assert matcher.state_of(batch) == "committed"


def test_what_comes_after_a_clock_was_put_back_still_replaces_what_came_before(
    matcher: Matcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    ahead = now() + timedelta(days=2)

    class Ahead(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> datetime:
            return ahead.astimezone(tz)

    with monkeypatch.context() as patch:
        patch.setattr(columns, "datetime", Ahead)
        patch.setattr(columns.time, "time_ns", lambda: int(ahead.timestamp() * 1e9))
        first = matcher.deliver("disability-cards", CARDS)
        matcher.work()
    second = matcher.deliver("disability-cards", CARDS[:11])
    matcher.work()
    assert first < second
    with reading(matcher.database) as session:
        rows = {row.id: row.superseded_by for row in session.exec(select(Batch))}
    assert rows == {first: second, second: None}
    assert len(matcher.leads()) == 11


def test_an_id_sorts_behind_the_one_it_comes_after() -> None:
    first = new_id()
    after = [new_id(after=first) for _ in range(20)]
    assert all(first < one for one in after)
    far = f"ffffffff-0000{first[13:]}"
    assert far < new_id(after=far)


def test_what_was_noted_by_a_clock_since_put_right_postpones_nothing(matcher: Matcher) -> None:
    matcher.deliver("disability-cards", CARDS[:1])
    matcher.work()
    far = now() + timedelta(days=3)
    person = county.person(*PEOPLE[1], coverage=[county.covered()])
    matcher.registry.put_person(person)
    batch = matcher.deliver("disability-cards", CARDS[:3])
    with transaction(matcher.database) as session:
        session.get_one(Standing, STANDING).asked_at = far
        session.execute(update(Batch).where(Batch.id == batch).values(leased_until=far))
        session.execute(update(Lead).values(publish_due=far, version=Lead.version + 1))
    matcher.work()
    assert matcher.state_of(batch) == "published"
    assert {lead["name"] for lead in matcher.leads()} == {PEOPLE[0][0], PEOPLE[2][0]}
    with reading(matcher.database) as session:
        assert all(lead.published_version == lead.version for lead in session.exec(select(Lead)))


def test_what_a_killed_process_was_just_writing_is_swept(matcher: Matcher) -> None:
    batch = matcher.deliver("disability-cards", CARDS[:1])
    folder = matcher.settings.data_dir / "batches" / batch
    old, young = folder / "rows.sealed.0a.part", folder / "rows.sealed.0b.part"
    for path in (old, young):
        path.write_bytes(b"half")
    for path in (old, folder):
        os.utime(path, (0, 0))
    assert sweep_files(matcher.worker.desk) == 0
    assert (old.exists(), young.exists()) == (False, True)
    matcher.work()
    assert matcher.state_of(batch) == "published"
