"""A ledger of any size over a hundred townships, written straight into the tables."""

from datetime import UTC, date, datetime, timedelta

import orjson
import polars as pl

from kit.bulk import insert_frame
from kit.columns import new_ids
from kit.crypto import KeyRing
from kit.database import Database, transaction
from registry.ledger import states
from registry.ledger.lead_in import SNAPSHOT
from registry.ledger.tables import Case, CaseItem
from tests.registry.house import id_number

TOWNS = 100
AGAIN = 20
STATES = (states.AWAITING_ACCEPTANCE, states.VERIFYING, states.CLOSED, states.CLOSED, states.CLOSED)
RARE = states.SUSPENDED  # one case in a thousand
AT = datetime(2021, 3, 1, tzinfo=UTC)
PIECE = 50_000


def town(at: int) -> str:
    return f"640499{100 + at % TOWNS}"


def fill(database: Database, ring: KeyRing, count: int) -> None:
    """So many cases with an item each; every twentieth is the second of its household, whose first is closed."""
    for start in range(0, count, PIECE):
        numbers = range(start, min(start + PIECE, count))
        cases = _cases(numbers)
        items = _items(cases, ring)
        with transaction(database) as session:
            alike = {
                "origin": "lead", "area_fixed": False, "returned": False, "opened_at": AT, "handed_over": False,
                "version": 1, "tier": "必访", "standings": "pending,",
            }  # fmt: skip
            insert_frame(session, Case.__table__, cases, alike)  # type: ignore[attr-defined]  # SQLModel's
            alike = {
                "lead_version": 1, "kind": "missed", "state": "open", "number_stated": False, "updated_at": AT,
                "screens": ["uncovered-severe-disability"], "standing": "pending",
            }  # fmt: skip
            insert_frame(session, CaseItem.__table__, items, alike)  # type: ignore[attr-defined]  # SQLModel's
    if database.dialect == "postgresql":  # as its own upkeep does in time; SQLite has none
        with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("VACUUM (ANALYZE)")


def _cases(numbers: range) -> pl.DataFrame:
    rounds = [at // TOWNS for at in numbers]
    # The twentieth part are second ones: of the household whose first case, a round before, is closed.
    firsts = [at - TOWNS if turn % AGAIN == 1 else at for at, turn in zip(numbers, rounds, strict=True)]
    opened = [date(2021, 1, 1) + timedelta(days=turn % 150) for turn in rounds]
    return pl.DataFrame(
        {
            "case_id": new_ids(len(numbers)),
            "subject_key": [f"household:JY{one:08d}" for one in firsts],
            "area": [f"{town(one)}{200 + one // TOWNS % 9}" for one in firsts],
            "town": [town(at) for at in numbers],
            "state": [_state(turn) for turn in rounds],
            "closed_reason": [states.VERIFIED if _state(turn) == states.CLOSED else None for turn in rounds],
            "reopened": [0] * len(numbers),
            "accept_due_on": [str(one + timedelta(days=3)) for one in opened],
            "due_on": [str(one + timedelta(days=14)) for one in opened],
            "opened_on": [str(one) for one in opened],
            "relapsed": [turn % AGAIN == 1 for turn in rounds],
            "waits_until": [_waits(_state(turn), one) for turn, one in zip(rounds, opened, strict=True)],
        }
    )


def _waits(state: str, opened: date) -> str | None:
    days = {states.AWAITING_ACCEPTANCE: 3, states.VERIFYING: 14}
    return str(opened + timedelta(days=days[state])) if state in days else None


def _state(turn: int) -> str:
    if turn % 1000 == 7:
        return RARE
    return states.CLOSED if turn % AGAIN == 0 else STATES[turn % len(STATES)]


def _items(cases: pl.DataFrame, ring: KeyRing) -> pl.DataFrame:
    ids = new_ids(cases.height)
    sealed = []
    for at, item_id in enumerate(ids):
        content = {
            "name": "马有福", "id_number": id_number("19700102", at % 1000), "phone": "13800000001",
            "address": "某镇某村3组1号", "reasons": ["持一级残疾证，未纳入低保"], "candidates": [],
        }  # fmt: skip
        sealed.append(ring.encrypt(orjson.dumps(content).decode(), f"{SNAPSHOT}.lead-{item_id}"))
    return pl.DataFrame(
        {
            "item_id": ids,
            "case_id": cases["case_id"],
            "lead_id": [f"lead-{one}" for one in ids],
            "snapshot_sealed": sealed,
            "subject_id": ids,
        }
    )
