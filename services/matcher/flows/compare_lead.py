"""The rows behind a lead beside whom they are taken for, field by field: what whoever knocks looks at before they do.

A registered person is compared as the registry has them; of somebody only agencies know, the first row says who it is
and the others stand beside it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl
from sqlmodel import Session

from matcher.batches.tables import Batch
from matcher.flows.desk import Desk
from matcher.flows.name_sources import origins
from matcher.leads.tables import Lead
from matcher.people import store as people
from matcher.reviews.differences import NAMES, Difference, differences
from matcher.sealed import FileMissing

MOST = 20  # rows of one lead that are set beside the person
REGISTRY = "registry"


@dataclass(frozen=True)
class Beside:
    """One row and what of it differs; `against`: the registry, or the row it is set beside."""

    record: str
    title: str
    told_on: date
    against: str
    differences: list[Difference]


def compare_lead(desk: Desk, session: Session, lead: Lead) -> list[Beside]:
    """Each row behind the lead that is kept still, in the lead's order, masked; up to MOST."""
    rows = list(_rows(desk, session, lead))
    named = origins(session, [record for record, _ in rows])
    known = _registered(desk, session, lead)
    against = REGISTRY
    if known is None:
        if not rows:
            return []
        (against, known), *rows = rows
    return [
        Beside(record, origin.title, origin.told_on, against, differences(row, known, masked=True))
        for record, row in rows
        if (origin := named.get(record.rpartition(":")[0])) is not None
    ]


def _registered(desk: Desk, session: Session, lead: Lead) -> dict[str, Any] | None:
    if not lead.registered:
        return None
    everybody = desk.people.read(list(people.standing(session).files))
    found = everybody.filter(pl.col("person_id") == lead.subject_id).select(*NAMES)
    return found.row(0, named=True) if found.height else None


def _rows(desk: Desk, session: Session, lead: Lead) -> Iterator[tuple[str, dict[str, Any]]]:
    """The rows as their agencies wrote them; those of the registry, and those whose time is over, are none."""
    for record in lead.sources[:MOST]:
        batch_id, _, line = record.rpartition(":")
        batch = session.get(Batch, batch_id)
        if batch is None or not line.isdigit():
            continue
        try:
            found = desk.files.record(batch.id, batch.chunks, int(line), NAMES)
        except FileMissing:
            continue
        if found is not None:
            yield record, {**dict.fromkeys(NAMES), **found}
