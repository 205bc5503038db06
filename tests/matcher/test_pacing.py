"""A list that grows no faster than a township can walk, and a screen that is looked at before it floods one."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import polars as pl
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import select

from kit.database import reading, transaction
from matcher.flows.hold_back import hold_back
from matcher.frames import FINDING, PERSON, conform
from matcher.leads.pace import Asking, Pace, Paces
from matcher.leads.tables import Lead, ScreenHold
from matcher.screens.catalogue import parameters_for
from matcher.screens.parameters import shipped
from tests.matcher import county
from tests.matcher.conftest import Matcher

DAY = date(2021, 6, 1)
TOWN, OTHER = "640499100201", "640499200201"
PEOPLE = county.numbered(9)
PACER = "leads:read screens:read leads:pace"


# ---- pure


@st.composite
def asking(draw: st.DrawFn) -> list[Asking]:
    doors = draw(st.lists(st.sampled_from("abcdefgh"), min_size=0, max_size=14))
    found = []
    for number, door in enumerate(doors):
        in_hand = draw(st.booleans())
        found.append(
            Asking(
                f"{number:02}",
                TOWN,
                door,
                draw(st.sampled_from([20, 40, 70, 95])),
                datetime(2021, 5, draw(st.integers(1, 28)), tzinfo=UTC),
                DAY - timedelta(days=draw(st.integers(0, 12))) if in_hand else None,
                in_hand,
            )
        )
    return found


def naive(leads: list[Asking], pace: Pace) -> set[str]:
    """The same told plainly, a household at a time."""
    visited = {lead.door for lead in leads if lead.in_hand}
    week = {lead.door for lead in leads if lead.in_hand and (DAY - (lead.released_on or DAY)).days < 7}
    left = {lead.door for lead in leads} - visited
    urgent = {door for door in left if max(lead.urgency for lead in leads if lead.door == door) >= pace.urgent_from}
    room = pace.households - len(week) - len(urgent)
    queue = sorted(
        left - urgent,
        key=lambda door: (
            -max(lead.urgency for lead in leads if lead.door == door),
            min(lead.found_at for lead in leads if lead.door == door),
            door,
        ),
    )
    goes = visited | urgent | set(queue[: max(room, 0)])
    return {lead.subject_id for lead in leads if lead.door not in goes}


@given(leads=asking(), households=st.integers(1, 6))
def test_who_waits_is_as_a_naive_clerk_would_say(leads: list[Asking], households: int) -> None:
    pace = Pace(households, 90)
    waits = Paces({TOWN[:9]: pace}).waiting(leads, DAY)
    assert waits == naive(leads, pace)
    assert not waits & {lead.subject_id for lead in leads if lead.in_hand}, "nothing in hand goes back"
    assert Paces({OTHER[:9]: pace}).waiting(leads, DAY) == set(), "another township's pace is nobody else's"


@given(leads=asking())
def test_every_household_comes_into_hand_in_the_end(leads: list[Asking]) -> None:
    paces, day = Paces({"640499": Pace(1, 90)}), DAY
    for _ in range(len(leads) + 2):
        waits = paces.waiting(leads, day)
        leads = [
            lead if lead.in_hand or lead.subject_id in waits else replace(lead, in_hand=True, released_on=day)
            for lead in leads
        ]
        day += timedelta(days=7)
    assert not paces.waiting(leads, day)


def test_a_township_goes_before_its_county_and_the_county_list_waits_for_nobody() -> None:
    one = Asking("1", TOWN, "a", 40, datetime(2021, 5, 1, tzinfo=UTC), None, in_hand=False)
    two = replace(one, subject_id="2", door="b")
    paces = Paces({"640499": Pace(1, 90), "640499100": Pace(2, 90)})
    assert paces.waiting([one, two], DAY) == set()
    there = [replace(one, area=OTHER), replace(two, area=OTHER)]
    assert paces.waiting(there, DAY) == {"2"}
    assert paces.waiting([replace(lead, area="640499000000") for lead in there], DAY) == set()


def people(count: int, area: str = TOWN) -> pl.DataFrame:
    rows = [{"subject_id": f"{area}-{number}", "registered": True, "area": area} for number in range(count)]
    return conform(pl.DataFrame(rows), PERSON)


def findings(persons: pl.DataFrame, count: int) -> pl.DataFrame:
    rows = persons.head(count).select("subject_id", screen=pl.lit("uncovered-monitored"))
    return conform(rows, FINDING)


def told(least: int, share: float) -> object:
    values = {"hold_least": least, "hold_share": share}
    profile = {"area": "640499000000", "valid_from": "2021-01-01", "valid_to": None, "values": values}
    return parameters_for("640499000000", DAY, [*shipped(), profile])


def test_a_screen_is_held_only_above_both_the_share_and_the_number() -> None:
    everybody = pl.concat([people(100), people(100, OTHER)])
    for found, held in ((10, 0), (11, 1), (40, 1)):  # a tenth of a hundred, and just more
        kept, stopped = hold_back(findings(people(100), found), everybody, set(), {}, told(5, 0.1))  # type: ignore[arg-type]  # Parameters
        assert (len(stopped), kept.height) == (held, 0 if held else found)
    kept, stopped = hold_back(findings(people(100), 40), everybody, set(), {}, told(40, 0.1))  # type: ignore[arg-type]  # Parameters
    assert (kept.height, stopped) == (40, [])
    assert [one.people for one in hold_back(findings(people(100), 41), everybody, set(), {}, told(40, 0.1))[1]] == [100]  # type: ignore[arg-type]  # Parameters


def test_who_stands_on_the_list_stays_and_decisions_hold() -> None:
    everybody, found, screen = people(20), findings(people(20), 20), "uncovered-monitored"
    listed = {(subject, screen) for subject in everybody["subject_id"].to_list()[:7]}
    key = (screen, TOWN[:9])
    kept, held = hold_back(found, everybody, listed, {}, told(5, 0.1))  # type: ignore[arg-type]  # Parameters
    assert (kept.height, held[0].found, held[0].listed) == (7, 20, 7)
    assert hold_back(found, everybody, listed, {key: "confirmed"}, told(5, 0.1))[0].height == 20  # type: ignore[arg-type]  # Parameters
    kept, held = hold_back(found.head(3), everybody, set(), {key: "refused"}, told(5, 0.1))  # type: ignore[arg-type]  # Parameters
    assert (kept.height, len(held)) == (0, 1)
    assert found.columns == hold_back(found, everybody, listed, {}, told(5, 0.1))[0].columns  # type: ignore[arg-type]  # Parameters


# ---- through the service


def cards_of(matcher: Matcher) -> None:
    matcher.deliver("disability-cards", [county.card(*one) for one in PEOPLE])


def test_a_township_is_given_so_many_households_a_week(matcher: Matcher) -> None:
    headers = matcher.headers(PACER)
    put = matcher.http.put("/paces/640499100000", headers=headers, json={"households_per_week": 2})
    assert put.status_code == 200, put.text
    cards_of(matcher)
    matcher.work()
    assert len(matcher.leads()) == 2
    waiting = matcher.get("/leads", state="waiting")["leads"]
    assert len(waiting) == 7
    assert {lead["case_id"] for lead in waiting} == {None}
    assert len(matcher.registry.cases) == 2, "the ledger hears of nobody who waits"
    matcher.work()
    assert len(matcher.leads()) == 2
    faster = matcher.http.put("/paces/640499000000", headers=headers, json={"households_per_week": 4})
    assert faster.status_code == 200
    matcher.work()
    assert len(matcher.leads()) == 2, "the township's own pace goes before the county's"
    assert matcher.http.delete("/paces/640499100000", headers=headers).status_code == 204
    matcher.work()
    assert len(matcher.leads()) == 4
    assert [lead["version"] for lead in matcher.leads()].count(2) == 2, "whoever waited is a new version, told now"
    assert len(matcher.registry.cases) == 4
    with reading(matcher.database) as session:
        assert {lead.released_on for lead in session.exec(select(Lead).where(Lead.state == "open"))} == {DAY}


def test_who_no_longer_waits_for_anything_is_gone_without_a_word(matcher: Matcher) -> None:
    put = matcher.http.put("/paces/640499100000", headers=matcher.headers(PACER), json={"households_per_week": 1})
    assert put.status_code == 200
    cards_of(matcher)
    matcher.work()
    first = matcher.leads()[0]["lead_id"]
    for name, number in PEOPLE[6:]:
        matcher.registry.put_person(county.person(name, number, coverage=[county.covered()]))
    matcher.work()
    open_, waiting = matcher.leads(), matcher.get("/leads", state="waiting")["leads"]
    assert len(open_) + len(waiting) == 6
    assert {one for one, _ in matcher.registry.puts} <= {first, *(lead["lead_id"] for lead in open_)}


def test_a_pace_is_a_townships_or_a_countys_within_the_area(matcher: Matcher) -> None:
    body = {"households_per_week": 2}
    for area in ("640499100201", "640400000000", "640498100000"):
        answer = matcher.http.put(f"/paces/{area}", headers=matcher.headers(PACER), json=body)
        assert (answer.status_code, answer.json()["code"]) == (422, "area-not-paced"), area
        assert "12 位" in answer.json()["detail"]
    assert matcher.http.put("/paces/640499100000", headers=matcher.headers(), json=body).status_code == 403
    told_ = matcher.http.put("/paces/640499100000", headers=matcher.headers(PACER), json=body).json()
    again = matcher.http.put("/paces/640499100000", headers=matcher.headers(PACER), json=body).json()
    assert told_ == again, "the same words twice change nothing"
    assert matcher.get("/paces", matcher.headers(PACER))["paces"] == [told_]
    assert matcher.http.delete("/paces/640499200000", headers=matcher.headers(PACER)).status_code == 404


def test_a_refused_screen_lists_nobody_new_until_it_is_confirmed(matcher: Matcher) -> None:
    with transaction(matcher.database) as session:
        at = datetime(2021, 6, 1, tzinfo=UTC)
        session.add(
            ScreenHold(
                id="h1", screen="uncovered-severe-disability", area="640499100000", people=9, found=9, listed=0,
                state="refused", made_at=at, counted_at=at,
            )
        )  # fmt: skip
    cards_of(matcher)
    matcher.work()
    assert matcher.leads() == []
    held = matcher.get("/screen-holds", matcher.headers(PACER))["holds"]
    assert [(one["found"], one["people"], one["state"]) for one in held] == [(9, 9, "refused")]
    said = {"decision": "confirmed", "reason": "残联新换证，已抽查三村", "households_per_week": 5}
    answer = matcher.http.post("/screen-holds/h1/decide", headers=matcher.headers(PACER), json=said)
    assert answer.status_code == 200, answer.text
    matcher.work()
    assert len(matcher.leads()) == 5
    assert len(matcher.get("/leads", state="waiting")["leads"]) == 4
    assert [one["action"] for one in matcher.get("/audit")["entries"] if one["action"].startswith(("screen.", "pace."))]
    assert matcher.http.post("/screen-holds/none/decide", headers=matcher.headers(PACER), json=said).status_code == 404


def test_a_card_shows_everybody_of_the_household_and_what_each_receives(matcher: Matcher) -> None:
    (name, number), (head, heads_number) = PEOPLE[0], PEOPLE[1]
    home = {"household_id": "h-1", "household_number": "0001"}
    covered = county.covered(form="single", household_id="h-1", amount_fen=45_000)
    matcher.registry.put_person(county.person(head, heads_number, coverage=[covered], is_head=True, **home))
    matcher.registry.put_person(county.person(name, number, relation="配偶", is_head=False, **home))
    matcher.deliver("disability-cards", [county.card(name, number)])
    matcher.work()
    (card,) = matcher.get("/leads/cards")["cards"]
    assert [one["lead_id"] is not None for one in card["members"]] == [False, True]
    assert card["members"][0]["is_head"]
    (support,) = card["members"][0]["receives"]
    assert (support["title"], support["form"], support["amount_fen"]) == ("农村低保", "single", 45_000)
    assert card["members"][1]["receives"] == []
    assert head not in str(card)
    assert card["urgency"] >= 70
