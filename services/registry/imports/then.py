"""The registry as it was on a day and believed at a moment, in the frames of `present`: to be exported, never matched
against. What a file is compared with is always the present."""

from collections.abc import Collection, Mapping
from typing import Any

import polars as pl
from sqlalchemy import ColumnElement
from sqlmodel import Session, col, select

from kit.auth import Caller
from kit.bulk import Kind, select_frame
from kit.scope import within
from registry.coverage.tables import Coverage
from registry.households import store as households
from registry.households.kinds import ASSISTANCE
from registry.households.tables import Household, Membership
from registry.imports.present import COVERAGE, HOUSEHOLD, MEMBERSHIP, PERSON, Present, load
from registry.persons.merges import survivors
from registry.persons.tables import PersonVersion
from registry.times import NOW, Asked, running, standing

MOST = 1_000_000


def load_then(session: Session, caller: Caller, asked: Asked, wanted: Collection[str]) -> Present:
    """Read it whole, as asked; the present, where nothing else is, with no more columns than `wanted`."""
    if asked == NOW:
        return load(session, caller, wanted)
    people = _frame(session, PersonVersion, PERSON, [*standing(PersonVersion, asked), _mine(caller, PersonVersion)])
    gone = survivors(session, people["person_id"].to_list(), asked)
    homes = households.homes(session, caller, asked, [col(Household.kind) == ASSISTANCE], ("", MOST))
    known = {"household_id": [one.household_id for one in homes], "number": [one.number for one in homes]}
    known["county"] = [one.area[:6] for one in homes]
    places = _frame(session, Membership, MEMBERSHIP, standing(Membership, asked))
    places = places.filter(pl.col("household_id").is_in(known["household_id"]))
    held = _frame(session, Coverage, COVERAGE, [*running(Coverage, asked), _mine(caller, Coverage)])
    return Present(
        persons=people.filter(~pl.col("person_id").is_in(sorted(gone))),
        aliases=people.head(0).select("person_id"),
        households=pl.DataFrame(known, schema=HOUSEHOLD),
        elsewhere=pl.DataFrame(schema={"county": pl.String, "number": pl.String}),
        memberships=places.filter(~pl.col("person_id").is_in(sorted(gone))),
        places=places.select("household_id", identity="person_id"),
        coverage=held.with_columns(pl.col("person_id").replace(gone), holder="person_id"),
    )


def _mine(caller: Caller, table: Any) -> ColumnElement[bool]:
    return within(caller, col(table.area))


def _frame(session: Session, table: Any, shape: Mapping[str, Kind], clauses: list[ColumnElement[bool]]) -> pl.DataFrame:
    return select_frame(session, select(*(getattr(table, name) for name in shape)).where(*clauses), shape)
