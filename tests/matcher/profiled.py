"""The county office that drafts, simulates and approves profiles, for the tests of it."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import date
from typing import Any

import httpx

from kit.columns import new_id
from tests.matcher import county
from tests.matcher.conftest import Matcher
from tests.matcher.fake_registry import COUNTY
from tests.matcher.life import told
from tests.matcher.scenes import scene

DRAFTS, APPROVES = "screens:draft", "screens:approve"
TOWN, OTHER = "640499100000", "640499200000"
PEOPLE = county.numbered(12)


def profile(**values: Any) -> dict[str, Any]:
    """A profile of the county from 1 June 2021 on, each value with a document; area, days, campaign as told."""
    names = ("area", "valid_from", "valid_to", "campaign", "exempt", "purpose")
    said = {name: values.pop(name) for name in names if name in values}
    return {
        "area": COUNTY,
        "valid_from": "2021-06-01",
        "purpose": "按县里文件调整",
        **said,
        "values": values,
        "basis": dict.fromkeys(values, "安民发〔2021〕6号"),
    }


class Office:
    """Calls as one account that drafts and another that approves."""

    def __init__(self, matcher: Matcher) -> None:
        self.matcher = matcher

    def headers(self, scope: str, **claims: Any) -> dict[str, str]:
        """Of the account that goes with the scope, unless `claims` name another."""
        who = "approver" if scope == APPROVES else "drafter"
        return self.matcher.headers(scope, **{"sub": who, **claims})

    def get(self, path: str, **asked: Any) -> Any:
        """GET of anybody who may read; `area` narrows the caller unless the settings are asked for."""
        claims = {} if path == "/screen-settings" else asked
        return self.matcher.get(path, self.headers("screens:read", **claims), **({} if claims else asked))

    def post(
        self, path: str, body: Any, scope: str, claims: dict[str, Any] | None = None, **headers: str
    ) -> httpx.Response:
        """POST, once."""
        told = {**self.headers(scope, **(claims or {})), "Idempotency-Key": new_id(), **headers}
        return self.matcher.http.post(path, json=body, headers=told)

    def draft(self, body: dict[str, Any]) -> str:
        """A draft that is taken."""
        answer = self.post("/screen-profiles", body, DRAFTS)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["profile_id"])

    def change(self, draft: str, body: dict[str, Any], **claims: str) -> httpx.Response:
        """Another wording, of the version just seen."""
        headers = {**self.headers(DRAFTS, **claims), "Idempotency-Key": new_id(), "If-Match": self._seen(draft)}
        return self.matcher.http.put(f"/screen-profiles/{draft}", json=body, headers=headers)

    def step(self, made: str, step: str, scope: str, body: Any = None, **claims: str) -> httpx.Response:
        """A step of the version just seen."""
        return self.post(f"/screen-profiles/{made}/{step}", body, scope, claims, **{"If-Match": self._seen(made)})

    def simulated(self, draft: str) -> dict[str, Any]:
        """Have it simulated; what was found."""
        answer = self.post(f"/screen-profiles/{draft}/simulate", None, DRAFTS)
        assert answer.status_code == 202, answer.text
        self.matcher.work()
        shown = self.simulation(answer.headers["Location"].rpartition("/")[2])
        assert shown["state"] == "done", shown
        return shown

    def simulation(self, simulation_id: str, **claims: str) -> dict[str, Any]:
        """A simulation as the approver reads it."""
        return dict(self.matcher.get(f"/screen-simulations/{simulation_id}", self.headers(APPROVES, **claims)))

    def approve(self, draft: str) -> None:
        """Approved by the other account."""
        answer = self.step(draft, "approve", APPROVES)
        assert answer.status_code == 200, answer.text

    def in_force(self, body: dict[str, Any]) -> str:
        """The whole way."""
        draft = self.draft(body)
        self.simulated(draft)
        self.approve(draft)
        return draft

    @contextmanager
    def on(self, day: date) -> Iterator[None]:
        """Another day, for the block."""
        clock: AbstractContextManager[None] = told(self.matcher, as_of=day)
        with clock:
            yield

    def _seen(self, made: str) -> str:
        answer = self.matcher.http.get(f"/screen-profiles/{made}", headers=self.headers("screens:read"))
        assert answer.status_code == 200, answer.text
        return str(answer.headers["ETag"])


@scene
def stocked(matcher: Matcher) -> Office:
    """Twelve people with costs of illness of 1 000 to 12 000 yuan, the first six in one township, the others in
    another; nobody is covered."""
    rows = []
    for place, (name, id_number) in enumerate(PEOPLE):
        address = "青石镇柳树村3组" if place < 6 else "白杨乡杏花村2组"
        rows.append(county.illness(name, id_number, paid=str(1000 * (place + 1)), address=address))
    matcher.deliver("health-illness", rows)
    matcher.work()
    return Office(matcher)


def listed(office: Office) -> set[int]:
    """Whom the list names, by their place in PEOPLE."""
    places = {name: place for place, (name, _) in enumerate(PEOPLE)}
    return {places[lead["name"]] for lead in office.matcher.leads()}
