"""Facts as a follower fetches them."""

import json
from typing import Any

import httpx

from tests.registry.house import COUNTY, House

COLUMNS = {
    "subject_id", "kind", "text", "code", "number", "count", "about", "valid_from", "valid_to", "batch_id", "line",
}  # fmt: skip


def fetched(house: House, kind: str, area: str = COUNTY, **headers: str) -> httpx.Response:
    """One kind, as it is answered."""
    return house.call("GET", f"/facts/{kind}", "registry:follow", area=area, headers=headers)


def facts(house: House, kind: str, area: str = COUNTY) -> list[dict[str, Any]]:
    """The rows of one kind, whole and of the one shape."""
    answer = fetched(house, kind, area)
    assert answer.status_code == 200, answer.text
    rows = [json.loads(line) for line in answer.text.splitlines() if line]
    assert answer.headers["Fact-Rows"] == str(len(rows))
    assert all(set(row) == COLUMNS and row["kind"] == kind for row in rows)
    return rows


def said(rows: list[dict[str, Any]], *names: str) -> list[tuple[Any, ...]]:
    """These columns of each row."""
    return [tuple(row[name] for name in names) for row in rows]


def stamps(house: House, area: str = COUNTY) -> dict[str, str]:
    """The stamp of each kind."""
    answer = house.call("GET", "/facts", "registry:follow", area=area)
    assert answer.status_code == 200, answer.text
    return {one["kind"]: one["stamp"] for one in answer.json()}
