"""Reviewers at the bench, over HTTP, and a county that gives them something to decide."""

from typing import Any

import httpx
from sqlmodel import col, select, update

from kit.columns import now
from kit.database import reading, transaction
from matcher.links.tables import Link
from matcher.reviews.tables import Doubt
from matcher.settlements.tables import Decision, Label
from tests.matcher import county
from tests.matcher.conftest import Matcher
from tests.matcher.scenes import scene

SCOPES = "links:read reviews:decide leads:reveal"
OWNER = ("李秀英", county.number("19550202", 4))  # covered; others write her number on their forms
OTHERS = county.numbered(4)
FAR = "白杨乡杏花村2组5号"


class Reviewer:
    """One person at the bench; every call goes through the door."""

    def __init__(self, matcher: Matcher, name: str, more: str = "", **claims: Any) -> None:
        self.matcher, self.name = matcher, name
        self._headers = matcher.headers(f"{SCOPES} {more}", sub=name, **claims)

    def post(self, path: str, version: int | None = None, **body: Any) -> httpx.Response:
        """POST below /reviews, with the version seen as If-Match."""
        seen = {} if version is None else {"If-Match": f'"{version}"'}
        return self.matcher.http.post(f"/reviews{path}", headers={**self._headers, **seen}, json=body or None)

    def get(self, path: str = "", **params: Any) -> Any:
        """GET below /reviews."""
        return self.matcher.get(f"/reviews{path}", self._headers, **params)

    def claim(self, **wanted: Any) -> dict[str, Any] | None:
        """The next review, or None."""
        answer = self.post("/claim", **wanted)
        assert answer.status_code == 200, answer.text
        review: dict[str, Any] | None = answer.json()["review"]
        return review

    def answer(self, verdict: str, **more: Any) -> dict[str, Any]:
        """Claim the next one and answer it."""
        review = self.claim()
        assert review is not None
        said = self.post(f"/{review['review_id']}/decision", review["version"], verdict=verdict, **more)
        assert said.status_code == 200, said.text
        told: dict[str, Any] = said.json()
        return told

    def undo(self, review: dict[str, Any]) -> httpx.Response:
        """Take back, as the review was seen last."""
        return self.post(f"/{review['review_id']}/undo", review["version"])


@scene
def borrowed(matcher: Matcher, name: str = "张万林", **more: Any) -> tuple[str, str]:
    """A card with a covered person's number under another name, delivered: (batch, the person whose number it is)."""
    owner = matcher.registry.put_person(county.person(*OWNER, coverage=[county.covered()]))
    return deliver(matcher, county.card(name, OWNER[1], address=FAR), **more), owner


def deliver(matcher: Matcher, *rows: list[str], feed: str = "disability-cards") -> str:
    batch = matcher.deliver(feed, list(rows))
    matcher.work()
    return batch


def linked(matcher: Matcher, batch: str, line: int = 2) -> tuple[str, str | None]:
    """Whom a row is taken for, and why."""
    with reading(matcher.database) as session:
        row = session.exec(select(Link).where(col(Link.batch_id) == batch, col(Link.line) == line)).one()
        return row.subject_id, row.reason


def decided(matcher: Matcher) -> set[tuple[str, str, str]]:
    """person, verdict, code of everything that stands."""
    with reading(matcher.database) as session:
        return {(row.person_id, row.verdict, row.code) for row in session.exec(select(Decision))}


def taught(matcher: Matcher) -> set[tuple[str, str, str]]:
    """person, verdict, selection of every label; each says how it came about."""
    with reading(matcher.database) as session:
        rows = session.exec(select(Label)).all()
        assert all(row.inclusion is not None and row.code == "review" and row.record_print for row in rows)
        return {(row.person_id, row.verdict, row.selection) for row in rows}


def doubt(matcher: Matcher) -> Doubt:
    """The only one there is."""
    with reading(matcher.database) as session:
        return session.exec(select(Doubt)).one()


def alter(matcher: Matcher, **values: Any) -> None:
    """Set columns of every doubt: what a day or a draw would have done."""
    with transaction(matcher.database) as session:
        session.execute(update(Doubt).values(**values))


def run_out(matcher: Matcher) -> None:
    """Every lease ends."""
    alter(matcher, leased_until=now())


def resettle(matcher: Matcher, **settings: Any) -> None:
    """Give the worker other settings."""
    matcher.settings = matcher.settings.model_copy(update=settings)
    matcher.worker = matcher.new_worker("of other settings")
