"""Backups as Kubernetes runs them: the words of the chart's jobs, said as processes from what the image holds, each
with the volumes and secrets its pod mounts and no others."""

import fcntl
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from doudi.backup.generation import generations
from doudi.backup.installation import Installation
from kit.database import Database, transaction
from kit.journal import Entry, append
from kit.keys_file import make_or_complete
from matcher.sealed import Vault
from matcher.settings import MatcherSettings
from registry.oversight.figures import counted
from registry.settings import RegistrySettings
from tests.conftest import POSTGRES, fresh_database
from tests.deploy.image import DEPLOY, PYTHON, Image, build

PARTS = [part for file in (DEPLOY / "kubernetes").glob("*.yaml") for part in yaml.safe_load_all(file.read_text())]
AGES = ("doudi_backup_age_seconds", "doudi_backup_verified_age_seconds")


def pod_of(name: str) -> dict[str, Any]:
    """The pod a job makes."""
    (part,) = (one for one in PARTS if one["metadata"]["name"] == name and one["kind"] in {"CronJob", "Job"})
    job = part["spec"]["jobTemplate"] if part["kind"] == "CronJob" else part
    pod: dict[str, Any] = job["spec"]["template"]["spec"]
    return pod


@dataclass
class Cluster:
    """Claims and secrets of a namespace as folders, and the image."""

    folder: Path
    image: Image
    urls: dict[str, str]
    scratch: str

    def claim(self, name: str) -> Path:
        """The volume of a claim."""
        place = self.folder / "claims" / name
        place.mkdir(parents=True, exist_ok=True)
        return place

    def installation(self) -> Installation:
        """Both services as their own pods are told."""
        places = {
            name: {
                "database_url": self.urls[name],
                "data_dir": self.claim(f"doudi-{name}-data"),
                "keys_file": self.claim(f"doudi-{name}-keys") / f"{name}.json",
                "checkpoints_dir": self.claim(f"doudi-{name}-checkpoints"),
            }
            for name in ("registry", "matcher")
        }
        return Installation(RegistrySettings(**places["registry"]), MatcherSettings(**places["matcher"]))

    @property
    def secrets(self) -> dict[str, dict[str, str]]:
        """What the README puts into the namespace's secrets."""
        client = {"doudi_matcher_client_id": "1", "doudi_matcher_client_secret": "s"}
        return {
            "doudi-registry": {"doudi_registry_database_url": self.urls["registry"]},
            "doudi-matcher": {"doudi_matcher_database_url": self.urls["matcher"], **client},
            "doudi-backup": {"doudi_scratch_database_url": self.scratch},
        }

    @contextmanager
    def pod(self, name: str) -> Iterator[subprocess.Popen[str]]:
        """The process of a job's pod; what its mounts call read-only is as it was afterwards."""
        told = pod_of(name)
        (container,) = told["containers"]
        place = self.folder / f"{name}-{time.monotonic_ns()}"
        guarded = self._mount(told, container, place)
        before = contents(guarded)
        image = {name: value for name, value in self.image.variables().items() if name.startswith("DOUDI_")}
        told_by = {name: value.replace(str(self.image.folder), str(place)) for name, value in image.items()}
        told_by |= {one["name"]: f"{place}{one['value']}" for one in container["env"]}
        path = f"{self.image.folder}/opt/postgresql/bin:/usr/bin:/bin"
        words = [f"{place}{word}" if word.startswith("/") else word for word in container["args"]]
        with subprocess.Popen(
            [*PYTHON, "-m", "doudi.command_line", *words], cwd=place, text=True,
            env={**self.image.variables(), **told_by, "TMPDIR": str(place / "tmp"), "PATH": path},
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        ) as process:  # fmt: skip
            yield process
        assert contents(guarded) == before
        mounted = {mount["mountPath"].split("/")[1] for mount in container["volumeMounts"]}
        assert {path.name for path in place.iterdir()} == mounted  # nothing was written beside them

    def _mount(self, told: dict[str, Any], container: dict[str, Any], place: Path) -> list[Path]:
        volumes = {volume["name"]: volume for volume in told["volumes"]}
        guarded = []
        for mount in container["volumeMounts"]:
            at, volume = place / mount["mountPath"].lstrip("/"), volumes[mount["name"]]
            at.parent.mkdir(parents=True, exist_ok=True)
            if "persistentVolumeClaim" in volume:
                at.symlink_to(self.claim(volume["persistentVolumeClaim"]["claimName"]))
            else:
                at.mkdir()
                for source in volume.get("projected", {"sources": []})["sources"]:
                    self._project(source["secret"], at)
            if mount.get("readOnly"):
                guarded.append(at.resolve())
        return guarded

    def _project(self, asked: dict[str, Any], at: Path) -> None:
        told = self.secrets[asked["name"]]
        for item in asked.get("items", [{"key": name, "path": name} for name in told]):
            (at / item["path"]).write_text(f"{told[item['key']]}\n")

    def run(self, name: str) -> str:
        """The job to its end; what it said."""
        with self.pod(name) as process:
            said, _ = process.communicate(timeout=120)
            assert process.returncode == 0, said
        return said


def contents(folders: list[Path]) -> dict[Path, bytes]:
    """Every file below them."""
    return {path: path.read_bytes() for folder in folders for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Image:
    made = build("backup", tmp_path_factory.mktemp("image"))
    if POSTGRES:  # its client too: what is carried out of PostgreSQL's image, run on its own
        script, to = DEPLOY / "postgres" / "client-alone", made.folder / "opt" / "postgresql"
        subprocess.run(["sh", script, to], check=True)
        assert {path.name for path in (to / "bin").iterdir()} == {"pg_dump", "pg_restore"}
    return made


@pytest.fixture
def cluster(image: Image, databases: None, tmp_path: Path) -> Iterator[Cluster]:
    """A namespace with two services that have said a thing each, and a sealed file; its volume of backups is empty."""
    with ExitStack() as stack:
        urls = {name: stack.enter_context(fresh_database(tmp_path)) for name in ("registry", "matcher")}
        made = Cluster(tmp_path, image, urls, urls["registry"])
        installation = made.installation()
        for settings in installation.services().values():
            make_or_complete(settings.keys_file, "international")
        installation.migrate()
        with installation.offices() as offices:
            for office in offices:
                with transaction(office.database) as session:
                    append(session, office.chain.entries, office.ring, Entry("officer", "person.read"))
                office.notary().take()
        Vault(installation.matcher.data_dir, installation.rings()["matcher"]).put("people/2-a", b"people")
        yield made


def ages(settings: RegistrySettings) -> list[list[float]]:
    """What the registry's own processes tell Prometheus of backups."""
    database = Database.open(settings.database_url)
    figures = {family.name: family for family in counted(database, settings).collect()}
    database.dispose()
    return [[one.value for one in figures[name].samples] for name in AGES]


def test_the_jobs_take_a_backup_prove_it_and_bring_it_back(cluster: Cluster, tmp_path: Path) -> None:
    installation = cluster.installation()
    backups = cluster.claim("doudi-backups")
    assert "0 older ones went" in cluster.run("doudi-backup")
    (made,) = generations(backups)
    assert made.verified is None
    assert list(made.places("files")) == ["files/people/2-a.sealed"]
    assert {place.partition("-")[0] for place in made.places("checkpoints")} == {
        "checkpoints/registry", "checkpoints/matcher",
    }  # fmt: skip
    assert "BAD" not in cluster.run("doudi-backup-verify")
    (made,) = generations(backups)
    assert (made.verified or {})["whole"] is True
    assert [path.name for path in backups.iterdir()] == [made.folder.name]  # the scratch place is gone
    assert all(len(told) == 1 and 0 <= told[0] < 600 for told in ages(installation.registry))
    with ExitStack() as stack:  # the databases and every volume but keys and backups are lost
        cluster.urls = {name: stack.enter_context(fresh_database(tmp_path)) for name in ("registry", "matcher")}
        for name in ("registry-data", "matcher-data", "registry-checkpoints", "matcher-checkpoints"):
            cluster.claim(f"doudi-{name}").rename(tmp_path / f"lost-{name}")
        assert "every check passes" in cluster.run("doudi-restore")
        again = cluster.installation()
        assert Vault(again.matcher.data_dir, again.rings()["matcher"]).get("people/2-a") == b"people"
        for name in ("registry", "matcher"):
            assert list(cluster.claim(f"doudi-{name}-checkpoints").iterdir())


def test_a_job_told_to_stop_leaves_nothing_behind(cluster: Cluster) -> None:
    data = cluster.claim("doudi-matcher-data")
    handle = os.open(data, os.O_RDONLY)
    fcntl.flock(handle, fcntl.LOCK_EX)  # the matcher is at its files: the job has to wait
    held = data / ".backup"
    with cluster.pod("doudi-backup") as process:
        until = time.monotonic() + 60
        while not (held.is_dir() and list(held.iterdir())) and time.monotonic() < until:
            time.sleep(0.05)
        assert list(held.iterdir())
        time.sleep(0.5)
        process.send_signal(signal.SIGTERM)
        said, _ = process.communicate(timeout=30)
        assert process.returncode == 130, said
    os.close(handle)
    assert list(held.iterdir()) == []
    assert generations(cluster.claim("doudi-backups")) == []
    assert "0 older ones went" in cluster.run("doudi-backup")
