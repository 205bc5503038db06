"""PostgreSQL brought back to a moment by the scripts in deploy/postgres, and both services settled there."""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlmodel import func, select

from doudi.backup.check import check
from doudi.backup.generation import Keep
from doudi.backup.installation import Installation
from doudi.backup.restore import settle
from doudi.backup.take import take
from doudi.home import Home
from doudi.serve import free_port
from kit.columns import now
from kit.database import Database, reading, transaction
from registry.changes import compact
from registry.changes import store as changes
from registry.changes.store import Touched
from registry.changes.tables import Change
from tests.deploy.image import DEPLOY

BIN = next(iter(sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)), None)
SCRIPTS = DEPLOY / "postgres"


@dataclass(frozen=True)
class Cluster:
    """A PostgreSQL of the test's own, archiving its WAL as the README says."""

    folder: Path
    port: int

    def run(self, *command: object, **variables: str) -> str:
        """As whoever PostgreSQL runs as: never root."""
        root = os.geteuid() == 0
        done = subprocess.run(
            [str(one) for one in command], capture_output=True, text=True, check=False, cwd=self.folder,
            env={**os.environ, "PGHOST": "127.0.0.1", "PGPORT": str(self.port), "PGUSER": "doudi",
                 "DOUDI_BASE_DIR": str(self.folder / "backups"), **variables},
            **({"user": "postgres", "group": "postgres"} if root else {}),
        )  # fmt: skip
        assert done.returncode == 0, done.stderr + done.stdout
        return done.stdout

    def start(self, data: str) -> None:
        """Begin, and wait until it answers."""
        assert BIN is not None
        options = f"-h 127.0.0.1 -p {self.port} -k {self.folder} -c fsync=off"
        self.run(
            BIN / "pg_ctl", "-D", self.folder / data, "-w", "-l", self.folder / f"{data}.log", "-o", options, "start"
        )

    def stop(self, data: str) -> None:
        """Power cut."""
        assert BIN is not None
        self.run(BIN / "pg_ctl", "-D", self.folder / data, "-m", "immediate", "stop")

    def archive_all(self) -> None:
        """What was written until now, out of the segment under way into the archive."""
        assert BIN is not None
        segment = self.run(BIN / "psql", "-d", "registry", "-Atc", "SELECT pg_walfile_name(pg_switch_wal())").strip()
        self.run("sh", "-c", f"for n in $(seq 600); do [ -e backups/wal/{segment} ] && exit 0; sleep 0.1; done; exit 1")

    def url(self, name: str) -> str:
        """Of a database."""
        return f"postgresql://doudi@127.0.0.1:{self.port}/{name}"


@contextmanager
def cluster(folder: Path) -> Iterator[Cluster]:
    """Initialised and started; stopped whatever became of it."""
    assert BIN is not None
    shutil.copytree(SCRIPTS, folder / "scripts")  # whoever it runs as may not read ours
    made = Cluster(folder, free_port())
    if os.geteuid() == 0:
        for path in (folder, *folder.rglob("*")):
            shutil.chown(path, "postgres", "postgres")
    made.run("mkdir", "-p", "backups/wal")
    made.run(BIN / "initdb", "-D", folder / "data", "-U", "doudi", "--auth=trust", "--no-sync")
    made.run("sh", "-c", f"cat >> data/postgresql.conf <<'END'\narchive_mode = on\narchive_command = "
             f"'DOUDI_WAL_DIR={folder}/backups/wal {folder}/scripts/archive-wal %p %f'\nEND")  # fmt: skip
    made.start("data")
    try:
        for name in ("registry", "matcher"):
            made.run(BIN / "createdb", name)
        yield made
    finally:
        for data in ("data", "again"):
            if (folder / data / "postmaster.pid").exists():
                made.stop(data)


def tell(database: Database, subject: str) -> int:
    with transaction(database) as session:
        return changes.append(session, [Touched("case", subject, "640499100000")])


def subjects(database: Database) -> list[str]:
    with reading(database) as session:
        return list(session.exec(select(Change.subject).order_by(Change.seq)))  # type: ignore[arg-type]  # a column


@pytest.fixture
def folder() -> Iterator[Path]:
    """Pytest's own are closed to whoever PostgreSQL runs as."""
    with tempfile.TemporaryDirectory(prefix="doudi-cluster-") as place:
        yield Path(place)


@pytest.mark.skipif(BIN is None, reason="PostgreSQL's own programs are not on this machine (CI has them)")
def test_both_databases_come_back_to_a_moment_between_two_backups(folder: Path, tmp_path: Path) -> None:
    with cluster(folder) as made:
        home = Home(tmp_path / "home", "", registry_database=made.url("registry"), matcher_database=made.url("matcher"))
        home.prepare()
        registry = home.open_registry()
        made.run(folder / "scripts" / "base-backup")
        generation = take(Installation.of_home(home), tmp_path / "backups", Keep()).generation
        tell(registry, "before")
        time.sleep(0.2)
        moment = now()
        time.sleep(0.2)
        seen = tell(registry, "mistake")
        registry.dispose()
        made.archive_all()
        made.stop("data")
        told = made.run(folder / "scripts" / "restore-to", moment.isoformat(sep=" "), folder / "again")
        assert "base-" in told
        made.start("again")
        made.run("sh", "-c", "for n in $(seq 600); do "
                 "[ $(psql -d registry -Atc 'SELECT pg_is_in_recovery()') = f ] && exit 0; sleep 0.1; done; exit 1",
                 PATH=f"{BIN}:{os.environ['PATH']}")  # fmt: skip
        registry = home.open_registry()
        assert subjects(registry) == ["before"]
        shutil.rmtree(home.data / "matcher")
        said = settle(generation, Installation.of_home(home), moment.isoformat())
        assert any("every check passes" in line for line in said)
        assert [one.told() for one in check(Installation.of_home(home)) if not one.holds] == []
        with reading(registry) as session:
            assert session.exec(select(func.max(Change.seq))).one() < seen + 1
            assert compact.floor(session) > seen  # whoever heard of the mistake is told to resync
        assert tell(registry, "after") > seen
        registry.dispose()


def basis(moment: str, tmp_path: Path) -> str:
    """Which base backup the way back to a moment begins from, or why there is none."""
    with tempfile.TemporaryDirectory(dir=tmp_path) as to:
        done = subprocess.run(
            [str(SCRIPTS / "restore-to"), moment, to], env={**os.environ, "DOUDI_BASE_DIR": str(tmp_path)},
            capture_output=True, text=True, check=False,
        )  # fmt: skip
    return done.stdout.split(" from ")[1].split()[0] if done.returncode == 0 else done.stderr


def test_the_way_back_begins_from_the_newest_base_backup_that_had_ended_by_then(tmp_path: Path) -> None:
    older, newer = "base-20261122T180000Z", "base-20261129T180000.250000Z"  # as a name was before, and is
    for name in (older, newer):
        (tmp_path / name).mkdir()
    assert "no base backup" in basis("2026-11-22 17:59:59Z", tmp_path)
    assert basis("2026-11-29 18:00:00.2Z", tmp_path) == older
    assert basis("2026-11-29 18:00:00.3Z", tmp_path) == newer
    assert basis("2026-11-30 02:00:00.3+08", tmp_path) == newer


def test_a_base_backup_bears_the_moment_it_ended(tmp_path: Path) -> None:
    """No moment before its end can be reached from it, so its name must not promise one."""
    programs = tmp_path / "bin"
    programs.mkdir()
    label = "START WAL LOCATION: 0/2000028 (file 000000010000000000000002)"
    for name, does in {
        "pg_basebackup": f'mkdir "${{1#--pgdata=}}"; echo "{label}" > "${{1#--pgdata=}}/backup_label"; sleep 0.1; '
                         f'date -u +base-%Y%m%dT%H%M%S.%6NZ > "{tmp_path}/ended"',
        "pg_verifybackup": "sleep 0.1",
        "pg_archivecleanup": f'echo "$2" > "{tmp_path}/first"',
    }.items():  # fmt: skip
        (programs / name).write_text(f"#!/bin/sh\nset -eu\n{does}\n")
        (programs / name).chmod(0o755)
    base = {"DOUDI_BASE_DIR": str(tmp_path / "made"), "PATH": f"{programs}:{os.environ['PATH']}"}
    (tmp_path / "made").mkdir()
    told = [
        subprocess.run(
            [str(SCRIPTS / "base-backup")], env={**os.environ, **base}, check=True, capture_output=True, text=True
        )
        for _ in range(3)
    ]
    kept = sorted((tmp_path / "made").iterdir())
    assert [str(path) for path in kept] == [one.stdout.strip() for one in told[1:]]
    assert kept[-1].name >= (tmp_path / "ended").read_text().strip()
    assert (tmp_path / "first").read_text().strip() == "000000010000000000000002"


def test_a_segment_is_archived_whole_once_and_never_over_another(tmp_path: Path) -> None:
    wal = tmp_path / "wal"
    wal.mkdir()
    segment = tmp_path / "segment"

    def archive(content: bytes) -> int:
        segment.write_bytes(content)
        command = [str(SCRIPTS / "archive-wal"), str(segment), "0001"]
        return subprocess.run(command, env={**os.environ, "DOUDI_WAL_DIR": str(wal)}, check=False).returncode

    assert archive(b"one") == 0
    assert archive(b"one") == 0
    assert archive(b"other") != 0
    assert [(path.name, path.read_bytes()) for path in wal.iterdir()] == [("0001", b"one")]
