"""What is scraped, asked and drawn names figures that there are, at the addresses the processes are told."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from kit.crypto import KeyRing
from kit.database import Database
from kit.metrics import FIGURES, Counted
from matcher.flows.count_figures import counted as of_matcher
from matcher.flows.open_desk import open_desk
from matcher.main import MIGRATIONS as MATCHER
from matcher.settings import MatcherSettings
from registry.main import MIGRATIONS as REGISTRY
from registry.oversight.figures import counted as of_registry
from registry.settings import RegistrySettings
from tests.deploy.image import DEPLOY
from tests.migrated import migrated

PROMTOOL = shutil.which("promtool")
ALERTS: dict[str, Any] = yaml.safe_load((DEPLOY / "prometheus" / "alerts.yaml").read_text())
RULES = [rule for group in ALERTS["groups"] for rule in group["rules"]]
BOARD = json.loads((DEPLOY / "grafana" / "dashboards" / "operations.json").read_text())
NAME = re.compile(r"\b(doudi_[a-z_]+|process_[a-z_]+|up)\b")


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """Every name a process tells: read off empty tables, so each query is run too."""
    folder = tmp_path_factory.mktemp("figures")
    registry = Database.open(f"sqlite:///{folder}/registry.db")
    migrated(registry, REGISTRY)
    told = MatcherSettings(database_url=f"sqlite:///{folder}/matcher.db", data_dir=folder)
    desk = open_desk(told, KeyRing.ephemeral())
    migrated(desk.database, MATCHER)
    counts: list[Counted] = [of_registry(registry, RegistrySettings(data_dir=folder)), of_matcher(desk)]
    names = {"up"}
    for collector in (FIGURES, *counts):
        families = list(collector.collect())
        names |= {family.name for family in families}
        if isinstance(collector, Counted):
            answers = next(family for family in families if family.name == "doudi_database_answers")
            assert answers.samples[0].value == 1
    registry.dispose()
    desk.close()
    return names


def asked(text: str) -> set[str]:
    """The families an expression asks for."""
    without_labels = re.sub(r"\{[^}]*\}|by \([^)]*\)", "", text)
    return {re.sub(r"_(total|bucket)$", "", name) for name in NAME.findall(without_labels)}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_an_alert_asks_for_figures_there_are_and_says_what_to_do(rule: dict[str, Any], known: set[str]) -> None:
    names = asked(rule["expr"])
    assert names
    assert names <= known
    assert rule["labels"]["severity"] in {"warning", "critical"}
    assert len(rule["annotations"]["summary"]) > 5
    assert len(rule["annotations"]["description"]) > 20


def test_the_board_draws_figures_there_are(known: set[str]) -> None:
    expressions = [target["expr"] for panel in BOARD["panels"] for target in panel["targets"]]
    assert len(expressions) >= 15
    assert set().union(*map(asked, expressions)) <= known
    places = [(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in BOARD["panels"]]
    assert len(set(places)) == len(places)


def test_every_process_is_scraped_where_it_tells() -> None:
    scraped = yaml.safe_load((DEPLOY / "prometheus" / "prometheus.yaml").read_text())
    targets = {job["job_name"]: job["static_configs"][0]["targets"][0] for job in scraped["scrape_configs"]}
    told = {
        name: place
        for file in (DEPLOY / "systemd").glob("*.env")
        for name, place in re.findall(r"^(DOUDI_\w*METRICS_LISTEN)=(\S+)$", file.read_text(), re.MULTILINE)
    }
    assert targets == {
        "doudi-registry": told["DOUDI_REGISTRY_METRICS_LISTEN"],
        "doudi-matcher": told["DOUDI_MATCHER_METRICS_LISTEN"],
        "doudi-worker": told["DOUDI_MATCHER_WORKER_METRICS_LISTEN"],
        "doudi-console": told["DOUDI_CONSOLE_METRICS_LISTEN"],
    }
    assert len(set(told.values())) == 4


@pytest.mark.skipif(PROMTOOL is None, reason="promtool is not on this machine: the rules are only read as text")
def test_promtool_understands_the_rules_and_the_configuration(tmp_path: Path) -> None:
    for file in ("prometheus.yaml", "alerts.yaml"):
        shutil.copy(DEPLOY / "prometheus" / file, tmp_path / file)
    assert PROMTOOL is not None
    asked_of = [PROMTOOL, "check", "config", tmp_path / "prometheus.yaml"]
    done = subprocess.run(asked_of, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
