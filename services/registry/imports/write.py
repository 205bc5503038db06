"""Writing one chunk of a plan: many rows per statement, sealed on the way in."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import polars as pl
from sqlalchemy import bindparam, insert, update
from sqlmodel import Session

from kit.columns import new_id
from kit.crypto import KeyRing
from registry.changes.store import Touched
from registry.coverage.tables import Coverage
from registry.households.tables import Household, Membership
from registry.imports.plan import Plan
from registry.persons.sealed import ID_NUMBER, PHONE, seal
from registry.persons.store import areas_of
from registry.persons.tables import Person, PersonVersion

ACCOUNT = "coverage.account"
BULK = 2000
Row = dict[str, Any]
_VALUES = ("name", "sex", "birth_date", "ethnic", "division", "area", "address", "id_number_blind", "phone_blind")
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
    households = _of(plan.households, chunk)
    persons = _of(plan.persons, chunk)
    memberships = _of(plan.memberships, chunk)
    coverage = _of(plan.coverage, chunk)
    _write_households(session, households, pen)
    touched = _write_persons(session, persons, pen)
    _write_memberships(session, memberships, pen)
    _write_coverage(session, coverage, pen)
    _end_coverage(session, _of(plan.ended, chunk), pen)
    named = pl.concat([frame.select("person_id", "chunk") for frame in (plan.memberships, plan.coverage, plan.ended)])
    others = set(named.filter(pl.col("chunk") == chunk)["person_id"]) - {one.subject for one in touched}
    return touched + _where(session, others)


def _of(frame: pl.DataFrame, chunk: int) -> list[Row]:
    return frame.filter(pl.col("chunk") == chunk).to_dicts()


def _insert(session: Session, table: Any, rows: list[Row]) -> None:
    for start in range(0, len(rows), BULK):
        session.execute(insert(table), rows[start : start + BULK])


def _supersede(session: Session, table: Any, key: str, ids: Iterable[str], at: datetime) -> None:
    """Stop believing those rows; they stay as what was believed before."""
    rows = [{"b_id": one, "b_at": at} for one in ids]
    if not rows:
        return
    core = table.__table__
    statement = update(core).where(core.c[key] == bindparam("b_id")).values(superseded_at=bindparam("b_at"))
    session.connection().execute(statement, rows)


def _write_households(session: Session, rows: list[Row], pen: Pen) -> None:
    names = ("household_id", "county", "number", "area")
    _insert(session, Household, [{**{name: row[name] for name in names}, "created_at": pen.at} for row in rows])


def _write_persons(session: Session, rows: list[Row], pen: Pen) -> list[Touched]:
    fresh = [row for row in rows if row["action"] == "create"]
    _insert(session, Person, [{"person_id": row["person_id"], "created_at": pen.at} for row in fresh])
    known = [row for row in rows if row["action"] != "create"]
    _supersede(session, PersonVersion, "version_id", [row["version_id"] for row in known], pen.at)
    versions = [_version(row, pen) for row in rows]
    # A move cuts the days: what stood before stands, as believed now, until the day of the import.
    versions += [_before_move(row, pen) for row in known if row["action"] == "move" and row["valid_from"] < pen.on]
    _insert(session, PersonVersion, versions)
    touched = [Touched("person", row["person_id"], row["area"]) for row in rows]
    left = [row for row in known if row["area_was"] != row["area"]]
    return touched + [Touched("person", row["person_id"], row["area_was"]) for row in left]


def _version(row: Row, pen: Pen) -> Row:
    number = seal(pen.ring, row["id_number"], ID_NUMBER)
    phone = seal(pen.ring, row["phone"], PHONE)
    moved = row["action"] == "create" or (row["action"] == "move" and row["valid_from"] < pen.on)
    return {
        **{name: row[name] for name in _VALUES},
        "version_id": new_id(),
        "person_id": row["person_id"],
        "version": 1 if row["version"] is None else row["version"] + 1,
        "id_number_sealed": number or row["id_number_sealed"],
        "phone_sealed": phone or row["phone_sealed"],
        "died_on": row["died_on"],
        "valid_from": pen.on if moved else row["valid_from"],
        "valid_to": None,
        "recorded_at": pen.at,
        "source_import": pen.import_id,
        "source_line": row["line"],
    }


def _before_move(row: Row, pen: Pen) -> Row:
    """The version before, cut at the day of the import; corrections hold for it too."""
    corrected = ("name", "sex", "birth_date", "ethnic", "id_number_blind")
    moved = ("division", "area", "address", "phone_blind")
    return {
        **{name: row[name] for name in corrected},
        **{name: row[f"{name}_was"] for name in moved},
        "version_id": new_id(),
        "person_id": row["person_id"],
        "version": row["version"],
        "id_number_sealed": seal(pen.ring, row["id_number"], ID_NUMBER) or row["id_number_sealed"],
        "phone_sealed": row["phone_sealed"],
        "died_on": row["died_on"],
        "valid_from": row["valid_from"],
        "valid_to": pen.on,
        "recorded_at": pen.at,
        "source_import": row["source_import"],
        "source_line": row["source_line"],
    }


def _write_memberships(session: Session, rows: list[Row], pen: Pen) -> None:
    gone = [row for row in rows if row["membership_id"] is not None]
    _supersede(session, Membership, "membership_id", [row["membership_id"] for row in gone], pen.at)
    ended = [row for row in gone if row["action"] in ("change", "leave") and row["valid_from"] < pen.on]
    kept = [
        _membership(row, pen, {"household_id": row["household_was"], "relation": row["relation_was"]})
        | {"is_head": row["is_head_was"], "valid_from": row["valid_from"], "valid_to": pen.on}
        for row in ended
    ]
    fresh = [
        _membership(row, pen, {"household_id": row["household_id"], "relation": row["relation"] or row["relation_was"]})
        for row in rows
        if row["action"] != "leave"
    ]
    for row, new in zip([row for row in rows if row["action"] != "leave"], fresh, strict=True):
        if row["action"] == "correct":
            new["valid_from"] = row["valid_from"]
    _insert(session, Membership, kept + fresh)


def _membership(row: Row, pen: Pen, values: Mapping[str, Any]) -> Row:
    return {
        "membership_id": new_id(),
        "person_id": row["person_id"],
        "is_head": row["is_head"],
        "valid_from": pen.on,
        "valid_to": None,
        "recorded_at": pen.at,
        **values,
    }


def _write_coverage(session: Session, rows: list[Row], pen: Pen) -> None:
    _supersede(session, Coverage, "row_id", [row["match"] for row in rows if row["match"] is not None], pen.at)
    _insert(session, Coverage, [_period(row, pen) for row in rows])


def _period(row: Row, pen: Pen) -> Row:
    terms = {name: row[name] if row[name] is not None else row[f"{name}_was"] for name in _TERMS}
    return {
        **terms,
        "row_id": new_id(),
        "coverage_id": row["coverage_id_was"] or new_id(),
        "person_id": row["holder_was"] or row["person_id"],  # a merge may be taken back: what was whose stays so
        "area": row["area"] or row["area_was"] or row["scope"],
        "programme": row["programme"],
        "version": (row["version_was"] or 0) + 1,
        "start": row["start"],
        "end": row["end"],
        "account_sealed": seal(pen.ring, row["account"], ACCOUNT) or row["account_sealed_was"],
        "recorded_at": pen.at,
        "source_import": pen.import_id,
        "source_line": row["line"],
    }


def _end_coverage(session: Session, rows: list[Row], pen: Pen) -> None:
    """The period on record ends the day before the one that replaces it."""
    if not rows:
        return
    core: Any = Coverage.__table__  # type: ignore[attr-defined]  # SQLModel does not type it
    end_of = {row["row_id"]: row["new_end"] for row in rows}
    ids = list(end_of)
    found = [
        dict(row)
        for start in range(0, len(ids), 500)
        for row in session.execute(core.select().where(core.c.row_id.in_(ids[start : start + 500]))).mappings()
    ]
    _supersede(session, Coverage, "row_id", ids, pen.at)
    again = [
        {**row, "row_id": new_id(), "end": end_of[row["row_id"]], "recorded_at": pen.at, "version": row["version"] + 1}
        for row in found
    ]
    _insert(session, Coverage, again)


def _where(session: Session, person_ids: set[str]) -> list[Touched]:
    """Persons whose own record stays but whose household or support changed, with their area."""
    return [Touched("person", person_id, area) for person_id, area in areas_of(session, sorted(person_ids))]
