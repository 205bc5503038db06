"""Another agency, its agreement with the house, and two people who let it come into force."""

from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.registry.house import COUNTY, PURPOSES, House
from tests.registry.staff import Person, at_work, token_of

FEDERATION = "disabled-persons-federation"
PURPOSE = "dynamic-monitoring"


def terms(**values: Any) -> dict[str, Any]:
    """What is agreed, unless told otherwise: coverage, for a year, in the county."""
    return {
        "legal_basis": "政务数据共享条例第二十条", "catalogue_number": "640499/2021/0007", "purposes": [PURPOSE],
        "area": COUNTY, "valid_from": "2021-01-01", "valid_to": "2021-12-31",
        "fields": {"coverage-check": ["status", "holdings.programme"]}, **values,
    }  # fmt: skip


@dataclass
class Keepers:
    """Two security administrators."""

    house: House
    tokens: dict[str, str] = field(default_factory=dict)
    people: dict[str, Person] = field(default_factory=dict)

    def call(self, who: str, method: str, path: str, **more: Any) -> httpx.Response:
        """A call of `an` or of `bao`."""
        if who not in self.tokens:
            self.people[who] = at_work(self.house, "security-administrator", login=f"{who}.quan")
            self.tokens[who] = token_of(self.people[who].sign_in())
        return self.people[who].call(self.tokens[who], method, path, **more)

    def propose(self, agency: str = FEDERATION, kind: str = "department", **values: Any) -> dict[str, Any]:
        """A proposal of `an`, which must be taken."""
        made = self.call("an", "POST", "/agreements", json={"agency": agency, "kind": kind, **terms(**values)})
        assert made.status_code == 201, made.text
        found: dict[str, Any] = made.json()
        return found

    def next(self, agreement: dict[str, Any], **values: Any) -> dict[str, Any]:
        """The next version, proposed by `an`."""
        path = f"/agreements/{agreement['agreement_id']}/versions"
        made = self.call("an", "POST", path, json=terms(**values))
        assert made.status_code == 201, made.text
        found: dict[str, Any] = made.json()
        return found

    def approve(self, agreement: dict[str, Any], who: str = "bao") -> httpx.Response:
        """Approval of the newest version."""
        number = agreement["versions"][-1]["number"]
        return self.call(who, "POST", f"/agreements/{agreement['agreement_id']}/versions/{number}/approve")

    def end(self, agreement: dict[str, Any], number: int = 1) -> httpx.Response:
        """The end of a version."""
        path = f"/agreements/{agreement['agreement_id']}/versions/{number}/end"
        return self.call("an", "POST", path, json={"reason": "合同到期"})

    def agreed(self, agency: str = FEDERATION, kind: str = "department", **values: Any) -> dict[str, Any]:
        """An agreement in force."""
        made = self.propose(agency, kind, **values)
        answer = self.approve(made)
        assert answer.status_code == 200, answer.text
        assert answer.json()["versions"][-1]["in_force"] or values
        found: dict[str, Any] = answer.json()
        return found


@dataclass
class Outsider:
    """A client of another agency."""

    house: House
    agency: str = FEDERATION
    area: str = COUNTY
    purpose: str = PURPOSE
    tokens: dict[tuple[str, ...], str] = field(default_factory=dict)

    def call(self, method: str, path: str, *scopes: str, **more: Any) -> httpx.Response:
        """A call with these scopes."""
        if scopes not in self.tokens:
            client_id, secret = self.house.grant(scopes, self.area, self.agency)
            form = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": secret}
            assert self.purpose in PURPOSES
            answer = self.house.client.post("/registry/v1/token", data={**form, "purpose": self.purpose})
            assert answer.status_code == 200, answer.text
            self.tokens[scopes] = answer.json()["access_token"]
        headers = {"Authorization": f"Bearer {self.tokens[scopes]}", **more.pop("headers", {})}
        return self.house.client.request(method, f"/registry/v1{path}", headers=headers, **more)

    def check(self, *numbers: str) -> httpx.Response:
        """Ask who is covered."""
        body = {"on_date": "2021-06-01", "queries": [{"id_number": number} for number in numbers]}
        return self.call("POST", "/coverage/check", "coverage:check", json=body)

    def person(self, person_id: str, **asked: str) -> httpx.Response:
        """Ask for a person."""
        return self.call("GET", f"/persons/{person_id}", "registry:read", params=asked)


def code_of(answer: httpx.Response) -> str:
    """The code of a refusal."""
    return str(answer.json().get("code", answer.status_code))
