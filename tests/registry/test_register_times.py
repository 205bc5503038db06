"""Both times of an entry: any sequence of corrections and changes answers as a plain model of days and moments does."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from china.workdays import Calendar
from kit.columns import now
from kit.crypto import KeyRing
from kit.database import Database, transaction
from kit.problems import NotFound
from registry.persons.problems import DateUnordered
from registry.registers import store
from registry.registers.catalogue import REGISTERS
from registry.registers.declaring import Terms
from registry.registers.placing import Clerk, Placed
from registry.registers.store import Altering
from registry.registers.tables import RegisterEntry
from registry.times import Asked
from tests.conftest import fresh_database
from tests.examples import examples
from tests.migrated import migrated
from tests.registry.house import COUNTY
from tests.registry.register_cases import RIGHT
from tests.registry.test_times import BEGAN, CALLER, CHANGE, CORRECTION, DAY, DAYS, FIRST, NAMES, Model, Step, day_of

REGISTER = REGISTERS["interview"]
TERMS = Terms(Calendar(), 10, 30, 3, 30, 10)


@pytest.fixture(scope="module")
def database(databases: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    folder: Path = tmp_path_factory.mktemp("register-times")
    with fresh_database(folder) as url:
        made = Database.open(url)
        migrated(made, "registry:migrations")
        yield made
        made.dispose()


def take(clerk: Clerk, row: RegisterEntry, step: Step) -> RegisterEntry:
    kind, name, begin, end = step
    if kind == "change":
        assert begin is not None
        return store.change(clerk, REGISTER, row, Altering({"who": name}, (day_of(begin), None)))
    days = (
        (row.valid_from, None) if begin is None else (day_of(begin), None if end in {None, DAYS} else day_of(end or 0))
    )
    return store.correct(clerk, REGISTER, row, Altering({"who": name}, days))


def who(clerk: Clerk, entry_id: str, asked: Asked) -> str:
    row = store.find(clerk, REGISTER, entry_id, asked)
    return str(store.content_of(clerk.ring, row).values["who"])


@examples(50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    first=NAMES,
    steps=st.lists(CHANGE | CORRECTION, max_size=6),
    asked=st.lists(st.tuples(DAY, st.integers(-1, 6)), min_size=1, max_size=8),
)
def test_an_entry_corrected_and_changed_answers_as_a_plain_model_does(
    database: Database, first: str, steps: list[Step], asked: list[tuple[int, int]]
) -> None:
    model, clock = Model([[first] * DAYS]), iter(range(100))
    with pytest.MonkeyPatch.context() as patch, transaction(database) as session:
        patch.setattr(store, "now", lambda: BEGAN + timedelta(hours=next(clock)))
        clerk = Clerk(session, KeyRing.ephemeral(), CALLER, now().date(), TERMS)
        entry = Placed({**RIGHT["interview"], "who": first}, COUNTY)
        (row,) = store.create(clerk, REGISTER, [(entry, FIRST)])
        for step in steps:
            taken = model.take(step)
            try:
                row = take(clerk, row, step)
            except DateUnordered:
                assert not taken
            else:
                assert taken
            assert (row.valid_from, row.valid_to) == (day_of(model.since), None)
        assert who(clerk, row.entry_id, Asked()) == model.known[-1][-1]
        for day, moment in asked:
            then = Asked(day_of(day), BEGAN + timedelta(hours=moment, minutes=30))
            known = min(moment, len(model.known) - 1)
            if day < 0 or known < 0:
                with pytest.raises(NotFound):
                    store.find(clerk, REGISTER, row.entry_id, then)
            else:
                assert who(clerk, row.entry_id, then) == model.known[known][day]
