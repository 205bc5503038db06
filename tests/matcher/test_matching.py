"""The match door: who may ask, what is shown of whom, what is recorded, and the scores of a batch."""

import json
import xml.etree.ElementTree as ET
from typing import Any

import polars as pl
import pytest
from sqlmodel import select

from kit.database import reading
from matcher.frames import IDENTITY
from matcher.linkage import chain
from matcher.links.tables import Link
from matcher.people import snapshot
from matcher.people.tables import STANDING, Standing
from matcher.places import store as places
from tests.matcher import county
from tests.matcher.conftest import Matcher
from tests.matcher.scenes import scene

ASKS = "match:query links:read batches:read audit:read"
PEOPLE = county.numbered(30)
NEIGHBOUR = ("马晓兰", county.number("19620506", 142))


def example(place: int = 0, **changes: str | None) -> dict[str, Any]:
    """Somebody of the county as a form would describe them."""
    name, number = PEOPLE[place]
    return {"name": name, "id_number": number, "address": "青石镇柳树村3组8号", **changes}


@pytest.fixture
@scene
def county_of(matcher: Matcher) -> Matcher:
    """A matcher that knows thirty people, the last ten of another township, and somebody nobody knows the place of."""
    for place, (name, number) in enumerate(PEOPLE):
        division = "640499100201" if place < 20 else "640499200201"
        address = "青石镇柳树村3组8号" if place < 20 else "白杨乡杏花村1组2号"
        matcher.registry.put_person(county.person(name, number, division=division, address=address))
    matcher.registry.put_person(county.person(*NEIGHBOUR, division=None))
    matcher.work()
    return matcher


def ask(matcher: Matcher, *queries: dict[str, Any], scope: str = ASKS, **more: Any) -> Any:
    """POST /match; the answer's JSON."""
    claims = {name: more.pop(name) for name in ("area", "agency", "purpose", "sub") if name in more}
    headers = {**matcher.headers(scope, **claims), "Content-Type": "application/json"}
    body = json.dumps({"queries": list(queries), **more})  # escaped, so that anything can be sent
    answer = matcher.http.post("/match", headers=headers, content=body)
    return answer.json() | {"http": answer.status_code}


def test_a_description_finds_its_person_masked_with_grade_and_evidence(county_of: Matcher) -> None:
    answered = ask(county_of, {"example": example()})
    (answer,) = answered["answers"]
    assert answer["status"] == "ok"
    best = answer["candidates"][0]
    person = county_of.registry.people[best["person_id"]]
    assert person["name"] == PEOPLE[0][0]
    assert best["grade"] == "certain"
    assert best["assigned"] is True
    assert "*" in best["name"]
    assert "*" in best["id_number"]
    assert PEOPLE[0][1] not in str(answered)
    number = next(part for part in best["evidence"] if part["field"] == "number")
    assert number["agreement"] == "身份证号相同"
    assert number["weight"] > 3
    assert answer["others"] < 0.01
    assert answered["people"] == 31


def test_the_scores_are_those_of_a_batch(county_of: Matcher) -> None:
    asked = [example(n, id_number=None, birth_date=PEOPLE[n][1][6:14]) for n in range(0, 30, 3)]
    asked += [example(n, name=PEOPLE[n + 1][0]) for n in range(5)]
    answers = ask(county_of, *({"example": one, "floor": 0.01, "limit": 20} for one in asked), area="0" * 12)["answers"]
    desk = county_of.worker.desk
    with reading(desk.database) as session:
        files = session.get_one(Standing, STANDING).files
        areas = places.frame(session)
    records = pl.DataFrame([{**one, "id": str(n)} for n, one in enumerate(asked)], schema=dict(IDENTITY))
    people = snapshot.identities(desk.people.read(files))
    batch = chain.link(people, records, county_of.app.state.warm.now().model, areas=areas).links
    for n, answer in enumerate(answers):
        mine = batch.filter(pl.col("record_id") == str(n))
        told = [(c["person_id"], c["probability"], c["grade"], c["assigned"]) for c in answer["candidates"]]
        assert told == mine.select("person_id", "probability", "grade", "assigned").rows()
    assert sum(len(answer["candidates"]) for answer in answers) > 10


def test_prior_and_evidence_add_up_to_the_score_of_a_lone_candidate(county_of: Matcher) -> None:
    answered = ask(county_of, {"example": example(3, id_number=None, address="青石镇")})
    (best, *others) = answered["answers"][0]["candidates"]
    assert others == []
    bits = best["prior"] + sum(part["weight"] for part in best["evidence"])
    assert 1 / (1 + 2**-bits) == pytest.approx(best["probability"], rel=1e-6)


def test_one_bad_query_fails_no_other(county_of: Matcher) -> None:
    bad: list[dict[str, Any]] = [
        {"example": {"phone": "15912345601"}},
        {"example": example(), "limit": 21},
        {"example": example(), "colour": "crimson"},
        {"example": {"name": "x" * 201}},
        {"example": {"name": "\ud800"}},
        {},
    ]
    answered = ask(county_of, *bad, {"example": example(1)})
    assert [one["status"] for one in answered["answers"]] == ["invalid"] * len(bad) + ["ok"]
    assert answered["answers"][-1]["candidates"]
    pointers = [one["errors"][0]["pointer"] for one in answered["answers"][:-1]]
    assert pointers == ["/example", "/limit", "", "/example/name", "/example/name", "/example"]
    said = [one["errors"][0]["detail"] for one in answered["answers"][:-1]]
    assert said[0] == "姓名、身份证号至少写一项 (give a name or an ID number)"
    assert said[1] == "不能大于 20 (at most 20)"
    assert [one.split(" ")[0] for one in said[2:]] == ["未知字段", "最多", "含有无法识别的字符", "必填"]
    assert "crimson" not in str(answered)
    assert "colour" not in str(answered)


def test_each_query_has_its_own_limit_floor_and_area(county_of: Matcher) -> None:
    vague = {"example": example(0, id_number=None, address=None), "floor": 0.01}
    answers = ask(
        county_of,
        {**vague, "limit": 1},
        {**vague, "floor": 1.0},
        {**vague, "area": "640499200000"},
        {"example": example(25, address=None), "area": "640499200000"},
    )["answers"]
    assert [len(one["candidates"]) for one in answers] == [1, 0, 0, 1]
    assert answers[1]["others"] == 1.0


def test_people_outside_the_callers_area_are_not_shown(county_of: Matcher) -> None:
    (outside,) = ask(county_of, {"example": example(25)}, area="640499100000")["answers"]
    assert outside["status"] == "ok"
    assert outside["candidates"] == []
    assert outside["others"] == 1.0
    (inside,) = ask(county_of, {"example": example(0)}, area="640499100000")["answers"]
    assert len(inside["candidates"]) == 1
    nowhere = {"example": {"name": NEIGHBOUR[0], "id_number": NEIGHBOUR[1]}}
    assert ask(county_of, nowhere)["answers"][0]["candidates"] == []
    assert len(ask(county_of, nowhere, area="0" * 12)["answers"][0]["candidates"]) == 1


@pytest.mark.parametrize(
    ("claims", "code"),
    [
        ({"scope": "links:read leads:read"}, "scope-missing"),
        ({"agency": "township"}, "civil-affairs-only"),
        ({"agency": "health"}, "agreement-insufficient"),
        ({"purpose": " "}, "purpose-missing"),
        ({"identity": "full"}, "scope-missing"),
    ],
)
def test_who_may_not_ask_is_told_so(county_of: Matcher, claims: dict[str, str], code: str) -> None:
    refused = ask(county_of, {"example": example()}, **claims)
    assert (refused["http"], refused["code"]) == (403, code)


def test_every_call_is_in_the_journal_with_whom_it_showed(county_of: Matcher) -> None:
    shown = ask(county_of, {"example": example(2)}, {"example": {}}, sub="officer")["answers"][0]["candidates"]
    ask(
        county_of,
        {"example": example(2)},
        scope=f"{ASKS} leads:reveal",
        identity="full",
        reason="identity",
        sub="officer",
    )
    entries = county_of.get("/audit", county_of.headers(ASKS), actor="officer")["entries"]
    assert [(one["action"], one["purpose"]) for one in entries] == [
        ("match.query", "matching"),
        ("match.reveal", "matching"),
    ]
    assert entries[0]["detail"]["people"] == [one["person_id"] for one in shown]
    assert entries[0]["detail"]["queries"] == 2
    assert PEOPLE[2][0] not in str(entries)
    assert county_of.get("/audit/verify", county_of.headers(ASKS))["sound"] is True


def test_whole_values_are_its_own_right(county_of: Matcher) -> None:
    full = ask(county_of, {"example": example(2)}, scope=f"{ASKS} leads:reveal", identity="full", reason="identity")
    best = full["answers"][0]["candidates"][0]
    assert (best["name"], best["id_number"]) == PEOPLE[2]


def test_what_changed_in_the_registry_is_known_at_the_next_query(county_of: Matcher) -> None:
    newcomer = ("海文斌", county.number("19871011", 333))
    query = {"example": {"name": newcomer[0], "id_number": newcomer[1]}}
    assert ask(county_of, query)["answers"][0]["candidates"] == []
    before = county_of.app.state.warm.now()
    person_id = county_of.registry.put_person(county.person(*newcomer))
    county_of.work()
    assert [one["person_id"] for one in ask(county_of, query)["answers"][0]["candidates"]] == [person_id]
    county_of.registry.put_person({**county_of.registry.people[person_id], "coverage": [county.covered()]})
    county_of.work()
    after = county_of.app.state.warm.now()
    assert ask(county_of, query)["people"] == 32
    assert county_of.app.state.warm.now() is after is not before
    county_of.registry.drop_person(person_id)
    county_of.work()
    assert ask(county_of, query)["answers"][0]["candidates"] == []


def test_before_the_registry_was_heard_nobody_is_known(matcher: Matcher) -> None:
    early = ask(matcher, {"example": example()})
    assert (early["http"], early["code"]) == (503, "people-unknown")


@pytest.fixture
def delivered(county_of: Matcher) -> tuple[Matcher, str]:
    """A batch: somebody known, somebody known under another name, somebody nobody knows."""
    rows = [county.illness(*PEOPLE[0]), county.illness("赵德林", PEOPLE[1][1]), county.illness("冶二妹", "")]
    batch = county_of.deliver("health-illness", rows)
    county_of.work()
    return county_of, batch


def explain(matcher: Matcher, record: dict[str, Any], person: dict[str, Any], **claims: str) -> Any:
    """POST /match/explain; the answer's JSON."""
    headers = matcher.headers(claims.pop("scope", ASKS), **claims)
    answer = matcher.http.post("/match/explain", headers=headers, json={"record": record, "person": person})
    return answer.json() | {"http": answer.status_code}


def person_of(matcher: Matcher, place: int) -> str:
    """The id of one of PEOPLE."""
    return next(p["person_id"] for p in matcher.registry.people.values() if p["id_number"] == PEOPLE[place][1])


def lines_of(matcher: Matcher, batch: str) -> list[int]:
    """The lines of a batch in order."""
    with reading(matcher.database) as session:
        return sorted(session.exec(select(Link.line).where(Link.batch_id == batch)))


def test_a_delivered_record_is_explained_for_its_person_and_for_another(delivered: tuple[Matcher, str]) -> None:
    matcher, batch = delivered
    first, other, _ = lines_of(matcher, batch)
    why = explain(matcher, {"batch_id": batch, "line": first}, {"person_id": person_of(matcher, 0)})
    assert why["linked"] is True
    assert why["record"] == f"{batch}:{first}"
    assert why["prior"] + sum(one["weight"] for one in why["fields"]) + why["competition"] == pytest.approx(
        why["total"]
    )
    assert why["text"][0].startswith("认定为同一人")
    assert PEOPLE[0][1] not in str(why)
    why_not = explain(matcher, {"batch_id": batch, "line": first}, {"person_id": person_of(matcher, 15)})
    assert why_not["linked"] is False
    mismatch = explain(matcher, {"batch_id": batch, "line": other}, {"person_id": person_of(matcher, 1)})
    assert mismatch["linked"] is False
    assert "姓名" in mismatch["change"]["text"]
    entries = matcher.get("/audit", matcher.headers(ASKS), subject=person_of(matcher, 15))["entries"]
    assert [one["action"] for one in entries] == ["match.explain"]


def test_anybody_can_be_described_on_either_side(county_of: Matcher) -> None:
    described = {"example": example(0, name="楊建國")}
    assert explain(county_of, described, {"person_id": person_of(county_of, 0)})["http"] == 200
    both = explain(county_of, described, {"example": example(0)})
    assert (both["http"], both["record"], both["person_id"]) == (200, None, None)


def test_what_is_not_the_callers_is_absent(delivered: tuple[Matcher, str]) -> None:
    matcher, batch = delivered
    record, person = {"batch_id": batch, "line": lines_of(matcher, batch)[0]}, {"person_id": person_of(matcher, 25)}
    assert explain(matcher, record, {"person_id": "nobody"})["http"] == 404
    assert explain(matcher, {**record, "line": 999}, person)["http"] == 404
    assert explain(matcher, {**record, "batch_id": "none"}, person)["http"] == 404
    assert explain(matcher, {"example": example()}, person, area="640499100000")["http"] == 404
    assert explain(matcher, record, person, area="640499100000")["http"] == 404
    assert explain(matcher, record, person, scope="match:query")["http"] == 404
    assert explain(matcher, record, person, agency="health")["http"] == 403


def test_a_link_explains_itself_in_words_and_as_a_picture(delivered: tuple[Matcher, str]) -> None:
    matcher, batch = delivered
    links = {link["record"]: link for link in matcher.get("/links", batch_id=batch)["links"]}
    first, other, unknown = (links[f"{batch}:{line}"] for line in lines_of(matcher, batch))
    why = matcher.get(f"/links/{first['link_id']}/explanation")
    assert why["person_id"] == first["subject_id"]
    assert why["probability"] == pytest.approx(first["probability"], abs=1e-9)
    assert other["registered"] is False
    nearest = matcher.get(f"/links/{other['link_id']}/explanation")
    assert nearest["person_id"] == person_of(matcher, 1)
    assert nearest["linked"] is False
    picture = matcher.http.get(f"/links/{first['link_id']}/explanation.svg", headers=matcher.headers())
    assert picture.headers["content-type"].startswith("image/svg+xml")
    assert ET.fromstring(picture.text).tag.endswith("svg")
    assert PEOPLE[0][0] not in picture.text
    nobody = matcher.http.get(f"/links/{unknown['link_id']}/explanation", headers=matcher.headers())
    assert nobody.json()["code"] == "no-candidate"
    stranger = matcher.headers(area="640498000000")
    assert matcher.http.get(f"/links/{first['link_id']}/explanation", headers=stranger).status_code == 404


def test_a_human_no_is_told_before_any_score(delivered: tuple[Matcher, str]) -> None:
    matcher, batch = delivered
    lead = next(one for one in matcher.leads() if one["name"] == PEOPLE[0][0])
    matcher.registry.answer(lead["lead_id"], "12")
    matcher.work()
    line = lines_of(matcher, batch)[0]
    why = explain(matcher, {"batch_id": batch, "line": line}, {"person_id": person_of(matcher, 0)})
    assert (why["decided"], why["linked"]) == ("rejected", False)
    assert why["probability"] > 0.9
    assert why["text"][0].startswith("人工已否定")
    assert why["change"] is None
