"""Pairs taken away for an audit: what is stored is what the file says, keys instead of identities, on record."""

import io
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import polars as pl
import pytest
from pyarrow import parquet
from sqlmodel import select

from kit.columns import now
from kit.database import reading
from matcher.audit.tables import Journal
from matcher.flows.export_pairs import evidence
from matcher.flows.models_in_force import model_in_force
from matcher.linkage.explain import explain_pattern
from matcher.linkage.levels import FIELDS, unpack
from matcher.links.tables import Link
from matcher.main import export_pairs
from matcher.reviews.tables import Review
from tests.matcher import county
from tests.matcher.conftest import Matcher
from tests.matcher.reviewers import OWNER, Reviewer, borrowed

AUDITOR = {"sub": "auditor", "purpose": "audit"}


def ask(matcher: Matcher, **params: str) -> httpx.Response:
    headers = matcher.headers("audit:report", **AUDITOR)
    return matcher.http.get("/audit/pairs.parquet", headers=headers, params=params)


def told(matcher: Matcher, **params: str) -> pl.DataFrame:
    answer = ask(matcher, **params)
    assert answer.status_code == 200, answer.text
    return pl.read_parquet(io.BytesIO(answer.content))


@pytest.fixture
def doubtful(matcher: Matcher) -> tuple[Matcher, str, str]:
    """A row under a covered person's number and another name, and a row of the person's own."""
    batch, owner = borrowed(matcher)
    return matcher, batch, owner


def test_every_link_and_candidate_is_told_as_it_is_stored(doubtful: tuple[Matcher, str, str]) -> None:
    matcher, first, owner = doubtful
    second = matcher.deliver("health-illness", [county.illness(*OWNER), county.illness("马长顺", "", address="青石镇")])
    matcher.work()
    found = told(matcher, batch_id=second)
    found = pl.concat([told(matcher, batch_id=first), found])
    with reading(matcher.database) as session:
        links, reviews = list(session.exec(select(Link))), list(session.exec(select(Review)))
    stored = {(one.batch_id, one.line, one.subject_id, one.probability, one.grade) for one in links}
    same = found.filter(pl.col("kind") == "link").select("batch_id", "line", "subject_id", "probability", "grade")
    assert set(same.iter_rows()) == stored
    asked = {(one.batch_id, one.line, one.candidate_id, one.probability, one.reason) for one in reviews}
    candidates = found.filter(pl.col("kind") == "candidate")
    assert set(candidates.select("batch_id", "line", "subject_id", "probability", "reason").iter_rows()) == asked
    assert owner in candidates["subject_id"].to_list()
    for one in [*links, *reviews]:
        if one.pattern is not None:
            levels = unpack(np.array([one.pattern]))
            who = one.subject_id if isinstance(one, Link) else one.candidate_id
            row = found.filter(pl.col("batch_id") == one.batch_id, line=one.line, subject_id=who).row(0, named=True)
            assert {field.name: row[f"level_{field.name}"] for field in FIELDS} == {
                field.name: field.levels[levels[field.name][0]][0] for field in FIELDS
            }
            assert row["model_version"] == one.model_version


def test_the_weight_is_that_of_the_explanation_where_nobody_is_a_relative(
    doubtful: tuple[Matcher, str, str],
) -> None:
    matcher, batch, _ = doubtful
    model = model_in_force(matcher.database)
    with reading(matcher.database) as session:
        pattern = next(one.pattern for one in session.exec(select(Review)))
    assert pattern is not None
    bits = float(evidence(np.array([pattern]), model)[0])
    logs = {kind: model.log(kind) for kind in ("same", "stranger")}
    levels = unpack(np.array([pattern]))
    by_hand = sum(logs["same"][f.name][levels[f.name][0]] - logs["stranger"][f.name][levels[f.name][0]] for f in FIELDS)
    assert bits == pytest.approx(float(by_hand) / np.log(2))
    assert told(matcher, batch_id=batch).filter(kind="candidate")["weight"].to_list() == [pytest.approx(bits)]
    explained = explain_pattern(pattern, model, people=50_000)
    assert {part.level for part in explained.fields} >= {"equal"}


def test_what_a_human_decided_stands_beside_the_pair_and_alone(doubtful: tuple[Matcher, str, str]) -> None:
    matcher, batch, owner = doubtful
    Reviewer(matcher, "reviewer").answer("different")
    matcher.work()
    rejected = told(matcher, batch_id=batch).filter(subject_id=owner).to_dicts()
    assert [(row["verdict"], row["verdict_code"]) for row in rejected] == [("reject", "review")] * len(rejected)
    assert rejected
    assert rejected[0]["verdict_at"] is not None
    assert {row["kind"] for row in rejected} <= {"decided", "candidate"}


def test_nobody_is_named_unless_asked_for_with_a_reason_and_counted(doubtful: tuple[Matcher, str, str]) -> None:
    matcher, batch, owner = doubtful
    masked = ask(matcher, batch_id=batch)
    for word in ("张万林", OWNER[0], OWNER[1]):
        assert word.encode() not in masked.content
    assert "person_name" not in pl.read_parquet(io.BytesIO(masked.content)).columns
    silent = ask(matcher, batch_id=batch, identity="full")
    assert (silent.status_code, silent.json()["code"]) == (422, "reveal-reason-missing")
    full = told(matcher, batch_id=batch, identity="full", reason="supervision")
    named = full.filter(subject_id=owner, kind="candidate").row(0, named=True)
    assert (named["record_name"], named["person_name"], named["person_number"]) == ("张万林", *OWNER)
    matcher.app.state.settings = matcher.app.state.settings.model_copy(update={"reveals_per_client": 1})
    spent = ask(matcher, batch_id=batch, identity="full", reason="supervision")
    assert spent.status_code == 200  # whom one saw today one may see again
    other = matcher.headers("audit:report", sub="another", purpose="audit")
    params = {"batch_id": batch, "identity": "full", "reason": "supervision"}
    refused = matcher.http.get("/audit/pairs.parquet", headers=other, params=params)
    assert (refused.status_code, refused.json()["code"]) == (429, "reveal-budget-spent")


def test_protected_people_stay_keys(doubtful: tuple[Matcher, str, str]) -> None:
    matcher, batch, owner = doubtful
    matcher.registry.protected.add(owner)
    matcher.close()
    matcher.begin()  # what is known of protected people is kept for a while
    full = told(matcher, batch_id=batch, identity="full", reason="supervision").filter(subject_id=owner)
    assert full.height
    assert full.select("record_name", "record_number", "person_name", "person_number").unique().row(0) == (None,) * 4


def test_the_file_bears_its_mark_and_its_dictionary_and_is_on_record(doubtful: tuple[Matcher, str, str]) -> None:
    matcher, batch, owner = doubtful
    answer = ask(matcher, batch_id=batch)
    seen = parquet.read_schema(io.BytesIO(answer.content))
    mark = json.loads(seen.metadata[b"watermark"])
    assert (mark["holder"], mark["identity"]) == ("auditor", "masked")
    (entry,) = matcher.get("/audit", subject=mark["id"])["entries"]
    assert (entry["action"], entry["actor"], entry["detail"]["batches"]) == ("pairs.export", "auditor", [batch])
    dictionary = json.loads(seen.metadata[b"dictionary"])
    assert [one["name"] for one in dictionary] == seen.names
    assert seen.field("weight").metadata[b"zh"].decode().startswith("证据权重")
    columns = matcher.get("/audit/pairs/columns", matcher.headers("audit:report", **AUDITOR))["columns"]
    assert [one["name"] for one in columns if not one["only_full"]] == seen.names
    report = matcher.http.post(f"/subjects/{owner}/report", headers=matcher.headers("audit:report", **AUDITOR))
    assert [one["did"] for one in report.json()["lines"]] == ["审计导出比对全表"]


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({}, "pairs-unasked"),
        ({"from": "2021-01-01"}, "pairs-unasked"),
        ({"from": "2021-02-01", "to": "2021-01-01"}, "period-wrong"),
        ({"batch_id": "absent"}, "not-found"),
    ],
)
def test_what_is_not_asked_well_is_said(matcher: Matcher, params: dict[str, str], code: str) -> None:
    assert ask(matcher, **params).json()["code"] == code


def test_more_than_may_be_is_refused_with_the_bound(
    doubtful: tuple[Matcher, str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    matcher, batch, _ = doubtful
    monkeypatch.setattr("matcher.api.pairs.MOST_ROWS", 0)
    refused = ask(matcher, batch_id=batch)
    assert (refused.status_code, refused.json()["code"]) == (422, "pairs-too-many")


def test_a_whole_period_and_an_empty_one(doubtful: tuple[Matcher, str, str]) -> None:
    matcher, batch, _ = doubtful
    first, last = (str(now().date() + timedelta(days=days)) for days in (-1, 1))
    assert told(matcher, **{"from": first, "to": last})["batch_id"].unique().to_list() == [batch]
    assert told(matcher, **{"from": "2001-01-01", "to": "2001-12-31"}).height == 0


def test_the_operator_gets_the_same_by_the_command(
    doubtful: tuple[Matcher, str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    matcher, batch, _ = doubtful
    monkeypatch.setattr("matcher.main.KeyRing.load", lambda _file: matcher.ring)
    out = tmp_path / "pairs.parquet"
    count, _size = export_pairs(matcher.settings, out, batch, None)
    assert count == 1
    assert pl.read_parquet(out).equals(told(matcher, batch_id=batch))
    dictionary: list[dict[str, Any]] = json.loads(out.with_suffix(".columns.json").read_text())
    assert [one["name"] for one in dictionary] == pl.read_parquet(out).columns
    with reading(matcher.database) as session:
        actors = session.exec(select(Journal.actor).where(Journal.action == "pairs.export").order_by(Journal.number))
        assert list(actors) == ["operator", "auditor"]
    assert export_pairs(matcher.settings, tmp_path / "none.parquet", "absent", None) == (0, 0)
    assert not (tmp_path / "none.parquet").exists()
