"""Commit, confirm, roll back: what counts, who may say so, and what people see of it."""

from typing import Any

import pytest
from sqlmodel import select

from kit.database import reading
from matcher.audit.tables import Journal
from matcher.batches.tables import Batch
from tests.matcher import county
from tests.matcher.conftest import Matcher
from tests.matcher.life import FEED, cards, county_office, outcome, problem, put, sha256, step, told
from tests.matcher.scenes import scene

PEOPLE = county.numbered(30)
REASON = {"reason": "导出时漏选乡镇"}


def push(matcher: Matcher, people: list[tuple[str, str]], **options: Any) -> str:
    answer = matcher.push(FEED, cards(people), **options)
    assert answer.status_code == 202, answer.text
    return str(answer.json()["batch_id"])


@scene
def counted(matcher: Matcher, people: list[tuple[str, str]]) -> str:
    """A first delivery about these people, done with."""
    batch = push(matcher, people)
    matcher.work()
    return batch


def names(matcher: Matcher) -> set[str]:
    return {lead["name"] for lead in matcher.leads()}


def test_a_rehearsal_tells_what_would_be_held_and_can_be_made_to_count(matcher: Matcher) -> None:
    counted(matcher, PEOPLE)
    trial = push(matcher, PEOPLE[:20], mode="validate")
    matcher.work()
    row = matcher.get(f"/batches/{trial}")
    assert (row["state"], row["held_for"]) == ("validated", ["rows-lost"])
    assert row["held_figures"] == {"rows-lost": {"rows": 20, "before": 30}}
    assert len(names(matcher)) == 30
    asked = step(matcher, trial, "commit")
    assert (asked.json()["state"], asked.json()["mode"]) == ("sealed", "commit")
    matcher.work()
    assert matcher.state_of(trial) == "needs_confirmation", "the guards apply"
    assert len(names(matcher)) == 30
    problem(step(matcher, trial, "confirm"), 403, "confirmer-same")
    assert step(matcher, trial, "confirm", who="second").status_code == 200
    matcher.work()
    assert matcher.state_of(trial) == "published"
    assert names(matcher) == {name for name, _ in PEOPLE[:20]}


def test_whoever_let_a_rehearsal_count_is_not_its_second_pair_of_eyes(matcher: Matcher) -> None:
    counted(matcher, PEOPLE)
    trial = push(matcher, PEOPLE[:3], mode="validate")
    matcher.work()
    assert step(matcher, trial, "commit", who="second").status_code == 200
    matcher.work()
    problem(step(matcher, trial, "confirm", who="second"), 403, "confirmer-same")
    assert step(matcher, trial, "confirm", who="third").status_code == 200


def test_the_county_office_may_confirm_and_nobody_else_outside_of_the_agency(matcher: Matcher) -> None:
    counted(matcher, PEOPLE)
    held = push(matcher, PEOPLE[:10])
    matcher.work()
    reader = matcher.headers("links:read batches:read", sub="reader")
    problem(step(matcher, held, "confirm", headers=reader), 403, "scope-missing")
    pusher = matcher.headers("links:read batches:read feeds:push", sub="elsewhere", agency="civil-affairs")
    problem(step(matcher, held, "confirm", headers=pusher), 404, "not-found")
    assert step(matcher, held, "confirm", headers=county_office(matcher)).json()["state"] == "committed"
    matcher.work()
    assert len(names(matcher)) == 10
    with reading(matcher.database) as session:
        entry = session.exec(select(Journal).where(Journal.action == "batch.confirm")).one()
    assert (entry.actor, entry.subject) == ("overseer", held)


def test_a_snapshot_taken_back_gives_the_list_back_as_it_was(matcher: Matcher) -> None:
    first = counted(matcher, PEOPLE[:24])
    before = {lead["lead_id"]: lead["name"] for lead in matcher.leads()}
    second = push(matcher, PEOPLE[3:27])
    matcher.work()
    assert names(matcher) == {name for name, _ in PEOPLE[3:27]}
    problem(step(matcher, second, "rollback", json=REASON), 403, "confirmer-same")
    problem(step(matcher, second, "rollback", who="second", json={"reason": ""}), 422, "body-invalid")
    told_ = step(matcher, second, "rollback", headers=county_office(matcher), json=REASON).json()
    assert (told_["state"], told_["rollback_reason"]) == ("rolled_back", REASON["reason"])
    assert matcher.get(f"/batches/{first}")["superseded_by"] is None
    matcher.work()
    assert {lead["lead_id"]: lead["name"] for lead in matcher.leads()} == before
    assert outcome(matcher, second) == {"accepted": 24}, "it keeps its report"
    assert len(matcher.get(f"/batches/{second}/rows")["rows"]) == 24
    with reading(matcher.database) as session:
        entry = session.exec(select(Journal).where(Journal.action == "batch.rollback")).one()
    assert first in str(entry.detail)


def test_the_next_push_undoes_a_rollback_and_only_the_newest_can_be_taken_back(matcher: Matcher) -> None:
    first = counted(matcher, PEOPLE[:24])
    problem(step(matcher, first, "rollback", who="second", json=REASON), 409, "conflict")
    second = push(matcher, PEOPLE[3:27])
    matcher.work()
    refused = step(matcher, first, "rollback", who="second", json=REASON)
    assert second in problem(refused, 409, "conflict")["detail"]
    assert step(matcher, second, "rollback", who="second", json=REASON).status_code == 200
    matcher.work()
    third = push(matcher, PEOPLE[3:27])
    matcher.work()
    assert matcher.state_of(third) == "published", "what was rolled back is nothing it could repeat"
    assert matcher.get(f"/batches/{first}")["superseded_by"] == third
    assert names(matcher) == {name for name, _ in PEOPLE[3:27]}
    assert step(matcher, third, "rollback", who="second", json=REASON).status_code == 200
    matcher.work()
    assert names(matcher) == {name for name, _ in PEOPLE[:24]}


def test_a_rollback_waits_for_what_is_on_its_way(matcher: Matcher) -> None:
    counted(matcher, PEOPLE[:24])
    second = push(matcher, PEOPLE[3:27])
    matcher.work()
    coming = push(matcher, PEOPLE)
    told_ = problem(step(matcher, second, "rollback", who="second", json=REASON), 409, "conflict")
    assert coming in told_["detail"]


def test_the_registry_moved_while_a_snapshot_counted_and_the_one_before_it_is_linked_anew(matcher: Matcher) -> None:
    counted(matcher, PEOPLE[:24])
    second = push(matcher, PEOPLE[1:25])
    matcher.work()
    matcher.registry.put_person(county.person(*PEOPLE[0], coverage=[county.covered()]))
    matcher.work()
    assert step(matcher, second, "rollback", who="second", json=REASON).status_code == 200
    matcher.work()
    assert PEOPLE[0][0] not in names(matcher), "linked to the person the registry knows by now, who is covered"
    assert len(names(matcher)) == 23


def test_the_snapshot_a_sender_means_must_be_the_present_one(matcher: Matcher) -> None:
    first = counted(matcher, PEOPLE[:24])
    second = push(matcher, PEOPLE[:25], supersedes=first)
    matcher.work()
    stale = matcher.push(FEED, cards(PEOPLE[:26]), supersedes=first)
    assert second in problem(stale, 409, "conflict")["detail"]
    third = push(matcher, PEOPLE[:26], supersedes=second)
    fourth = push(matcher, PEOPLE[:27], supersedes=second)  # meant the same one: whoever comes second is held
    matcher.work()
    assert matcher.state_of(third) == "published"
    row = matcher.get(f"/batches/{fourth}")
    assert (row["state"], row["held_for"]) == ("needs_confirmation", ["supersedes-outdated"])


def test_a_held_snapshot_that_was_overtaken_can_only_be_taken_back(matcher: Matcher) -> None:
    counted(matcher, PEOPLE)
    held = push(matcher, PEOPLE[:5])
    matcher.work()
    newer = push(matcher, PEOPLE[:29])
    matcher.work()
    assert newer in problem(step(matcher, held, "confirm", who="second"), 409, "conflict")["detail"]
    assert step(matcher, held, "cancel").json()["state"] == "cancelled"
    assert len(names(matcher)) == 29
    trial = push(matcher, PEOPLE[:28], mode="validate")
    matcher.work()
    newest = push(matcher, PEOPLE)
    matcher.work()
    assert newest in problem(step(matcher, trial, "commit"), 409, "conflict")["detail"]
    assert matcher.state_of(trial) == "validated"


def test_one_rejected_row_refuses_a_whole_that_counts_as_a_whole(matcher: Matcher) -> None:
    nobody = county.card("", "")
    nobody[1] = ""
    rows = [*(county.card(*one) for one in PEOPLE[:5]), nobody]
    content = county.csv(county.CARDS, rows)
    batch = matcher.push(FEED, content, atomicity="batch").json()["batch_id"]
    matcher.work()
    row = matcher.get(f"/batches/{batch}")
    assert (row["state"], row["error"]) == ("rejected", "rows-rejected")
    assert outcome(matcher, batch) == {"accepted": 5, "rejected": 1}
    assert len(matcher.get(f"/batches/{batch}/rows")["rows"]) == 6
    assert matcher.get(f"/batches/{batch}/quality")["rows"] == 6
    assert matcher.leads() == []
    by_row = matcher.push(FEED, content).json()["batch_id"]
    matcher.work()
    assert matcher.state_of(by_row) == "published"
    assert len(matcher.leads()) == 5


@pytest.mark.parametrize("action", ["commit", "confirm", "cancel", "resume", "seal", "rollback"])
def test_a_step_that_cannot_be_is_told_with_the_way_out(matcher: Matcher, action: str) -> None:
    batch = counted(matcher, PEOPLE[:3])
    more = {"json": REASON} if action == "rollback" else {}
    told_ = problem(step(matcher, batch, action, who="second", **more), 409, "conflict")
    assert "rollback" in told_["detail"] or "快照" in told_["detail"]
    seen = {**matcher.agency(FEED, sub="second"), "If-Match": '"published-1"'}
    status = 409 if action == "seal" else 412  # a seal looks at the parts first
    assert matcher.http.post(f"/batches/{batch}/{action}", headers=seen, **more).status_code == status
    blind = matcher.http.post(f"/batches/{batch}/{action}", headers=matcher.agency(FEED, sub="second"), **more)
    problem(blind, 428, "version-missing")


def test_what_failed_while_it_was_read_anew_is_read_again_past_the_guards(matcher: Matcher) -> None:
    counted(matcher, PEOPLE)
    trial = push(matcher, PEOPLE[:4], mode="validate")
    matcher.work()
    step(matcher, trial, "commit")
    with told(matcher, max_attempts=1):
        matcher.app.state.files.vault.drop(f"batches/{trial}/delivery")
        matcher.work()
    assert matcher.state_of(trial) == "failed"
    matcher.app.state.files.keep_delivery(trial, cards(PEOPLE[:4]))
    assert step(matcher, trial, "resume").json()["state"] == "sealed"
    matcher.work()
    assert matcher.state_of(trial) == "needs_confirmation"


def test_the_same_file_from_two_clients_counts_once(matcher: Matcher) -> None:
    content = cards(PEOPLE[:6])
    whole = matcher.push(FEED, content, headers=matcher.agency(FEED, sub="second")).json()
    parts = matcher.push(
        FEED, b"", headers={"Content-Type": "text/csv"}, upload="parts", expected_sha256=sha256(content),
        expected_bytes=len(content),
    ).json()  # fmt: skip
    put(matcher, parts["batch_id"], 1, content)
    sealed = step(matcher, parts["batch_id"], "seal").json()
    assert (sealed["state"], sealed["same_as"]) == ("unchanged", whole["batch_id"])
    matcher.work()
    assert len(matcher.leads()) == 6
    with reading(matcher.database) as session:
        assert sorted(batch.state for batch in session.exec(select(Batch))) == ["published", "unchanged"]
