"""Every list of cases is whole and in order, page by page: the same as a naive filter over all cases finds."""

import random
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlmodel import Session, select

from kit.auth import Caller
from kit.database import Database, reading, transaction
from kit.lineage import Lineage
from registry.ledger import states
from registry.ledger.listing import standings_of, waits_until
from registry.ledger.store import CaseFilter, count_open, page
from registry.ledger.tables import Case, CaseItem
from registry.main import MIGRATIONS
from tests.migrated import go, migrated
from tests.registry.test_ledger_invariants import followed_before

DAY = date(2021, 6, 1)
TOWN, NEXT, COUNTY = "640499100000", "640499101000", "640499000000"
VILLAGE, MOVED = "640499100201", "640499101203"
AREAS = (VILLAGE, "640499100202", TOWN, MOVED, "640499101204", "640499102201", COUNTY, "640498100201")
MERGED = Lineage.of({NEXT: [TOWN]})
LEFT = Lineage.of({MOVED: [VILLAGE]})  # one village of the next town went to this one
CALLERS: dict[str, tuple[str, str | None, Lineage]] = {
    "town": (TOWN, None, Lineage()),
    "village": (VILLAGE, None, Lineage()),
    "a village asked for by the town": (TOWN, VILLAGE, Lineage()),
    "a town asked for by the county": (COUNTY, TOWN[:9], Lineage()),
    "another town asked for": (TOWN, NEXT[:9], Lineage()),
    "county": (COUNTY, None, Lineage()),
    "two towns made one": (TOWN, None, MERGED),
    "a village came": (TOWN, None, LEFT),
    "a village went": (NEXT, None, LEFT),
    "nation": ("0" * 12, None, Lineage()),
}
Holds = Callable[[Case], bool]
FILTERS: list[tuple[CaseFilter, Holds]] = [
    (CaseFilter(), lambda _: True),
    *((CaseFilter(state=one), lambda case, one=one: case.state == one) for one in states.LABELS),
    (CaseFilter(due_before=DAY), lambda case: case.due_on is not None and case.due_on < DAY),
    (CaseFilter(waits_before=DAY), lambda case: case.waits_until is not None and case.waits_until < DAY),
    (CaseFilter(flag=states.STILL_PAID), lambda case: case.flag == states.STILL_PAID),
    (CaseFilter(relapse=True), lambda case: case.relapsed),
    (CaseFilter(relapse=False), lambda case: not case.relapsed),
    (CaseFilter(overdue=True, day=DAY), lambda case: case.waits_until is not None and case.waits_until < DAY),
    (CaseFilter(overdue=False, day=DAY), lambda case: case.waits_until is None or case.waits_until >= DAY),
    *((CaseFilter(standing=one), lambda case, one=one: one in case.standings.split(",")) for one in states.STANDINGS),
    (
        CaseFilter(relapse=True, overdue=True, day=DAY, state=states.VERIFYING),
        lambda case: case.relapsed and case.state == states.VERIFYING and (case.waits_until or DAY) < DAY,
    ),
]


def drawn(chance: random.Random, number: int) -> Case:
    """A case in which anything may stand: lists judge what is stored."""
    area = chance.choice(AREAS)
    day = DAY + timedelta(days=chance.randrange(-3, 4))
    return Case(
        case_id=f"{chance.getrandbits(64):016x}-{number:04}",
        subject_key=f"household:{number}",
        area=area,
        town=area[:9],
        state=chance.choice(list(states.LABELS)),
        flag=chance.choice((None, states.STILL_PAID)),
        due_on=chance.choice((None, day)),
        relapsed=chance.random() < 0.3,
        standings="".join(f"{one}," for one in states.STANDINGS if chance.random() < 0.3),
        waits_until=chance.choice((None, day)),
        handed_over=chance.random() < 0.1,
        opened_at=datetime(2021, 5, 1, tzinfo=UTC),
        opened_on=DAY,
    )


@pytest.fixture
def session(database_url: str) -> Iterator[Session]:
    database = Database.open(database_url)
    migrated(database, MIGRATIONS)
    chance = random.Random(5)
    with transaction(database) as writing:
        writing.add_all(drawn(chance, number) for number in range(400))
    with reading(database) as opened:
        yield opened
    database.dispose()


def paged(session: Session, caller: Caller, narrowed: CaseFilter) -> list[str]:
    found: list[str] = []
    while True:
        rows = page(session, caller, narrowed, found[-1] if found else "", 7)
        found += [row.case_id for row in rows]
        if len(rows) < 7:
            return found


def test_pages_of_any_list_are_what_a_naive_filter_finds(session: Session) -> None:
    every = page(session, Caller("n", "n", "0" * 12, frozenset({"cases:lead"}), "x"), CaseFilter(), "", 1000)
    assert len(every) == 400
    for name, (area, asked, lineage) in CALLERS.items():
        caller = Caller("c", "civil-affairs", area, frozenset({"cases:read"}), "x", lineage=lineage)
        parts = [one for one in (area, asked and asked.ljust(12, "0")) if one and one != "0" * 12]
        mine = [
            case for case in every
            if not case.handed_over and all(lineage.holds(part, case.area) for part in parts)
        ]  # fmt: skip
        assert bool(mine) == (name != "another town asked for")
        for narrowed, holds in FILTERS:
            asking = CaseFilter(**{**vars(narrowed), "area": asked})
            expected = sorted(case.case_id for case in mine if holds(case))
            assert paged(session, caller, asking) == expected, (name, narrowed)
        counts = count_open(session, caller, asked, {str(number): one for number, (one, _) in enumerate(FILTERS)})
        going = [case for case in mine if case.state != states.CLOSED]
        assert list(counts.values()) == [sum(map(holds, going)) for _, holds in FILTERS], name


def test_the_migration_reckons_what_books_reckon(database_url: str) -> None:
    database = Database.open(database_url)
    migrated(database, MIGRATIONS)
    chance = random.Random(7)
    cases = [drawn(chance, number) for number in range(120)]
    items = [item_of(chance, case, number) for case in cases for number in range(chance.randrange(3))]
    for case in cases:
        case.subject_key = f"household:{chance.randrange(20)}"
        case.area, case.town = VILLAGE, TOWN[:9]
        case.reopened = int(chance.random() < 0.1)
        case.accept_due_on, case.suspended_until = DAY, DAY + timedelta(days=9)
        case.closed_reason = chance.choice((states.WITHDRAWN, states.VERIFIED)) if case.state == states.CLOSED else None
    with transaction(database) as writing:
        writing.add_all(cases)
        writing.flush()
        writing.add_all(items)
    with database.engine.connect() as connection:
        go(connection, MIGRATIONS, "0103")
        go(connection, MIGRATIONS, "0104")
    with reading(database) as opened:
        found = list(opened.exec(select(Case)))
    assert {case.relapsed for case in found} == {True, False}
    for case in found:
        assert case.relapsed == followed_before(case, found)
        assert case.standings == standings_of(item for item in items if item.case_id == case.case_id)
        assert case.waits_until == waits_until(case)
    database.dispose()


def item_of(chance: random.Random, case: Case, number: int) -> CaseItem:
    return CaseItem(
        item_id=f"{case.case_id}-{number}",
        case_id=case.case_id,
        lead_version=1,
        state="open",
        standing=chance.choice(list(states.STANDINGS)),
        screens=[],
        snapshot_sealed="",
        updated_at=datetime(2021, 5, 1, tzinfo=UTC),
    )
