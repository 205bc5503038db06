"""A simulation tells what a draft would do, and outlives its workers."""

from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import select

from kit.columns import now
from kit.database import reading, transaction
from kit.lease import LeaseLost
from matcher.flows import hold_job, work_on_profiles
from matcher.profiles.tables import ScreenSimulation
from tests.matcher.conftest import Matcher
from tests.matcher.profiled import DRAFTS, OTHER, PEOPLE, TOWN, Office, listed, profile, stocked


@pytest.fixture
def office(matcher: Matcher) -> Office:
    """See profiled.stocked."""
    return stocked(matcher)


class TestTheSimulation:
    def test_it_counts_by_division_and_screen_who_comes_and_goes(self, office: Office) -> None:
        draft = office.draft(profile(illness_line_yuan=5000))
        made = office.simulated(draft)
        told = {(one["area"], one["screen"]): one for one in made["by_division"]}
        counts = ("before", "after", "appear", "vanish")
        own, there = told[TOWN, None], told[OTHER, None]
        assert [own[name] for name in counts] == [0, 2, 2, 0]
        assert [there[name] for name in counts] == [3, 6, 3, 0]
        assert own["area_name"] == "青石镇"
        ill = next(one for one in made["by_screen"] if one["screen"] == "uncovered-serious-illness")
        assert ([ill[name] for name in counts], ill["title"]) == ([3, 8, 5, 0], "重病未保")
        office.approve(draft)
        office.matcher.work()
        assert len(listed(office)) == 8, "what it foretold"

    def test_who_would_go_is_told_too(self, office: Office) -> None:
        made = office.simulated(office.draft(profile(area=OTHER, illness_line_yuan=11500)))
        assert {(one["area"], one["screen"]) for one in made["by_division"]} == {
            *(("640499200201", None), ("640499200201", "uncovered-serious-illness"))
        }, "a township's is told by village"
        (own, _) = made["by_division"]
        assert (own["before"], own["after"], own["vanish"]) == (3, 1, 2)
        assert [one["change"] for one in made["sample"]] == ["vanish", "vanish"]

    def test_a_draft_of_a_coming_day_is_simulated_as_if_it_had_begun(self, office: Office) -> None:
        made = office.simulated(office.draft(profile(valid_from="2022-01-01", illness_line_yuan=5000)))
        assert made["by_screen"][0]["appear"] == 5

    def test_names_are_masked_and_who_saw_them_is_on_record(self, office: Office) -> None:
        made = office.simulated(office.draft(profile(illness_line_yuan=5000)))
        assert len(made["sample"]) == 5
        text = str(made)
        for name, id_number in PEOPLE:
            assert name not in text
            assert id_number not in text
        entries = office.matcher.get("/audit", subject=made["simulation_id"])["entries"]
        assert {one["action"] for one in entries} == {"profile.sample"}
        assert set(entries[-1]["detail"]["people"]) == {one["subject_id"] for one in made["sample"]}
        with reading(office.matcher.database) as session:
            row = session.exec(select(ScreenSimulation)).one()
        assert row.sample is not None
        assert made["sample"][0]["subject_id"] not in row.sample

    def test_who_is_protected_is_not_named(self, office: Office) -> None:
        made = office.simulated(office.draft(profile(illness_line_yuan=5000)))
        (hidden, *others) = [one["subject_id"] for one in made["sample"]]
        office.matcher.registry.protected = {hidden}
        office.matcher.app.state.disclosure.fresh_seconds = 0
        names = {one["subject_id"]: one["name"] for one in office.simulation(made["simulation_id"])["sample"]}
        assert names[hidden] is None
        assert all(names[one] for one in others)

    def test_below_the_county_small_counts_are_withheld_and_the_sample_with_them(self, office: Office) -> None:
        draft = office.draft(profile(area=TOWN, illness_line_yuan=5000))
        made = office.simulated(draft)["simulation_id"]
        told = office.matcher.app.state.settings
        try:
            office.matcher.app.state.settings = told.model_copy(update={"small_cell": 5})
            shown = office.simulation(made, area=TOWN)
            assert shown["withheld"] is True
            assert {one["appear"] for one in (*shown["by_division"], *shown["by_screen"])} == {None}
            assert shown["sample"] == []
            assert office.simulation(made)["withheld"] is False
        finally:
            office.matcher.app.state.settings = told

    def test_one_at_a_time_of_a_draft(self, office: Office) -> None:
        draft = office.draft(profile(illness_line_yuan=5000))
        assert office.post(f"/screen-profiles/{draft}/simulate", None, DRAFTS).status_code == 202
        again = office.post(f"/screen-profiles/{draft}/simulate", None, DRAFTS)
        assert (again.status_code, again.json()["code"]) == (409, "simulation-running")

    def test_a_draft_changed_before_the_worker_came_says_so(self, office: Office) -> None:
        draft = office.draft(profile(illness_line_yuan=5000))
        asked = office.post(f"/screen-profiles/{draft}/simulate", None, DRAFTS).json()
        office.change(draft, profile(illness_line_yuan=6000))
        office.matcher.work()
        shown = office.simulation(asked["simulation_id"])
        assert (shown["state"], shown["error"], shown["usable"]) == ("failed", "draft-moved", False)
        assert "重新试算" in shown["reason"]

    def test_a_worker_killed_in_the_middle_leaves_it_to_the_next(
        self, office: Office, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """It dies between the first screening and the second; the next worker makes it whole, once."""
        draft = office.draft(profile(illness_line_yuan=5000))
        asked = office.post(f"/screen-profiles/{draft}/simulate", None, DRAFTS).json()
        real = hold_job.JobHold.tell

        def killed(held: Any, phase: str, done: int, total: int) -> None:
            real(held, phase, done, total)
            if (phase, done) == ("screening", 2):
                raise KeyboardInterrupt

        monkeypatch.setattr(hold_job.JobHold, "tell", killed)
        with pytest.raises(KeyboardInterrupt):
            office.matcher.work()
        monkeypatch.undo()
        halfway = office.simulation(asked["simulation_id"])
        assert (halfway["state"], halfway["phase"], halfway["done"], halfway["total"]) == ("running", "screening", 2, 3)
        assert halfway["by_division"] == []
        with transaction(office.matcher.database) as session:
            row = session.get_one(ScreenSimulation, asked["simulation_id"])
            row.leased_by, row.leased_until = "another:1:x", now() - timedelta(seconds=1)
            session.add(row)
        office.matcher.new_worker("second").run_until_idle(50)
        shown = office.simulation(asked["simulation_id"])
        assert (shown["state"], shown["usable"], shown["done"]) == ("done", True, shown["total"])
        with reading(office.matcher.database) as session:
            assert session.exec(select(ScreenSimulation)).one().attempts == 2

    def test_who_lost_the_lease_writes_nothing(self, office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
        draft = office.draft(profile(illness_line_yuan=5000))
        asked = office.post(f"/screen-profiles/{draft}/simulate", None, DRAFTS).json()
        real = work_on_profiles.simulate_profile

        def outrun(desk: Any, said: Any, tell: Any) -> Any:
            made = real(desk, said, tell)
            with transaction(desk.database) as session:
                row = session.get_one(ScreenSimulation, asked["simulation_id"])
                row.fencing_token += 1
                session.add(row)
            return made

        monkeypatch.setattr(work_on_profiles, "simulate_profile", outrun)
        with pytest.raises(LeaseLost):
            office.matcher.work()
        assert office.simulation(asked["simulation_id"])["state"] == "running"

    def test_one_that_takes_its_worker_with_it_is_given_up(self, office: Office) -> None:
        draft = office.draft(profile(illness_line_yuan=5000))
        asked = office.post(f"/screen-profiles/{draft}/simulate", None, DRAFTS).json()
        with transaction(office.matcher.database) as session:
            row = session.exec(select(ScreenSimulation)).one()
            row.attempts = office.matcher.settings.max_attempts
            session.add(row)
        office.matcher.work()
        shown = office.simulation(asked["simulation_id"])
        assert (shown["state"], shown["error"]) == ("failed", "given-up")
