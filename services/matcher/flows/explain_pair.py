"""Why a record is or is not taken for a person, for any record and any person: delivered or described, registered or
described."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import polars as pl
from sqlmodel import Session

from kit.auth import Caller
from kit.problems import NotFound
from kit.scope import sees
from matcher.batches import store as batches
from matcher.batches.tables import Batch
from matcher.flows.desk import Desk
from matcher.flows.heed_decisions import heed
from matcher.frames import IDENTITY, conform
from matcher.linkage.known_people import KnownPeople
from matcher.linkage.model import Model
from matcher.linkage.why_not import Decided, Why, why
from matcher.links.tables import Link
from matcher.models import store as models
from matcher.people.problems import NoCandidate
from matcher.settlements import store as settlements

Row = Mapping[str, str | None]
DESCRIBED = "described"  # the id of a person or record given by example
MOST_ROSTER = 40  # members of one household that are looked at beside the record


@dataclass(frozen=True)
class Place:
    """A delivered record."""

    batch_id: str
    line: int


@dataclass(frozen=True)
class Enquiry:
    """Who asks, and what the answer is looked up in."""

    desk: Desk
    session: Session
    caller: Caller
    known: KnownPeople


def explain_pair(enquiry: Enquiry, record: Place | Row, person: str | Row) -> Why:
    """Explain the record and the person, each an id or described. Raises NotFound for what is absent or not the
    caller's."""
    caller, known, person_id = enquiry.caller, enquiry.known, DESCRIBED
    if isinstance(person, str):
        person_id = person
        row = known.told([person_id]).get(person_id)
        if row is None or not sees(caller, row["division"]):
            raise NotFound
    else:
        known = known.changed(pl.Series([], dtype=pl.String), described(person))
    if not isinstance(record, Place):
        return _within(caller, known, why(known, described(record), person_id))
    batch = batches.find(enquiry.session, caller, record.batch_id)
    records = delivered(enquiry.desk, batch, record.line)
    return _within(caller, known, why(known, records, person_id, decided=_decided(enquiry, records, person_id)))


def explain_link(enquiry: Enquiry, link: Link) -> Why:
    """Explain a link with the model that made it; of a record in nobody's name, why not its nearest candidate.

    Raises NotFound for a person who is no longer among the registry's, NoCandidate where nobody comes near.
    """
    known = replace(enquiry.known, model=_model(enquiry.session, link.model_version, enquiry.known.model))
    records = delivered(enquiry.desk, enquiry.session.get_one(Batch, link.batch_id), link.line)
    person_id = link.subject_id if link.registered else _nearest(known, records, enquiry.caller)
    if not known.places([person_id]):
        raise NotFound
    decided = _decided(enquiry, records, person_id)
    return _within(enquiry.caller, known, why(known, records, person_id, decided=decided))


def described(values: Row) -> pl.DataFrame:
    """An example as an IDENTITY row."""
    row = {**dict.fromkeys(IDENTITY), **values, "id": DESCRIBED}
    return pl.DataFrame([row], schema=dict(IDENTITY), orient="row")


def delivered(desk: Desk, batch: Batch, line: int) -> pl.DataFrame:
    """A batch's record, then the others of its household's roster (IDENTITY). Raises NotFound for no such line."""
    every = desk.files.records(batch.id, batch.chunks, [*IDENTITY, "line"])
    own = every.filter(pl.col("line") == line)
    if not own.height:
        raise NotFound
    household = own["household"][0] if "household" in own.columns else None
    mates = every.filter(pl.col("household") == household, pl.col("line") != line) if household else own.clear()
    rows = conform(pl.concat([own, mates.head(MOST_ROSTER)]), IDENTITY)
    return rows.with_columns(pl.format("{}/{}", pl.lit(batch.feed), "household").alias("household"))


def _within(caller: Caller, known: KnownPeople, told: Why) -> Why:
    """Without what the caller may not see: values of a person, and candidates, outside their area."""
    shown = [rival.person_id for rival in told.rivals]
    people = known.told([*shown, told.person_id])
    seen = {one for one, row in people.items() if one == DESCRIBED or sees(caller, row["division"])}
    rivals = tuple(rival for rival in told.rivals if rival.person_id in seen)
    if told.person_id in seen:
        return replace(told, rivals=rivals)
    fields = tuple(replace(part, person=None) for part in told.explanation.fields)
    return replace(told, rivals=rivals, explanation=replace(told.explanation, fields=fields))


def _decided(enquiry: Enquiry, records: pl.DataFrame, person_id: str) -> Decided | None:
    """What a human said of the first record and the person."""
    said = settlements.decisions(enquiry.session)
    decided = heed(records.head(1), said, said["person_id"].unique(), enquiry.desk.ring.macs)
    given, refused = decided.given["person_id"].to_list(), decided.refused["person_id"].to_list()
    if person_id in given:
        return "confirmed"
    if person_id in refused:
        return "rejected"
    return "given-to-another" if given else None


def _nearest(known: KnownPeople, records: pl.DataFrame, caller: Caller) -> str:
    """Whom the first record is likest, of those the caller may see. Raises NoCandidate."""
    near = known.nearest(records)
    people = known.told(near)
    for person_id in near:
        if sees(caller, people[person_id]["division"]):
            return person_id
    raise NoCandidate


def _model(session: Session, version: str, in_force: Model) -> Model:
    """The model of that version, as long as it is known."""
    if version == in_force.version:
        return in_force
    row = models.get(session, version)
    return in_force if row is None else Model.parse(row.document)
