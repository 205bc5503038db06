"""What a sender can hold on to: the difference, the receipt, the alarm of a late feed, quotas and their times."""

import json
from datetime import timedelta
from typing import Any

import pytest
from joserfc import jws
from joserfc.errors import BadSignatureError
from joserfc.jwk import KeySet
from sqlalchemy import update
from sqlmodel import col, select

from kit.columns import now
from kit.database import reading, transaction
from kit.proof import public_keys, read_checkpoint
from matcher.batches.quotas import UNMEASURED_RATE, until_room
from matcher.batches.tables import Batch
from matcher.flows.watch_freshness import watch_freshness
from tests.matcher import county
from tests.matcher.conftest import Matcher
from tests.matcher.life import (
    FEED,
    RURAL,
    cards,
    county_office,
    member,
    monitored,
    open_parts,
    problem,
    put,
    sha256,
    step,
    told,
)

PEOPLE = county.numbered(12)
ROWS = [member(name, number, f"{n:08d}") for n, (name, number) in enumerate(PEOPLE)]


def push(matcher: Matcher, rows: list[list[str]]) -> str:
    answer = matcher.push(RURAL, monitored(rows))
    assert answer.status_code == 202, answer.text
    matcher.work()
    return str(answer.json()["batch_id"])


def changed(row: list[str], **at: str) -> list[str]:
    return [at.get(f"c{n}", cell) for n, cell in enumerate(row)]


def test_the_difference_names_rows_and_columns_and_no_cell(matcher: Matcher) -> None:
    first = push(matcher, ROWS[:10])
    problem(matcher.http.get(f"/batches/{first}/diff", headers=matcher.agency(RURAL)), 409, "conflict")
    moved = changed(ROWS[3], c1="石桥村", c8="无劳动力")
    second = push(matcher, [ROWS[10], *ROWS[:3], moved, *ROWS[4:9]])
    found = matcher.get(f"/batches/{second}/diff", matcher.agency(RURAL))
    assert (found["base_id"], found["counts"]) == (first, {"added": 1, "gone": 1, "changed": 1, "same": 8})
    assert [(row["change"], row["line"], row["line_before"]) for row in found["rows"]] == [
        ("added", 2, None), ("changed", 6, 5), ("gone", None, 11)
    ]  # fmt: skip
    assert set(found["rows"][1]["columns"]) == {"village", "labour", "address"}
    text = json.dumps(found, ensure_ascii=False)
    assert "石桥村" not in text
    assert not any(name in text or number in text for name, number in PEOPLE)
    pages, cursor = [], {}
    while True:
        page = matcher.get(f"/batches/{second}/diff", limit=1, **cursor)
        pages += [row["change"] for row in page["rows"]]
        if page["cursor"] is None:
            break
        cursor = {"cursor": page["cursor"]}
    assert pages == ["added", "changed", "gone"]
    assert [row["line_before"] for row in matcher.get(f"/batches/{second}/diff", change="gone")["rows"]] == [11]
    problem(matcher.http.get(f"/batches/{second}/diff", headers=matcher.agency(FEED)), 404, "not-found")


def test_a_held_snapshot_is_compared_with_what_counts_so_that_one_can_decide(matcher: Matcher) -> None:
    push(matcher, ROWS)
    held = push(matcher, ROWS[:4])
    assert matcher.state_of(held) == "needs_confirmation"
    assert matcher.get(f"/batches/{held}/diff")["counts"] == {"added": 0, "gone": 8, "changed": 0, "same": 4}


def receipt(matcher: Matcher, batch: str) -> str:
    answer = matcher.http.get(f"/batches/{batch}/receipt", headers=matcher.agency(FEED))
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/jose"
    return answer.text


def test_a_receipt_is_verified_by_any_library_and_the_published_keys(matcher: Matcher) -> None:
    content = cards(PEOPLE)
    batch = matcher.push(FEED, content).json()["batch_id"]
    early, published = receipt(matcher, batch), matcher.http.get("/.well-known/audit-keys.json").json()
    matcher.work()
    late = receipt(matcher, batch)
    keys = KeySet.import_key_set(published)
    for text, state, rows in ((early, "sealed", None), (late, "published", 12)):
        signed = jws.deserialize_compact(text, keys, algorithms=["ES256"])
        claims = json.loads(signed.payload)
        assert signed.protected["typ"] == "doudi-receipt"
        assert (claims["batch_id"], claims["feed"], claims["feed_version"]) == (batch, FEED, 1)
        assert (claims["sha256"], claims["bytes"]) == (sha256(content), len(content))
        assert (claims["state"], claims["rows"]) == (state, rows)
        assert claims["received_at"]
    assert sum(claims["outcomes"].values()) == 12
    head, body, signature = late.split(".")
    forged = f"{head}.{body[:-4]}{'AAAA' if body[-4:] != 'AAAA' else 'BBBB'}.{signature}"
    with pytest.raises(BadSignatureError):
        jws.deserialize_compact(forged, keys, algorithms=["ES256"])
    assert read_checkpoint(late, public_keys(published)) is None, "nobody can take it for a checkpoint"


def test_there_is_no_receipt_for_what_is_not_here_yet(matcher: Matcher) -> None:
    content = cards(PEOPLE)
    batch = open_parts(matcher, content).json()["batch_id"]
    problem(matcher.http.get(f"/batches/{batch}/receipt", headers=matcher.agency(FEED)), 409, "conflict")
    put(matcher, batch, 1, content)
    step(matcher, batch, "seal")
    assert receipt(matcher, batch)


def test_a_feed_that_is_late_raises_one_alarm_which_a_delivery_clears(matcher: Matcher) -> None:
    matcher.push(RURAL, monitored(ROWS), extracted_at="2021-05-30")
    late = matcher.push(FEED, cards(PEOPLE), extracted_at="2021-01-01").json()["batch_id"]
    matcher.work()
    assert matcher.get("/alerts")["alerts"] == []
    assert watch_freshness(matcher.worker.desk) == (1, 0)
    assert watch_freshness(matcher.new_worker("second").desk) == (0, 0), "told once"
    (alert,) = matcher.get("/alerts", county_office(matcher))["alerts"]
    assert (alert["feed"], alert["last_batch"], alert["last_on"]) == (FEED, late, "2021-01-01")
    assert matcher.get("/alerts", matcher.agency(FEED))["alerts"] == [alert]
    assert matcher.get("/alerts", matcher.agency(RURAL))["alerts"] == []
    stale = matcher.push(FEED, cards(PEOPLE[:11]), extracted_at="2021-01-02").json()["batch_id"]
    matcher.work()
    assert matcher.state_of(stale) == "published"
    assert len(matcher.get("/alerts")["alerts"]) == 1, "old data clear nothing"
    fresh = matcher.push(FEED, cards(PEOPLE[:10]), extracted_at="2021-05-31").json()["batch_id"]
    matcher.work()
    assert matcher.get("/alerts")["alerts"] == []
    (over,) = matcher.get("/alerts", cleared=True)["alerts"]
    assert (over["id"], over["cleared_by"]) == (alert["id"], fresh)
    assert watch_freshness(matcher.worker.desk) == (0, 0)


def test_an_agencys_day_is_bounded_by_number_and_bytes(matcher: Matcher) -> None:
    one, two = cards(PEOPLE[:5]), cards(PEOPLE[:6])
    with told(matcher, agency_deliveries_per_day=1):
        assert matcher.push(FEED, one).status_code == 202
        answer = matcher.push(FEED, two)
        told_ = problem(answer, 429, "delivery-quota-spent")
        assert (told_["args"]["what"], told_["args"]["spent"]) == ("deliveries", 1)
        assert 0 < int(answer.headers["Retry-After"]) <= 86_400
        assert answer.headers["RateLimit-Policy"] == '"agency-deliveries";q=1;w=86400'
        assert matcher.push(RURAL, monitored(ROWS)).status_code == 202, "another agency's day is its own"
    with told(matcher, agency_bytes_per_day=len(one) + len(two) - 1):
        told_ = problem(matcher.push(FEED, two), 429, "delivery-quota-spent")
        assert (told_["args"]["what"], told_["args"]["spent"]) == ("bytes", len(one))
        problem(open_parts(matcher, two), 429, "delivery-quota-spent")
    with reading(matcher.database) as session:
        batches = session.exec(select(Batch)).all()
    folder = matcher.settings.data_dir / "batches"
    assert sorted(path.name for path in folder.iterdir()) == sorted(batch.id for batch in batches)
    assert len(batches) == 2
    assert matcher.push(FEED, two).status_code == 202


def test_too_many_waiting_are_told_when_there_is_room_at_the_measured_rate(matcher: Matcher) -> None:
    def answer(people: int) -> Any:
        return matcher.push(FEED, cards(PEOPLE[:people]))

    matcher.push(RURAL, monitored(ROWS))
    matcher.work()
    with transaction(matcher.database) as session:
        session.execute(update(Batch).values(read_seconds=100.0))
        (rate,) = session.execute(select(col(Batch.bytes) / 100.0)).one()
    with told(matcher, agency_waiting=2):
        sizes = [answer(people).json()["bytes"] for people in (3, 4)]
        refused = answer(5)
        problem(refused, 429, "deliveries-waiting")
        assert abs(int(refused.headers["Retry-After"]) - sizes[0] / rate) <= 1, "until the first of them is read"
        matcher.work()
        assert answer(5).status_code == 202
    with told(matcher, deliveries_waiting=1):
        problem(matcher.push(RURAL, monitored(ROWS[:11])), 429, "deliveries-waiting")


def test_until_room_counts_what_is_read_before_a_place_is_free() -> None:
    line = [("a", 10), ("b", 20), ("a", 30), ("b", 40)]
    assert until_room(line, "a", 3) is None
    assert until_room(line, "a", 2) == 10
    assert until_room(line, "b", 2) == 30
    assert until_room(line, "b", 1) == 100
    assert until_room(line, None, 2) == 60
    assert UNMEASURED_RATE > 0


def test_the_alarm_is_raised_once_even_where_time_goes_on(matcher: Matcher) -> None:
    matcher.push(FEED, cards(PEOPLE))
    matcher.work()
    with transaction(matcher.database) as session:
        session.execute(update(Batch).values(created_at=now() - timedelta(days=4000)))
    desk = matcher.worker.desk
    assert [watch_freshness(desk) for _ in range(3)] == [(1, 0), (0, 0), (0, 0)]
