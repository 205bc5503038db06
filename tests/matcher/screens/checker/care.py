"""供养照料: agreements on care, the wish for an institution, and assessments of self-care of 特困 people."""

from datetime import date, timedelta

from tests.matcher.screens.checker.world import Fact, Found, World, latest, months_back

VISIT, PHONE = "必访", "电话核实"


def at_home(world: World, subject: str) -> bool:
    """Alive and supported at home today."""
    return not world.dead(subject) and bool(world.paid(subject, "home_care_programmes"))


def holding(world: World, subject: str) -> list[Fact]:
    """Agreements that hold today, the last day included."""
    return [fact for fact in world.known(subject, "care-agreement") if fact.until is None or fact.until >= world.day]


def complete(facts: list[Fact]) -> list[Fact]:
    """With everything an agreement must say."""
    return [fact for fact in facts if fact.code == "complete"]


def agreement_missing(world: World, subject: str) -> Found | None:
    """照料服务协议缺失: none that is valid, where the county keeps such a register at all."""
    if not at_home(world, subject) or not world.ever_told("care-agreement"):
        return None
    held = holding(world, subject)
    if complete(held):
        return None
    return Found(PHONE if held else VISIT)


def agreement_expiring(world: World, subject: str) -> Found | None:
    """照料服务协议到期: the one that holds longest ends within the days of notice, and nothing follows it."""
    valid = complete(holding(world, subject))
    ends = [fact.until for fact in valid]
    if not at_home(world, subject) or not valid or None in ends:
        return None
    last = max(end for end in ends if end is not None)
    if last > world.day + timedelta(days=world.values["agreement_notice_days"]):
        return None
    follows = [
        fact
        for fact in complete(world.coming(subject, "care-agreement"))
        if fact.since is not None and fact.since <= last + timedelta(days=1)
    ]
    return None if follows else Found()


def placement_waiting(world: World, subject: str) -> Found | None:
    """集中供养轮候: wants a place by what was said last, and has waited for the days that are allowed."""
    if not at_home(world, subject):
        return None
    said = latest(world.known(subject, "placement-wish"))
    if not any(fact.code == "wants" and fact.until is None for fact in said):  # its last day is that of being placed
        return None
    asked = said[0].since
    waited = asked is None or (world.day - asked).days >= world.values["placement_days"]
    return Found() if waited else None


def due(world: World, assessment: Fact) -> date | None:
    """When it is to be done anew: on the day it names, else after the months of the area."""
    if assessment.until is not None or assessment.since is None:
        return assessment.until
    return months_back(assessment.since, -world.values["self_care_months"])


def reassessment(world: World, subject: str) -> Found | None:
    """自理能力复评."""
    if world.dead(subject) or not world.paid(subject, "tekun_programmes"):
        return None
    changes = world.known(subject, "self-care-change")
    if any(fact.until is not None and fact.until < world.day for fact in changes):
        return Found(VISIT)
    if changes:
        return Found(PHONE)
    assessed = latest(world.known(subject, "self-care"))
    if not assessed:
        return Found(PHONE) if world.ever_told("self-care") else None
    again = [due(world, fact) for fact in assessed]
    noticed = world.day + timedelta(days=world.values["self_care_notice_days"])
    # Of an assessment of an unknown day nobody can say that it still holds.
    return Found(PHONE) if any(day is None or day <= noticed for day in again) else None


CHECKS = {
    "care-agreement-expiring": agreement_expiring,
    "care-agreement-missing": agreement_missing,
    "placement-waiting": placement_waiting,
    "self-care-reassessment-due": reassessment,
}
