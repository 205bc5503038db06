"""The worked example of CONTRIBUTING: its file, its value and its cases, put where it says, make a screen."""

import json
import re
from datetime import date
from pathlib import Path

import pytest
import yaml

from matcher.screens import policies
from matcher.screens.catalogue import CATALOGUE, SETTINGS, discovered
from matcher.screens.parameters import chosen, settled, shipped
from matcher.screens.scene import scene_of
from tests.matcher.screens.tables import frames

TEXT = (Path(__file__).resolve().parents[3] / "CONTRIBUTING.md").read_text("utf-8")
SECTION = TEXT[TEXT.index("## Adding a screen") : TEXT.index("## Adding a feed")]
DAY = date(2021, 6, 1)


def block(language: str) -> str:
    found = re.findall(rf"```{language}\n(.*?)```", SECTION, re.DOTALL)
    assert len(found) == 1, f"one block of {language}"
    return str(found[0])


def test_the_worked_example_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "aged_of_margin.py").write_text(block("python"))
    monkeypatch.setattr(policies, "__path__", [*policies.__path__, str(tmp_path)])
    (screen,) = [one for one in discovered() if one not in CATALOGUE]
    assert screen.id == "aged-of-margin"
    values = chosen("640499000000", DAY, [*shipped(), *json.loads(block("json"))])
    parameters = settled(values, [*SETTINGS, *screen.settings])
    cases = yaml.safe_load(block("yaml"))
    assert [case for case in cases if case["expect"]]
    assert [case for case in cases if not case["expect"]]
    for case in cases:
        found = screen.run(scene_of(*frames(case), DAY, parameters))
        assert dict(found.select("subject_id", "tier").iter_rows()) == dict(case["expect"]), case["case"]
        for reason in found["reason"]:
            assert case["says"] in reason
