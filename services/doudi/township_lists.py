"""The lists a county takes away: leads.csv for the machine, one Excel list per township for the staff."""

import csv
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from doudi.agency import Agency
from doudi.defects import Stop
from doudi.progress import Steps
from kit.sheets_out import FORMULA_STARTS

COLUMNS = ("township", "household", "tier", "name", "id_number", "screens", "sources", "grade", "person_id")

IN_FULL = {"identity": "full", "reason": "handover"}  # the lists the townships' staff carry to the doors


@dataclass(frozen=True)
class Lists:
    """What was written: the rows of leads.csv, and the Excel file of each township."""

    rows: Sequence[Mapping[str, str]]
    townships: Mapping[str, Path]
    titles: Mapping[str, str]  # of the screens, in Chinese
    leads: Sequence[Mapping[str, Any]] = ()  # as the service told them, in the order of `rows`

    def by_screen(self, township: str | None = None) -> Counter[str]:
        """How many people each screen lists, in one township or in all."""
        chosen = (row for row in self.rows if township in {None, row["township"]})
        return Counter(screen for row in chosen for screen in row["screens"].split(","))


def write_lists(county: Agency, files: Mapping[str, str], out: Path, steps: Steps) -> Lists:
    """Pull the open leads, unmasked, and write leads.csv and the Excel lists into `out`.

    `files` maps the ids of batches and imports to the names of the files they came from.
    """
    _, *entries, end = county.lines("/matcher/v1/leads/export.ndjson", **IN_FULL)
    if end != {"kind": "end", "count": len(entries)}:
        raise Stop("the list broke off on its way: try again")
    leads = [entry["lead"] for entry in entries]
    rows = [lead_row(lead, files) for lead in leads]
    with (out / "leads.csv").open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows({name: _harmless(value) for name, value in row.items()} for row in rows)
    areas = county.pages("/registry/v1/areas", "areas", limit="500")
    names = {area["code"][:9]: area["name"] for area in areas if area["level"] == "township"}
    written = {}
    townships = sorted({row["township"] for row in rows})
    for number, township in enumerate(townships, 1):
        steps.show("township lists", number, len(townships))
        name = re.sub(r"[^\w]", "", names.get(township, "县级待分派"))
        path = out / f"比对清单_{township}_{name}.xlsx"
        query = {"area": township.ljust(12, "0"), **IN_FULL}
        path.write_bytes(county.call("GET", "/matcher/v1/leads/export.xlsx", params=query).content)
        written[township] = path
    steps.end("township lists", f"{len(written)} townships, {len(rows)} people")
    screens = county.call("GET", "/matcher/v1/screens").json()["screens"]
    return Lists(rows, written, {screen["screen"]: screen["title"] for screen in screens}, leads)


def lead_row(lead: Mapping[str, Any], files: Mapping[str, str]) -> dict[str, str]:
    """A row of leads.csv; `files` names the file behind each batch or import id."""
    return {
        "township": lead["area"][:9],
        "household": lead["household"] or "",
        "tier": lead["tier"],
        "name": lead["name"] or "",
        "id_number": lead["id_number"] or "",
        "screens": ",".join(lead["screens"]),
        "sources": "|".join(_place(source, files) for source in lead["sources"]),
        "grade": lead["grade"],
        "person_id": lead["person_id"] or "",
    }


def _harmless(value: str) -> str:
    """As text where Excel, in which the file will be opened sooner or later, would run it."""
    return f"'{value}" if value.startswith(FORMULA_STARTS) else value


def _place(source: str, files: Mapping[str, str]) -> str:
    """`id:line` as `file:line`."""
    origin, _, line = source.rpartition(":")
    return f"{files.get(origin, origin)}:{line}"
