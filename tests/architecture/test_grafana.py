"""The board for Grafana asks for statistics that are there, for columns they have, with what they can be asked by."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from matcher.api.statistics import STATISTICS as OF_MATCHER
from registry.access.roles import ROLES
from registry.statistics.api import STATISTICS as OF_REGISTRY

FOLDER = Path(__file__).resolve().parents[2] / "deploy" / "grafana"
BOARD = json.loads((FOLDER / "dashboards" / "doudi.json").read_text("utf-8"))
SOURCE = yaml.safe_load((FOLDER / "provisioning" / "datasources" / "doudi.yaml").read_text("utf-8"))["datasources"][0]
KNOWN = {f"/registry/v1/statistics/{name}": one for name, one in OF_REGISTRY.items()} | {
    f"/matcher/v1/statistics/{name}": one for name, one in OF_MATCHER.items()
}
PANELS = [panel for panel in BOARD["panels"] if panel["type"] != "row"]


def faults(panel: dict[str, Any]) -> Iterator[str]:
    """What a panel asks that no service would answer."""
    for target in panel["targets"]:
        found = KNOWN.get(target["url"])
        if found is None:
            yield f"no statistic {target['url']}"
            continue
        columns = {column.name: column for column in found.columns}
        reckoned = [name for one in target["computed_columns"] for name in re.findall(r"[a-z_]+", one["selector"])]
        named = [column["selector"] for column in target["columns"]]
        yield from (f"no column {name}" for name in (*named, *reckoned) if name not in columns)
        titles = {column.title for column in found.columns}
        yield from (f"called otherwise: {one['text']}" for one in target["columns"] if one["text"] not in titles)
        asked = {one["key"] for one in target["url_options"]["params"]} - {"area"}
        yield from (f"not asked by {name}" for name in asked - set(found.asks))
        if target["root_selector"] not in ("rows", "total"):
            yield f"no part {target['root_selector']}"
        if panel["description"] != found.definition:
            yield "another definition"


@pytest.mark.parametrize("panel", PANELS, ids=lambda panel: f"{panel['id']} {panel['title']}")
def test_a_panel_asks_for_what_is_there(panel: dict[str, Any]) -> None:
    assert list(faults(panel)) == []
    assert panel["datasource"]["uid"] == SOURCE["uid"]


def test_the_check_bites() -> None:
    panel = json.loads(json.dumps(PANELS[0]))
    panel["targets"][0]["columns"][0]["selector"] = "nobody"
    panel["targets"][0]["url_options"]["params"].append({"key": "known", "value": "x"})
    assert list(faults(panel)) == ["no column nobody", "not asked by known"]


def test_ten_groups_are_there_and_panels_do_not_overlap() -> None:
    rows = [panel["title"] for panel in BOARD["panels"] if panel["type"] == "row"]
    assert [int(title.split()[0]) for title in rows] == list(range(1, 11))
    taken: set[tuple[int, int]] = set()
    for panel in BOARD["panels"]:
        at = panel["gridPos"]
        cells = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
        assert not cells & taken, panel["title"]
        assert at["x"] + at["w"] <= 24
        taken |= cells
    assert len({panel["id"] for panel in BOARD["panels"]}) == len(BOARD["panels"])


def test_the_source_holds_no_secret_and_asks_by_the_role_of_readers() -> None:
    assert SOURCE["secureJsonData"]["oauth2ClientSecret"].startswith("$__file{")
    assert SOURCE["jsonData"]["oauth2"]["token_url"].endswith("/registry/v1/token")
    assert SOURCE["secureJsonData"]["oauth2EndPointParamsValue1"] in ROLES["dashboard-reader"].purposes
    assert set(ROLES["dashboard-reader"].scopes) == {"statistics:read"}
