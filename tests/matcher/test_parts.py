"""The parts the stories stand on: settling ids, the people snapshot, sealed files, the tables."""

from pathlib import Path

import polars as pl
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from kit.crypto import KeyProblem, KeyRing
from kit.database import Database
from kit.migrations import upgrade
from matcher.migrations.every_table import METADATA
from matcher.people.settle import moved_to_registry, settle
from matcher.people.snapshot import (
    PeopleFiles,
    coverage,
    from_changes,
    identities,
    identity_changed,
    overlay,
)
from matcher.sealed import FileMissing, Vault
from tests.matcher import county


def clusters(**roots: str) -> pl.DataFrame:
    """CLUSTER of record → root."""
    return pl.DataFrame({"record_id": list(roots), "cluster": list(roots.values()), "probability": 1.0})


def before(**subjects: str) -> pl.DataFrame:
    """Record → subject until now."""
    schema = {"record_id": pl.String, "subject_id": pl.String}
    return pl.DataFrame({"record_id": list(subjects), "subject_id": list(subjects.values())}, schema=schema)


def subject_of(settled: pl.DataFrame) -> dict[str, str]:
    return dict(settled.select("record_id", "subject_id").iter_rows())


def test_a_new_cluster_gets_one_new_id() -> None:
    done = settle(clusters(a="a", b="a", c="c"), before())
    found = subject_of(done.subjects)
    assert found["a"] == found["b"] != found["c"]
    assert done.minted.to_list() == sorted({found["a"], found["c"]})
    assert done.merged.height == 0


def test_a_cluster_keeps_the_oldest_id_and_the_others_are_redirected_to_it() -> None:
    done = settle(clusters(a="a", b="a", c="a"), before(a="s2", b="s1"))
    assert set(subject_of(done.subjects).values()) == {"s1"}
    assert done.minted.is_empty()
    assert done.merged.rows() == [("s2", "s1")]


def test_an_id_whose_records_part_stays_where_most_of_them_are() -> None:
    done = settle(clusters(a="a", b="b", c="b"), before(a="s1", b="s1", c="s1"))
    found = subject_of(done.subjects)
    assert found["b"] == found["c"] == "s1"
    assert [found["a"]] == done.minted.to_list()
    assert done.merged.height == 0


def test_a_subject_goes_over_to_the_registry_only_when_none_of_its_records_stays() -> None:
    earlier = before(a="s1", b="s1", c="s2", d="s2")
    links = pl.DataFrame({"record_id": ["a", "b", "c"], "person_id": ["p1", "p1", "p2"]})
    staying = pl.DataFrame({"subject_id": ["s2"]})
    assert moved_to_registry(earlier, links, staying).rows() == [("s1", "p1")]


def people_of(*persons: dict[str, object]) -> pl.DataFrame:
    return from_changes([{"kind": "person", "id": one["person_id"], "person": one} for one in persons])


def test_a_former_name_is_a_row_of_its_own_with_what_it_leaves_out_filled() -> None:
    person = county.person("马建国", county.number("19600101", 11), former=[{"name": "马小国", "id_number": None}])
    rows = identities(people_of(person))
    assert rows["name"].to_list() == ["马建国", "马小国"]
    assert rows["id_number"].n_unique() == rows["id"].n_unique() == 1


def test_coverage_takes_the_persons_household_where_it_names_none() -> None:
    person = county.person(
        "马建国", None, household_id="H", coverage=[county.covered(end="2021-05-31"), county.covered()]
    )
    rows = coverage(people_of(person))
    assert rows["household_key"].to_list() == ["H", "H"]
    assert [str(day) for day in rows["end"]] == ["2021-05-31", "None"]
    assert rows["source"].to_list() == ["registry:3", "registry:3"]


def test_only_what_linking_looks_at_counts_as_a_changed_identity() -> None:
    person = county.person("马建国", county.number("19600101", 11))
    now = people_of(person, county.person("李秀英", None))
    assert not identity_changed(now, people_of({**person, "coverage": [county.covered()], "relation": "配偶"}))
    assert identity_changed(now, people_of({**person, "phone": "13900000000"}))
    assert identity_changed(now, people_of(county.person("新人", None)))
    gone = from_changes([{"kind": "person", "id": person["person_id"], "person": None}])
    assert identity_changed(now, gone)
    assert overlay(now, gone)["name"].to_list() == ["李秀英"]


def test_the_snapshot_read_anew_is_the_one_kept_in_memory(tmp_path: Path, ring: KeyRing) -> None:
    vault = Vault(tmp_path, ring)
    warm = PeopleFiles(vault)
    first, second = county.person("马建国", None), county.person("李秀英", None)
    files = [warm.write(people_of(first, second))]
    warm.read(files)
    files.append(warm.write(people_of({**first, "name": "马建军"})))
    files.append(warm.write(from_changes([{"kind": "person", "id": second["person_id"], "person": None}])))
    cold = PeopleFiles(vault)
    assert cold.read(files).equals(warm.read(files))
    assert cold.read(files)["name"].to_list() == ["马建军"]
    cold.sweep(files[:1])
    assert vault.names("people") == files[:1]


def test_a_sealed_file_opens_under_its_own_name_and_key_only(tmp_path: Path, ring: KeyRing) -> None:
    vault = Vault(tmp_path, ring)
    vault.put("a/one", b"text")
    assert vault.get("a/one") == vault.get_writable("a/one") == b"text"
    (tmp_path / "a" / "two.sealed").write_bytes((tmp_path / "a" / "one.sealed").read_bytes())
    with pytest.raises(KeyProblem):
        vault.get("a/two")
    with pytest.raises(KeyProblem):
        vault.get_writable("a/two")
    with pytest.raises(KeyProblem):
        Vault(tmp_path, KeyRing.ephemeral()).get("a/one")
    with pytest.raises(FileMissing):
        vault.get("a/none")
    with pytest.raises(FileMissing):
        vault.get_writable("a/none")
    for size in (0, 3, 20):
        (tmp_path / "a" / "short.sealed").write_bytes((tmp_path / "a" / "one.sealed").read_bytes()[:size])
        with pytest.raises(KeyProblem):
            vault.get_writable("a/short")
    assert not list(tmp_path.rglob("*.part"))


def test_the_migrations_make_exactly_the_tables_of_the_code(database_url: str) -> None:
    database = Database.open(database_url)
    upgrade(database, "matcher:migrations")
    with database.engine.connect() as connection:
        # Types are told apart by the journeys: our decorators look like their plain kinds here.
        context = MigrationContext.configure(connection, opts={"compare_type": False})
        assert compare_metadata(context, METADATA) == []
    upgrade(database, "matcher:migrations")
    database.dispose()
