"""Whoever can write the database cannot alter, remove, slip in or move an entry of a journal without being found out.

On both services' journals. `GET /audit/verify` names the first entry that is wrong; so does the stand-alone verifier
from files, which has no keys and no database.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from kit import proof
from kit.checkpoints import Chain, Notary, published
from kit.crypto import KeyRing
from kit.database import Database, reading, transaction
from kit.journal import Entry, append
from kit.keys_file import create, rotate_proof
from kit.migrations import upgrade
from kit.proof import ALTERED, MISSING, REWRITTEN, SLIPPED_IN, UNSIGNED, Verdict
from matcher.audit.tables import CHAIN as MATCHER
from registry.audit.tables import CHAIN as REGISTRY

COLUMNS = ("at", "actor", "action", "subject", "purpose", "detail", "digest", "chain")
COUNT = 230
LAST_CHECKPOINT = 220


class Kept:
    """A journal with entries and checkpoints, and the hand that tampers with it."""

    def __init__(self, chain: Chain, database: Database, folder: Path) -> None:
        self.chain, self.database, self.folder = chain, database, folder
        self.ring_file = folder / "keys.json"
        create(self.ring_file, "international")
        self.ring = KeyRing.load(self.ring_file)
        self.notary = Notary(database, self.ring, chain, folder / "checkpoints")

    def write(self, count: int) -> None:
        with transaction(self.database) as session:
            for number in range(count):
                entry = Entry("officer", "person.reveal", f"subject-{number}", "reveal", {"rows": number, "area": "区"})
                append(session, self.chain.entries, self.ring, entry)

    def sql(self, statement: str, **values: Any) -> list[Any]:
        with transaction(self.database) as session:
            result = session.execute(text(statement.format(table=self.chain.entries.__tablename__)), values)
            return list(result.all()) if result.returns_rows else []

    def verify(self) -> Verdict:
        with reading(self.database) as session:
            return self.notary.verify(session)

    def export(self) -> list[Path]:
        return self.notary.export(self.folder / "export")

    def verify_files(self) -> Verdict:
        journal, checkpoints, keys = self.export()
        return proof.verify_files([journal, checkpoints], keys)


@pytest.fixture(params=[REGISTRY, MATCHER], ids=lambda chain: str(chain.name))
def kept(request: pytest.FixtureRequest, database_url: str, tmp_path: Path) -> Iterator[Kept]:
    """230 entries, vouched for at 100 and at 220."""
    database = Database.open(database_url)
    upgrade(database, f"{request.param.name}:migrations")
    made = Kept(request.param, database, tmp_path)
    for count in (100, LAST_CHECKPOINT - 100):
        made.write(count)
        assert made.notary.take()
    made.write(COUNT - LAST_CHECKPOINT)
    yield made
    database.dispose()


def test_an_untouched_journal_is_whole(kept: Kept) -> None:
    whole = Verdict(COUNT, None, None, 2, LAST_CHECKPOINT)
    assert kept.verify() == whole
    assert kept.verify_files() == whole
    assert kept.notary.take()
    assert not kept.notary.take()
    assert kept.verify() == Verdict(COUNT, None, None, 3, COUNT)


@pytest.mark.parametrize("column", COLUMNS)
def test_one_changed_byte_of_any_column_is_located(kept: Kept, column: str) -> None:
    for number in (COUNT, 100, 57, 1):  # the first one wrong is told, so each is found before those further on
        tamper(kept, column, number)
        verdict = kept.verify()
        assert (verdict.entries, verdict.broken_at, verdict.reason) == (number - 1, number, ALTERED)
        if column != "chain":  # which nobody can check without the ring
            assert kept.verify_files().broken_at == number


def tamper(kept: Kept, column: str, number: int) -> None:
    """Change one byte: on SQLite to what may be no text at all, on PostgreSQL to what the column still takes."""
    if kept.database.dialect == "postgresql":
        other = f"CASE substr({column}, 3, 1) WHEN '7' THEN '8' ELSE '7' END"
        spot = f"overlay({column} placing {other} from 3 for 1)"
        new = f"{column} + interval '1 microsecond'" if column == "at" else spot
        before, after = kept.sql(
            f"WITH old AS (SELECT {column} AS was FROM {{table}} WHERE number = :number), "
            f"new AS (UPDATE {{table}} SET {column} = {new} WHERE number = :number RETURNING {column} AS now) "
            "SELECT was, now FROM old, new",
            number=number,
        )[0]
        assert before != after
        return
    ((was,),) = kept.sql(f"SELECT CAST({column} AS BLOB) FROM {{table}} WHERE number = :number", number=number)
    for place, bit in ((0, 0x80), (len(was) // 2, 0x01), (len(was) - 1, 0x04)):
        value = bytearray(was)
        value[place] ^= bit
        kept.sql(f"UPDATE {{table}} SET {column} = CAST(:v AS TEXT) WHERE number = :n", v=bytes(value), n=number)
        assert kept.verify().broken_at == number, (column, place)


@pytest.mark.parametrize(("first", "last"), [(1, 1), (50, 50), (90, 189), (220, 230)])
def test_removed_entries_are_located(kept: Kept, first: int, last: int) -> None:
    kept.sql("DELETE FROM {table} WHERE number BETWEEN :first AND :last", first=first, last=last)
    for verdict in (kept.verify(), kept.verify_files()):
        assert (verdict.broken_at, verdict.reason) == (first, MISSING)


def test_the_last_hundred_removed_are_missed_though_their_checkpoints_went_with_them(kept: Kept) -> None:
    assert kept.notary.take()
    kept.sql("DELETE FROM {table} WHERE number > :last", last=COUNT - 100)
    kept.sql("DELETE FROM journal_checkpoint WHERE entries > :last", last=COUNT - 100)
    for verdict in (kept.verify(), kept.verify_files()):
        assert (verdict.entries, verdict.broken_at, verdict.reason) == (COUNT - 100, COUNT - 99, MISSING)
    kept.write(150)  # and they stay missed when the journal has grown beyond them
    for verdict in (kept.verify(), kept.verify_files()):
        assert (verdict.broken_at, verdict.reason) == (101, REWRITTEN)


def test_removed_and_closed_up_again_is_noticed(kept: Kept) -> None:
    kept.sql("DELETE FROM {table} WHERE number = 150")
    for number in range(151, COUNT + 1):
        kept.sql("UPDATE {table} SET number = number - 1 WHERE number = :number", number=number)
    for verdict in (kept.verify(), kept.verify_files()):
        assert (verdict.broken_at, verdict.reason) == (150, ALTERED)


@pytest.mark.parametrize("number", [-5, 0, COUNT + 1])
def test_a_slipped_in_entry_is_located(kept: Kept, number: int) -> None:
    names = ", ".join(COLUMNS)
    kept.sql(f"INSERT INTO {{table}} (number, {names}) SELECT :n, {names} FROM {{table}} WHERE number = 230", n=number)
    expected = (1, SLIPPED_IN) if number < 1 else (number, ALTERED)
    for verdict in (kept.verify(), kept.verify_files()):
        assert (verdict.broken_at, verdict.reason) == expected


def test_entries_that_changed_places_are_located(kept: Kept) -> None:
    for old, new in ((60, -1), (170, 60), (-1, 170)):
        kept.sql("UPDATE {table} SET number = :new WHERE number = :old", old=old, new=new)
    for verdict in (kept.verify(), kept.verify_files()):
        assert (verdict.broken_at, verdict.reason) == (60, ALTERED)


def rewrite(kept: Kept, number: int) -> None:
    """What a clever hand does that knows how digests are made: alter an entry and all digests from there on."""
    kept.sql("UPDATE {table} SET actor = 'nobody' WHERE number = :number", number=number)
    before = kept.sql("SELECT digest FROM {table} WHERE number = :n", n=number - 1)[0][0]
    lines = [json.loads(line) for line in kept.export()[0].read_text().splitlines()]
    for entry in lines[number - 1 :]:
        before = proof.digest(before, [entry[name] for name in proof.FIELDS])
        kept.sql("UPDATE {table} SET digest = :digest WHERE number = :n", digest=before, n=entry["number"])


def test_digests_made_anew_do_not_help(kept: Kept) -> None:
    rewrite(kept, 150)
    verdict = kept.verify()
    assert (verdict.broken_at, verdict.reason) == (150, ALTERED)  # the keyed proof names the entry itself
    outside = kept.verify_files()
    assert (outside.broken_at, outside.reason) == (101, REWRITTEN)  # without keys: after the last checkpoint that holds


def test_a_checkpoint_of_a_stranger_is_no_checkpoint(kept: Kept) -> None:
    rewrite(kept, 150)
    kept.sql("DELETE FROM journal_checkpoint WHERE entries > 100")
    for path in kept.notary.folder.glob("*.checkpoints"):
        path.write_text(path.read_text().splitlines()[0] + "\n")
    forger = KeyRing.ephemeral()
    Notary(kept.database, forger, kept.chain, kept.notary.folder).take()
    assert kept.verify_files().reason == UNSIGNED
    mine = kept.folder / "mine.json"
    mine.write_text(json.dumps(published(forger)))  # only who believes the forger's keys believes the forger
    journal, checkpoints, _ = kept.export()
    assert proof.verify_files([journal, checkpoints], mine).reason == UNSIGNED


def test_a_file_half_written_by_a_crash_does_no_harm(kept: Kept) -> None:
    (path,) = kept.notary.folder.glob("*.checkpoints")
    path.write_text(path.read_text() + "eyJhbGciOi")
    assert kept.verify().reason is None
    kept.notary.take()
    assert len(path.read_text().splitlines()) == 3
    assert kept.verify() == Verdict(COUNT, None, None, 3, COUNT)


def test_lost_files_are_written_again_from_the_table(kept: Kept) -> None:
    (path,) = kept.notary.folder.glob("*.checkpoints")
    before = path.read_text()
    path.unlink()
    kept.notary.take()
    assert path.read_text().startswith(before)


def test_older_checkpoints_hold_after_their_key_was_rotated(kept: Kept) -> None:
    rotate_proof(kept.ring_file)
    kept.ring.refresh()
    kept.notary.take()
    assert len(published(kept.ring)["keys"]) == 2
    for verdict in (kept.verify(), kept.verify_files()):
        assert verdict == Verdict(COUNT, None, None, 3, COUNT)


def test_the_verifier_is_one_file_that_needs_nothing_of_ours(kept: Kept, tmp_path: Path) -> None:
    alone = tmp_path / "elsewhere" / "proof.py"
    alone.parent.mkdir()
    alone.write_bytes(Path(proof.__file__).read_bytes())
    journal, checkpoints, keys = kept.export()

    def run() -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-I", str(alone), str(journal), str(checkpoints), "--keys", str(keys)]
        return subprocess.run(command, capture_output=True, text=True, check=False, cwd=alone.parent)

    done = run()
    assert (done.returncode, "230 entries sound, 2 checkpoints" in done.stdout) == (0, True), done.stderr
    lines = journal.read_text().splitlines(keepends=True)
    journal.write_text("".join(lines[:130]))
    done = run()
    assert (done.returncode, "entry 131" in done.stdout) == (1, True)
    journal.unlink()
    assert run().returncode == 2
