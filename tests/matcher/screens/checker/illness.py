"""Serious illness: by what it cost the person, by the list of diseases, or by a benefit, as the area has chosen."""

from collections.abc import Iterable
from datetime import date

from tests.matcher.screens.checker.world import Fact, World, months_back


def listed(world: World, fact: Fact) -> bool:
    """A diagnosis of the list, by its words or by the beginning of its ICD-10 code."""
    text, code = fact.text or "", (fact.code or "").strip().upper()
    return any(
        any(word in text for word in disease["words"]) or any(code.startswith(start) for start in disease["icd"])
        for disease in world.values["diseases"]
    )


def has_listed(world: World, subject: str) -> bool:
    """Of the list, whatever it cost and whoever told."""
    return any(listed(world, fact) for fact in world.known(subject, "illness", "diagnosis"))


def serious(world: World, subject: str) -> bool:
    """By any of the bases that count in the area."""
    return any(BASES[basis](world, subject) for basis in world.values["illness_basis"])


def by_cost(world: World, subject: str) -> bool:
    """One row's own cost, or the bills of twelve months, reach the line."""
    line = world.values["illness_line_yuan"]
    rows = [fact.number for fact in world.known(subject, "illness") if fact.number is not None]
    bills = bills_in_window(world, subject)
    return any(paid >= line for paid in rows) or (bool(bills) and sum(map(paid_by, bills)) >= line)


def listed_without_cost(world: World, subject: str) -> bool:
    """Of the list, by a source that has no cost, where no bill tells it either."""
    if bills_in_window(world, subject):
        return False
    return any(fact.number is None and listed(world, fact) for fact in world.known(subject, "illness"))


def benefit(world: World, subject: str) -> bool:
    """大病保险 or 医疗救助 given in the twelve months, and not taken back."""
    given: dict[str | None, float] = {}
    for fact in world.known(subject, "insurance-benefit"):
        if fact.since is not None and in_window(world, fact.since):
            given[fact.code] = given.get(fact.code, 0) + (fact.number or 0)
    return any(amount > 0 for amount in given.values())


BASES = {
    "self-paid": by_cost,
    "listed-without-cost": listed_without_cost,
    "listed": has_listed,
    "insurance-benefit": benefit,
}


def in_window(world: World, day: date) -> bool:
    """Of the twelve full months before that of the day."""
    end = world.day.replace(day=1)
    return months_back(end, 12) <= day < end


def paid_by(bill: Fact) -> float:
    """What the person paid himself; what reverses a bill takes away, however it is written."""
    amount = bill.number or 0
    return -abs(amount) if bill.code == "reversed" else amount


def bills_in_window(world: World, subject: str) -> list[Fact]:
    """Bills first settled in the twelve months, with whatever reversed or settled them anew since; each once."""
    bills = _once(fact for fact in world.known(subject, "settlement") if fact.number is not None)
    begun: dict[str, date] = {}
    for bill in bills:
        if bill.about is not None and bill.since is not None:
            begun[bill.about] = min(begun.get(bill.about, bill.since), bill.since)
    kept = []
    for bill in bills:
        first = bill.since if bill.about is None else begun.get(bill.about)
        if first is not None and in_window(world, first):
            kept.append(bill)
    return kept


def _once(bills: Iterable[Fact]) -> list[Fact]:
    """Two deliveries of one settlement are one; a bill without a number is nobody's double."""
    kept: dict[object, Fact] = {}
    for at, bill in enumerate(bills):
        same = bill.about if bill.about is not None else at
        kept.setdefault((same, bill.code, paid_by(bill), bill.since), bill)
    return list(kept.values())
