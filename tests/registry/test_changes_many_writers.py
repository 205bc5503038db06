"""The feed under many writers at once: nothing lost, nothing doubled, in the order of commits, while readers follow.

Processes of their own, as in production: threads would share what must hold between servers. Counts are small here;
tests/benchmarks/test_registry_speed.py runs the same with a million.
"""

from pathlib import Path

from kit.database import Database
from registry.main import MIGRATIONS
from tests.migrated import migrated
from tests.registry.feed_writers import Told, run_feed

COUNTS = {"sqlite": (3, 150), "postgresql": (4, 150)}  # writers, events of each
FOLLOWERS = 2


def test_followers_are_told_of_everything_once_in_the_order_of_commits(database_url: str, tmp_path: Path) -> None:
    database = Database.open(database_url)
    migrated(database, MIGRATIONS)
    writers, each = COUNTS[database.dialect]
    told = run_feed(database_url, tmp_path, Told(writers, each, FOLLOWERS))
    database.dispose()
    assert len(told.followed) == FOLLOWERS
    for followed in told.followed:
        assert [seq for seq, _ in followed] == list(range(1, writers * each + 1))  # none lost, doubled, or out of turn
        subjects = [subject for _, subject in followed]
        assert set(subjects) == {f"{writer}-{at}" for writer in range(writers) for at in range(each)}
        for writer in range(writers):  # a writer's own order is the order it committed in
            mine = [int(one.partition("-")[2]) for one in subjects if one.startswith(f"{writer}-")]
            assert mine == sorted(mine)
    assert told.rolled_back > 0  # some transactions were given up on the way, and their numbers went to others
