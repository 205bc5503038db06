"""Sealing anew: stopped half way it goes on, nobody goes unfound meanwhile, and no sealed column is forgotten."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import select

from kit import resealing
from kit.crypto import KeyRing
from kit.database import reading
from kit.keys_file import create, rotate
from kit.resealing import Done, Resealing
from registry.migrations.every_table import METADATA
from registry.persons.tables import PersonVersion
from registry.sealed_cells import CELLS
from tests.at_rest import columns_with
from tests.registry.house import TOWN, VILLAGE, House, id_number, person_row, workbook

COUNT = 9


class Stopped(Exception):
    """The job was ended in the middle."""


@pytest.fixture(autouse=True)
def keys_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The house's ring stands in this file (the fixture comes before the house)."""
    path = tmp_path / "ring.json"
    create(path, "international")
    monkeypatch.setattr(KeyRing, "ephemeral", lambda: KeyRing.load(path))
    monkeypatch.setattr(resealing, "ROWS", 2)
    return path


def people(house: House) -> list[tuple[str, str]]:
    return [(f"马{number}", id_number("19700102", number)) for number in range(1, COUNT + 1)]


def all_are_found(house: House) -> bool:
    bodies = [{"name": name, "id_number": number} for name, number in people(house)]
    answers = [house.call("POST", "/persons/lookup", "registry:read", area=TOWN, json=body) for body in bodies]
    return [answer.status_code for answer in answers] == [200] * COUNT


def job_of(house: House, keys_file: Path) -> Resealing:
    return Resealing(house.database, house.ring, keys_file, CELLS)


@pytest.mark.parametrize("suite", ["international", "guomi"])
def test_a_job_that_was_stopped_goes_on_and_everybody_is_found_at_every_moment(
    house: House, keys_file: Path, suite: str
) -> None:
    for name, number in people(house):
        body = {"name": name, "id_number": number, "phone": "13800000001", "division": VILLAGE}
        assert house.call("POST", "/persons", "registry:write", area=TOWN, json=body).status_code == 201
    former = house.ring.writes_with
    rotate(keys_file, suite, timedelta(0))
    house.ring.refresh()
    assert all_are_found(house)

    def stop(done: Done) -> None:
        if done.cells > 3:
            raise Stopped

    job = job_of(house, keys_file)
    with pytest.raises(Stopped):
        job.run(stop)
    left = job.left()
    assert 0 < left["person_version.id_number_sealed"] < COUNT
    assert all_are_found(house)
    done = job.run(lambda _: None)
    assert (done.left, done.unreadable) == (0, 0)
    assert all_are_found(house)
    assert columns_with(house.database, METADATA, house.ring.mark(former)) == {}
    # Nor does an index name it; only the journal's entries of its time do.
    assert set(columns_with(house.database, METADATA, former)) == {"journal_entry.chain"}


def test_an_import_half_of_whose_people_are_sealed_anew_takes_nobody_for_another(house: House, keys_file: Path) -> None:
    rows = [
        person_row(户号=f"JY{number}", 姓名=name, 户主姓名=name, 身份证号=id18, 银行账号=f"62290000000000{number:02d}")
        for number, (name, id18) in enumerate(people(house))
    ]
    house.take(workbook(rows))

    def versions() -> int:
        with reading(house.database) as session:
            return len(session.exec(select(PersonVersion)).all())

    before, exported = versions(), house.export()[1]
    assert before == COUNT
    rotate(keys_file, "guomi", timedelta(0))
    house.ring.refresh()
    with pytest.raises(Stopped):
        job_of(house, keys_file).run(_stop_at_once)
    done = house.take(workbook(rows, title="同一批人"))
    assert done["counts"] == {"unchanged": COUNT}, done["counts"]
    assert versions() == before
    assert house.export()[1] == exported


def _stop_at_once(_: Done) -> None:
    raise Stopped


def test_every_sealed_column_is_in_the_list() -> None:
    tables = {f"{table.name}.{column.name}" for table in METADATA.sorted_tables for column in table.columns}
    listed = {cell.name for cell in CELLS}
    indexes = {f"{cell.table.__tablename__}.{cell.index.column}" for cell in CELLS if cell.index is not None}
    of_the_kit = {"idempotency_key.body", "registry_subscription.url", "registry_subscription.secrets"}
    assert {name for name in tables if name.endswith("_sealed")} == listed - of_the_kit
    assert of_the_kit <= listed
    assert {name for name in tables if name.endswith("_blind")} == indexes
