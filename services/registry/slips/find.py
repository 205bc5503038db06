"""Who is supported in several counties on a day: by the same person, or by the same ID number in two records.

Counties import under their own scope, so one human whom two of them support is usually two persons of the registry;
only whoever stands above both sees that their numbers are equal. Numbers are compared in the clear and never by their
indexes: while keys change, one number stands under two.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl
from sqlalchemy import func, select
from sqlmodel import Session, col

from kit.among import among
from kit.auth import Caller
from kit.bulk import select_frame
from kit.crypto import KeyRing
from kit.scope import within
from registry.coverage.rules import COVERING
from registry.coverage.tables import Coverage, Suspension
from registry.persons.sealed import ID_NUMBER
from registry.persons.store import number_key
from registry.persons.tables import Person, PersonVersion
from registry.times import NOW, Asked, running, standing

TEXT = pl.String
HELD = pl.Schema(
    {
        "coverage_id": TEXT, "person_id": TEXT, "area": TEXT, "programme": TEXT, "form": TEXT, "start": pl.Date,
        "survivor": TEXT,
    }
)  # fmt: skip


@dataclass(frozen=True)
class Double:
    """One human and what each of several counties gives: the period that began last, of each."""

    sides: tuple[dict[str, Any], ...]

    @property
    def key(self) -> str:
        """The same for the same periods, whoever finds them and when."""
        return hashlib.sha256("|".join(sorted(one["coverage_id"] for one in self.sides)).encode()).hexdigest()


def doubles(session: Session, ring: KeyRing, caller: Caller, day: date) -> list[Double]:
    """Everybody of the caller's area whom several counties support on the day, suspended periods left out."""
    held = _held(session, caller, day)
    numbers = _numbers(session, ring, caller)
    one = {area: f"{caller.lineage.one(area)[:6]}000000" for area in held["area"].unique()}
    who = pl.coalesce(pl.col("number"), pl.col("survivor"))
    county = pl.col("area").replace_strict(one, default=None, return_dtype=TEXT)
    known = held.join(numbers, on="survivor", how="left").with_columns(who=who, county=county)
    several = known.filter(pl.col("county").n_unique().over("who") > 1)
    latest = several.sort("start", "coverage_id").group_by("who", "county", maintain_order=True).last()
    columns = ["county", "coverage_id", "person_id", "area", "programme", "form", "start"]
    parts = latest.sort("who", "county").partition_by("who", maintain_order=True)
    return [Double(tuple(part.select(columns).iter_rows(named=True))) for part in parts]


def still_held(session: Session, coverage_ids: Sequence[str], day: date) -> set[str]:
    """Those of these periods that run on the day and are not suspended: a bare yes or no, so without a scope."""
    query = select(col(Coverage.coverage_id)).where(
        among(col(Coverage.coverage_id), coverage_ids), *running(Coverage, Asked(day)), _paid(day)
    )
    return set(session.execute(query).scalars())


def _paid(day: date) -> Any:
    paused = select(col(Suspension.coverage_id)).where(*running(Suspension, Asked(day)))
    return col(Coverage.coverage_id).not_in(paused)


def _held(session: Session, caller: Caller, day: date) -> pl.DataFrame:
    survivor = func.coalesce(col(Person.survivor_id), col(Person.person_id))
    columns: tuple[Any, ...] = tuple(getattr(Coverage, name) for name in HELD if name != "survivor")
    query = (
        select(*columns, survivor)
        .join(Person, col(Person.person_id) == col(Coverage.person_id))
        .where(
            *running(Coverage, Asked(day)),
            _paid(day),
            col(Coverage.programme).in_(sorted(COVERING)),
            within(caller, col(Coverage.area)),
        )
    )
    return select_frame(session, query, HELD)


def _numbers(session: Session, ring: KeyRing, caller: Caller) -> pl.DataFrame:
    """`survivor` → `number` of everybody registered in the caller's area with one."""
    columns: tuple[Any, ...] = (col(PersonVersion.person_id), col(PersonVersion.id_number_sealed))
    query = select(*columns).where(
        *standing(PersonVersion, NOW),
        col(PersonVersion.id_number_sealed).is_not(None),
        within(caller, col(PersonVersion.area)),
    )
    found = select_frame(session, query, {"survivor": TEXT, "sealed": TEXT})
    keys = [number_key(one) for one in ring.decrypt_all(found["sealed"], ID_NUMBER)]
    return found.select("survivor", number=pl.Series(keys, dtype=TEXT))
