"""leads.csv is for machines, and is opened in Excel all the same: no cell of it runs."""

import csv
from pathlib import Path
from typing import Any

from doudi.progress import steps
from doudi.township_lists import write_lists
from tests.sheets_seen import PAYLOADS


class Bytes:
    """An answer."""

    content = b"PK"

    def json(self) -> dict[str, Any]:
        return {"screens": []}


class County:
    """Leads whose every text is a payload."""

    def lines(self, _path: str, **asked: str) -> list[dict[str, Any]]:
        assert asked == {"identity": "full", "reason": "handover"}
        leads = [
            {
                "area": "640499100201", "household": text, "tier": "必访", "name": text, "id_number": text,
                "screens": ["a"], "sources": [], "grade": "certain", "person_id": None,
            }
            for text in PAYLOADS
        ]  # fmt: skip
        told = [{"kind": "lead", "lead": one} for one in leads]
        return [{"kind": "header"}, *told, {"kind": "end", "count": len(leads)}]

    def pages(self, *_: str, **__: str) -> list[dict[str, Any]]:
        return []

    def call(self, *_: str, **__: Any) -> Bytes:
        return Bytes()


def test_no_cell_of_the_csv_begins_as_a_formula(tmp_path: Path) -> None:
    with steps() as shown:
        lists = write_lists(County(), {}, tmp_path, shown)  # type: ignore[arg-type]  # as much of an Agency as is called
    with (tmp_path / "leads.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(PAYLOADS)
    assert not [cell for row in rows for cell in row.values() if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]
    assert [row["name"].removeprefix("'") for row in rows] == list(PAYLOADS)
    assert [row["name"] for row in lists.rows] == list(PAYLOADS)
