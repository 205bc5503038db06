"""Unmasking needs a purpose, a reason and a place in the day's budget; what is unusual is an alert on record."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import polars as pl
import pytest
from sqlmodel import select

from kit import reveals
from kit.auth import Caller
from kit.database import transaction
from kit.reveals import Seen, Teller, spend, spend_frame
from registry.audit.store import BOOKS
from registry.audit.tables import Reveal
from tests.registry.cases import put
from tests.registry.house import COUNTY, House, id_number
from tests.registry.staff import at_work, token_of

NOON = datetime(2026, 5, 20, 4, 0, tzinfo=UTC)  # 12:00 in China
NIGHT = datetime(2026, 5, 20, 15, 30, tzinfo=UTC)  # 23:30 in China
WHY = {"reason": "identity"}
TOWNS = tuple(f"640499{town}201" for town in (100, 101, 102, 103))


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[datetime]:
    """The time as the budget sees it; tests move it on. The journal's own clock is the real one."""
    at = [NOON]
    monkeypatch.setattr(reveals, "now", lambda: at[0])
    monkeypatch.setattr("kit.journal.now", lambda: at[0])
    return at


def people(house: House, count: int, divisions: tuple[str, ...] = TOWNS[:1]) -> list[str]:
    found = []
    for number in range(count):
        body = {"name": f"马有{'一二三四五六七八九十'[number]}", "id_number": id_number("19700102", 11 + 2 * number)}
        body["division"] = divisions[number % len(divisions)]
        found.append(house.call("POST", "/persons", "registry:write", json=body).json()["person_id"])
    return found


class Officer:
    """Somebody with an account, signed in to reveal."""

    def __init__(self, house: House, **more: Any) -> None:
        self.person = at_work(house, "county-officer", **more)
        self.token = token_of(self.person.sign_in(purpose="reveal"))

    def see(self, person_id: str, **params: Any) -> httpx.Response:
        return self.person.call(self.token, "GET", f"/persons/{person_id}", params=params or WHY)


def alerts(house: House, area: str = COUNTY, **params: Any) -> list[dict[str, Any]]:
    answer = house.call("GET", "/audit/alerts", "audit:read", area=area, params=params)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["alerts"]
    return found


def rules(house: House, area: str = COUNTY) -> list[str]:
    return [one["rule"] for one in alerts(house, area)]


def test_a_persons_budget_is_counted_by_people_and_a_refusal_tells_the_way_out(
    house: House, clock: list[datetime]
) -> None:
    house.told(reveals_per_person=3)
    ids, officer = people(house, 5), Officer(house)
    assert [officer.see(one).status_code for one in (*ids[:3], *ids[:3])] == [200] * 6
    refused = officer.see(ids[3])
    assert (refused.status_code, refused.json()["code"]) == (429, "reveal-budget-spent")
    assert refused.json()["args"] == {"limit": 3, "left": 0, "asked": 1, "seconds": 12 * 3600 + 1}
    assert refused.headers["Retry-After"] == str(12 * 3600 + 1)
    assert "安全管理员" in refused.json()["detail"]
    assert "明日零时" in refused.json()["detail"]
    assert officer.see(ids[0]).json()["name"] == "马有一"
    clock[0] += timedelta(hours=12, minutes=1)
    assert officer.see(ids[3]).json()["name"] == "马有四"


@pytest.mark.usefixtures("clock")
def test_a_program_has_a_budget_of_its_own(house: House) -> None:
    house.told(reveals_per_client=1, reveals_per_person=5)
    ids = people(house, 2)
    calls = [house.call("GET", f"/persons/{one}", "registry:read", purpose="reveal", params=WHY) for one in ids]
    assert [one.status_code for one in calls] == [200, 429]


@pytest.mark.usefixtures("clock")
def test_without_a_reason_everything_is_masked_and_costs_nothing(house: House) -> None:
    house.told(reveals_per_client=1)
    ids = people(house, 3)
    for one in ids:
        shown = house.call("GET", f"/persons/{one}", "registry:read", purpose="reveal").json()
        assert "*" in shown["name"]
        assert "*" in shown["id_number"]
    refused = house.call("GET", f"/persons/{ids[0]}", "registry:read", params=WHY)
    assert (refused.status_code, refused.json()["code"]) == (403, "reveal-purpose-missing")
    assert house.call("GET", f"/persons/{ids[0]}", "registry:read", params={"reason": "x"}).status_code == 422
    with transaction(house.database) as session:
        assert session.exec(select(Reveal)).all() == []


@pytest.mark.usefixtures("clock")
def test_the_reason_is_on_record_as_a_code(house: House) -> None:
    (one,) = people(house, 1)
    Officer(house).see(one, reason="complaint")
    entries = house.call("GET", "/audit", "audit:read", params={"subject": one}).json()["entries"]
    (read,) = [entry for entry in entries if entry["action"] == "person.read"]
    assert (read["purpose"], read["detail"]["reason"], read["detail"]["revealed"]) == ("reveal", "complaint", True)


@pytest.mark.usefixtures("clock")
def test_an_answer_that_told_somebody_is_not_to_be_stored(house: House) -> None:
    (one,) = people(house, 1)
    told = house.call("GET", f"/persons/{one}", "registry:read", purpose="reveal", params=WHY)
    assert told.headers["Cache-Control"] == "no-store"


@pytest.mark.usefixtures("clock")
def test_followers_spend_nothing_and_are_on_record_by_range(house: House) -> None:
    house.told(reveals_per_client=1)
    people(house, 4)
    assert len(house.export()[1]) == 4
    assert alerts(house) == []
    with transaction(house.database) as session:
        assert session.exec(select(Reveal)).all() == []


@pytest.mark.usefixtures("clock")
def test_cases_and_households_spend_by_the_people_they_tell_of(house: House) -> None:
    house.told(reveals_per_client=2)
    for number in range(3):
        put(house, f"lead-{number}", household_key=f"F{number}", snapshot={"name": "马有福"})
    call = {"purpose": "reveal", "params": {**WHY, "limit": 2}}
    first = house.call("GET", "/cases", "cases:read", **call)
    assert {case["items"][0]["name"] for case in first.json()["cases"]} == {"马有福"}
    whole = house.call("GET", "/cases", "cases:read", purpose="reveal", params=WHY)
    assert (whole.status_code, whole.json()["args"]["asked"], whole.json()["args"]["left"]) == (429, 1, 0)
    masked = house.call("GET", "/cases", "cases:read", purpose="reveal").json()["cases"]
    assert {case["items"][0]["name"] for case in masked} == {"马*福"}


@pytest.mark.usefixtures("clock")
def test_steps_answer_masked_whatever_the_token_may_do(house: House) -> None:
    case = put(house).json()
    body = {
        "cases": [
            {"case_id": case["case_id"], "responsible_unit": "民政办", "responsible_person": "李", "measure": "x"}
        ]
    }
    house.call("POST", "/cases/accept", "cases:read", "cases:write", purpose="reveal", json=body)
    version = house.call("GET", f"/cases/{case['case_id']}", "cases:read").json()["version"]
    answer = house.call(
        "POST", f"/cases/{case['case_id']}/suspend", "cases:read", "cases:write", purpose="reveal",
        json={"reason": "外出"}, headers={"If-Match": f'"{version}"'},
    )  # fmt: skip
    assert answer.json()["items"][0]["name"] == "马*福"


class TestAlerts:
    def test_at_the_warning_level_when_spent_and_when_refused_once_a_day_each(
        self, house: House, clock: list[datetime], capfd: pytest.CaptureFixture[str]
    ) -> None:
        house.told(reveals_per_person=5)
        ids, officer = people(house, 7), Officer(house)
        for one in ids[:3]:
            officer.see(one)
        assert rules(house) == []
        officer.see(ids[3])
        assert rules(house) == ["reveal-warning"]
        for one in ids:
            officer.see(one)
        found = alerts(house)
        assert [one["rule"] for one in found] == ["reveal-warning", "reveal-spent", "reveal-refused"]
        assert [(one["count"], one["bound"]) for one in found] == [(4, 4), (5, 5), (6, 5)]
        assert {one["actor"] for one in found} == {officer.person.account_id}
        assert found[0]["title"] == "当日查看身份信息人数接近额度"
        logged = [line for line in capfd.readouterr().err.splitlines() if "reveal_alert" in line]
        assert len(logged) == 3
        assert not any("马有" in line or "640499" in line for line in logged)
        clock[0] += timedelta(days=1)
        for one in ids[:4]:
            officer.see(one)
        assert rules(house)[3:] == ["reveal-warning"]

    @pytest.mark.usefixtures("clock")
    def test_a_refused_export_is_an_alert_although_nothing_was_told(self, house: House) -> None:
        house.told(reveals_per_client=1)
        for number in range(2):
            put(house, f"lead-{number}", household_key=f"F{number}")
        query = {"identity": "full", **WHY}
        answer = house.call("GET", "/cases/export.xlsx", "cases:read", purpose="reveal", params=query)
        assert answer.status_code == 429
        assert rules(house) == ["reveal-refused"]
        entries = house.call("GET", "/audit", "audit:read", params={"limit": 1000}).json()["entries"]
        assert [one["action"] for one in entries if one["action"] == "case.export"] == []

    def test_people_of_many_townships_within_an_hour(self, house: House, clock: list[datetime]) -> None:
        ids, officer = people(house, 4, TOWNS), Officer(house)
        officer.see(ids[0])
        officer.see(ids[1])
        clock[0] += timedelta(minutes=61)
        officer.see(ids[2])
        assert rules(house) == []
        officer.see(ids[3])
        house.told(alert_townships=2)
        officer.see(ids[3])
        assert rules(house) == ["reveal-townships"]
        assert alerts(house)[0]["count"] == 2

    def test_many_people_in_one_night_across_midnight_and_by_day_none(
        self, house: House, clock: list[datetime]
    ) -> None:
        house.told(alert_at_night=3)
        ids, officer = people(house, 8), Officer(house)
        for one in ids[:4]:
            officer.see(one)
        assert rules(house) == []
        clock[0] = NIGHT
        officer.see(ids[4])
        clock[0] = NIGHT + timedelta(hours=1)
        officer.see(ids[5])
        assert rules(house) == []
        officer.see(ids[6])
        assert rules(house) == ["reveal-night"]
        clock[0] += timedelta(days=1)
        officer.see(ids[7])
        assert len(rules(house)) == 1

    def test_a_program_that_works_by_night_over_its_whole_area_is_none(
        self, house: House, clock: list[datetime]
    ) -> None:
        house.told(alert_at_night=1, alert_townships=2)
        clock[0] = NIGHT
        for one in people(house, 4, TOWNS):
            house.call("GET", f"/persons/{one}", "registry:read", purpose="reveal", params=WHY)
        assert rules(house) == []

    @pytest.mark.usefixtures("clock")
    def test_an_auditor_reads_those_of_the_own_area_page_by_page(self, house: House) -> None:
        house.told(reveals_per_person=1)
        ids, officer = people(house, 2), Officer(house)
        officer.see(ids[0])
        officer.see(ids[1])
        assert rules(house, "640498000000") == []
        assert house.call("GET", "/audit/alerts", "registry:read").status_code == 403
        first = house.call("GET", "/audit/alerts", "audit:read", params={"limit": 1}).json()
        second = alerts(house, limit=1, cursor=first["cursor"])
        assert [first["alerts"][0]["rule"], second[0]["rule"]] == ["reveal-spent", "reveal-refused"]


def test_two_calls_at_once_cannot_both_take_the_last_place(house: House) -> None:
    house.told(reveals_per_client=5)
    caller = Caller("c", "civil-affairs", COUNTY, frozenset(), "reveal")
    refused = []

    def take(subject: str) -> None:
        try:
            with transaction(house.database) as session:
                teller = Teller(session, house.ring, caller, house.app.state.settings)
                spend(BOOKS, teller, [Seen(subject, TOWNS[0])])
        except reveals.RevealBudgetSpent:
            refused.append(subject)

    threads = [threading.Thread(target=take, args=(f"p{number}",)) for number in range(12)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    with transaction(house.database) as session:
        assert len(session.exec(select(Reveal)).all()) == 5
    assert len(refused) == 7


@pytest.mark.parametrize("bulk", [2, 500])
def test_a_whole_list_spends_as_its_people_one_by_one(house: House, bulk: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reveals, "BULK", bulk)
    house.told(reveals_per_client=5)
    ways: dict[str, Callable[..., None]] = {
        "one": lambda teller, ids: [spend(BOOKS, teller, [Seen(who, TOWNS[0])]) for who in ids],
        "all": lambda teller, ids: spend_frame(
            BOOKS, teller, pl.DataFrame({"subject": ids, "area": TOWNS[:1] * len(ids)}, schema=reveals.SEEN)
        ),
    }
    for name, way in ways.items():
        caller = Caller(name, "civil-affairs", COUNTY, frozenset(), "reveal")
        for ids in (["p3", "p1", "p3"], ["p1", "p2", "p9"], ["p1"], []):
            with transaction(house.database) as session:
                way(Teller(session, house.ring, caller, house.app.state.settings), ids)
    told = select(Reveal.holder, Reveal.subject, Reveal.area, Reveal.day)
    with transaction(house.database) as session:
        rows = session.exec(told).all()
        asked = Teller(session, house.ring, caller, house.app.state.settings)
        with pytest.raises(reveals.RevealBudgetSpent) as refused:
            ways["all"](asked, ["p1", "p4", "p5"])
    assert (refused.value.args_by_name["left"], refused.value.args_by_name["asked"]) == (1, 2)
    spent = {name: sorted(row[1:] for row in rows if row[0] == name) for name in ways}
    assert spent["one"] == spent["all"]
    assert [row[0] for row in spent["all"]] == ["p1", "p2", "p3", "p9"]
    assert sorted(rules(house)) == ["reveal-refused", "reveal-warning", "reveal-warning"]


def test_what_was_told_two_days_ago_is_forgotten_here(house: House, clock: list[datetime]) -> None:
    ids, officer = people(house, 3), Officer(house)
    officer.see(ids[0])
    for _ in range(2):
        clock[0] += timedelta(days=1)
        officer.see(ids[1])
    with transaction(house.database) as session:
        assert {row.subject for row in session.exec(select(Reveal))} == {ids[1]}
