"""Everybody is screened: facts and coverage of a day become findings, and findings become the match list.

The list is compared with what stands (leads.store), so screening twice changes nothing. Of people and list only what
moved since the last screening is looked at, where this process made that one (look_again, touched_leads): the result
is that of the whole. What people answered stands beside the facts: the dead they told of, those they saw alive, and
what they settled.
"""

from dataclasses import dataclass, replace
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
from kit.traces import going_on
from matcher.batches import store as batches
from matcher.batches.states import READY, move
from matcher.batches.tables import Batch
from matcher.facts import store as facts
from matcher.feeds.facts import STATED
from matcher.flows import ask_senders
from matcher.flows import know_subjects as subjects
from matcher.flows.count_people import COUNTED, count_people
from matcher.flows.desk import WORKER, Desk, Hold
from matcher.flows.draft_reviews import Ground, draft_queue
from matcher.flows.exemptions import exempt_facts
from matcher.flows.hold_back import Held, hold_back
from matcher.flows.kin_facts import with_kin
from matcher.flows.last_screening import Kept
from matcher.flows.look_again import Looked, World, look, look_and_keep
from matcher.flows.own_facts import identity_facts, with_own_numbers
from matcher.flows.present_line import doubts_that_count, links_that_count
from matcher.flows.publish_leads import tell
from matcher.flows.queue_reviews import put_queue
from matcher.flows.recall_answers import Recalled, own_numbers, recall, told_apart
from matcher.flows.touched_leads import Told, touched
from matcher.flows.write_leads import Background, Listing, listing_of, wanted_leads
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
from matcher.screens.again import Terms
from matcher.screens.parameters import Profile

_log = get_logger("screen_people")
TOLD = (*COUNTED, ask_senders.ASKS)  # what of the scene is told of everybody


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
    decided: dict[tuple[str, str], str]  # (screen, township) → held, confirmed or refused
    paces: Paces
    approved: list[Profile]  # profiles of the screens' settings
    asked: pl.DataFrame  # requests by rule to put rows right (ask_senders.ASKED)


@dataclass(frozen=True)
class Seen:
    """What screening found: what should be listed, how many people it looked at, and what doubts are drafted from."""

    listing: Listing
    looked: Looked
    figures: dict[str, dict[str, Any]]
    apart: dict[str, Settled]
    doubts: Ground
    held: list[Held]
    asking: ask_senders.Asking

    @property
    def listed(self) -> pl.DataFrame:
        """subject_id, screen of what the list holds once it says so."""
        return self.listing.findings.select("subject_id", "screen")


def screen_people(hold: Hold) -> bool:
    """Screen when anything changed since the last time, or the day did. True when it was due."""
    desk, day = hold.desk, hold.desk.today()
    with reading(desk.database) as session:
        standing = people.standing(session)
        fresh = standing.inputs == standing.screened and standing.screened_on == day
        synced = standing.cursor is not None
        busy = batches.any_due(session, READY)
        of_batches = batches.traces(session, "linked")
    if fresh or busy or not synced:
        return False
    with going_on(WORKER, "screen_people", of_batches):
        _screen(hold, day)
    return True


def _screen(hold: Hold, day: date) -> None:
    desk = hold.desk
    with reading(desk.database) as session:
        standing = people.standing(session)
    last = desk.last_screening.take(standing.screened, standing.screened_on)
    view = view_of(desk)
    seen = _seen_again(desk, view, day, last)
    queue = draft_queue(desk, seen.doubts)
    told = _told(view, seen, day)
    with reading(desk.database) as session:
        concerned = touched(session, last.told if last is not None else None, told)
    wanted = wanted_leads(seen.listing if concerned is None else seen.listing.of(concerned))
    with hold.writing() as session:
        done = leads.apply(session, desk.ring, wanted, replace(told.ground, touched=concerned))
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
    desk.last_screening.keep(Kept(seen.looked, told, seen.listed), view.inputs, day)
    _note(seen.looked, len(wanted), done)


def _told(view: View, seen: Seen, day: date) -> Told:
    """What the list is compared with."""
    survivors = {**view.survivors, **view.recalled.meant}
    ground = leads.Ground(survivors, view.recalled.settled, day, seen.apart, view.paces)
    return Told(seen.listing.prints(), seen.listing.people.select("subject_id", "area"), ground)


def _note(looked: Looked, compared: int, done: leads.Applied) -> None:
    """The run on record; of one in part also how many people were judged for it, and how many leads compared."""
    if not looked.whole:
        _log.info("screened_in_part", people=looked.looked_at, subjects=compared)
    _log.info("screened", leads=done.open, found=done.created, changes=done.moved, withdrawn=done.withdrawn)


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
            held.decided(session),
            held.paces(session),
            list(profiles.approved(session)),
            ask_senders.asked(session),
        )


def seen_in(desk: Desk, view: View, day: date) -> list[leads.Wanted]:
    """What the screens say of everybody in a view on a day, also what is held for confirmation; nothing is written,
    and nothing is kept."""
    ground = _ground(desk, view, day)
    judged = look(ground.world, ground.terms)
    return wanted_leads(_listing(view, ground, judged.findings))


def _seen_again(desk: Desk, view: View, day: date, last: Kept | None) -> Seen:
    """What the screens say of the view, less what is held for confirmation, from what is kept of the last time."""
    ground = _ground(desk, view, day)
    before = last.looked if last is not None else None
    looked = look_and_keep(ground.world, ground.terms, before, desk.settings.keep_screened)
    found = looked.judged.findings
    decided = catalogue.parameters_of(_county(view), day, view.approved)
    kept, stopped = hold_back(found, ground.world.persons, _listed(desk, last), view.decided, decided)
    listing = _listing(view, ground, kept)
    asks = ask_senders.asks_of(looked.judged.people, found)
    return Seen(
        listing,
        looked,
        count_people(looked.judged.people, found),
        told_apart(view.recalled, listing.sources(), ground.seen, desk.ring.macs),
        Ground(view.counting, ground.seen, view.links, view.reviews, view.registry),
        stopped,
        ask_senders.asking(desk, asks, view.asked, ground.seen, ground.world.known),
    )


def _listed(desk: Desk, last: Kept | None) -> set[tuple[str, str]]:
    """(subject, screen) that stand on the list: as the last screening left it, for nothing else alters that."""
    if last is not None:
        return set(last.listed.iter_rows())
    with reading(desk.database) as session:
        return held.listed(session)


@dataclass(frozen=True)
class _Ground:
    """Everybody as the screens look at them, by what they are judged, and what leads say beside it."""

    world: World
    terms: Terms
    seen: pl.DataFrame  # know_subjects.SEEN with area
    numbers: pl.DataFrame  # china.id_numbers.read_column of each
    areas: pl.DataFrame  # know_subjects.areas_of


def _ground(desk: Desk, view: View, day: date) -> _Ground:
    seen = subjects.located(subjects.seen_records(desk, view.counting, view.links), AreaBook.of_frame(view.book))
    numbers = read_column(seen["id_number"])
    areas = subjects.areas_of(seen)
    known = with_kin(_known(desk, view, seen, numbers), seen, numbers, view.registry)
    known = with_own_numbers(known, seen, numbers, view.registry)
    known = pl.concat([known, identity_facts(view.links, seen, numbers, view.registry)])
    persons, covered = _persons(view, seen, numbers, areas, day), snapshot.coverage(view.registry)
    dumb = catalogue.silent({batch.feed for batch in view.counting} | set(known["feed"].unique()))
    known = pl.concat([known, exempt_facts(persons, covered, view.approved, day)])
    groups = catalogue.groups_of(persons["area"].unique().to_list() or [_county(view)], day, view.approved)
    terms = Terms(day, groups, frozenset(catalogue.BY_ID.keys() - dumb.keys()), TOLD)
    return _Ground(World(persons, covered, known), terms, seen, numbers, areas)


def _listing(view: View, ground: _Ground, found: pl.DataFrame) -> Listing:
    """What leads of these findings say; only who was found, or is asked about, is described further."""
    seen, known = ground.seen, ground.world.known
    listed = pl.col("subject_id").is_in(_may_be_listed(found, view).implode())
    few = seen.select(listed).to_series()
    background = Background(
        persons=ground.world.persons,
        registry=view.registry,
        snapshots=subjects.snapshots(seen.filter(few), ground.numbers.filter(few)),
        residences=ground.areas.filter(listed).select("subject_id", "residence"),
        links=view.links.filter(listed),
        reviews=view.reviews,
        feeds={batch.id: batch.feed for batch in view.counting},
        deaths=known.filter(pl.col("kind") == "death"),
        places=dict(view.book.select("code", "name").iter_rows()),
    )
    return listing_of(found, background)


def _persons(view: View, seen: pl.DataFrame, numbers: pl.DataFrame, areas: pl.DataFrame, day: date) -> pl.DataFrame:
    """PERSON rows of everybody, each household at one door."""
    unregistered = subjects.unregistered_persons(seen, areas, _births(seen, numbers))
    everybody = _in_their_place(pl.concat([_registered(view, areas, day), unregistered]), view.lineage)
    return subjects.at_one_door(everybody.with_columns(pl.col("area").fill_null(_county(view))))


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
