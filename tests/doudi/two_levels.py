"""A prefecture and a county in this process: two real registries, and above a matcher of a few lines that keeps a list
of leads as the real one tells it (tests/journeys/test_two_levels.py reads the real one)."""

from dataclasses import dataclass, field
from typing import Any

import httpx
import orjson

from doudi.agency import Agency
from doudi.slices import CHANGES, EXPORT
from tests.registry.cases import lead_of
from tests.registry.house import COUNTY, VILLAGE, House, id_number

SCREEN = "uncovered-serious-illness"


@dataclass
class Above:
    """The prefecture's matcher: leads by id, the changes in order, and where its feed begins."""

    house: House
    leads: dict[str, dict[str, Any]] = field(default_factory=dict)
    changes: list[dict[str, Any]] = field(default_factory=list)
    floor: int = 0
    exported: list[str] = field(default_factory=list)  # the townships unmasked

    def open(self, lead: str, version: int = 1, **more: Any) -> None:
        """A lead is there, or there anew; the ledger above has its case."""
        number = id_number("19850102", 100 + 2 * int(lead[-2:]))
        entry = {
            "lead_id": lead, "version": version, "state": "open", "area": VILLAGE, "household_key": f"F{lead}",
            "person_id": None, "subject_id": f"subject-{lead}", "name": f"甲{lead}", "id_number": number,
            "phone": None, "address": "某村", "tier": "必访", "screens": [SCREEN], "due_days": None,
            "findings": [{"screen": SCREEN, "reason": "自付医疗费 32000 元"}], "knows_outcome": None,
            "return_reason": None, **more,
        }  # fmt: skip
        self.leads[lead] = entry
        self._tell(lead, version, "upsert", None)
        told = {name: entry[name] for name in ("area", "household_key", "subject_id", "knows_outcome", "return_reason")}
        body = lead_of(lead, version, **told)
        answer = self.house.call("PUT", f"/cases/by-lead/{lead}", "cases:lead", json=body)
        assert answer.status_code == 200, answer.text

    def leave(self, lead: str, reason: str) -> None:
        """A lead is gone from the list, for that reason."""
        entry = self.leads.pop(lead)
        self._tell(lead, entry["version"] + 1, "withdrawal", reason)

    def _tell(self, lead: str, version: int, change: str, reason: str | None) -> None:
        self.changes.append({"lead_id": lead, "version": version, "change": change, "reason": reason})

    def answer(self, request: httpx.Request) -> httpx.Response:
        """What the matcher would say."""
        path, asked = request.url.path, request.url.params
        if path == CHANGES:
            return self._changes(asked)
        if path == EXPORT:
            assert (asked["identity"], asked["reason"], asked["state"]) == ("full", "handover", "open")
            self.exported.append(asked["area"])
            lines = [{"kind": "header"}, *({"kind": "lead", "lead": one} for one in self.leads.values())]
            end = {"kind": "end", "count": len(self.leads)}
            return httpx.Response(200, content=b"\n".join(map(orjson.dumps, [*lines, end])))
        if path == "/matcher/v1/screens":
            return httpx.Response(200, json={"screens": [{"screen": SCREEN, "kind": "uncovered"}]})
        if path == "/matcher/v1/leads/export.xlsx":
            return httpx.Response(200, content=b"PK a workbook")
        return httpx.Response(404, json={"code": "not-found"})

    def _changes(self, asked: httpx.QueryParams) -> httpx.Response:
        """One change a page, so that pages are many."""
        if "cursor" not in asked:
            listed = [{**one, "change": "upsert", "reason": None, "lead": one} for one in self.leads.values()]
            return httpx.Response(200, json={"changes": listed, "cursor": str(len(self.changes)), "more": False})
        at = int(asked["cursor"])
        if at < self.floor:
            return httpx.Response(410, json={"code": "cursor-expired"})
        some = [{**one, "lead": self.leads.get(one["lead_id"])} for one in self.changes[at : at + 1]]
        some = [{**one, "lead": None} if one["change"] == "withdrawal" else one for one in some]
        after = at + len(some)
        return httpx.Response(200, json={"changes": some, "cursor": str(after), "more": after < len(self.changes)})


@dataclass
class Line(httpx.BaseTransport):
    """The way to an installation: its registry, and its matcher where it has one."""

    house: House
    matcher: Above | None = None

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if self.matcher is not None and request.url.path.startswith("/matcher"):
            return self.matcher.answer(request)
        told = self.house.client.request(
            request.method, str(request.url.raw_path, "ascii"), content=request.read(), headers=request.headers
        )
        return httpx.Response(told.status_code, headers=told.headers, content=told.content)


def client_of(line: Line, *scopes: str) -> Agency:
    """A county's client over that line."""
    agency = Agency("http://there.test", *line.house.grant(scopes, COUNTY))
    agency.http.close()
    agency.http = httpx.Client(base_url=agency.url, transport=line)
    return agency
