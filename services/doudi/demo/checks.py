"""What must be true of the story, whoever tells it: figures against the county's truth, and invariants of the loop."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from doudi.agency import Agency
from doudi.county import MonthSummary
from doudi.demo.desks import Office
from doudi.demo.tell import Check, Movement
from doudi.demo.villagers import APPLIED, Village
from doudi.evaluation import TrialScore

Row = Mapping[str, Any]

# What must hold for `--exit` to answer 0; the issue's own figures at the typical level.
RECALL_AT_LEAST = 0.995
PRECISION_AT_LEAST = 0.99
TWICE_PER_THOUSAND_AT_MOST = 3.0

NOW_COVERED, NOW_STOPPED = "已纳入保障", "已停发"
STILL_PAID, NOT_GRANTED, NEW_FACTS = "仍在发放", "审批不通过", "新情况"


def of_list(score: TrialScore) -> list[Check]:
    """How good a month's list is."""
    ours = score.uncovered
    return [
        Check(f"recall at least {RECALL_AT_LEAST}", ours.recall >= RECALL_AT_LEAST, f"{ours.recall:.4f}"),
        Check(f"precision at least {PRECISION_AT_LEAST}", ours.precision >= PRECISION_AT_LEAST,
              f"{ours.precision:.4f}"),
        Check("every covered dead person with a sound number listed", score.dead_sound.recall == 1),
        Check(f"at most {TWICE_PER_THOUSAND_AT_MOST:g} in a thousand listed twice",
              score.twice_per_thousand <= TWICE_PER_THOUSAND_AT_MOST),
    ]  # fmt: skip


@dataclass(frozen=True)
class Book:
    """The ledger as the county reads it: every case, and every item by its lead."""

    cases: Sequence[Row]
    items: Mapping[str, Row]
    holders: Mapping[str, Sequence[str]]  # lead → its cases

    @classmethod
    def read(cls, county: Agency) -> "Book":
        """Every case of the county."""
        cases = list(county.pages("/registry/v1/cases", "cases", limit="500"))
        items: dict[str, Row] = {}
        holders: dict[str, list[str]] = {}
        for case in cases:
            for item in case["items"]:
                if item["lead_id"]:
                    items[item["lead_id"]] = item
                    holders.setdefault(item["lead_id"], []).append(case["case_id"])
        return cls(cases, items, holders)

    def closed_for(self, reason: str) -> set[str]:
        """Leads whose item was closed for this reason."""
        return {lead for lead, item in self.items.items() if item["closed_reason"] == reason}

    def opened_for(self, reason: str) -> set[str]:
        """Leads whose item was opened again for this reason."""
        return {lead for lead, item in self.items.items() if item["reopened_reason"] == reason}


def invariants(county: Agency, book: Book, leads: Iterable[Row]) -> list[Check]:
    """What holds after every step of every story."""
    total = county.call("GET", "/registry/v1/statistics/ledger").json()["total"]
    listed = {lead["lead_id"]: lead for lead in leads}
    homeless = [lead for lead, one in listed.items() if book.holders.get(lead, []) != [one["case_id"]]]
    homes: dict[str, set[str]] = {}
    for one in listed.values():
        if one["household_key"]:
            homes.setdefault(one["household_key"], set()).add(one["case_id"])
    apart = sum(len(cases) > 1 for cases in homes.values())
    suppressed = list(county.pages("/matcher/v1/leads", "leads", state="suppressed", limit="500"))
    unexplained = sum(not one["suppressed_for"] for one in suppressed)
    return [
        Check("opened = closed + open", total["opened"] == total["closed"] + total["open"] == len(book.cases),
              f"{total['opened']} = {total['closed']} + {total['open']}"),
        Check("everybody listed is an item of exactly one case", not homeless, f"{len(homeless)} are not"),
        Check("a household's people share one case", not apart, f"{apart} do not"),
        Check("whoever was taken off by an answer is so with its reason", not unexplained,
              f"{len(suppressed)} suppressed"),
    ]  # fmt: skip


@dataclass(frozen=True)
class Loop:
    """All that the second month is judged by."""

    offices: Sequence[Office]
    month: MonthSummary
    truth: Village  # of the second month
    book: Book  # after it
    before: Mapping[str, Row]  # lead → as listed in the first month
    after: Mapping[str, Row]  # in the second

    def answered(self) -> dict[str, tuple[str, int]]:
        """Lead → code and person, of everything reported."""
        return {
            lead: (str(outcome["code"]), office.visits.person[lead])
            for office in self.offices
            if office.visits
            for lead, outcome in office.visits.outcomes.items()
        }

    def settled(self) -> set[str]:
        """Leads answered for good in the first month."""
        return set().union(*(office.settled() for office in self.offices))

    def asked_anew(self) -> set[str]:
        """Visited leads that are listed in the second month by screens alone they were not visited for."""
        return set().union(*(office.asked_anew(self.after) for office in self.offices))

    def leads_of(self, people: Iterable[int], codes: Iterable[str]) -> set[str]:
        """Leads answered with one of these codes about one of these people."""
        wanted, allowed = set(people), set(codes)
        return {lead for lead, (code, person) in self.answered().items() if person in wanted and code in allowed}

    def planted(self) -> set[str]:
        """Settled leads that must come back: somebody said to be stopped is paid on, somebody fell seriously ill."""
        paid = {person for office in self.offices if office.visits for person in office.visits.paid_on()}
        return self.leads_of(paid, ["W3"]) | self.leads_of(self.month.renewed, ["08", "09", "13"])


def of_loop(loop: Loop) -> list[Check]:
    """Cases close and open by themselves exactly where the truth says so."""
    answered = loop.answered()

    def by(codes: Iterable[str], *, covered: bool) -> set[str]:
        return {
            lead
            for lead, (code, person) in answered.items()
            if code in set(codes) and (loop.truth.truth(person)["covered"] == "1") == covered
        }

    anew = loop.asked_anew()
    granted, stopped = by(APPLIED, covered=True) - anew, by(["W1"], covered=False)
    returned = loop.settled() & set(loop.after)
    paid = loop.planted() - loop.leads_of(loop.month.renewed, ["08", "09", "13"])
    refused = loop.leads_of(loop.month.refused, APPLIED)
    unasked = returned - loop.planted() - anew
    facts = loop.book.opened_for(NEW_FACTS) - anew
    return [
        _same("closed by the import as covered: those who were entitled and came onto the rolls",
              loop.book.closed_for(NOW_COVERED), granted),
        _same("closed by the import as stopped: the dead whose support ended",
              loop.book.closed_for(NOW_STOPPED), stopped),
        _same("re-opened because still paid: the one said to be stopped already",
              loop.book.opened_for(STILL_PAID), paid),
        _same("re-opened because refused at the county", loop.book.opened_for(NOT_GRANTED), refused),
        _same("re-opened for new facts: whoever fell seriously ill since",
              facts, loop.planted() - paid),
        Check("nobody who was settled comes back without new facts or another question", not unasked,
              f"{len(unasked)} did, {len(returned & anew)} for another question"),
        Check("new people appear", len(set(loop.after) - set(loop.before)) > 0),
    ]  # fmt: skip


def _same(text: str, found: set[str], expected: set[str]) -> Check:
    """A small county may have nobody of a kind: then nothing may have happened either."""
    return Check(text, found == expected, f"{len(found)} of {len(expected)} expected")


def movements(loop: Loop, names: Mapping[str, str]) -> list[Movement]:
    """Each township's list from one month to the next."""
    covered, stopped = loop.book.closed_for(NOW_COVERED), loop.book.closed_for(NOW_STOPPED)
    settled = loop.settled()
    left = set(loop.before) - set(loop.after)
    towns = sorted({one["area"][:9] for one in (*loop.before.values(), *loop.after.values())})

    def count(leads: Iterable[str], month: Mapping[str, Row]) -> Counter[str]:
        return Counter(month[lead]["area"][:9] for lead in leads)

    before, after = count(loop.before, loop.before), count(loop.after, loop.after)
    parts = {
        "covered": count(left & covered, loop.before),
        "stopped": count(left & stopped - covered, loop.before),
        "answered": count(left & settled - covered - stopped, loop.before),
        "gone": count(left - settled - covered - stopped, loop.before),
        "new": count(set(loop.after) - set(loop.before), loop.after),
        "returned": count(settled & set(loop.after), loop.after),
    }
    return [
        Movement(names.get(town, town), before[town], after=after[town], **{k: v[town] for k, v in parts.items()})
        for town in towns
    ]
