"""Both times of households, members and support: any sequence of changes and corrections reads as a model says."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import Session

from kit.crypto import KeyRing
from kit.database import Database, reading, transaction
from kit.problems import NotFound
from registry.coverage import store as coverage
from registry.coverage import write as support
from registry.coverage.amounts import month_end
from registry.coverage.problems import CoverageUnfit
from registry.households import store, write
from registry.households.write import Place
from registry.persons import store as persons
from registry.persons.problems import DateUnordered
from registry.times import Asked
from tests.registry.house import COUNTY
from tests.registry.test_times import BEGAN, CALLER, DAY, DAYS, FIRST, Model, database, day_of

__all__ = ["database"]
QUIET = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
MOMENTS = st.lists(st.tuples(DAY, st.integers(-1, 6)), min_size=6, max_size=12)
LAST = st.none() | st.integers(0, DAYS)
NUMBERS = st.sampled_from(["1", "2", "3"])
PLACES = st.none() | st.sampled_from([Place("妻"), Place("子"), Place("户主", is_head=True)])
CHANGED = st.tuples(st.just("change"), NUMBERS, st.integers(0, DAYS - 1), st.none())
CORRECTED = st.tuples(st.just("correct"), NUMBERS, DAY, LAST)
MOVES = st.tuples(st.sampled_from(["change", "correct"]), PLACES, st.integers(0, DAYS - 1), LAST)


class Clock:
    """One moment per step, whatever a step writes."""

    def __init__(self) -> None:
        self.step = 0

    def __call__(self) -> datetime:
        return BEGAN + timedelta(hours=self.step)


@contextmanager
def ticking(*modules: Any) -> Iterator[Clock]:
    clock = Clock()
    with pytest.MonkeyPatch.context() as patch:
        for module in modules:
            patch.setattr(module, "now", clock)
        yield clock


def then(day: int, moment: int) -> Asked:
    return Asked(day_of(day), BEGAN + timedelta(hours=moment, minutes=30))


def days_to(begin: int, end: int | None) -> tuple[date, date | None]:
    return day_of(begin), None if end is None or end == DAYS else day_of(end)


@QUIET
@given(steps=st.lists(CHANGED | CORRECTED, min_size=1, max_size=6), asked=MOMENTS)
def test_a_household_s_number_answers_as_a_plain_model_does(
    database: Database, steps: list[tuple[str, str, int, int | None]], asked: list[tuple[int, int]]
) -> None:
    model = Model([["0"] * DAYS])
    with ticking(write) as clock, transaction(database) as session:
        # Runs share a database: what tells the numbers of one from those of another is the household's own kind of id.
        mark = persons.new_id()[-12:]
        values = {"kind": "hukou", "number": f"0{mark}", "area": COUNTY, "monitored_as": None, "valid_from": FIRST}
        home = write.create(session, values).household_id
        for step in steps:
            clock.step += 1
            taken = model.take(step)
            if not taken:
                clock.step -= 1
            kind, number, begin, end = step
            try:
                said = {"number": number + mark}
                if kind == "change":
                    write.change(session, home, said, day_of(begin))
                else:
                    write.correct(session, home, said, days_to(begin, end))
            except DateUnordered:
                assert not taken
            else:
                assert taken
    with reading(database) as session:
        assert store.find(session, CALLER, home).number == model.known[-1][-1] + mark
        for day, moment in asked:
            known = min(moment, len(model.known) - 1)
            if day < 0 or known < 0:
                with pytest.raises(NotFound):
                    store.find(session, CALLER, home, then(day, moment))
            else:
                assert store.find(session, CALLER, home, then(day, moment)).number == model.known[known][day] + mark


@dataclass
class Belonging:
    """What was believed after each step: the place of every day, and where what was said begins and ends."""

    known: list[list[Place | None]] = field(default_factory=lambda: [[None] * DAYS])
    cuts: set[int] = field(default_factory=set)

    def take(self, kind: str, said: Place | None, begin: int, end: int | None) -> bool:
        """Alter it; False where the days are not to be altered that way."""
        last = DAYS if kind == "change" or end is None else end
        if last <= begin or (kind == "change" and begin < max(self.cuts, default=0)):
            return False
        days = [said if begin <= at < last else one for at, one in enumerate(self.known[-1])]
        self.known.append(days)
        self.cuts = {one for one in self.cuts if not begin <= one <= last}
        ends = {begin, last}
        if said is None:
            ends = {one for one, row in ((begin, begin - 1), (last, last)) if 0 <= row < DAYS and days[row] is not None}
        self.cuts |= ends - {DAYS}
        return True


@QUIET
@given(steps=st.lists(MOVES, min_size=2, max_size=6), asked=MOMENTS)
def test_who_belongs_to_a_household_answers_as_a_plain_model_does(
    database: Database, steps: list[tuple[str, Place | None, int, int | None]], asked: list[tuple[int, int]]
) -> None:
    model = Belonging()
    with ticking(write, persons) as clock, transaction(database) as session:
        columns = persons.columns_of(KeyRing.ephemeral(), {"name": "马有福"}, COUNTY)
        person = persons.create(session, columns, FIRST).person_id
        values = {"kind": "hukou", "number": person, "area": COUNTY, "monitored_as": None, "valid_from": FIRST}
        home = write.create(session, values).household_id
        for kind, said, begin, end in steps:
            taken = model.take(kind, said, begin, end)
            clock.step += taken
            try:
                if kind == "change":
                    write.change_member(session, home, person, said, day_of(begin))
                else:
                    write.correct_member(session, home, person, said, days_to(begin, end))
            except DateUnordered:
                assert not taken
            else:
                assert taken
    with reading(database) as session:
        for day, moment in asked:
            if day < 0 or moment < 0:
                continue
            found = store.members(session, CALLER, home, then(day, moment))
            place = model.known[min(moment, len(model.known) - 1)][day]
            assert [(one.relation, one.is_head) for one in found] == (
                [] if place is None else [(place.relation, place.is_head)]
            )


@dataclass(frozen=True)
class Period:
    """A period of support: its first and last day, and the stretches without payment."""

    start: date
    end: date | None
    pauses: tuple[tuple[date, date], ...] = ()

    def after(self, step: tuple[str, date, date]) -> "Period | None":
        """As it is after a step; None where the step does not fit."""
        kind, on, until = step
        if kind == "start":
            start = on.replace(day=1)
            return None if self.end is not None and self.end < start else replace(self, start=start)
        if kind == "end":
            end = month_end(on)
            return None if end < self.start or (self.end is not None and self.end < on) else replace(self, end=end)
        if kind == "suspend":
            outside = not self.start <= on <= (self.end or date.max) or until < on
            taken = any(first <= until and on <= last for first, last in self.pauses)
            return None if outside or taken else replace(self, pauses=tuple(sorted([*self.pauses, (on, until)])))
        mine = [one for one in self.pauses if one[0] < on <= one[1]]
        if not mine:
            return None
        cut = (mine[0][0], on - timedelta(days=1))
        return replace(self, pauses=tuple(sorted([cut, *(one for one in self.pauses if one != mine[0])])))

    def covers(self, day: date) -> bool:
        runs = self.start <= day <= (self.end or date.max)
        return runs and not any(first <= day <= last for first, last in self.pauses)


SPRING = st.dates(date(2021, 1, 1), date(2021, 6, 30))
KINDS = st.sampled_from(["start", "end", "suspend", "suspend", "resume"])


def stepped(session: Session, coverage_id: str, step: tuple[str, date, date]) -> None:
    kind, on, until = step
    present = coverage.find(session, CALLER, coverage_id)
    if kind == "start":
        support.restate(session, present, {"start": on})
    elif kind == "end":
        if present.end is not None and present.end < on:
            raise CoverageUnfit(reason="")  # as the endpoint does
        support.restate(session, present, {"end": on, "end_reason": "other"})
    elif kind == "suspend":
        support.suspend(session, present, (on, until), "away")
    else:
        support.resume(session, present, on)


@QUIET
@given(
    steps=st.lists(st.tuples(KINDS, SPRING, SPRING), max_size=6),
    asked=st.lists(st.tuples(SPRING, st.integers(-1, 7)), min_size=1, max_size=10),
)
def test_support_suspended_resumed_ended_and_corrected_answers_as_a_plain_model_does(
    database: Database, steps: list[tuple[str, date, date]], asked: list[tuple[date, int]]
) -> None:
    known = [Period(date(2021, 2, 1), None)]
    with ticking(support, persons) as clock, transaction(database) as session:
        columns = persons.columns_of(KeyRing.ephemeral(), {"name": "马有福"}, COUNTY)
        person = persons.create(session, columns, date(2020, 1, 1)).person_id
        empty = {"household_size": None, "covered_count": None, "phase_out_from": None, "phase_out_until": None}
        terms = {"programme": "dibao-rural", "start": date(2021, 2, 9), "end": None, "form": None, "end_reason": None}
        coverage_id = support.enter(session, person, COUNTY, {**empty, **terms}).coverage_id
        for step in steps:
            made = known[-1].after(step)
            clock.step += made is not None
            try:
                stepped(session, coverage_id, step)
            except CoverageUnfit:
                assert made is None
            else:
                assert made is not None
                known.append(made)
    with reading(database) as session:
        for day, moment in asked:
            asks = Asked(day, BEGAN + timedelta(hours=moment, minutes=30))
            rows = coverage.of_persons(session, CALLER, [person], asks).get(person, [])
            paused = coverage.pauses(session, [coverage_id], asks).get(coverage_id, ())
            if moment < 0:
                assert (rows, list(paused)) == ([], [])
                continue
            period = known[min(moment, len(known) - 1)]
            assert len(rows) == (period.start <= day <= (period.end or date.max))
            assert [(one.start, one.end) for one in paused] == list(period.pauses)
            assert any(coverage.status(row, paused, day)[1] for row in rows) == period.covers(day)
