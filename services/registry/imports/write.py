"""Writing one chunk of a plan: whole columns, sealed on the way in, by the database's own way for many rows."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import polars as pl
from polars import selectors
from sqlalchemy import bindparam, insert, update
from sqlmodel import Session

from kit.bulk import insert_frame
from kit.columns import new_ids
from kit.crypto import KeyRing
from registry.changes.store import Touched
from registry.coverage.tables import Coverage
from registry.households.tables import Household, Membership
from registry.imports.plan import Plan
from registry.persons.sealed import ID_NUMBER, PHONE, seal_column
from registry.persons.store import areas_of
from registry.persons.tables import Person, PersonVersion

ACCOUNT = "coverage.account"
BULK = 2000
_CORRECTED = ("name", "sex", "birth_date", "ethnic", "id_number_blind")
_MOVED = ("division", "area", "address", "phone_blind")
_TERMS = (
    "form",
    "household_size",
    "covered_count",
    "amount_fen",
    "payee",
    "account_blind",
    "household_id",
    "own_amount_fen",
    "uplift_grounds",
    "uplift_fen",
    "ground",
    "basis",
    "self_care",
    "phase_out_from",
    "phase_out_until",
    "end_reason",
)


@dataclass(frozen=True)
class Pen:
    """What every row written needs: the keys, the import, its day and this moment."""

    ring: KeyRing
    import_id: str
    on: date
    at: datetime


def write_chunk(session: Session, plan: Plan, chunk: int, pen: Pen) -> list[Touched]:
    """Write chunk number `chunk`; what followers must hear of."""
    memberships, coverage = plan.of(plan.memberships, chunk), plan.of(plan.coverage, chunk)
    ended = plan.of(plan.ended, chunk)
    households = plan.of(plan.households, chunk).select("household_id", "county", "number", "area")
    _insert(session, Household, households, created_at=pen.at)
    touched = _write_persons(session, plan.of(plan.persons, chunk), pen)
    _write_memberships(session, memberships, pen)
    _write_coverage(session, coverage, pen)
    _end_coverage(session, ended, pen)
    named = pl.concat([frame["person_id"] for frame in (memberships, coverage, ended)])
    return touched + _where(session, set(named) - {one.subject for one in touched})


def _insert(session: Session, table: Any, frame: pl.DataFrame, **alike: Any) -> None:
    insert_frame(session, table.__table__, frame.with_columns(selectors.date().cast(pl.String)), alike)


def _named(frame: pl.DataFrame, name: str) -> pl.DataFrame:
    """With an id of its own for every row."""
    return frame.with_columns(pl.Series(name, new_ids(frame.height), dtype=pl.String))


def _supersede(session: Session, table: Any, key: str, ids: Iterable[str], at: datetime) -> None:
    """Stop believing those rows; they stay as what was believed before."""
    rows = [{"b_id": one, "b_at": at} for one in ids]
    if not rows:
        return
    core = table.__table__
    statement = update(core).where(core.c[key] == bindparam("b_id")).values(superseded_at=bindparam("b_at"))
    session.connection().execute(statement, rows)


def _write_persons(session: Session, rows: pl.DataFrame, pen: Pen) -> list[Touched]:
    fresh, known = rows.filter(pl.col("action") == "create"), rows.filter(pl.col("action") != "create")
    _insert(session, Person, fresh.select("person_id"), created_at=pen.at)
    _supersede(session, PersonVersion, "version_id", known["version_id"], pen.at)
    rows = _sealed(rows, pen, id_number=ID_NUMBER, phone=PHONE)
    versions = _versions(rows, pen)
    _insert(session, PersonVersion, versions, recorded_at=pen.at, source_import=pen.import_id)
    # A move cuts the days: what stood before stands, as believed now, until the day of the import.
    _insert(session, PersonVersion, _before_moves(rows, pen), recorded_at=pen.at)
    left = known.filter(pl.col("area_was") != pl.col("area")).select("person_id", "area_was")
    places = [*rows.select("person_id", "area").iter_rows(), *left.iter_rows()]
    return [Touched("person", person_id, area) for person_id, area in places]


def _sealed(rows: pl.DataFrame, pen: Pen, **contexts: str) -> pl.DataFrame:
    """With `…_new` for each of these columns: its values, sealed."""
    made = [seal_column(pen.ring, rows[name], context).alias(f"{name}_new") for name, context in contexts.items()]
    return rows.with_columns(made)


def _moves(pen: Pen) -> pl.Expr:
    return (pl.col("action") == "move") & (pl.col("valid_from") < pen.on)


def _versions(rows: pl.DataFrame, pen: Pen) -> pl.DataFrame:
    begins = (pl.col("action") == "create") | _moves(pen)
    versions = rows.select(
        "person_id",
        *_CORRECTED,
        *_MOVED,
        "died_on",
        version=pl.col("version").fill_null(0) + 1,
        id_number_sealed=pl.coalesce("id_number_new", "id_number_sealed"),
        phone_sealed=pl.coalesce("phone_new", "phone_sealed"),
        valid_from=pl.when(begins).then(pl.lit(pen.on)).otherwise("valid_from"),
        source_line="line",
    )
    return _named(versions, "version_id")


def _before_moves(rows: pl.DataFrame, pen: Pen) -> pl.DataFrame:
    """The versions before, cut at the day of the import; corrections hold for them too."""
    before = rows.filter(_moves(pen)).select(
        "person_id",
        *_CORRECTED,
        *(pl.col(f"{name}_was").alias(name) for name in _MOVED),
        "version",
        "phone_sealed",
        "died_on",
        "valid_from",
        "source_import",
        "source_line",
        id_number_sealed=pl.coalesce("id_number_new", "id_number_sealed"),
        valid_to=pl.lit(pen.on),
    )
    return _named(before, "version_id")


def _write_memberships(session: Session, rows: pl.DataFrame, pen: Pen) -> None:
    gone = rows.filter(pl.col("membership_id").is_not_null())
    _supersede(session, Membership, "membership_id", gone["membership_id"], pen.at)
    ended = gone.filter(pl.col("action").is_in(["change", "leave"]) & (pl.col("valid_from") < pen.on)).select(
        "person_id",
        "valid_from",
        household_id="household_was",
        relation="relation_was",
        is_head="is_head_was",
        valid_to=pl.lit(pen.on),
    )
    stays = pl.col("action") == "correct"
    fresh = rows.filter(pl.col("action") != "leave").select(
        "person_id",
        "household_id",
        "is_head",
        relation=pl.coalesce("relation", "relation_was"),
        valid_from=pl.when(stays).then("valid_from").otherwise(pl.lit(pen.on)),
    )
    for frame in (ended, fresh):
        _insert(session, Membership, _named(frame, "membership_id"), recorded_at=pen.at)


def _write_coverage(session: Session, rows: pl.DataFrame, pen: Pen) -> None:
    _supersede(session, Coverage, "row_id", rows["match"].drop_nulls(), pen.at)
    rows = _named(_named(_sealed(rows, pen, account=ACCOUNT), "row_id"), "coverage_new")
    periods = rows.select(
        "row_id",
        *(pl.coalesce(name, f"{name}_was") for name in _TERMS),
        "programme",
        "start",
        "end",
        coverage_id=pl.coalesce("coverage_id_was", "coverage_new"),
        person_id=pl.coalesce("holder_was", "person_id"),  # a merge may be taken back: what was whose stays so
        area=pl.coalesce("area", "area_was", "scope"),
        version=pl.col("version_was").fill_null(0) + 1,
        account_sealed=pl.coalesce("account_new", "account_sealed_was"),
        source_line="line",
    )
    _insert(session, Coverage, periods, recorded_at=pen.at, source_import=pen.import_id)


def _end_coverage(session: Session, rows: pl.DataFrame, pen: Pen) -> None:
    """The period on record ends the day before the one that replaces it."""
    if rows.is_empty():
        return
    core: Any = Coverage.__table__  # type: ignore[attr-defined]  # SQLModel does not type it
    end_of = dict(rows.select("row_id", "new_end").iter_rows())
    ids = list(end_of)
    found = [
        dict(row)
        for start in range(0, len(ids), 500)
        for row in session.execute(core.select().where(core.c.row_id.in_(ids[start : start + 500]))).mappings()
    ]
    _supersede(session, Coverage, "row_id", ids, pen.at)
    again = [
        {**row, "row_id": new, "end": end_of[row["row_id"]], "recorded_at": pen.at, "version": row["version"] + 1}
        for new, row in zip(new_ids(len(found)), found, strict=True)
    ]
    for start in range(0, len(again), BULK):
        session.connection().execute(insert(core), again[start : start + BULK])


def _where(session: Session, person_ids: set[str]) -> list[Touched]:
    """Persons whose own record stays but whose household or support changed, with their area."""
    return [Touched("person", person_id, area) for person_id, area in areas_of(session, sorted(person_ids))]
