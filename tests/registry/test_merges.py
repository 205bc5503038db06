"""Two persons who are one: redirected, told, seen as two by whoever asks as known before, and taken back whole."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from kit.auth import Caller
from kit.crypto import KeyRing
from kit.database import Database, reading, transaction
from kit.problems import Problem
from registry.persons import merges
from registry.persons import store as persons
from registry.persons.tables import Person
from registry.times import Asked
from tests.conftest import fresh_database
from tests.examples import examples
from tests.migrated import migrated
from tests.registry.house import COUNTY, OTHER_COUNTY, House, id_number, person_row, workbook

FIRST, BEGAN, DAYS, PEOPLE = date(2021, 1, 1), datetime(2021, 6, 1, tzinfo=UTC), 6, 4
CALLER = Caller(client_id="c", agency="civil-affairs", area=COUNTY, scopes=frozenset(), purpose="test")
WHO, DAY, NAME = st.integers(0, PEOPLE - 1), st.integers(0, DAYS - 1), st.sampled_from("甲乙丙丁")
STEP = st.one_of(
    st.tuples(st.just("merge"), WHO, WHO, DAY),
    st.tuples(st.just("split"), WHO, WHO, DAY),
    st.tuples(st.just("change"), WHO, NAME, DAY),
    st.tuples(st.just("correct"), WHO, NAME, DAY),
)


@dataclass
class Model:
    """Who is whom, and what each is called on each day; and how that stood after each step."""

    into: dict[int, int] = field(default_factory=dict)
    names: list[list[str]] = field(default_factory=lambda: [["甲"] * DAYS for _ in range(PEOPLE)])
    since: list[int] = field(default_factory=lambda: [0] * PEOPLE)
    past: list[tuple[dict[int, int], list[list[str]]]] = field(default_factory=list)

    def root(self, one: int, into: dict[int, int] | None = None) -> int:
        into = self.into if into is None else into
        return self.root(into[one], into) if one in into else one

    def take(self, step: tuple[str, int, Any, int]) -> bool:
        kind, one, other, day = step
        if kind == "merge":
            if one == other or one in self.into or other in self.into:
                return False
            self.into[one] = other
        elif kind == "split":
            if one not in self.into:
                return False
            del self.into[one]
        else:
            root = self.root(one)
            if kind == "change" and day < self.since[root]:
                return False
            self.names[root][day:] = [other] * (DAYS - day)
            self.since[root] = max(self.since[root], day)
        return True

    def keep(self) -> None:
        self.past.append((dict(self.into), [list(one) for one in self.names]))


@pytest.fixture(scope="module")
def database(databases: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    folder: Path = tmp_path_factory.mktemp("merges")
    with fresh_database(folder) as url:
        made = Database.open(url)
        migrated(made, "registry:migrations")
        yield made
        made.dispose()


def day_of(number: int) -> date:
    return FIRST + timedelta(days=number)


@examples(40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    steps=st.lists(STEP, max_size=10), asked=st.lists(st.tuples(WHO, DAY, st.integers(0, 10)), min_size=1, max_size=10)
)
def test_any_sequence_of_merges_splits_corrections_and_changes_answers_as_a_plain_model(
    database: Database, steps: list[tuple[str, int, Any, int]], asked: list[tuple[int, int, int]]
) -> None:
    ring, model = KeyRing.ephemeral(), Model()
    with pytest.MonkeyPatch.context() as patch, transaction(database) as session:
        for module in (persons, merges):
            patch.setattr(module, "now", lambda: BEGAN + timedelta(hours=len(model.past)))
        columns = persons.columns_of(ring, {"name": "甲"}, COUNTY)
        ids = [persons.create(session, columns, FIRST).person_id for _ in range(PEOPLE)]
        model.keep()
        for step in steps:
            kind, one, other, day = step
            taken = model.take(step)
            try:
                if kind == "merge":
                    merges.merge(session, ids[one], ids[other])
                elif kind == "split":
                    merges.split(session, ids[one])
                else:
                    row = persons.find(session, CALLER, ids[one])
                    if kind == "change":
                        persons.change(session, ring, row, {"name": other}, day_of(day))
                    else:
                        persons.correct(session, ring, CALLER, row, {"name": other}, (day_of(day), None))
            except Problem:
                assert not taken, step
            else:
                assert taken, step
            model.keep()
    with reading(database) as session:
        for at, person_id in enumerate(ids):
            remained = session.get_one(Person, person_id).survivor_id or person_id
            assert remained == ids[model.root(at)]
        for one, day, moment in asked:
            into, names = model.past[min(moment, len(model.past) - 1)]
            then = Asked(day_of(day), BEGAN + timedelta(hours=moment, minutes=30))
            root = model.root(one, into)
            found = persons.find(session, CALLER, ids[one], then)
            assert (found.person_id, found.name) == (ids[root], names[root][day])
            mine = {ids.index(two) for two in merges.owners(session, [ids[root]], then)}
            assert mine == {two for two in range(PEOPLE) if model.root(two, into) == root}


def two(house: House) -> tuple[str, str]:
    """One human being, registered twice in two households by a wrong number."""
    wrong = {"户号": "JY2", "身份证号": id_number("19700102", 77), "救助类别": "刚性支出", "保障方式": None}
    house.take(workbook([person_row(), person_row(**wrong)]))
    found = [
        house.call("POST", "/persons/lookup", "registry:read", json={"id_number": id_number("19700102", order)}).json()
        for order in (11, 77)
    ]
    return found[0]["person_id"], found[1]["person_id"]


def says(house: House, person_id: str, step: str, body: dict[str, Any], **more: Any) -> Any:
    version = house.call("GET", f"/persons/{person_id}", "registry:read").json()["version"]
    headers = {"If-Match": f'"{version}"'}
    return house.call("POST", f"/persons/{person_id}/{step}", "registry:write", json=body, headers=headers, **more)


def read(house: House, person_id: str, **asked: str) -> dict[str, Any]:
    answer = house.call("GET", f"/persons/{person_id}", "registry:read", params=asked)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def everything(house: House, *ids: str) -> list[Any]:
    homes = sorted({read(house, one)["household_id"] for one in ids})
    return [
        house.export()[1],
        [read(house, one) for one in ids],
        [house.call("GET", f"/households/{home}", "registry:read").json() for home in homes],
        house.call("GET", "/statistics/coverage", "statistics:read", params={"area": COUNTY}).json()["total"],
    ]


def test_a_merge_is_read_as_one_told_of_both_and_unknown_before(house: House) -> None:
    kept, gone = two(house)
    before, (cursor, _) = datetime.now(UTC).isoformat(), house.export()
    answer = says(house, gone, "merge", {"into": kept})
    assert answer.json() == {"person_id": gone, "survivor_id": kept, "coverage_ids": []}
    assert [read(house, one)["person_id"] for one in (kept, gone)] == [kept, kept]
    assert {one["programme"] for one in read(house, kept)["coverage"]} == {"dibao-rural", "rigid-expenditure"}
    assert len(read(house, kept)["former"]) == 1
    then = read(house, gone, known_at=before)
    assert (then["person_id"], [one["programme"] for one in then["coverage"]]) == (gone, ["rigid-expenditure"])
    assert [one["programme"] for one in read(house, kept, known_at=before)["coverage"]] == ["dibao-rural"]
    told = house.call("GET", "/changes", "registry:follow", params={"cursor": cursor}).json()["changes"]
    assert {one["id"]: one["person"] is None for one in told} == {kept: False, gone: True}


def test_a_merge_followed_by_a_split_gives_the_state_before(house: House) -> None:
    kept, gone = two(house)
    before = everything(house, kept, gone)
    assert says(house, gone, "merge", {"into": kept}).status_code == 200
    assert everything(house, kept, gone) != before
    assert says(house, gone, "split", {}).status_code == 200
    assert everything(house, kept, gone) == before


def test_an_import_speaks_of_the_one_that_remained_and_makes_no_third(house: House) -> None:
    kept, gone = two(house)
    assert says(house, gone, "merge", {"into": kept}).status_code == 200
    wrong = {"户号": "JY2", "身份证号": id_number("19700102", 77), "救助类别": "刚性支出", "保障方式": None}
    done = house.take(workbook([person_row(), person_row(**wrong)]))
    assert done["counts"] == {"unchanged": 2}, house.rows(done["import_id"])
    before = read(house, kept)
    alone = house.take(workbook([person_row(**wrong | {"月保障金": 400})]))
    assert alone["counts"] == {"updated": 1}
    shown = {**read(house, kept), "coverage": None}
    assert shown == {**before, "coverage": None}
    assert says(house, gone, "split", {}).status_code == 200
    assert [one["amount_fen"] for one in read(house, gone)["coverage"]] == [400_00]


def test_support_written_to_the_wrong_person_is_told_out(house: House) -> None:
    kept, gone = two(house)
    coverage = read(house, gone)["coverage"][0]["coverage_id"]
    answer = says(house, gone, "split", {"coverage_ids": [coverage], "to": kept})
    assert answer.json()["coverage_ids"] == [coverage]
    assert (read(house, gone)["coverage"], len(read(house, kept)["coverage"])) == ([], 2)
    mine = read(house, kept)["coverage"][0]["coverage_id"]
    refused = says(house, gone, "split", {"coverage_ids": [mine], "to": kept})
    assert (refused.status_code, refused.json()["code"]) == (409, "merge-unfit")


def test_what_cannot_be_one_is_refused(house: House) -> None:
    kept, gone = two(house)
    assert says(house, kept, "merge", {"into": kept}).json()["code"] == "merge-unfit"
    assert says(house, kept, "split", {}).json()["code"] == "merge-unfit"
    assert house.call("POST", f"/persons/{gone}/merge", json={"into": kept}).status_code == 428
    assert says(house, gone, "merge", {"into": kept}, area=OTHER_COUNTY).status_code == 404
    assert says(house, gone, "merge", {"into": kept}).status_code == 200
    assert says(house, gone, "merge", {"into": kept}).json()["code"] == "merge-unfit"
    assert says(house, kept, "merge", {"into": gone}).json()["code"] == "merge-unfit"
    assert says(house, gone, "split", {"to": kept}).status_code == 422


def test_overlapping_support_of_two_that_are_one_is_not_entered(house: House) -> None:
    kept, gone = two(house)
    assert says(house, gone, "merge", {"into": kept}).status_code == 200
    body = {"person_id": gone, "programme": "dibao-urban", "start": "2021-01-01"}
    assert house.call("POST", "/coverage", "registry:write", json=body).json()["code"] == "coverage-overlaps"
