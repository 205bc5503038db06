"""Steps of a delivery's life as its callers take them, for the tests of that life."""

import base64
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx

from matcher.settings import MatcherSettings
from tests.matcher import county
from tests.matcher.conftest import AGENCIES, Matcher

FEED = "disability-cards"
RURAL = "rural-monitoring"
SCOPES = "feeds:read feeds:push batches:read"
DECIDES = "links:read batches:read batches:decide"


def sha256(content: bytes) -> str:
    """As a client states it."""
    return hashlib.sha256(content).hexdigest()


def step(matcher: Matcher, batch: str, action: str, **more: Any) -> httpx.Response:
    """Ask as a client of the agency that sent it, with the version just seen; `more`: who, feed, json, headers."""
    feed = more.pop("feed", FEED)
    who = more.pop("who", AGENCIES[feed])
    headers = more.pop("headers", None) or matcher.agency(feed, sub=who)
    seen = matcher.http.get(f"/batches/{batch}", headers=headers)
    assert seen.status_code == 200, seen.text
    headers = {**headers, "If-Match": seen.headers["ETag"]}
    return matcher.http.post(f"/batches/{batch}/{action}", headers=headers, **more)


def county_office(matcher: Matcher) -> dict[str, str]:
    """The headers of the office that answers for the matching."""
    return matcher.headers(DECIDES, sub="overseer")


def open_parts(matcher: Matcher, content: bytes, feed: str = FEED, **options: Any) -> httpx.Response:
    """Open an upload in parts of `content`."""
    stated = {"upload": "parts", "expected_sha256": sha256(content), "expected_bytes": len(content), **options}
    return matcher.push(feed, b"", headers={"Content-Type": "text/csv"}, **stated)


def put(matcher: Matcher, batch: str, number: int, part: bytes, feed: str = FEED, **headers: str) -> httpx.Response:
    """Put one part, with its digest."""
    digest = {"Content-Digest": f"sha-256=:{base64.b64encode(hashlib.sha256(part).digest()).decode()}:"}
    asked = {**matcher.agency(feed), **digest, **headers}
    return matcher.http.put(f"/batches/{batch}/parts/{number}", content=part, headers=asked)


def problem(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """The problem document of an answer, which is one of that kind."""
    assert answer.status_code == status, answer.text
    body: dict[str, Any] = answer.json()
    assert body["code"] == code, answer.text
    return body


def cards(people: list[tuple[str, str]], **more: str) -> bytes:
    """A delivery of the disability federation."""
    return county.csv(county.CARDS, [county.card(*one, **more) for one in people])


def monitored(rows: list[list[str]], operations: list[str] | None = None) -> bytes:
    """A delivery of the rural office; with `operations` each row says what it does."""
    header = [*county.RURAL, "人口编号"]
    if operations is not None:
        header, rows = [*header, "操作"], [[*row, done] for row, done in zip(rows, operations, strict=True)]
    return county.csv(header, rows)


def member(name: str, id_number: str, number: str, **more: str) -> list[str]:
    """A row of the rural office with the sender's own number of the person."""
    return [*county.monitored(name, id_number, household=f"64{number}", **more), number]


def outcome(matcher: Matcher, batch: str) -> dict[str, int]:
    """What became of the rows, with or without a warning; those there are."""
    counts = dict(matcher.get(f"/batches/{batch}")["outcomes"])
    counts["accepted"] = counts.get("accepted", 0) + counts.pop("accepted_with_warnings", 0)
    return {name: count for name, count in counts.items() if count}


@contextmanager
def told(matcher: Matcher, **settings: Any) -> Iterator[None]:
    """The web process and the worker under other settings, for the block."""
    before: MatcherSettings = matcher.settings
    changed = before.model_copy(update=settings)
    for desk in (matcher.app.state.desk, *(worker.desk for worker in matcher.workers)):
        object.__setattr__(desk, "settings", changed)
    try:
        yield
    finally:
        for desk in (matcher.app.state.desk, *(worker.desk for worker in matcher.workers)):
            object.__setattr__(desk, "settings", before)
