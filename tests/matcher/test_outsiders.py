"""What other agencies learn from the matcher: of their own rows what they sent, of leads what was agreed, and of
protected people nobody without the scope learns who they are."""

import io
import json
import re
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
from anyio.from_thread import start_blocking_portal

from kit.crypto import KeyRing
from kit.database import Database
from matcher.api.veil import Veil
from matcher.flows.shipped_model import install_default
from matcher.leads.store import CANDIDATES
from matcher.leads.tables import Lead
from tests.conftest import fresh_database
from tests.matcher import county
from tests.matcher.conftest import AGENCIES, Matcher
from tests.matcher.fake_registry import FakeRegistry
from tests.matcher.scenes import scene
from tests.migrated import migrated

PEOPLE = county.numbered(5)
WORKERS = "social-workers"
WHY = {"reason": "visit"}
ANY = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|\d{4}-\d\d-\d\dT[\d:.]+(Z|\+00:00)"
)  # ids and times


def agreed(agency: str = WORKERS, kind: str = "third-party", **fields: str) -> dict[str, Any]:
    return {
        "version_id": "v1", "agency": agency, "kind": kind, "purposes": ["matching"], "area": "640499000000",
        "fields": {name.replace("_", "-"): words.split() for name, words in fields.items()},
    }  # fmt: skip


@scene
def five(matcher: Matcher) -> None:
    matcher.deliver("disability-cards", [county.card(*one) for one in PEOPLE])
    matcher.work()


@pytest.fixture
def listed(matcher: Matcher) -> Matcher:
    """A matcher with five leads whose cases are open, that asks the registry at every call."""
    five(matcher)
    matcher.app.state.disclosure.fresh_seconds = 0
    return matcher


def lead_of(matcher: Matcher, at: int) -> dict[str, Any]:
    """The lead of one of the people, unmasked."""
    return next(lead for lead in matcher.leads() if lead["name"] == PEOPLE[at][0])


def text_of(content: bytes) -> str:
    if content[:2] != b"PK":
        return content.decode()
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        return "".join(book.read(name).decode("utf-8", "replace") for name in book.namelist())


# --- a feeder


@contextmanager
def beside(settings: Any, folder: Path, registry: FakeRegistry) -> Iterator[Matcher]:
    """A matcher beside that registry."""
    folder.mkdir()
    with ExitStack() as stack:
        url = stack.enter_context(fresh_database(folder))
        told = settings.model_copy(update={"database_url": url, "data_dir": folder / "data"})
        database = Database.open(url)
        migrated(database, "matcher:migrations")
        install_default(database)
        database.dispose()
        portal = stack.enter_context(start_blocking_portal())
        made = Matcher(told, KeyRing.ephemeral(), registry, portal)
        stack.callback(made.close)
        yield made


KNOWN: dict[str, dict[str, Any] | None] = {
    "nobody": None,
    "registered": {},
    "covered": {"coverage": [county.covered()]},
    "covered at the margin": {"coverage": [county.covered("dibao-margin")]},
    "covered before": {"coverage": [county.covered(end="2020-01-31")]},
    "another's number": {"name": "完全不同"},
    "dead": {"coverage": [county.covered()]},
}


def answers_to_the_feeder(matcher: Matcher) -> str:
    """Everything a feeder is answered about its delivery, from the receipt to the end; ids and times made alike."""
    rows = [county.card(*one) for one in PEOPLE]
    receipt = matcher.push("disability-cards", county.csv(county.CARDS, rows))
    batch = receipt.json()["batch_id"]
    headers = matcher.headers(
        "links:read feeds:read batches:read", sub="by-mistake", agency=AGENCIES["disability-cards"]
    )
    paths = ("/batches", f"/batches/{batch}", f"/batches/{batch}/rows", f"/batches/{batch}/quality", "/corrections")
    said = [receipt.json()]
    matcher.work()
    for path in (*paths, "/feeds"):
        for who in (matcher.agency("disability-cards"), headers):
            answer = matcher.http.get(path, headers=who)
            assert answer.status_code == 200, answer.text
            said.append(answer.json())
    assert said[3]["state"] == "published"
    return ANY.sub("…", re.sub(r'"(rate|eta_s)": [^,}]*', r'"\1": 0', json.dumps(said, ensure_ascii=False)))


def test_a_feeder_is_answered_alike_whatever_the_county_knows_of_its_people(matcher: Matcher, tmp_path: Path) -> None:
    told = {}
    for at, (kind, known) in enumerate(KNOWN.items()):
        registry = FakeRegistry()
        for person in (PEOPLE[0], PEOPLE[3]) if known is not None else ():
            registry.put_person(county.person(known.get("name", person[0]), person[1], **_more(known)))
        with beside(matcher.settings, tmp_path / str(at), registry) as one:
            told[kind] = answers_to_the_feeder(one)
            linked = one.get("/batches", feed="disability-cards")["batches"][0]["linked"]
        assert (linked.get("certain", 0) > 0) is (kind not in {"nobody", "another's number"}), "the worlds do differ"
    assert {kind: text == told["nobody"] for kind, text in told.items()} == dict.fromkeys(KNOWN, True)


def _more(known: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in known.items() if name != "name"}


def test_a_feeder_with_scopes_it_should_not_have_is_told_no_more(listed: Matcher) -> None:
    """Scopes given by mistake open nothing: neither other agencies' deliveries nor how rows link."""
    mine = listed.headers("links:read batches:read leads:read match:query reviews:decide", agency="police")
    assert listed.get("/batches", mine)["batches"] == []
    for path in ("/links", "/reviews", "/reviews/stats", "/leads", "/leads/cards", "/leads/changes"):
        answer = listed.http.get(path, headers=mine)
        assert (answer.status_code, answer.json()["code"].split("-")[0]) == (403, "agreement"), path
    own = listed.headers("links:read batches:read", agency=AGENCIES["disability-cards"])
    (batch,) = listed.get("/batches", own)["batches"]
    assert batch["linked"] is None
    answer = listed.http.get(f"/batches/{batch['batch_id']}/certificate", headers=own)
    assert answer.json()["code"] == "agreement-insufficient"


# --- agreements


def outsider(matcher: Matcher, scope: str = "leads:read leads:reveal", **claims: Any) -> dict[str, str]:
    return matcher.headers(scope, agency=WORKERS, **claims)


def test_a_third_party_sees_the_leads_of_cases_lent_to_it_and_no_others(listed: Matcher) -> None:
    mine, other = lead_of(listed, 0), lead_of(listed, 1)
    assert listed.http.get("/leads", headers=outsider(listed)).json()["code"] == "agreement-missing"
    fields = {"lead": "lead_id version name case_id", "lead_identity": "lead_id name address phone"}
    listed.registry.agreements = [agreed(**fields)]
    assert listed.get("/leads", outsider(listed))["leads"] == []
    listed.registry.assigned = {WORKERS: [mine["case_id"]]}
    (told,) = listed.get("/leads", outsider(listed))["leads"]
    assert {name: told[name] for name in told if name != "withheld"} == {
        "lead_id": mine["lead_id"], "version": 1, "name": f"{mine['name'][0]}*{mine['name'][2:]}",
        "case_id": mine["case_id"],
    }  # fmt: skip
    assert {"id_number", "phone", "area", "findings"} - set(told["withheld"]) == {"findings"}
    assert listed.get(f"/leads/{mine['lead_id']}", outsider(listed))["name"] == told["name"]
    assert listed.http.get(f"/leads/{other['lead_id']}", headers=outsider(listed)).status_code == 404
    revealed = listed.http.post(f"/leads/{mine['lead_id']}/reveal", headers=outsider(listed), json=WHY).json()
    assert (revealed["name"], revealed["address"], revealed["phone"]) == (mine["name"], None, None)
    assert listed.http.post(f"/leads/{other['lead_id']}/reveal", headers=outsider(listed), json=WHY).status_code == 404
    for path in ("/leads/cards", "/leads/changes", "/leads/export.ndjson", "/leads/export.xlsx", "/statistics/funnel"):
        answer = listed.http.get(path, headers=outsider(listed, "leads:read leads:reveal statistics:read"))
        assert answer.json()["code"] == "agreement-insufficient", path
    (noted,) = [
        one for one in listed.get("/audit", subject=mine["lead_id"])["entries"] if one["action"] == "lead.reveal"
    ]
    assert (noted["subject"], noted["detail"]["agreement"]) == (mine["lead_id"], "v1")


def test_a_department_sees_its_area_by_agreement_and_never_where_anybody_lives(listed: Matcher) -> None:
    listed.registry.agreements = [agreed(kind="department", lead="lead_id area residence household_key phone")]
    told = listed.get("/leads", outsider(listed))["leads"]
    assert len(told) == 5
    assert {(one["area"], one["residence"], one["household_key"], one["phone"]) for one in told} == {
        ("640499100000", None, None, None)
    }


@pytest.mark.parametrize(
    "claims", [{"purpose": "reveal"}, {"area": "640498000000"}, {"agency": "police"}, {"purpose": ""}]
)
def test_what_the_agreement_does_not_fit_is_refused(listed: Matcher, claims: dict[str, str]) -> None:
    listed.registry.agreements = [agreed(kind="department", lead="lead_id name")]
    headers = listed.headers("leads:read", **{"agency": WORKERS, **claims})
    assert listed.http.get("/leads", headers=headers).json()["code"] == "agreement-missing"


def test_an_end_is_heard_and_a_silent_registry_tells_nothing(listed: Matcher) -> None:
    listed.registry.agreements = [agreed(kind="department", lead="lead_id")]
    assert listed.http.get("/leads", headers=outsider(listed)).status_code == 200
    listed.registry.agreements = []
    assert listed.http.get("/leads", headers=outsider(listed)).status_code == 403
    listed.registry.agreements = [agreed(kind="department", lead="lead_id")]
    assert listed.http.get("/leads", headers=outsider(listed)).status_code == 200
    listed.registry.down = True
    listed.app.state.disclosure._had -= 6
    answer = listed.http.get("/leads", headers=outsider(listed))
    assert (answer.status_code, answer.json()["code"]) == (503, "upstream-down")
    assert listed.http.get("/leads", headers=listed.headers()).status_code == 200, "the house goes on for a minute"
    assert listed.http.get("/batches", headers=listed.agency("disability-cards")).status_code == 200
    listed.app.state.disclosure._had -= 60
    assert listed.http.get("/leads", headers=listed.headers()).status_code == 503, "who is protected nobody can say"
    assert listed.http.get("/leads", headers=listed.headers("leads:read persons:protected")).status_code == 200


# --- protected people


def everywhere(matcher: Matcher, lead: dict[str, Any], scope: str) -> dict[str, str]:
    """Every answer that shows leads, by path."""
    headers, found = matcher.headers(scope), {}
    paths = ("/leads", "/leads/cards", "/leads/changes", f"/leads/{lead['lead_id']}")
    exports = ("/leads/export.ndjson", "/leads/export.xlsx")
    for path in (*paths, *exports, *(f"{one}?identity=full&reason=visit" for one in exports)):
        answer = matcher.http.get(path, headers=headers)
        assert answer.status_code == 200, answer.text
        found[path] = text_of(answer.content)
    answer = matcher.http.post(f"/leads/{lead['lead_id']}/reveal", headers=headers, json=WHY)
    return {**found, "reveal": answer.text}


def test_who_a_protected_person_is_stands_in_no_answer_without_the_scope(listed: Matcher) -> None:
    lead = lead_of(listed, 2)
    (name, number), masked = PEOPLE[2], f"{PEOPLE[2][0][0]}*{PEOPLE[2][0][2:]}"
    scope = "leads:read leads:reveal"
    before = everywhere(listed, lead, scope)
    assert all(name in text or masked in text for text in before.values())
    listed.registry.protected = {lead["subject_id"] or lead["person_id"]}
    secrets = (name, masked, number, f"{number[:3]}***********{number[-4:]}", lead["address"])
    shared = [one for at, one in enumerate(PEOPLE) if at != 2 for one in (one[0], f"{one[0][0]}*{one[0][2:]}")]
    for path, text in everywhere(listed, lead, scope).items():
        seen = [secret for secret in secrets if secret in text and secret not in shared]
        assert seen == [] or (seen == [lead["address"]] and "full" in path), (path, seen)
    revealed = json.loads(everywhere(listed, lead, scope)["reveal"])
    assert [revealed[key] for key in ("name", "id_number", "phone", "address", "household")] == [None] * 5
    assert everywhere(listed, lead, f"{scope} persons:protected").keys() == before.keys()
    opened = json.loads(everywhere(listed, lead, f"{scope} persons:protected")["reveal"])
    assert opened["name"] == name


def test_a_doubt_between_people_shows_no_protected_one(ring: KeyRing) -> None:
    """A lead that may mean somebody protected is under the veil as a whole."""
    people = [{"person_id": "p1", "name": "甲"}, {"person_id": "p2", "name": "乙"}]
    lead = Lead.model_construct(subject_id="s1", candidates=ring.encrypt(json.dumps(people), CANDIDATES))
    assert Veil(frozenset({"p2"})).hides(ring, lead)
    assert Veil(frozenset({"p2"})).candidates(ring, lead) == [people[0], {"person_id": "p2", "name": None}]
    assert not Veil(frozenset({"p3"})).hides(ring, lead)
