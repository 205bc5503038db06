"""The life of a model: trained, previewed, put in force, taken back; nothing is altered in place, nothing is lost."""

from datetime import timedelta

import pytest
from sqlmodel import select

from kit.columns import new_id, now
from kit.database import reading, transaction
from matcher.batches.tables import Batch
from matcher.flows import work_on_models
from matcher.linkage.learn import TrainingFailed
from matcher.links.tables import Link
from matcher.models import store
from matcher.models.tables import ModelJob
from matcher.settlements.tables import Label
from tests.matcher import county
from tests.matcher.conftest import Matcher
from tests.matcher.modelling import CHANGE, PEOPLE, ask, done, in_force, install, links, seen, stock, strict


@pytest.fixture
def stocked(matcher: Matcher) -> Matcher:
    """See modelling.stock."""
    return stock(matcher)


class TestTraining:
    def test_it_makes_the_next_version_with_its_card_and_changes_no_link(self, stocked: Matcher) -> None:
        before, former = links(stocked), in_force(stocked)
        job = done(stocked, "/models/train", {})
        assert (job["state"], job["error"], job["version"], job["current"]) == ("done", None, former, True)
        assert links(stocked) == before
        assert in_force(stocked) == former
        told = stocked.get(f"/models/{job['made']}")
        assert (told["origin"], told["parent"], told["active"]) == ("trained", former, False)
        assert told["made_by"] == job["asked_by"]
        card = told["card"]
        assert (card["people"]["rows"], card["records"]["rows"], card["deliveries"]) == (48, 60, 1)
        assert len(card["people"]["fingerprint"]) == 64
        assert card["learning"]["matches"] == pytest.approx(48, abs=3)
        feed = next(one for one in card["errors"] if one["dimension"] == "feed")
        assert (feed["group"], feed["records"], feed["linked"]) == ("health-illness", 60, 48)
        assert {one["group"] for one in card["errors"] if one["dimension"] == "number"} == {"none", "sound"}
        equal = next(one for one in told["weights"] if (one["field"], one["level"]) == ("number", "equal"))
        assert equal["level_zh"] == "身份证号相同"
        assert equal["against_stranger"] > 15

    def test_nobody_is_named_on_a_card_or_a_job(self, stocked: Matcher) -> None:
        job = done(stocked, "/models/train", {})
        texts = [str(job), str(stocked.get(f"/models/{job['made']}"))]
        with reading(stocked.database) as session:
            texts += [row.model_dump_json() for row in session.exec(select(ModelJob))]
        for name, id_number in PEOPLE:
            assert not any(name in text or id_number in text for text in texts)

    def test_the_same_data_train_the_same_version_again(self, stocked: Matcher) -> None:
        first = done(stocked, "/models/train", {})
        second = done(stocked, "/models/train", {})
        assert second["job_id"] != first["job_id"]
        assert second["made"] == first["made"]

    def test_without_deliveries_it_fails_with_the_reason_and_the_model_in_force_stays(self, matcher: Matcher) -> None:
        matcher.registry.put_person(county.person(*PEOPLE[0]))
        matcher.work()
        job = done(matcher, "/models/train", {})
        assert (job["state"], job["error"], job["made"]) == ("failed", "training-failed", None)
        assert "nothing to learn" in job["reason"]
        assert len(matcher.get("/models")["models"]) == 1

    def test_before_anybody_is_known_it_fails(self, matcher: Matcher) -> None:
        matcher.registry.down = False
        matcher.get("/models")
        answer = ask(matcher, "/models/train", {})
        matcher.registry.down = True
        matcher.work()
        matcher.registry.down = False
        place = answer.headers["Location"].removeprefix("/matcher/v1")
        assert matcher.get(place, matcher.headers(CHANGE))["error"] == "nothing-known"

    def test_what_em_refuses_is_told(self, stocked: Matcher, monkeypatch: pytest.MonkeyPatch) -> None:
        def refuse(*_: object) -> None:
            raise TrainingFailed("no convergence in 60 rounds")

        monkeypatch.setattr(work_on_models, "train_model", refuse)
        job = done(stocked, "/models/train", {})
        assert (job["state"], job["reason"]) == ("failed", "no convergence in 60 rounds")
        assert len(stocked.get("/models")["models"]) == 1

    def test_answers_of_humans_enter_and_calibrate(self, stocked: Matcher) -> None:
        without = done(stocked, "/models/train", {})
        with transaction(stocked.database) as session:
            patterns = [row.pattern for row in session.exec(select(Link)) if row.pattern is not None]
            for line, pattern in enumerate(patterns[:30]):
                session.add(label(line, pattern, "no-match" if line % 3 == 0 else "match"))
            session.add(label(900, patterns[0], "record-wrong"))
        told = done(stocked, "/models/train", {})
        assert told["made"] != without["made"]
        card = stocked.get(f"/models/{told['made']}")
        assert card["card"]["learning"]["labels"] == 30
        assert card["calibrated"] is True
        before, after = card["card"]["learning"]["ece"]
        assert after < before

    def test_the_same_job_is_not_put_in_the_queue_twice(self, stocked: Matcher) -> None:
        assert ask(stocked, "/models/train", {}).status_code == 202
        again = ask(stocked, "/models/train", {})
        assert (again.status_code, again.json()["code"]) == (409, "conflict")


def label(line: int, pattern: int, verdict: str) -> Label:
    return Label(
        id=new_id(), source=f"S{line}", code="01", verdict=verdict, lead_id="", feed="health-illness", batch_id="B",
        line=line, record_print="p", person_id=f"P{line}", pattern=pattern, probability=0.99, model_version="m",
        selection="sample:certain", inclusion=0.5, area="640499000000", made_at=now(),
    )  # fmt: skip


class TestPreview:
    def test_it_foretells_exactly_what_putting_in_force_changes(self, stocked: Matcher) -> None:
        version, before, listed = strict(stocked), links(stocked), {one["lead_id"] for one in stocked.leads()}
        job = done(stocked, f"/models/{version}/preview")
        assert (job["state"], job["made"]) == ("done", None)
        assert links(stocked) == before, "a preview writes nothing"
        told = job["found"]
        assert told["compared_with"] == in_force(stocked)
        assert told["links"]["vanishes"] > 0 == told["links"]["appears"] == told["links"]["moves"]
        assert ask(stocked, f"/models/{version}/activate", **seen(stocked)).status_code == 200
        stocked.work()
        after = links(stocked)
        assert {model for _, _, model in after.values()} == {version}
        lost = [line for line, (known, _, _) in before.items() if known and not after[line][0]]
        graded = [
            line for line, (known, grade, _) in before.items() if known and after[line][0] and after[line][1] != grade
        ]
        assert told["links"]["vanishes"] == len(lost)
        assert told["links"]["grade"] == len(graded) > 0
        assert told["grades"] == [{"grade_before": "certain", "grade_after": "probable", "records": len(graded)}]
        assert told["by_feed"] == [
            {"feed": "health-illness", "change": kind, "records": len(which)}
            for kind, which in (("grade", graded), ("vanishes", lost))
            if which
        ]
        now_listed = {one["lead_id"] for one in stocked.leads()}
        assert told["leads"]["stand"] == len(listed)
        assert told["leads"]["appear"] == len(now_listed) - len(listed) > 0
        assert told["leads"]["vanish"] == 0
        assert sum(row["appear"] for row in told["leads"]["by_township"]) == told["leads"]["appear"]

    def test_the_sample_is_sealed_and_masked(self, stocked: Matcher) -> None:
        job = done(stocked, f"/models/{strict(stocked)}/preview")
        assert 0 < len(job["sample"]) <= 20
        first = job["sample"][0]
        assert first["name"][1] == "*"
        assert first["record_id"].partition(":")[0] == stocked.get("/batches")["batches"][0]["batch_id"]
        with reading(stocked.database) as session:
            sealed = session.exec(select(ModelJob.sample)).one()
        assert sealed is not None
        assert first["record_id"] not in sealed

    def test_the_model_in_force_changes_nothing(self, stocked: Matcher) -> None:
        found = done(stocked, f"/models/{in_force(stocked)}/preview")["found"]
        assert set(found["links"].values()) == {0}
        assert (found["leads"]["appear"], found["leads"]["vanish"]) == (0, 0)

    def test_what_a_human_decided_stands_in_both(self, stocked: Matcher) -> None:
        with transaction(stocked.database) as session:
            rows = session.exec(select(Link).where(Link.registered)).all()
            least = min(rows, key=lambda row: row.probability)
            least.reason, line = "human", least.line
            session.add(least)
        job = done(stocked, f"/models/{strict(stocked)}/preview")
        assert job["found"]["records"] == 59
        assert job["found"]["links"]["vanishes"] == 0
        assert not any(one["record_id"].endswith(f":{line}") for one in job["sample"])


class TestPuttingInForce:
    def test_it_needs_a_preview_the_version_seen_and_another_version(self, stocked: Matcher) -> None:
        version, former = strict(stocked), in_force(stocked)
        path = f"/models/{version}/activate"
        assert ask(stocked, path).json()["code"] == "version-missing"
        assert ask(stocked, path, **{"If-Match": '"another"'}).json()["code"] == "version-mismatch"
        assert ask(stocked, path, **seen(stocked)).json()["code"] == "preview-needed"
        assert ask(stocked, f"/models/{former}/activate", **seen(stocked)).json()["code"] == "conflict"
        assert ask(stocked, "/models/none/activate", **seen(stocked)).status_code == 404
        assert in_force(stocked) == former

    def test_a_preview_of_other_deliveries_or_too_old_a_one_is_none(self, stocked: Matcher) -> None:
        version = strict(stocked)
        done(stocked, f"/models/{version}/preview")
        stocked.deliver("health-deaths", [county.death(*PEOPLE[50])])
        stocked.work()
        (old,) = stocked.get("/model-jobs", stocked.headers(CHANGE))["jobs"]
        assert old["current"] is False
        assert ask(stocked, f"/models/{version}/activate", **seen(stocked)).json()["code"] == "preview-needed"
        job = done(stocked, f"/models/{version}/preview")
        with transaction(stocked.database) as session:
            row = session.get_one(ModelJob, job["job_id"])
            row.ended_at = now() - timedelta(hours=25)
            session.add(row)
        assert ask(stocked, f"/models/{version}/activate", **seen(stocked)).json()["code"] == "preview-needed"

    def test_going_back_is_the_same_step_and_both_are_in_the_journal(self, stocked: Matcher) -> None:
        version, former, before = strict(stocked), in_force(stocked), links(stocked)
        for target in (version, former):
            done(stocked, f"/models/{target}/preview")
            answer = ask(stocked, f"/models/{target}/activate", **seen(stocked))
            assert (answer.status_code, answer.json()["active"]) == (200, True)
            stocked.work()
            assert {model for _, _, model in links(stocked).values()} == {target}
        assert links(stocked) == before
        entries = stocked.get("/audit")["entries"]
        told = [(one["subject"], one["detail"]["former"]) for one in entries if one["action"] == "model.activate"]
        assert told == [(version, former), (former, version)]

    def test_two_at_once_one_of_them_is_told(self, stocked: Matcher) -> None:
        first, second = strict(stocked), install(stocked, note="another")
        for version in (first, second):
            done(stocked, f"/models/{version}/preview")
        before = seen(stocked)
        assert ask(stocked, f"/models/{first}/activate", **before).status_code == 200
        assert ask(stocked, f"/models/{second}/activate", **before).json()["code"] == "version-mismatch"
        assert in_force(stocked) == first

    def test_a_linking_that_ended_under_the_former_model_is_done_again(self, stocked: Matcher) -> None:
        """It had read the model before the change and counted the change as seen."""
        version = install(stocked, note="another")
        with transaction(stocked.database) as session:
            store.activate(session, version)
            batch = session.exec(select(Batch)).one()
            assert batch.model_version != version
        stocked.work()
        assert {model for _, _, model in links(stocked).values()} == {version}
        assert not stocked.worker.run_once()

    def test_nobody_puts_a_document_of_other_fields_in_force(self, stocked: Matcher) -> None:
        with transaction(stocked.database) as session:
            store.install(session, "old", "{}", store.Origin("trained"))
        for path in ("/models/old/activate", "/models/old/preview"):
            assert ask(stocked, path, **seen(stocked)).json()["code"] == "model-outdated"
        assert stocked.http.get("/models/old", headers=stocked.headers()).json()["code"] == "model-outdated"
