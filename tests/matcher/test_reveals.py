"""The matcher's doors to an identity spend from one budget of the day; what is unusual is an alert on record."""

from typing import Any

import httpx
import pytest
from sqlmodel import select

from kit.database import reading
from matcher.audit.tables import Reveal
from tests.matcher import county
from tests.matcher.conftest import Matcher
from tests.matcher.reviewers import Reviewer, borrowed
from tests.matcher.scenes import scene

PEOPLE = county.numbered(6)
WHY = {"reason": "visit"}
AS_PERSON = {"sub": "officer", "sid": "a-session", "purpose": "reveal"}


@pytest.fixture
@scene
def listed(matcher: Matcher) -> Matcher:
    """Six leads in one township."""
    matcher.deliver("disability-cards", [county.card(*one) for one in PEOPLE])
    matcher.work()
    return matcher


def told(matcher: Matcher, **changes: Any) -> None:
    """Run on with other settings."""
    matcher.app.state.settings = matcher.app.state.settings.model_copy(update=changes)


def reveal(matcher: Matcher, lead_id: str, body: Any = None, **headers: str) -> httpx.Response:
    known = {**matcher.headers(**AS_PERSON), **headers}
    return matcher.http.post(f"/leads/{lead_id}/reveal", headers=known, json=WHY if body is None else body)


def ids(matcher: Matcher) -> list[str]:
    return [lead["lead_id"] for lead in matcher.get("/leads")["leads"]]


def rules(matcher: Matcher, area: str = "640499000000") -> list[str]:
    headers = matcher.headers("audit:read", area=area)
    return [one["rule"] for one in matcher.get("/audit/alerts", headers)["alerts"]]


def actions(matcher: Matcher, actor: str = "officer") -> list[str]:
    return [one["action"] for one in matcher.get("/audit", actor=actor)["entries"]]


def test_single_looks_lists_and_queries_spend_from_one_budget(listed: Matcher) -> None:
    told(listed, reveals_per_person=4)
    first, second, *_ = ids(listed)
    assert [reveal(listed, one).status_code for one in (first, first, second)] == [200] * 3
    whole = {"identity": "full", **WHY}
    for kind in ("xlsx", "ndjson"):
        refused = listed.http.get(f"/leads/export.{kind}", headers=listed.headers(**AS_PERSON), params=whole)
        assert (refused.status_code, refused.json()["code"]) == (429, "reveal-budget-spent")
        assert {name: refused.json()["args"][name] for name in ("limit", "left", "asked")} == {
            "limit": 4, "left": 2, "asked": 4,
        }  # fmt: skip
    told(listed, reveals_per_person=6)
    answer = listed.http.get("/leads/export.ndjson", headers=listed.headers(**AS_PERSON), params=whole)
    assert answer.status_code == 200
    assert answer.text.count('"id_number":"640499') == 6
    assert [reveal(listed, one).status_code for one in ids(listed)] == [200] * 6
    assert rules(listed) == ["reveal-refused", "reveal-spent"]
    assert rules(listed, "640498000000") == []
    with reading(listed.database) as session:
        assert {row.holder for row in session.exec(select(Reveal))} == {"officer"}


def test_a_look_states_its_reason_which_alone_is_on_record(listed: Matcher) -> None:
    lead = ids(listed)[0]
    assert reveal(listed, lead, {}).status_code == 422
    assert reveal(listed, lead, {"reason": "because"}).status_code == 422
    assert reveal(listed, lead, {"reason": "visit", "words": "去看张三"}).status_code == 422
    assert reveal(listed, lead, {"reason": "complaint"}).status_code == 200
    (entry,) = [one for one in listed.get("/audit", actor="officer")["entries"] if one["action"] == "lead.reveal"]
    assert (entry["subject"], entry["purpose"], entry["detail"]["reason"]) == (lead, "reveal", "complaint")


def test_the_same_call_again_is_a_look_again_and_a_refused_one_can_be_repeated(listed: Matcher) -> None:
    told(listed, reveals_per_person=1)
    first, second, *_ = ids(listed)
    key = {"Idempotency-Key": "again"}
    answers = [reveal(listed, first, **key) for _ in range(2)]
    assert [one.status_code for one in answers] == [200, 200]
    assert "Idempotent-Replayed" not in answers[1].headers
    assert answers[1].headers["Cache-Control"] == "no-store"
    assert actions(listed).count("lead.reveal") == 2
    assert reveal(listed, second, **key).status_code == 429
    told(listed, reveals_per_person=2)
    assert reveal(listed, second, **key).json()["id_number"]


def test_a_program_has_a_budget_of_its_own(listed: Matcher) -> None:
    told(listed, reveals_per_client=5)
    headers = listed.headers(sub="program")
    answer = listed.http.get("/leads/export.xlsx", headers=headers, params={"identity": "full", **WHY})
    assert (answer.status_code, answer.json()["args"]["limit"]) == (429, 5)
    assert listed.http.get("/leads/export.xlsx", headers=headers).status_code == 200, "masked is for everybody"


def test_a_review_counts_everybody_it_shows(matcher: Matcher) -> None:
    borrowed(matcher)
    told(matcher, reveals_per_client=1)
    ma = Reviewer(matcher, "ma")
    review = ma.claim()
    assert review is not None
    path = f"/{review['review_id']}/reveal"
    assert ma.post(path).status_code == 422
    refused = ma.post(path, reason="identity")
    assert (refused.status_code, refused.json()["args"]["asked"]) == (429, 2)
    told(matcher, reveals_per_client=2)
    assert ma.post(path, reason="identity").status_code == 200


def test_a_query_in_full_counts_whom_it_names_and_needs_a_reason(matcher: Matcher) -> None:
    for name, number in PEOPLE:
        matcher.registry.put_person(county.person(name, number))
    matcher.work()
    told(matcher, reveals_per_client=1)
    queries = [{"example": {"name": name, "id_number": number}} for name, number in PEOPLE[:2]]

    def ask(**more: Any) -> httpx.Response:
        headers = matcher.headers("match:query leads:reveal")
        return matcher.http.post("/match", headers=headers, json={"queries": queries, **more})

    assert ask().status_code == 200
    assert ask(identity="full").json()["code"] == "reveal-reason-missing"
    assert ask(identity="full", reason="identity").json()["code"] == "reveal-budget-spent"
    queries.pop()
    assert ask(identity="full", reason="identity").json()["answers"][0]["candidates"][0]["name"] == PEOPLE[0][0]
