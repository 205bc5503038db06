"""Rows whose time is over are gone from every file and cell, and accounted for; what is needed or held stays."""

import io
from datetime import timedelta
from typing import Any

import polars as pl
import pytest
from sqlmodel import col, select, update

from kit.columns import now
from kit.crypto import KeyProblem
from kit.database import reading, transaction
from kit.retention import Outcome
from matcher.audit.tables import Journal
from matcher.batches.tables import Batch
from matcher.flows.desk import hold as standing
from matcher.flows.forget import Busy, keep_time, run
from matcher.leads.tables import Lead
from matcher.links.tables import Link
from matcher.models.tables import ModelJob
from matcher.profiles.tables import ScreenSimulation
from matcher.retention.tables import Deletion
from matcher.sealed import Vault
from matcher.sealed_cells import CELLS
from tests.matcher import county
from tests.matcher.conftest import Matcher
from tests.matcher.scenes import scene

FEED = "disability-cards"
LOST, LOST_NUMBER = "夏侯无痕", county.number("19510101", 11)
KNOWN, KNOWN_NUMBER = "司徒在册", county.number("19520202", 13)
LISTED, LISTED_NUMBER = "慕容在列", county.number("19530303", 15)
OTHERS = [(f"上官{word}", county.number(f"196{n}0404", 31 + 2 * n)) for n, word in enumerate("建国志强玉梅")]
COUNTY, VILLAGE, ELSEWHERE = "640499000000", "640499100201", "640498000000"


def rows(*, lost: bool) -> list[list[str]]:
    """Somebody on the list, somebody in the registry, six with a light disability; and, at first, one more of them."""
    found = [county.card(LISTED, LISTED_NUMBER), county.card(KNOWN, KNOWN_NUMBER)]
    found += [county.card(name, number, grade="四级") for name, number in OTHERS]
    return [*found, county.card(LOST, LOST_NUMBER, grade="四级")] if lost else found


@pytest.fixture
@scene
def superseded(matcher: Matcher) -> str:
    """A snapshot that was superseded a hundred days ago; its id."""
    matcher.registry.put_person(county.person(KNOWN, KNOWN_NUMBER, coverage=[county.covered()]))
    first = matcher.deliver(FEED, rows(lost=True))
    matcher.work()
    matcher.deliver(FEED, rows(lost=False))
    matcher.work()
    age(matcher, first, 100)
    return first


def age(matcher: Matcher, batch_id: str, days: int) -> None:
    """As if all that had been so long ago."""
    then = now() - timedelta(days=days)
    with transaction(matcher.database) as session:
        batch = session.get_one(Batch, batch_id)
        assert batch.superseded_at is not None
        batch.superseded_at = batch.created_at = batch.changed_at = then
        session.add(batch)


def passed(matcher: Matcher, **more: Any) -> dict[str, Outcome]:
    return {one.job: one for one in run(matcher.worker.desk, **more)}


def everything(matcher: Matcher) -> str:
    """All that any file or cell says, opened."""
    vault = Vault(matcher.settings.data_dir, matcher.ring)
    found = []
    for name, _ in vault.every():
        content = vault.get(name)
        try:
            found.append(pl.read_parquet(io.BytesIO(content)).write_ndjson())
        except pl.exceptions.PolarsError:
            found.append(content.decode("gb18030", errors="replace"))
    with reading(matcher.database) as session:
        for cell in CELLS:
            for row in session.exec(select(cell.table)):
                found.append(_opened(matcher, cell, row))
    return "\n".join(found)


def _opened(matcher: Matcher, cell: Any, row: Any) -> str:
    value = getattr(row, cell.column)
    try:
        return matcher.ring.decrypt(value, cell.context(row)) if value else ""
    except KeyProblem:
        raise AssertionError(f"{cell.column} does not open") from None


def batch_of(matcher: Matcher, batch_id: str) -> Batch:
    with reading(matcher.database) as session:
        return session.get_one(Batch, batch_id)


def lines_of(matcher: Matcher, batch_id: str) -> set[str]:
    """The names that stand in the records of a batch."""
    batch = batch_of(matcher, batch_id)
    return set(matcher.worker.desk.files.records(batch_id, batch.chunks, ["name"])["name"])


def hold(matcher: Matcher, kind: str, target: str, method: str = "PUT") -> None:
    headers = matcher.headers("holds:write")
    body = {"json": {"reason": "信访 2026-17"}} if method == "PUT" else {}
    answer = matcher.http.request(method, f"/holds/{kind}/{target}", headers=headers, **body)
    assert answer.status_code == 200, answer.text


def test_a_row_nobody_needs_is_gone_from_every_file_and_cell(matcher: Matcher, superseded: str) -> None:
    assert LOST in everything(matcher)
    assert LOST_NUMBER in everything(matcher)
    done = passed(matcher)
    assert done["rows"].deleted == {"rows": 7, "batches": 1}
    left = everything(matcher)
    assert LOST not in left
    assert LOST_NUMBER not in left
    assert lines_of(matcher, superseded) == {LISTED, KNOWN}
    raw = b"".join(path.read_bytes() for path in matcher.settings.data_dir.rglob("*") if path.is_file())
    assert LOST.encode() not in raw


def test_every_row_that_came_stays_accounted_for(matcher: Matcher, superseded: str) -> None:
    before = matcher.get(f"/batches/{superseded}")
    quality = matcher.get(f"/batches/{superseded}/quality")
    passed(matcher)
    after = matcher.get(f"/batches/{superseded}")
    assert after["outcomes"] == before["outcomes"]
    assert sum(after["outcomes"].values()) == after["progress"]["rows_total"] == 9
    assert (after["rows_deleted"], before["rows_deleted"]) == (7, 0)
    report = matcher.get(f"/batches/{superseded}/rows")["rows"]
    assert len(report) == 9
    assert matcher.get(f"/batches/{superseded}/quality")["outcomes"] == quality["outcomes"]
    with reading(matcher.database) as session:
        lines = set(session.exec(select(Link.line).where(col(Link.batch_id) == superseded)))
    assert len(lines) == 2


def test_a_second_pass_finds_nothing_and_the_work_goes_on(matcher: Matcher, superseded: str) -> None:
    leads = {lead["subject_id"] for lead in matcher.leads()}
    passed(matcher)
    assert passed(matcher)["rows"].deleted == {"rows": 0, "batches": 0}
    matcher.deliver(FEED, [*rows(lost=False), county.card("诸葛新来", county.number("19700909", 77))])
    matcher.work()
    assert leads < {lead["subject_id"] for lead in matcher.leads()}
    assert lines_of(matcher, superseded) == {LISTED, KNOWN}


def test_a_rehearsal_says_what_a_pass_then_does(matcher: Matcher, superseded: str) -> None:
    told = passed(matcher, dry=True)
    due = matcher.get("/audit/deletions/due", matcher.headers("audit:read"))["due"]
    assert {one["job"]: (one["deleted"], one["held"]) for one in due} == {
        job: (one.deleted, one.held) for job, one in told.items()
    }
    assert LOST in lines_of(matcher, superseded)
    done = passed(matcher)
    assert {job: (one.deleted, one.held) for job, one in done.items()} == {
        job: (one.deleted, one.held) for job, one in told.items()
    }


def test_before_its_time_nothing_goes(matcher: Matcher, superseded: str) -> None:
    age(matcher, superseded, 80)
    assert passed(matcher)["rows"].deleted == {"rows": 0, "batches": 0}
    assert LOST in lines_of(matcher, superseded)


def test_rows_of_the_registered_go_later_and_a_leads_with_the_lead(matcher: Matcher, superseded: str) -> None:
    age(matcher, superseded, 400)
    done = passed(matcher)
    assert done["superseded"].deleted == {"rows": 1, "batches": 1}
    assert lines_of(matcher, superseded) == {LISTED}
    closed = {"state": "withdrawn", "case_state": "closed"}
    with transaction(matcher.database) as session:
        session.execute(update(Lead).values(**closed, changed_at=now() - timedelta(days=300)))
    assert passed(matcher)["rows"].deleted["rows"] == 0
    with transaction(matcher.database) as session:
        session.execute(update(Lead).values(case_state="verifying", changed_at=now() - timedelta(days=400)))
    assert passed(matcher)["rows"].deleted["rows"] == 0  # withdrawn, and still being followed up
    with transaction(matcher.database) as session:
        session.execute(update(Lead).values(case_state="closed"))
    assert passed(matcher)["rows"].deleted["rows"] == 1
    assert lines_of(matcher, superseded) == set()
    with reading(matcher.database) as session:
        assert session.exec(select(Lead)).all()  # the lead and its evidence stay, to be explained years later


@pytest.mark.parametrize("kind", ["subject", "batch", "area", "village", "case"])
def test_what_is_under_hold_stays_until_it_is_lifted(matcher: Matcher, superseded: str, kind: str) -> None:
    with reading(matcher.database) as session:
        lost = select(Link.subject_id).where(col(Link.batch_id) == superseded).order_by(col(Link.line).desc())
        subject = str(session.exec(lost).first())
        lead = session.exec(select(Lead)).one()
    with transaction(matcher.database) as session:
        of = {"state": "withdrawn", "case_state": "closed", "changed_at": now() - timedelta(days=400)}
        session.execute(update(Lead).values(case_id="case-1", **of))
    targets = {"subject": subject, "batch": superseded, "area": COUNTY, "village": VILLAGE, "case": "case-1"}
    held = {"subject": {LOST}, "case": {LISTED}}.get(kind, {LISTED, LOST, *(name for name, _ in OTHERS)})
    name, target = "area" if kind == "village" else kind, targets[kind]
    hold(matcher, name, target)
    done = passed(matcher)["rows"]
    assert done.held == len(held)
    assert done.deleted["rows"] == 8 - len(held)
    assert lines_of(matcher, superseded) == {*held, KNOWN}
    if kind in {"subject", "batch", "area", "village"}:
        assert passed(matcher)["deliveries"].held >= 1
    hold(matcher, name, target, "DELETE")
    passed(matcher)
    assert lines_of(matcher, superseded) == {KNOWN}
    assert lead.id


def test_a_hold_elsewhere_keeps_nothing_here(matcher: Matcher, superseded: str) -> None:
    headers = matcher.headers("holds:write", area=ELSEWHERE)
    assert matcher.http.put(f"/holds/area/{ELSEWHERE}", headers=headers, json={"reason": "别处"}).status_code == 200
    assert passed(matcher)["rows"].held == 0
    assert LOST not in lines_of(matcher, superseded)


def test_the_file_as_it_came_goes_and_one_that_never_counted_goes_whole(matcher: Matcher, superseded: str) -> None:
    checked = matcher.push(FEED, county.csv(county.CARDS, rows(lost=True)), mode="validate").json()["batch_id"]
    matcher.work()
    with transaction(matcher.database) as session:
        batch = session.get_one(Batch, checked)
        batch.created_at = batch.changed_at = now() - timedelta(days=100)
    files = matcher.settings.data_dir / "batches"
    assert (files / checked / "rows.sealed").exists()
    assert (files / superseded / "delivery.sealed").exists()
    assert passed(matcher)["deliveries"].deleted == {"files": 2, "never-counted": 1}
    assert not (files / checked).exists()
    assert not (files / superseded / "delivery.sealed").exists()
    assert (files / superseded / "rows.sealed").exists()
    answer = matcher.http.get(f"/batches/{checked}/rows", headers=matcher.headers())
    assert answer.status_code == 409
    assert "时间已到" in answer.json()["detail"]


def test_a_preview_keeps_its_figures_and_loses_its_sample(matcher: Matcher, superseded: str) -> None:
    assert superseded
    at = now() - timedelta(hours=30)
    common = {"state": "done", "asked_by": "x", "area": COUNTY, "created_at": at}
    model = {"kind": "preview", "version": "v", **common}
    with transaction(matcher.database) as session:
        session.add(ModelJob(id="old", found={"links": 3}, sample="sealed", ended_at=at, **model))
        session.add(ModelJob(id="young", sample="sealed", ended_at=now(), **model))
        said = {"profile_id": "p", "profile_version": 1, "found": {"rows": []}, "sample": "sealed"}
        session.add(ScreenSimulation(id="old", ended_at=at, **said, **common))
        session.add(ScreenSimulation(id="young", ended_at=now(), **said, **common))
    assert passed(matcher)["previews"].deleted == {"samples": 2}
    with reading(matcher.database) as session:
        simulated = [session.get_one(ScreenSimulation, one) for one in ("old", "young")]
    assert [(one.sample, one.found) for one in simulated] == [(None, {"rows": []}), ("sealed", {"rows": []})]
    with reading(matcher.database) as session:
        old, young = session.get_one(ModelJob, "old"), session.get_one(ModelJob, "young")
    assert (old.sample, old.found, young.sample) == (None, {"links": 3}, "sealed")


def test_a_pass_is_on_record_and_made_once_a_day(matcher: Matcher, superseded: str) -> None:
    assert superseded
    done = {one.job: one.deleted for one in keep_time(matcher.worker.desk)}
    assert done["rows"]["rows"] == 7
    assert keep_time(matcher.worker.desk) == []
    headers = matcher.headers("audit:read")
    listed = matcher.get("/audit/deletions", headers)["deletions"]
    assert {one["job"]: one["deleted"] for one in listed} == done
    # Jobs of one millisecond are listed in any order.
    assert next(one["title"] for one in listed if one["job"] == "rows").startswith("已被新快照取代")
    with reading(matcher.database) as session:
        noted = [row.detail for row in session.exec(select(Journal)) if row.action == "retention.delete"]
        assert len(session.exec(select(Deletion)).all()) == len(noted) == len(done)
    assert {one["job"]: one["deleted"] for one in noted} == done


def test_while_another_worker_is_at_the_records_nothing_is_deleted(matcher: Matcher, superseded: str) -> None:
    other = matcher.new_worker("other")
    with standing(other.desk, "other") as held:
        assert held is not None
        with pytest.raises(Busy):
            run(matcher.worker.desk, "first")
    assert LOST in lines_of(matcher, superseded)
    assert passed(matcher)["rows"].deleted["rows"] == 7


def test_whoever_was_killed_between_files_and_rows_is_followed_by_the_next(
    matcher: Matcher, superseded: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("matcher.flows.forget_rows._empty_sides", killed)
        with pytest.raises(KeyboardInterrupt):
            run(matcher.worker.desk)
    assert batch_of(matcher, superseded).rows_deleted == 0
    assert passed(matcher)["rows"].deleted == {"rows": 7, "batches": 1}
    assert batch_of(matcher, superseded).rows_deleted == 7


def test_the_usage_records_tell_what_was_deleted(matcher: Matcher, superseded: str) -> None:
    passed(matcher)
    day = now().date()
    span = {"from": str(day - timedelta(days=200)), "to": str(day + timedelta(days=1))}
    usage = matcher.get("/audit/usage", matcher.headers("audit:read"), **span)
    (supply,) = usage["supplies"]
    assert (supply["feed"], supply["deliveries"], supply["rows"]) == (FEED, 2, 17)
    assert (supply["deleted"], supply["stored"], supply["files_deleted"]) == (7, 10, 1)
    assert supply["effect"]["leads"] == 1
    assert supply["last_deleted_at"]
    assert supply["legal_basis"]
    assert batch_of(matcher, superseded).rows_deleted == 7
