"""A whole stack with everybody who works on it, through whatever is done to it meanwhile."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from doudi.county.tables import text
from doudi.main_job import FEEDS
from doudi.stack import Stack
from doudi.township import Township
from tests.faults.onslaught import Desk, Follower, Load, Office, deliver, register
from tests.faults.tale import homes_of, papers_of
from tests.journeys.on_stack import LiveOnStack
from tests.journeys.seen import MATCHER, REGISTRY

CARDS = "disability-cards"
SENT = (CARDS, "health-deaths")


class Ordeal(Protocol):
    """What a stack goes through while people work on it."""

    def rage(self) -> None:
        """From the first blow to the last."""

    def check(self) -> None:
        """That it happened at all."""


@dataclass
class Ground:
    """The stack with everybody who works on it."""

    stack: Stack
    live: LiveOnStack
    ordeal: Ordeal
    offices: dict[str, Office]
    desks: dict[str, Desk] = field(default_factory=dict)
    followers: dict[str, Follower] = field(default_factory=dict)
    replays: dict[str, Follower] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)
    turns: dict[str, int] = field(default_factory=dict)

    def work_through(self) -> None:
        """Everybody works from before the ordeal to after it."""
        load = Load()
        self._begin(load)
        try:
            self.ordeal.rage()
        finally:
            load.end()
        self.wrong, self.turns = load.wrong, load.turns

    def _begin(self, load: Load) -> None:
        live = self.live
        for feed in SENT:
            load.keep(feed, lambda feed=feed: deliver(self.offices[feed], live.client(FEEDS[feed][1]), feed), 0.5)
        load.keep("registry", lambda: register(self.offices["registry"], live.county), 2.0)
        for area, desk in self.desks.items():
            load.keep(f"desk {area}", desk.turn, 0.5)
        for name, follower in self.followers.items():
            load.keep(f"follower {name}", follower.turn)


def moved_in(stack: Stack, live: LiveOnStack, ordeal: Ordeal, folder: Path) -> Ground:
    """Divisions and the first lists are in, and the townships have something to do."""
    papers = papers_of(text("areas.csv"))[0]
    offices = {}
    for name in ("registry", *SENT):
        (folder / name).mkdir()
        offices[name] = Office(papers.copy(), folder / name)
    first = papers.write(folder / "first")
    live.county.send(f"{REGISTRY}/areas/import", first / "areas.csv")
    register(offices["registry"], live.county)
    deliver(offices[CARDS], live.client(FEEDS[CARDS][1]), CARDS)
    live.settle()
    made = Ground(stack, live, ordeal, offices)
    for area in sorted({home.area for home in homes_of(papers.areas)}):
        made.desks[area] = Desk(Township(live.client("township", area)))
    auditor = live.client("auditor")
    start = str(auditor.lines(f"{REGISTRY}/export")[0]["cursor"])
    for group in (made.followers, made.replays):
        group["registry"] = Follower(auditor, f"{REGISTRY}/changes", start)
    made.followers["lists"] = Follower(live.client("county"), f"{MATCHER}/leads/changes", None)
    return made
