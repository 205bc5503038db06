"""Figures counted by hand on small counties, each within its caller's scope, and none of them a person."""

from datetime import date
from typing import Any

import pytest

from kit.columns import now
from kit.database import transaction
from matcher.feeds.feed import feed_ids
from matcher.leads.tables import Lead
from matcher.screens.catalogue import CATALOGUE
from matcher.settlements.tables import Label, Settlement
from matcher.statistics.at_risk import CLASSES, GRADES
from matcher.statistics.deliveries import deliveries
from tests.matcher import county
from tests.matcher.conftest import Matcher
from tests.matcher.scenes import scene

COUNTY, GREEN, POPLAR = "640499000000", "640499100000", "640499200000"
WILLOW, BRIDGE, APRICOT = "640499100201", "640499100202", "640499200201"
READ = "statistics:read"
PEOPLE = county.numbered(12)


def figures(matcher: Matcher, name: str, area: str | None = None, **claims: Any) -> dict[str, Any]:
    params = {} if area is None else {"area": area}
    found: dict[str, Any] = matcher.get(f"/statistics/{name}", matcher.headers(READ, **claims), **params)
    keys = [column["name"] for column in found["columns"]]
    for row in [*found["rows"], *([found["total"]] if found["total"] else [])]:
        assert set(row) <= set(keys), "a row holds columns that are declared and no others"
    return found


def rows_of(found: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {row["area"]: row for row in found["rows"]}


@pytest.fixture
@scene
def listed(matcher: Matcher) -> Matcher:
    """Willow: 3 with cards (one of them also ill, two of one household), Bridge: 1, Apricot: 2, nowhere: 1; one covered
    and dead in Apricot; one of two covered people at risk."""
    home = {"household_id": "H", "household_number": "AN1"}
    for one in PEOPLE[:2]:
        matcher.registry.put_person(county.person(*one, **home))
    for one in PEOPLE[7:9]:
        place = {"division": APRICOT, "address": "白杨乡杏花村1组", "household_id": one[1]}
        matcher.registry.put_person(county.person(*one, coverage=[county.covered()], **place))
    cards = [county.card(*one) for one in PEOPLE[:3]]
    cards += [county.card(*PEOPLE[3], address="青石镇石桥村1组")]
    cards += [county.card(*one, address="白杨乡杏花村1组") for one in PEOPLE[4:6]]
    cards += [county.card(*PEOPLE[6], address="外地", town="")]
    cards += [county.card(*PEOPLE[7], address="白杨乡杏花村1组")]
    matcher.deliver("disability-cards", cards)
    matcher.deliver("health-illness", [county.illness(*PEOPLE[0])])
    matcher.deliver("health-deaths", [county.death(*PEOPLE[8], address="白杨乡杏花村1组")])
    matcher.work()
    return matcher


def settle(matcher: Matcher, lead_id: str, **said: Any) -> None:
    """What the ledger says of a lead, as the matcher keeps it."""
    with transaction(matcher.database) as session:
        lead = session.get_one(Lead, lead_id)
        row = {
            "lead_id": lead_id, "item_id": "i", "case_id": "c", "case_version": 1, "case_state": "verifying",
            "area": lead.area, "kind": "missed", "standing": "pending", "lead_version": 1, "heard_at": now(), **said,
        }  # fmt: skip
        session.merge(Settlement(**row))


# ---- stock


def test_every_screen_of_the_catalogue_has_its_column(listed: Matcher) -> None:
    found = figures(listed, "by-screen")
    columns = {column["name"]: column["title"] for column in found["columns"]}
    assert {screen.id: screen.title for screen in CATALOGUE}.items() <= columns.items()
    total, rows = found["total"], rows_of(found)
    assert (total["uncovered-severe-disability"], total["covered-but-dead"]) == (7, 1)
    assert total["people"] == 8, "whoever is missed and whoever is wrongly covered"
    assert all(sum(row[screen.id] for row in rows.values()) == total[screen.id] for screen in CATALOGUE)


def test_the_gap_is_counted_by_township_with_nothing_left_out(listed: Matcher) -> None:
    found = figures(listed, "coverage-gap")
    assert (found["area"], found["as_of"], found["title"]) == (COUNTY, "2021-06-01", "疑似漏保存量")
    rows = rows_of(found)
    assert {area: (row["people"], row["households"]) for area, row in rows.items()} == {
        COUNTY: (1, 1),
        GREEN: (4, 3),
        POPLAR: (2, 2),
    }
    assert rows[COUNTY]["area_name"] == "安宁县（本级）"
    assert rows[GREEN]["area_name"] == "青石镇"
    assert (rows[GREEN]["uncovered-severe-disability"], rows[GREEN]["uncovered-serious-illness"]) == (4, 1)
    total = found["total"]
    assert (total["people"], total["households"]) == (7, 6)
    assert total["visit"] + total["phone"] + total["watch"] == total["people"]
    assert total["uncovered-severe-disability"] == sum(row["uncovered-severe-disability"] for row in rows.values())
    assert "covered-but-dead" not in total


def test_a_township_is_counted_by_village_and_a_village_by_itself(listed: Matcher) -> None:
    rows = rows_of(figures(listed, "coverage-gap", GREEN))
    assert {area: row["people"] for area, row in rows.items()} == {WILLOW: 3, BRIDGE: 1}
    assert {row["area_name"] for row in rows.values()} == {"柳树村", "石桥村"}
    village = figures(listed, "coverage-gap", WILLOW)
    assert (village["total"]["people"], village["total"]["households"]) == (3, 2)


def test_the_list_and_the_figures_agree(listed: Matcher) -> None:
    leads = listed.leads()
    wrong = figures(listed, "wrong-coverage")["total"]["people"]
    gap = figures(listed, "coverage-gap")["total"]["people"]
    assert (gap, wrong) == (7, 1)
    assert gap + wrong == len(leads)
    for town in (GREEN, POPLAR):
        expected = [lead for lead in leads if lead["area"][:9] == town[:9] and lead["screens"] != ["covered-but-dead"]]
        assert figures(listed, "coverage-gap", town)["total"]["people"] == len(expected)


def test_a_township_with_nothing_on_its_list_stands_there_with_noughts(matcher: Matcher) -> None:
    matcher.deliver("disability-cards", [county.card(*PEOPLE[0])])
    matcher.work()
    rows = rows_of(figures(matcher, "coverage-gap"))
    assert (rows[POPLAR]["people"], rows[POPLAR]["visit"], rows[POPLAR]["households"]) == (0, 0, 0)


def test_what_was_settled_or_withdrawn_is_no_stock(listed: Matcher) -> None:
    with transaction(listed.database) as session:
        first, second = [session.get_one(Lead, lead["lead_id"]) for lead in listed.leads(area=POPLAR)[:2]]
        first.state, second.state = "suppressed", "withdrawn"
    found = (
        figures(listed, "coverage-gap", POPLAR)["total"]["people"]
        + figures(listed, "wrong-coverage")["total"]["people"]
    )
    assert found == 1


# ---- scope


@pytest.mark.parametrize("name", ["coverage-gap", "wrong-coverage", "funnel"])
def test_a_township_counts_what_is_its_own_whatever_it_asks_for(listed: Matcher, name: str) -> None:
    whole = rows_of(figures(listed, name))
    mine = figures(listed, name, area=COUNTY, sub="town")
    assert rows_of(mine) == whole
    own = listed.get(f"/statistics/{name}", listed.headers(READ, area=POPLAR))
    by_county = listed.get(f"/statistics/{name}", listed.headers(READ, area=POPLAR), area=COUNTY)
    assert set(rows_of(by_county)) == {POPLAR}
    counted = [key for key in own["total"] if own["total"][key] is not None]
    assert {key: by_county["total"][key] for key in counted} == {key: own["total"][key] for key in counted}
    assert {key: whole[POPLAR][key] for key in counted} == {key: own["total"][key] for key in counted}
    other = listed.get(f"/statistics/{name}", listed.headers(READ, area=POPLAR), area=GREEN)
    assert not [value for value in other["total"].values() if value]


def test_a_stranger_counts_nothing_and_no_scope_is_no_answer(listed: Matcher) -> None:
    stranger = listed.headers(READ, area="640498000000")
    for one in listed.get("/statistics", stranger)["statistics"]:
        found = listed.get(f"/statistics/{one['name']}", stranger, area=COUNTY)
        counted = [row[c["name"]] for row in found["rows"] for c in found["columns"] if c["kind"] == "count"]
        assert not [value for value in counted if value], one["name"]
        assert listed.http.get(f"/statistics/{one['name']}", headers=listed.headers("leads:read")).status_code == 403
    assert listed.http.get("/statistics/no-such", headers=stranger).status_code == 404
    assert listed.http.get("/statistics/funnel?area=64", headers=stranger).status_code == 422


def test_no_figure_holds_a_person(listed: Matcher) -> None:
    for one in listed.get("/statistics", listed.headers(READ))["statistics"]:
        text = listed.http.get(f"/statistics/{one['name']}", headers=listed.headers(READ)).text
        assert not [part for name, number in PEOPLE for part in (name, number) if part in text]


def test_every_statistic_says_what_it_counts(listed: Matcher) -> None:
    found = listed.get("/statistics", listed.headers(READ))["statistics"]
    names = [one["name"] for one in found]
    assert names == [
        "coverage-gap", "wrong-coverage", "by-screen", "funnel", "runs", "feeds", "links", "risk-groups",
        "disability-coverage", "double-coverage", "supply",
    ]  # fmt: skip
    for one in found:
        assert len(one["definition"]) > 30
        assert len({column["name"] for column in one["columns"]}) == len(one["columns"])


def test_a_dashboard_that_asks_again_is_answered_304_until_something_changes(listed: Matcher) -> None:
    headers = listed.headers(READ)
    first = listed.http.get("/statistics/coverage-gap", headers=headers)
    asked = {**headers, "If-None-Match": first.headers["ETag"]}
    assert listed.http.get("/statistics/coverage-gap", headers=asked).status_code == 304
    listed.registry.put_person(county.person(*PEOPLE[4], coverage=[county.covered()]))
    listed.work()
    assert listed.http.get("/statistics/coverage-gap", headers=asked).status_code == 200


# ---- funnel


STAGES = ("uncovered", "verified", "in_process", "covered")


def test_the_funnel_counts_those_who_came_through_each_stage(listed: Matcher) -> None:
    leads = {lead["name"]: lead["lead_id"] for lead in listed.leads()}
    seen = [leads[name] for name, _ in PEOPLE[:4]]
    settle(listed, seen[0], code="02", outcome_id="o1", standing="settled", closed_reason="已纳入保障")
    settle(listed, seen[1], code="03", outcome_id="o2", standing="in-progress")
    settle(listed, seen[2], code="02", outcome_id="o3", standing="awaiting-approval")
    settle(listed, seen[3], code="09", outcome_id="o4", standing="settled", closed_reason=None)
    settle(listed, leads[PEOPLE[8][0]], kind="wrong", code="W1", outcome_id="o5", standing="in-progress")
    settle(listed, leads[PEOPLE[4][0]], standing="pending")
    found = figures(listed, "funnel")
    rows = rows_of(found)
    assert [rows[GREEN][stage] for stage in STAGES] == [4, 4, 2, 1]
    assert [rows[POPLAR][stage] for stage in STAGES] == [2, 0, 0, 0]
    assert [found["total"][stage] for stage in STAGES] == [7, 4, 2, 1]
    assert (rows[GREEN]["at_risk"], rows[GREEN]["linked"], rows[GREEN]["uncovered_now"]) == (4, 2, 4)
    assert (rows[POPLAR]["at_risk"], rows[POPLAR]["covered_now"], rows[POPLAR]["uncovered_now"]) == (3, 1, 2)


def test_the_funnel_never_widens(listed: Matcher) -> None:
    standings = ("pending", "revisit", "awaiting-approval", "in-progress", "settled")
    for number, lead in enumerate(listed.leads()):
        coded = {"code": "02", "outcome_id": f"o{number}"} if number % 2 else {}
        reason = "已纳入保障" if number % 3 else None
        settle(listed, lead["lead_id"], standing=standings[number % 5], closed_reason=reason, **coded)
    for area in (None, GREEN, POPLAR, WILLOW):
        found = figures(listed, "funnel", area)
        for row in [*found["rows"], found["total"]]:
            values = [row[stage] for stage in STAGES]
            assert values == sorted(values, reverse=True)
            if row["at_risk"] is not None:
                assert row["at_risk"] == row["covered_now"] + row["uncovered_now"] >= row["linked"]


def test_a_lead_withdrawn_before_anybody_looked_was_never_missed_and_one_verified_stays_counted(
    listed: Matcher,
) -> None:
    first, second = [lead["lead_id"] for lead in listed.leads(area=GREEN)[:2]]
    settle(listed, first, code="02", outcome_id="o", standing="settled", closed_reason="已纳入保障")
    with transaction(listed.database) as session:
        for lead_id in (first, second):
            session.get_one(Lead, lead_id).state = "withdrawn"
    assert [figures(listed, "funnel")["total"][stage] for stage in STAGES] == [6, 1, 1, 1]


def test_below_a_township_the_funnel_does_not_guess_who_is_at_risk(listed: Matcher) -> None:
    found = figures(listed, "funnel", GREEN)
    assert {row["at_risk"] for row in found["rows"]} == {None}
    assert found["total"]["at_risk"] == 4
    assert [row["uncovered"] for row in found["rows"]] == [3, 1]


# ---- runs


def test_the_last_screenings_are_told_newest_first(listed: Matcher) -> None:
    listed.registry.put_person(county.person(*PEOPLE[4], coverage=[county.covered()]))
    listed.work()
    found = figures(listed, "runs")
    last, first = found["rows"][0], found["rows"][-1]
    assert (first["created"], first["open"]) == (8, 8)
    assert (last["gone"], last["open"], last["as_of"]) == (1, 7, "2021-06-01")
    assert found["total"] is None
    township = listed.get("/statistics/runs", listed.headers(READ, area=POPLAR))["rows"]
    assert {row["created"] for row in township} == {None}, "what happened elsewhere is not the township's to know"
    assert [row["uncovered"] for row in township] == [1, 2]


# ---- deliveries


def batch(batch_id: str, **more: Any) -> dict[str, Any]:
    return {
        "feed": "cards", "agency": "federation", "area": COUNTY, "batch_id": batch_id, "state": "published",
        "counts": True, "period": None, "extracted_at": None, "delivered_on": date(2021, 5, 1),
        "outcomes": {"accepted": 8, "accepted_with_warnings": 1, "rejected": 1}, **more,
    }  # fmt: skip


FEED = {"feed": "cards", "title": "残疾人", "agency": "federation", "agency_zh": "残联", "freshness_days": 31}


@pytest.mark.parametrize(("day", "age", "stale"), [(date(2021, 6, 1), 31, "否"), (date(2021, 6, 2), 32, "是")])
def test_a_feed_is_stale_the_day_after_its_term(day: date, age: int, stale: str) -> None:
    (row,) = deliveries([FEED], [batch("a")], day).rows
    assert (row["age"], row["stale"]) == (age, stale)


def test_the_last_that_counts_is_told_and_how_the_latest_fares() -> None:
    sent = [
        batch("a", counts=False),
        batch("b", extracted_at=date(2021, 4, 20), period="2021-04"),
        batch("c", counts=False, state="needs_confirmation"),
    ]
    (row,) = deliveries([FEED], sent, date(2021, 5, 31)).rows
    assert (row["batch_id"], row["extracted_at"], row["period"], row["age"]) == ("b", "2021-04-20", "2021-04", 41)
    assert (row["rows"], row["rejected_share"], row["warned_share"]) == (10, 0.1, 0.1)
    assert (row["counting"], row["latest_state"]) == (1, "needs_confirmation")


def test_a_feed_never_delivered_is_stale_and_said_so() -> None:
    (row,) = deliveries([FEED], [], date(2021, 5, 31)).rows
    assert (row["feed"], row["stale"], row["batch_id"], row["age"]) == ("cards", "是", None, None)


def test_the_deliveries_of_a_county_are_told(listed: Matcher) -> None:
    rows = {row["feed"]: row for row in figures(listed, "feeds")["rows"]}
    assert set(rows) == set(feed_ids())
    assert (rows["disability-cards"]["rows"], rows["disability-cards"]["state"]) == (8, "published")
    assert rows["rural-monitoring"]["stale"] == "是"
    township = listed.get("/statistics/feeds", listed.headers(READ, area=POPLAR))["rows"]
    assert {row["batch_id"] for row in township} == {None}, "a county's delivery is the county's"


# ---- links


def test_records_are_counted_by_how_they_link(listed: Matcher) -> None:
    found = figures(listed, "links")
    rows = {row["feed"]: row for row in found["rows"]}
    cards = rows["disability-cards"]
    assert cards["records"] == 8 == cards["certain"] + cards["probable"] + cards["possible"] + cards["unregistered"]
    assert cards["certain"] + cards["probable"] == 3
    assert cards["unregistered_share"] == round(cards["unregistered"] / 8, 4)
    assert (found["total"]["records"], rows["rural-monitoring"]["records"]) == (10, 0)
    assert rows["rural-monitoring"]["certain_share"] is None
    assert cards["model_versions"] == found["total"]["model_versions"]
    county_view = listed.get("/batches", listed.headers())["batches"]
    linked = next(one["linked"] for one in county_view if one["feed"] == "disability-cards")
    assert cards["unregistered"] + cards["possible"] == linked["unregistered"]


def test_doubts_decisions_and_labels_are_counted_by_feed(matcher: Matcher) -> None:
    matcher.registry.put_person(county.person(*PEOPLE[0], coverage=[county.covered()]))
    borrowed = county.card("张万林", PEOPLE[0][1], address="白杨乡杏花村2组5号")
    delivered = matcher.deliver("disability-cards", [borrowed])
    matcher.work()
    with transaction(matcher.database) as session:
        for number, verdict in enumerate(("match", "no-match", "no-match", "not-found")):
            session.add(
                Label(
                    id=f"l{number}",
                    source=f"o{number}",
                    code="12",
                    verdict=verdict,
                    lead_id="x",
                    line=2,
                    feed="disability-cards",
                    batch_id=delivered,
                    record_print="p",
                    person_id="q",
                    area=COUNTY,
                    made_at=now(),
                )
            )
    (row,) = [one for one in figures(matcher, "links")["rows"] if one["feed"] == "disability-cards"]
    assert (row["possible"], row["unregistered"], row["open_reviews"], row["review_id-name-mismatch"]) == (1, 0, 1, 1)
    assert (row["match"], row["no-match"], row["label_other"], row["confirm"], row["reject"]) == (1, 2, 1, 0, 0)


# ---- groups at risk, cards, double cover


def test_who_of_each_group_is_covered_by_the_last_screening_of_the_day(listed: Matcher) -> None:
    found = figures(listed, "risk-groups")
    rows = {(row["area"], row["group"]): row for row in found["rows"]}
    told = ("people", "covered", "uncovered", "covered_share")
    assert [rows[POPLAR, "severe"][name] for name in told] == [3, 1, 2, 0.3333]
    assert [rows[GREEN, "severe"][name] for name in told] == [4, 0, 4, 0.0]
    assert [rows[GREEN, "serious"][name] for name in told] == [1, 0, 1, 0.0]
    assert [rows[GREEN, "any"][name] for name in told] == [4, 0, 4, 0.0], "who is in two groups counts once"
    assert [rows[POPLAR, "monitored"][name] for name in told] == [0, 0, 0, None]
    funnel = figures(listed, "funnel")["total"]
    assert (found["total"]["people"], found["total"]["covered"]) == (8, 1) == (funnel["at_risk"], funnel["covered_now"])
    before = listed.get("/statistics/risk-groups", listed.headers(READ), area=COUNTY, as_of="2021-05-31")
    assert (before["rows"], before["total"]) == ([], None), "no screening yet"
    same = listed.get("/statistics/risk-groups", listed.headers(READ), area=COUNTY, as_of="2021-06-30")
    assert same["total"] == found["total"]
    town = figures(listed, "risk-groups", POPLAR)
    assert town["total"]["covered"] == 1
    assert figures(listed, "risk-groups", APRICOT)["rows"] == []
    cards = figures(listed, "disability-coverage")
    assert sum(row["people"] for row in cards["rows"]) == cards["total"]["people"] == 8
    assert (cards["total"]["dibao-rural"], cards["total"]["uncovered"]) == (1, 7)
    assert {(row["class"], row["grade"]) for row in cards["rows"]} <= {
        (of, grade) for of in (*CLASSES.values(), "不详") for grade in (*GRADES.values(), "不详")
    }
    assert figures(listed, "double-coverage")["total"] == {"people": 0, "two_counties": 0, "same_county": 0}
    refused = listed.http.get("/statistics/funnel?as_of=2021-05-31", headers=listed.headers(READ))
    assert (refused.status_code, refused.json()["code"]) == (422, "statistic-of-now")
    refused = listed.http.get("/statistics/supply?as_of=2021-05-31&since=2021-06-01", headers=listed.headers(READ))
    assert (refused.status_code, refused.json()["code"]) == (422, "period-unfit")
