"""A journal the first version wrote, chained by keyed proofs alone, holds after the migration and goes on."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import text

from kit.checkpoints import Chain, Notary
from kit.columns import now
from kit.crypto import KeyRing
from kit.database import Database, reading, transaction
from kit.journal import Entry, append
from kit.migrations import upgrade
from kit.proof import ALTERED
from matcher.audit.tables import CHAIN as MATCHER
from registry.audit.tables import CHAIN as REGISTRY

BEFORE = {"registry": "0003", "matcher": "m0007"}
COUNT = 12


def write_as_before(database: Database, ring: KeyRing, chain: Chain) -> None:
    """Entries as the first version appended them."""
    before = "0" * 32
    names = "number, at, actor, action, subject, purpose, detail, chain"
    values = ", ".join(f":{name}" for name in names.split(", "))
    with transaction(database) as session:
        for number in range(1, COUNT + 1):
            at, detail = now().replace(microsecond=0 if number == 3 else number), {"rows": number, "area": "区"}
            content = [number, at.isoformat(), "officer", "person.read", None, "reveal", detail, before]
            before = ring.mac(b"journal" + orjson.dumps(content, option=orjson.OPT_SORT_KEYS))
            row: dict[str, Any] = dict(
                zip(names.split(", "), [number, at, "officer", "person.read", None, "reveal"], strict=False)
            )
            row |= {"detail": orjson.dumps(detail, option=orjson.OPT_SORT_KEYS).decode(), "chain": before}
            if database.dialect == "sqlite":
                row["at"] = at.strftime("%Y-%m-%d %H:%M:%S.%f")
            session.execute(text(f"INSERT INTO {chain.entries.__tablename__} ({names}) VALUES ({values})"), row)


@pytest.fixture(params=[REGISTRY, MATCHER], ids=lambda chain: str(chain.name))
def notary(request: pytest.FixtureRequest, database_url: str, ring: KeyRing, tmp_path: Path) -> Iterator[Notary]:
    """A migrated journal of the first version."""
    chain, database = request.param, Database.open(database_url)
    config = Config()
    config.set_main_option("script_location", f"{chain.name}:migrations")
    config.set_main_option("path_separator", "os")
    with database.engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, BEFORE[chain.name])
    write_as_before(database, ring, chain)
    upgrade(database, f"{chain.name}:migrations")
    yield Notary(database, ring, chain, tmp_path / "checkpoints")
    database.dispose()


def test_the_first_versions_entries_hold_and_the_chain_goes_on(notary: Notary) -> None:
    with transaction(notary.database) as session:
        append(session, notary.chain.entries, notary.ring, Entry("officer", "person.read"))
    notary.take()
    with reading(notary.database) as session:
        verdict = notary.verify(session)
    assert (verdict.entries, verdict.reason, verdict.checked_to) == (COUNT + 1, None, COUNT + 1)


def test_one_that_was_altered_before_the_migration_is_still_found(notary: Notary) -> None:
    """The migration gave it a digest; its keyed proof does not fit."""
    table = notary.chain.entries.__tablename__
    with transaction(notary.database) as session:
        session.execute(text(f"UPDATE {table} SET chain = :chain WHERE number = 5"), {"chain": "0" * 32})
    with reading(notary.database) as session:
        verdict = notary.verify(session)
    assert (verdict.broken_at, verdict.reason) == (5, ALTERED)
