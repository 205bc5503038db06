"""Backups: one moment of two databases and their files, whole or not there at all, and never restored over anything."""

import shutil
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete
from sqlmodel import col, func, select
from typer.testing import CliRunner

from doudi.backup import generation as generations_
from doudi.backup.check import check
from doudi.backup.cut import cut
from doudi.backup.databases import is_empty
from doudi.backup.generation import Generation, Keep, generations, newest_until, open_generation
from doudi.backup.installation import Installation
from doudi.backup.restore import restore, verify
from doudi.backup.take import take
from doudi.command_line import app
from doudi.defects import Stop
from doudi.home import Home
from doudi.serve import as_environment
from kit.columns import new_id, now
from kit.database import Database, reading, transaction
from kit.journal import Entry, append, last_entry
from matcher.batches.tables import Batch
from matcher.flows.restored import come_back as bring_matcher_back
from matcher.leads.tables import Lead
from matcher.people import store as people
from matcher.sealed import Vault
from registry.audit.tables import JournalEntry
from registry.changes import store as changes
from registry.changes.store import Touched
from registry.changes.tables import Change
from registry.oversight.figures import counted
from tests.conftest import POSTGRES, fresh_database

KEEP = Keep()
MOMENTS = 30


@pytest.fixture
def homes(tmp_path: Path, databases: None) -> Iterator[tuple[Home, Home]]:
    """A home with an entry in each journal and a sealed file; and the same folder with databases to restore to."""
    with ExitStack() as stack:
        home = Home(tmp_path / "home", "http://127.0.0.1:1")
        other = home
        if POSTGRES:
            urls = [stack.enter_context(fresh_database(tmp_path)) for _ in range(4)]
            home = replace(home, registry_database=urls[0], matcher_database=urls[1])
            other = replace(home, registry_database=urls[2], matcher_database=urls[3])
        home.prepare()
        for office in home.offices():
            with transaction(office.database) as session:
                append(session, office.chain.entries, office.ring, Entry("officer", "person.read"))
            office.notary().take()
            office.close()
        Vault(home.data / "matcher", home.ring("matcher")).put("people/2-a", b"people")
        yield home, other


def taken(home: Home, backups: Path) -> Generation:
    return take(Installation.of_home(home), backups, KEEP).generation


def wipe(home: Home) -> None:
    shutil.rmtree(home.data)


def test_a_backup_comes_back_whole_and_says_what_it_is(homes: tuple[Home, Home], tmp_path: Path) -> None:
    home, other = homes
    made = taken(home, tmp_path / "backups")
    verdict = verify(made, Installation.of_home(home))
    assert [one.told() for one in verdict.checks if not one.holds] == []
    assert len(verdict.checks) > 20
    assert open_generation(made.folder).verified == {**(made.verified or {}), "whole": True}
    told = made.manifest
    assert {told.databases[name]["entries"] for name in ("registry", "matcher")} == {1}
    assert set(told.keys) == {"registry", "matcher"}
    secrets = [key.secret for name in ("registry", "matcher") for key in home.ring(name).keys.keys]
    for path in (path for path in made.folder.rglob("*") if path.is_file()):
        assert path.stat().st_mode & 0o077 == 0 or path.name in generations_.BESIDE, path
        assert not any(secret in path.read_bytes() for secret in secrets)
    wipe(home)
    said = restore(made, Installation.of_home(other), replace=False)
    assert any("every check passes" in line for line in said)
    assert Vault(home.data / "matcher", home.ring("matcher")).get("people/2-a") == b"people"
    assert [one.told() for one in check(Installation.of_home(other)) if not one.holds] == []


def test_what_was_lost_of_a_journal_stays_proven_and_the_journal_says_so(
    homes: tuple[Home, Home], tmp_path: Path
) -> None:
    home, other = homes
    made = taken(home, tmp_path / "backups")
    for office in home.offices():
        with transaction(office.database) as session:
            for _ in range(3):
                append(session, office.chain.entries, office.ring, Entry("officer", "person.read"))
        office.notary().take()
        office.close()
    said = restore(made, Installation.of_home(other), replace=True)
    assert sum("*.lost-" in line for line in said) == 1
    kept = sorted(path.name.partition("-")[0] for path in (home.folder / "checkpoints").glob("*.lost-*"))
    assert kept == ["matcher", "registry"]
    for office, entries in zip(other.offices(), (5, 4), strict=True):  # the registry's had the backup itself noted
        with reading(office.database) as session:
            row = last_entry(session, office.chain.entries)
            assert row is not None
            assert (row.action, row.subject) == ("backup.restored", made.manifest.id)
            assert row.detail["lost_to"] == entries
            verdict = office.notary().verify(session)
        assert (verdict.reason, verdict.entries, verdict.checked_to) == (None, 2, 2)
        office.close()


@pytest.mark.same_anywhere
def test_what_was_deleted_by_time_does_not_come_back_with_an_older_backups_files(homes: tuple[Home, Home]) -> None:
    home, _ = homes
    vault, at = Vault(home.data / "matcher", home.ring("matcher")), now()
    said = {"feed": "health-illness", "feed_version": 1, "agency": "health", "area": "640499000000", "client_id": "c"}
    more = {"purpose": "p", "load": "snapshot", "mode": "commit", "bytes": 1, "sha256": "", "created_at": at}
    matcher = Database.open(home.matcher_settings().database_url)
    with transaction(matcher) as session:
        for name, state in (("counted", "published"), ("never", "rejected"), ("kept", "published")):
            deleted = None if name == "kept" else at
            session.add(Batch(id=name, state=state, changed_at=at, file_deleted_at=deleted, **said, **more))
            for part in ("delivery", "records-00000"):
                vault.put(f"batches/{name}/{part}", b"x")
    matcher.dispose()
    bring_matcher_back(home.matcher_settings(), "backup", at.isoformat())
    left = {
        name: [one.rpartition("/")[2] for one in vault.names(f"batches/{name}")]
        for name in ("counted", "never", "kept")
    }
    assert left == {"counted": ["records-00000"], "never": [], "kept": ["delivery", "records-00000"]}


def test_on_a_server_the_services_own_settings_are_read_and_the_alarm_hears_of_it(
    homes: tuple[Home, Home], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, _ = homes
    for name, settings in Installation.of_home(home).services().items():
        for variable, value in as_environment(settings, f"DOUDI_{name.upper()}_").items():
            monkeypatch.setenv(variable, value)
    run, words = CliRunner(), ["--server", "--to", str(tmp_path / "backups")]
    registry = home.open_registry()

    def ages() -> dict[str, list[float]]:
        figures = {family.name: family for family in counted(registry, home.registry_settings()).collect()}
        names = ("doudi_backup_age_seconds", "doudi_backup_verified_age_seconds")
        return {name: [one.value for one in figures[name].samples] for name in names}

    assert list(ages().values()) == [[], []]
    done = run.invoke(app, ["backup", "take", *words])
    assert done.exit_code == 0, done.exception
    assert "not verified yet" in run.invoke(app, ["backup", "list", *words[1:]]).stdout
    done = run.invoke(app, ["backup", "verify", *words])
    assert done.exit_code == 0, done.stdout
    assert "BAD" not in done.stdout
    assert "whole" in run.invoke(app, ["backup", "list", *words[1:]]).stdout
    assert all(0 <= age < 600 for (age,) in ages().values())
    assert run.invoke(app, ["check", "--server"]).exit_code == 0
    with transaction(registry) as session:
        session.execute(delete(JournalEntry).where(col(JournalEntry.number) == 1))
    done = run.invoke(app, ["check", "--server"])
    assert done.exit_code == 1
    bad = [line for line in done.stdout.splitlines() if line.startswith("BAD")]
    assert bad
    assert bad[0].startswith("BAD registry: 审计日志")
    registry.dispose()


def test_what_stands_is_never_overwritten(homes: tuple[Home, Home], tmp_path: Path) -> None:
    home, other = homes
    made = taken(home, tmp_path / "backups")
    with pytest.raises(Stop, match="not empty"):
        restore(made, Installation.of_home(home), replace=False)
    if POSTGRES:  # not even where that is asked for: another database is named
        with pytest.raises(Stop, match="name a new one"):
            restore(made, Installation.of_home(home), replace=True)
        assert not is_empty(str(home.registry_database))
    before = sorted(path.name for path in home.data.rglob("*"))
    restore(made, Installation.of_home(other), replace=True)
    (aside,) = home.folder.glob("data.before-*")
    assert sorted(path.name for path in aside.rglob("*") if not path.name.endswith(("-wal", "-shm"))) == [
        name for name in before if not name.endswith(("-wal", "-shm"))
    ]


def test_services_that_run_are_not_restored_under(homes: tuple[Home, Home], tmp_path: Path) -> None:
    home, other = homes
    made = taken(home, tmp_path / "backups")
    home.worker_pid.write_text("1\n")
    with pytest.raises(Stop, match="still run"):
        restore(made, Installation.of_home(other), replace=True)


@pytest.mark.same_anywhere
def test_a_backup_that_was_altered_is_named_and_not_restored(homes: tuple[Home, Home], tmp_path: Path) -> None:
    home, _ = homes
    made = taken(home, tmp_path / "backups")
    part = made.folder / "files" / "people" / "2-a.sealed"
    whole = part.read_bytes()
    installation = Installation.of_home(home)

    def wrong() -> str:
        with pytest.raises(Stop) as refused:
            restore(made, installation, replace=True)
        assert not verify(open_generation(made.folder), installation).whole
        return str(refused.value)

    part.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    assert "files/people/2-a.sealed: altered" in wrong()
    part.unlink()
    assert "files/people/2-a.sealed: missing" in wrong()
    part.write_bytes(whole)
    (made.folder / "files" / "more").write_bytes(b"")
    assert "files/more: slipped in" in wrong()
    (made.folder / "files" / "more").unlink()
    manifest = made.folder / generations_.MANIFEST
    manifest.write_text(manifest.read_text().replace('"version"', ' "version"'))
    assert "manifest: not signed by this ring" in wrong()
    assert sorted(home.folder.glob("data.before-*")) == []


@pytest.mark.same_anywhere
def test_without_the_keys_it_says_what_to_do(homes: tuple[Home, Home], tmp_path: Path) -> None:
    home, _ = homes
    made = taken(home, tmp_path / "backups")
    phrase = tmp_path / "phrase"
    phrase.write_text("too short\n")
    run, parcel = CliRunner(), tmp_path / "keys.parcel"
    words = ["--home", str(home.folder), "--passphrase-file", str(phrase)]
    assert isinstance(run.invoke(app, ["keys", "pack", str(parcel), *words]).exception, Stop)
    phrase.write_text("long enough to be tried in vain\n")
    packed = run.invoke(app, ["keys", "pack", str(parcel), *words])
    assert packed.stdout.split(": ")[1].strip() == "console.json, matcher-client.json, matcher.json, registry.json"
    assert b"key" not in parcel.read_bytes().replace(b"doudi-key-parcel-1", b"")
    with pytest.raises(Stop, match="would be overwritten"):
        raise run.invoke(app, ["keys", "unpack", str(parcel), *words]).exception or AssertionError
    aside = home.keys.rename(tmp_path / "keys")
    with pytest.raises(Stop, match="keys unpack"):
        restore(made, Installation.of_home(home), replace=True)
    phrase.write_text("another passphrase altogether\n")
    refused = run.invoke(app, ["keys", "unpack", str(parcel), *words]).exception
    assert isinstance(refused, Stop)
    assert "passphrase is another" in str(refused)
    phrase.write_text("long enough to be tried in vain\n")
    assert run.invoke(app, ["keys", "unpack", str(parcel), *words]).exit_code == 0
    for path in aside.iterdir():
        assert (home.keys / path.name).read_bytes() == path.read_bytes()
        assert (home.keys / path.name).stat().st_mode & 0o777 == 0o600
    Home(tmp_path / "stranger", "").prepare()
    with pytest.raises(Stop, match="not signed by this ring"):
        restore(made, Installation.of_home(Home(tmp_path / "stranger", "")), replace=True)


@pytest.mark.same_anywhere
def test_a_backup_of_a_newer_version_is_refused_before_anything_moves(
    homes: tuple[Home, Home], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, _ = homes
    monkeypatch.setattr("doudi.backup.take.VERSION", "SELECT '9999'")
    made = taken(home, tmp_path / "backups")
    with pytest.raises(Stop, match="newer version \\(revision 9999\\)"):
        restore(made, Installation.of_home(home), replace=True)
    assert sorted(home.folder.glob("data.before-*")) == []


@pytest.mark.same_anywhere
def test_one_that_was_cut_short_never_looks_whole_and_is_cleared_away(
    homes: tuple[Home, Home], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, _ = homes
    backups = tmp_path / "backups"

    def dies(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("doudi.backup.take.seal", dies)
        with pytest.raises(KeyboardInterrupt):
            taken(home, backups)
    assert len(list(backups.iterdir())) == 1
    assert generations(backups) == []
    made = taken(home, backups)
    assert [path.name for path in backups.iterdir()] == [made.folder.name]
    held = home.data / "matcher" / ".backup"
    assert list(held.iterdir()) == []


@pytest.mark.same_anywhere
def test_without_room_nothing_is_begun(
    homes: tuple[Home, Home], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, _ = homes
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=1 << 20))
    with pytest.raises(Stop, match="not enough room"):
        taken(home, tmp_path / "backups")
    assert list((tmp_path / "backups").iterdir()) == []


@pytest.mark.same_anywhere
def test_what_did_not_change_is_there_once(homes: tuple[Home, Home], tmp_path: Path) -> None:
    home, _ = homes
    first = taken(home, tmp_path / "backups")
    first.folder.rename(first.folder.with_name("20200101T000000Z"))  # else both are of one second
    Vault(home.data / "matcher", home.ring("matcher")).put("people/2-b", b"more")
    second = taken(home, tmp_path / "backups")
    place = "files/people/2-a.sealed"
    assert (tmp_path / "backups" / "20200101T000000Z" / place).samefile(second.folder / place)
    assert not (second.folder / place).samefile(home.data / "matcher" / "people" / "2-a.sealed")
    assert (second.folder / "files/people/2-b.sealed").is_file()
    assert verify(second, Installation.of_home(home)).whole


@pytest.mark.same_anywhere
def test_the_newest_until_a_moment_is_found_and_none_is_told(homes: tuple[Home, Home], tmp_path: Path) -> None:
    home, _ = homes
    made = taken(home, tmp_path / "backups")
    assert newest_until(tmp_path / "backups", now()).folder == made.folder
    with pytest.raises(Stop, match="no backup"):
        newest_until(tmp_path / "backups", made.moment - timedelta(seconds=1))
    with pytest.raises(Stop, match="is no backup"):
        open_generation(tmp_path)


def _lead(number: int) -> Lead:
    said = {"area": "640499100000", "state": "open", "tier": "电话核实", "grade": "certain", "snapshot": "", "card": ""}
    lists = {"screens": [], "sources": [], "doubts": [], "fingerprint": "", "version": 1, "registered": False}
    return Lead(id=f"lead-{number}", subject_id=new_id(), created_at=now(), changed_at=now(), **said, **lists)


def test_no_copy_has_an_answer_without_its_question(homes: tuple[Home, Home], tmp_path: Path) -> None:
    """The matcher notes a lead, then tells the registry; the registry notes a change, then the matcher hears of it.
    Moments of backups between: what one copy has heard, the other has said."""
    home, _ = homes
    installation = Installation.of_home(home)
    registry, matcher = (Database.open(one.database_url) for one in installation.services().values())
    stop, rounds, trouble = threading.Event(), threading.Semaphore(0), []

    def talk() -> None:
        try:
            number = 0
            while not stop.is_set():
                number += 1
                with transaction(matcher) as session:
                    session.add(_lead(number))
                with transaction(registry) as session:
                    seq = changes.append(session, [Touched("case", f"lead-{number}", "640499100000")])
                with transaction(matcher) as session:
                    standing = people.standing(session)
                    standing.cursor = str(seq)
                    session.add(standing)
                rounds.release()
        except Exception as wrong:
            trouble.append(wrong)

    talker = threading.Thread(target=talk, daemon=True)
    talker.start()
    seen = set()
    try:
        for _ in range(MOMENTS):
            with cut(installation) as held:
                told, heard = held.databases["matcher"], held.databases["registry"]
                noted = int(str(told.ask("SELECT count(*) FROM lead")))
                cursor = int(str(told.ask("SELECT cursor FROM standing") or 0))
                while rounds.acquire(blocking=False):  # those of before
                    pass
                for _ in ("the one at hand", "a whole one"):  # the copying takes its time, and the writers go on
                    assert rounds.acquire(timeout=60), ("the writers were held up", trouble)
                last = int(str(heard.ask("SELECT count(*) FROM change")))
            assert last <= noted <= last + 1
            assert cursor <= last
            seen.add(noted)
    finally:
        stop.set()
        talker.join()
        with reading(registry) as session:
            written = session.exec(select(func.count()).select_from(Change).where(col(Change.kind) == "case")).one()
        registry.dispose()
        matcher.dispose()
    assert trouble == []
    assert len(seen) == MOMENTS
    assert written >= max(seen) - 1
