"""Worlds for the screens of wrong coverage, payments, leaving and conduct.

Nearly every day lies at a bound of some rule, and what is shared is drawn from few names: so rules meet each other.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from matcher.frames import COVERAGE, FACT, PERSON
from tests.matcher.screens.checker.world import month_end, months_back
from tests.matcher.screens.checker.worlds import Frames, Pick
from tests.matcher.screens.tables import shaped

DAYS_OF_RUN = (date(2021, 6, 1), date(2021, 5, 31), date(2021, 1, 31), date(2024, 2, 29), date(2023, 12, 15))
# Counties that have set nothing but what these screens need, and such as have set nearly everything.
COUNTIES: tuple[dict[str, Any], ...] = (
    {"phase_out_multiple": 2},
    {},
    {
        "phase_out_multiple": 1.5,
        "phase_out_months": 6,
        "phase_out_causes": ["policy"],
        "payees_excused": ["custodian"],
        "payee_grace_months": 0,
        "gone_registrations": ["moved-out"],
        "conflicting_property": ["company", "deposit-over-limit"],
        "shared_account_households": 3,
        "petition_times": 3,
        "trusted_grades": ["certain"],
        "tiers": {"mass-exit": "电话核实", "payee-differs": "观察"},
    },
    {
        "phase_out_multiple": 2,
        "phase_out_months": 3,
        "phase_out_causes": ["employment"],
        "death_grace_months": 0,
        "moved_grace_months": 2,
        "payroll_staff": ["payroll", "village-cadre"],
        "source_order": {"public-payroll": ["economic-check", "staff-roster"], "death": ["village-slip"]},
        "disabled_vehicle_excused": False,
        "account_payments_a_month": 2,
        "custodian_cards": 1,
        "large_month_yuan": 300,
        "back_pay_times": 1,
    },
    {
        "phase_out_multiple": 2,
        "phase_out_causes": ["policy", "employment"],
        "exit_months": 1,
        "reserve_months": 3,
        "petition_months": 1,
        "income_months": 1,
        "account_change_days": 0,
        "institution_programmes": [],
        "payments_since": "2021-01-01",
    },
)
PROGRAMMES = ("dibao-rural", "dibao-rural", "dibao-urban", "tekun-home", "tekun-institution", "dibao-margin")
Row = dict[str, Any]


@dataclass
class Maker:
    """Draws rows around one day, of the person who is `at` that place; people near each other share what is shared."""

    pick: Pick
    day: date
    at: int = 0

    def one(self, *among: Any) -> Any:
        """One of several."""
        return self.pick(among)

    def near(self, *months: int) -> date | None:
        """A day at a bound so many months before the day (one of them); now and then None."""
        return self.one(*[self.sure(*months)] * 9, None)

    def sure(self, *months: int) -> date:
        """The same day of that month, the days beside it, the first or the last of it."""
        same = months_back(self.day, self.one(*months))
        beside = [same + timedelta(days=shift) for shift in (-1, 0, 1)]
        return self.one(*beside, same.replace(day=1), month_end(same))  # type: ignore[no-any-return]

    def stretch(self, *months: int) -> Row:
        """Whole months, the last of them so many before the day, or about the first one of the audit."""
        audit = self.one(date(2017, 12, 31), date(2018, 1, 31))
        last = month_end(self.one(*[self.sure(*months)] * 5, audit))
        return {"valid_from": months_back(last, self.one(0, 0, 1, 3, 6)).replace(day=1), "valid_to": last}

    def month(self, *months: int) -> Row:
        """One whole month, likewise."""
        last = self.stretch(*months)["valid_to"]
        return {"valid_from": last.replace(day=1), "valid_to": last}

    def token(self, kind: str) -> str:
        """A token that the few people near each other share."""
        return f"{kind}{self.at // 4 * 4 + self.one(0, 1, 2)}"


def frames(pick: Pick, day: date, people: int) -> Frames:
    """So many people; some facts are of subjects nobody knows."""
    makers = [Maker(pick, day, at) for at in range(people)]
    persons = [
        {"subject_id": f"p{make.at}", "household_key": make.one(None, make.token("H")), "registered": True}
        for make in makers
    ]
    covered = [
        _covered(make, row) for make, row in zip(makers, persons, strict=True) for _ in range(make.one(0, 1, 1, 1, 2))
    ]
    strangers = [(make, f"stranger{make.at // 4 * 4}") for make in makers[::8]]
    told = _once(
        row for make, who in [*((make, f"p{make.at}") for make in makers), *strangers] for row in _facts(make, who)
    )
    lines = [row | _where(Maker(pick, day), at, row) for at, row in enumerate(told, 2)]
    covered = [row | {"source": f"i1:{at}"} for at, row in enumerate(covered, 3)]
    return shaped(persons, PERSON), shaped(covered, COVERAGE), shaped(lines, FACT)


def _covered(make: Maker, person: Row) -> Row:
    home, pause = person["household_key"], {"start": make.sure(0, 1, 3), "end": make.near(0, -1)}
    return {
        "subject_id": person["subject_id"],
        "household_key": make.one(home, home, make.token("H")),
        "programme": make.one(*PROGRAMMES),
        "form": make.one("household", "single"),
        "start": make.near(0, 6, 12, 24, 60),
        "end": make.one(None, None, None, make.near(0, 1, 3, -1)),
        "household_size": make.one(None, 1, 3),
        "suspensions": make.one([], [], [], [], [pause]),
    }


def _facts(make: Maker, who: str) -> Iterator[Row]:
    for _ in range(make.one(1, 1, 2)):
        family = make.one(*FAMILIES)
        for _ in range(make.one(1, 2, 3, 4, 5)):
            row = make.one(*family)(make)
            yield row | {"subject_id": who} | ({"about": _mark(who)} if row["kind"] == "staff" else {})


def _mark(who: str) -> str | None:
    """A staff member has one token wherever she is meant; of some the roster has none."""
    return None if who[-1] in "369" else f"staff-{who}"


def _once(rows: Iterable[Row]) -> Iterator[Row]:
    """Of what is reckoned or decided for a day there is one row: which of two would count nobody has said."""
    seen = set()
    for row in rows:
        key = (row["subject_id"], row["kind"], row.get("valid_from"))
        if row["kind"] not in {"income-ratio", "phase-out"} or key not in seen:
            yield row
        seen.add(key)


def _where(make: Maker, line: int, row: Row) -> Row:
    """Where the row stood and how surely it is the person's; a visitor is sure."""
    sure = row.get("feed") == "outcome"
    grade = "certain" if sure else make.one(*["certain"] * 6, "probable", "possible", "certainly-not")
    told = {"batch_id": make.one("b1", "b2"), "own_number": make.one(None, None, True, False)}
    return {"line": line, "feed": "registry", "grade": grade} | told | {k: v for k, v in row.items() if k == "feed"}


# What is told, one function a kind of fact.


def _death(make: Maker) -> Row:
    feed = make.one("health-deaths", "cremations", "police-answers", "village-slip", "outcome", "a-countys-own")
    return {"kind": "death", "feed": feed, "valid_from": make.near(0, 0, 1, 2, 4)}


def _registration(make: Maker) -> Row:
    feed = make.one("police-answers", "village-slip", "a-countys-own")
    code = make.one("here", "here", "moved-out", "moved-out", "cancelled", "none")
    return {"kind": "household-registration", "feed": feed, "code": code, "valid_from": make.near(-1, 0, 1, 2, 4)}


def _double(make: Maker) -> Row:
    code = make.one("two-counties", "same-county")
    held = {"valid_from": make.near(0, 9), "valid_to": make.one(None, make.near(0, 1))}
    return {"kind": "double-coverage", "code": code, "text": "dibao-urban"} | held


def _property(make: Maker) -> Row:
    code = make.one(
        "company",
        "vehicle",
        "vehicle",
        "vehicle-disabled",
        "public-payroll",
        "public-welfare-post",
        "deposit-over-limit",
    )
    held = {"valid_from": make.one(None, make.near(0, 9)), "valid_to": make.one(None, None, make.near(0, 1))}
    return {"kind": "property", "code": code, "feed": "economic-check"} | held


def _card(make: Maker) -> Row:
    code = make.one("valid", "frozen", "cancelled", "expired")
    text, number = make.one("4", "7", None), make.one(1.0, 3.0, None)
    return {"kind": "disability-card", "feed": "disability-cards", "text": text, "number": number, "code": code}


def _payout(make: Maker) -> Row:
    code = make.one("same", "same", "head", "member", "custodian", "custodian", "unstated", "other", "other", "other")
    about = make.one(None, make.token("account"), make.token("account"))
    return {"kind": "payout", "text": "王五", "code": code, "number": 300.0, "count": 1, "about": about} | make.stretch(
        0, 1, 2, 5, 12
    )


def _busy(make: Maker) -> Row:
    return {"kind": "account-peak", "count": make.one(2, 3, 4), "about": make.token("account")} | make.month(0, 2, 12)


def _change(make: Maker) -> Row:
    told = {"code": make.one("by-hand", "by-import", None), "count": make.one(None, 0, 14, 15, 16)}
    return {"kind": "account-change", "about": make.token("account")} | told | make.stretch(0, 2, 12)


def _peak(make: Maker) -> Row:
    first = make.one(
        *(date(year, month, 1) for year, month in ((2020, 5), (2020, 9), (2019, 5), (2017, 12), (2018, 1)))
    )
    text, number = make.one(("regular", 300.0), ("back-pay", 1800.0), ("back-pay", 1801.0), ("one-off", 9700.0))
    number = make.one(number, number, 200.0, 10000.0, 10001.0)
    told = {"kind": "payout-peak", "code": "month", "text": text, "number": number, "count": 1}
    return told | {"valid_from": first, "valid_to": month_end(first)}


def _unowed(make: Maker) -> Row:
    told = {"code": make.one("ended", "dead"), "number": 300.0, "count": make.one(1, 1, 2)}
    return {"kind": "unowed-payment", "text": "甲"} | told | make.stretch(0, 1, 5)


def _reserve(make: Maker) -> Row:
    code = make.one("over-tier", "repeated", "incomplete", "incomplete", "fine")
    return {"kind": "reserve-payment", "code": code, "number": 500.0, "count": 2, "valid_from": make.near(0, 3, 12)}


def _exempt(make: Maker) -> Row:
    return {"kind": "exempt", "text": "参照单人户", "valid_from": make.near(9, 14), "valid_to": make.sure(0, 0, -3, 2)}


def _income(make: Maker) -> Row:
    ratio = make.one(0.8, 1.0, 1.0001, 1.4999, 1.5, 1.5, 1.9999, 2.0, None)
    return {"kind": "income-ratio", "number": ratio, "valid_from": make.near(0, 1, 5, 12)}


def _phasing(make: Maker) -> Row:
    held = {"valid_from": make.near(2, 3, 5, 6), "valid_to": make.one(None, make.near(0, 0, -1, -4, 2))}
    return {"kind": "phase-out", "code": make.one("running", "running", "ended"), "count": 6} | held


def _cause(make: Maker) -> Row:
    state = {"kind": "monitored", "text": "脱贫不稳定户", "code": make.one("active", "removed")}
    return make.one({"kind": "employment"}, state) | {"feed": "rural-monitoring"}  # type: ignore[no-any-return]


def _exit(make: Maker) -> Row:
    code = make.one("unassessed", "unassessed", "assessed", "not-needed")
    return {"kind": "exit", "text": "收入超标", "code": code, "valid_from": make.sure(1, 6, 12)}


def _mass(make: Maker) -> Row:
    told = {"code": make.one("surge", "mass-day"), "number": make.one(None, 4.2), "count": 21}
    return {"kind": "mass-exit", "text": "2021-03", "valid_from": make.sure(1, 6, 12)} | told


def _custodian(make: Maker) -> Row:
    told = {"code": make.one("cadre", "staff", "relative", "villager", "other"), "count": make.one(1, 2, 3, 4)}
    held = {"valid_from": make.near(12), "valid_to": make.one(None, make.near(0, -6))}
    return {"kind": "custodian", "text": "赵六", "about": make.token("keeper")} | told | held


def _petition(make: Maker) -> Row:
    told = {"code": make.one("repeat", "repeat", "first"), "count": make.one(1, 2, 3), "text": "低保取消"}
    return {"kind": "petition", "about": make.token("cluster"), "valid_from": make.sure(1, 36)} | told


def _staff(make: Maker) -> Row:
    code = make.one("civil-affairs", "village-cadre", "payroll", "handler")
    held = {"valid_from": make.one(None, make.near(0, 12)), "valid_to": make.one(None, None, make.near(0, 1))}
    return {"kind": "staff", "feed": "staff-roster", "code": code, "text": "乙村 会计"} | held


def _filing(make: Maker) -> Row:
    about = make.one(None, make.token("staff-p"), make.token("staff-p"))
    return {"kind": "staff-relative", "about": about, "valid_from": make.near(0, 12)}


def _kin(make: Maker) -> Row:
    return {"kind": "kin", "text": "兄弟", "about": make.token(make.one("p", "p", "stranger"))}


# What meets in one person: rules are about the combinations.
FAMILIES: tuple[tuple[Callable[[Maker], Row], ...], ...] = (
    (_death, _death, _registration),
    (_registration, _registration, _death),
    (_double, _property, _card),
    (_property, _property, _card, _staff),
    (_payout, _payout, _payout, _payout, _busy, _death),
    (_payout, _payout, _busy),
    (_change, _peak, _peak, _peak),
    (_peak, _peak, _unowed, _death),
    (_unowed, _reserve, _reserve),
    (_exempt, _exempt, _death),
    (_income, _income, _phasing, _cause),
    (_phasing, _income, _cause),
    (_exit, _mass, _mass, _death),
    (_custodian, _petition, _petition, _death),
    (_staff, _filing, _kin, _kin),
    (_staff, _staff, _filing),
)
