"""What telling payouts as facts costs beside the bare sums of the same rows by the database, in turns, same minutes.

Bare: one SELECT that adds the payments up by person, programme, account, payee and month. Ours: the same with months in
a row told apart, who each payee is, accounts as tokens, the journal, and every line of the answer read to its end.
Nothing is asserted about time: the figures are there to be read.
"""

import time
from datetime import date
from pathlib import Path
from statistics import median

import polars as pl
import pytest
from sqlalchemy import func, select
from sqlmodel import col

from kit.bulk import SLICE, insert_frame
from kit.columns import new_ids, now
from kit.crypto import KeyRing
from kit.database import Database, reading, transaction
from registry.app import create_app
from registry.payments.tables import Payment
from registry.payments.take import Taking, take
from registry.persons.tables import Person, PersonVersion
from registry.settings import RegistrySettings
from tests.asgi import client_of
from tests.benchmarks.test_payments_speed import CALLER, HOUSEHOLDS, fresh, written
from tests.registry.house import COUNTY, House

PAYMENTS = (200_000, 2_400_000)  # and with --soak; every household month by month
MONTHS_TAKEN = 1  # by a list; the others are written as they would have come


def county(database: Database, ring: KeyRing, count: int) -> None:
    """A list of one month taken in, its people registered, and that month told again until there are so many."""
    content = written(HOUSEHOLDS * MONTHS_TAKEN)
    take(Taking(database, ring, CALLER, date(2026, 1, 1), 50_000, 2 * HOUSEHOLDS), content)
    names = [column.name for column in Payment.__table__.columns]
    with reading(database) as session:
        rows = session.connection().exec_driver_sql(f"SELECT {', '.join(names)} FROM payment")
        month = pl.DataFrame(rows.fetchall(), schema=names, orient="row", infer_schema_length=None)
    people = new_ids(month.height)
    with transaction(database) as session:
        versions = {"version": 1, "area": month["area"][0], "valid_from": date(2018, 1, 1), "recorded_at": now()}
        insert_frame(session, Person.__table__, pl.DataFrame({"person_id": people}), {"created_at": now()})
        frame = pl.DataFrame({"version_id": new_ids(month.height), "person_id": people, "name": month["name"]})
        insert_frame(session, PersonVersion.__table__, frame, versions)
        session.connection().exec_driver_sql("DELETE FROM payment")
    month = month.with_columns(person_id=pl.Series(people))
    for number in range(-(-count // month.height)):
        told = f"{2018 + number // 12}-{number % 12 + 1:02d}"
        # One in fifty has another account from some month on, one in a hundred misses a month.
        swapped = pl.when((pl.arange(0, pl.len()) % 50 == 0) & pl.lit(number > 7)).then(pl.col("account_id").first())
        piece = month.with_columns(
            payment_id=pl.Series(new_ids(month.height)), month=pl.lit(told), account_id=swapped.otherwise("account_id")
        ).filter((pl.arange(0, pl.len()) + number) % 100 != 0)
        with transaction(database) as session:
            for part in piece.iter_slices(SLICE):
                insert_frame(session, Payment.__table__, part, {})


def bare(database: Database) -> tuple[float, int]:
    of = (Payment.person_id, Payment.programme, Payment.account_id, Payment.payee, Payment.month)
    query = select(*(col(one) for one in of), func.count(), func.sum(col(Payment.amount_fen)))
    inner = query.where(col(Payment.superseded_at).is_(None)).group_by(*of).subquery()
    begun = time.perf_counter()
    with reading(database) as session:
        months = session.execute(select(func.count()).select_from(inner)).scalar_one()
    return time.perf_counter() - begun, months


def ours(house: House) -> tuple[float, int]:
    house.token("registry:follow")
    begun = time.perf_counter()
    answer = house.call("GET", "/facts/payout", "registry:follow", area=COUNTY)
    took = time.perf_counter() - begun
    assert answer.status_code == 200, answer.text
    return took, int(answer.headers["Fact-Rows"])


@pytest.mark.bench
def test_what_telling_payouts_costs(tmp_path: Path, pytestconfig: pytest.Config) -> None:
    count = PAYMENTS[bool(pytestconfig.getoption("--soak"))]
    database, ring = fresh(tmp_path, "facts"), KeyRing.ephemeral()
    county(database, ring, count)
    told = RegistrySettings(database_url=database.url, data_dir=tmp_path, as_of=date(2026, 1, 1))
    app = create_app(told, database, ring)
    with client_of(app) as client:
        house = House(app, database, ring, client)
        pairs = [(ours(house), bare(database)) for _ in range(3)]
        begun = time.perf_counter()
        assert house.call("GET", "/facts", "registry:follow").status_code == 200
        stamps = time.perf_counter() - begun
    mine, sums = (median(pair[at][0] for pair in pairs) for at in (0, 1))
    print(f"\n{count} payments of {HOUSEHOLDS} people, {pairs[0][0][1]} rows of {pairs[0][1][1]} sums, median of 3")
    print(f"  bare {sums:.2f} s   ours {mine:.2f} s   x {mine / sums:.1f}   all stamps {stamps * 1000:.0f} ms")
