"""Who is covered and should perhaps not be: the dead, the moved away, the doubly covered, those with property (M20)."""

from collections.abc import Sequence
from dataclasses import replace

from tests.matcher.screens.checker.world import Coverage, Fact, Found, World, months_between

CALL = "电话核实"
PAYROLL, WELFARE_POST = "public-payroll", "public-welfare-post"


def covered_but_dead(world: World, subject: str) -> Found | None:
    """Paid from the second month after death on: a visit; what is doubted or may be under way: a call."""
    if not world.covered(subject):
        return None
    death = world.death(subject)
    if death is None:
        doubts = [fact for fact in world.death_in_review(subject) if fact.since != world.day]
        return Found(CALL) if doubts else None
    if all(fact.since == world.day for fact in world.known(subject, "death")):
        return None  # no record is of before today
    sure = death.several or (death.own and not death.disputed)
    late = death.day is None or months_between(death.day, world.day) > world.values["death_grace_months"]
    return Found() if sure and late else Found(CALL)


def covered_but_gone(world: World, subject: str) -> Found | None:
    """Moved away or struck off by the source that is believed; the dead are another screen's."""
    words = world.believed_first(world.known(subject, "household-registration"), "household-registration")
    if not words or not world.covered(subject) or world.dead(subject):
        return None
    taken = words[0]
    if taken.code not in world.values["gone_registrations"]:
        return None
    late = taken.since is None or months_between(taken.since, world.day) > world.values["moved_grace_months"]
    sure = taken.own and not disputed(words)
    return Found() if sure and late and taken.code != "none" else Found(CALL)


def disputed(words: Sequence[Fact]) -> bool:
    """Whether two sources differ; of what one of them said only the word believed first counts."""
    by_source: dict[str | None, str | None] = {}
    for fact in words:
        by_source.setdefault(fact.feed, fact.code)
    return len(set(by_source.values())) > 1


def covered_duplicate(world: World, subject: str) -> Found | None:
    """Two periods that meet on the very day, or what the registry was told; of another county it is asked first."""
    if not world.covered(subject) or world.dead(subject):
        return None
    here = [each for each in world.coverages(subject) if _held(world, each)]
    told = world.known(subject, "double-coverage")
    if any(fact.code == "two-counties" for fact in told):
        return Found(CALL)
    return Found() if told or len({(each.programme, each.form, each.household) for each in here}) > 1 else None


def _held(world: World, each: Coverage) -> bool:
    """From first to last day; that the last month is paid whole makes no two of a change within it."""
    within = (each.start is None or each.start <= world.day) and (each.end is None or world.day <= each.end)
    return within and world.supports(each)


def covered_in_conflict(world: World, subject: str) -> Found | None:
    """A company, a vehicle or public pay in the name of somebody covered; whether pay is public may be disputed."""
    if not world.covered(subject) or world.dead(subject):
        return None
    against = world.values["conflicting_property"]
    owned = {fact.code for fact in world.known(subject, "property")} & set(against) - {PAYROLL}
    if world.values["disabled_vehicle_excused"] and world.cards(subject):
        owned.discard("vehicle")
    if owned:
        return Found()
    pay = world.believed_first(_pay(world, subject), PAYROLL)
    if PAYROLL not in against or not pay or pay[0].code != PAYROLL:
        return None
    return Found(CALL) if disputed(pay) else Found()


def _pay(world: World, subject: str) -> list[Fact]:
    """Who pays the person, by every source that says so, in the words of the check of means."""
    checked = [fact for fact in world.known(subject, "property") if fact.code in {PAYROLL, WELFARE_POST}]
    staff = [fact for fact in world.known(subject, "staff") if fact.code in world.values["payroll_staff"]]
    return [*checked, *(replace(fact, code=PAYROLL) for fact in staff)]


CHECKS = {
    "covered-but-dead": covered_but_dead,
    "covered-but-gone": covered_but_gone,
    "covered-duplicate": covered_duplicate,
    "covered-in-conflict": covered_in_conflict,
}
