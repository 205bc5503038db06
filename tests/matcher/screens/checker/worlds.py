"""Worlds to compare screens and checks in: everything the screens read, with codes and days on both sides of a bound.

What may stand in a row is one table; who draws from it (hypothesis, or a seeded generator for many people) is given.
"""

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Any

import polars as pl

from matcher.frames import COVERAGE, FACT, PERSON
from tests.matcher.screens.checker.world import birthday, month_end, months_back, next_month
from tests.matcher.screens.tables import shaped

Pick = Callable[[Sequence[Any]], Any]  # one of several
Frames = tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]

# Ends of months, a leap year's February, the turn of a year, and the days on which a rule changes (2021-07-01).
DAYS_OF_RUN = (
    *(date(2021, 6, 1), date(2021, 6, 30), date(2021, 7, 1), date(2021, 12, 31)),
    *(date(2020, 2, 29), date(2024, 1, 31), date(2023, 3, 15)),
)
# Counties that have set nothing, and such as have set what the nation leaves them.
COUNTIES: tuple[dict[str, Any], ...] = (
    {},
    {"disagreements": ["identity", "card", "coverage"], "claims_feeds": ["rural-monitoring"]},
    {"illness_basis": ["insurance-benefit"], "disagreements": ["coverage"], "claims_feeds": ["health-illness"]},
    {"illness_basis": ["listed"], "temporary_aid_covered": True, "temporary_aid_risks": ["severe"]},
    {"illness_basis": ["self-paid"], "illness_line_yuan": 6000, "monitored_states": ["active", "removed"]},
    {"tekun_income_by_dibao": False, "weak_labour": ["none"], "temporary_aid_months": 6, "sudden_event_months": 3},
    {
        "living_subsidy_programmes": ["dibao-rural", "dibao-urban", "dibao-margin"],
        "care_subsidy_grades": {str(kind): [1, 2, 3] if kind in {5, 6} else [1, 2] for kind in range(1, 8)},
        "death_grace_months": 3,
    },
    {"agreement_notice_days": 60, "placement_days": 10, "self_care_months": 6, "self_care_notice_days": 0},
    {"working_age_to": 54, "lost_income_months": 3, "carer_age_to": 64, "care_levels": ["none"], "orphan_age": 16},
)
DISEASES = (
    ("胃癌术后", "C16.9"),
    ("肾病", "n18.6"),
    ("高血压", "I10"),
    ("胃癌", None),
    (None, "D66.x01"),
    ("骨折", None),
)
DEATH_FEEDS = ("health-deaths", "cremations", "police-answers", "village-slip", "outcome")
YUAN = (9999.99, 10_000.0, 25_000.0, 6000.0, 100.0, -20_000.0, None)
OWED = (6000.0, 4000.0, 3999.99, 12_000.0, 10_000.0, -6000.0, -12_000.0)
GRADES = (*("certain",) * 7, *("probable",) * 2, "possible", "certainly-not", None)

# Kind → what may stand in its columns; a kind as often as its weight.
SAID: dict[str, tuple[int, dict[str, Sequence[Any]]]] = {
    "disability-card": (
        5,
        {
            "text": ("1", "2", "4", "5", "6", "7", None),
            "number": (1.0, 2.0, 3.0, 4.0, None),
            "code": ("valid", "valid", "valid", "frozen", "expired", "cancelled", None),
        },
    ),
    "disability-component": (2, {"code": ("4", "5", "6", None), "number": (None, 2.0, 3.0, 4.0)}),
    "illness": (4, {"number": YUAN}),
    "diagnosis": (1, {}),
    "settlement": (
        4,
        {"number": OWED, "code": ("settled", "reversed", "resettled", None), "about": ("S1", "S2", "S3", None)},
    ),
    "insurance-benefit": (2, {"number": (3000.0, -3000.0, 1.0), "code": ("catastrophic", "medical-aid")}),
    "death": (2, {"feed": DEATH_FEEDS}),
    "household-registration": (
        1,
        {"code": ("here", "here", "moved-out", "none"), "feed": ("police-answers", "village-slip")},
    ),
    "monitored": (3, {"code": ("active", "active", "removed", None), "text": ("边缘易致贫户", None)}),
    "labour": (2, {"code": ("none", "weak", "able", "skilled")}),
    "custody": (1, {"code": ("imprisoned", "imprisoned", "released", "bail")}),
    "sudden-event": (2, {"code": ("fire", "accident", "other", "wedding", None)}),
    "unemployed": (2, {"code": ("uninsured", "uninsured", "without-benefit", "with-benefit", "re-employed")}),
    "temporary-aid": (
        2,
        {
            "code": (
                *("emergency-granted", "expenditure-granted", "one-off-granted"),
                *("emergency-declined", "expenditure-open", None),
            )
        },
    ),
    "application": (2, {"code": ("open", "open", "decided"), "text": ("dibao-rural", "temporary-aid", None)}),
    "left-behind": (3, {"code": ("child", "elderly", "woman", "orphan", "de-facto-orphan")}),
    "child-allowance": (1, {"code": ("orphan", "de-facto-orphan"), "number": (None, 0.0, 1300.0)}),
    "self-care": (3, {"code": ("full", "partly", "none"), "text": ("全自理", "半失能")}),
    "self-care-change": (1, {}),
    "care-agreement": (3, {"code": ("complete", "complete", "incomplete"), "text": ("某某",)}),
    "placement-wish": (2, {"code": ("wants", "wants", "unwilling", "placed", "undecided")}),
    "obligor": (2, {"code": ("none", "unable", "able")}),
    "income-ratio": (2, {"number": (0.6, 0.9999, 1.0, 1.2)}),
    "voluntary-dibao": (1, {"code": ("valid",)}),
    "disability-subsidy": (4, {"code": ("living", "care"), "number": (110.0,)}),
    "phase-out": (1, {"code": ("running",), "count": (6,)}),
    "claims-coverage": (
        1,
        {"code": ("yes", "no"), "text": ("是",), "feed": ("rural-monitoring", "health-illness")},
    ),
    "card-differs": (1, {"text": ("等级写作二级，证号为三级",), "feed": ("disability-cards",)}),
    "identity-differs": (1, {"text": ("证件号码与登记的不同",), "feed": ("health-illness",)}),
}
KINDS = tuple(kind for kind, (weight, _) in SAID.items() for _ in range(weight))
PROGRAMMES = (
    *("dibao-rural", "dibao-rural", "dibao-urban", "tekun-institution", "tekun-home", "tekun-home"),
    *("dibao-margin", "temporary-aid", "rigid-expenditure"),
)


# What somebody has and what is told of him: anything, or what belongs together, so that rare lists have people too.
THEMES: tuple[tuple[Sequence[str], Sequence[str]], ...] = (
    (PROGRAMMES, KINDS),
    (PROGRAMMES, KINDS),
    (
        ("tekun-home", "tekun-home", "tekun-institution"),
        ("care-agreement", "care-agreement", "self-care", "self-care-change", "placement-wish", "disability-card"),
    ),
    (("dibao-rural", "dibao-urban"), ("obligor", "income-ratio", "voluntary-dibao", "disability-card", "left-behind")),
    (
        ("dibao-margin", "dibao-rural", "temporary-aid"),
        ("monitored", "monitored", "labour", "labour", "disability-card", "illness", "settlement", "temporary-aid"),
    ),
)


def days_about(day: date) -> list[date | None]:
    """Every bound that a screen counts from the day, and the days before and after it; None: nobody knows."""
    first, last = next_month(day)
    bounds = [
        day,
        *(months_back(day, months) for months in (1, 3, 6, 12)),
        *(months_back(day.replace(day=1), months) for months in (0, 12)),
        *(day + timedelta(days=days) for days in (-10, -30, -3, 30, 60)),
        *(month_end(day), first, last),
    ]
    near = {bound + timedelta(days=shift) for bound in bounds for shift in (-1, 0, 1)}
    return [*sorted(near), date(2011, 5, 3), None]


def births_about(day: date) -> list[date | None]:
    """Ages at which a rule turns, on the day, on those of losses before it, and in the month to come."""
    first, last = next_month(day)
    turns = [day, day - timedelta(days=30), months_back(day, 3), months_back(day, 12), first, last]
    born = {
        birthday(turn, -age) + timedelta(days=shift)
        for turn in turns
        for age in (16, 18, 55, 60, 65, 70)
        for shift in (-1, 0, 1)
    }
    return [*sorted(born), date(1960, 2, 29), date(1990, 1, 1), date(1985, 1, 1), date(1950, 1, 1), None]


class Drawer:
    """Draws rows of one world: `pick` one of several, `size` at most so many."""

    def __init__(self, day: date, pick: Pick) -> None:
        self.pick = pick
        self.days, self.births = days_about(day), births_about(day)
        self.past = [one for one in self.days if one is not None and one <= day]
        self.line = 0

    def person(self, subject: str, homes: Sequence[str | None]) -> dict[str, Any]:
        """A row of PERSON."""
        return {
            "subject_id": subject,
            "registered": self.pick((True, False)),
            "household_key": self.pick(homes),
            "area": self.pick(("640499100201", "640499100201", "640499100000", "640499000000", None)),
            "birth_date": self.pick(self.births),
        }

    def coverage(
        self, person: dict[str, Any], programmes: Sequence[str], homes: Sequence[str | None]
    ) -> dict[str, Any]:
        """A row of COVERAGE; mostly of the household the person stands in."""
        home = person["household_key"]
        self.line += 1
        return {
            "subject_id": person["subject_id"],
            "household_key": self.pick((home, home, home, self.pick(homes))),
            "programme": self.pick(programmes),
            "form": self.pick(("household", "household", "single", None)),
            "start": self.pick((date(2019, 1, 1), date(2019, 1, 1), self.pick([d for d in self.days if d]))),
            "end": self.pick((None, None, self.pick(self.days))),
            "household_size": self.pick((1, 1, 2, None)),
            "suspensions": self.pick(([], [], [], self.pauses())),
            "source": f"i:{self.line}",
        }

    def pauses(self) -> list[dict[str, date | None]]:
        """Suspensions, one of them perhaps not over."""
        found = []
        for _ in range(self.pick((1, 1, 2))):
            start, end = self.pick(self.past), self.pick(self.days)
            found.append({"start": start, "end": end if end is None or end >= start else None})
        return found

    def fact(self, subject: str, kinds: Sequence[str]) -> dict[str, Any]:
        """A row of FACT; one without an end more often than not."""
        self.line += 1
        kind = self.pick(kinds)
        start = self.pick((self.pick(self.days), self.pick(self.past)))
        end = self.pick((None, None, self.pick(self.days)))
        row = {
            "subject_id": subject,
            "kind": kind,
            "feed": "f",
            "batch_id": self.pick(("b1", "b2")),
            "line": self.line,
            "grade": self.pick(GRADES),
            "own_number": self.pick((True, False, None)),
            "valid_from": start,
            "valid_to": end if start is None or end is None or end >= start else None,
        }
        if kind in {"illness", "diagnosis", "settlement"}:
            row["text"], code = self.pick(DISEASES)
            row |= {} if kind == "settlement" else {"code": code}
        return row | {name: self.pick(values) for name, values in SAID[kind][1].items()}

    def frames(self, people: int, homes: Sequence[str | None]) -> Frames:
        """So many people in these homes, and a subject nobody knows of whom facts are told."""
        persons = [self.person(f"p{at}", homes) for at in range(people)]
        coverage, facts = [], []
        for row in persons:
            programmes, kinds = self.pick(THEMES)
            coverage += [self.coverage(row, programmes, homes) for _ in range(self.pick((0, 0, 1, 1, 2)))]
            facts += [self.fact(row["subject_id"], kinds) for _ in range(self.pick((0, 1, 2, 3, 4, 6)))]
        facts += [self.fact("nobody", KINDS) for _ in range(self.pick((0, 3)))]
        return shaped(persons, PERSON), shaped(coverage, COVERAGE), shaped(facts, FACT)
