"""What a worker keeps of people and records: on disk only sealed, in memory only while it holds, as if made anew."""

import threading
import time
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from sqlalchemy import text

from kit.crypto import KeyRing
from kit.database import reading
from matcher.flows.encoded_people import EncodedPeople
from matcher.flows.open_desk import open_desk
from matcher.flows.warm_people import WarmPeople
from matcher.frames import IDENTITY, conform
from matcher.linkage.chain import link_to
from matcher.linkage.index import PeopleIndex
from matcher.linkage.model import Model
from matcher.people import snapshot
from matcher.people.index_files import FOLDER, PIECE, IndexFiles
from matcher.people.snapshot import PeopleFiles
from matcher.places.store import COLUMNS
from matcher.sealed import Vault
from matcher.worker import Worker
from tests.matcher import county, fake_registry
from tests.matcher.conftest import Matcher

MODEL = Model.default()
AREAS = pl.DataFrame({"code": ["640499100201"], "name": ["柳树村"]}, schema=dict(list(COLUMNS.items())[:2]))
PHONE = "13995110007"


def listed(count: int) -> list[dict[str, Any]]:
    """Some of the registry's people, one with a former name."""
    people = [county.person(*one, phone=PHONE) for one in county.numbered(count)]
    people[0]["former"] = [{"name": "马旧名", "id_number": None}]
    return people


def frame(people: list[dict[str, Any]]) -> pl.DataFrame:
    return snapshot.from_changes([{"kind": "person", "id": one["person_id"], "person": one} for one in people])


def gone(person: dict[str, Any]) -> pl.DataFrame:
    return snapshot.from_changes([{"kind": "person", "id": person["person_id"], "person": None}])


def opened(root: Path, ring: KeyRing) -> EncodedPeople:
    """As a process that starts has it."""
    vault = Vault(root, ring)
    return EncodedPeople(PeopleFiles(vault), IndexFiles(vault))


def told(index: PeopleIndex, people: list[dict[str, Any]]) -> pl.DataFrame:
    """Whom these people's own rows are linked to."""
    records = conform(frame(people).rename({"person_id": "id"}), IDENTITY)
    return link_to(index, records, MODEL, areas=AREAS).links.sort("record_id", "person_id")


def pieces(root: Path) -> list[Path]:
    return sorted((root / FOLDER).iterdir())


def test_the_encoded_people_lie_on_disk_and_never_in_clear(tmp_path: Path, ring: KeyRing) -> None:
    people, encoded = listed(30), opened(tmp_path, ring)
    index = encoded.index([encoded.people.write(frame(people))], AREAS)
    assert index.people == 30
    assert len(index) == 31
    content = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    number = str(people[0]["id_number"])
    packed = sum(int(digit) << 4 * (15 - place) for place, digit in enumerate(number[:16]))
    plain = b"".join(index.dump())
    for said in (packed.to_bytes(8, "little"), int(PHONE).to_bytes(8, "little"), people[0]["person_id"].encode()):
        assert said in plain
        assert said not in content
    for said in (people[0]["name"], number, PHONE):
        assert str(said).encode() not in content


def test_another_process_takes_them_from_disk(tmp_path: Path, ring: KeyRing, monkeypatch: pytest.MonkeyPatch) -> None:
    people, encoded = listed(30), opened(tmp_path, ring)
    files = [encoded.people.write(frame(people))]
    first = encoded.index(files, AREAS)
    monkeypatch.setattr(PeopleIndex, "of", None)
    second = opened(tmp_path, ring).index(files, AREAS)
    assert told(second, people).equals(told(first, people))
    assert encoded.index(files, AREAS) is first


@pytest.mark.parametrize("harm", ["a piece is gone", "a piece is altered", "another layout", "another division"])
def test_what_does_not_fit_is_made_anew(
    tmp_path: Path, ring: KeyRing, monkeypatch: pytest.MonkeyPatch, harm: str
) -> None:
    people, areas = listed(30), AREAS
    encoded = opened(tmp_path, ring)
    files = [encoded.people.write(frame(people))]
    first = told(encoded.index(files, areas), people)
    before = pieces(tmp_path)
    last = max(before, key=lambda path: path.stat().st_size)
    if harm == "a piece is gone":
        last.unlink()
    elif harm == "a piece is altered":
        last.write_bytes(last.read_bytes()[:-1] + b"x")
    elif harm == "another layout":
        monkeypatch.setattr("matcher.linkage.index.LAYOUT", -1)
    else:
        areas = AREAS.with_columns(pl.lit("杨柳村").alias("name"))
    again = opened(tmp_path, ring).index(files, areas)
    assert told(again, people).equals(first)
    assert len(pieces(tmp_path)) == len(before)
    assert pieces(tmp_path) != before


def test_changes_are_laid_over_what_is_there(tmp_path: Path, ring: KeyRing) -> None:
    people, encoded = listed(40), opened(tmp_path, ring)
    files = [encoded.people.write(frame(people[:30]))]
    encoded.index(files, AREAS)
    moved = {**people[3], "name": "丁新名", "former": [{"name": people[3]["name"], "id_number": None}]}
    steps = [frame([moved, *people[30:35]]), gone(people[4]), frame(people[35:]), gone(people[36])]
    for delta in steps:
        files.append(encoded.people.write(delta))
        index = encoded.index(files, AREAS)
    now = [one for one in [moved, *people] if one not in (people[3], people[4], people[36])]
    anew = PeopleIndex.of(snapshot.identities(frame(now)), AREAS)
    assert index.people == anew.people == 38
    assert told(index, people).equals(told(anew, people))
    assert told(opened(tmp_path, ring).index(files, AREAS), people).equals(told(anew, people))


def test_a_change_linking_does_not_look_at_costs_nothing(tmp_path: Path, ring: KeyRing) -> None:
    people, encoded = listed(30), opened(tmp_path, ring)
    files = [encoded.people.write(frame(people))]
    rows = len(encoded.index(files, AREAS))
    files.append(encoded.people.write(frame([{**one, "coverage": [county.covered()]} for one in people])))
    assert len(encoded.index(files, AREAS)) == rows


def test_large_parts_are_sealed_piece_by_piece(tmp_path: Path, ring: KeyRing) -> None:
    files = IndexFiles(Vault(tmp_path, ring))
    parts = [b"a" * (PIECE + 1), b"", b"b"]
    files.write("first", [b"x"])
    files.write("second", parts)
    assert files.read("second") == parts
    files.sweep("second")
    assert files.read("first") is None
    assert len(pieces(tmp_path)) == 1 + 2 + 1


def link_count(matcher: Matcher) -> int:
    with reading(matcher.database) as session:
        return int(session.execute(text("SELECT count(*) FROM link")).scalar() or 0)


def test_a_worker_notices_that_another_one_linked(matcher: Matcher) -> None:
    """Each keeps its own; what the other did meanwhile is read from the database."""
    rows = county.numbered(8)
    other = matcher.new_worker("second")
    matcher.deliver("health-illness", [county.illness(*one) for one in rows[:4]])
    matcher.work()
    matcher.deliver("disability-cards", [county.card(*one) for one in rows[2:6]])
    other.run_until_idle(200)
    matcher.deliver("rural-monitoring", [county.monitored(*one) for one in rows])
    matcher.work()
    with reading(matcher.database) as session:
        subjects = session.execute(text("SELECT count(DISTINCT subject_id) FROM link")).scalar()
    assert link_count(matcher) == 4 + 4 + 8
    assert subjects == 8


def linkings(matcher: Matcher) -> int:
    with reading(matcher.database) as session:
        return int(session.execute(text("SELECT linkings FROM standing")).scalar() or 0)


def areas_changed(matcher: Matcher) -> None:
    entry = {"kind": "area", "id": "640499100201", "recorded_at": "", "person": None}
    matcher.registry.changes.append({"seq": len(matcher.registry.changes) + 1, **entry})
    time.sleep(2 * matcher.settings.worker_poll_seconds)
    matcher.work()


def test_queries_are_answered_from_what_the_worker_left_on_disk(
    matcher: Matcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = listed(30)
    for one in people[:20]:
        matcher.registry.put_person(one)
    matcher.work()
    for one in people[20:]:
        matcher.registry.put_person(one)
    time.sleep(2 * matcher.settings.worker_poll_seconds)
    matcher.work()
    monkeypatch.setattr(PeopleIndex, "of", None)
    known = WarmPeople(matcher.app.state.desk).now()
    assert known.count == 30
    told_of = known.told([one["person_id"] for one in people])
    assert {one["person_id"]: one["name"] for one in people} == {who: row["name"] for who, row in told_of.items()}


def test_only_other_names_of_divisions_link_everything_anew(matcher: Matcher, monkeypatch: pytest.MonkeyPatch) -> None:
    matcher.registry.put_person(county.person(*county.numbered(1)[0]))
    matcher.deliver("health-illness", [county.illness(*one) for one in county.numbered(3)])
    matcher.work()
    before = linkings(matcher)
    areas_changed(matcher)
    assert linkings(matcher) == before
    renamed = [("640499100201", "杨柳村", *row[2:]) if row[0] == "640499100201" else row for row in fake_registry.AREAS]
    monkeypatch.setattr(fake_registry, "AREAS", renamed)
    areas_changed(matcher)
    assert linkings(matcher) == before + 1


def test_a_resting_worker_takes_a_delivery_without_waiting_for_its_next_turn(
    matcher: Matcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = matcher.settings.model_copy(update={"worker_poll_seconds": 600.0})
    desk = open_desk(settings, matcher.ring, matcher.to_registry)
    worker, stop, resting = Worker(desk, "slow"), threading.Event(), threading.Event()
    take = worker.rests.take
    monkeypatch.setattr(worker.rests, "take", lambda: (resting.set(), take())[1])
    monkeypatch.setattr("matcher.worker.GLANCES", 6000)
    running = threading.Thread(target=worker.run_forever, args=(stop,))
    running.start()
    assert resting.wait(60)
    batch = matcher.deliver("health-illness", [county.illness(*county.numbered(1)[0])])
    until = time.monotonic() + 120  # a fifth of its rest
    while matcher.get(f"/batches/{batch}", wait=30)["state"] != "published":
        assert time.monotonic() < until
    stop.set()
    running.join(60)
    desk.close()
