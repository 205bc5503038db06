"""What every kind of fact stands on: who asks, and of whom a row is told.

A row is told of a registered person of the caller's area. What was written of somebody merged since is told of who
remained; what is a household's is told of its head, else of the first member that was ever supported with it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import polars as pl
from sqlalchemy import Select, func, literal, select, union_all
from sqlmodel import Session, col

from kit.auth import Caller
from kit.bulk import select_frame
from kit.crypto import KeyRing
from kit.scope import within
from registry.coverage.tables import Coverage
from registry.desk import Desk
from registry.households.tables import Membership
from registry.persons.tables import Person, PersonVersion
from registry.registers.placing import Clerk
from registry.settings import RegistrySettings
from registry.times import NOW, believed, standing

FIRST_DAY = date(2018, 1, 1)  # the documents look back to 2018
TOKEN = "fact.about"  # noqa: S105 - what tokens are bound to
TOKEN_LETTERS = 24
BULK = 500
TEXT = pl.String
# One shape for every kind (matcher/frames.py FACT, but for what the matcher knows by itself).
SHAPE = pl.Schema(
    {
        "subject_id": TEXT, "kind": TEXT, "text": TEXT, "code": TEXT, "number": pl.Float64, "count": pl.Int64,
        "about": TEXT, "valid_from": pl.Date, "valid_to": pl.Date, "batch_id": TEXT, "line": pl.Int64,
    }
)  # fmt: skip
PERIODS = pl.Schema(
    {
        "coverage_id": TEXT, "person_id": TEXT, "household_id": TEXT, "area": TEXT, "programme": TEXT,
        "start": pl.Date, "end": pl.Date, "phase_out_from": pl.Date, "phase_out_until": pl.Date, "end_reason": TEXT,
        "household_size": pl.Int64, "self_care": TEXT, "ground": TEXT, "uplift_grounds": TEXT,
        "source_import": TEXT, "source_line": pl.Int64,
    }
)  # fmt: skip


@dataclass(frozen=True)
class Ground:
    """Who asks, on which day, by which settings."""

    clerk: Clerk
    settings: RegistrySettings
    marks: dict[str, Any] = field(default_factory=dict, compare=False, repr=False)  # read once for all stamps

    @classmethod
    def of(cls, desk: Desk) -> "Ground":
        """The ground behind a desk."""
        return cls(Clerk.of(desk), desk.settings)

    @property
    def session(self) -> Session:
        """The transaction."""
        return self.clerk.session

    @property
    def ring(self) -> KeyRing:
        """The keys."""
        return self.clerk.ring

    @property
    def caller(self) -> Caller:
        """Who asks."""
        return self.clerk.caller

    @property
    def day(self) -> date:
        """The day everything is seen on."""
        return self.clerk.day

    def token(self, kind: str, value: str | None) -> str | None:
        """The same wherever the same thing is meant, and tells nothing of it."""
        return None if value is None else self.ring.pseudonym(f"{kind}:{value}", TOKEN)[:TOKEN_LETTERS]


def facts(kind: str, rows: Iterable[Mapping[str, Any]]) -> pl.DataFrame:
    """Rows that say only what they have, as SHAPE."""
    whole = [{**dict.fromkeys(SHAPE), **row, "kind": kind} for row in rows]
    return in_order(pl.DataFrame(whole, schema=SHAPE, orient="row"))


def shaped(kind: str, frame: pl.DataFrame) -> pl.DataFrame:
    """A frame with some of SHAPE's columns as SHAPE."""
    have = set(frame.columns)
    columns = [(pl.col(name) if name in have else pl.lit(None)).cast(of).alias(name) for name, of in SHAPE.items()]
    return in_order(frame.select(columns).with_columns(kind=pl.lit(kind)))


def in_order(frame: pl.DataFrame) -> pl.DataFrame:
    """Rows in an order that nothing but what they say decides."""
    return frame.sort([name for name in SHAPE if name != "kind"], nulls_last=True)


def _of(*columns: Any) -> Select[Any]:
    """A query for these columns; what each holds is said by the frame it becomes."""
    return select(*columns)


def people(ground: Ground, ids: Sequence[str] | None = None) -> pl.DataFrame:
    """`person_id` → `subject_id`: these persons (or all) and who they are now, where that one is the caller's."""
    remained = func.coalesce(col(Person.survivor_id), col(Person.person_id))
    query = (
        _of(col(Person.person_id), remained)
        .join(PersonVersion, col(PersonVersion.person_id) == remained)
        .where(*standing(PersonVersion, NOW), within(ground.caller, col(PersonVersion.area)))
    )
    return _narrowed(ground, query, Person.person_id, ids, {"person_id": TEXT, "subject_id": TEXT})


def whose_homes(ground: Ground) -> Select[Any]:
    """Query for `household_id` and `subject_id` of whom a household's matters are told."""
    heads = _of(
        col(Membership.household_id), col(Membership.person_id), literal(0).label("rank"),
        col(Membership.valid_from).label("since"),
    ).where(col(Membership.is_head).is_(True), *standing(Membership, NOW), _theirs(ground, Membership))  # fmt: skip
    supported = _of(
        col(Coverage.household_id), col(Coverage.person_id), literal(1).label("rank"),
        col(Coverage.start).label("since"),
    ).where(col(Coverage.household_id).is_not(None), *believed(Coverage, NOW), _theirs(ground, Coverage))  # fmt: skip
    both = union_all(heads, supported).subquery("both")
    place = func.row_number().over(
        partition_by=both.c.household_id, order_by=(both.c.rank, both.c.since, both.c.person_id)
    )
    ranked = select(both.c.household_id, both.c.person_id, place.label("place")).subquery("ranked")
    remained = func.coalesce(col(Person.survivor_id), col(Person.person_id)).label("subject_id")
    first = select(ranked.c.household_id, remained).join(Person, col(Person.person_id) == ranked.c.person_id)
    return first.where(ranked.c.place == 1)


def _theirs(ground: Ground, table: Any) -> Any:
    """Of members and supported people those who are the caller's."""
    mine = select(col(PersonVersion.person_id)).where(
        *standing(PersonVersion, NOW), within(ground.caller, col(PersonVersion.area))
    )
    return col(table.person_id).in_(mine)


def homes(ground: Ground) -> pl.DataFrame:
    """`household_id` → `subject_id`."""
    found = select_frame(ground.session, whose_homes(ground), {"household_id": TEXT, "subject_id": TEXT})
    return found.join(people(ground), on="subject_id", how="semi")


def periods(ground: Ground) -> pl.DataFrame:
    """Every period of support that is believed (PERIODS) of the caller's area, with `subject_id`."""
    query = select(*(getattr(Coverage, name) for name in PERIODS)).where(
        *believed(Coverage, NOW), within(ground.caller, col(Coverage.area))
    )
    found = select_frame(ground.session, query, PERIODS)
    return found.join(people(ground), on="person_id", maintain_order="left")


def _narrowed(
    ground: Ground, query: Select[Any], key: Any, ids: Sequence[str] | None, shape: dict[str, Any]
) -> pl.DataFrame:
    if ids is None:
        return select_frame(ground.session, query, shape)
    parts = [ids[start : start + BULK] for start in range(0, len(ids), BULK)]
    found = [select_frame(ground.session, query.where(col(key).in_(part)), shape) for part in parts]
    return pl.concat([pl.DataFrame(schema=shape), *found])
