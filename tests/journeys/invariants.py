"""What must hold after every step of the loop, whatever the step was."""

import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any

from doudi.township import Township
from matcher.api.lead_changes import LOOK_SECONDS
from matcher.screens.catalogue import BY_ID
from tests.journeys.live import Live
from tests.journeys.seen import MATCHER, REGISTRY, Readers, Rows, Seen, see
from tests.journeys.villagers import COUNTY

STATES = ("awaiting-acceptance", "verifying", "returned", "awaiting-approval", "in-progress", "suspended")
WITHDRAWN = "线索撤回"
# Why something settled may stand open again.
BACK_FOR = {"新情况", "期满复查", "仍在发放", "审批不通过", "重新打开"}


@dataclass
class Keeper:
    """Looks after every step and remembers what it saw."""

    live: Live
    townships: dict[str, Township]
    last: Seen | None = None
    settled: dict[str, str] = field(default_factory=dict)  # lead → the outcome that settled it, when last looked

    def look(self, *, imported: bool = False) -> Seen:
        """Wait until the worker is done, then check everything. `imported`: a civil affairs import came since."""
        self.live.settle()
        time.sleep(LOOK_SECONDS)  # until a poll hears of what the worker did
        for township in self.townships.values():
            township.follow()
        seen = see(Readers(self.live.county, self.live.client("auditor")))
        _leads_are_items(seen)
        _the_ledger_adds_up(seen)
        _figures_agree_with_lists(seen)
        self._lists_are_what_is_open(seen)
        self._settled_stay_settled(seen)
        self._only_imports_cover(seen, imported=imported)
        _every_row_is_answered(self.live)
        self.last = seen
        return seen

    def _lists_are_what_is_open(self, seen: Seen) -> None:
        """What each township holds by following the changes is what is open in its area, case and all."""
        for area, township in self.townships.items():
            open_ = {
                lead["lead_id"]: (lead["version"], lead["case_id"], lead["case_state"])
                for lead in seen.leads
                if lead["state"] == "open" and lead["area"][:9] == area[:9]
            }
            held = {
                lead_id: (lead["version"], lead["case_id"], lead["case_state"])
                for lead_id, lead in township.leads.items()
            }
            assert held == open_, area

    def _settled_stay_settled(self, seen: Seen) -> None:
        """Nothing a human settled is proposed again, unless the case says why."""
        now = {item["lead_id"]: item for case in seen.cases for item in case["items"]}
        states = {lead["lead_id"]: lead["state"] for lead in seen.leads}
        for lead_id in self.settled:
            item = now[lead_id]
            if item["standing"] != "settled":
                assert item["reopened_reason"] in BACK_FOR, item
        self.settled = {
            lead_id: item["outcome_id"]
            for lead_id, item in now.items()
            if item["standing"] == "settled" and item["closed_reason"] != WITHDRAWN
        }
        assert [lead_id for lead_id in self.settled if states[lead_id] == "open"] == []

    def _only_imports_cover(self, seen: Seen, *, imported: bool) -> None:
        """No outcome, approval or feed made, altered or ended anybody's coverage, nor a person."""
        if self.last is not None and not imported:
            assert seen.coverage == self.last.coverage


def _leads_are_items(seen: Seen) -> None:
    """Every open lead is an item of exactly one case, a household's of the same; what is away says why."""
    items = Counter(item["lead_id"] for case in seen.cases for item in case["items"])
    assert set(items.values()) <= {1}
    case_of = {item["lead_id"]: case for case in seen.cases for item in case["items"]}
    by_id = {lead["lead_id"]: lead for lead in seen.leads}
    assert set(case_of) <= set(by_id)
    households: dict[str, set[str]] = defaultdict(set)
    for lead in seen.leads:
        if lead["state"] == "open":
            case = case_of[lead["lead_id"]]
            assert (lead["case_id"], lead["case_state"]) == (case["case_id"], case["state"])
            assert case["state"] != "closed"
            if lead["household_key"]:
                households[lead["household_key"]].add(case["case_id"])
        else:
            assert (lead["state"] == "suppressed") == (lead["suppressed_for"] is not None), lead["lead_id"]
    assert all(len(cases) == 1 for cases in households.values())
    withdrawn = {item["lead_id"] for case in seen.cases for item in case["items"] if item["state"] == "withdrawn"}
    assert [one for one in withdrawn if by_id[one]["state"] == "open"] == []


def _the_ledger_adds_up(seen: Seen) -> None:
    """Opened = closed + open, in all and by township, and the same as counting the cases themselves."""
    ledger = seen.figures[f"{REGISTRY} ledger"]
    for row in [ledger["total"], *ledger["rows"]]:
        assert row["opened"] == row["closed"] + row["open"]
        assert row["open"] == sum(row[state] for state in STATES)
    counted: dict[str, Counter[str]] = defaultdict(Counter)
    for case in seen.cases:
        counted[case["area"][:9]].update(["opened", case["state"]])
        counted[case["area"][:9]]["flagged"] += case["flag"] is not None and case["state"] != "closed"
    for row in ledger["rows"]:
        mine = counted.pop(row["area"][:9], Counter())
        assert {name: mine[name] for name in ("opened", "closed", "flagged", *STATES)} == {
            name: row[name] for name in ("opened", "closed", "flagged", *STATES)
        }, row["area"]
    assert +Counter(counted) == Counter()
    assert ledger["total"]["opened"] == len(seen.cases) == sum(row["opened"] for row in ledger["rows"])


def _figures_agree_with_lists(seen: Seen) -> None:
    """The dashboard's stock is the list's own count, township by township; the funnel only narrows."""
    for name, kind in (("coverage-gap", "uncovered"), ("wrong-coverage", "wrongly-covered")):
        figure = seen.figures[f"{MATCHER} {name}"]
        mine = [
            lead
            for lead in seen.leads
            if lead["state"] == "open" and any(BY_ID[screen].kind == kind for screen in lead["screens"])
        ]
        people = Counter(lead["area"][:9] for lead in mine)
        assert {row["area"][:9]: row["people"] for row in figure["rows"] if row["people"]} == dict(people), name
        assert figure["total"]["people"] == len(mine)
    funnel = seen.figures[f"{MATCHER} funnel"]
    for row in [funnel["total"], *funnel["rows"]]:
        assert row["at_risk"] >= row["linked"]
        assert row["uncovered"] >= row["verified"] >= row["in_process"] >= row["covered"], row
    outcomes = seen.figures[f"{REGISTRY} outcomes"]
    stated = Counter(item["code"] for case in seen.cases for item in case["items"] if item["code"])
    told: Counter[str] = Counter()
    for row in outcomes["rows"]:
        told[row["code"]] += row["count"]
    assert (told, outcomes["total"]["count"]) == (stated, stated.total())


def _every_row_is_answered(live: Live) -> None:
    """Rows in = sum of outcomes, for every batch and every import."""
    for batch in live.county.pages(f"{MATCHER}/batches", "batches"):
        assert sum(batch["outcomes"].values()) == batch["progress"]["rows_total"] > 0, batch["batch_id"]
    for done in live.county.pages(f"{REGISTRY}/imports", "imports"):
        assert (done["state"], sum(done["counts"].values())) == ("done", done["progress"]["rows_total"])


def by_part(live: Live, who: Any) -> dict[str, dict[str, Any]]:
    """The cast's items by the part they play, each with its case."""
    cases: Rows = list(live.county.pages(f"{REGISTRY}/cases", "cases", area=COUNTY, limit="200", reason="visit"))
    found: dict[str, dict[str, Any]] = {}
    for case in cases:
        for item in case["items"]:
            part = who(item["id_number"], item["name"])
            if part is not None:
                assert part not in found, part
                found[part] = {**item, "case": case}
    return found
