"""Doubts about what was paid, by what the registry tells of its payout ledger and of reserve funds (A3–A8, E10)."""

from collections import defaultdict
from datetime import date

from tests.matcher.screens.checker.world import Fact, Found, World, month_end, months_back, months_between
from tests.matcher.screens.checker.wrongly_covered import covered_but_dead

VISIT, CALL = "必访", "电话核实"
RESERVE = {"over-tier": VISIT, "repeated": VISIT, "incomplete": CALL}


def account_changed(world: World, subject: str) -> Found | None:
    """Changed a few days before the first payout to it; by hand weighs more than with a whole file."""
    most = world.values["account_change_days"]
    changes = [
        fact
        for fact in world.known(subject, "account-change")
        if fact.count is not None and fact.count <= most and _audited(world, fact.since)
    ]
    if any(fact.code == "by-hand" for fact in changes):
        return Found(VISIT)
    return Found() if changes else None


def large_payment(world: World, subject: str) -> Found | None:
    """A month over the line, or paid late so many times what is usual."""
    peaks = [fact for fact in world.known(subject, "payout-peak") if fact.code == "month" and fact.number is not None]
    peaks = [fact for fact in peaks if _audited(world, fact.since)]
    months: dict[date | None, float] = defaultdict(float)
    for fact in peaks:
        months[fact.since] += fact.number or 0
    if any(paid > world.values["large_month_yuan"] for paid in months.values()):
        return Found()
    late = [fact for fact in peaks if fact.text == "back-pay"]
    return Found() if any(_spike(world, fact, peaks) for fact in late) else None


def _spike(world: World, late: Fact, peaks: list[Fact]) -> bool:
    """Beside the regular month of the same year, else of any."""
    regular = [fact for fact in peaks if fact.text == "regular"]
    same = [fact for fact in regular if fact.since and late.since and fact.since.year == late.since.year]
    usual = max((fact.number or 0 for fact in same or regular), default=None)
    return usual is not None and (late.number or 0) > world.values["back_pay_times"] * usual


def paid_after_end(world: World, subject: str) -> Found | None:
    """Paid after the support ended; after death where the other screen does not tell of it. Little may be under way."""
    months: dict[str | None, int] = defaultdict(int)
    for fact in world.known(subject, "unowed-payment"):
        if _audited(world, fact.until):
            months[fact.code] += fact.count or 0
    if covered_but_dead(world, subject):
        months.pop("dead", None)
    if not months:
        return None
    return Found() if max(months.values()) > world.values["death_grace_months"] else Found(CALL)


def payee_differs(world: World, subject: str) -> Found | None:
    """To the account of somebody who is neither the person nor of those who may take it in."""
    excused = {"same", *world.values["payees_excused"]}
    strange = [
        fact
        for fact in world.known(subject, "payout")
        if fact.code not in excused and _audited(world, fact.until) and not _housed(world, fact)
    ]
    return Found() if any(not _mourning(world, fact) for fact in strange) else None


def _mourning(world: World, paid: Fact) -> bool:
    """Wholly from the month of a death in the household to so many months after it."""
    deaths = [world.death(person.subject) for person in world.home(paid.subject)]
    days = [death.day for death in deaths if death and death.day]
    return any(
        paid.since is not None
        and paid.until is not None
        and day.replace(day=1) <= paid.since
        and months_between(day, paid.until) <= world.values["payee_grace_months"]
        for day in days
    )


def _housed(world: World, paid: Fact) -> bool:
    """Wholly within the months of a stay in an institution, which takes the money in for whoever lives there."""
    stays = [each for each in world.coverages(paid.subject) if each.programme in world.values["institution_programmes"]]
    return any(
        (each.start is None or (paid.since is not None and each.start.replace(day=1) <= paid.since))
        and (each.end is None or (paid.until is not None and paid.until <= month_end(each.end)))
        for each in stays
    )


def reserve_fund(world: World, subject: str) -> Found | None:
    """Of the last months: over the tier or again to the same person, else papers that lack."""
    first = months_back(world.day, world.values["reserve_months"])
    recent = [fact for fact in world.known(subject, "reserve-payment") if fact.since and fact.since > first]
    tiers = {RESERVE[fact.code] for fact in recent if fact.code in RESERVE}
    if not tiers:
        return None
    return Found(VISIT if VISIT in tiers else CALL)


def shared_account(world: World, subject: str) -> Found | None:
    """An account for so many households, or one that took in too many payments in a month."""
    mine = [fact for fact in world.known(subject, "payout") if _by_account(world, fact)]
    shared = [fact for fact in mine if len(_homes_of(world, fact)) >= world.values["shared_account_households"]]
    if shared:
        return Found(CALL) if all(_holds(mine, fact) for fact in shared) else Found()
    most = world.values["account_payments_a_month"]
    busy = [
        fact
        for fact in world.known(subject, "account-peak")
        if (fact.count or 0) > most and _audited(world, fact.since) and not _housed(world, fact)
    ]
    return Found(CALL) if any(not _in_custody(world, fact) for fact in busy) else None


def _in_custody(world: World, busy: Fact) -> bool:
    """Whether the person's money went to that account that month by a custodian on record, who may keep several."""
    return any(
        paid.code == "custodian" and paid.about == busy.about and _within(busy, paid)
        for paid in world.known(busy.subject, "payout")
    )


def _within(month: Fact, paid: Fact) -> bool:
    begun = paid.since is not None and month.since is not None and paid.since <= month.since
    return begun and paid.until is not None and month.until is not None and month.until <= paid.until


def _by_account(world: World, fact: Fact) -> bool:
    """Since the audit's first month, to a known account that is neither a custodian's nor an institution's."""
    return (
        fact.about is not None and fact.code != "custodian" and _audited(world, fact.until) and not _housed(world, fact)
    )


def _holds(mine: list[Fact], paid: Fact) -> bool:
    """Whether the account is the person's own: to be asked by telephone first."""
    return any(fact.about == paid.about and fact.code == "same" for fact in mine)


def _homes_of(world: World, paid: Fact) -> set[str]:
    """Households an account is paid for; whoever has none is one."""
    homes = set()
    for fact in world.abouts[paid.about]:
        if fact.kind == "payout" and world.counts(fact) and world.believed(fact) and _by_account(world, fact):
            person = world.people.get(fact.subject)
            homes.add(person.household if person and person.household is not None else f"alone {fact.subject}")
    return homes


def _audited(world: World, day: date | None) -> bool:
    """On or after the first day of the audit; of what has no day nobody can say."""
    return day is not None and day >= date.fromisoformat(world.values["payments_since"])


CHECKS = {
    "account-changed-before-payout": account_changed,
    "large-payment": large_payment,
    "paid-after-end": paid_after_end,
    "payee-differs": payee_differs,
    "reserve-fund-irregular": reserve_fund,
    "shared-account": shared_account,
}
