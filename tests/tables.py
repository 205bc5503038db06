"""Tables of cases, read by the quick parser: the plain one takes seconds of every process that collects tests."""

from pathlib import Path
from typing import Any

import yaml


def table(file: Path) -> Any:
    """What a YAML file says."""
    return yaml.load(file.read_text("utf-8"), Loader=yaml.CSafeLoader)
