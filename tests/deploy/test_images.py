"""The images hold what they need and nothing else: files, packages, user."""

import ast
import json
import re
import subprocess
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from doudi.bundle import bills
from tests.deploy.image import (
    DEPLOY,
    IMAGES,
    PYTHON,
    ROOT,
    SERVICES,
    build,
    copies,
    dockerfile,
    environment,
    instructions,
    known,
    locked,
    locks,
)

CYCLONEDX = JsonStrictValidator(SchemaVersion.V1_6)


def imported(folder: Path) -> set[str]:
    names: set[str] = set()
    for path in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                names |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names.add(node.module.split(".")[0])
    return names


def pins(text: str) -> dict[str, set[str]]:
    """`name==version` -> its hashes."""
    found: dict[str, set[str]] = {}
    for entry in re.split(r"\n(?=[a-z0-9])", text):
        name = re.match(r"([a-z0-9._-]+)(?:\[[^\]]*\])?==([^\s;\\]+)", entry)
        assert name, entry[:80]
        found[f"{name[1]}=={name[2]}"] = set(re.findall(r"--hash=(sha256:[0-9a-f]{64})", entry))
    return found


@pytest.mark.parametrize("service", IMAGES)
def test_an_image_holds_the_kit_china_and_one_service(service: str) -> None:
    """That of backups: both services that have databases, the front door, whose words it says, and no pages."""
    folders = {source for source, _ in copies(service) if source.startswith("services/")}
    own = {"registry", "matcher", "doudi"} if service == "backup" else {service}
    assert folders == {f"services/{name}" for name in ("kit", "china", *own)}
    assert all((ROOT / source).exists() for source, _ in copies(service))
    seen = {line[1:] for line in (DEPLOY / f"{service}.Dockerfile.dockerignore").read_text().split() if line[0] == "!"}
    assert seen == {source for source, _ in copies(service)}


@pytest.mark.parametrize("service", SERVICES)
def test_the_lock_of_an_image_holds_every_package_its_code_imports_and_no_development_tool(service: str) -> None:
    ours = {"kit", "china", service}
    wanted = set().union(*(imported(ROOT / "services" / name) for name in ours)) - ours
    distributions = packages_distributions()
    third = {word: {name.lower().replace("_", "-") for name in distributions.get(word, [])} for word in wanted}
    locked = {name.split("==")[0] for name in pins((DEPLOY / f"{service}.lock").read_text())}
    lacking = {word for word, names in third.items() if names and not names & locked}  # several may share a name
    assert lacking == ({"pyspark"} if service == "matcher" else set())  # the engine is an extra, told where it lacks
    assert sum(bool(names) for names in third.values()) > 10
    assert locked & {"pytest", "mypy", "ruff", "pandas", "recordlinkage", "typer", "openapi-python-client"} == set()


@pytest.mark.parametrize("service", IMAGES)
def test_the_lock_of_an_image_has_the_versions_and_hashes_the_suite_runs_with(service: str) -> None:
    whole = pins((ROOT / "requirements.lock").read_text())
    mine = pins((DEPLOY / f"{service}.lock").read_text())
    assert {
        name: hashes - whole.get(name, set()) for name, hashes in mine.items() if hashes - whole.get(name, set())
    } == {}
    assert all(mine.values())
    asked = {
        line.split("[")[0] for line in (DEPLOY / f"{service}.in").read_text().split("\n") if line and line[0] != "#"
    }
    assert asked <= {name.split("==")[0] for name in mine}, "compile the lock again: see the .in file"


@pytest.mark.parametrize("service", SERVICES)
def test_an_image_runs_as_nobody_in_particular_and_is_told_only_what_its_settings_know(service: str) -> None:
    assert instructions(service, "USER") == ["10001:10001"]
    common = {"PATH", "PYTHONPATH", "PYTHONUNBUFFERED", "PYTHONDONTWRITEBYTECODE"}
    # Where its inner loops are kept, and how its memory goes back.
    linking = {"DOUDI_KERNELS", "NUMBA_CPU_NAME", "_RJEM_MALLOC_CONF"} if service == "matcher" else set()
    assert set(environment(service)) <= known(service) | common | linking
    if service == "console":  # it has no database, and never starts without its key ring
        assert ":8700/health/live" in dockerfile(service)
    else:
        assert environment(service)[f"DOUDI_{service.upper()}_PRODUCTION"] == "true"
        assert f":8700/{service}/v1/health/ready" in dockerfile(service)
    assert environment(service)[f"DOUDI_{service.upper()}_LISTEN"].endswith(":8700")


@pytest.mark.parametrize("service", SERVICES)
def test_an_image_knows_neither_the_other_service_nor_the_front_door(service: str, tmp_path: Path) -> None:
    image = build(service, tmp_path)
    absent = sorted({*SERVICES, "doudi", "pytest", "pandas"} - {service})
    asked = f"from importlib.util import find_spec; print([one for one in {absent} if find_spec(one)])"
    done = subprocess.run([*PYTHON, "-c", asked], env=image.variables(), capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
    command = [*PYTHON, "-m", f"{service}.main", "serve"]
    refused = subprocess.run(command, env=image.variables(), capture_output=True, text=True, timeout=60, check=False)
    assert (refused.returncode, "no key ring" in refused.stderr) == (2, True), refused.stderr
    assert "Traceback" not in refused.stderr


def test_the_image_of_backups_listens_nowhere_and_has_the_client_of_the_servers_version() -> None:
    assert instructions("backup", "USER") == ["10001:10001"]
    assert instructions("backup", "EXPOSE") == []
    assert instructions("backup", "ENTRYPOINT") == ['["python", "-m", "doudi.command_line"]']
    told = environment("backup")
    assert set(told) <= known("backup") | {"PATH", "PYTHONPATH", "PYTHONUNBUFFERED", "PYTHONDONTWRITEBYTECODE"}
    volumes = json.loads(instructions("backup", "VOLUME")[0])
    places = {value for name, value in told.items() if name.endswith(("_DIR", "_FILE"))}
    assert {f"/{Path(place).parts[1]}" for place in places} | {"/backups"} == set(volumes)
    compose = re.findall(r"DOUDI_POSTGRES_IMAGE:-(\S+)\}", (DEPLOY / "compose.yaml").read_text())
    assert [f"POSTGRES_IMAGE={image}" for image in compose] == instructions("backup", "ARG")[1:2]
    folder = re.findall(r"client-alone (/opt/\S+)", dockerfile("backup"))
    assert [f"{place}/bin" in told["PATH"].split(":") for place in folder] == [True]


def test_the_bills_of_materials_are_those_of_the_locks(tmp_path: Path) -> None:
    assert {image: tuple(locks(image)) for image in IMAGES} == bills.IMAGES
    for file in bills.write_bills(ROOT, tmp_path):
        assert (DEPLOY / "sbom" / file.name).read_text() == file.read_text(), "./run bills"
        bill = json.loads(file.read_text())
        held = {f"{part['name']}=={part['version']}" for part in bill["components"]}
        service = file.name.removesuffix(".cdx.json")
        assert {one.split("==")[0] for one in held} == set(locked(service))
        assert held <= set().union(*(pins((DEPLOY / f"{lock}.lock").read_text()) for lock in locks(service)))
        assert all(part["licenses"] for part in bill["components"])
        assert f"deploy/sbom/{file.name} /app/sbom.cdx.json" in dockerfile(service)
        assert CYCLONEDX.validate_str(file.read_text()) is None
