"""Profiles of the screens' settings: what is told of them, and how they come into force and go."""

import io
from datetime import date
from typing import Any

import pytest
from openpyxl import load_workbook

from matcher.screens.catalogue import CATALOGUE
from tests.matcher import county
from tests.matcher.conftest import Matcher
from tests.matcher.profiled import APPROVES, OTHER, PEOPLE, TOWN, Office, listed, profile, stocked


@pytest.fixture
def office(matcher: Matcher) -> Office:
    """See profiled.stocked."""
    return stocked(matcher)


class TestTheCatalogue:
    def test_every_setting_is_told_with_bounds_value_basis_and_who_reads_it(self, office: Office) -> None:
        told = {one["setting"]: one for one in office.get("/screen-settings")["settings"]}
        line = told["illness_line_yuan"]
        assert (line["kind"], line["low"], line["high"], line["value"]) == ("amount", 100, 1_000_000, 10000)
        assert "10 000" in line["basis"]
        assert line["origin"]["profile_id"] is None
        assert "uncovered-serious-illness" in line["screens"]
        assert "uncovered-severe-disability" not in line["screens"]
        assert "covered-but-dead" in told["death_grace_months"]["screens"]
        assert told["urgency_colours"]["value"] == {"红": 70, "橙": 40, "黄": 20}
        assert told["trusted_grades"]["among"] == ["certain", "probable", "possible"]
        unread = {name for name, one in told.items() if not one["screens"]}
        assert unread == {"exempt_forms", "hold_share", "hold_least"}, "the flows read these"

    def test_a_value_is_told_where_it_holds_and_with_the_profile_it_comes_from(self, office: Office) -> None:
        made = office.in_force(profile(area=TOWN, illness_line_yuan=5000))

        def line(area: str, on: str) -> tuple[int, str | None]:
            told = {one["setting"]: one for one in office.get("/screen-settings", area=area, on=on)["settings"]}
            return told["illness_line_yuan"]["value"], told["illness_line_yuan"]["origin"]["profile_id"]

        assert line("640499100201", "2021-06-01") == (5000, made)
        assert line(TOWN, "2021-05-31") == (10000, None)
        assert line(OTHER, "2021-06-01") == (10000, None)
        nothing = office.get("/screen-settings", on="1990-01-01")
        assert nothing["parameters_version"] is None
        assert {one["value"] for one in nothing["settings"]} == {None}

    def test_settings_of_another_county_are_not_told(self, office: Office) -> None:
        answer = office.matcher.http.get("/screen-settings?area=640498000000", headers=office.headers("screens:read"))
        assert answer.status_code == 404


class TestFromDraftToForce:
    def test_a_draft_decides_nothing_and_an_approved_one_moves_the_list(self, office: Office) -> None:
        assert listed(office) == {9, 10, 11}
        draft = office.draft(profile(illness_line_yuan=5000))
        office.matcher.work()
        assert listed(office) == {9, 10, 11}
        office.simulated(draft)
        assert listed(office) == {9, 10, 11}, "a simulation moves nothing"
        office.approve(draft)
        office.matcher.work()
        assert listed(office) == set(range(4, 12))

    def test_townships_of_one_county_are_decided_by_their_own_values(self, office: Office) -> None:
        office.in_force(profile(area=TOWN, illness_line_yuan=2000))
        office.in_force(profile(illness_line_yuan=12000))
        office.matcher.work()
        assert listed(office) == {1, 2, 3, 4, 5, 11}

    def test_a_profile_of_a_coming_day_waits_for_it(self, office: Office) -> None:
        office.in_force(profile(valid_from="2021-06-10", illness_line_yuan=5000))
        office.matcher.work()
        assert listed(office) == {9, 10, 11}
        with office.on(date(2021, 6, 10)):
            office.matcher.work()
        assert listed(office) == set(range(4, 12))

    def test_going_back_is_one_call_and_keeps_what_was(self, office: Office) -> None:
        first = office.in_force(profile(illness_line_yuan=8000, tiers={"uncovered-serious-illness": "观察"}))
        second = office.in_force(profile(illness_line_yuan=3000))
        office.matcher.work()
        assert listed(office) == set(range(2, 12))
        answer = office.post(f"/screen-profiles/{first}/restore", {"purpose": "新线过低，恢复原线"}, APPROVES)
        assert answer.status_code == 201, answer.text
        back = answer.json()
        assert (back["former_id"], back["state"], back["in_force"]) == (first, "approved", True)
        assert back["values"] == {"illness_line_yuan": 8000, "tiers": {"uncovered-serious-illness": "观察"}}
        office.matcher.work()
        assert listed(office) == set(range(7, 12))
        assert {lead["tier"] for lead in office.matcher.leads()} == {"观察"}
        former = office.get(f"/screen-profiles/{second}")
        assert (former["state"], former["in_force"], former["values"]) == (
            "approved",
            False,
            {"illness_line_yuan": 3000},
        )

    def test_an_ended_profile_gives_way_to_what_stood_before_it(self, office: Office) -> None:
        office.in_force(profile(illness_line_yuan=8000))
        second = office.in_force(profile(illness_line_yuan=3000))
        ended = office.step(second, "end", APPROVES, {"last_day": "2021-05-31", "reason": "文件撤回"})
        assert ended.status_code == 200, ended.text
        assert ended.json()["state"] == "withdrawn", "it began today: it never held for a whole day"
        office.matcher.work()
        assert listed(office) == set(range(7, 12))

    def test_the_last_day_still_holds_and_the_next_does_not(self, office: Office) -> None:
        made = office.in_force(profile(illness_line_yuan=3000))
        answer = office.step(made, "end", APPROVES, {"last_day": "2021-06-01", "reason": "到此为止"})
        assert (answer.json()["valid_to"], answer.json()["in_force"]) == ("2021-06-01", True)
        office.matcher.work()
        assert listed(office) == set(range(2, 12))
        with office.on(date(2021, 6, 2)):
            office.matcher.work()
            assert listed(office) == {9, 10, 11}
            assert office.get(f"/screen-profiles/{made}")["state"] == "ended"

    def test_every_step_is_on_record_with_what_was_said_then(self, office: Office) -> None:
        draft = office.draft(profile(illness_line_yuan=5000))
        changed = office.change(draft, profile(illness_line_yuan=6000))
        assert changed.status_code == 200, changed.text
        office.simulated(draft)
        office.approve(draft)
        office.step(draft, "end", APPROVES, {"last_day": "2021-12-31", "reason": "试行一年"})
        steps = office.get(f"/screen-profiles/{draft}")["steps"]
        assert [one["step"] for one in steps] == ["drafted", "changed", "approved", "ended"]
        assert [one["document"]["values"]["illness_line_yuan"] for one in steps] == [5000, 6000, 6000, 6000]
        assert [one["made_by"] for one in steps] == ["drafter", "drafter", "approver", "approver"]
        assert steps[-1]["reason"] == "试行一年"


class TestCampaigns:
    def test_whoever_was_granted_support_under_an_exemption_comes_up_once_it_ends(self, matcher: Matcher) -> None:
        def supported(place: int, start: str, **more: Any) -> str:
            name, id_number = PEOPLE[place]
            given = county.covered(start=start, **{"form": "single", **more})
            return matcher.registry.put_person(county.person(name, id_number, coverage=[given]))

        supported(0, "2021-06-01")
        supported(1, "2021-06-30")
        supported(2, "2021-05-31")  # before it
        supported(3, "2021-07-01")  # after it
        supported(4, "2021-06-15", form="household")  # not what the exemption is about
        supported(5, "2021-06-15", end="2021-06-30")  # is in no support any more
        office = Office(matcher)
        matcher.work()
        campaign = profile(campaign="参照单人户", exempt=True, valid_to="2021-06-30")
        made = office.in_force(campaign)
        with office.on(date(2021, 6, 30)):
            matcher.work()
            assert listed(office) == set()
        with office.on(date(2021, 8, 1)):
            matcher.work()
            assert listed(office) == {0, 1}
            (first, *_) = matcher.leads()
            assert first["findings"][0]["screen"] == "campaign-exempt-due"
            assert "参照单人户" in first["findings"][0]["reason"]
            assert {case["kind"] for case in matcher.registry.cases.values()} == {"wrong"}
            gap = matcher.get("/statistics/coverage-gap", matcher.headers("statistics:read"))
            assert gap["total"]["people"] == 0, "who is covered is nobody who was missed"
        assert office.get(f"/screen-profiles/{made}")["campaign"] == "参照单人户"

    def test_a_campaign_lies_over_the_ordinary_profile_and_ends_by_itself(self, office: Office) -> None:
        office.in_force(profile(campaign="百日清零", valid_to="2021-06-05", illness_line_yuan=2000))
        office.in_force(profile(illness_line_yuan=7000))
        office.matcher.work()
        assert listed(office) == set(range(1, 12))
        with office.on(date(2021, 6, 6)):
            office.matcher.work()
            assert listed(office) == set(range(6, 12))


class TestScreensWithTheirParameters:
    def test_each_screen_tells_what_it_is_decided_by_in_that_area_on_that_day(self, office: Office) -> None:
        office.in_force(profile(area=TOWN, illness_line_yuan=3000))

        def line(**asked: str) -> dict[str, Any]:
            found = office.matcher.get("/screens", office.headers("screens:read"), **asked)
            (screen,) = (one for one in found["screens"] if one["screen"] == "uncovered-serious-illness")
            (told,) = (one for one in screen["parameters"] if one["setting"] == "illness_line_yuan")
            return {"area": found["area"], "on": found["on"], **told}

        own = line(area=TOWN)
        assert (own["value"], own["basis"], own["area"], own["on"]) == (3000, "安民发〔2021〕6号", TOWN, "2021-06-01")
        assert (own["title"], own["unit"], own["low"], own["high"]) == ("个人自付医疗费用线", "元", 100, 1_000_000)
        assert [line(area=OTHER)["value"], line()["value"], line(area=TOWN, on="2021-05-31")["value"]] == [10_000] * 3
        one = office.matcher.get("/screens/phase-out-due", office.headers("screens:read"))
        (multiple,) = (told for told in one["parameters"] if told["setting"] == "phase_out_multiple")
        assert (multiple["value"], multiple["may_be_open"]) == (None, True)

    def test_every_setting_a_screen_declares_is_among_its_parameters(self, office: Office) -> None:
        found = office.matcher.get("/screens", office.headers("screens:read"))["screens"]
        assert [one["screen"] for one in found] == [screen.id for screen in CATALOGUE]
        for one, screen in zip(found, CATALOGUE, strict=True):
            assert {own.name for own in screen.settings} <= {told["setting"] for told in one["parameters"]}
            assert not {told["setting"] for told in one["parameters"]} & {"tiers", "days", "urgencies"}

    def test_an_area_outside_or_a_day_before_the_first_values_is_not_found(self, office: Office) -> None:
        for asked in ({"area": "640498000000"}, {"on": "1999-01-01"}):
            answer = office.matcher.http.get("/screens", headers=office.headers("screens:read"), params=asked)
            assert answer.status_code == 404


def test_a_lead_bears_the_colour_its_own_area_gives_its_urgency(office: Office) -> None:
    def colours() -> set[tuple[str, int, str]]:
        return {(one["area"][:9], one["urgency"], one["colour"]) for one in office.matcher.get("/leads")["leads"]}

    assert {colour for _, _, colour in colours()} == {"红"}
    starts = {"红": 90, "橙": 80, "黄": 70}
    office.in_force(profile(area=TOWN, urgency_colours=starts, illness_line_yuan=1000))
    office.matcher.work()
    assert colours() == {(TOWN[:9], 70, "黄"), (OTHER[:9], 70, "红")}
    cards = office.matcher.get("/leads/cards")["cards"]
    assert {(one["leads"][0]["area"][:9], one["colour"]) for one in cards} == {(TOWN[:9], "黄"), (OTHER[:9], "红")}
    (page,) = [office.matcher.get("/leads/changes")]
    assert {one["lead"]["colour"] for one in page["changes"]} == {"红", "黄"}
    assert {one["colour"] for one in office.matcher.leads()} == {"红", "黄"}
    sheet = office.matcher.http.get("/leads/export.xlsx", headers=office.matcher.headers()).content
    rows = list(load_workbook(io.BytesIO(sheet), read_only=True).active.iter_rows(values_only=True))
    head = next(row for row in rows if "紧急" in row)
    told = {(row[head.index("乡镇")], row[head.index("紧急")]) for row in rows[rows.index(head) + 1 :] if row[0]}
    assert told == {("青石镇", "黄"), ("白杨乡", "红")}
