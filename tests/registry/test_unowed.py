"""Payments nobody was owed: which ones, as the rule says payment by payment, and that no others are read for it."""

from datetime import date
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given
from hypothesis import strategies as st
from sqlmodel import Session

from kit.auth import Caller
from kit.columns import new_id, now
from kit.database import Database, reading, transaction
from registry.coverage.tables import Coverage
from registry.households.tables import Household
from registry.payments import unowed
from registry.payments.tables import Payment
from registry.persons.tables import Person, PersonVersion
from registry.times import NOW, believed
from tests.examples import examples
from tests.migrated import migrated
from tests.registry.house import COUNTY, OTHER_COUNTY, VILLAGE
from tests.registry.test_facts_of_payments import database

__all__ = ["database"]  # a fixture: a migrated registry of this module

CALLER = Caller("c", "civil-affairs", COUNTY, frozenset({"registry:read"}), "matching")
PROGRAMMES, MONTHS, PLACES = ("dibao-rural", "tekun-home", "temporary-aid"), st.integers(0, 6), (VILLAGE, OTHER_COUNTY)
PERSON, HOME, SOMEWHERE = st.sampled_from("ab"), st.sampled_from(("h", None)), st.sampled_from((*PLACES, VILLAGE))
PAID = st.fixed_dictionaries({
    "person": PERSON | st.none(), "home": HOME, "month": MONTHS, "programme": st.sampled_from(PROGRAMMES),
    "area": SOMEWHERE, "back": st.sampled_from((False, False, True)),
}).filter(lambda one: one["person"] or one["home"])  # fmt: skip
HELD = st.fixed_dictionaries({
    "person": PERSON, "home": HOME, "programme": st.sampled_from(PROGRAMMES), "start": MONTHS,
    "end": MONTHS | st.none(), "area": SOMEWHERE,
})  # fmt: skip
DEAD = st.dictionaries(PERSON, st.tuples(MONTHS, SOMEWHERE))
Rows = list[dict[str, Any]]


class World:
    """People and homes by short names, and what is written of them."""

    def __init__(self, session: Session, people: str = "ab", homes: str = "h") -> None:
        self.session = session
        self.ids: dict[Any, Any] = {name: new_id() for name in (*people, *homes)} | {None: None}
        for name in people:
            session.add(Person(person_id=self.ids[name], created_at=now()))
        for name in homes:
            told: Any = {"county": COUNTY[:6], "area": VILLAGE, "created_at": now()}
            session.add(Household(household_id=self.ids[name], number=str(self.ids[name]), **told))
        session.flush()

    def known(self, name: str, died: int | None, area: str) -> None:
        self.session.add(PersonVersion(
            version_id=new_id(), person_id=self.ids[name], version=1, name="某人", area=area,
            died_on=None if died is None else day(died), valid_from=date(2019, 1, 1), recorded_at=now(),
        ))  # fmt: skip

    def held(self, one: dict[str, Any]) -> None:
        self.session.add(Coverage(
            row_id=new_id(), coverage_id=new_id(), person_id=self.ids[one["person"]],
            household_id=self.ids[one["home"]], area=one["area"], programme=one["programme"], start=day(one["start"]),
            end=None if one["end"] is None else day(one["end"]), recorded_at=now(),
        ))  # fmt: skip

    def paid(self, line: int, one: dict[str, Any]) -> None:
        self.session.add(Payment(
            payment_id=new_id(), version=1, month=f"{day(one['month']):%Y-%m}", programme=one["programme"],
            kind="regular", area=one["area"], person_id=self.ids[one["person"]], household_id=self.ids[one["home"]],
            name="某人", amount_fen=1, bank_return="returned" if one["back"] else "paid", source_import="i",
            source_line=line, recorded_at=now(),
        ))  # fmt: skip


def day(month: int) -> date:
    return date(2020, month + 1, 15)


@examples(60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(PAID, max_size=8), st.lists(HELD, max_size=5), DEAD)
def test_it_is_what_the_rule_says_payment_by_payment(
    database: Database, paid: Rows, held: Rows, dead: dict[str, tuple[int, str]]
) -> None:
    with reading(database) as session:
        world = World(session)
        for name in "ab":
            world.known(name, *dead.get(name, (None, VILLAGE)))
        for one in held:
            world.held(one)
        for line, one in enumerate(paid):
            world.paid(line, one)
        session.flush()
        found = unowed.find(session, CALLER, believed(Payment, NOW))
    told = [(one.payment.source_line, one.dead, one.unowed) for one in found]
    seen_dead = {name: month for name, (month, area) in dead.items() if area == VILLAGE}
    seen_held = [one for one in held if one["area"] == VILLAGE]
    judged = ((line, *_judged(one, seen_held, seen_dead)) for line, one in enumerate(paid) if one["area"] == VILLAGE)
    assert sorted(told) == [one for one in judged if one[1] or one[2]]


def _judged(paid: dict[str, Any], held: Rows, dead: dict[str, int]) -> tuple[bool, bool]:
    if paid["back"] or paid["programme"] == "temporary-aid":
        return False, False
    month, unit = paid["month"], "home" if paid["home"] else "person"
    of_it = [one for one in held if (one[unit], one["programme"]) == (paid[unit], paid["programme"])]
    last = {id(one): month if one["end"] is None else one["end"] for one in of_it}
    owed = any(one["start"] <= month <= last[id(one)] and dead.get(one["person"], month) >= month for one in of_it)
    died = dead.get(paid["person"], month) < month
    return died, not owed and (died or any(last[id(one)] < month for one in of_it))


def test_payments_of_people_whose_support_goes_on_are_not_read(tmp_path: Path) -> None:
    """By the steps SQLite takes, each of which reads or compares one thing: six payments more of each of eighteen
    people cost not one step a person. (How ids happen to sort costs one or two.)"""
    few, many = (_steps(tmp_path / f"{months}.db", months) for months in (1, 7))
    assert abs(many - few) < 18


def _steps(file: Path, months: int) -> int:
    """To find the two payments that were owed to nobody, where nine tenths were paid for so many months as owed."""
    database = Database.open(f"sqlite:///{file}")
    migrated(database, "registry:migrations")
    taken = 0

    def step() -> int:
        nonlocal taken
        taken += 1
        return 0

    people = "abcdefghijklmnopqrst"
    with transaction(database) as session:
        world = World(session, people, people.upper())
        for at, name in enumerate(people):
            home = name.upper() if at % 2 else None
            one = {"person": name, "home": home, "programme": "dibao-rural", "area": VILLAGE, "back": False}
            ends = at < 2
            world.held({**one, "start": 0, "end": 0 if ends else None})
            world.known(name, None, VILLAGE)
            for month in (1,) if ends else range(months):
                world.paid(at, {**one, "month": month})
    with reading(database) as session:
        connection: Any = session.connection().connection.dbapi_connection
        connection.set_progress_handler(step, 1)
        found = unowed.find(session, CALLER, believed(Payment, NOW))
        connection.set_progress_handler(None, 1)
    database.dispose()
    assert sorted(one.payment.source_line for one in found if one.unowed) == [0, 1]
    return taken
