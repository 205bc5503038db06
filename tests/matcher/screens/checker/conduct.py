"""Custodians of cards, relatives of staff nobody filed, petitions that come again (A6, A9–A12)."""

from tests.matcher.screens.checker.world import Fact, Found, World, months_back

VISIT = "必访"


def custodian_risk(world: World, subject: str) -> Found | None:
    """The card is kept by somebody in office, by somebody who keeps many, or beyond what was agreed."""
    if world.dead(subject):
        return None
    kept = world.known(subject, "custodian")
    if any(fact.code in {"cadre", "staff"} for fact in kept):
        return Found(VISIT)
    many = any((fact.count or 0) > world.values["custodian_cards"] for fact in kept)
    expired = any(fact.until is not None and fact.until < world.day for fact in kept)
    return Found() if many or expired else None


def repeat_petition(world: World, subject: str) -> Found | None:
    """The same matter brought so many times, the last of them within the months looked back."""
    if world.dead(subject):
        return None
    first = months_back(world.day, world.values["petition_months"])
    again = [
        fact
        for fact in world.known(subject, "petition")
        if fact.code == "repeat" and fact.since is not None and fact.since > first
    ]
    return Found() if any((fact.count or 0) >= world.values["petition_times"] for fact in again) else None


def unfiled_relative(world: World, subject: str) -> Found | None:
    """Covered, and somebody at home or among the kin is staff, of whom nobody filed that they are related."""
    if not world.covered(subject) or world.dead(subject):
        return None
    home = {person.subject for person in world.home(subject)}
    filed = [fact for who in home for fact in world.known(who, "staff-relative")]
    staff = [fact for who in home | _kin(world, subject) for fact in world.known(who, "staff")]
    return Found() if any(not _filed(fact, filed) for fact in staff) else None


def _kin(world: World, subject: str) -> set[str]:
    """Whoever a register says is related, on whichever side of the relation it stands."""
    named = {fact.about for fact in world.known(subject, "kin") if fact.about is not None}
    naming = [fact for fact in world.abouts[subject] if fact.kind == "kin" and world.counts(fact)]
    return named | {fact.subject for fact in naming if world.believed(fact)}


def _filed(staff: Fact, filed: list[Fact]) -> bool:
    """By the token of the staff member; where one side has none to compare, any filing does."""
    return any(staff.about is None or fact.about is None or fact.about == staff.about for fact in filed)


CHECKS = {
    "custodian-risk": custodian_risk,
    "repeat-petition": repeat_petition,
    "unfiled-relative": unfiled_relative,
}
