"""The offline bundle: what is in it, that the same commit makes the same bytes, what its `run` refuses, and, in the
soak, that it installs and does the whole demo where there is no network at all."""

import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from collections.abc import Callable
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import ModuleType

import pytest

from doudi.bundle import Wish, make, make_bundle, wheels
from doudi.defects import Stop
from doudi.locks import Pin, machine, needed, pins
from tests.deploy.image import DEPLOY, ROOT, SERVICES
from tests.deploy.test_images import CYCLONEDX

SILENT: Callable[[str], None] = lambda _: None  # noqa: E731 - says nothing
ONE = Pin("structlog", "26.1.0", frozenset({"0" * 64}), "structlog==26.1.0 \\\n    --hash=sha256:" + "0" * 64)


def program(file: Path) -> ModuleType:
    """`run` as a module; it has no ending Python knows."""
    loader = SourceFileLoader(f"run_of_{file.parent.name}".replace("-", "_").replace(".", "_"), str(file))
    spec = importlib.util.spec_from_loader(loader.name, loader)
    assert spec
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    return module


def git(folder: Path, *words: str) -> None:
    author = ("-c", "user.name=t", "-c", "user.email=t@doudi.test")
    subprocess.run(["git", "-C", str(folder), *author, *words], check=True, capture_output=True)


def clone(folder: Path, *names: str) -> Path:
    """The files of this tree as it stands (all, or those named) as one commit of a repository of their own."""
    listed = subprocess.run(["git", "-C", str(ROOT), "ls-files", *names], capture_output=True, text=True, check=True)
    for name in listed.stdout.splitlines():
        if (ROOT / name).exists():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    git(folder, "init", "-q")
    git(folder, "add", "-A", "-f")
    git(folder, "commit", "-q", "-m", "as it stands")
    return folder


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small repository, and a wheelhouse of one package that needs no registry to be asked."""

    def gather(folder: Path, _: object, *, with_tests: bool) -> wheels.Held:
        assert not with_tests
        house = folder / wheels.HOUSE
        house.mkdir()
        for name in ("structlog-26.1.0-py3-none-any.whl", "pip-26.3-py3-none-any.whl"):
            with zipfile.ZipFile(house / name, "w") as wheel:
                wheel.writestr(zipfile.ZipInfo("structlog-26.1.0.dist-info/licenses/LICENSE-MIT"), "as is")
        (house / "requirements.lock").write_text(ONE.text)
        return wheels.Held({ONE.name: ONE}, {ONE.name: frozenset()}, "2.28")

    monkeypatch.setattr(wheels, "gather", gather)
    return clone(tmp_path / "small", "run", "pyproject.toml", "deploy", "README.md")


def opened(file: Path, folder: Path) -> Path:
    """The bundle unpacked; its folder."""
    with tarfile.open(file) as archive:
        archive.extractall(folder, filter="data")
    return folder / file.stem


def test_the_same_commit_makes_the_same_bytes(small: Path, tmp_path: Path) -> None:
    os.utime(small / "README.md")
    first = make_bundle(small, tmp_path / "one", Wish(), SILENT)
    second = make_bundle(small, tmp_path / "two", Wish(), SILENT)
    assert first.name == second.name
    assert first.read_bytes() == second.read_bytes()
    with tarfile.open(first) as archive:
        entries = archive.getmembers()
    assert {(one.uid, one.gid, one.uname) for one in entries} == {(0, 0, "root")}
    assert len({one.mtime for one in entries}) == 1
    digest, name = Path(f"{first}.sha256").read_text().split()
    assert (digest, name) == (make._digest(first), first.name)


def test_a_bundle_holds_what_it_says_and_sha256sum_agrees(small: Path, tmp_path: Path) -> None:
    folder = opened(make_bundle(small, tmp_path / "out", Wish(("x86_64", "aarch64")), SILENT), tmp_path)
    checked = subprocess.run(["sha256sum", "-c", "--quiet", "SHA256SUMS"], cwd=folder, capture_output=True, check=False)
    assert (checked.returncode, checked.stdout) == (0, b"")
    listed = {line.split("  ", 1)[1] for line in (folder / "SHA256SUMS").read_text().splitlines()}
    found = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert found - listed == {"SHA256SUMS"}
    own = {"安装说明.md", "bundle.json", "run", "deploy/install", "licences/licences.csv", "sbom/doudi.cdx.json"}
    assert own | {"licences/structlog-26.1.0/licenses_LICENSE-MIT"} <= listed
    assert CYCLONEDX.validate_str((folder / "sbom" / "doudi.cdx.json").read_text()) is None
    told = (folder / "安装说明.md").read_text()
    assert "aarch64、x86_64" in told
    assert re.findall(r"\{\w+\}", told) == []
    assert os.access(folder / "run", os.X_OK)


@pytest.mark.parametrize(
    ("harm", "told"),
    [
        (lambda folder: (folder / "README.md").write_text("x"), "damaged or missing.*\n  README.md"),
        (lambda folder: (folder / "pyproject.toml").unlink(), "damaged or missing.*\n  pyproject.toml"),
        (lambda folder: (folder / "SHA256SUMS").unlink(), "SHA256SUMS is missing"),
        (lambda folder: told_otherwise(folder, python="3.13"), "install python3.13"),
        (lambda folder: told_otherwise(folder, architectures=["riscv64"]), "--arch "),
        (lambda folder: told_otherwise(folder, glibc="9.1"), "glibc 9.1"),
    ],
)
def test_a_bundle_that_will_not_do_is_refused_before_anything_is_made(
    small: Path, tmp_path: Path, harm: Callable[[Path], object], told: str
) -> None:
    folder = opened(make_bundle(small, tmp_path / "out", Wish(), SILENT), tmp_path)
    program(folder / "run").check_bundle()
    harm(folder)
    with pytest.raises(SystemExit, match=f"(?s){told}"):
        program(folder / "run").check_bundle()
    done = subprocess.run([sys.executable, folder / "run", "demo"], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert not (folder / ".venv").exists()


def told_otherwise(folder: Path, **facts: object) -> None:
    """Another bundle.json, with its checksum."""
    file, sums = folder / "bundle.json", folder / "SHA256SUMS"
    before = make._digest(file)
    file.write_text(json.dumps({**json.loads(file.read_text()), **facts}))
    sums.write_text(sums.read_text().replace(before, make._digest(file)))


def test_what_is_no_commit_is_no_bundle(small: Path, tmp_path: Path) -> None:
    (small / "README.md").write_text("altered")
    with pytest.raises(Stop, match=r"commit or stash first\nM README\.md"):
        make_bundle(small, tmp_path / "out", Wish(), SILENT)
    shutil.rmtree(small / ".git")
    with pytest.raises(Stop, match="is no clone"):
        make_bundle(small, tmp_path / "out", Wish(), SILENT)
    with pytest.raises(Stop, match="for riscv64: x86_64, aarch64"):
        wheels._download(tmp_path, [], "riscv64")


@pytest.mark.parametrize("architecture", wheels.ARCHITECTURES)
def test_the_wheels_are_all_a_service_needs_and_no_tool_of_ours(architecture: str) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    at = machine(architecture)
    names = needed([*project["dependencies"], *project["optional-dependencies"]["otel"]], at)
    locked = {pin.name: pin for pin in pins((ROOT / "requirements.lock").read_text(), at)}
    assert names.keys() <= locked.keys()
    assert names.keys() & {"pytest", "mypy", "ruff", "playwright", "schemathesis", "cyclonedx-python-lib"} == set()
    for service in (*SERVICES, "otel"):
        of_image = {pin.name: pin.version for pin in pins((DEPLOY / f"{service}.lock").read_text(), at)}
        assert {name: locked[name].version for name in of_image if name in names} == of_image
    assert len(needed(["uvicorn"], at)) < len(needed(["uvicorn[standard]"], at))


def without_network(folder: Path, command: str) -> "subprocess.CompletedProcess[str]":
    """A command where there is the loopback and no route, and nothing of this environment."""
    alone = f'ip link set lo up && test -z "$(ip route)$(ip -6 route show default)" && {command}'
    path = {"PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", "HOME": str(folder), "LANG": "C.UTF-8"}
    words = ["unshare", "--net", "sh", "-c", alone]
    return subprocess.run(words, cwd=folder, env=path, capture_output=True, text=True, check=False)


@pytest.mark.soak
@pytest.mark.parametrize("time", ["first", "second"])
def test_a_bundle_does_the_demo_where_there_is_no_network(time: str, tmp_path: Path) -> None:
    if without_network(tmp_path, "true").returncode:
        pytest.skip("no network namespace can be made here: needs root, unshare and ip")
    reached = without_network(tmp_path, "python3 -c \"import socket; socket.create_connection(('192.0.2.1', 80), 3)\"")
    assert "Network is unreachable" in reached.stderr
    made = make_bundle(clone(tmp_path / "clone"), tmp_path / "out", Wish(), SILENT)
    folder = opened(made, tmp_path / time)
    done = without_network(folder, "python3.11 run demo --exit")
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert "holds  " in done.stdout
    assert not re.search(r"^ *fails", done.stdout, re.MULTILINE)
