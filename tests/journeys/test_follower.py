"""The matcher's copy of the registry, however writes, compaction, pruning and sleep fall between each other."""

import random
from datetime import timedelta
from typing import Any

import orjson
import pytest
from sqlmodel import col, select

from kit.columns import new_id, now
from kit.database import reading, transaction
from matcher.flows.desk import hold
from matcher.flows.follow_registry import follow_registry
from matcher.people import snapshot
from matcher.people import store as people
from matcher.places.tables import Place
from matcher.settlements.history import decide
from matcher.settlements.tables import Decision
from registry.changes import compact, store
from registry.changes.tables import Change
from tests.journeys.stage import COUNTY, Stage
from tests.registry.house import id_number

WRITES = ("registry:read", "registry:write", "areas:write", "registry:follow")
TOMORROW = timedelta(days=1)
SEVERAL = [*range(4), *(pytest.param(seed, marks=pytest.mark.soak) for seed in range(4, 40))]


def follow(stage: Stage) -> None:
    """The follower wakes and does what it does, until there is nothing more."""
    desk = stage.worker.desk
    for _ in range(10):
        with transaction(desk.database) as session:
            standing = people.standing(session)
            standing.asked_at = None
            session.add(standing)
        with hold(desk, "test") as held:
            assert held is not None
            if not follow_registry(held):
                return
    raise AssertionError("the follower found no end")


class County:
    """A county that is written to by chance; everything through the API."""

    def __init__(self, stage: Stage, chance: random.Random) -> None:
        self.stage, self.chance = stage, chance
        self.staff = stage.token("civil-affairs", *WRITES)
        self.alive: list[str] = []
        self.merged: dict[str, str] = {}
        self.areas = 0

    def send(self, method: str, path: str, body: Any, **headers: str) -> Any:
        answer = self.stage.call(method, f"/registry/v1{path}", self.staff, json=body, headers=headers)
        assert answer.is_success, answer.text
        return answer.json()

    def register(self) -> None:
        number = len(self.alive) + len(self.merged) + 1
        body = {"name": f"马{number}", "id_number": id_number("19700102", number), "division": "640499100201"}
        self.alive.append(str(self.send("POST", "/persons", body)["person_id"]))

    def version(self, person_id: str) -> dict[str, str]:
        return {"If-Match": self.stage.call("GET", f"/registry/v1/persons/{person_id}", self.staff).headers["ETag"]}

    def correct(self) -> None:
        if self.alive:
            person = self.chance.choice(self.alive)
            name = f"马{self.chance.randrange(10**6)}"
            self.send("PATCH", f"/persons/{person}", {"name": name}, **self.version(person))

    def merge(self) -> None:
        if len(self.alive) > 1:
            gone, kept = self.chance.sample(self.alive, 2)
            self.send("POST", f"/persons/{gone}/merge", {"into": kept}, **self.version(gone))
            self.alive.remove(gone)
            self.merged[gone] = kept

    def area(self) -> None:
        self.areas += 1
        body = {"areas": [{"code": "640499100000", "name": f"香{self.areas}镇"}]}
        self.send("POST", "/areas/import", body)

    def compact(self) -> None:
        with transaction(self.stage.registry_database) as session:
            compact.compact(session, now() + TOMORROW)

    def prune(self) -> None:
        with transaction(self.stage.registry_database) as session:
            store.prune(session, now() + TOMORROW)

    def remained(self, person_id: str) -> str:
        while person_id in self.merged:
            person_id = self.merged[person_id]
        return person_id


def told(stage: Stage) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """What the follower believes: people by id, and places by code."""
    desk = stage.worker.desk
    with reading(desk.database) as session:
        frame = desk.people.read(list(people.standing(session).files))
        places = dict(session.exec(select(Place.code, Place.name)).all())
    return snapshot.alive(frame).sort("person_id").to_dicts(), places


def truth(stage: Stage, staff: dict[str, str]) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """What the registry says, in the same form."""
    lines = stage.call("GET", "/registry/v1/export", staff).content.split(b"\n")
    persons = [line for line in lines if line and orjson.loads(line)["kind"] == "person"]
    areas = stage.call("GET", "/registry/v1/areas", staff).json()["areas"]
    frame = snapshot.from_lines(persons).sort("person_id")
    return frame.to_dicts(), {one["code"]: one["name"] for one in areas}


@pytest.mark.parametrize("seed", SEVERAL)
def test_any_interleaving_leaves_the_follower_with_the_registrys_state(stage: Stage, seed: int) -> None:
    county = County(stage, random.Random(seed))
    steps = [county.register, county.correct, county.merge, county.area, county.compact, county.prune]
    county.register()
    follow(stage)
    judged = _judge(stage, county.alive[0])
    done = []
    for _turn in range(24):
        step = county.chance.choices([*steps, lambda: follow(stage)], [4, 4, 2, 1, 3, 2, 3])[0]
        done.append(getattr(step, "__name__", "?"))
        step()
    follow(stage)
    assert told(stage) == truth(stage, county.staff), (seed, done)
    with reading(stage.worker.desk.database) as session:
        decided = session.exec(select(Decision.person_id)).all()
    assert set(decided) == {county.remained(judged)}, (seed, done)


def _judge(stage: Stage, person_id: str) -> str:
    """A human's word about somebody, which must follow whoever remains."""
    said = {
        "record_print": "p", "person_id": person_id, "verdict": "confirm", "code": "review", "source": new_id(),
        "lead_id": "", "batch_id": "b", "line": 1, "area": COUNTY,
    }  # fmt: skip
    with transaction(stage.worker.desk.database) as session:
        decide(session, [said])
    return person_id


def test_who_slept_past_what_is_kept_is_told_the_way_out_and_goes_on_from_a_snapshot(stage: Stage) -> None:
    county = County(stage, random.Random(1))
    for _ in range(3):
        county.register()
    follow(stage)
    with reading(stage.worker.desk.database) as session:
        cursor = people.standing(session).cursor
    judged = _judge(stage, county.alive[0])
    gone, kept = county.alive[0], county.alive[1]
    county.send("POST", f"/persons/{gone}/merge", {"into": kept}, **county.version(gone))
    county.register()
    county.prune()
    answer = stage.call("GET", "/registry/v1/changes", county.staff, params={"cursor": cursor})
    assert (answer.status_code, answer.json()["args"]) == (410, {"resync": "/registry/v1/export"})
    follow(stage)
    assert told(stage) == truth(stage, county.staff)
    with reading(stage.worker.desk.database) as session:
        assert session.exec(select(Decision.person_id)).all() == [kept] != [judged]
    county.register()
    follow(stage)
    assert told(stage) == truth(stage, county.staff)


def test_compaction_leaves_the_newest_of_each_thing_and_loses_no_cursor(stage: Stage) -> None:
    county = County(stage, random.Random(2))
    county.register()
    follow(stage)
    for _ in range(5):
        county.correct()
    before = _numbers(stage)
    county.compact()
    after = _numbers(stage)
    assert len(after) < len(before)
    assert after[-1] == before[-1]
    with reading(stage.worker.desk.database) as session:
        cursor = people.standing(session).cursor
    answer = stage.call("GET", "/registry/v1/changes", county.staff, params={"cursor": cursor})
    assert answer.status_code == 200
    assert [one["id"] for one in answer.json()["changes"]] == county.alive


def _numbers(stage: Stage) -> list[int]:
    with reading(stage.registry_database) as session:
        return list(session.exec(select(Change.seq).order_by(col(Change.seq))))
