"""Support that should end or has ended: campaigns, phasing out, exits not assessed, exits by the dozen (E1–E5, M10)."""

from collections.abc import Iterable

from tests.matcher.screens.checker.world import Fact, Found, World, latest, months_back, months_between

CALL = "电话核实"


def campaign_exempt_due(world: World, subject: str) -> Found | None:
    """In 低保 by a campaign's rule without a check of means, and every such rule is over."""
    told = world.known(subject, "exempt")
    over = all(fact.until is not None and fact.until < world.day for fact in told)
    if not told or not over or world.dead(subject):
        return None
    return Found() if world.paid(subject, "dibao_programmes") else None


def phase_out_due(world: World, subject: str) -> Found | None:
    """Income strictly between the standard and the area's multiple of it, nothing begun yet."""
    multiple = world.values["phase_out_multiple"]
    if multiple is None or world.dead(subject) or not world.paid(subject, "phase_out_programmes"):
        return None
    if _running(world, subject) or not _has_cause(world, subject):
        return None
    sums = latest(_recent(world, world.known(subject, "income-ratio"), "income_months"))
    return Found() if any(fact.number is not None and 1 < fact.number < multiple for fact in sums) else None


def _has_cause(world: World, subject: str) -> bool:
    """A policy against poverty, or work, where the area demands one of them."""
    causes = world.values["phase_out_causes"]
    kinds = {"policy": "monitored", "employment": "employment"}
    return not causes or bool(world.known(subject, *(kinds[cause] for cause in causes)))


def phase_out_overdue(world: World, subject: str) -> Found | None:
    """Past its last day and still paid, or of more months than the area allows."""
    if world.dead(subject) or not world.paid(subject, "phase_out_programmes"):
        return None
    return Found() if any(_past(world, fact) or _long(world, fact) for fact in _running(world, subject)) else None


def _running(world: World, subject: str) -> list[Fact]:
    """The one begun last: an earlier one is of an earlier decision."""
    return latest(fact for fact in world.known(subject, "phase-out") if fact.code == "running")


def _past(world: World, fact: Fact) -> bool:
    return fact.until is not None and fact.until < world.day


def _long(world: World, fact: Fact) -> bool:
    """Months from the first to the one of the day, or to the end that was decided where that is later."""
    most = world.values["phase_out_months"]
    last = max(world.day, fact.until or world.day)
    return most is not None and fact.since is not None and months_between(fact.since, last) + 1 > most


def exit_without_assessment(world: World, subject: str) -> Found | None:
    """Left within the months looked back, unable to work, not assessed, and still without support."""
    return Found() if _outside(world, subject) and _unassessed(world, subject) else None


def mass_exit(world: World, subject: str) -> Found | None:
    """Left with many others; nobody assessed it besides: a call."""
    left = _recent(world, world.known(subject, "mass-exit"), "exit_months")
    if not _outside(world, subject) or not any(fact.code in {"surge", "mass-day"} for fact in left):
        return None
    return Found(CALL) if _unassessed(world, subject) else Found()


def _unassessed(world: World, subject: str) -> bool:
    left = _recent(world, world.known(subject, "exit"), "exit_months")
    return any(fact.code == "unassessed" for fact in left)


def _outside(world: World, subject: str) -> bool:
    """Alive and without support."""
    return not world.covered(subject) and not world.dead(subject)


def _recent(world: World, facts: Iterable[Fact], setting: str) -> list[Fact]:
    """Of the last so many months: the same day of the first of them is too long ago."""
    first = months_back(world.day, world.values[setting])
    return [fact for fact in facts if fact.since is not None and fact.since > first]


CHECKS = {
    "campaign-exempt-due": campaign_exempt_due,
    "phase-out-due": phase_out_due,
    "phase-out-overdue": phase_out_overdue,
    "exit-without-assessment": exit_without_assessment,
    "mass-exit": mass_exit,
}
