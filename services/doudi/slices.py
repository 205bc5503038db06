"""A county's slice of what its prefecture matched: gathered above, put into the county's own ledger, answered back.

Two installations and HTTP only. Above: the prefecture's matcher serves the county's leads, as to a township; its ledger
has a case for each. Below: the county's registry takes them by the door its own matcher would use, as leads of the
prefecture. Everything may be repeated: a ledger keeps the highest version of a lead, an outcome has one id in both.
What stands between two calls (cursor, version and place of each lead) names nobody.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import httpx
import orjson

from doudi.agency import Agency, Refused
from doudi.township import AT_ONCE, Answered, Row, Township, call_key, portions

CHANGES, EXPORT = "/matcher/v1/leads/changes", "/matcher/v1/leads/export.ndjson"
BY_LEAD, ANSWERS = "/registry/v1/cases/by-lead", "/registry/v1/cases/by-lead/answers"
IN_FULL = {"identity": "full", "reason": "handover", "state": "open"}
KINDS = {"wrongly-covered": "wrong", "review": "wrong", "payment": "doubt", "conduct": "doubt", "care": "doubt"}
SETTLED = "settled:"  # a withdrawal because somebody answered: our ledger knows
TERMS = ("responsible_unit", "responsible_person", "measure")
GONE, MISSING = 410, 404


@dataclass
class Standing:
    """Where a slice is: the cursor above, each lead that is open (version, area), outcomes already sent, and the number
    of the last package with its digest."""

    cursor: str | None = None
    leads: dict[str, tuple[int, str]] = field(default_factory=dict)
    sent: list[str] = field(default_factory=list)
    number: int = 0
    digest: str = ""

    @classmethod
    def read(cls, file: Path) -> "Standing":
        """As it was kept; a new one where there is none."""
        if not file.exists():
            return cls()
        told = orjson.loads(file.read_bytes())
        told["leads"] = {lead: (int(version), str(area)) for lead, (version, area) in told["leads"].items()}
        return cls(**told)

    def keep(self, file: Path) -> None:
        """Write it beside and put it in place at once."""
        beside = file.with_name(f"{file.name}.new")
        beside.write_bytes(orjson.dumps(asdict(self)))
        beside.replace(file)


@dataclass(frozen=True)
class Gathered:
    """What changed above since the standing: leads as the ledger below takes them, and the standing after them."""

    leads: list[Row]
    after: Standing


@dataclass
class Taken:
    """What became of leads put into the county's ledger."""

    taken: int = 0
    refused: list[tuple[str, str]] = field(default_factory=list)  # lead, code


def gather(above: Agency, before: Standing) -> Gathered:
    """What changed in the caller's slice. A cursor the service no longer knows begins the list anew. Raises Refused."""
    try:
        changes, cursor = _changes(above, before.cursor)
    except Refused as refusal:
        if refusal.status != GONE:
            raise
        before = Standing(None, before.leads, before.sent, before.number, before.digest)
        changes, cursor = _changes(above, None)
    open_ = {one["lead_id"]: one["lead"] for one in changes if one["lead"] is not None}
    left = {one["lead_id"]: one for one in changes if one["lead"] is None and one["change"] == "withdrawal"}
    if before.cursor is None:
        left |= _gone_since(above, [lead for lead in before.leads if lead not in open_], before)
    fresh = [lead for lead in open_.values() if before.leads.get(lead["lead_id"], (0, ""))[0] < lead["version"]]
    bodies = list(_opened(above, fresh))
    leads = dict(before.leads) | {one["lead_id"]: (one["lead_version"], one["area"]) for one in bodies}
    for lead_id, change in left.items():
        was = leads.pop(lead_id, None)
        if was is not None and not str(change["reason"] or "").startswith(SETTLED):
            bodies.append(_withdrawn(lead_id, change["version"], was[1]))
    return Gathered(bodies, Standing(cursor, leads, before.sent, before.number, before.digest))


def _changes(above: Agency, cursor: str | None) -> tuple[list[Row], str]:
    """The last word on each lead since the cursor."""
    last: dict[str, Row] = {}
    while True:
        page = above.call("GET", CHANGES, params={"limit": "1000", **({"cursor": cursor} if cursor else {})}).json()
        for change in page["changes"]:
            last.pop(change["lead_id"], None)
            last[change["lead_id"]] = change
        cursor = str(page["cursor"])
        if not page["more"]:
            return list(last.values()), cursor


def _gone_since(above: Agency, leads: Iterable[str], before: Standing) -> dict[str, Row]:
    """Of leads that are no longer on the list: withdrawn, or gone to another county (then nothing is told of them)."""
    found = {}
    for lead_id in leads:
        try:
            lead = above.call("GET", f"/matcher/v1/leads/{lead_id}").json()
        except Refused as refusal:
            if refusal.status != MISSING:
                raise
            lead = {"state": "withdrawn", "version": before.leads[lead_id][0] + 1}
        reason = None if lead["state"] == "withdrawn" else f"{SETTLED}{lead['state']}"
        found[lead_id] = {"lead_id": lead_id, "version": lead["version"], "reason": reason}
    return found


def _opened(above: Agency, fresh: Sequence[Row]) -> Iterator[Row]:
    """These leads with whom they mean, township by township: nobody else of the slice is unmasked for it."""
    if not fresh:
        return
    kinds = {one["screen"]: one["kind"] for one in above.call("GET", "/matcher/v1/screens").json()["screens"]}
    wanted = {lead["lead_id"] for lead in fresh}
    for area in sorted({f"{lead['area'][:9]}000" for lead in fresh}):
        _, *lines, end = above.lines(EXPORT, area=area, **IN_FULL)
        if end != {"kind": "end", "count": len(lines)}:
            raise httpx.RemoteProtocolError("the list broke off on its way")
        entries = [line["lead"] for line in lines]
        yield from (_body(one, kinds) for one in entries if one["lead_id"] in wanted)
        wanted -= {one["lead_id"] for one in entries}


def _body(entry: Mapping[str, Any], kinds: Mapping[str, str]) -> Row:
    """A lead as the ledger takes it. People have other ids in the county's registry: whom it means is told by name and
    number, and the prefecture's id stands for somebody unregistered."""
    hits = [{"screen": one, "kind": kinds[one]} for one in entry["screens"] if one in kinds]
    found = {KINDS.get(one["kind"], "missed") for one in hits}
    return {
        "lead_id": entry["lead_id"], "lead_version": entry["version"], "state": "open", "origin": "prefecture",
        "kind": next((kind for kind in ("missed", "wrong", "doubt") if kind in found), "missed"),
        "area": entry["area"], "household_key": entry["household_key"],
        "subject_id": entry["subject_id"] or entry["person_id"],
        "snapshot": {name: entry[name] for name in ("name", "id_number", "phone", "address")},
        "tier": entry["tier"], "screens": entry["screens"], "hits": hits,
        "reasons": [finding["reason"][:500] for finding in entry["findings"]],
        "due_days": entry["due_days"], "knows_outcome": entry["knows_outcome"],
        "return_reason": entry["return_reason"],
    }  # fmt: skip


def _withdrawn(lead_id: str, version: int, area: str) -> Row:
    return {
        "lead_id": lead_id, "lead_version": version, "state": "withdrawn", "origin": "prefecture", "area": area,
        "snapshot": {},
    }  # fmt: skip


def put(own: Agency, leads: Sequence[Row]) -> Taken:
    """Put leads into the county's ledger; one refused does not stop the others."""
    done = Taken()
    for some in portions(leads, AT_ONCE):
        body = {"leads": list(some)}
        headers = {"Idempotency-Key": call_key(BY_LEAD, orjson.dumps(body).decode())}
        for result in own.call("PUT", BY_LEAD, json=body, headers=headers).json()["results"]:
            if result["code"] is None:
                done.taken += 1
            else:
                done.refused.append((result["lead_id"], result["code"]))
    return done


def receipt(above: Agency) -> Answered:
    """Take over, in the prefecture's ledger, every case of the slice that waits there: the county's system has it."""
    return Township(above).take_over("县级民政部门", "县级系统", "由县级系统交乡镇核查")


def answers(own: Agency, sent: Sequence[str]) -> list[Row]:
    """Answers that hold in the county's ledger about leads of the prefecture, but for those sent before."""
    known = set(sent)
    return [one for one in own.pages(ANSWERS, "answers", limit="500") if one["outcome_id"] not in known]


def give_back(above: Agency, told: Sequence[Row]) -> Answered:
    """Bring answers into the prefecture's ledger: cases that wait there are taken over in the name of whoever took them
    over below, then the outcomes are reported. A second person above confirms them where one does below."""
    desk = Township(above)
    by_lead = {one["lead_id"]: one for one in told}
    waiting = []
    for case in desk.cases(state="awaiting-acceptance"):
        answer = next((by_lead[item["lead_id"]] for item in case["items"] if item["lead_id"] in by_lead), None)
        if answer is not None:
            terms = {name: answer[name] or "县级系统" for name in TERMS}
            waiting.append({"case_id": case["case_id"], "version": case["version"], **terms})
    desk.accept(waiting)
    return desk.report([_outcome(one) for one in told])


def _outcome(answer: Mapping[str, Any]) -> Row:
    return {name: value for name, value in answer.items() if value is not None and name not in {*TERMS, "item_id"}}
