"""What the registry costs beside the database alone, each pair in the same minutes, on whichever database is set.

Nothing is asserted about time: the figures are there to be read (docs/measurements/registry.md). Small counts by
default, those the goals state with --soak.
"""

import os
import resource
import time
from datetime import date
from pathlib import Path
from statistics import median

import pytest

from kit import garbage
from kit.crypto import KeyRing
from kit.database import Database
from registry.imports.take import Taking, take
from registry.ledger.terms import Terms
from registry.main import MIGRATIONS
from registry.settings import RegistrySettings
from tests.asgi import client_of
from tests.benchmarks.registry_cases import TOWNS, fill, town
from tests.benchmarks.registry_people import CALLER, civil_affairs_csv, registry, write_bare
from tests.migrated import migrated
from tests.registry.feed_writers import Told, run_feed
from tests.registry.house import House, build

pytestmark = pytest.mark.bench
DAY = date(2021, 6, 1)
PEOPLE = (40_000, 1_000_000)  # and with --soak


@pytest.fixture
def soak(pytestconfig: pytest.Config) -> bool:
    return bool(pytestconfig.getoption("--soak"))


def said(database: Database, *lines: str) -> None:
    load = ", ".join(f"{one:.1f}" for one in os.getloadavg())
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    told = f"{database.dialect}, load {load}, peak {peak:.1f} GB, {_kept(database) / 1e9:.2f} GB in the database"
    print(f"\n{told}", *lines, sep="\n  ")


def _kept(database: Database) -> int:
    """Bytes the database takes, with its indexes."""
    asked = {
        "postgresql": "SELECT pg_database_size(current_database())",
        "sqlite": "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size",
    }
    with database.engine.connect() as connection:
        return int(connection.exec_driver_sql(asked[database.dialect]).scalar_one())


def taken(database: Database, ring: KeyRing, content: bytes, *, dry_run: bool = False) -> tuple[float, dict[str, int]]:
    told = RegistrySettings()
    taking = Taking(
        database, ring, CALLER, DAY, told.import_chunk_rows, told.import_max_rows, Terms.of(told), dry_run=dry_run
    )
    begun = time.perf_counter()
    done = take(taking, content)
    return time.perf_counter() - begun, done.counts


def test_what_an_import_costs_beside_writing_its_rows_bare(databases: None, tmp_path: Path, soak: bool) -> None:
    count, turns = PEOPLE[soak], 1 if soak else 3
    content, ring = civil_affairs_csv(count), KeyRing.ephemeral()
    pairs, again = [], 0.0
    for turn in range(turns):
        with registry(tmp_path) as mine, registry(tmp_path) as other:
            ours, counts = taken(mine, ring, content)
            assert counts == {"created": count}
            pairs.append((ours, write_bare(mine, other)))
            if turn == 0:
                again, counts = taken(mine, ring, content, dry_run=True)
                assert counts == {"unchanged": count}
            said(mine, f"{count} people, {len(content) / 1e6:.0f} MB: ours {ours:.1f} s, bare {pairs[-1][1]:.1f} s")
    ours, bare = (median(pair[at] for pair in pairs) for at in (0, 1))
    rates = [f"{name} {count / took:,.0f} rows/s" for name, took in (("bare", bare), ("ours", ours), ("again", again))]
    print(f"  {', '.join(rates)} (again: the same file compared with all of it on record)")
    print(f"  x {median(one / two for one, two in pairs):.1f}")


FEED = (Told(16, 500, 2), Told(16, 62_500, 2, most=39))


def test_a_million_changes_by_sixteen_writers_while_two_follow(database_url: str, tmp_path: Path, soak: bool) -> None:
    """Beside it: the same rows by one writer, in the database's own bulk way, with no order to keep."""
    database = Database.open(database_url)
    migrated(database, MIGRATIONS)
    told = run_feed(database_url, tmp_path, FEED[soak])
    count = told.writers * told.each
    for followed in told.followed:
        assert [seq for seq, _ in followed] == list(range(1, count + 1))
        assert len({subject for _, subject in followed}) == count
    with registry(tmp_path) as other:
        bare = write_bare(database, other)
    lags = sorted(told.lags)
    half, most = lags[len(lags) // 2], lags[int(len(lags) * 0.99)]
    said(
        database,
        f"{count} changes, {told.writers} writers, {told.readers} followers, {told.rolled_back} transactions given up",
        f"{told.seconds:.0f} s, {count / told.seconds:,.0f} changes/s; bare by one writer {count / bare:,.0f} rows/s",
        f"seen after p50 {half:.2f} s, p99 {most:.2f} s, at most {lags[-1]:.2f} s",
    )
    database.dispose()


CASES = (20_000, 1_000_000)
ASKED = (50, 300)  # calls per filter
ASKING = 7  # townships
FILTERS: dict[str, dict[str, str]] = {
    "all": {},
    "common state": {"state": "verifying"},
    "rare state": {"state": "suspended"},
    "no such state": {"state": "returned"},
    "due": {"due_before": "2021-01-20"},
    "nothing due": {"due_before": "2020-01-01"},
    "overdue": {"overdue": "true"},
    "flag": {"flag": "新情况"},
    "relapse": {"relapse": "true"},
    "no relapse": {"relapse": "false"},
    "relapse, rare state": {"relapse": "true", "state": "suspended"},
    "not overdue": {"overdue": "false"},
    "standing": {"standing": "pending"},
    "no such standing": {"standing": "settled"},
}


def test_a_townships_list_among_a_million_cases(database_url: str, tmp_path: Path, soak: bool) -> None:
    """Each call through the whole service; beside it the database's own answer to the page's query."""
    count, calls = CASES[soak], ASKED[soak]
    database = Database.open(database_url)
    app, ring = build(database, tmp_path)
    fill(database, ring, count)
    garbage.started()  # as the service does
    with client_of(app) as client:
        house = House(app, database, ring, client)
        lines = []
        for name, narrowed in FILTERS.items():
            rows, took = _asked(house, narrowed, calls)
            lines.append(f"{name}: {rows} rows, p50 {took[calls // 2]:.1f}, p99 {took[int(calls * 0.99)]:.1f} ms")
        _, took = _asked(house, {}, calls, "/cases/waiting")
        lines.append(f"what waits, counted: p50 {took[calls // 2]:.1f}, p99 {took[int(calls * 0.99)]:.1f} ms")
        said(database, f"{count} cases over {TOWNS} townships, {calls} calls each", *lines)
    database.dispose()


def _asked(house: House, narrowed: dict[str, str], calls: int, path: str = "/cases") -> tuple[int, list[float]]:
    took, rows = [], 0
    for at in range(calls):
        area = f"{town(at % ASKING)}000"
        token = house.token("cases:read", area=area)
        headers = {"Authorization": f"Bearer {token}"}
        begun = time.perf_counter()
        answer = house.client.get(f"/registry/v1{path}", headers=headers, params=narrowed)
        took.append((time.perf_counter() - begun) * 1000)
        assert answer.status_code == 200, answer.text
        rows = len(answer.json().get("cases", ()))
    return rows, sorted(took)


LISTED = (40_000, 1_000_000)


def test_a_county_leaves_as_text(database_url: str, tmp_path: Path, soak: bool) -> None:
    """As CSV masked and in full, as a workbook, and as a follower takes it (always in full), through the service to the
    last byte: what is told of is counted and noted first. Beside it the three tables' rows as the driver gives them."""
    count = LISTED[soak]
    database = Database.open(database_url)
    app, ring = build(database, tmp_path)
    app.state.settings = app.state.settings.model_copy(update={"reveals_per_client": 2 * count})
    taken(database, ring, civil_affairs_csv(count))
    print(f"\n  {count} people; the driver's own rows {count / _fetched(database):,.0f} people/s")
    with client_of(app) as client:
        house = House(app, database, ring, client)
        for form, asked in _FORMS:
            path, scope = _WAYS.get(form, (f"/coverage/export.{form}", "registry:read"))
            headers = {"Authorization": f"Bearer {house.token(scope, purpose='reveal')}"}  # a password is slow to prove
            begun, cpu = time.perf_counter(), time.process_time()
            size, lines, status = 0, 0, 0
            with client.stream("GET", f"/registry/v1{path}", headers=headers, params=asked, timeout=600) as answer:
                status = answer.status_code
                for piece in answer.iter_bytes():
                    size, lines = size + len(piece), lines + piece.count(b"\n")
            took, used = time.perf_counter() - begun, time.process_time() - cpu
            if status == 422:  # more than a workbook takes
                continue
            assert status == 200, form
            assert form == "xlsx" or lines == count + 2
            who = asked.get("identity", "in full" if form == "ndjson" else "masked")
            told = f"{form}, {who}: {count / took:,.0f} rows/s; {count / used:,.0f} per second of the processor"
            said(database, f"{told}; {size / 1e6:.0f} MB")
    database.dispose()


_FORMS: tuple[tuple[str, dict[str, str]], ...] = (
    ("csv", {}),
    ("csv", {"identity": "full", "reason": "handover"}),
    ("ndjson", {}),
    ("xlsx", {}),
)
_WAYS = {"ndjson": ("/export", "registry:follow")}


def _fetched(database: Database) -> float:
    begun = time.perf_counter()
    with database.engine.connect() as connection:
        cursor = connection.connection.cursor()
        for table in ("person_version", "coverage", "membership"):
            cursor.execute(f"SELECT * FROM {table}")
            while cursor.fetchmany(2000):
                pass
    return time.perf_counter() - begun
