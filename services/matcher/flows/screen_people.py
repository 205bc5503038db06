"""Everybody is screened: facts and coverage of a day become findings, and findings become the match list.

The list is made as a whole and compared with what stands (leads.store), so screening twice changes nothing.
"""

from dataclasses import dataclass
from datetime import date

import polars as pl

from china.areas import AreaBook
from china.dates import read_column as dates_column
from china.id_numbers import read_column
from kit.database import reading
from kit.logs import get_logger
from kit.scope import NATION
from matcher.batches import store as batches
from matcher.batches.states import READY, move
from matcher.batches.tables import Batch
from matcher.facts import store as facts
from matcher.flows import know_subjects as subjects
from matcher.flows.desk import Desk, Hold
from matcher.flows.write_leads import Background, wanted_leads
from matcher.frames import PERSON, conform
from matcher.leads import store as leads
from matcher.links import store as links
from matcher.people import snapshot
from matcher.people import store as people
from matcher.places import store as places
from matcher.reviews import store as reviews
from matcher.screens import catalogue
from matcher.screens.parameters import parameters_for

_log = get_logger("screen_people")


@dataclass(frozen=True)
class View:
    """What is known at the moment of screening."""

    counting: list[Batch]
    links: pl.DataFrame
    reviews: pl.DataFrame
    survivors: dict[str, str]
    book: pl.DataFrame
    registry: pl.DataFrame
    inputs: int


def screen_people(hold: Hold) -> bool:
    """Screen when anything changed since the last time, or the day did. True when it was due."""
    desk, day = hold.desk, hold.desk.today()
    with reading(desk.database) as session:
        standing = people.standing(session)
        fresh = standing.inputs == standing.screened and standing.screened_on == day
        synced = standing.cursor is not None
        busy = batches.any_due(session, READY)
    if fresh or busy or not synced:
        return False
    view = _view(desk)
    wanted = _wanted(desk, view, day)
    with hold.writing() as session:
        done = leads.apply(session, desk.ring, wanted, view.survivors)
        for batch in batches.in_state(session, "linked"):
            move(batch, "screened")
            session.add(batch)
        standing = people.standing(session)
        standing.screened, standing.screened_on = view.inputs, day
        session.add(standing)
    _log.info("screened", leads=len(wanted), found=done.created, changes=done.changed, withdrawn=done.withdrawn)
    return True


def _view(desk: Desk) -> View:
    with reading(desk.database) as session:
        standing = people.standing(session)
        counting = [batch for batch in batches.linked(session) if batch.superseded_by is None]
        ids = [batch.id for batch in counting]
        redirects = people.redirects(session)
        files, inputs = list(standing.files), standing.inputs
        return View(
            counting,
            links.of_batches(session, ids),
            reviews.open_of(session, ids),
            dict(redirects.select("subject_id", "survivor_id").iter_rows()),
            places.frame(session),
            desk.people.read(files),
            inputs,
        )


def _wanted(desk: Desk, view: View, day: date) -> list[leads.Wanted]:
    book = AreaBook.of_frame(view.book)
    seen = subjects.located(subjects.seen_records(desk, view.counting, view.links), book)
    numbers = read_column(seen["id_number"])
    areas = subjects.areas_of(seen)
    unregistered = subjects.unregistered_persons(seen, areas, _births(seen, numbers))
    registered = _registered(view, areas, day)
    county = _county(view)
    persons = pl.concat([registered, unregistered]).with_columns(pl.col("area").fill_null(county))
    said = [desk.files.facts(batch.id) for batch in view.counting]
    known = pl.concat([facts.of_subjects(said, view.links), facts.of_candidates(said, view.reviews, view.links)])
    found = catalogue.run(persons, snapshot.coverage(view.registry), known, day, parameters_for(county, day))
    background = Background(
        persons=persons,
        registry=view.registry,
        snapshots=subjects.snapshots(seen, numbers),
        residences=areas.select("subject_id", "residence"),
        links=view.links,
        reviews=view.reviews,
        feeds={batch.id: batch.feed for batch in view.counting},
    )
    return wanted_leads(found, background)


def _registered(view: View, areas: pl.DataFrame, day: date) -> pl.DataFrame:
    """PERSON rows of the registered; a division that is no longer one gives way to what a feed says."""
    current = view.book.filter(
        (pl.col("valid_from").is_null() | (pl.col("valid_from") <= day))
        & (pl.col("valid_to").is_null() | (pl.col("valid_to") >= day))
    )
    rows = snapshot.persons(view.registry).join(
        areas.select("subject_id", pl.col("area").alias("said")), on="subject_id", how="left"
    )
    holds = pl.col("area").is_in(current["code"].implode())
    return conform(rows.with_columns(pl.when(holds).then("area").otherwise(pl.coalesce("said", "area"))), PERSON)


def _births(seen: pl.DataFrame, numbers: pl.DataFrame) -> pl.Series:
    """The date of birth each record gives: its number's, when that is one, else the one stated."""
    stated = dates_column(seen["birth_date"])["date"]
    return pl.select(
        pl.when(numbers["valid"].fill_null(value=False)).then(numbers["birth_date"]).otherwise(stated)
    ).to_series()


def _county(view: View) -> str:
    """The county's own code: where a lead goes that nobody can place."""
    return view.counting[0].area[:6] + "000000" if view.counting else NATION
