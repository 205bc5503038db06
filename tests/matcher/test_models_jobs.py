"""Thresholds from costs, who may ask for what, and jobs that outlive their workers."""

from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import select

from kit.columns import now
from kit.database import reading, transaction
from kit.lease import LeaseLost
from matcher.flows import hold_job, work_on_models
from matcher.models.tables import ModelJob
from tests.matcher import county
from tests.matcher.conftest import Matcher
from tests.matcher.modelling import CHANGE, COSTS, PEOPLE, ask, done, in_force, stock


@pytest.fixture
def stocked(matcher: Matcher) -> Matcher:
    """See modelling.stock."""
    return stock(matcher)


class TestThresholds:
    def test_they_follow_from_costs_and_become_a_version_when_asked(self, stocked: Matcher) -> None:
        former = in_force(stocked)
        path = f"/models/{former}/thresholds"
        assert ask(stocked, path, COSTS).json()["code"] == "figures-missing"
        done(stocked, f"/models/{former}/preview")
        shown = ask(stocked, path, COSTS).json()
        assert shown["version"] is None
        assert (shown["false_link"], shown["missed_link"], shown["capacity"]) == (4, 1, 200)
        assert shown["then"]["cost"] <= shown["now"]["cost"]
        assert len(stocked.get("/models")["models"]) == 1
        kept = ask(stocked, path, {**COSTS, "keep": True}).json()
        told = stocked.get(f"/models/{kept['version']}")
        assert (told["origin"], told["parent"], told["active"]) == ("thresholds", former, False)
        assert told["thresholds"] == kept["then"]["thresholds"]
        assert told["card"]["costs"]["wrong_visit"] == 1
        moved = stocked.get(f"/models/{former}/compare/{kept['version']}")
        assert {one["by"] for one in moved["weights"]} == {0}
        assert any(one["first"] != one["second"] for one in moved["thresholds"])

    def test_what_a_feed_is_used_for_says_which_mistake_is_which(self, stocked: Matcher) -> None:
        stocked.deliver("health-deaths", [county.death(*one) for one in PEOPLE[:20]])
        stocked.work()
        version = in_force(stocked)
        done(stocked, f"/models/{version}/preview")
        uses = [{"feed": "health-deaths", "wrong_visit": 2, "missed_person": 3}]
        shown = ask(stocked, f"/models/{version}/thresholds", {**COSTS, "uses": uses}).json()
        assert shown["false_link"] == pytest.approx((60 * 4 + 20 * 2) / 80)
        assert shown["missed_link"] == pytest.approx((60 * 1 + 20 * 3) / 80)

    @pytest.mark.parametrize("wrong", [{"review": 0}, {"wrong_visit": -1}, {"weeks": 0}, {"more": 1}])
    def test_costs_out_of_bounds_are_refused(self, stocked: Matcher, wrong: dict[str, Any]) -> None:
        answer = ask(stocked, f"/models/{in_force(stocked)}/thresholds", {**COSTS, **wrong})
        assert (answer.status_code, answer.json()["code"]) == (422, "body-invalid")


class TestWhoMay:
    def test_changing_needs_its_own_scope_and_reading_too(self, stocked: Matcher) -> None:
        version = in_force(stocked)
        for path in ("/models/train", f"/models/{version}/preview", f"/models/{version}/activate"):
            answer = stocked.http.post(path, json={}, headers=stocked.headers("models:read links:read"))
            assert (answer.status_code, answer.json()["code"]) == (403, "scope-missing")
        assert stocked.http.get("/models", headers=stocked.headers("links:read")).status_code == 403

    def test_who_oversees_a_township_only_sees_no_figures_and_changes_nothing(self, stocked: Matcher) -> None:
        version = in_force(stocked)
        job = done(stocked, f"/models/{version}/preview")
        town = stocked.headers(CHANGE, area="640499100000")
        assert stocked.get("/model-jobs", town)["jobs"] == []
        assert stocked.http.get(f"/model-jobs/{job['job_id']}", headers=town).status_code == 404
        answer = stocked.http.post("/models/train", json={}, headers=town)
        assert (answer.status_code, answer.json()["code"]) == (403, "area-too-small")
        assert stocked.get(f"/models/{version}", town)["card"] is None


class TestTheJob:
    def test_what_a_dead_worker_left_is_done_by_the_next(self, stocked: Matcher) -> None:
        answer = ask(stocked, "/models/train", {})
        with transaction(stocked.database) as session:
            row = session.exec(select(ModelJob)).one()
            row.state, row.attempts, row.fencing_token = "running", 1, 7
            row.leased_by, row.leased_until = "another:1:x", now() - timedelta(seconds=1)
            session.add(row)
        stocked.work()
        place = answer.headers["Location"].removeprefix("/matcher/v1")
        assert stocked.get(place, stocked.headers(CHANGE))["state"] == "done"

    def test_one_that_takes_its_worker_with_it_is_given_up(self, stocked: Matcher) -> None:
        ask(stocked, "/models/train", {})
        with transaction(stocked.database) as session:
            row = session.exec(select(ModelJob)).one()
            row.attempts = stocked.settings.max_attempts
            session.add(row)
        stocked.work()
        (job,) = stocked.get("/model-jobs", stocked.headers(CHANGE))["jobs"]
        assert (job["state"], job["error"]) == ("failed", "given-up")

    def test_a_mishap_is_tried_again_and_told_by_its_kind_alone(
        self, stocked: Matcher, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def stumble(*_: object) -> None:
            raise OSError(f"disk full while reading {PEOPLE[0][0]}")

        monkeypatch.setattr(work_on_models, "preview_model", stumble)
        monkeypatch.setattr(hold_job, "PAUSE", timedelta(seconds=-1))
        job = done(stocked, f"/models/{in_force(stocked)}/preview")
        assert (job["state"], job["error"], job["reason"]) == ("failed", "OSError", None)
        with reading(stocked.database) as session:
            row = session.exec(select(ModelJob)).one()
        assert row.attempts == stocked.settings.max_attempts
        monkeypatch.undo()
        assert done(stocked, f"/models/{in_force(stocked)}/preview")["state"] == "done"

    def test_who_lost_the_lease_writes_nothing(self, stocked: Matcher, monkeypatch: pytest.MonkeyPatch) -> None:
        answer = ask(stocked, "/models/train", {})
        real = hold_job.still_ours

        def outrun(session: Any, table: type[ModelJob], job_id: str, token: int) -> ModelJob:
            return real(session, table, job_id, token - 1)

        monkeypatch.setattr(hold_job, "still_ours", outrun)
        with pytest.raises(LeaseLost):
            stocked.worker.run_once()
        monkeypatch.undo()
        place = answer.headers["Location"].removeprefix("/matcher/v1")
        assert stocked.get(place, stocked.headers(CHANGE))["state"] == "running"
        assert len(stocked.get("/models")["models"]) == 1
