"""What each process of a stack is told: what its unit's file of variables says (deploy/systemd), at other places.

A variable of a service that stands in our own environment outranks the file, but never where things are.
"""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from doudi.stack.proxy import ADDRESS
from kit.memory import ENVIRONMENT

VARIABLE = re.compile(r"^(DOUDI_\w+)=(.*)$", re.MULTILINE)
OF_SERVICES = ("DOUDI_REGISTRY_", "DOUDI_MATCHER_", "DOUDI_CONSOLE_")
OURS = Path(__file__).resolve().parents[3]


@dataclass(frozen=True)
class Whole:
    """What all processes share: the folder, the address callers use and the one of the inside, the day looked at."""

    folder: Path
    url: str
    inside: str
    as_of: date | None


@dataclass(frozen=True)
class Replica:
    """One process of a service: its name, where it listens and tells its figures, and whose source it runs."""

    service: str
    name: str
    port: int
    figures: int
    source: Path = OURS  # the folder of a release: services/ and deploy/


def told(whole: Whole, replica: Replica) -> dict[str, str]:
    """The environment of a replica; a worker is one of the matcher that listens nowhere."""
    prefix = f"DOUDI_{replica.service.upper()}_"
    named = VARIABLE.findall((replica.source / "deploy" / "systemd" / f"{replica.service}.env").read_text())
    places = _places(whole, replica)
    own = {name: value for name, value in os.environ.items() if name.startswith(prefix)}
    day = {f"{prefix}AS_OF": whole.as_of.isoformat()} if whole.as_of else {}
    ours = {f"{prefix}{name}": value for name, value in places.items()}
    rest = {name: value for name, value in os.environ.items() if not name.startswith(OF_SERVICES)}
    secrets = {"DOUDI_SECRETS_DIR": str(whole.folder / "secrets" / replica.service)}
    path = {"PYTHONPATH": str(replica.source / "services")}
    return {**rest, **ENVIRONMENT, **path, **dict(named), **own, **day, **secrets, **ours}


def _places(whole: Whole, replica: Replica) -> Mapping[str, str]:
    """Every variable of the file that names a place, as it is here."""
    folder, service, figures = whole.folder, replica.service, f"{ADDRESS}:{replica.figures}"
    found = {
        "LISTEN": f"{ADDRESS}:{replica.port}",
        "PUBLIC_URL": whole.url,
        "KEYS_FILE": str(folder / "keys" / f"{service}.json"),
        "LOG_DIR": str(folder / "logs" / replica.name),
        "METRICS_LISTEN": figures,
    }
    if service != "console":
        found |= {"DATA_DIR": str(folder / "data" / service), "CHECKPOINTS_DIR": str(folder / "checkpoints")}
    if service != "registry":
        found |= {"REGISTRY_URL": whole.inside}
    if service == "matcher":
        found |= {"WORKER_METRICS_LISTEN": figures}
    if service == "console":
        found |= {"MATCHER_URL": whole.inside}
    return found
