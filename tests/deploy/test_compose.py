"""compose.yaml, the secrets it mounts and the README that leads through it name only what there is."""

import re
import shutil
import stat
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from doudi.configuration import SERVICES as SETTINGS
from doudi.configuration import variables
from kit.settings import SECRETS_FOLDERS, ServiceSettings
from registry.access.store import SCOPES
from tests.deploy.image import DEPLOY, IMAGES, ROOT, SERVICES, copies, dockerfile

COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
PARTS: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {name: part for name, part in PARTS.items() if "build" in part}
KNOWN = {name for _, settings in SETTINGS.values() for name in variables(settings)} | set(SECRETS_FOLDERS)
# What compose itself is told, in deploy/.env or the environment.
OPERATOR = {
    "DOUDI_CONSOLE_IMAGE", "DOUDI_HOST", "DOUDI_HTTP_PORT", "DOUDI_HTTPS_PORT", "DOUDI_LOG_LEVEL",
    "DOUDI_MATCHER_IMAGE", "DOUDI_NGINX_IMAGE", "DOUDI_POSTGRES_IMAGE", "DOUDI_PROXY_NETWORK", "DOUDI_REGISTRY_IMAGE",
}  # fmt: skip


@pytest.fixture
def prepared(tmp_path: Path) -> Path:
    """The folder as an operator has it after ./prepare."""
    if shutil.which("openssl") is None:
        pytest.skip("prepare makes a certificate with openssl, which is not on this machine (CI installs it)")
    folder = tmp_path / "deploy"
    shutil.copytree(DEPLOY, folder, ignore=shutil.ignore_patterns("secrets", ".env"))
    subprocess.run([folder / "prepare", "doudi.example.org"], check=True, capture_output=True)
    return folder


def test_every_process_of_an_installation_has_its_place() -> None:
    assert set(OURS) == {"registry-migrate", "registry", "matcher-migrate", "matcher", "matcher-worker", "console"}
    assert set(PARTS) - set(OURS) == {"postgres", "proxy"}
    assert OURS["matcher-worker"]["entrypoint"] == ["python", "-m", "matcher.worker"]
    assert OURS["matcher"]["volumes"] == OURS["matcher-worker"]["volumes"]
    assert {name for name, part in PARTS.items() if "ports" in part} == {"proxy"}
    assert COMPOSE["networks"]["inside"]["internal"] is True
    assert {name for name, part in PARTS.items() if "outside" in part["networks"]} == {"proxy"}


def test_a_service_is_told_only_what_its_settings_know() -> None:
    for name, part in OURS.items():
        known = set(variables(SETTINGS[name.split("-")[0]][1])) | {"DOUDI_SECRETS_DIR"}
        assert set(part["environment"]) <= known, name
        assert {secret.upper() for secret in part.get("secrets", [])} <= known, name
        assert not any("SECRET" in key or "DATABASE" in key for key in set(part["environment"]) - {"DOUDI_SECRETS_DIR"})


def test_what_compose_names_is_declared_and_stands_in_the_folder(prepared: Path) -> None:
    volumes, secrets = set(COMPOSE["volumes"]), COMPOSE["secrets"]
    assert {name for part in PARTS.values() for name in part.get("secrets", [])} == set(secrets)
    mounted = [volume.split(":")[0] for part in PARTS.values() for volume in part.get("volumes", [])]
    for place in [*mounted, *(secret["file"] for secret in secrets.values())]:
        assert place in volumes if not place.startswith(".") else (prepared / place).exists(), place
    for part in OURS.values():
        assert (ROOT / part["build"]["dockerfile"]).exists()
        assert (DEPLOY / part["build"]["context"]).resolve() == ROOT
    for name, part in PARTS.items():
        for other, wanted in part.get("depends_on", {}).items():
            assert other in PARTS, name
            ends = wanted["condition"] == "service_completed_successfully"
            assert ends == (PARTS[other].get("restart") == "no"), f"{name} waits for {other}"


def test_what_compose_asks_of_the_operator_has_a_default_or_says_what_is_missing() -> None:
    text = (DEPLOY / "compose.yaml").read_text()
    asked = re.findall(r"\$\{(\w+)([^}]*)\}", text)
    assert {name for name, _ in asked} == OPERATOR
    assert all(rest.startswith((":-", ":?")) for _, rest in asked)


def test_prepare_makes_secrets_once_and_keeps_others_out(prepared: Path) -> None:
    files = {
        path: path.read_bytes()
        for path in [*prepared.glob("secrets/*"), *prepared.glob("secrets/tls/*")]
        if path.is_file()
    }
    assert {stat.S_IMODE((prepared / name).stat().st_mode) for name in ("secrets", "secrets/tls")} == {0o700}
    assert (prepared / ".env").read_text() == "DOUDI_HOST=doudi.example.org\n"
    subprocess.run([prepared / "prepare", "other.example.org"], check=True, capture_output=True)
    assert {path: path.read_bytes() for path in files} == files
    assert (DEPLOY / ".gitignore").read_text().split() == ["/secrets/", "/.env"]


def test_the_database_script_takes_the_passwords_out_of_the_addresses(prepared: Path) -> None:
    """Run with a `psql` that only tells what it is asked."""
    script = (prepared / "compose" / "databases.sh").read_text().replace("/run/secrets", str(prepared / "secrets"))
    fake = prepared / "psql"
    fake.write_text('#!/bin/sh\nprintf "%s\\n" "$@"; cat\n')
    fake.chmod(0o755)
    done = subprocess.run(
        ["sh", "-c", script], env={"PATH": f"{prepared}:/usr/bin:/bin"}, capture_output=True, text=True, check=True
    )
    for service in ("registry", "matcher"):
        address = (prepared / "secrets" / f"doudi_{service}_database_url").read_text().strip()
        found = re.fullmatch(rf"postgresql://{service}:([0-9a-f]{{48}})@postgres:5432/{service}", address)
        assert found
        assert f"service={service}\n-v\npassword={found[1]}\n" in done.stdout
    assert done.stdout.count("CREATE DATABASE") == 2


def test_the_readme_leads_to_files_names_and_permissions_that_exist() -> None:
    text = (DEPLOY / "README.md").read_text()
    named = set(re.findall(r"DOUDI_[A-Z_]+[A-Z]", text))
    source = (DEPLOY / "grafana" / "provisioning" / "datasources" / "doudi.yaml").read_text()
    of_grafana = set(re.findall(r"DOUDI_[A-Z_]+", source))
    assert named <= KNOWN | OPERATOR | of_grafana | {"DOUDI_KERNELS"}  # where compiled loops are kept
    assert set(re.findall(r"--scope (\S+)", text)) <= SCOPES
    for place in re.findall(r"deploy/[A-Za-z./_-]*[A-Za-z]", text):
        assert (ROOT / place).exists() or place.endswith("/"), place
    for word in re.findall(r"docker compose run --rm (?:-T |--no-deps )*([a-z]+) (\w+)", text):
        assert word[0] in OURS
        assert f'"{word[1]}"' in (ROOT / "services" / word[0] / "main.py").read_text()


def test_the_proxy_leads_to_both_services_and_outlasts_their_longest_answers() -> None:
    text = (DEPLOY / "proxy" / "doudi.conf").read_text()
    for service in SERVICES:
        assert f"location /{service}/ {{ proxy_pass $doudi_{service}; }}" in text or service == "console"
        for places in ("compose", "server"):
            assert f"$doudi_{service} " in (DEPLOY / "proxy" / f"upstreams.{places}.conf").read_text()
        assert f"http://{service}:8700" in (DEPLOY / "proxy" / "upstreams.compose.conf").read_text()
    bound = re.search(r"client_max_body_size (\d+)m;", text)
    assert bound
    assert int(bound[1]) * 1024**2 > ServiceSettings.model_fields["max_body_bytes"].default
    longest = re.search(r"proxy_read_timeout (\d+)s;", text)
    assert longest
    assert int(longest[1]) > 60
    assert {"proxy_request_buffering off;", "proxy_max_temp_file_size 0;"} <= set(re.findall(r"\S[^\n]*;", text))
    assert 'proxy_set_header traceparent "";' in text  # a caller outside numbers no trace of ours


def test_nothing_built_or_secret_is_sent_to_the_builder() -> None:
    for service in IMAGES:
        assert (DEPLOY / f"{service}.Dockerfile.dockerignore").read_text().splitlines()[1] == "*"
        assert not any("secret" in source or "keys" in source for source, _ in copies(service))
        assert "--require-hashes" in dockerfile(service)


def test_logs_are_kept_for_six_months_at_least() -> None:
    least = 184
    assert {part["logging"]["driver"] for part in PARTS.values()} == {"journald"}
    journal = (DEPLOY / "journald" / "doudi.conf").read_text()
    assert int(re.findall(r"^MaxRetentionSec=(\d+)day$", journal, re.MULTILINE)[0]) >= least
    assert "RateLimitIntervalSec=0" in journal  # a flood of calls must not hide itself
    rotated = (DEPLOY / "logrotate" / "nginx").read_text()
    assert re.search(r"^ +daily$", rotated, re.MULTILINE)
    assert {int(days) for days in re.findall(r"^ +(?:rotate|maxage) (\d+)$", rotated, re.MULTILINE)} == {200}
    assert ServiceSettings.model_fields["log_keep_days"].default >= least
    for service in SERVICES:
        assert f"DOUDI_{service.upper()}_LOG_DIR=/logs" in dockerfile(service)
        assert f"{service}-logs:/logs" in OURS[service]["volumes"]
        env = (DEPLOY / "systemd" / f"{service}.env").read_text()
        assert f"DOUDI_{service.upper()}_LOG_DIR=/var/log/doudi-{service}\n" in env
    lasting = [one for one in (DEPLOY / "systemd").glob("*.service") if "Type=oneshot" not in one.read_text()]
    for unit in lasting:  # a job's words are in the journal of the system
        service = next((one for one in SERVICES if one in unit.name), "matcher")  # the worker is the matcher's
        assert f"\nLogsDirectory=doudi-{service}\n" in unit.read_text()
