"""Everybody is screened: facts and coverage of a day become findings, and findings become the match list.

The list is made as a whole and compared with what stands (leads.store), so screening twice changes nothing. What
people answered stands beside the facts: the dead they told of, those they saw alive, and what they settled.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import polars as pl

from china.areas import AreaBook
from china.dates import read_column as dates_column
from china.id_numbers import read_column
from kit.columns import now
from kit.database import reading
from kit.lineage import Lineage
from kit.logs import get_logger
from kit.scope import NATION
from matcher.batches import store as batches
from matcher.batches.states import READY, move
from matcher.batches.tables import Batch
from matcher.facts import store as facts
from matcher.feeds.facts import STATED
from matcher.flows import ask_senders
from matcher.flows import know_subjects as subjects
from matcher.flows.count_people import COUNTED, count_people
from matcher.flows.desk import Desk, Hold
from matcher.flows.draft_reviews import Ground, draft_queue
from matcher.flows.exemptions import exempt_facts
from matcher.flows.hold_back import Held, hold_back
from matcher.flows.kin_facts import with_kin
from matcher.flows.own_facts import identity_facts, with_own_numbers
from matcher.flows.present_line import doubts_that_count, links_that_count
from matcher.flows.publish_leads import tell
from matcher.flows.queue_reviews import put_queue
from matcher.flows.recall_answers import Recalled, own_numbers, recall, told_apart
from matcher.flows.write_leads import Background, wanted_leads
from matcher.frames import PERSON, conform
from matcher.leads import changes, held, runs
from matcher.leads import store as leads
from matcher.leads.answers import Settled
from matcher.leads.pace import Paces
from matcher.people import snapshot
from matcher.people import store as people
from matcher.places import store as places
from matcher.profiles import store as profiles
from matcher.screens import catalogue
from matcher.screens.parameters import Profile
from matcher.screens.scene import scene_of

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
    facts: dict[str, dict[str, str]]  # the registry's: kind → stamp and file
    inputs: int
    recalled: Recalled
    lineage: Lineage
    listed: set[tuple[str, str]]  # (subject, screen) that stand on the list
    decided: dict[tuple[str, str], str]  # (screen, township) → held, confirmed or refused
    paces: Paces
    approved: list[Profile]  # profiles of the screens' settings
    asked: pl.DataFrame  # requests by rule to put rows right (ask_senders.ASKED)


@dataclass(frozen=True)
class Seen:
    """What screening found: what should be listed, how many people it looked at, and what doubts are drafted from."""

    wanted: list[leads.Wanted]
    figures: dict[str, dict[str, Any]]
    apart: dict[str, Settled]
    doubts: Ground
    held: list[Held]
    asking: ask_senders.Asking


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
    view = view_of(desk)
    seen = seen_in(desk, view, day)
    queue = draft_queue(desk, seen.doubts)
    ground = leads.Ground({**view.survivors, **view.recalled.meant}, view.recalled.settled, day, seen.apart, view.paces)
    with hold.writing() as session:
        done = leads.apply(session, desk.ring, seen.wanted, ground)
        tell(session, done.silenced)
        put_queue(desk, session, queue)
        held.note(session, seen.held)
        ask_senders.put_requests(session, seen.asking)
        for batch in batches.in_state(session, "linked"):
            move(batch, "screened")
            session.add(batch)
        standing = people.standing(session)
        first = standing.screened_on != day
        runs.write(session, day, done, seen.figures, first=first)
        standing.screened, standing.screened_on = view.inputs, day
        if first:
            before = now() - timedelta(days=desk.settings.changes_keep_days)
            standing.change_floor = max(standing.change_floor, changes.prune(session, before))
        session.add(standing)
    _log.info("screened", leads=done.open, found=done.created, changes=done.moved, withdrawn=done.withdrawn)
    return True


def view_of(desk: Desk) -> View:
    """Everything screening looks at, read once."""
    with reading(desk.database) as session:
        standing = people.standing(session)
        counting = [batch for batch in batches.linked(session) if batch.superseded_by is None]
        ids = [batch.id for batch in counting]
        survivors = dict(people.redirects(session).select("subject_id", "survivor_id").iter_rows())
        files, inputs = list(standing.files), standing.inputs
        derived = dict(standing.fact_files or {})
        return View(
            counting,
            links_that_count(session, ids),
            doubts_that_count(session, ids),
            survivors,
            places.frame(session),
            desk.people.read(files),
            derived,
            inputs,
            recall(session, desk.ring, survivors),
            places.lineage(session, desk.today()),
            held.listed(session),
            held.decided(session),
            held.paces(session),
            list(profiles.approved(session)),
            ask_senders.asked(session),
        )


def seen_in(desk: Desk, view: View, day: date, *, whole: bool = False) -> Seen:
    """What the screens say of a view on a day; nothing is written. `whole`: also what is held for confirmation."""
    book = AreaBook.of_frame(view.book)
    seen = subjects.located(subjects.seen_records(desk, view.counting, view.links), book)
    numbers = read_column(seen["id_number"])
    areas = subjects.areas_of(seen)
    known = with_kin(_known(desk, view, seen, numbers), seen, numbers, view.registry)
    known = with_own_numbers(known, seen, numbers, view.registry)
    known = pl.concat([known, identity_facts(view.links, seen, numbers, view.registry)])
    persons = _persons(view, seen, numbers, areas, day)
    found, figures, asks = _found(view, persons, known, day)
    decided = catalogue.parameters_of(_county(view), day, view.approved)
    held: list[Held] = []
    if not whole:
        found, held = hold_back(found, persons, view.listed, view.decided, decided)
    listed = pl.col("subject_id").is_in(_may_be_listed(found, view).implode())
    few = seen.select(listed).to_series()
    background = Background(
        persons=persons,
        registry=view.registry,
        snapshots=subjects.snapshots(seen.filter(few), numbers.filter(few)),
        residences=areas.filter(listed).select("subject_id", "residence"),
        links=view.links.filter(listed),
        reviews=view.reviews,
        feeds={batch.id: batch.feed for batch in view.counting},
        deaths=known.filter(pl.col("kind") == "death"),
        places=dict(view.book.select("code", "name").iter_rows()),
    )
    wanted = wanted_leads(found, background)
    apart = told_apart(view.recalled, wanted, seen, desk.ring.macs)
    ground = Ground(view.counting, seen, view.links, view.reviews, view.registry)
    asking = ask_senders.asking(desk, asks, view.asked, seen, known)
    return Seen(wanted, figures, apart, ground, held, asking)


def _persons(view: View, seen: pl.DataFrame, numbers: pl.DataFrame, areas: pl.DataFrame, day: date) -> pl.DataFrame:
    """PERSON rows of everybody, each household at one door."""
    unregistered = subjects.unregistered_persons(seen, areas, _births(seen, numbers))
    everybody = _in_their_place(pl.concat([_registered(view, areas, day), unregistered]), view.lineage)
    return subjects.at_one_door(everybody.with_columns(pl.col("area").fill_null(_county(view))))


def _found(
    view: View, persons: pl.DataFrame, known: pl.DataFrame, day: date
) -> tuple[pl.DataFrame, dict[str, dict[str, Any]], pl.DataFrame]:
    """The findings of all screens, whom they looked at, and what senders are to be asked (ask_senders.asks_of). The
    scene is by far the largest of frames: it ends here.

    Where areas are decided by other values, each group of them has a scene of its own: its people, with all coverage
    and all facts. A household is in one of them, for it has one door.
    """
    covered = snapshot.coverage(view.registry)
    dumb = catalogue.silent({batch.feed for batch in view.counting} | set(known["feed"].unique()))
    known = pl.concat([known, exempt_facts(persons, covered, view.approved, day)])
    groups = catalogue.groups_of(persons["area"].unique().to_list() or [_county(view)], day, view.approved)
    found, people, asks = [], [], []
    for group in groups:
        mine = persons if len(groups) == 1 else persons.filter(pl.col("area").is_in(group.areas))
        scene = scene_of(mine, covered, known, day, group.parameters)
        found.append(catalogue.findings_in(scene, catalogue.BY_ID.keys() - dumb.keys()))
        people.append(scene.people.select(COUNTED))
        asks.append(ask_senders.asks_of(scene.people, found[-1]))
    every = found[0] if len(groups) == 1 else pl.concat(found).sort("subject_id", "screen")
    return every, count_people(pl.concat(people), every), pl.concat(asks)


def _may_be_listed(found: pl.DataFrame, view: View) -> pl.Series:
    """The subjects a screen found, and those of doubted records: a death that may be several people's is asked of
    its own subject."""
    doubted = view.links.join(view.reviews, on=["batch_id", "line"], how="semi")
    return pl.concat([found["subject_id"], doubted["subject_id"]]).unique()


def _known(desk: Desk, view: View, seen: pl.DataFrame, numbers: pl.DataFrame) -> pl.DataFrame:
    """FACT: what records say, what people told at the door and what the registry derives, without deaths of those who
    were seen alive."""
    # The newest first, and by what they say: of two rows of one delivery the agency's order tells nothing.
    said = [
        conform(desk.files.facts(batch.id), STATED).sort(
            "text", "code", "number", "valid_from", "line", nulls_last=True
        )
        for batch in reversed(view.counting)
    ]
    known = pl.concat(
        [
            facts.of_subjects(said, view.links),
            facts.of_candidates(said, view.reviews, view.links),
            facts.of_answers(view.recalled.deaths),
            facts.of_registry(desk.facts.read(view.facts), view.survivors),
        ]
    )
    shielded = view.recalled.shielded
    if not shielded:
        return known
    alive = view.registry.filter(pl.col("person_id").is_in(shielded))
    own = own_numbers(seen, numbers, alive)
    return facts.without_shielded(known, shielded, own)


def _registered(view: View, areas: pl.DataFrame, day: date) -> pl.DataFrame:
    """PERSON rows of the registered; a division that is no longer one gives way to what a feed says."""
    current = view.book.filter(
        (pl.col("valid_from").is_null() | (pl.col("valid_from") <= day))
        & (pl.col("valid_to").is_null() | (pl.col("valid_to") > day))
    )
    rows = snapshot.persons(view.registry).join(
        areas.select("subject_id", pl.col("area").alias("said")), on="subject_id", how="left"
    )
    rows = _in_their_place(rows, view.lineage)
    holds = pl.col("area").is_in(current["code"].implode())
    return conform(rows.with_columns(pl.when(holds).then("area").otherwise(pl.coalesce("said", "area"))), PERSON)


def _in_their_place(rows: pl.DataFrame, lineage: Lineage) -> pl.DataFrame:
    """A code of a division that ended as the one in its place; one parted among several stays, and each of them sees
    it (kit/scope.py)."""
    codes = rows["area"].drop_nulls().unique() if lineage.heirs else pl.Series([], dtype=pl.String)
    moved = {code: to for code in codes if (to := lineage.one(code)) != code}
    return rows.with_columns(pl.col("area").replace(moved)) if moved else rows


def _births(seen: pl.DataFrame, numbers: pl.DataFrame) -> pl.Series:
    """The date of birth each record gives: its number's, when that is one, else the one stated."""
    stated = dates_column(seen["birth_date"])["date"]
    return pl.select(
        pl.when(numbers["valid"].fill_null(value=False)).then(numbers["birth_date"]).otherwise(stated)
    ).to_series()


def _county(view: View) -> str:
    """The county's own code: where a lead goes that nobody can place."""
    return view.counting[0].area[:6] + "000000" if view.counting else NATION
