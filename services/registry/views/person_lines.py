"""Persons as the lines of an export: `views/person.py` by whole columns, for followers of the house.

A follower takes a million of them. Each query here reads one stretch of persons by their ids and nothing else, and its
clauses on area are written so that no database prefers the index of areas: it would read the whole area anew for every
stretch. What the wire says is the schemas' (`views/schemas.py`): their fields are taken by name, in their order.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import polars as pl
from pydantic import BaseModel
from sqlalchemy import ColumnElement, func
from sqlmodel import Session, col, select

from kit.agreements import AgreementInsufficient
from kit.bulk import Kind, select_frame
from kit.scope import within
from registry.coverage.rules import MODES
from registry.coverage.schemas import CoverageOut, SuspensionOut
from registry.coverage.tables import Coverage, Suspension
from registry.households.kinds import ASSISTANCE
from registry.households.tables import Household, Membership
from registry.persons import store as persons
from registry.persons.merges import merged_between
from registry.persons.sealed import ID_NUMBER, PHONE, unseal_column
from registry.persons.tables import Person, PersonVersion
from registry.times import NOW, believed, standing
from registry.views.person import Viewer
from registry.views.schemas import FormerOut, PersonOut

BULK = 500
TEXT, DAY, NUMBER = pl.String, pl.Date, pl.Int64
PERSON: Mapping[str, Kind] = {
    "person_id": TEXT, "name": TEXT, "id_number_sealed": TEXT, "sex": TEXT, "birth_date": DAY, "ethnic": TEXT,
    "division": TEXT, "address": TEXT, "phone_sealed": TEXT, "source_import": TEXT, "source_line": NUMBER,
}  # fmt: skip
PLACE: Mapping[str, Kind] = {
    "membership_id": TEXT, "person_id": TEXT, "household_id": TEXT, "relation": TEXT, "is_head": pl.Boolean,
    "valid_from": DAY,
}  # fmt: skip
COVERAGE: Mapping[str, Kind] = {
    "coverage_id": TEXT, "person_id": TEXT, "programme": TEXT, "form": TEXT, "start": DAY, "end": DAY,
    "household_id": TEXT, "household_size": NUMBER, "covered_count": NUMBER, "amount_fen": NUMBER,
    "own_amount_fen": NUMBER, "uplift_grounds": TEXT, "uplift_fen": NUMBER, "ground": TEXT, "basis": TEXT,
    "self_care": TEXT, "phase_out_from": DAY, "phase_out_until": DAY, "end_reason": TEXT, "source_import": TEXT,
    "source_line": NUMBER,
}  # fmt: skip
PAUSE: Mapping[str, Kind] = {"row_id": TEXT, "coverage_id": TEXT, "start": DAY, "end": DAY, "reason": TEXT}
FORMER = pl.List(pl.Struct(dict.fromkeys(FormerOut.model_fields, TEXT)))


@dataclass(frozen=True)
class Lines:
    """Some persons as they are sent, and how many."""

    content: bytes
    count: int


@dataclass(frozen=True)
class _Stretch:
    """Whose lines are made: persons with an id after one and up to another, and who was merged into them."""

    viewer: Viewer
    after: str
    last: str
    merged: Mapping[str, str]

    def rows(self, query: Any, person_id: Any, schema: Mapping[str, Kind]) -> pl.DataFrame:
        """What `query` finds of them; the first column of `schema` is its key. `owner`: whose it is now."""
        session, gone = self.viewer.session, list(self.merged)
        found = [select_frame(session, query.where(person_id > self.after, person_id <= self.last), schema)]
        for start in range(0, len(gone), BULK):
            found.append(select_frame(session, query.where(person_id.in_(gone[start : start + BULK])), schema))
        rows = pl.concat(found).unique(next(iter(schema)), maintain_order=True) if gone else found[0]
        return rows.with_columns(owner=pl.col("person_id").replace(self.merged))

    def here(self, area: Any) -> ColumnElement[bool]:
        return _here(self.viewer, area)


def stretch_end(session: Session, after: str, limit: int) -> str | None:
    """The last of the next `limit` persons with an id above `after`, whoever they are; None: nobody is left.

    Stretches are cut of all persons, not of those told of: PostgreSQL, which takes the clauses on area for rare, would
    join and sort everybody for each stretch to find where it ends (a million persons: 2.4 s instead of 0.03 s).
    """
    person_id = col(Person.person_id)
    stretch = select(person_id).where(person_id > after).order_by(person_id).limit(limit).subquery()
    last: str | None = session.scalar(select(func.max(stretch.c.person_id)))
    return last


def lines(viewer: Viewer, after: str, last: str) -> Lines:
    """Present, unmerged persons of the caller's area with an id above `after` and up to `last`, in order of id, as
    `page` tells them.

    Raises AgreementInsufficient for whom people are shielded from or told without identity: nothing is held back here.
    """
    if viewer.caller.terms is not None or not viewer.sees_identity:
        raise AgreementInsufficient
    people = _people(viewer, after, last)
    if people.is_empty():
        return Lines(b"", 0)
    stretch = _Stretch(viewer, after, last, merged_between(viewer.session, people["person_id"], after, last))
    told = people.with_columns(
        unseal_column(viewer.ring, people["id_number_sealed"], ID_NUMBER).alias("id_number"),
        unseal_column(viewer.ring, people["phone_sealed"], PHONE).alias("phone"),
        _source(),
        survivor_id=pl.lit(None, TEXT),
    )
    for more in (_places(stretch), _former(stretch, people["person_id"]), _coverage(stretch)):
        told = told.join(more, on="person_id", how="left", maintain_order="left")
    told = told.with_columns(pl.col("is_head").fill_null(value=False), pl.col("former", "coverage").fill_null([]))
    file = BytesIO()
    told.select(kind=pl.lit("person"), person=_shape(PersonOut)).write_ndjson(file)
    return Lines(file.getvalue(), people.height)


def _select(table: Any, schema: Mapping[str, Kind], *more: Any) -> Any:
    wanted: list[Any] = [*(getattr(table, name) for name in schema), *more]
    return select(*wanted)


def _here(viewer: Viewer, area: Any) -> ColumnElement[bool]:
    """The scope, of an expression no index stands for."""
    return within(viewer.caller, func.coalesce(col(area), ""))


def _people(viewer: Viewer, after: str, last: str) -> pl.DataFrame:
    query = (
        _select(PersonVersion, PERSON, Person.subject_id)
        .join(Person, col(Person.person_id) == col(PersonVersion.person_id))
        .where(
            *(
                bound
                for key in (PersonVersion.person_id, Person.person_id)
                for bound in (col(key) > after, col(key) <= last)
            ),
            *standing(PersonVersion, NOW),
            func.coalesce(col(Person.survivor_id), "") == "",
            _here(viewer, PersonVersion.area),
        )
        .order_by(col(PersonVersion.person_id))
    )
    return select_frame(viewer.session, query, {**PERSON, "subject_id": TEXT})


def _between(person_id: Any, after: str, last: str) -> tuple[ColumnElement[bool], ...]:
    """Said of both tables of a join: PostgreSQL does not conclude from the one to the other."""
    return col(person_id) > after, col(person_id) <= last


def _places(stretch: _Stretch) -> pl.DataFrame:
    """Where each belongs by civil affairs' own notion; of several places the one joined last, its own before that of
    somebody merged into it."""
    number = (
        select(Household.number)
        .where(
            col(Household.household_id) == col(Membership.household_id),
            col(Household.kind) == ASSISTANCE,
            stretch.here(Household.area),
        )
        .scalar_subquery()
    )
    query = _select(Membership, PLACE, number).where(*standing(Membership, NOW))
    rows = stretch.rows(query, col(Membership.person_id), {**PLACE, "household_number": TEXT})
    rows = rows.filter(pl.col("household_number").is_not_null())
    rows = rows.sort(pl.col("owner") == pl.col("person_id"), "valid_from", "membership_id")
    rows = rows.unique("owner", keep="last", maintain_order=True)
    return rows.select("household_id", "household_number", "relation", "is_head", person_id="owner")


def _former(stretch: _Stretch, ids: pl.Series) -> pl.DataFrame:
    """Earlier names and numbers, asked for only of whom more than one version can be found."""
    session, person_id = stretch.viewer.session, col(PersonVersion.person_id)
    several = select(PersonVersion.person_id).where(person_id > stretch.after, person_id <= stretch.last)
    several = several.group_by(person_id).having(func.count() > 1)
    wanted = {*select_frame(session, several, {"person_id": TEXT})["person_id"], *stretch.merged.values()}
    found = persons.former(session, stretch.viewer.ring, sorted(wanted.intersection(ids))) if wanted else {}
    pairs = [[dict(zip(FormerOut.model_fields, pair, strict=True)) for pair in one] for one in found.values()]
    return pl.DataFrame({"person_id": list(found), "former": pairs}, schema={"person_id": TEXT, "former": FORMER})


def _coverage(stretch: _Stretch) -> pl.DataFrame:
    """Everything each holds or held, oldest first."""
    mine = (*believed(Coverage, NOW), stretch.here(Coverage.area))
    query = _select(Coverage, COVERAGE).where(*mine)
    rows = stretch.rows(query, col(Coverage.person_id), COVERAGE).sort("start", "coverage_id")
    grounds = pl.col("uplift_grounds")
    rows = rows.join(_pauses(stretch, mine), on="coverage_id", how="left", maintain_order="left").with_columns(
        _source(),
        pl.col("suspensions").fill_null([]),
        mode=pl.col("programme").replace_strict(MODES, default=None, return_dtype=TEXT),
        uplift_grounds=pl.when(grounds != "").then(grounds.str.split(",")).otherwise(pl.lit([], pl.List(TEXT))),
    )
    return rows.group_by("owner", maintain_order=True).agg(coverage=_shape(CoverageOut)).rename({"owner": "person_id"})


def _pauses(stretch: _Stretch, mine: tuple[ColumnElement[bool], ...]) -> pl.DataFrame:
    query = (
        _select(Suspension, PAUSE, Coverage.person_id)
        .join(Coverage, col(Coverage.coverage_id) == col(Suspension.coverage_id))
        .where(*believed(Suspension, NOW), *mine)
    )
    rows = stretch.rows(query, col(Coverage.person_id), {**PAUSE, "person_id": TEXT}).sort("start", "row_id")
    return rows.group_by("coverage_id", maintain_order=True).agg(suspensions=_shape(SuspensionOut))


def _source() -> pl.Expr:
    """The import and the line that said so, where both are known."""
    both = pl.col("source_import").is_not_null() & pl.col("source_line").is_not_null()
    return pl.when(both).then(pl.struct(import_id="source_import", line="source_line")).alias("source")


def _shape(model: type[BaseModel]) -> pl.Expr:
    return pl.struct(*model.model_fields)
