"""到期提醒 of documents, and 数据核对: what ends next month, and what an agency should correct."""

from collections.abc import Iterable
from datetime import date

from tests.matcher.screens.checker.world import Fact, Found, World, next_month


def ends_next_month(world: World, facts: Iterable[Fact], *, open_lasts: bool) -> bool:
    """Whether the one that lasts longest ends in the month to come."""
    ends = [fact.until for fact in facts if open_lasts or fact.until is not None]
    if not ends or None in ends:
        return False
    first, last = next_month(world.day)
    return first <= max(end for end in ends if isinstance(end, date)) <= last


def expiring(world: World, subject: str) -> Found | None:
    """下月到期: a card of whom support may depend on one, an agreement on care, a phasing out."""
    if world.dead(subject):
        return None
    registered = world.people[subject].registered
    depends = registered or world.severe(subject) or world.monitored(subject)
    card = depends and ends_next_month(world, world.cards(subject), open_lasts=False)
    agreements = world.known(subject, "care-agreement") + world.coming(subject, "care-agreement")
    agreement = ends_next_month(world, agreements, open_lasts=True)
    running = [fact for fact in world.known(subject, "phase-out") if fact.code == "running"]
    return Found() if card or agreement or ends_next_month(world, running, open_lasts=True) else None


def disagrees(world: World, subject: str) -> Found | None:
    """数据不一致: of what the county agreed to tell back, and of coverage only to agencies that may know of it."""
    wanted = world.values["disagreements"]
    if "identity" in wanted and world.known(subject, "identity-differs"):
        return Found()
    if "card" in wanted and world.known(subject, "card-differs"):
        return Found()
    claims = [
        fact for fact in world.known(subject, "claims-coverage") if fact.feed in world.values["claims_feeds"]
    ]
    says = "no" if world.covered(subject) else "yes"
    return Found() if "coverage" in wanted and any(fact.code == says for fact in claims) else None


CHECKS = {"document-expiring": expiring, "feed-disagrees": disagrees}
