"""Everything the two services show, read over HTTP: to compare before with after, and one run with another."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from doudi.agency import Agency

Rows = list[dict[str, Any]]
REGISTRY, MATCHER = "/registry/v1", "/matcher/v1"
# What a lead or an item says of somebody, whichever ids and moments a run gave it.
LEAD_SAYS = (
    "area",
    "state",
    "suppressed_for",
    "suppressed_until",
    "screens",
    "tier",
    "grade",
    "registered",
    "case_state",
)
CASE_SAYS = (
    "area", "state", "flag", "responsible_unit", "responsible_person", "measure", "due_on", "closed_reason", "reopened",
)  # fmt: skip
ITEM_SAYS = (
    "kind", "state", "standing", "code", "closed_reason", "reopened_reason", "reported_on", "settled_on",
    "suppress_until", "tier", "screens",
)  # fmt: skip
OUTCOME_SAYS = ("code", "how", "visited_on", "form", "reason", "stop_from", "overpaid_fen", "recovered_fen")


@dataclass(frozen=True)
class Readers:
    """Who reads: civil affairs (unmasked), and a client that may follow the registry's people."""

    county: Agency
    auditor: Agency


@dataclass(frozen=True)
class Seen:
    """Leads in every state, cases with their items, outcomes, coverage by person, figures by name and area."""

    leads: Rows
    cases: Rows
    outcomes: Rows
    coverage: dict[str, Any]
    figures: dict[str, Any]

    def differs(self, other: "Seen") -> dict[str, Any]:
        """The parts in which they differ, what only one has and what only the other; {} when they are the same."""
        found = {}
        for (name, mine), theirs in zip(asdict(self).items(), asdict(other).values(), strict=True):
            if mine != theirs:
                found[name] = (_without(mine, theirs), _without(theirs, mine))
        return found

    def by_content(self) -> dict[str, Rows]:
        """Leads, cases and outcomes without ids and moments, in an order of their own."""
        said = {lead["lead_id"]: {"who": _who(lead), **{name: lead[name] for name in LEAD_SAYS}} for lead in self.leads}
        cases = [
            {
                **{name: case[name] for name in CASE_SAYS},
                "items": _sorted(
                    {"who": _who(item), **{name: item[name] for name in ITEM_SAYS}} for item in case["items"]
                ),
            }
            for case in self.cases
        ]
        items = {item["item_id"]: _who(item) for case in self.cases for item in case["items"]}
        outcomes = [
            {"who": items[one["item_id"]], **{name: one[name] for name in OUTCOME_SAYS}} for one in self.outcomes
        ]
        return {"leads": _sorted(said.values()), "cases": _sorted(cases), "outcomes": _sorted(outcomes)}


def see(readers: Readers) -> Seen:
    """Read everything."""
    cases = list(readers.county.pages(f"{REGISTRY}/cases", "cases", limit="200", reason="visit"))
    return Seen(
        leads=leads_of(readers.county, state="any"),
        cases=cases,
        outcomes=[
            one
            for case in cases
            if case["reported_at"]
            for one in readers.county.call("GET", f"{REGISTRY}/cases/{case['case_id']}/history").json()["outcomes"]
        ],
        coverage=coverage_of(readers.auditor),
        figures=figures_of(readers.county),
    )


def leads_of(reader: Agency, **query: str) -> Rows:
    """The leads a reader sees, unmasked, with why a suppressed one is."""
    _, *entries, end = reader.lines(f"{MATCHER}/leads/export.ndjson", identity="full", reason="visit", **query)
    assert end == {"kind": "end", "count": len(entries)}
    masked = {lead["lead_id"]: lead for lead in reader.pages(f"{MATCHER}/leads", "leads", limit="200", **query)}
    leads = [masked.pop(entry["lead"]["lead_id"]) | entry["lead"] for entry in entries]
    assert masked == {}
    return sorted(leads, key=lambda lead: str(lead["lead_id"]))


def coverage_of(auditor: Agency) -> dict[str, Any]:
    """Person → name, number and everything that ever covered them, as the registry's export tells it."""
    lines = auditor.lines(f"{REGISTRY}/export")
    assert (lines[0]["kind"], lines[-1]["kind"]) == ("header", "end")
    rows = [line["person"] for line in lines if line["kind"] == "person"]
    return {row["person_id"]: (row["name"], row["id_number"], row["coverage"]) for row in rows}


def figures_of(reader: Agency, *areas: str) -> dict[str, Any]:
    """Every statistic of both services, for the reader's own area or for those named."""
    found = {}
    for service in (REGISTRY, MATCHER):
        for one in reader.call("GET", f"{service}/statistics").json()["statistics"]:
            for area in areas or (None,):
                query = {"area": area} if area else {}
                name = one["name"]
                answer = reader.call("GET", f"{service}/statistics/{name}", params=query).json()
                for row in answer["rows"]:
                    row.pop("latest_state", None)  # tells that something came, also when it came again
                found[f"{service} {name} {area or ''}".strip()] = answer
    return found


def _who(row: Mapping[str, Any]) -> str:
    return f"{row['name']} {row['id_number']}"


def _sorted(rows: Any) -> Rows:
    return sorted(rows, key=repr)


def _without(mine: Any, theirs: Any) -> Any:
    """What of `mine` is not in `theirs`."""
    if isinstance(mine, dict):
        return {name: value for name, value in mine.items() if theirs.get(name) != value}
    return [row for row in mine if row not in theirs]
