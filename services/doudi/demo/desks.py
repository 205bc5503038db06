"""The offices of the story: three townships at their desks, and the county that confirms what they report."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from doudi.agency import Agency, Refused
from doudi.clerk import fill_in
from doudi.defects import Stop
from doudi.demo.villagers import Round, Village, Visits, visit
from doudi.home import Home
from doudi.progress import Steps
from doudi.township import Answered, Followed, Township
from registry.access.store import Grant

Row = Mapping[str, Any]

TOWNSHIP_SCOPES = ("leads:read", "leads:reveal", "registry:read", "cases:read", "cases:write", "statistics:read")
APPROVER_SCOPES = ("cases:read", "cases:write", "cases:approve")
MEASURE = "入户核查，核对身份、家庭收入和财产"
AT_ONCE_SETTLED = frozenset({"01", "08", "09", "10", "11", "12", "13", "14", "16", "18", "W3", "W4", "W5"})
SETTLED_ON_APPROVAL = frozenset({"06", "07"})
SAID_STOPPED = 2  # dead people of the first township whose families say the support has ended: of one it has not
PATIENCE_SECONDS = 180.0  # of a loaded machine; an idle one needs two
NOT_FOUND, CONFLICT = 404, 409


class StoryBroken(Stop):
    """Something the story needs did not come about; the text says what."""


@dataclass
class Office:
    """One township: its name, its copy of the list, and whether its staff work in Excel."""

    name: str
    area: str
    township: Township
    in_excel: bool
    visits: Visits | None = None
    asked: dict[str, frozenset[str]] = field(default_factory=dict)  # lead → the screens it was visited for
    answered: Answered = field(default_factory=Answered)
    seen: Followed = field(default_factory=Followed)

    def settled(self) -> set[str]:
        """Leads that were answered for good."""
        outcomes = self.visits.outcomes if self.visits else {}
        final = AT_ONCE_SETTLED | SETTLED_ON_APPROVAL
        return {lead for lead, outcome in outcomes.items() if outcome["code"] in final}

    def asked_anew(self, listed: Mapping[str, Row]) -> set[str]:
        """Visited leads that stand on a list by other screens alone than they were visited for: the next question.

        Somebody said to be dead who opened the door, or who has come into 低保, may be entitled to 特困.
        """
        still = {lead: screens for lead, screens in self.asked.items() if lead in listed}
        return {lead for lead, screens in still.items() if not screens & set(listed[lead]["screens"])}

    def still_listed(self) -> set[str]:
        """Settled leads that are on the township's list all the same, by what they were visited for."""
        return self.settled() & set(self.township.leads) - self.asked_anew(self.township.leads)


@dataclass
class LookUps:
    """The registry as a township's staff may ask it."""

    client: Agency

    def find(self, number: str, name: str) -> str | None:
        """The person with this number and name."""
        try:
            found = self.client.call("POST", "/registry/v1/persons/lookup", json={"id_number": number, "name": name})
        except Refused as refused:
            if refused.status in {NOT_FOUND, CONFLICT}:
                return None
            raise
        return str(found.json()["person_id"])

    def row_of(self, person_id: str) -> str | None:
        """`import:line` of the row that last spoke of a person."""
        source = self.client.call("GET", f"/registry/v1/persons/{person_id}").json()["source"]
        return f"{source['import_id']}:{source['line']}" if source else None


def open_offices(home: Home, names: Mapping[str, str]) -> list[Office]:
    """An office for each of these townships (12-digit area → name); the last one works in Excel."""
    offices: list[Office] = []
    for area, name in names.items():
        client = Agency(home.url, *home.add_client(Grant(name, "township", area, TOWNSHIP_SCOPES)))
        offices.append(Office(name, area, Township(client), in_excel=len(offices) == len(names) - 1))
    return offices


def open_approver(home: Home, area: str) -> Township:
    """The county's second person: another client than those who report."""
    grant = Grant("县级审核", "civil-affairs", area, APPROVER_SCOPES)
    return Township(Agency(home.url, *home.add_client(grant)))


@dataclass(frozen=True)
class Ground:
    """Where the offices knock: the county's truth, its whole list by lead, the day, and a folder for workbooks."""

    village: Village
    listed: Mapping[str, Row]
    day: date
    out: Path


def knock(offices: Sequence[Office], ground: Ground, steps: Steps) -> None:
    """Every office pulls its list, takes its cases over, visits everybody and reports what it found."""
    for number, office in enumerate(offices, 1):
        steps.show("townships knock and report", number, len(offices), office.name)
        office.seen = office.township.follow()
        # A family spread over two townships is one case, in one of them: that one visits all of it.
        held = {item["lead_id"] for case in office.township.cases() for item in case["items"]}
        leads = [office.township.leads.get(lead) or ground.listed[lead] for lead in held if lead in ground.listed]
        office.asked = {lead["lead_id"]: frozenset(lead["screens"]) for lead in leads}
        stopped = SAID_STOPPED if number == 1 else 0
        round_ = Round(ground.day, int(office.area[:9]), stopped)
        office.visits = visit(ground.village, leads, LookUps(office.township.client), round_)
        if office.in_excel:
            office.answered = _by_excel(office, ground.out)
        else:
            _whole(office.township.take_over(f"{office.name}人民政府", "民政专干", MEASURE), office.name)
            office.answered = office.township.report([*office.visits.outcomes.values()])
        _whole(office.answered, office.name)
    told = sum(office.answered.taken for office in offices)
    steps.end("townships knock and report", f"{told} outcomes of {len(offices)} townships, one by Excel")


def _by_excel(office: Office, out: Path) -> Answered:
    assert office.visits is not None
    acceptance = {"responsible_unit": f"{office.name}人民政府", "responsible_person": "民政专干", "measure": MEASURE}
    filled = fill_in(office.township.list_out(), office.visits.outcomes, acceptance)
    (out / f"核查清单_{office.name}_已填.xlsx").write_bytes(filled)
    return office.township.list_in(filled)


def _whole(answered: Answered, name: str) -> None:
    if answered.refused:
        told = "; ".join(answered.mistakes()[:3])
        raise StoryBroken(f"{name}: {answered.refused} rows were refused: {told}")


def approve(approver: Township, steps: Steps) -> Answered:
    """The county confirms what waits for a second person."""
    steps.show("county approves", 0, 0)
    answered = approver.approve()
    _whole(answered, "county")
    steps.end("county approves", f"{answered.taken} cases")
    return answered


def hear(offices: Sequence[Office], steps: Steps) -> None:
    """Wait until the matcher has heard the answers: whoever was settled is on no list for the same question."""
    steps.show("lists follow the answers", 0, 0)
    for office in offices:

        def heard(office: Office = office) -> bool:
            seen = office.township.follow(wait=2)
            office.seen.upserts += seen.upserts
            office.seen.withdrawals += seen.withdrawals
            return not office.still_listed()

        until(heard, f"{office.name}: the settled leads left the list")
    left = sum(office.seen.withdrawals for office in offices)
    steps.end("lists follow the answers", f"{left} withdrawn from the townships' lists")


def until(done: Callable[[], bool], what: str) -> None:
    """Ask until it is so. Raises StoryBroken after PATIENCE_SECONDS."""
    give_up = time.monotonic() + PATIENCE_SECONDS
    while not done():
        if time.monotonic() > give_up:
            raise StoryBroken(f"waited {PATIENCE_SECONDS:.0f} s in vain until {what}; see serve.log in the home")
        time.sleep(0.2)


def reopen_refused(approver: Township, offices: Sequence[Office], refused: set[int]) -> int:
    """The county turned some applications down after all: their cases go back to the townships. How many."""
    leads = {
        lead
        for office in offices
        if office.visits
        for lead, person in office.visits.person.items()
        if person in refused
    }
    opened = 0
    for case in list(approver.cases(state="in-progress")):
        items = [item["item_id"] for item in case["items"] if item["lead_id"] in leads]
        if items:
            approver.step(case, "reopen", reason="县级审核确认：家庭收入超过标准，本次申请不予通过", items=items)
            opened += len(items)
    return opened
