"""What taking a payout list in costs beside writing the very same rows bare, run in turns in the same minutes.

Bare: the rows of `payment` as they came to stand, by executemany (SQLite) or COPY (PostgreSQL), into an empty table
with the same indexes. Ours: reading the file, judging every cell, comparing with what is on record, sealing each
account and number once, the same writing, and the report. Nothing is asserted about time: the figures are there to be
read.
"""

import random
import time
from datetime import date
from pathlib import Path
from statistics import median

import polars as pl
import pytest
from sqlalchemy import select

from kit.auth import Caller
from kit.bulk import SLICE, insert_frame
from kit.crypto import KeyRing
from kit.database import Database, reading, transaction
from registry.main import MIGRATIONS
from registry.payments.tables import Payment, PaymentAccount, PaymentImport, PaymentParty
from registry.payments.take import Taking, take
from tests.migrated import migrated
from tests.registry.house import COUNTY, VILLAGE, id_number

ROWS = (100_000, 1_000_000)  # rows, and rows with --soak
HOUSEHOLDS = 12_000
CALLER = Caller("bench", "civil-affairs", COUNTY, frozenset(), "operation")


def written(count: int) -> bytes:
    """A list of so many payments: every household month by month, one account and number each."""
    rng = random.Random(7)
    homes = [
        (f"JY{at:07d}", "马" + rng.choice("秀英明红军玉") + rng.choice("兰志强国海建"),
         id_number(f"{rng.randint(1930, 1999)}0101", at % 1000), f"6229{at:012d}")
        for at in range(HOUSEHOLDS)
    ]  # fmt: skip
    lines = ["发放年月,救助类别,户号,户主姓名,户主身份证号,区划代码,开户姓名,银行账号,发放金额,回盘结果"]
    for at in range(count):
        months, home = divmod(at, HOUSEHOLDS)
        year, month = divmod(months, 12)
        household, name, number, account = homes[home]
        serial = f"{2018 + year}{month + 1:02d}" if year < 7 else "202412"
        amount = f"{rng.randint(20000, 99999) / 100:.2f}"
        lines.append(f"{serial},农村低保,{household},{name},{number},{VILLAGE},{name},{account},{amount},成功")
    return "\n".join(lines).encode()


def fresh(folder: Path, name: str) -> Database:
    database = Database.open(f"sqlite:///{folder / name}.db")
    migrated(database, MIGRATIONS)
    return database


def ours(database: Database, ring: KeyRing, content: bytes, count: int) -> float:
    taking = Taking(database, ring, CALLER, date(2026, 1, 1), 50_000, count + 1)
    begun = time.perf_counter()
    done = take(taking, content)
    took = time.perf_counter() - begun
    assert done.counts == {"accepted": count}
    return took


def bare(database: Database, beside: Database) -> float:
    """The rows that stand in `beside`, into an empty table."""
    with transaction(database) as session:
        for table in (PaymentAccount, PaymentParty, PaymentImport):
            with reading(beside) as source:
                rows = [dict(row._mapping) for row in source.execute(select(table.__table__))]
            session.execute(table.__table__.insert(), rows)
    names = [column.name for column in Payment.__table__.columns]
    with reading(beside) as source:
        cursor = source.connection().exec_driver_sql(f"SELECT {', '.join(names)} FROM payment ORDER BY payment_id")
        frame = pl.DataFrame(cursor.fetchall(), schema=names, orient="row", infer_schema_length=None)
    begun = time.perf_counter()
    for piece in frame.iter_slices(SLICE):
        with transaction(database) as session:
            insert_frame(session, Payment.__table__, piece, {})
    return time.perf_counter() - begun


@pytest.mark.bench
def test_what_taking_a_payout_list_in_costs(tmp_path: Path, pytestconfig: pytest.Config) -> None:
    soak = pytestconfig.getoption("--soak")
    count, turns = ROWS[bool(soak)], 1 if soak else 3
    content, ring = written(count), KeyRing.ephemeral()
    pairs, again = [], 0.0
    for turn in range(turns):
        mine, other = fresh(tmp_path, f"ours{turn}"), fresh(tmp_path, f"bare{turn}")
        pairs.append((ours(mine, ring, content, count), bare(other, mine)))
        if turn == 0:
            # Under the same keys: under others no account would be known again, and nothing compared.
            taking = Taking(mine, ring, CALLER, date(2026, 1, 1), 50_000, count + 1, dry_run=True)
            begun = time.perf_counter()
            counts = take(taking, content).counts
            again = time.perf_counter() - begun
            assert counts == {"unchanged": count}
        mine.dispose()
        other.dispose()
    ratio = median(one / two for one, two in pairs)
    mine_s, bare_s = (median(pair[at] for pair in pairs) for at in (0, 1))
    print(f"\n{count} payments, {len(content) / 1e6:.0f} MB, median of {turns}")
    print(f"  bare {bare_s:.2f} s ({count / bare_s:,.0f} rows/s)   ours {mine_s:.2f} s ({count / mine_s:,.0f} rows/s)")
    print(f"  x {ratio:.1f}   compared again with all of it on record: {again:.2f} s")
