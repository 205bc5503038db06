"""What the registry holds of the importer's area now, as frames to compare a file with."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import polars as pl
from sqlalchemy import not_
from sqlmodel import Session, col, select

from kit.auth import Caller
from kit.bulk import Kind, select_frame
from kit.scope import lies_in, within
from registry.coverage.tables import Coverage
from registry.households.kinds import ASSISTANCE
from registry.households.numbers import called, county_of
from registry.households.tables import Household, Membership
from registry.persons.merges import survivors
from registry.persons.tables import Person, PersonMerge, PersonVersion
from registry.times import NOW, believed

PERSON: Mapping[str, Kind] = {
    "person_id": pl.String, "version_id": pl.String, "version": pl.Int32, "name": pl.String,
    "id_number_sealed": pl.String, "id_number_blind": pl.String, "sex": pl.String, "birth_date": pl.Date,
    "ethnic": pl.String, "division": pl.String, "area": pl.String, "address": pl.String, "phone_sealed": pl.String,
    "phone_blind": pl.String, "died_on": pl.Date, "valid_from": pl.Date, "source_import": pl.String,
    "source_line": pl.Int32,
}  # fmt: skip
HOUSEHOLD: Mapping[str, Kind] = {"household_id": pl.String, "county": pl.String, "number": pl.String}
NUMBER: Mapping[str, Kind] = {"county": pl.String, "number": pl.String, "area": pl.String}
MEMBERSHIP: Mapping[str, Kind] = {
    "membership_id": pl.String, "household_id": pl.String, "person_id": pl.String, "relation": pl.String,
    "is_head": pl.Boolean, "valid_from": pl.Date,
}  # fmt: skip
COVERAGE: Mapping[str, Kind] = {
    "row_id": pl.String, "coverage_id": pl.String, "person_id": pl.String, "household_id": pl.String,
    "area": pl.String, "programme": pl.String, "form": pl.String, "start": pl.Date, "end": pl.Date,
    "household_size": pl.Int32, "covered_count": pl.Int32, "amount_fen": pl.Int64, "payee": pl.String,
    "account_sealed": pl.String, "account_blind": pl.String, "source_import": pl.String, "source_line": pl.Int32,
    "own_amount_fen": pl.Int64, "uplift_grounds": pl.String, "uplift_fen": pl.Int64, "ground": pl.String,
    "basis": pl.String, "self_care": pl.String, "phase_out_from": pl.Date, "phase_out_until": pl.Date,
    "end_reason": pl.String, "version": pl.Int32,
}  # fmt: skip


@dataclass(frozen=True)
class Present:
    """Current persons, households, memberships and coverage of one area; `elsewhere`: numbers of households of the same
    county that lie outside it.

    `persons` and their `memberships` are the unmerged. `aliases` are the merged by what a file may still call them,
    each with who it is (`person_id`); `places` are of all, by `identity`. `coverage` is of who somebody is; `holder`
    says to whom it was written.
    """

    persons: pl.DataFrame
    aliases: pl.DataFrame
    households: pl.DataFrame
    elsewhere: pl.DataFrame
    memberships: pl.DataFrame
    places: pl.DataFrame
    coverage: pl.DataFrame

    def read_as(self, forms: Mapping[str, str]) -> "Present":
        """With these blind indexes read as those they stand for."""
        if not forms:
            return self
        alike = pl.col("id_number_blind", "phone_blind").replace(dict(forms))
        return replace(
            self,
            persons=self.persons.with_columns(alike),
            aliases=self.aliases.with_columns(pl.col("id_number_blind").replace(dict(forms))),
            coverage=self.coverage.with_columns(pl.col("account_blind").replace(dict(forms))),
        )


def load(session: Session, caller: Caller, wanted: Collection[str] | None = None) -> Present:
    """Read it whole: matching a file row by row would ask the database once per row.

    `wanted`: the columns of persons, memberships and coverage that are needed, where not all are.
    """
    person, member, support = (
        {name: kind for name, kind in shape.items() if wanted is None or name in wanted}
        for shape in (PERSON, MEMBERSHIP, COVERAGE)
    )
    persons = _people(caller, person).where(col(Person.survivor_id).is_(None))
    households = select(*_columns(Household, {**HOUSEHOLD, **NUMBER})).where(within(caller, col(Household.area)))
    # Only the numbers: a household next door is neither joined nor described, but its number is taken.
    elsewhere: Any = select(*_columns(Household, NUMBER)).where(
        lies_in(caller, col(Household.area), county_of(caller)), not_(within(caller, col(Household.area)))
    )
    memberships = (
        select(*_columns(Membership, member))
        .join(Household, col(Household.household_id) == col(Membership.household_id))
        .where(
            col(Membership.superseded_at).is_(None),
            col(Membership.valid_to).is_(None),
            col(Household.kind) == ASSISTANCE,  # of a 户口 or a monitored household the export says nothing
            within(caller, col(Household.area)),
        )
    )
    coverage = select(*_columns(Coverage, support)).where(
        col(Coverage.superseded_at).is_(None), within(caller, col(Coverage.area))
    )
    merged = select_frame(
        session, select(PersonMerge.person_id).where(*believed(PersonMerge, NOW)), {"person_id": pl.String}
    )
    gone = survivors(session, merged["person_id"].to_list())
    others = pl.DataFrame(schema=dict(PERSON))
    if gone:  # looking for nobody would ask for the whole area once more
        query = _people(caller, PERSON).where(col(Person.survivor_id).is_not(None))
        others = select_frame(session, query, PERSON).sort("person_id")
    places = select_frame(session, memberships, member)
    held = select_frame(session, coverage, support)
    return Present(
        persons=select_frame(session, persons, person).sort("person_id"),
        aliases=others.select(
            pl.col("person_id").replace(gone),
            "id_number_blind",
            "name",
            "birth_date",
            identity="person_id",
            alias=pl.lit(True),
        ),
        households=called(select_frame(session, households, {**HOUSEHOLD, **NUMBER}), caller).drop("area"),
        elsewhere=called(select_frame(session, elsewhere, NUMBER), caller).drop("area"),
        memberships=places.filter(~pl.col("person_id").is_in(sorted(gone))),
        places=places.select("household_id", identity="person_id"),
        coverage=held.with_columns(pl.col("person_id").replace(gone), holder="person_id"),
    )


def _people(caller: Caller, shape: Mapping[str, Kind]) -> Any:
    """The present versions of the area's people, merged or not."""
    return (
        select(*_columns(PersonVersion, shape))
        .join(Person, col(Person.person_id) == col(PersonVersion.person_id))
        .where(
            col(PersonVersion.superseded_at).is_(None),
            col(PersonVersion.valid_to).is_(None),
            within(caller, col(PersonVersion.area)),
        )
    )


def _columns(table: Any, shape: Mapping[str, Kind]) -> Sequence[Any]:
    return [getattr(table, name) for name in shape]
