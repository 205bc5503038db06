"""What a training or a preview looks at: everybody, every record that counts, what humans decided, and the model in
force; read once, changed never."""

import hashlib
from dataclasses import dataclass

import polars as pl
from sqlmodel import Session

from kit.auth import Caller
from kit.database import reading
from kit.scope import covers
from matcher.batches import store as batches
from matcher.batches.tables import Batch
from matcher.flows.desk import Desk
from matcher.flows.present_line import links_that_count
from matcher.frames import IDENTITY, conform
from matcher.linkage.model import Model
from matcher.models import store as models
from matcher.people import snapshot
from matcher.people import store as people
from matcher.places import store as places
from matcher.settlements import store as settlements


@dataclass(frozen=True)
class Ground:
    """`before`: links.FRAME of the batches that count. `basis` names the deliveries and the model all of it stands on;
    the registry's daily changes are not part of it, or no preview would outlive the next one."""

    desk: Desk
    active: Model
    people: pl.DataFrame  # as the snapshot has them
    identities: pl.DataFrame  # IDENTITY
    areas: pl.DataFrame
    counting: list[Batch]
    before: pl.DataFrame
    decisions: pl.DataFrame  # settlements.DECIDED
    basis: str

    def records(self, batch: Batch) -> pl.DataFrame:
        """IDENTITY of a batch's records; a household number means something within its feed only."""
        rows = conform(self.desk.files.records(batch.id, batch.chunks, list(IDENTITY)), IDENTITY)
        return rows.with_columns(pl.format("{}/{}", pl.lit(batch.feed), "household").alias("household"))


def read_ground(desk: Desk) -> Ground:
    """Read everything; the model in force must have been installed."""
    with reading(desk.database) as session:
        row = models.active(session)
        assert row is not None, "the first start installs the shipped model"
        counting = _counting(session)
        files = list(people.standing(session).files)
        before = links_that_count(session, [batch.id for batch in counting])
        areas, decisions = places.frame(session), settlements.decisions(session)
        model, basis = Model.parse(row.document), basis_of(session)
    known = desk.people.read(files)
    return Ground(desk, model, known, snapshot.identities(known), areas, counting, before, decisions, basis)


def basis_of(session: Session) -> str:
    """A digest of the deliveries that count and of the model in force."""
    row = models.active(session)
    told = [row.version if row is not None else "", *(batch.id for batch in _counting(session))]
    return hashlib.sha256("\n".join(told).encode()).hexdigest()


def oversees(session: Session, caller: Caller) -> bool:
    """Whether every delivery that counts lies in the caller's area: a model acts on all of them."""
    return all(covers(caller.area, batch.area) for batch in _counting(session))


def _counting(session: Session) -> list[Batch]:
    return [batch for batch in batches.linked(session) if batch.superseded_by is None]
