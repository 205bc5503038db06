"""Profiles are written by one account and approved by another, each in its area; what cannot be is told by reasons."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import select

from kit.columns import now
from kit.database import reading, transaction
from matcher.profiles.tables import ScreenProfile, ScreenProfileStep, ScreenSimulation
from tests.matcher import county
from tests.matcher.conftest import Matcher
from tests.matcher.profiled import APPROVES, DRAFTS, PEOPLE, TOWN, Office, profile, stocked


@pytest.fixture
def office(matcher: Matcher) -> Office:
    """See profiled.stocked."""
    return stocked(matcher)


class TestTwoAccounts:
    def test_whoever_wrote_at_a_draft_does_not_approve_it(self, office: Office) -> None:
        draft = office.draft(profile(illness_line_yuan=5000))
        office.change(draft, profile(illness_line_yuan=6000), sub="second")
        office.simulated(draft)
        for who in ("drafter", "second"):
            answer = office.step(draft, "approve", APPROVES, sub=who)
            assert (answer.status_code, answer.json()["code"]) == (403, "approver-same")
        assert office.step(draft, "approve", APPROVES, sub="third").status_code == 200

    def test_no_simulation_no_approval(self, office: Office) -> None:
        draft = office.draft(profile(illness_line_yuan=5000))
        self._needed(office, draft)
        office.simulated(draft)
        office.change(draft, profile(illness_line_yuan=6000))
        self._needed(office, draft)  # it was made on another wording

    def test_a_simulation_beside_other_profiles_or_an_old_one_does_not_do(self, office: Office) -> None:
        draft = office.draft(profile(illness_line_yuan=5000))
        made = office.simulated(draft)
        assert (made["usable"], made["stale"]) == (True, False)
        office.in_force(profile(area=TOWN, illness_line_yuan=9000))
        self._needed(office, draft)
        shown = office.simulation(made["simulation_id"])
        assert (shown["usable"], shown["stale"]) == (False, True)
        again = office.simulated(draft)
        with transaction(office.matcher.database) as session:
            row = session.get_one(ScreenSimulation, again["simulation_id"])
            row.ended_at = now() - timedelta(hours=office.matcher.settings.preview_keep_hours, minutes=1)
            session.add(row)
        self._needed(office, draft)

    def test_new_deliveries_make_it_stale_and_still_usable(self, office: Office) -> None:
        draft = office.draft(profile(illness_line_yuan=5000))
        made = office.simulated(draft)
        office.matcher.deliver("health-deaths", [county.death(*PEOPLE[0])])
        office.matcher.work()
        shown = office.simulation(made["simulation_id"])
        assert (shown["usable"], shown["stale"]) == (True, True)

    def _needed(self, office: Office, draft: str) -> None:
        answer = office.step(draft, "approve", APPROVES)
        assert (answer.status_code, answer.json()["code"]) == (409, "simulation-needed")
        assert "/simulate" in answer.json()["detail"]
        assert office.get(f"/screen-profiles/{draft}")["state"] == "draft"

    def test_the_version_seen_is_named(self, office: Office) -> None:
        draft = office.draft(profile(illness_line_yuan=5000))
        path = f"/screen-profiles/{draft}/approve"
        assert office.post(path, None, APPROVES).status_code == 428
        assert office.post(path, None, APPROVES, **{"If-Match": '"7"'}).status_code == 412

    def test_what_is_approved_is_not_altered_and_a_draft_is_not_ended(self, office: Office) -> None:
        made = office.in_force(profile(illness_line_yuan=5000))
        assert office.change(made, profile(illness_line_yuan=6000)).json()["code"] == "profile-not-draft"
        assert office.step(made, "withdraw", DRAFTS).json()["code"] == "profile-not-draft"
        assert office.step(made, "approve", APPROVES).json()["code"] == "profile-not-draft"
        draft = office.draft(profile(illness_line_yuan=6000))
        ending = {"last_day": "2021-06-01", "reason": "不再执行"}
        assert office.step(draft, "end", APPROVES, ending).json()["code"] == "profile-not-approved"
        back = office.post(f"/screen-profiles/{draft}/restore", {"purpose": "恢复"}, APPROVES)
        assert back.json()["code"] == "profile-not-approved"
        assert office.step(draft, "withdraw", DRAFTS).json()["state"] == "withdrawn"


class TestWhoMay:
    def test_each_step_has_its_scope(self, office: Office) -> None:
        draft = office.draft(profile(illness_line_yuan=5000))
        for path, scope in (
            ("/screen-profiles", APPROVES),
            (f"/screen-profiles/{draft}/withdraw", APPROVES),
            (f"/screen-profiles/{draft}/approve", DRAFTS),
            (f"/screen-profiles/{draft}/end", DRAFTS),
            (f"/screen-profiles/{draft}/restore", DRAFTS),
            (f"/screen-profiles/{draft}/simulate", "screens:read"),
        ):
            answer = office.post(path, {}, scope)
            assert (answer.status_code, answer.json()["code"]) == (403, "scope-missing"), path

    def test_another_county_sees_and_moves_nothing(self, office: Office) -> None:
        draft = office.draft(profile(illness_line_yuan=5000))
        made = office.simulated(draft)["simulation_id"]
        there = {"area": "640498000000"}
        assert office.get("/screen-profiles", **there)["profiles"] == []
        for path in (f"/screen-profiles/{draft}", f"/screen-simulations/{made}"):
            answer = office.matcher.http.get(path, headers=office.headers(f"screens:read {APPROVES}", **there))
            assert answer.status_code == 404
        for step, scope in (("approve", APPROVES), ("withdraw", DRAFTS), ("simulate", DRAFTS)):
            answer = office.post(f"/screen-profiles/{draft}/{step}", None, scope, claims=there, **{"If-Match": '"1"'})
            assert answer.status_code == 404, step

    def test_a_township_reads_its_own_only_and_writes_nothing_above(self, office: Office) -> None:
        above = office.draft(profile(illness_line_yuan=5000))
        own = office.draft(profile(area=TOWN, illness_line_yuan=5000))
        found = office.get("/screen-profiles", area=TOWN)["profiles"]
        assert [one["profile_id"] for one in found] == [own]
        answer = office.post("/screen-profiles", profile(illness_line_yuan=5000), DRAFTS, claims={"area": TOWN})
        assert answer.json()["errors"][0]["code"] == "area-outside"
        assert above not in {one["profile_id"] for one in found}


REFUSED: list[tuple[dict[str, Any], str, str]] = [
    (profile(illness_line_yuan=50), "/values/illness_line_yuan", "value-unfit"),
    (profile(illness_line_yuan=True), "/values/illness_line_yuan", "value-unfit"),
    (profile(illness_line_yuan=2**80), "/values", "values-unreadable"),
    (profile(death_grace_months=1.5), "/values/death_grace_months", "value-unfit"),
    (profile(severe_grades={"1": [[]]}), "/values/severe_grades", "value-unfit"),
    (profile(severe_grades={"1": [True]}), "/values/severe_grades", "value-unfit"),
    (profile(urgency_colours={"红": 40, "橙": 40, "黄": 20}), "/values/urgency_colours", "value-unfit"),
    (profile(urgency_colours={"红": 70, "橙": 40}), "/values/urgency_colours", "value-unfit"),
    (profile(urgency_colours={"红": 70, "橙": 40.5, "黄": 20}), "/values/urgency_colours", "value-unfit"),
    (profile(tiers={"uncovered-monitored": "急"}), "/values/tiers", "value-unfit"),
    (profile(tiers={"no-such/screen": "观察"}), "/values/tiers/no-such~1screen", "screen-unknown"),
    (profile(ilness_line=1), "/values/ilness_line", "setting-unknown"),
    (profile(), "/values", "values-missing"),
    (profile(illness_line_yuan=5000) | {"basis": {}}, "/basis/illness_line_yuan", "basis-missing"),
    (
        profile(illness_line_yuan=5000) | {"basis": {"illness_line_yuan": "某号文件", "days": "无关文件"}},
        "/basis/days",
        "basis-idle",
    ),
    (profile(area="640498000000", illness_line_yuan=5000), "/area", "area-outside"),
    (profile(area="640499990000", illness_line_yuan=5000), "/area", "area-unknown"),
    (profile(valid_from="2021-04-30", illness_line_yuan=5000), "/valid_from", "too-early"),
    (profile(valid_from="2021-07-01", valid_to="2021-06-30", illness_line_yuan=5000), "/valid_to", "ends-before-start"),
    (profile(valid_from="2021-05-20", valid_to="2021-05-31", illness_line_yuan=5000), "/valid_to", "already-over"),
    (profile(campaign="参照单人户", illness_line_yuan=5000), "/valid_to", "campaign-needs-end"),
    (profile(exempt=True, illness_line_yuan=5000), "/exempt", "exempt-needs-campaign"),
]


class TestRefused:
    @pytest.mark.parametrize(("body", "pointer", "code"), REFUSED, ids=[f"{code} {at}" for _, at, code in REFUSED])
    def test_each_with_its_reason_and_nothing_is_kept(
        self, office: Office, body: dict[str, Any], pointer: str, code: str
    ) -> None:
        answer = office.post("/screen-profiles", body, DRAFTS)
        assert (answer.status_code, answer.json()["code"]) == (422, "profile-invalid"), answer.text
        assert [(one["pointer"], one["code"]) for one in answer.json()["errors"]] == [(pointer, code)]
        assert answer.json()["errors"][0]["detail"]
        with reading(office.matcher.database) as session:
            assert not session.exec(select(ScreenProfile)).all()
            assert not session.exec(select(ScreenProfileStep)).all()

    def test_all_reasons_at_once(self, office: Office) -> None:
        body = profile(area="640498000000", valid_from="2020-01-01", illness_line_yuan=1, strange=2) | {"basis": {}}
        told = office.post("/screen-profiles", body, DRAFTS).json()["errors"]
        assert {one["code"] for one in told} == {
            *("area-outside", "too-early", "value-unfit", "setting-unknown", "basis-missing")
        }

    def test_a_change_that_is_refused_leaves_the_draft_as_it_was(self, office: Office) -> None:
        draft = office.draft(profile(illness_line_yuan=5000))
        assert office.change(draft, profile(illness_line_yuan=1)).status_code == 422
        kept = office.get(f"/screen-profiles/{draft}")
        assert (kept["values"], kept["version"]) == ({"illness_line_yuan": 5000}, 1)

    def test_campaigns_of_one_area_do_not_overlap(self, office: Office) -> None:
        first = profile(campaign="百日清零", valid_to="2021-08-31", illness_line_yuan=5000)
        made = office.in_force(first)
        other = profile(campaign="回头看", valid_from="2021-08-31", valid_to="2021-12-31", illness_line_yuan=4000)
        told = office.post("/screen-profiles", other, DRAFTS).json()["errors"]
        assert [one["code"] for one in told] == ["campaign-overlap"]
        assert "百日清零" in told[0]["detail"]
        office.draft({**other, "valid_from": "2021-09-01"})
        office.draft({**other, "area": TOWN})
        office.step(made, "end", APPROVES, {"last_day": "2021-08-30", "reason": "提前结束"})
        office.draft(other)

    def test_an_overlap_that_came_after_the_draft_is_found_at_approval(self, office: Office) -> None:
        late = office.draft(profile(campaign="回头看", valid_to="2021-12-31", illness_line_yuan=4000))
        office.in_force(profile(campaign="百日清零", valid_to="2021-08-31", illness_line_yuan=5000))
        office.simulated(late)
        answer = office.step(late, "approve", APPROVES)
        assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "campaign-overlap")

    def test_of_two_that_overlap_and_are_approved_at_one_moment_one_is(self, office: Office) -> None:
        said = [profile(campaign=name, valid_to="2021-08-31", illness_line_yuan=5000) for name in ("甲行动", "乙行动")]
        drafts = [office.draft(one) for one in said]
        for draft in drafts:
            office.simulated(draft)
        with ThreadPoolExecutor(2) as pool:
            answers = list(pool.map(lambda draft: office.step(draft, "approve", APPROVES), drafts))
        assert sorted(one.status_code for one in answers) == [200, 422]
        (refused,) = (one for one in answers if one.status_code == 422)
        assert [one["code"] for one in refused.json()["errors"]] == ["campaign-overlap"]

    def test_the_past_is_not_ended(self, office: Office) -> None:
        made = office.in_force(profile(illness_line_yuan=5000, valid_from="2021-05-10", valid_to="2021-07-01"))
        for last, code in (("2021-05-30", "profile-invalid"), ("2021-07-01", "profile-over")):
            answer = office.step(made, "end", APPROVES, {"last_day": last, "reason": "终止"})
            assert answer.json()["code"] == code

    @pytest.mark.parametrize("wrong", [{"area": "六四"}, {"valid_from": "昨天"}, {"purpose": " "}, {"more": 1}])
    def test_a_body_of_another_form_is_refused(self, office: Office, wrong: dict[str, Any]) -> None:
        answer = office.post("/screen-profiles", profile(illness_line_yuan=5000) | wrong, DRAFTS)
        assert (answer.status_code, answer.json()["code"]) == (422, "body-invalid")
