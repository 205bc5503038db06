"""What a township's own system does: follow its list, take cases over, report what the visits came to. HTTP only.

Knows the kit and china, nothing of the services, as `agency`: it could be copied to the township's own machine. The
county's second person, who confirms what the townships report, works through the same calls.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import orjson

from doudi.agency import MEDIA_TYPES, Agency

AT_ONCE = 500  # the most one call may carry
CHANGES = "/matcher/v1/leads/changes"
CASES = "/registry/v1/cases"
XLSX = MEDIA_TYPES[".xlsx"]

Row = dict[str, Any]
T = TypeVar("T")


@dataclass
class Followed:
    """What one look at the changes brought: numbers of entries that came or changed, and that left."""

    upserts: int = 0
    withdrawals: int = 0


@dataclass
class Answered:
    """What became of the rows of one or more calls, added up."""

    taken: int = 0
    unchanged: int = 0
    refused: int = 0
    blank: int = 0
    results: list[Row] = field(default_factory=list)

    def add(self, answer: Mapping[str, Any]) -> None:
        """One more call's answer."""
        self.taken += answer["taken"]
        self.unchanged += answer["unchanged"]
        self.refused += answer["refused"]
        self.blank += answer.get("blank", 0)
        self.results += answer["results"]

    def mistakes(self) -> list[str]:
        """Why rows were refused, each reason once: code, field and the service's own sentence."""
        told = (error for row in self.results for error in row["errors"])
        return sorted({f"{error['code']} {error.get('field') or ''}: {error['detail']}" for error in told})


@dataclass
class Township:
    """A township's copy of its list, kept up to date by following the changes, and its desk in the ledger."""

    client: Agency
    leads: dict[str, Row] = field(default_factory=dict)
    cursor: str | None = None

    def follow(self, wait: int = 0) -> Followed:
        """Read every change since the last look; `wait` seconds for the first one. Safe to repeat."""
        seen = Followed()
        while True:
            query = {"wait": str(wait), **({"cursor": self.cursor} if self.cursor else {})}
            page = self.client.call("GET", CHANGES, params=query).json()
            for change in page["changes"]:
                if change["lead"] is not None:
                    self.leads[change["lead_id"]] = change["lead"]
                    seen.upserts += 1
                else:  # withdrawn, or come and gone since: then its withdrawal follows
                    self.leads.pop(change["lead_id"], None)
                    seen.withdrawals += change["change"] == "withdrawal"
            self.cursor, wait = page["cursor"], 0
            if not page["more"]:
                return seen

    def cases(self, **narrowed: str) -> Iterator[Row]:
        """The township's cases, page after page; `state`, `overdue` … narrow them."""
        return self.client.pages(CASES, "cases", limit="500", **narrowed)

    def take_over(self, unit: str, person: str, measure: str) -> Answered:
        """Take over every case that waits: that is the receipt of its leads."""
        terms = {"responsible_unit": unit, "responsible_person": person, "measure": measure}
        waiting = self.cases(state="awaiting-acceptance")
        rows = [{"case_id": case["case_id"], "version": case["version"], **terms} for case in waiting]
        return self.accept(rows)

    def accept(self, cases: Sequence[Mapping[str, Any]]) -> Answered:
        """Take these cases over, each on its own terms."""
        return self._many(f"{CASES}/accept", "cases", cases)

    def report(self, outcomes: Sequence[Mapping[str, Any]]) -> Answered:
        """Report what the visits came to, up to any number: they go in calls of 500."""
        return self._many(f"{CASES}/outcomes", "outcomes", outcomes)

    def approve(self) -> Answered:
        """Confirm, as the second person, every outcome that waits for one, also where others of the family are still
        to be visited."""
        waiting = self.cases(standing="awaiting-approval")
        rows = [
            {"case_id": case["case_id"], "version": case["version"]} for case in waiting if case["state"] != "suspended"
        ]
        return self._many(f"{CASES}/approve", "cases", rows)

    def step(self, case: Row, step: str, **body: Any) -> Row:
        """One step of one case as it was read: reopen, return, transfer …"""
        key = call_key(step, case["case_id"], case["version"])
        headers = {"If-Match": f'"{case["version"]}"', "Idempotency-Key": key}
        path = f"{CASES}/{case['case_id']}/{step}"
        answer: Row = self.client.call("POST", path, json=body, headers=headers).json()
        return answer

    def list_out(self, **narrowed: str) -> bytes:
        """The list as the workbook that is filled in and sent back."""
        return self.client.call("GET", f"{CASES}/export.xlsx", params=narrowed).content

    def list_in(self, workbook: bytes) -> Answered:
        """Send the filled list back; the same list again changes nothing."""
        headers = {"Content-Type": XLSX, "Idempotency-Key": call_key("outcomes", hashlib.sha256(workbook).hexdigest())}
        answered = Answered()
        answered.add(self.client.call("POST", f"{CASES}/outcomes", content=workbook, headers=headers).json())
        return answered

    def _many(self, path: str, name: str, rows: Sequence[Mapping[str, Any]]) -> Answered:
        answered = Answered()
        for some in portions(rows, AT_ONCE):
            headers = {"Idempotency-Key": call_key(path, orjson.dumps(some).decode())}
            answered.add(self.client.call("POST", path, json={name: list(some)}, headers=headers).json())
        return answered


def call_key(*parts: object) -> str:
    """The call's own digest, so that sending it twice is sending it once."""
    return hashlib.sha256("\n".join(map(str, parts)).encode()).hexdigest()


def portions(rows: Sequence[T], size: int) -> Iterable[Sequence[T]]:
    """The rows in portions of that size."""
    return (rows[start : start + size] for start in range(0, len(rows), size))
