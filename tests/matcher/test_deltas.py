"""A delta says what changed: it adds, replaces or ends the record of a key; the next snapshot ends all deltas."""

from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError
from sqlmodel import col, select

from kit.columns import now
from kit.database import reading, transaction
from matcher.batches.tables import OUTCOMES, Batch, EndedRow
from matcher.flows.forget import run
from matcher.leads.tables import Lead
from tests.matcher import county
from tests.matcher.conftest import Matcher
from tests.matcher.life import RURAL, county_office, member, monitored, outcome, problem, step
from tests.matcher.scenes import scene
from tests.matcher.test_worker import Killed, die_at, let_leases_run_out

PEOPLE = county.numbered(8)
NUMBERS = [f"{n:08d}" for n in range(1, 9)]
ROWS = [member(name, number, own) for (name, number), own in zip(PEOPLE, NUMBERS, strict=True)]


def push(matcher: Matcher, rows: list[list[str]], operations: list[str] | None = None, **options: Any) -> str:
    answer = matcher.push(RURAL, monitored(rows, operations), **options)
    assert answer.status_code == 202, answer.text
    return str(answer.json()["batch_id"])


@scene
def counted(matcher: Matcher, rows: list[list[str]]) -> str:
    """A first delivery of these rows, done with."""
    batch = push(matcher, rows)
    matcher.work()
    return batch


def names(matcher: Matcher) -> set[str]:
    return {lead["name"] for lead in matcher.leads()}


def ended(matcher: Matcher) -> set[tuple[str, int, str]]:
    with reading(matcher.database) as session:
        return {(row.batch_id, row.line, row.ended_by) for row in session.exec(select(EndedRow))}


def told_rows(matcher: Matcher, batch: str) -> dict[int, str]:
    rows = matcher.get(f"/batches/{batch}/rows")["rows"]
    return {row["line"]: row["outcome"].removesuffix("_with_warnings") for row in rows}


def test_a_delta_adds_replaces_ends_and_leaves_alone(matcher: Matcher) -> None:
    base = counted(matcher, ROWS[:6])
    assert names(matcher) == {name for name, _ in PEOPLE[:6]}
    removed = member(PEOPLE[0][0], PEOPLE[0][1], NUMBERS[0], removed="是")  # its risk is removed: no lead any more
    rows = [removed, ROWS[1], ROWS[2], ROWS[6], ROWS[7], ROWS[7]]
    rows[5] = member(*PEOPLE[7], NUMBERS[7], village="石桥村")
    delta = push(matcher, rows, ["变更", "变更", "注销", "新增", "新增", "变更"], load="delta")
    matcher.work()
    assert matcher.state_of(delta) == "published"
    assert told_rows(matcher, delta) == {
        2: "accepted", 3: "unchanged", 4: "accepted", 5: "accepted", 6: "superseded", 7: "accepted"
    }  # fmt: skip
    assert outcome(matcher, delta) == {"accepted": 4, "unchanged": 1, "superseded": 1}
    assert ended(matcher) == {(base, 2, delta), (base, 4, delta)}
    assert names(matcher) == {name for name, _ in (PEOPLE[1], *PEOPLE[3:8])}
    assert matcher.get(f"/batches/{base}")["superseded_by"] is None


def test_whoever_ends_a_record_nobody_has_is_told_so(matcher: Matcher) -> None:
    counted(matcher, ROWS[:3])
    delta = push(matcher, [ROWS[5]], ["注销"], load="delta")
    matcher.work()
    (row,) = matcher.get(f"/batches/{delta}/rows")["rows"]
    assert row["outcome"] == "accepted_with_warnings"
    assert "removal-in-vain" in {issue["code"] for issue in row["issues"]}
    assert names(matcher) == {name for name, _ in PEOPLE[:3]}


def test_without_a_key_of_the_senders_the_number_is_the_key(matcher: Matcher) -> None:
    (name, number), (other, second) = PEOPLE[:2]
    base = matcher.deliver("health-deaths", [county.death(name, number), county.death(other, second)])
    matcher.work()
    delta = matcher.deliver("health-deaths", [county.death(name, number, died="2021-03-01")])
    matcher.work()
    assert ended(matcher) == {(base, 2, delta)}
    again = matcher.deliver("health-deaths", [county.death(other, second), county.death("海小军", "")])
    matcher.work()
    assert outcome(matcher, again) == {"unchanged": 1, "accepted": 1}


def test_the_next_snapshot_ends_all_earlier_deltas_and_is_the_whole_truth(matcher: Matcher) -> None:
    base = counted(matcher, ROWS[:6])
    delta = push(matcher, [ROWS[6]], ["新增"], load="delta")
    matcher.work()
    assert PEOPLE[6][0] in names(matcher)
    snapshot = push(matcher, [*ROWS[:5], ROWS[7]])
    matcher.work()
    assert {matcher.get(f"/batches/{one}")["superseded_by"] for one in (base, delta)} == {snapshot}
    assert names(matcher) == {name for name, _ in (*PEOPLE[:5], PEOPLE[7])}


def test_a_delta_waits_for_what_came_before_it_and_says_so(matcher: Matcher) -> None:
    counted(matcher, ROWS)
    held = push(matcher, ROWS[:3])
    delta = push(matcher, [member(*PEOPLE[0], NUMBERS[0], removed="是")], ["变更"], load="delta")
    matcher.work()
    assert matcher.state_of(held) == "needs_confirmation"
    waiting = matcher.get(f"/batches/{delta}")
    assert (waiting["state"], waiting["waits_for"]) == ("sealed", held)
    assert len(matcher.leads()) == 8
    assert step(matcher, held, "confirm", feed=RURAL, who="second").status_code == 200
    matcher.work()
    assert matcher.state_of(delta) == "published"
    assert matcher.get(f"/batches/{delta}")["waits_for"] is None
    assert names(matcher) == {PEOPLE[1][0], PEOPLE[2][0]}


def test_a_delta_taken_back_gives_back_what_it_ended_the_later_one_first(matcher: Matcher) -> None:
    counted(matcher, ROWS[:4])
    first = push(matcher, [ROWS[0]], ["注销"], load="delta")
    matcher.work()
    second = push(matcher, [ROWS[1]], ["注销"], load="delta")
    matcher.work()
    assert names(matcher) == {PEOPLE[2][0], PEOPLE[3][0]}
    reason = {"reason": "误发"}
    refused = step(matcher, first, "rollback", feed=RURAL, headers=county_office(matcher), json=reason)
    assert second in problem(refused, 409, "conflict")["detail"]
    for batch in (second, first):
        answer = step(matcher, batch, "rollback", feed=RURAL, headers=county_office(matcher), json=reason)
        assert answer.json()["state"] == "rolled_back"
        matcher.work()
    assert ended(matcher) == set()
    assert names(matcher) == {name for name, _ in PEOPLE[:4]}


def test_a_delta_of_nothing_but_repetitions_links_nobody_anew(matcher: Matcher) -> None:
    counted(matcher, ROWS[:4])
    before = {lead["lead_id"]: lead["version"] for lead in matcher.leads()}
    delta = push(matcher, ROWS[:2], load="delta")
    matcher.work()
    assert outcome(matcher, delta) == {"unchanged": 2}
    assert matcher.state_of(delta) == "published"
    assert {lead["lead_id"]: lead["version"] for lead in matcher.leads()} == before


def test_people_keep_their_lead_when_a_delta_replaces_their_row(matcher: Matcher) -> None:
    counted(matcher, ROWS[:4])
    before = {lead["name"]: lead["lead_id"] for lead in matcher.leads()}
    push(matcher, [member(*PEOPLE[0], NUMBERS[0], village="石桥村")], load="delta")
    matcher.work()
    assert {lead["name"]: lead["lead_id"] for lead in matcher.leads()} == before


@pytest.mark.parametrize("commit", range(1, 14, 2))
def test_killed_at_any_commit_a_delta_ends_what_it_ends_once(matcher: Matcher, commit: int) -> None:
    base = counted(matcher, ROWS[:4])
    delta = push(matcher, [ROWS[0], ROWS[4], ROWS[1]], ["注销", "新增", "变更"], load="delta")
    doomed = matcher.new_worker("doomed")
    die_at(doomed, commit)
    with suppress(Killed):  # of the last tries it comes to its end before
        doomed.run_until_idle(200)
    let_leases_run_out(matcher)
    matcher.work()
    assert ended(matcher) == {(base, 2, delta)}
    assert outcome(matcher, delta) == {"accepted": 2, "unchanged": 1}
    assert names(matcher) == {name for name, _ in (*PEOPLE[1:4], PEOPLE[4])}


def test_ended_rows_have_their_time_and_then_the_delta_cannot_be_taken_back(matcher: Matcher) -> None:
    base = counted(matcher, ROWS[:4])
    delta = push(matcher, [ROWS[0]], ["注销"], load="delta")
    matcher.work()
    for days, rows in ((89, 0), (91, 1)):
        with transaction(matcher.database) as session:
            session.execute(update(EndedRow).values(ended_at=now() - timedelta(days=days)))
        leads_closed(matcher)
        run(matcher.worker.desk)
        assert matcher.get(f"/batches/{base}")["rows_deleted"] == rows
    assert outcome(matcher, base) == {"accepted": 4}
    refused = step(matcher, delta, "rollback", feed=RURAL, headers=county_office(matcher), json={"reason": "误发"})
    problem(refused, 409, "conflict")
    assert names(matcher) == {name for name, _ in PEOPLE[1:4]}


def leads_closed(matcher: Matcher) -> None:
    """Whoever is on no list any more was so long ago, and their case is closed."""
    with transaction(matcher.database) as session:
        gone = update(Lead).where(col(Lead.state) != "open")
        session.execute(gone.values(changed_at=now() - timedelta(days=1000), case_state="closed"))


@pytest.mark.parametrize("outcome_", OUTCOMES)
def test_the_database_refuses_an_account_that_loses_or_invents_a_row(matcher: Matcher, outcome_: str) -> None:
    batch = counted(matcher, ROWS[:4])
    mine = update(Batch).where(col(Batch.id) == batch)
    column = f"rows_{outcome_}"
    with reading(matcher.database) as session:
        count = getattr(session.get_one(Batch, batch), column)
    for wrong in ({column: count + 1}, {column: None}, {column: -1, "rows_accepted": 5}, {"rows_total": 5}):
        with pytest.raises(IntegrityError), transaction(matcher.database) as session:
            session.execute(mine.values(**wrong))
