"""The contracts as files: written from the code, committed, compared by a test."""

import json
from functools import cache
from pathlib import Path
from typing import Any

from matcher.app import create_app as create_matcher
from matcher.feeds.contract import feed_schemas
from matcher.settings import MatcherSettings
from registry.app import create_app as create_registry
from registry.settings import RegistrySettings

NOWHERE = "sqlite://"  # printing a contract makes no file


@cache
def documents() -> dict[str, dict[str, Any]]:
    """Path within `contracts` -> document."""
    # Built without the environment: a contract must not depend on where it is printed.
    found: dict[str, dict[str, Any]] = {
        "openapi/registry.json": create_registry(RegistrySettings.model_construct(database_url=NOWHERE)).openapi(),
        "openapi/matcher.json": create_matcher(MatcherSettings.model_construct(database_url=NOWHERE)).openapi(),
    }
    for name, schema in feed_schemas().items():
        found[f"feeds/{name}.json"] = schema
    return found


def write_contracts(folder: Path) -> list[Path]:
    """Write every contract below `folder`; the paths written."""
    written = []
    for name, document in documents().items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(render(document))
        written.append(path)
    return written


def render(document: dict[str, Any]) -> str:
    """Stable text of a contract: a change is a readable diff."""
    return json.dumps(document, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
