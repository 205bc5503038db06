"""The lines of an export, made as whole columns, say of everybody what one look at them says, byte for byte."""

import json
import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from kit.agreements import AgreementInsufficient
from kit.auth import Caller, Terms
from kit.columns import new_id
from kit.crypto import KeyRing
from kit.database import Database, reading, transaction
from registry.coverage.tables import Coverage, Suspension
from registry.households.tables import Household, Membership
from registry.main import MIGRATIONS
from registry.persons import merges
from registry.persons.sealed import ID_NUMBER, PHONE, seal
from registry.persons.tables import Person, PersonVersion
from registry.views import person_lines
from registry.views.person import Viewer, by_ids
from registry.views.person_lines import lines, stretch_end
from registry.views.schemas import PersonOut
from tests.conftest import fresh_database
from tests.migrated import migrated
from tests.registry.house import COUNTY, OTHER_COUNTY, OTHER_VILLAGE, TOWN, VILLAGE, id_number

AT, DAY = datetime(2021, 6, 1, tzinfo=UTC), date(2020, 1, 1)
PEOPLE, HOMES = 60, 12
AREAS = (VILLAGE, VILLAGE, OTHER_VILLAGE, OTHER_COUNTY)
WORDS = ("马有福", 'a"b\\c', "一\n二\t三", "=1+1", "\\N", "\x01\x7f\u2028", "𠮷", "")


def caller(area: str = COUNTY, **more: Any) -> Caller:
    return Caller("c", "civil-affairs", area, frozenset({"registry:follow"}), "matching", **more)


class Invented:
    """A registry of every shape: people of several areas with several versions, places and periods, merged in steps."""

    def __init__(self, seed: int) -> None:
        self.rng, self.ring = random.Random(seed), KeyRing.ephemeral()
        self.people = [new_id() for _ in range(PEOPLE)]
        self.homes = [new_id() for _ in range(HOMES)]
        self.rows: list[Any] = [
            Household(
                household_id=one, county="640499", number=f"H{at}", area=self.any(*AREAS), created_at=AT,
                kind=self.any("assistance", "assistance", "hukou"),
            )
            for at, one in enumerate(self.homes)
        ]  # fmt: skip
        for at, one in enumerate(self.people):
            self.rows.append(Person(person_id=one, subject_id=self.maybe(f"s{at}"), created_at=AT))
        for at, one in enumerate(self.people):
            self.person(one, at)

    def any(self, *of: Any) -> Any:
        return self.rng.choice(of)

    def maybe(self, value: Any) -> Any:
        return self.any(value, None)

    def day(self) -> date:
        return DAY + timedelta(days=self.rng.randrange(500))

    def person(self, one: str, at: int) -> None:
        number = id_number("19700102", at)
        for version in range(1, self.any(1, 1, 2, 4) + 1):
            self.rows.append(self.version(one, self.any(number, number, number.lower(), None), version))
        self.rows[-1].superseded_at = None
        for home in self.rng.sample(self.homes, self.rng.randrange(3)):
            self.rows.append(
                Membership(
                    membership_id=new_id(), household_id=home, person_id=one, relation=self.any(None, *WORDS),
                    is_head=self.any(True, False), valid_from=self.day(), valid_to=self.any(None, None, DAY),
                    recorded_at=AT, superseded_at=self.any(None, None, AT),
                )
            )  # fmt: skip
        for _ in range(self.rng.randrange(4)):
            self.period(one)

    def version(self, one: str, number: str | None, version: int) -> PersonVersion:
        return PersonVersion(
            version_id=new_id(), person_id=one, version=version, name=self.any(*WORDS),
            id_number_sealed=seal(self.ring, number, ID_NUMBER), sex=self.any("1", "2", None),
            birth_date=self.maybe(self.day()), ethnic=self.maybe("回族"), division=self.maybe(VILLAGE),
            area=self.any(*AREAS), address=self.any(None, *WORDS), valid_from=DAY,
            recorded_at=AT + timedelta(hours=version), superseded_at=AT,
            source_import=self.maybe("i1"), source_line=self.maybe(7),
            phone_sealed=seal(self.ring, self.maybe("138"), PHONE),
        )  # fmt: skip

    def period(self, one: str) -> None:
        period = Coverage(
            row_id=new_id(), coverage_id=new_id(), person_id=one, household_id=self.any(None, *self.homes),
            area=self.any(*AREAS), programme=self.any("dibao-rural", "tekun-institution", "tekun-home"),
            form=self.any("household", None), start=self.any(DAY, self.day()), end=self.maybe(self.day()),
            household_size=self.maybe(3), covered_count=self.maybe(2), own_amount_fen=self.maybe(15_950),
            uplift_grounds=self.any(None, "", "illness", "illness,old-age"), uplift_fen=self.maybe(1),
            ground=self.maybe("illness"), basis=self.any(None, *WORDS), self_care=self.maybe("none"),
            phase_out_from=self.maybe(DAY), phase_out_until=self.maybe(self.day()), end_reason=self.maybe("died"),
            amount_fen=self.maybe(10**9), recorded_at=AT, superseded_at=self.any(None, None, None, AT),
            source_import=self.maybe("i2"), source_line=self.maybe(9),
        )  # fmt: skip
        self.rows.append(period)
        for _ in range(self.any(0, 0, 1, 3)):
            self.rows.append(
                Suspension(
                    row_id=new_id(), suspension_id=new_id(), coverage_id=period.coverage_id, start=self.day(),
                    end=self.maybe(self.day()), reason="other", recorded_at=AT, superseded_at=self.any(None, None, AT),
                )
            )  # fmt: skip


@pytest.fixture(scope="module", params=[1, 2])
def invented(
    request: pytest.FixtureRequest, databases: None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Any]:
    made = Invented(request.param)
    folder: Path = tmp_path_factory.mktemp("lines")
    with fresh_database(folder) as url:
        database = Database.open(url)
        migrated(database, MIGRATIONS)
        for kind in (Household, Person, PersonVersion, Membership, Coverage, Suspension):
            with transaction(database) as session:
                session.add_all([row for row in made.rows if isinstance(row, kind)])
        with transaction(database) as session:
            for _ in range(PEOPLE // 3):  # also in chains
                standing = [one for one in made.people if merges.resolve(session, one) == one]
                gone, kept = made.rng.sample(standing, 2)
                merges.merge(session, gone, kept)
        yield database, made
        database.dispose()


@pytest.mark.parametrize("area", [COUNTY, TOWN, OTHER_COUNTY, VILLAGE])
@pytest.mark.parametrize("chunk", [1, 7, 1000])
def test_a_line_is_what_a_look_at_the_person_is(
    invented: Any, area: str, chunk: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(person_lines, "BULK", 3)
    database, made = invented
    content, after = b"", ""
    with reading(database) as session:
        viewer = Viewer(session, made.ring, caller(area))
        looked = by_ids(viewer, made.people)
        while last := stretch_end(session, after, chunk):
            content, after = content + lines(viewer, after, last).content, last
    told = [json.loads(line)["person"] for line in content.splitlines()]
    assert [one["person_id"] for one in told] == sorted(looked)
    assert len(looked) > (area == COUNTY) * PEOPLE / 4
    for one in told:
        assert PersonOut.model_validate(one) == looked[one["person_id"]]
        expected = looked[one["person_id"]].model_dump(mode="json")
        assert json.dumps(one) == json.dumps(expected)  # the order of the fields, too, and what pydantic would mend


def test_the_registry_invented_has_every_shape(invented: Any) -> None:
    database, made = invented
    with reading(database) as session:
        people = by_ids(Viewer(session, made.ring, caller()), made.people).values()
    periods = [period for one in people for period in one.coverage]
    assert {len(one.former) for one in people} >= {0, 1, 2}
    assert {len(period.suspensions) for period in periods} >= {0, 1, 2}
    assert {bool(one.source) for one in people} == {bool(period.source) for period in periods} == {True, False}
    assert any(one.household_id for one in people)
    assert any(len(one.coverage) > 1 and one.coverage[0].start == one.coverage[1].start for one in people)


def test_who_is_told_less_is_told_nothing_this_way(invented: Any) -> None:
    database, made = invented
    agreed = caller(terms=Terms("v", frozenset({"person_id"}), DAY))
    for who in (agreed, Caller("c", "civil-affairs", COUNTY, frozenset({"registry:read"}), "matching")):
        with reading(database) as session, pytest.raises(AgreementInsufficient):
            lines(Viewer(session, made.ring, who), "", "z")
