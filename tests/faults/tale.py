"""Two months of a village-sized county, told step by step to whatever home listens; safe to repeat at every word.

Every step waits until the worker is done, so that the order in which the months' papers meet is the same each time,
and only what kills the processes can make two tellings differ.
"""

import hashlib
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from doudi.agency import Agency
from doudi.home import Home
from doudi.main_job import FEEDS
from matcher.api.lead_changes import LOOK_SECONDS
from tests.faults.mortal import Patient
from tests.journeys.live import JUNE
from tests.journeys.papers import Papers
from tests.journeys.quiet import Watch
from tests.journeys.seen import MATCHER, REGISTRY, Readers, Seen, leads_of, see
from tests.journeys.villagers import Village, covered, dead, disabled, ill, villager, villages

PHASES = (
    "registry", "feeds", "lists", "accept", "report", "approve",
    "next registry", "next feeds", "next lists",
)  # fmt: skip
FEEDS_TOLD = ("disability-cards", "health-deaths")
DAY_VISITED = JUNE.isoformat()
# By turns, what the visits to people who may be missed came to, and those to people who may be wrongly supported.
MISSED: tuple[dict[str, Any], ...] = (
    {"code": "02", "form": "household"},
    {"code": "09", "reason": "income"},
    {"code": "12"},
    {"code": "06"},
    {"code": "15", "revisit_on": "2021-06-20"},
    {"code": "08"},
    {"code": "10", "died_on": "2021-05-02"},
    {"code": "17"},
    {},  # not visited yet
)
WRONG: tuple[dict[str, Any], ...] = (
    {"code": "W1", "stop_from": "2021-07", "overpaid_fen": 96_000},
    {"code": "W3"},
    {"code": "W4"},
    {"code": "W5"},
    {},
)
LEFT_ALONE = (77, 86, 54)  # nobody takes their cases over
LISTED = range(60, 92)  # hold a card, and nobody supports them
PAID = range(50, 60)  # are supported, and a death certificate bears their number


_ANYWHERE = Village("640499000000", "", "")
PEOPLE = {villager(index, _ANYWHERE).number: index for index in range(120)}


def homes_of(areas: str) -> list[Village]:
    """Where they all live: two townships, so that lists are scoped and a telling stays short."""
    every = villages(areas)
    towns = {home.area for home in every[:2]}
    return [home for home in every if home.area in towns][:12]


def papers_of(areas: str) -> tuple[Papers, Papers]:
    """The first month's papers and the second's."""
    first = Papers(areas)
    homes = homes_of(areas)
    people = {index: villager(index, homes[index % len(homes)]) for index in range(120)}
    for index in range(60):
        covered(first, people[index], f"H{index:04}")
    for index in (*range(10), *LISTED):
        disabled(first, people[index])
    for index in PAID:
        dead(first, people[index])
    second = first.copy()
    for index in LISTED:
        if _visit(index, LISTED, MISSED).get("code") == "02":
            covered(second, people[index], f"N{index:04}", 起保年月="202107")
    for index in PAID:
        if _visit(index, PAID, WRONG).get("code") == "W1":
            second.alter("registry.xlsx", {"身份证号": people[index].number}, 停保年月="202106")
    for index in (LISTED[8], LISTED[17]):  # nobody had gone there yet
        second.drop("disability.xlsx", 姓名=people[index].name)
    for index in range(100, 104):
        disabled(second, people[index])
    for index in (LISTED[1], LISTED[5]):  # settled, and now there is something new to know
        ill(second, people[index])
    return first, second


def outcome_of(index: int) -> dict[str, Any]:
    """What the visit to that person came to; {} when nobody has gone yet."""
    return _visit(index, PAID, WRONG) if index in PAID else _visit(index, LISTED, MISSED)


def _visit(index: int, among: range, came_to: tuple[dict[str, Any], ...]) -> dict[str, Any]:
    return came_to[(index - among.start) % len(came_to)]


@dataclass
class Teller:
    """Tells the tale to a home; `phase` is where it is just now."""

    home: Home
    folders: tuple[Path, Path]
    clients: dict[str, Agency]
    # Set before it tells: the administrator serves the home on the second month's day; what is to be over at the end.
    next_day: Callable[[], Home] = field(init=False)
    wait: Callable[[], None] = field(init=False)
    phase: str = "before"
    seconds: dict[str, float] = field(default_factory=dict)  # spent in each phase
    cursors: dict[str, str] = field(default_factory=dict)
    listed: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)

    @property
    def county(self) -> Agency:
        """Civil affairs' reading client."""
        return self.clients["county"]

    @contextmanager
    def at(self, phase: str) -> Iterator[None]:
        """In that phase, and until the worker is done with it."""
        self.phase, began = phase, time.monotonic()
        yield
        with Watch.over(self.home) as watch:
            watch.until_quiet()
        self.seconds[phase] = self.seconds.get(phase, 0.0) + time.monotonic() - began

    def tell(self) -> Seen:
        """From the first file to the second month's lists; what is there at the end."""
        first, second = self.folders
        self._month(first, "")
        with self.at("lists"):
            self.pull()
        with self.at("accept"):
            self.accept()
        with self.at("report"):
            self.report()
        with self.at("approve"):
            self.approve()
        self.home = self.next_day()
        self._month(second, "next ")
        with self.at("next lists"):
            self.pull()
        self.phase = "end"
        self.wait()
        with self.at("end"):
            self.pull()
        return see(Readers(self.county, self.clients["auditor"]))

    def _month(self, folder: Path, prefix: str) -> None:
        with self.at(f"{prefix}registry"):
            self.county.send(f"{REGISTRY}/areas/import", folder / "areas.csv")
            assert self.county.send(f"{REGISTRY}/imports", folder / "registry.xlsx")["state"] == "done"
        feeds = (*FEEDS_TOLD, "health-illness") if prefix else FEEDS_TOLD
        for feed in feeds:
            with self.at(f"{prefix}feeds"):
                name, agency = FEEDS[feed]
                pushed = self.clients[agency].push(feed, folder / name)
                batch = self.clients[agency].follow(pushed, lambda _: None)
                assert batch["state"] in {"published", "unchanged"}, batch

    def pull(self) -> None:
        """Every township follows its list from where it was."""
        time.sleep(LOOK_SECONDS)  # until a poll hears of what the worker did
        for area, township in self.townships.items():
            held = self.listed.setdefault(area, {})
            while True:
                query = {"cursor": self.cursors[area]} if area in self.cursors else {}
                page = township.call("GET", f"{MATCHER}/leads/changes", params=query).json()
                for change in page["changes"]:
                    if change["lead"] is not None:
                        held[change["lead_id"]] = change["lead"]
                    else:  # withdrawn, or so at a later place of the feed
                        held.pop(change["lead_id"], None)
                self.cursors[area] = page["cursor"]
                if not page["more"]:
                    break

    @property
    def townships(self) -> dict[str, Agency]:
        """The townships' clients by area."""
        return {name.split()[1]: client for name, client in self.clients.items() if name.startswith("township ")}

    @property
    def calls(self) -> bool:
        """Whether an answer is waited for just now."""
        return any(client.calling for client in self.clients.values() if isinstance(client, Patient))

    @property
    def repeated(self) -> int:
        """How often a call got no answer and was repeated."""
        return sum(client.repeated for client in self.clients.values() if isinstance(client, Patient))

    def accept(self) -> None:
        """Each township takes over what it was told of, but for a few."""
        for area, township in self.townships.items():
            cases = {lead["case_id"] for lead, index in self._known(area) if index not in LEFT_ALONE}
            body = [
                {"case_id": case, "responsible_unit": "民政办", "responsible_person": "马站长", "measure": "入户核查"}
                for case in sorted(cases)
            ]
            self._many(township, "accept", {"cases": body})

    def report(self) -> None:
        """Each township reports its visits; an outcome's id is the client's own and the same at every attempt."""
        for area, township in self.townships.items():
            body = [
                {
                    "outcome_id": str(uuid.uuid5(uuid.NAMESPACE_OID, f"{self.home.folder} {index}")),
                    "lead_id": lead["lead_id"],
                    "how": "visit",
                    "visited_on": DAY_VISITED,
                    **outcome_of(index),
                }
                for lead, index in self._known(area)
                if outcome_of(index) and index not in LEFT_ALONE
            ]
            self._many(township, "outcomes", {"outcomes": body})

    def approve(self) -> None:
        """The county's second person confirms everything that waits for it."""
        query = {"state": "awaiting-approval", "limit": "200"}
        waiting = list(self.county.pages(f"{REGISTRY}/cases", "cases", **query))
        self._many(self.clients["approver"], "approve", {"cases": [{"case_id": case["case_id"]} for case in waiting]})

    def _many(self, client: Agency, word: str, body: dict[str, list[dict[str, Any]]]) -> None:
        """A call for many, with a key of its own content; nothing of it may be refused."""
        (rows,) = body.values()
        if not rows:
            return
        content = orjson.dumps(body)
        headers = {"Content-Type": "application/json", "Idempotency-Key": hashlib.sha256(content).hexdigest()}
        answer = client.call("POST", f"{REGISTRY}/cases/{word}", content=content, headers=headers).json()
        assert (answer["refused"], len(answer["results"])) == (0, len(rows)), answer

    def _known(self, area: str) -> list[tuple[dict[str, Any], int]]:
        """What the township holds on its list, with whom each entry is about."""
        numbers = {lead["lead_id"]: lead["id_number"] for lead in leads_of(self.county, area=area)}
        held = [(lead, PEOPLE[numbers[lead_id]]) for lead_id, lead in self.listed[area].items()]
        return sorted(held, key=lambda one: one[1])

    def standing_lists(self, seen: Seen) -> list[str]:
        """Who stands on the townships' own lists, as kept by following the changes; it must be what is open."""
        open_ = {
            lead["lead_id"]: f"{lead['area'][:9]} {lead['name']}" for lead in seen.leads if lead["state"] == "open"
        }
        held = {lead_id: area for area, leads in self.listed.items() for lead_id in leads}
        assert {lead_id: who[:9] for lead_id, who in open_.items()} == {one: area[:9] for one, area in held.items()}
        return sorted(open_.values())
