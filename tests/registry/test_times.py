"""Both times of everything: what is read for a day and a state of knowledge is what a plain model of them says."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import Session

from kit.auth import Caller
from kit.columns import now
from kit.crypto import KeyRing
from kit.database import Database, reading, transaction
from kit.problems import NotFound
from registry.persons import store as persons
from registry.persons.problems import DateUnordered
from registry.persons.tables import PersonVersion
from registry.times import Asked
from tests.conftest import fresh_database
from tests.migrated import migrated
from tests.registry.house import COUNTY, House, id_number, person_row, workbook

FIRST = date(2021, 1, 1)
BEGAN = datetime(2021, 6, 1, tzinfo=UTC)
DAYS = 12
CALLER = Caller(client_id="c", agency="civil-affairs", area=COUNTY, scopes=frozenset(), purpose="test")
NAMES = st.sampled_from(["马有福", "马有禄", "马小福", "马富"])
DAY = st.integers(-1, DAYS - 1)
CHANGE = st.tuples(st.just("change"), NAMES, DAY, st.none())
CORRECTION = st.tuples(st.just("correct"), NAMES, st.none() | DAY, st.none() | st.integers(0, DAYS))
Step = tuple[str, str, int | None, int | None]


@dataclass
class Model:
    """What was believed after each step: the name of every day from the first on."""

    known: list[list[str]]
    since: int = 0  # the day the present version began

    def take(self, step: Step) -> bool:
        """Alter it; False where the days are not to be altered that way."""
        kind, name, begin, end = step
        first = self.since if begin is None else begin
        last = DAYS if begin is None or end is None else end
        if first < (self.since if kind == "change" else 0) or last <= first:
            return False
        self.known.append([name if first <= at < last else one for at, one in enumerate(self.known[-1])])
        if last == DAYS:
            self.since = max(self.since, first)
        elif last > self.since:
            self.since = last
        return True


def day_of(number: int) -> date:
    return FIRST + timedelta(days=number)


def take(session: Session, ring: KeyRing, row: PersonVersion, step: Step) -> PersonVersion:
    kind, name, begin, end = step
    if kind == "change":
        assert begin is not None
        return persons.change(session, ring, row, {"name": name}, day_of(begin))
    days = None if begin is None else (day_of(begin), None if end is None or end == DAYS else day_of(end))
    return persons.correct(session, ring, CALLER, row, {"name": name}, days)


@pytest.fixture(scope="module")
def database(databases: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    folder: Path = tmp_path_factory.mktemp("times")
    with fresh_database(folder) as url:
        made = Database.open(url)
        migrated(made, "registry:migrations")
        yield made
        made.dispose()


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    first=NAMES,
    steps=st.lists(CHANGE | CORRECTION, max_size=6),
    asked=st.lists(st.tuples(DAY, st.integers(-1, 6)), min_size=1, max_size=8),
)
def test_corrections_and_changes_answer_as_a_plain_model_does(
    database: Database, first: str, steps: list[Step], asked: list[tuple[int, int]]
) -> None:
    ring, model, clock = KeyRing.ephemeral(), Model([[first] * DAYS]), iter(range(100))
    with pytest.MonkeyPatch.context() as patch, transaction(database) as session:
        patch.setattr(persons, "now", lambda: BEGAN + timedelta(hours=next(clock)))
        row = persons.create(session, persons.columns_of(ring, {"name": first}, COUNTY), FIRST)
        for step in steps:
            taken = model.take(step)
            try:
                row = take(session, ring, row, step)
            except DateUnordered:
                assert not taken
            else:
                assert taken
            assert (row.valid_from, row.valid_to) == (day_of(model.since), None)
    with reading(database) as session:
        assert persons.find(session, CALLER, row.person_id).name == model.known[-1][-1]
        for day, moment in asked:
            then = Asked(day_of(day), BEGAN + timedelta(hours=moment, minutes=30))
            known = min(moment, len(model.known) - 1)
            if day < 0 or known < 0:
                with pytest.raises(NotFound):
                    persons.find(session, CALLER, row.person_id, then)
            else:
                assert persons.find(session, CALLER, row.person_id, then).name == model.known[known][day]


def test_household_members_and_coverage_are_read_as_of_a_day_and_as_known_at_a_moment(house: House) -> None:
    number = id_number("19850102", 33)
    wife = person_row(姓名="马兰", 身份证号=id_number("19870304", 42), 与户主关系="妻")
    first = workbook([person_row(身份证号=number), wife])
    house.take(first, as_of="2021-06-01")
    between = now()
    house.take(workbook([person_row(身份证号=number, 停保年月="202106"), wife]), as_of="2021-07-01")
    look = {"id_number": number}
    found = house.call("POST", "/persons/lookup", "registry:read", json=look).json()
    path = f"/persons/{found['person_id']}"

    def ends(**asked: str) -> list[str | None]:
        shown = house.call("GET", path, "registry:read", params=asked).json()
        return [one["end"] for one in shown["coverage"]]

    assert ends() == ends(as_of="2021-06-30") == ["2021-06-30"]
    assert ends(as_of="2021-07-01") == []
    assert ends(known_at=between.isoformat()) == ends(as_of="2021-07-01", known_at=between.isoformat()) == [None]
    asked = {"on_date": "2021-07-15", "queries": [{"person_id": found["person_id"]}]}
    for known, status in ((None, "not-covered"), (between.isoformat(), "covered")):
        body = {**asked, "known_at": known}
        answer = house.call("POST", "/coverage/check", "coverage:check", json=body).json()
        assert answer["answers"][0]["status"] == status
    home = f"/households/{found['household_id']}"

    def members(**asked: str) -> int:
        return len(house.call("GET", home, "registry:read", params=asked).json()["members"])

    before = (between - timedelta(days=1)).isoformat()
    assert members() == members(known_at=between.isoformat()) == 2
    # Nothing was known then, not even that there is such a household.
    assert house.call("GET", home, "registry:read", params={"known_at": before}).status_code == 404
    assert members(as_of="2020-01-01") == 0
