"""A matcher that knows a whole county: its people put straight into the snapshot, as an export would leave them."""

import polars as pl

from doudi.county.tables import rows
from kit.columns import now
from kit.database import transaction
from matcher.flows.desk import Desk
from matcher.people import store as people
from matcher.people.snapshot import PEOPLE
from matcher.places import store as places


def know(desk: Desk, listed: pl.DataFrame) -> None:
    """Everybody in `listed` (IDENTITY) is known, and the county's divisions, as if the registry had been read."""
    name = desk.people.write(_snapshot(listed))
    with transaction(desk.database) as session:
        places.replace(session, rows("areas.csv"))
        standing = people.standing(session)
        standing.files, standing.asked_at = [name], now()
        standing.identities += 1
        session.add(standing)


def _snapshot(listed: pl.DataFrame) -> pl.DataFrame:
    """A list of people as the registry's export would give it."""
    told = listed.rename({"id": "person_id", "household": "household_id"})
    have = set(told.columns)
    return told.select(
        (pl.col(name) if name in have else pl.lit(None)).cast(kind).alias(name) for name, kind in PEOPLE.items()
    )
