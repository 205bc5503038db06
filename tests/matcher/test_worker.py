"""The worker dies, sleeps, doubles, or finds the registry silent: nothing is lost, nothing is done twice."""

import os
import threading
import time
from datetime import timedelta
from typing import Any, ClassVar

import pytest
from sqlalchemy import Connection, event, update
from sqlmodel import col, select

from kit.columns import now
from kit.database import reading, transaction
from kit.lease import LeaseLost
from kit.rests import Bell, Rests
from matcher import worker as module
from matcher.batches.tables import Batch
from matcher.flows.desk import hold
from matcher.flows.follow_registry import follow_registry
from matcher.flows.read_batch import read_next_batch
from matcher.flows.sweep_files import sweep_files
from matcher.leads.tables import Finding, Lead, LeadChange
from matcher.links.tables import Link
from matcher.people.tables import Standing, Subject
from matcher.settlements.tables import Decision, Label
from matcher.worker import LONGEST_PAUSE_SECONDS, Worker
from tests.matcher import county
from tests.matcher.conftest import Matcher
from tests.matcher.scenes import scene

PEOPLE = county.numbered(12)
COMMITS_OF_THE_JOURNEY = 50
COMMITS_OF_MONTH_TWO = 43


class Killed(BaseException):
    """The end of a process, as far as one can have it without ending the tests."""


@scene
def seed(matcher: Matcher) -> None:
    """Some of the people registered, some of those covered, and three deliveries about them."""
    for place, (name, id_number) in enumerate(PEOPLE[:6]):
        covered = [county.covered()] if place % 2 else []
        matcher.registry.put_person(county.person(name, id_number, coverage=covered))
    matcher.deliver("disability-cards", [county.card(*one) for one in PEOPLE])
    matcher.deliver("health-illness", [county.illness(*one) for one in PEOPLE[4:9]])
    matcher.deliver("rural-monitoring", [county.monitored(*one) for one in PEOPLE[8:]])


def outcome(matcher: Matcher) -> Any:
    """What came out, without the ids that differ from run to run."""
    batches = {batch["batch_id"]: batch["feed"] for batch in matcher.get("/batches")["batches"]}
    states = sorted((batch["feed"], batch["state"]) for batch in matcher.get("/batches")["batches"])
    leads = sorted(
        (
            lead["name"],
            lead["screens"],
            lead["person_id"] is not None,
            sorted(batches.get(source.split(":")[0], "registry") + source.split(":")[1] for source in lead["sources"]),
        )
        for lead in matcher.leads()
    )
    with reading(matcher.database) as session:
        links = len(session.exec(select(Link.id)).all())
        holding = len(session.exec(select(Finding.id).where(col(Finding.until_version).is_(None))).all())
    return states, leads, links, holding, sorted(case["snapshot"]["name"] for case in matcher.registry.cases.values())


def die_at(worker: Worker, commit: int) -> None:
    """From its `commit`th commit on, nothing this worker does is kept."""
    seen = 0

    def count(connection: Connection) -> None:
        nonlocal seen
        seen += 1
        if seen >= commit:
            # What the system does with the connection of a dead process.
            connection.connection.rollback()
            raise Killed

    event.listen(worker.desk.database.engine, "commit", count)


def let_leases_run_out(matcher: Matcher) -> None:
    """Time passes."""
    past = now() - timedelta(seconds=1)
    with transaction(matcher.database) as session:
        for table in (Batch, Standing):
            session.execute(update(table).where(col(table.leased_by).is_not(None)).values(leased_until=past))


@pytest.mark.parametrize("commit", range(1, COMMITS_OF_THE_JOURNEY, 4))
def test_killed_at_any_commit_the_next_worker_comes_to_the_same_end(matcher: Matcher, commit: int) -> None:
    seed(matcher)
    doomed = matcher.new_worker("doomed")
    die_at(doomed, commit)
    with pytest.raises(Killed):
        doomed.run_until_idle(200)
    let_leases_run_out(matcher)
    matcher.work()
    states, leads, links, holding, cases = outcome(matcher)
    assert {state for _, state in states} == {"published"}
    assert links == 12 + 5 + 4
    uncovered = {name for place, (name, _) in enumerate(PEOPLE) if place >= 6 or place % 2 == 0}
    assert {name for name, *_ in leads} == uncovered
    assert len(leads) == len(uncovered)
    assert holding == sum(len(screens) for _, screens, *_ in leads)
    assert cases == sorted(uncovered)


@scene
def month_two(matcher: Matcher) -> None:
    """The list is out; people answered in every way that reaches beyond the list, and the next deliveries lie there."""
    seed(matcher)
    matcher.work()
    lead = {one["name"]: one["lead_id"] for one in matcher.leads()}
    covered = [one["person_id"] for one in matcher.registry.people.values() if one["coverage"]]
    matcher.registry.answer(lead[PEOPLE[6][0]], "01", named=covered[0])
    matcher.registry.answer(lead[PEOPLE[0][0]], "12")
    matcher.registry.answer(lead[PEOPLE[7][0]], "10", died_on="2021-05-01")
    matcher.registry.answer(lead[PEOPLE[8][0]], "09")
    matcher.registry.answer(lead[PEOPLE[9][0]], "08", suppress_until="2021-05-31")
    matcher.deliver("disability-cards", [county.card(*one) for one in reversed(PEOPLE[1:])])


@pytest.mark.parametrize("commit", range(1, COMMITS_OF_MONTH_TWO, 3))
def test_killed_at_any_commit_after_people_answered_the_next_worker_comes_to_the_same_end(
    matcher: Matcher, commit: int
) -> None:
    month_two(matcher)
    doomed = matcher.new_worker("doomed")
    die_at(doomed, commit)
    with pytest.raises(Killed):
        doomed.run_until_idle(200)
    let_leases_run_out(matcher)
    matcher.work()
    names = {lead["lead_id"]: lead["name"] for lead in matcher.leads(state="any")}
    with reading(matcher.database) as session:
        found = {names[row.id]: (row.state, row.version, row.suppressed_for) for row in session.exec(select(Lead))}
        lessons = sorted((row.code, row.verdict) for row in session.exec(select(Label)))
        pairs = sorted((row.code, row.verdict) for row in session.exec(select(Decision)))
        rows = session.exec(select(LeadChange).order_by(col(LeadChange.seq))).all()
    told = {names[row.lead_id]: (row.change, row.reason) for row in rows}
    here, gone = ("upsert", None), ("withdrawal", "gone")
    assert {name: (*found[name], *told[name]) for name in found} == {
        "马建国": ("withdrawn", 2, None, *gone),  # 12: its row is nobody's whom the registry knows
        "丁建国": ("withdrawn", 2, None, *gone),  # 01: covered under another name
        "陈建国": ("withdrawn", 2, None, *gone),  # 10: died
        "马秀英": ("suppressed", 2, "09", "withdrawal", "settled:09"),
        "李秀英": ("open", 2, None, *here),  # 08: its time was over
        **dict.fromkeys(("王建国", "张建国", "王秀英", "杨秀英"), ("open", 1, None, *here)),
    }
    assert lessons == [("01", "match")] * 2 + [("10", "match")] * 2 + [("12", "record-wrong")]
    assert pairs == [("01", "confirm")] * 2 + [("12", "reject")]
    standing = {case["snapshot"]["name"]: case["standing"] for case in matcher.registry.cases.values()}
    assert {name for name, one in standing.items() if one == "settled"} == {"马建国", "丁建国", "陈建国", "马秀英"}
    assert {batch["state"] for batch in matcher.get("/batches")["batches"]} == {"published"}


def test_month_two_has_about_as_many_commits_as_are_tried(matcher: Matcher) -> None:
    month_two(matcher)
    commits: list[object] = []
    event.listen(matcher.worker.desk.database.engine, "commit", commits.append)
    matcher.work()
    assert len(commits) >= COMMITS_OF_MONTH_TWO


def test_the_journey_has_about_as_many_commits_as_are_tried(matcher: Matcher) -> None:
    seed(matcher)
    commits: list[object] = []
    event.listen(matcher.worker.desk.database.engine, "commit", commits.append)
    matcher.work()
    assert len(commits) >= COMMITS_OF_THE_JOURNEY


def test_a_delivery_another_worker_reads_is_left_alone(matcher: Matcher) -> None:
    matcher.deliver("disability-cards", [county.card(*PEOPLE[0])])
    with transaction(matcher.database) as session:
        batch = session.exec(select(Batch)).one()
        batch.leased_by, batch.leased_until = "other", now() + timedelta(minutes=1)
        batch.state = "validating"
    assert not read_next_batch(matcher.worker.desk, "second")


def test_only_one_worker_at_a_time_links_and_screens(matcher: Matcher) -> None:
    second = matcher.new_worker("second")
    with hold(matcher.worker.desk, "first") as ours:
        assert ours is not None
        with hold(second.desk, "second") as theirs:
            assert theirs is None
    with hold(second.desk, "second") as theirs:
        assert theirs is not None


def test_a_worker_that_slept_through_its_lease_writes_nothing(matcher: Matcher) -> None:
    second = matcher.new_worker("second")
    with hold(matcher.worker.desk, "first") as ours:
        assert ours is not None
        let_leases_run_out(matcher)
        with hold(second.desk, "second") as theirs:
            assert theirs is not None
            with pytest.raises(LeaseLost), ours.writing() as session:
                session.add(Subject(id="late", area="640499000000", created_at=now()))
    with reading(matcher.database) as session:
        assert session.get(Subject, "late") is None


def test_two_workers_side_by_side_double_nothing(matcher: Matcher) -> None:
    seed(matcher)
    workers = [matcher.worker, matcher.new_worker("second")]
    for _ in range(60):
        for worker in workers:
            worker.run_once()
    _, leads, links, _, cases = outcome(matcher)
    assert (len(leads), links, len(cases)) == (9, 21, 9)


def test_without_a_registry_nothing_is_linked_and_nothing_is_lost(matcher: Matcher) -> None:
    matcher.registry.down = True
    batch = matcher.deliver_offline("disability-cards", [county.card(*PEOPLE[0])])
    matcher.work()
    assert matcher.state_of(batch) == "committed"
    matcher.registry.down = False
    matcher.work()
    assert matcher.state_of(batch) == "published"


def test_a_registry_that_falls_silent_hears_of_the_leads_later(matcher: Matcher) -> None:
    matcher.work()
    batch = matcher.deliver("disability-cards", [county.card(*PEOPLE[0])])
    matcher.registry.down = True
    matcher.work()
    assert matcher.state_of(batch) == "screened"
    assert matcher.registry.cases == {}
    matcher.registry.down = False
    matcher.work()
    assert matcher.state_of(batch) == "published"
    assert len(matcher.registry.cases) == 1


def test_a_lead_the_registry_refuses_holds_up_no_other(matcher: Matcher) -> None:
    matcher.registry.refuse = {PEOPLE[0][0]}
    batch = matcher.deliver("disability-cards", [county.card(*one) for one in PEOPLE[:3]])
    matcher.work()
    assert matcher.state_of(batch) == "published"
    assert len(matcher.registry.cases) == 2
    with reading(matcher.database) as session:
        (refused,) = session.exec(select(Lead).where(col(Lead.publish_error).is_not(None))).all()
        assert (refused.published_version, refused.publish_error) == (0, "body-invalid")
        assert refused.publish_due is not None


def test_a_worker_that_slept_too_long_takes_everybody_anew(matcher: Matcher) -> None:
    matcher.registry.put_person(county.person(*PEOPLE[0]))
    matcher.work()
    matcher.registry.put_person(county.person(*PEOPLE[1], coverage=[county.covered()]))
    matcher.registry.forgets_before = 2
    matcher.deliver("disability-cards", [county.card(*PEOPLE[0]), county.card(*PEOPLE[1])])
    matcher.work()
    assert [lead["name"] for lead in matcher.leads()] == [PEOPLE[0][0]]


def test_a_step_that_keeps_failing_sets_the_batch_to_failed_and_it_can_be_resumed(matcher: Matcher) -> None:
    batch = matcher.deliver("disability-cards", [county.card(*PEOPLE[0])])
    files = matcher.worker.desk.files
    content = files.delivery(batch)
    files.discard(batch)
    for _ in range(matcher.settings.max_attempts):
        with transaction(matcher.database) as session:
            session.execute(update(Batch).values(leased_until=None))
        matcher.work()
    row = matcher.get(f"/batches/{batch}")
    assert (row["state"], row["error"]) == ("failed", "FileMissing")
    files.keep_delivery(batch, content)
    headers = matcher.agency("disability-cards")
    seen = matcher.http.get(f"/batches/{batch}", headers=headers).headers["ETag"]
    answer = matcher.http.post(f"/batches/{batch}/resume", headers={**headers, "If-Match": seen})
    assert answer.status_code == 200, answer.text
    matcher.work()
    assert matcher.state_of(batch) == "published"


def test_files_of_a_delivery_that_never_came_to_be_are_swept_and_others_are_not(matcher: Matcher) -> None:
    batch = matcher.deliver("disability-cards", [county.card(*PEOPLE[0])])
    desk = matcher.worker.desk
    desk.files.keep_delivery("never", b"x")
    desk.files.keep_delivery("just-now", b"x")
    for name in (batch, "never"):
        os.utime(matcher.settings.data_dir / "batches" / name, (0, 0))
    assert sweep_files(desk) == 1
    assert sorted(path.name for path in (matcher.settings.data_dir / "batches").iterdir()) == sorted(
        [batch, "just-now"]
    )


def test_a_worker_stops_when_told_to_and_has_done_its_work(matcher: Matcher) -> None:
    batch = matcher.deliver("disability-cards", [county.card(*PEOPLE[0])])
    stop = threading.Event()
    running = threading.Thread(target=matcher.worker.run_forever, args=(stop,))
    running.start()
    rested = matcher.get(f"/batches/{batch}", wait=30)
    stop.set()
    running.join(60)
    assert not running.is_alive()
    assert rested["state"] == "published"


def test_a_ring_ends_a_workers_rest(matcher: Matcher, monkeypatch: pytest.MonkeyPatch) -> None:
    turns: list[float] = []
    stop, bell = threading.Event(), Bell()

    def nothing_to_do() -> bool:
        turns.append(time.monotonic())
        return False

    monkeypatch.setattr(matcher.worker, "run_once", nothing_to_do)
    matcher.worker.rests = Rests(60.0, 60.0)
    running = threading.Thread(target=matcher.worker.run_forever, args=(stop, bell))
    running.start()
    while not turns:
        time.sleep(0.01)
    bell.ring()
    end = time.monotonic() + 30
    while len(turns) == 1 and time.monotonic() < end:
        time.sleep(0.01)
    stop.set()
    bell.ring()
    running.join(60)
    assert not running.is_alive()
    assert len(turns) > 1


def test_a_step_that_keeps_failing_is_tried_at_ever_longer_pauses(
    matcher: Matcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Stop(threading.Event):
        pauses: ClassVar[list[float]] = []

        def wait(self, timeout: float | None = None) -> bool:
            self.pauses.append(timeout or 0.0)
            if len(self.pauses) == 20:
                self.set()
            return self.is_set()

    def broken() -> bool:
        raise OSError("no space left")

    monkeypatch.setattr(matcher.worker, "run_once", broken)
    matcher.worker.run_forever(Stop())
    assert Stop.pauses == sorted(Stop.pauses)
    assert Stop.pauses[1] == 2 * Stop.pauses[0]
    assert Stop.pauses[-1] == LONGEST_PAUSE_SECONDS


def test_a_registry_that_never_rests_keeps_no_delivery_waiting_for_long(
    matcher: Matcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    def restless(held: Any) -> bool:
        follow_registry(held)
        return True

    monkeypatch.setattr(module, "follow_registry", restless)
    monkeypatch.setattr(module, "CATCHING_UP_SECONDS", 600.0)  # longer than three turns, on whatever machine
    (mine,) = matcher.workers
    batch = matcher.deliver("disability-cards", [county.card(*PEOPLE[0])])
    for _ in range(3):
        mine.run_once()
    assert matcher.state_of(batch) != "published"
    monkeypatch.setattr(module, "CATCHING_UP_SECONDS", 0.0)
    turns = 0
    while matcher.state_of(batch) != "published":
        assert (turns := turns + 1) < 50
        mine.run_once()
