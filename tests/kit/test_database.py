"""The commit line, journals, leases, cursors: what stands on one database."""

import threading
import time
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Column, String, text
from sqlalchemy.orm import registry
from sqlalchemy.pool import QueuePool
from sqlmodel import Field, SQLModel, col, select

from kit.auth import Caller
from kit.columns import Instant, new_id, now
from kit.crypto import KeyRing
from kit.database import Database, glance, reading, transaction
from kit.journal import Entry, JournalRow, append, append_all, verify
from kit.lease import LeaseColumns, LeaseLost, claim, release, renew
from kit.paging import decode_cursor, encode_cursor
from kit.problems import CursorInvalid
from kit.proof import Walk
from kit.scope import covers, prefix, within


class Base(SQLModel, registry=registry()):
    """Tables of this test."""


class Journal(Base, JournalRow, table=True):
    """A chain."""


class Job(Base, LeaseColumns, table=True):
    """Leased work."""

    id: str = Field(primary_key=True)
    state: str
    created_at: datetime = Field(sa_type=Instant)


class Counter(Base, table=True):
    """One number."""

    id: int = Field(primary_key=True)
    value: int


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    database = Database.open(database_url)
    Base.metadata.create_all(database.engine)
    yield database
    database.dispose()


def test_a_block_that_raises_leaves_nothing(database: Database) -> None:
    with pytest.raises(ZeroDivisionError), transaction(database) as session:
        session.add(Counter(id=1, value=1))
        session.flush()
        raise ZeroDivisionError
    with reading(database) as session:
        assert session.exec(select(Counter)).all() == []


def test_a_refusal_that_keeps_its_record_leaves_it_and_is_told_all_the_same(database: Database) -> None:
    class Refused(Exception):
        keeps = True

    with pytest.raises(Refused), transaction(database) as session:
        session.add(Counter(id=7, value=1))
        raise Refused
    with reading(database) as session:
        assert session.get_one(Counter, 7).value == 1


def test_a_glance_sees_what_is_committed_and_leaves_its_connection_as_it_was(database: Database) -> None:
    query = select(Counter.id, Counter.value)
    assert tuple(glance(database, query)) == ()
    with transaction(database) as session:
        session.add(Counter(id=1, value=4))
        session.flush()
        assert tuple(glance(database, query)) == ()
    assert tuple(glance(database, query)) == (1, 4)
    with pytest.raises(ZeroDivisionError), transaction(database) as session:  # on the connection that only looked
        session.add(Counter(id=2, value=1))
        session.flush()
        raise ZeroDivisionError
    with reading(database) as session:
        assert session.exec(select(Counter.id)).all() == [1]
    pool = database.engine.pool
    assert isinstance(pool, QueuePool)
    assert pool.checkedout() == 0


def test_a_process_knows_when_it_committed_last(database: Database) -> None:
    before = database.committed()
    with pytest.raises(ZeroDivisionError), transaction(database):
        raise ZeroDivisionError
    assert database.committed() == before
    began = time.monotonic()
    another = Database.open(database.url)
    with transaction(another) as session:
        session.add(Counter(id=1, value=1))
    another.dispose()
    assert began <= database.committed() <= time.monotonic()


def test_writers_wait_for_one_another_and_lose_no_update(database: Database) -> None:
    with transaction(database) as session:
        session.add(Counter(id=1, value=0))

    def add_many() -> None:
        for _ in range(20):
            with transaction(database) as session:
                row = session.exec(select(Counter).with_for_update()).one()
                row.value += 1
                session.add(row)

    threads = [threading.Thread(target=add_many) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with reading(database) as session:
        assert session.exec(select(Counter)).one().value == 80


def test_a_chain_is_sound_until_somebody_touches_it(database: Database, ring: KeyRing) -> None:
    for number in range(5):
        with transaction(database) as session:
            append(session, Journal, ring, Entry("c1", "person.read", f"p{number}", "check", {"rows": number}))
    with reading(database) as session:
        assert verify(session, Journal, ring, Walk("journal", [], {})).broken_at is None
    with transaction(database) as session:
        session.execute(text("UPDATE journal SET actor = 'c2' WHERE number = 3"))
    with reading(database) as session:
        assert verify(session, Journal, ring, Walk("journal", [], {})).broken_at == 3


@pytest.mark.parametrize("count", [0, 1, 2, 3, 250])
def test_many_entries_at_once_are_a_chain_like_any_other(database: Database, ring: KeyRing, count: int) -> None:
    entries = [Entry("c1", "export", "m", "reveal", {"rows": at, "persons": [f"p{at}", "马"]}) for at in range(count)]
    with transaction(database) as session:
        append(session, Journal, ring, Entry("c1", "before"))
        append_all(session, Journal, ring, iter(entries))
        append(session, Journal, ring, Entry("c1", "after"))
    with reading(database) as session:
        kept = session.exec(select(Journal).order_by(col(Journal.number))).all()
        assert [row.number for row in kept] == list(range(1, count + 3))
        assert [row.detail for row in kept[1:-1]] == [entry.detail for entry in entries]
        whole = verify(session, Journal, ring, Walk("journal", [], {}))
        assert (whole.broken_at, whole.entries) == (None, count + 2)
    if count:
        with transaction(database) as session:
            session.execute(text("UPDATE journal SET actor = 'c2' WHERE number = :at"), {"at": count + 1})
        with reading(database) as session:
            assert verify(session, Journal, ring, Walk("journal", [], {})).broken_at == count + 1


def test_a_removed_entry_breaks_the_chain_at_its_place(database: Database, ring: KeyRing) -> None:
    with transaction(database) as session:
        for number in range(4):
            append(session, Journal, ring, Entry("c1", "read", str(number)))
        session.execute(text("DELETE FROM journal WHERE number = 2"))
    with reading(database) as session:
        assert verify(session, Journal, ring, Walk("journal", [], {})).broken_at == 2


def test_one_job_is_held_by_one_worker_until_its_lease_ends(database: Database) -> None:
    with transaction(database) as session:
        session.add(Job(id="j1", state="sealed", created_at=now()))
    with transaction(database) as session:
        first = claim(session, Job, ["sealed"], "w1", 60)
        assert first is not None
        token = first.fencing_token
    with transaction(database) as session:
        assert claim(session, Job, ["sealed"], "w2", 60) is None
        session.execute(text("UPDATE job SET leased_until = :past"), {"past": now() - timedelta(hours=1)})
    with transaction(database) as session:
        second = claim(session, Job, ["sealed"], "w2", 60)
        assert second is not None
    with pytest.raises(LeaseLost), transaction(database) as session:
        renew(session, Job, "j1", token, 60)
    with transaction(database) as session:
        release(session, Job, "j1", token + 1)
        assert claim(session, Job, ["sealed"], "w3", 60) is not None


def test_a_cursor_is_ours_or_refused(ring: KeyRing) -> None:
    cursor = encode_cursor(ring, {"after": "x", "n": 3})
    assert decode_cursor(ring, cursor) == {"after": "x", "n": 3}
    for wrong in ("", "a", cursor[:-2], cursor.swapcase(), encode_cursor(KeyRing.ephemeral(), {})):
        with pytest.raises(CursorInvalid):
            decode_cursor(ring, wrong)


@pytest.mark.parametrize(
    ("area", "expected"),
    [
        ("640000000000", "64"),
        ("640400000000", "6404"),
        ("640499000000", "640499"),
        ("640499100000", "640499100"),
        ("640499100201", "640499100201"),
    ],
)
def test_an_area_shares_its_leading_digits_with_its_subtree(area: str, expected: str) -> None:
    assert prefix(area) == expected
    assert covers(area, expected.ljust(12, "0"))


def test_scope_fails_closed(database: Database) -> None:
    table = Column("area", String)
    outsider = Caller("c", "a", "", frozenset(), "p")
    assert str(within(outsider, table)) == "false"
    assert not covers("640499100000", "640499200000")
    assert not covers("640499100000", None)
    assert covers("000000000000", "640499200000")
    with transaction(database) as session:
        session.add(Counter(id=640499, value=1))
        shown = select(Counter).where(within(outsider, col(Counter.value)))
        assert session.exec(shown).all() == []


def test_ids_sort_by_the_time_they_were_made() -> None:
    earlier = new_id()
    time.sleep(0.002)
    assert earlier < new_id()
    assert earlier[14] == "7"


def test_an_instant_without_zone_is_refused(database: Database) -> None:
    with pytest.raises(Exception, match="zone"), transaction(database) as session:
        session.add(Job(id="x", state="s", created_at=datetime(2026, 1, 1)))  # noqa: DTZ001 - the point of the test
