"""Replicas that start together bring the tables to the newest version once."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from kit.database import Database
from kit.migrations import current, upgrade

TOGETHER = 3


def test_replicas_that_start_together_migrate_once(database_url: str) -> None:
    if database_url.startswith("sqlite"):
        pytest.skip("one process owns an SQLite file; .ci/run runs this on PostgreSQL")
    opened = [Database.open(database_url) for _ in range(TOGETHER)]
    with ThreadPoolExecutor(TOGETHER) as starting:
        done = [starting.submit(upgrade, one, "registry:migrations") for one in opened]
    assert [one.exception() for one in done] == [None] * TOGETHER
    assert len({current(one) for one in opened} - {None}) == 1
    for one in opened:
        one.dispose()
