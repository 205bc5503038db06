"""People, coverage and facts as plain records, and the rules that many checks share, one person after the other.

Written from docs/screens.md, the documents it cites, the tables of cases and docs/decisions, so that the screens have
something to be compared with that is not themselves: no expressions over columns, nothing of the scene.
"""

from calendar import monthrange
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from typing import Any

import polars as pl

# Past its last day a fact counts no more, but for kinds whose end is what is asked about (decision 0108).
ASKED_ABOUT_ITS_END = frozenset({
    "disability-card", "card-differs", "identity-differs", "payout", "payout-peak", "account-peak", "account-change",
    "unowed-payment", "reserve-payment", "temporary-aid", "exit", "mass-exit", "exempt", "disability-subsidy",
    "care-agreement", "custodian", "phase-out", "application", "placement-wish", "self-care", "self-care-change",
})  # fmt: skip
DOOR = "outcome"  # the feed of what a visitor saw
CLASSES = "1234567"


@dataclass(frozen=True)
class Person:
    """One row of PERSON."""

    subject: str
    registered: bool
    household: str | None
    area: str | None
    birth: date | None


@dataclass(frozen=True)
class Coverage:
    """One row of COVERAGE; `pauses` are first and last day (None: nobody knows yet), both of them suspended."""

    subject: str
    household: str | None
    programme: str | None
    form: str | None
    start: date | None
    end: date | None
    size: int | None
    pauses: tuple[tuple[date | None, date | None], ...]
    source: str | None

    def runs(self, day: date) -> bool:
        """From its first day to the last of the month in which it ends."""
        return (self.start is None or self.start <= day) and (self.end is None or day <= month_end(self.end))

    def paused(self, day: date) -> bool:
        """Suspended on that day."""
        return any((a is None or a <= day) and (b is None or day <= b) for a, b in self.pauses)

    def paid(self, day: date) -> bool:
        """Runs and is not suspended."""
        return self.runs(day) and not self.paused(day)


@dataclass(frozen=True)
class Fact:
    """One row of FACT."""

    subject: str
    kind: str
    text: str | None
    code: str | None
    number: float | None
    count: int | None
    about: str | None
    since: date | None
    until: date | None
    feed: str | None
    batch: str | None
    line: int | None
    grade: str | None
    own_number: bool | None

    @property
    def own(self) -> bool:
        """Whether the record bears the person's own number; where nobody looked a certain link counts as one."""
        return self.grade == "certain" if self.own_number is None else self.own_number


@dataclass(frozen=True)
class Death:
    """What is believed of a death: its day (None: unknown), by several sources for sure, and whether it is disputed."""

    day: date | None
    several: bool  # two sources with the own number, or seen at the door
    own: bool  # at least one record bears the own number
    disputed: bool  # on a register as living here after that day


@dataclass(frozen=True)
class Found:
    """A person a screen lists; `tier` None is the usual one of the screen."""

    tier: str | None = None


class World:
    """Everything known on one day, by subject, household and token."""

    def __init__(
        self,
        people: Iterable[Person],
        coverage: Iterable[Coverage],
        facts: Iterable[Fact],
        day: date,
        values: Mapping[str, Any],
    ) -> None:
        self.day, self.values = day, values
        self.people: dict[str, Person] = {}
        for person in people:
            self.people.setdefault(person.subject, person)  # the first row of a person is the one
        self.coverage, self.facts = list(coverage), list(facts)
        self.homes = _grouped(self.people.values(), "household")
        self.covered_homes = _grouped(self.coverage, "household")
        self._coverage, self._facts = _grouped(self.coverage, "subject"), _grouped(self.facts, "subject")
        self.abouts = _grouped(self.facts, "about")
        self.kinds = {fact.kind for fact in self.facts} | {each.programme for each in self.coverage}
        # One person is asked for by many checks: what is found out is kept.
        self.death, self.covered = cache(self._death), cache(self._covered)

    @classmethod
    def of(
        cls, people: pl.DataFrame, coverage: pl.DataFrame, facts: pl.DataFrame, day: date, values: Mapping[str, Any]
    ) -> "World":
        """From frames of shape PERSON, COVERAGE, FACT and the values of the parameters by name."""
        return cls(
            [
                Person(row["subject_id"], bool(row["registered"]), row["household_key"], row["area"], row["birth_date"])
                for row in people.iter_rows(named=True)
            ],
            [_coverage(row) for row in coverage.iter_rows(named=True)],
            [_fact(row) for row in facts.iter_rows(named=True)],
            day,
            values,
        )

    def known(self, subject: str, *kinds: str) -> list[Fact]:
        """What counts on the day, by a link that is believed."""
        return [fact for fact in self.told_of(subject, *kinds) if self.believed(fact)]

    def told_of(self, subject: str, *kinds: str) -> list[Fact]:
        """As `known`, by whatever link."""
        return [fact for fact in self._facts[subject] if fact.kind in kinds and self.counts(fact)]

    def coming(self, subject: str, *kinds: str) -> list[Fact]:
        """What is believed, but begins only after the day."""
        return [
            fact
            for fact in self._facts[subject]
            if fact.kind in kinds and fact.since is not None and fact.since > self.day and self.believed(fact)
        ]

    def counts(self, fact: Fact) -> bool:
        """Begun by the day and not over."""
        begun = fact.since is None or fact.since <= self.day
        return begun and (fact.until is None or fact.until >= self.day or fact.kind in ASKED_ABOUT_ITS_END)

    def believed(self, fact: Fact) -> bool:
        """Carried by a trusted link."""
        return fact.grade in self.values["trusted_grades"]

    def ever_told(self, *kinds: str) -> bool:
        """Whether anybody ever told of such a fact or programme, of whomever; else nobody can be said to lack it."""
        return any(kind in self.kinds for kind in kinds)

    def coverages(self, subject: str) -> list[Coverage]:
        """All periods of a person."""
        return self._coverage[subject]

    def _covered(self, subject: str) -> bool:
        """低保 or 特困 on the day, and not suspended."""
        return any(self.supports(each) for each in self._coverage[subject])

    def supports(self, each: Coverage) -> bool:
        """Whether somebody lives on this coverage today."""
        return each.programme in self.values["covered_programmes"] and each.paid(self.day)

    def paid(self, subject: str, setting: str) -> list[Coverage]:
        """Coverage that runs today, not suspended, of the programmes of a setting."""
        return [each for each in self.running(subject, setting) if not each.paused(self.day)]

    def running(self, subject: str, setting: str) -> list[Coverage]:
        """Coverage that runs today, suspended or not, of the programmes of a setting."""
        programmes = self.values[setting]
        return [each for each in self._coverage[subject] if each.programme in programmes and each.runs(self.day)]

    def home(self, subject: str) -> list[Person]:
        """Everybody behind the same door, the person among them; whoever has no household is alone."""
        person = self.people[subject]
        return [person] if person.household is None else self.homes[person.household]

    def others(self, subject: str) -> list[Person]:
        """The rest of the household."""
        return [each for each in self.home(subject) if each.subject != subject]

    # The dead

    def believed_first(self, facts: Iterable[Fact], order: str) -> list[Fact]:
        """Own number first, then the order of sources (what was seen at the door before all), then the newest, of one
        delivery the last row."""
        sources = [DOOR, *self.values["source_order"].get(order, ())]

        def key(fact: Fact) -> tuple[Any, ...]:
            place = sources.index(fact.feed) if fact.feed in sources else len(sources)
            return fact.own, -place, fact.batch or "", fact.since or date.min, fact.line or 0

        return sorted(facts, key=key, reverse=True)

    def _death(self, subject: str) -> Death | None:
        """By the records of a trusted link; the day as the source believed first says it now, where it says one."""
        records = self.known(subject, "death")
        if not records:
            return None
        told = self.believed_first(records, "death")
        alike = [fact for fact in told if (fact.feed, fact.own) == (told[0].feed, told[0].own)]
        day = next((fact.since for fact in alike if fact.since is not None), None)
        own = {fact.feed for fact in records if fact.own}
        several = len(own) > 1 or any(fact.feed == DOOR for fact in records)
        here = [fact for fact in self.known(subject, "household-registration") if fact.code == "here"]
        # Where a day is unknown nobody can say that the register lags behind: a false "dead" takes somebody's living.
        later = any(day is None or fact.since is None or fact.since > day for fact in here)
        return Death(day, several, bool(own), disputed=later and not several)

    def dead(self, subject: str) -> bool:
        """On the day, and nobody has the person on a register since."""
        death = self.death(subject)
        return death is not None and not death.disputed

    def death_in_review(self, subject: str) -> list[Fact]:
        """Death records that may be this person's, but no human has said so."""
        return [fact for fact in self.told_of(subject, "death") if fact.grade == "possible" and not self.believed(fact)]

    # Disability

    def of_grades(self, kind: str | None, grade: float | None, setting: str) -> bool:
        """Whether a class and grade are of a setting; of an unknown class only a grade that is of every class."""
        grades = self.values[setting]
        if grade is None:
            return False
        return all(grade in grades.get(each, ()) for each in (CLASSES if kind is None else (kind,)))

    def held_cards(self, subject: str) -> list[Fact]:
        """Every disability card, as it stands on the day: a valid one past its last day is expired (decision 0119)."""
        held = []
        for card in self.known(subject, "disability-card"):
            gone = card.code == "valid" and card.until is not None and card.until < self.day
            held.append(replace(card, code="expired") if gone else card)
        return held

    def cards(self, subject: str) -> list[Fact]:
        """Disability cards that prove something: of a status that does."""
        return [card for card in self.held_cards(subject) if card.code in self.values["card_statuses"]]

    def severe(self, subject: str) -> bool:
        """Severely disabled in the sense of assistance, by a card that proves it."""
        return any(self.of_grades(card.text, card.number, "severe_grades") for card in self.cards(subject))

    # Monitoring and labour

    def monitored(self, subject: str) -> bool:
        """Of a household watched for falling back into poverty, its risk not removed."""
        return any(fact.code in self.values["monitored_states"] for fact in self.known(subject, "monitored"))

    # Age

    def age(self, subject: str, on: date | None = None) -> int | None:
        """Full years on a day, today if none is named; None where the birth is unknown."""
        birth = self.people[subject].birth
        return None if birth is None else years(birth, on or self.day)


def latest(facts: Iterable[Fact]) -> list[Fact]:
    """Those told last: all of the latest day, those without a day only where nothing has one."""
    facts = list(facts)
    newest = max((fact.since or date.min for fact in facts), default=None)
    return [fact for fact in facts if (fact.since or date.min) == newest]


def month_end(day: date) -> date:
    """Last day of its month."""
    return day.replace(day=monthrange(day.year, day.month)[1])


def next_month(day: date) -> tuple[date, date]:
    """First and last day of the month to come."""
    first = date(day.year + day.month // 12, day.month % 12 + 1, 1)
    return first, month_end(first)


def months_back(day: date, months: int) -> date:
    """The same day so many months earlier, or the last one of that month."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def months_between(earlier: date, later: date) -> int:
    """How many turns of a month lie between, whatever the days."""
    return (later.year - earlier.year) * 12 + later.month - earlier.month


def birthday(birth: date, age: int) -> date:
    """The day of becoming so old; of 29 February the 28th in other years (民法典 第二百零二条)."""
    year = birth.year + age
    return date(year, birth.month, min(birth.day, monthrange(year, birth.month)[1]))


def years(birth: date, on: date) -> int:
    """Full years on a day."""
    age = on.year - birth.year
    return age if birthday(birth, age) <= on else age - 1


def _grouped(rows: Iterable[Any], name: str) -> defaultdict[str, list[Any]]:
    groups: defaultdict[str, list[Any]] = defaultdict(list)
    for row in rows:
        key = getattr(row, name)
        if key is not None:
            groups[key].append(row)
    return groups


def _coverage(row: Mapping[str, Any]) -> Coverage:
    pauses = tuple((pause["start"], pause["end"]) for pause in row["suspensions"] or ())
    return Coverage(
        row["subject_id"],
        row["household_key"],
        row["programme"],
        row["form"],
        row["start"],
        row["end"],
        row["household_size"],
        pauses,
        row["source"],
    )


def _fact(row: Mapping[str, Any]) -> Fact:
    words = (row[name] for name in ("subject_id", "kind", "text", "code", "number", "count", "about"))
    where = (row[name] for name in ("valid_from", "valid_to", "feed", "batch_id", "line", "grade", "own_number"))
    return Fact(*words, *where)
