"""What an agency is told of its delivery: refusals that leave nothing, row accounts, repetitions, guards."""

import time
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from kit.database import reading
from matcher.batches.states import StateWrong, move
from matcher.batches.tables import Batch
from tests.matcher import county
from tests.matcher.conftest import Matcher

PEOPLE = county.numbered(30)
CARDS = [county.card(*one) for one in PEOPLE]


def nothing_stands(matcher: Matcher) -> None:
    """No row, no file."""
    with reading(matcher.database) as session:
        assert session.exec(select(Batch)).all() == []
    folder: Path = matcher.settings.data_dir / "batches"
    assert not folder.exists() or list(folder.rglob("*")) == []


def problem(answer: Any, status: int, code: str) -> dict[str, Any]:
    """The problem document of an answer, which is one of that kind."""
    assert answer.status_code == status, answer.text
    body: dict[str, Any] = answer.json()
    assert body["code"] == code
    return body


def test_an_unknown_feed_names_those_the_caller_may_push(matcher: Matcher) -> None:
    headers = matcher.agency("health-deaths")
    answer = matcher.http.post("/feeds/health-birth/batches", content=b"x", headers=headers)
    assert problem(answer, 404, "feed-unknown")["args"]["known"] == ["health-deaths", "health-illness"]
    nothing_stands(matcher)


def test_another_agencys_token_is_refused_and_told_what_is_its_own(matcher: Matcher) -> None:
    headers = matcher.agency("health-deaths")
    answer = matcher.http.post("/feeds/disability-cards/batches", content=b"x", headers=headers)
    assert problem(answer, 403, "feed-not-yours")["args"]["yours"] == ["health-deaths", "health-illness"]
    nothing_stands(matcher)


def test_an_expired_token_a_missing_one_and_one_without_the_scope_are_told_apart(matcher: Matcher) -> None:
    content = county.csv(county.CARDS, CARDS)
    answer = matcher.push("disability-cards", content, headers=matcher.agency("disability-cards", exp=1_600_000_000))
    problem(answer, 401, "token-expired")
    problem(matcher.http.post("/feeds/disability-cards/batches", content=content), 401, "token-missing")
    answer = matcher.push("disability-cards", content, headers=matcher.headers("feeds:read"))
    problem(answer, 403, "scope-missing")
    nothing_stands(matcher)


def test_a_body_above_the_limit_is_refused(matcher: Matcher) -> None:
    answer = matcher.push("disability-cards", b"x" * (matcher.settings.max_body_bytes + 1))
    problem(answer, 413, "body-too-large")
    nothing_stands(matcher)


def test_wrong_columns_are_told_at_once_with_what_was_found_and_what_is_missing(matcher: Matcher) -> None:
    content = county.csv(("姓名", "性别", "鞋码"), [["马建国", "男", "42"]])
    body = problem(matcher.push("disability-cards", content), 422, "feed-columns-wrong")
    assert "鞋码" in body["detail"]
    assert "残疾人证号" in body["detail"]
    assert "马建国" not in body["detail"]
    nothing_stands(matcher)


@pytest.mark.parametrize(("content", "code"), [(b"", "delivery-empty"), (b"PK\x03\x04broken", "file-unreadable")])
def test_what_is_no_table_is_refused(matcher: Matcher, content: bytes, code: str) -> None:
    problem(matcher.push("disability-cards", content), 422, code)
    nothing_stands(matcher)


def test_a_delivery_damaged_on_its_way_is_refused(matcher: Matcher) -> None:
    content = county.csv(county.CARDS, CARDS)
    digest = {"Content-Digest": "sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:"}
    problem(matcher.push("disability-cards", content, headers=digest), 400, "digest-mismatch")
    nothing_stands(matcher)


def test_an_unknown_parameter_is_refused(matcher: Matcher) -> None:
    answer = matcher.http.get("/leads", headers=matcher.headers(), params={"township": "640499100"})
    problem(answer, 400, "parameter-unknown")


def test_rows_in_are_the_sum_of_outcomes_and_each_row_is_told(matcher: Matcher) -> None:
    nobody = county.card("", "")
    nobody[1] = ""
    rows = [*CARDS[:5], CARDS[0], nobody, county.card("丁晓兰", "12345")]
    batch = matcher.deliver("disability-cards", rows)
    matcher.work()
    row = matcher.get(f"/batches/{batch}", matcher.agency("disability-cards"))
    assert sum(row["outcomes"].values()) == len(rows)
    assert (row["progress"]["rows_total"], row["progress"]["rows_done"]) == (len(rows), len(rows))
    assert (row["outcomes"]["duplicate_in_batch"], row["outcomes"]["rejected"]) == (1, 1)
    told = matcher.get(f"/batches/{batch}/rows", matcher.agency("disability-cards"))["rows"]
    assert [one["line"] for one in told] == list(range(2, len(rows) + 2))
    (rejected,) = matcher.get(f"/batches/{batch}/rows", outcome="rejected")["rows"]
    assert rejected["line"] == 8
    assert rejected["issues"][0]["code"] == "row-without-identity"
    assert rejected["issues"][0]["message"]


def test_the_rows_of_a_batch_come_page_by_page_without_gap(matcher: Matcher) -> None:
    batch = matcher.deliver("disability-cards", CARDS)
    matcher.work()
    lines: list[int] = []
    cursor: dict[str, Any] = {}
    while True:
        page = matcher.get(f"/batches/{batch}/rows", limit=7, **cursor)
        lines += [row["line"] for row in page["rows"]]
        if page["cursor"] is None:
            break
        cursor = {"cursor": page["cursor"]}
    assert lines == list(range(2, 32))


def test_a_cursor_of_another_list_or_a_changed_one_is_refused(matcher: Matcher) -> None:
    batch = matcher.deliver("disability-cards", CARDS)
    matcher.work()
    cursor = matcher.get(f"/batches/{batch}/rows", limit=7)["cursor"]
    problem(matcher.http.get("/leads", headers=matcher.headers(), params={"cursor": cursor}), 400, "cursor-invalid")
    changed = {"cursor": cursor[:-3] + "abc"}
    problem(
        matcher.http.get(f"/batches/{batch}/rows", headers=matcher.headers(), params=changed), 400, "cursor-invalid"
    )


def test_the_same_key_is_the_same_delivery_and_the_same_content_no_work(matcher: Matcher) -> None:
    content = county.csv(county.CARDS, CARDS)
    key = {"Idempotency-Key": "monthly-2021-06"}
    first = matcher.push("disability-cards", content, headers=key)
    again = matcher.push("disability-cards", content, headers=key)
    assert again.json() == first.json()
    assert again.headers["Location"] == first.headers["Location"]
    matcher.work()
    repeated = matcher.push("disability-cards", content).json()
    assert (repeated["state"], repeated["same_as"]) == ("unchanged", first.json()["batch_id"])
    assert repeated["outcomes"] == {"unchanged": 30}
    assert len(matcher.get("/batches")["batches"]) == 2


def test_a_validated_only_delivery_is_read_and_counts_for_nothing(matcher: Matcher) -> None:
    batch = matcher.deliver("disability-cards", CARDS, mode="validate")
    matcher.work()
    row = matcher.get(f"/batches/{batch}")
    assert (row["state"], row["outcomes"]["accepted_with_warnings"] + row["outcomes"]["accepted"]) == ("validated", 30)
    assert matcher.leads() == []


def confirm(matcher: Matcher, batch: str, client: str, action: str = "confirm") -> Any:
    """Ask as another client of the agency, with the version just seen."""
    headers = matcher.agency("disability-cards", sub=client)
    seen = matcher.http.get(f"/batches/{batch}", headers=headers).headers["ETag"]
    return matcher.http.post(f"/batches/{batch}/{action}", headers={**headers, "If-Match": seen})


def test_a_snapshot_that_loses_a_fifth_of_its_rows_waits_for_a_second_pair_of_eyes(matcher: Matcher) -> None:
    matcher.deliver("disability-cards", CARDS)
    matcher.work()
    cut_off = matcher.deliver("disability-cards", CARDS[:20])
    matcher.work()
    held = matcher.get(f"/batches/{cut_off}")
    assert (held["state"], held["held_for"]) == ("needs_confirmation", ["rows-lost"])
    assert len(matcher.leads()) == 30
    problem(confirm(matcher, cut_off, "disabled-persons-federation"), 403, "confirmer-same")
    blind = matcher.http.post(f"/batches/{cut_off}/confirm", headers=matcher.agency("disability-cards", sub="second"))
    problem(blind, 428, "version-missing")
    assert confirm(matcher, cut_off, "second").status_code == 200
    matcher.work()
    assert len(matcher.leads()) == 20


def test_a_held_snapshot_can_be_taken_back_and_then_no_more_be_confirmed(matcher: Matcher) -> None:
    matcher.deliver("disability-cards", CARDS)
    matcher.work()
    batch = matcher.deliver("disability-cards", CARDS[:3])
    matcher.work()
    assert confirm(matcher, batch, "second", "cancel").json()["state"] == "cancelled"
    problem(confirm(matcher, batch, "second"), 409, "conflict")
    assert len(matcher.leads()) == 30


def test_a_state_only_follows_where_it_may(matcher: Matcher) -> None:
    matcher.deliver("disability-cards", CARDS)
    with reading(matcher.database) as session:
        batch = session.exec(select(Batch)).one()
    with pytest.raises(StateWrong):
        move(batch, "linked")
    assert batch.state == "sealed"
    move(batch, "validating")
    assert batch.state == "validating"


def test_an_agency_sees_its_own_deliveries_and_never_who_is_covered(matcher: Matcher) -> None:
    matcher.registry.put_person(county.person(*PEOPLE[0], coverage=[county.covered()]))
    batch = matcher.deliver("disability-cards", CARDS[:1])
    matcher.work()
    own = matcher.get(f"/batches/{batch}", matcher.agency("disability-cards"))
    assert own["linked"] is None
    assert matcher.get(f"/batches/{batch}")["linked"] == {"certain": 1, "unregistered": 0, "in_review": 0}
    others = matcher.agency("health-illness")
    problem(matcher.http.get(f"/batches/{batch}", headers=others), 404, "not-found")
    problem(matcher.http.get(f"/batches/{batch}/rows", headers=others), 404, "not-found")
    assert matcher.get("/batches", others)["batches"] == []
    for path in ("/leads", "/links", "/reviews", "/leads/export.xlsx"):
        answer = matcher.http.get(path, headers=matcher.agency("disability-cards"))
        assert (answer.status_code, answer.json()["code"].split("-")[0]) == (403, "agreement")


def test_a_caller_can_wait_for_a_batch_to_come_to_rest(matcher: Matcher) -> None:
    batch = matcher.deliver("disability-cards", CARDS)
    waiting = matcher.http.get(f"/batches/{batch}", headers=matcher.headers(), params={"wait": 1})
    assert waiting.json()["state"] == "sealed"
    assert waiting.headers["Retry-After"] == "1"
    matcher.work()
    began = time.monotonic()
    rested = matcher.http.get(f"/batches/{batch}", headers=matcher.headers(), params={"wait": 30})
    assert rested.json()["state"] == "published"
    assert time.monotonic() - began < 10, "it answers when the batch rests, not when the time is over"


def test_feeds_come_with_schema_and_template_for_their_agency_only(matcher: Matcher) -> None:
    headers = matcher.agency("rural-monitoring")
    assert [feed["feed"] for feed in matcher.get("/feeds", headers)["feeds"]] == ["rural-monitoring"]
    assert matcher.get("/feeds/rural-monitoring/schema", headers)["type"] == "object"
    template = matcher.http.get("/feeds/rural-monitoring/template.xlsx", headers=headers)
    assert template.content.startswith(b"PK")
    problem(matcher.http.get("/feeds/health-deaths", headers=headers), 403, "feed-not-yours")
