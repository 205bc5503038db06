"""到期提醒 of documents, and 数据核对: what ends next month, and what an agency should correct."""

from collections.abc import Iterable
from datetime import timedelta

from tests.matcher.screens.checker.world import Fact, Found, World, next_month


def ends_next_month(world: World, facts: Iterable[Fact]) -> bool:
    """Whether of those whose last day is known the one that lasts longest ends in the month to come."""
    first, last = next_month(world.day)
    ends = [fact.until for fact in facts if fact.until is not None]
    return bool(ends) and first <= max(ends) <= last


def agreement_ends(world: World, subject: str) -> bool:
    """The agreement on care that lasts longest ends next month, none lasts without an end, and none follows it."""
    held = world.known(subject, "care-agreement")
    if not ends_next_month(world, held) or any(fact.until is None for fact in held):
        return False
    end = max(fact.until for fact in held if fact.until is not None)
    coming = [fact.since for fact in world.coming(subject, "care-agreement") if fact.since is not None]
    return not any(since <= end + timedelta(days=1) for since in coming)


def expiring(world: World, subject: str) -> Found | None:
    """下月到期: a card of whom support may depend on one, an agreement on care, a phasing out."""
    if world.dead(subject):
        return None
    registered = world.people[subject].registered
    depends = registered or world.severe(subject) or world.monitored(subject)
    card = depends and ends_next_month(world, world.cards(subject))
    running = [fact for fact in world.known(subject, "phase-out") if fact.code == "running"]
    return Found() if card or agreement_ends(world, subject) or ends_next_month(world, running) else None


def disagrees(world: World, subject: str) -> Found | None:
    """数据不一致: of what the county agreed to tell back, and of coverage only to agencies that may know of it."""
    wanted = world.values["disagreements"]
    if "identity" in wanted and world.known(subject, "identity-differs"):
        return Found()
    if "card" in wanted and world.known(subject, "card-differs"):
        return Found()
    claims = [fact for fact in world.known(subject, "claims-coverage") if fact.feed in world.values["claims_feeds"]]
    says = "no" if world.covered(subject) else "yes"
    return Found() if "coverage" in wanted and any(fact.code == says for fact in claims) else None


CHECKS = {"document-expiring": expiring, "feed-disagrees": disagrees}
