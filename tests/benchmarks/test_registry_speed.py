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

from kit.crypto import KeyRing
from kit.database import Database
from registry.imports.take import Taking, take
from registry.ledger.terms import Terms
from registry.settings import RegistrySettings
from tests.benchmarks.registry_people import CALLER, civil_affairs_csv, registry, write_bare

pytestmark = pytest.mark.bench
DAY = date(2021, 6, 1)
PEOPLE = (40_000, 1_000_000)  # and with --soak


@pytest.fixture
def soak(pytestconfig: pytest.Config) -> bool:
    return bool(pytestconfig.getoption("--soak"))


def said(database: Database, *lines: str) -> None:
    load = ", ".join(f"{one:.1f}" for one in os.getloadavg())
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(f"\n{database.dialect}, load {load}, peak {peak:.1f} GB", *lines, sep="\n  ")


def taken(database: Database, ring: KeyRing, content: bytes, *, dry_run: bool = False) -> tuple[float, dict[str, int]]:
    told = RegistrySettings()
    taking = Taking(
        database, ring, CALLER, DAY, told.import_chunk_rows, told.import_max_rows, Terms.of(told), dry_run=dry_run
    )
    begun = time.perf_counter()
    done = take(taking, content)
    return time.perf_counter() - begun, done.counts


def test_what_an_import_costs_beside_writing_its_rows_bare(tmp_path: Path, soak: bool) -> None:
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
