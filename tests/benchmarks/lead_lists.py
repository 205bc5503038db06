"""Match lists of any length, written straight into the tables, and leads that go on changing."""

import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import orjson
import polars as pl
from sqlmodel import col, select

from kit.bulk import insert_frame
from kit.columns import new_ids
from kit.crypto import KeyRing
from kit.database import Database, transaction
from matcher.leads import changes
from matcher.leads.store import SNAPSHOT
from matcher.leads.tables import Lead, LeadChange
from matcher.people.tables import STANDING, Standing

AT = datetime(2021, 5, 20, tzinfo=UTC)
PIECE = 50_000
SEED = 10


def town(at: int) -> str:
    """The twelve digits of a township; a hundred lie in a county."""
    return f"64{90 + at // 1000:02d}{10 + at // 100 % 10:02d}{100 + at % 100}000"


def fill(database: Database, ring: KeyRing, towns: int, each: int) -> None:
    """So many leads of so many townships, all of them told."""
    for start in range(0, towns * each, PIECE):
        leads = _leads(range(start, min(start + PIECE, towns * each)), ring, each)
        with transaction(database) as session:
            alike = {
                "registered": True, "state": "open", "version": 1, "tier": "必访", "grade": "certain", "doubts": [],
                "screens": ["uncovered-severe-disability"], "fingerprint": "f", "created_at": AT, "changed_at": AT,
                "published_version": 1, "publish_attempts": 0, "case_state": "verifying", "offered_version": 1,
                "told_version": 1, "told_case": "verifying", "urgency": 70,
            }  # fmt: skip
            insert_frame(session, Lead.__table__, leads, alike)  # type: ignore[attr-defined]  # SQLModel's
            told = leads.select(seq=pl.arange(start + 1, start + leads.height + 1), lead_id="id", area="area")
            alike = {"change": changes.UPSERT, "version": 1, "made_at": AT}
            insert_frame(session, LeadChange.__table__, told, alike)  # type: ignore[attr-defined]  # SQLModel's
    with transaction(database) as session:
        row = session.get(Standing, STANDING) or Standing(id=STANDING, state="idle", created_at=AT)
        row.change_seq = towns * each
        session.add(row)
    if database.dialect == "postgresql":  # as its own upkeep does in time; SQLite has none
        with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("VACUUM (ANALYZE)")


def _leads(numbers: range, ring: KeyRing, each: int) -> pl.DataFrame:
    ids = new_ids(len(numbers))
    said = [
        {"name": "马有福", "id_number": f"640499196001{at % 28 + 1:02d}{at % 9000 + 1000}", "phone": "13900000000",
         "address": f"青石镇柳树村{at % 9 + 1}组{at % 97}号", "household": f"H{at // 3}"}
        for at in numbers
    ]  # fmt: skip
    return pl.DataFrame(
        {
            "id": ids,
            "subject_id": [f"s{at}" for at in numbers],
            "card": [f"{at // 3:032d}" for at in numbers],
            "area": [town(at // each)[:9] + "201" for at in numbers],
            "told_area": [town(at // each)[:9] + "201" for at in numbers],
            "snapshot": [ring.encrypt(orjson.dumps(one).decode(), SNAPSHOT) for one in said],
            "sources": [f'["b:{at}"]' for at in numbers],
            "case_id": new_ids(len(numbers)),
        }
    )


@contextmanager
def moving(database: Database, towns: int, pause: float) -> Iterator[None]:
    """Meanwhile, every `pause` seconds, twenty leads of one township have another version."""
    stop, rng = threading.Event(), random.Random(SEED)

    def run() -> None:
        while not stop.wait(pause):
            _move(database, town(rng.randrange(towns)))

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def _move(database: Database, area: str) -> None:
    with transaction(database) as session:
        standing = session.exec(select(Standing).where(col(Standing.id) == STANDING).with_for_update()).one()
        mine = col(Lead.area) == area[:9] + "201"
        leads = session.exec(select(Lead).where(mine).order_by(col(Lead.id)).limit(20)).all()
        for lead in leads:
            lead.version += 1
            lead.published_version = lead.version
        standing.change_seq = changes.record(session, leads, standing.change_seq)
        session.add(standing)
