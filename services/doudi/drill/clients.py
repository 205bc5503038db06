"""Who works with the services while disaster strikes, and goes on afterwards by the contract alone: HTTP only.

Each keeps what it was told, as a township's or an agency's own system does, and does after the disaster what the
runbook asks of it: the same calls under the same keys.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from doudi.agency import Agency, Refused
from doudi.township import Township

PERSONS, CHANGES, EXPORT = "/registry/v1/persons", "/registry/v1/changes", "/registry/v1/export"
PAUSE_SECONDS = 0.1
FEW = 1  # outcomes reported at a time: some of the list is left to compare


@dataclass
class Registrar:
    """Registers people one by one, each call under a key of its own."""

    client: Agency
    division: str
    answers: dict[int, str] = field(default_factory=dict)  # number of the call → the person it made

    def register(self, number: int) -> str:
        """Call `number`, the first time or again."""
        body = {"name": f"演练{number:05d}", "division": self.division, "address": f"演练村{number}号"}
        headers = {"Idempotency-Key": f"drill-person-{number}"}
        made = str(self.client.call("POST", PERSONS, json=body, headers=headers).json()["person_id"])
        self.answers[number] = made
        return made

    def work(self, stop: threading.Event) -> None:
        """Until told to stop."""
        while not stop.wait(PAUSE_SECONDS):
            self.register(len(self.answers))

    def repeat(self) -> int:
        """Every call once more under its key; how many were answered as the first time."""
        before = dict(self.answers)
        return sum(self.register(number) == made for number, made in before.items())


@dataclass
class Follower:
    """Somebody's copy of the registry's people, by the changefeed; told to resync it takes an export and goes on."""

    client: Agency
    people: set[str] = field(default_factory=set)
    cursor: str | None = None
    resyncs: int = 0

    def follow(self) -> None:
        """All that changed since the last look."""
        more = True
        while more:
            if self.cursor is None:
                self._take_all()
            try:
                page = self.client.call("GET", CHANGES, params={"cursor": str(self.cursor)}).json()
            except Refused as refused:
                if refused.status != HTTPStatus.GONE:
                    raise
                self.cursor, self.resyncs = None, self.resyncs + 1
                continue
            for change in page["changes"]:
                if change["kind"] == "person":
                    (self.people.add if change["person"] else self.people.discard)(str(change["id"]))
            self.cursor, more = page["cursor"], page["more"]

    def _take_all(self) -> None:
        lines = self.client.lines(EXPORT)
        self.people = {str(line["person"]["person_id"]) for line in lines if line["kind"] == "person"}
        self.cursor = str(lines[0]["cursor"])


@dataclass
class Office:
    """A township that takes its cases over and reports, a few at a time; told to resync it reads its list anew."""

    township: Township
    day: str
    reported: dict[str, dict[str, Any]] = field(default_factory=dict)  # lead → the outcome, under its own id
    resyncs: int = 0

    def follow(self) -> None:
        """Its list, by the changes; a poll that does not wait may be a moment behind the worker."""
        try:
            self.township.follow(wait=1)
        except Refused as refused:
            if refused.status != HTTPStatus.GONE:
                raise
            self.township.cursor, self.resyncs = None, self.resyncs + 1
            self.township.leads.clear()
            self.township.follow()

    def report_some(self, new_id: Callable[[], str]) -> None:
        """A few more visits."""
        self.township.take_over("民政办", "演练", "入户核查")
        waiting = [
            item["lead_id"]
            for case in self.township.cases(state="verifying")
            for item in case["items"]
            if item["kind"] == "missed" and item["standing"] == "pending" and item["lead_id"] not in self.reported
        ]
        for lead in waiting[:FEW]:
            visit = {"lead_id": lead, "code": "08", "how": "visit", "visited_on": self.day, "visited_by": "演练"}
            self.reported[lead] = {"outcome_id": new_id(), **visit}
        self.send([self.reported[lead] for lead in waiting[:FEW]])

    def send(self, outcomes: list[dict[str, Any]]) -> int:
        """Report; how many are in the ledger now, taken or there already. Raises Refused."""
        if not outcomes:
            return 0
        answered = self.township.report(outcomes)
        return answered.taken + answered.unchanged

    def repeat(self) -> int:
        """Everything once more: take over what waits again, report under the same ids. How many stand."""
        self.township.take_over("民政办", "演练", "入户核查")
        return self.send(list(self.reported.values()))
