"""A file in parts: in any order, as often as need be, checked as a whole, and nothing left of one that is given up."""

import errno
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update
from sqlmodel import col, select

from kit.columns import now
from kit.database import reading, transaction
from matcher.batches.tables import Batch, BatchPart
from matcher.flows.forget import run
from tests.matcher import county
from tests.matcher.conftest import Matcher
from tests.matcher.life import cards, member, monitored, open_parts, outcome, problem, put, sha256, step, told

PEOPLE = county.numbered(30)
FILE = cards(PEOPLE)
PARTS = [FILE[start : start + 400] for start in range(0, len(FILE), 400)]


def opened(matcher: Matcher, content: bytes = FILE, **options: Any) -> str:
    answer = open_parts(matcher, content, **options)
    assert answer.status_code == 202, answer.text
    assert answer.json()["state"] == "open"
    return str(answer.json()["batch_id"])


def files_of(matcher: Matcher, batch: str) -> list[str]:
    folder: Path = matcher.settings.data_dir / "batches" / batch
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def test_parts_in_any_order_make_the_file_and_the_same_part_again_is_fine(matcher: Matcher) -> None:
    batch = opened(matcher, expected_rows=30)
    for number in [*range(len(PARTS), 0, -1), 1, 2]:
        assert put(matcher, batch, number, PARTS[number - 1]).status_code == 200
    listed = matcher.get(f"/batches/{batch}/parts", matcher.agency("disability-cards"))
    assert [part["number"] for part in listed["parts"]] == list(range(1, len(PARTS) + 1))
    assert listed["received_bytes"] == len(FILE)
    sealed = step(matcher, batch, "seal")
    assert (sealed.status_code, sealed.json()["state"]) == (202, "sealed")
    matcher.work()
    row = matcher.get(f"/batches/{batch}")
    assert (row["state"], row["sha256"], row["bytes"]) == ("published", sha256(FILE), len(FILE))
    assert outcome(matcher, batch) == {"accepted": 30}
    assert len(matcher.leads()) == 30


def test_a_client_that_was_cut_off_sees_what_is_here_and_missing_parts_are_named(matcher: Matcher) -> None:
    batch = opened(matcher)
    assert len(PARTS) >= 4
    put(matcher, batch, 2, PARTS[1])
    put(matcher, batch, 4, PARTS[3])
    told_ = problem(step(matcher, batch, "seal"), 409, "parts-missing")
    assert told_["args"]["missing"] == ["1", "3"]
    there = {part["number"] for part in matcher.get(f"/batches/{batch}/parts")["parts"]}
    for number in set(range(1, len(PARTS) + 1)) - there - {len(PARTS)}:
        put(matcher, batch, number, PARTS[number - 1])
    told_ = problem(step(matcher, batch, "seal"), 409, "parts-missing")
    assert told_["args"]["missing"] == [f"{len(PARTS)}…"]
    put(matcher, batch, len(PARTS), PARTS[-1])
    assert step(matcher, batch, "seal").status_code == 202


def test_a_damaged_part_is_refused_and_another_content_takes_the_place_of_the_former(matcher: Matcher) -> None:
    batch = opened(matcher)
    wrong = put(matcher, batch, 1, PARTS[0], **{"Content-Digest": f"sha-256=:{'A' * 43}=:"})
    problem(wrong, 400, "digest-mismatch")
    assert matcher.get(f"/batches/{batch}/parts")["parts"] == []
    assert put(matcher, batch, 1, PARTS[0][::-1]).status_code == 200
    for number, part in enumerate(PARTS[1:], 2):
        put(matcher, batch, number, part)
    problem(step(matcher, batch, "seal"), 409, "parts-differ")
    assert matcher.state_of(batch) == "open"
    assert put(matcher, batch, 1, PARTS[0]).status_code == 200
    assert step(matcher, batch, "seal").status_code == 202
    problem(put(matcher, batch, 1, PARTS[0]), 409, "conflict")
    matcher.work()
    assert matcher.state_of(batch) == "published"


def test_what_a_process_wrote_before_it_was_killed_is_no_part_and_in_nobodys_way(matcher: Matcher) -> None:
    batch = opened(matcher)
    matcher.app.state.files.keep_part(batch, f"part-000001-{sha256(b'half')}", b"half")
    assert matcher.get(f"/batches/{batch}/parts")["parts"] == []
    for number, part in enumerate(PARTS, 1):
        put(matcher, batch, number, part)
    assert step(matcher, batch, "seal").status_code == 202
    matcher.work()
    assert outcome(matcher, batch) == {"accepted": 30}


def test_number_size_and_total_are_bounded(matcher: Matcher) -> None:
    batch = opened(matcher)
    with told(matcher, part_most=3):
        problem(put(matcher, batch, 4, b"x"), 422, "part-out-of-bounds")
    problem(put(matcher, batch, 0, b"x"), 422, "body-invalid")
    problem(put(matcher, batch, 1, FILE + b"x"), 422, "part-out-of-bounds")
    problem(put(matcher, batch, 1, b""), 422, "delivery-empty")
    with told(matcher, delivery_max_bytes=2000):
        assert problem(open_parts(matcher, FILE), 413, "upload-too-large")["args"]["limit"] == 2000
    unstated = matcher.push("disability-cards", b"", upload="parts")
    problem(unstated, 422, "upload-unstated")
    problem(matcher.push("disability-cards", FILE, upload="parts", expected_bytes=1), 422, "upload-unstated")


def test_a_file_larger_than_any_body_comes_in_parts(matcher: Matcher) -> None:
    many = [member(f"{name}{n}", number, f"{n:08d}") for n, (name, number) in enumerate(county.numbered(400))]
    content = monitored(many)
    small = matcher.settings.model_copy(update={"max_body_bytes": 8192})
    frame = next(one for one in matcher.app.user_middleware if "settings" in one.kwargs)
    frame.kwargs["settings"] = small
    matcher.app.middleware_stack = None  # built anew at the next request
    problem(matcher.push("rural-monitoring", content), 413, "body-too-large")
    batch = opened(matcher, content, feed="rural-monitoring")
    for number, start in enumerate(range(0, len(content), 8000), 1):
        assert put(matcher, batch, number, content[start : start + 8000], "rural-monitoring").status_code == 200
    assert step(matcher, batch, "seal", feed="rural-monitoring").status_code == 202
    matcher.work()
    assert outcome(matcher, batch) == {"accepted": 400}


def test_wrong_columns_are_told_at_the_seal_and_the_upload_stays_open(matcher: Matcher) -> None:
    content = county.csv(("姓名", "鞋码"), [["马建国", "42"]])
    batch = opened(matcher, content)
    put(matcher, batch, 1, content)
    told_ = problem(step(matcher, batch, "seal"), 422, "feed-columns-wrong")
    assert "马建国" not in told_["detail"]
    assert matcher.state_of(batch) == "open"
    assert step(matcher, batch, "cancel").json()["state"] == "cancelled"
    problem(put(matcher, batch, 1, content), 409, "conflict")


def test_the_same_content_as_before_is_no_work(matcher: Matcher) -> None:
    first = matcher.deliver("disability-cards", [county.card(*one) for one in PEOPLE])
    matcher.work()
    batch = opened(matcher)
    for number, part in enumerate(PARTS, 1):
        put(matcher, batch, number, part)
    assert step(matcher, batch, "seal").json()["same_as"] == first
    assert matcher.state_of(batch) == "unchanged"


def test_an_upload_that_was_overtaken_by_a_newer_snapshot_is_told_so(matcher: Matcher) -> None:
    batch = opened(matcher)
    for number, part in enumerate(PARTS, 1):
        put(matcher, batch, number, part)
    newer = matcher.deliver("disability-cards", [county.card(*one) for one in PEOPLE[:29]])
    matcher.work()
    assert newer in problem(step(matcher, batch, "seal"), 409, "conflict")["detail"]
    assert matcher.state_of(batch) == "open"


def test_an_upload_nobody_goes_on_with_expires_and_leaves_nothing(matcher: Matcher) -> None:
    going, lost = opened(matcher), opened(matcher, period="2021-05")
    for batch in (going, lost):
        put(matcher, batch, 1, PARTS[0])
    with transaction(matcher.database) as session:
        past = now() - timedelta(seconds=1)
        session.execute(update(Batch).where(col(Batch.id) == lost).values(expires_at=past))
    problem(put(matcher, lost, 2, PARTS[1]), 409, "upload-expired")
    assert files_of(matcher, lost) != []
    (done,) = [one for one in run(matcher.worker.desk) if one.job == "uploads"]
    assert done.deleted == {"uploads": 1}
    row = matcher.get(f"/batches/{lost}")
    assert (row["state"], row["error"]) == ("expired", "upload-expired")
    assert files_of(matcher, lost) == []
    with reading(matcher.database) as session:
        assert {part.batch_id for part in session.exec(select(BatchPart))} == {going}
    assert "重新推送" in problem(step(matcher, lost, "seal"), 409, "conflict")["detail"]
    assert put(matcher, going, 2, PARTS[1]).status_code == 200


def test_who_opens_the_same_once_more_goes_on_with_it_and_another_client_opens_its_own(matcher: Matcher) -> None:
    batch = opened(matcher)
    put(matcher, batch, 1, PARTS[0])
    assert opened(matcher) == batch  # its answer was lost with the process that knew the key
    assert opened(matcher, period="2021-05") != batch
    other = {"headers": matcher.agency("disability-cards", sub="second")}
    answer = matcher.push(
        "disability-cards", b"", **other, upload="parts", expected_sha256=sha256(FILE), expected_bytes=len(FILE)
    )
    assert answer.json()["batch_id"] != batch
    for number, part in enumerate(PARTS, 1):
        put(matcher, batch, number, part)
    assert step(matcher, batch, "seal").status_code == 202
    assert opened(matcher) != batch


def test_what_finds_no_room_leaves_nothing_and_is_taken_once_there_is_some(
    matcher: Matcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = opened(matcher)
    with monkeypatch.context() as patch:
        patch.setattr("matcher.sealed.os.fsync", full)
        told_ = problem(put(matcher, batch, 1, PARTS[0]), 507, "storage-full")
        problem(matcher.push("disability-cards", FILE), 507, "storage-full")
    assert "管理员" in told_["detail"]
    assert matcher.get(f"/batches/{batch}/parts")["parts"] == []
    assert [path for path in matcher.settings.data_dir.rglob("*") if path.is_file()] == []
    assert [one["batch_id"] for one in matcher.get("/batches")["batches"]] == [batch]
    assert put(matcher, batch, 1, PARTS[0]).status_code == 200


def full(_: int) -> None:
    """What the system says when the disk is full."""
    raise OSError(errno.ENOSPC, "No space left on device")


def test_another_agency_sees_no_upload(matcher: Matcher) -> None:
    batch = opened(matcher)
    theirs = matcher.agency("health-illness")
    problem(matcher.http.get(f"/batches/{batch}/parts", headers=theirs), 404, "not-found")
    problem(matcher.http.put(f"/batches/{batch}/parts/1", content=b"x", headers=theirs), 404, "not-found")
    problem(matcher.http.post(f"/batches/{batch}/seal", headers={**theirs, "If-Match": '"open-1"'}), 404, "not-found")


@pytest.mark.parametrize("stated", [{"expected_bytes": 5}, {"expected_sha256": "0" * 64}])
def test_one_call_may_state_what_it_sends_too(matcher: Matcher, stated: dict[str, Any]) -> None:
    problem(matcher.push("disability-cards", FILE, **stated), 422, "delivery-not-as-stated")
    assert matcher.get("/batches")["batches"] == []
    right = matcher.push("disability-cards", FILE, expected_bytes=len(FILE), expected_sha256=sha256(FILE))
    assert right.status_code == 202


def test_a_long_text_is_judged_by_its_beginning_and_what_is_wrong_further_on_is_told_by_the_batch(
    matcher: Matcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("matcher.feeds.read", "matcher.flows.upload_parts"):
        monkeypatch.setattr(f"{module}.OPENING_BYTES", 600)
    broken = FILE + '张三,"11\n'.encode()
    for content, state in ((FILE, "published"), (broken, "rejected")):
        batch = opened(matcher, content)
        for number, start in enumerate(range(0, len(content), 400), start=1):
            put(matcher, batch, number, content[start : start + 400])
        assert step(matcher, batch, "seal").status_code == 202
        matcher.work()
        row = matcher.get(f"/batches/{batch}")
        assert row["state"] == state
    assert row["error"] == "file-unreadable"
    assert (row["refusal"]["reason"], "引号" in row["refusal"]["zh"]) == ("quotes", True)
    assert "第 31 行" in row["refusal"]["zh"]  # where the mark stands
    headless = FILE.partition(b"\n")[2]
    batch = opened(matcher, headless)
    for number, start in enumerate(range(0, len(headless), 400), start=1):
        put(matcher, batch, number, headless[start : start + 400])
    problem(step(matcher, batch, "seal"), 422, "feed-columns-wrong")
