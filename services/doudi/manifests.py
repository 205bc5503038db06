"""The Kubernetes manifests: the Helm chart's templates with its default values, as one file for `kubectl apply`.

`./run manifests` writes deploy/kubernetes/doudi.yaml; a test compares. The templates use places for values and no other
word of Helm's language, so that this is all of Helm they need.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

CHART = Path("deploy/helm/doudi")
PLACE = re.compile(r"\{\{ \.Values\.([A-Za-z.]+) \}\}")
HEAD = "# Written by `./run manifests` from ../helm/doudi and its default values; do not edit. ../README.md, part 3.\n"


def rendered(chart: Path, values: Mapping[str, Any]) -> str:
    """All templates of the chart, one after the other. Raises KeyError for a value that is not there."""
    texts = [_filled(file.read_text(), values).rstrip() for file in sorted((chart / "templates").glob("*.yaml"))]
    return HEAD + "\n---\n".join(texts) + "\n"


def defaults(chart: Path) -> dict[str, Any]:
    """The chart's own values."""
    told: dict[str, Any] = yaml.safe_load((chart / "values.yaml").read_text())
    return told


def _filled(text: str, values: Mapping[str, Any]) -> str:
    def value(place: re.Match[str]) -> str:
        found: Any = values
        for name in place[1].split("."):
            found = found[name]
        return str(found).lower() if isinstance(found, bool) else str(found)  # as YAML writes it, and Helm

    return PLACE.sub(value, text)


def write_manifests(root: Path, path: Path) -> None:
    """Write the file to `path`."""
    chart = root / CHART
    path.write_text(rendered(chart, defaults(chart)))
