"""Putting slips, finding them, answering and deciding them. Every read carries the caller's scope."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, exists, func, or_
from sqlmodel import Session, col, select

from kit.among import among
from kit.auth import Caller
from kit.columns import new_id, now
from kit.crypto import KeyRing
from kit.problems import NotFound
from kit.scope import covers, in_part, within
from registry.changes.store import Touched
from registry.desk import Desk
from registry.ledger.terms import Terms
from registry.persons import protections
from registry.settings import today
from registry.slips import rules
from registry.slips.find import Double, doubles, still_held
from registry.slips.problems import SlipAnsweredByCounty, SlipClosed, SlipCountyUnknown
from registry.slips.schemas import AnswerSlipIn, DecideSlipIn, SlipsFoundOut
from registry.slips.tables import Slip, SlipEvent, SlipSide
from registry.table import take_turns

WORD = "slip.word"


@dataclass(frozen=True)
class SlipFilter:
    """What a list is narrowed to; the caller's scope comes on top."""

    area: str | None = None  # a subtree, as its leading digits: a county's own side lies there
    state: str | None = None
    overdue: bool = False
    waiting: bool = False  # somebody in the caller's area has not answered


@dataclass(frozen=True)
class Found:
    """What a search came to, and the slips it made or closed."""

    told: SlipsFoundOut
    slips: list[Slip]
    persons: list[str]


def find_and_put(desk: Desk, *, dry_run: bool) -> Found:
    """Put a slip to the counties of everybody supported in several of them, and close those that have ceased.

    Safe to repeat: the same periods are put once, and nobody is asked anew about a period that is being asked about.
    """
    session, day = desk.session, today(desk.settings)
    take_turns(session, "slips")
    all_found = doubles(session, desk.ring, desk.caller, day)
    ids = sorted({side["person_id"] for one in all_found for side in one.sides})
    states = protections.states(session, ids)
    hidden = [one for one in all_found if any(states[s["person_id"]] == protections.YES for s in one.sides)]
    told = [one for one in all_found if one not in hidden]
    asked = _asked_about(session, [side["coverage_id"] for one in told for side in one.sides])
    keys = set(session.exec(select(Slip.key)))
    new = [one for one in told if one.key not in keys and not asked & {side["coverage_id"] for side in one.sides}]
    ended = _ceased(session, desk.caller, day)
    made: list[Slip] = []
    if not dry_run:
        made = _put(desk, new, day)
        for slip in ended:
            slip.state, slip.settled_on, slip.version = rules.CEASED, day, slip.version + 1
            remember(desk, slip, "cease")
    out = SlipsFoundOut(
        as_of=day, found=len(all_found), made=len(new), known=len(told) - len(new), protected=len(hidden),
        ceased=len(ended), dry_run=dry_run,
    )  # fmt: skip
    return Found(out, made if dry_run else [*made, *ended], ids)


def _asked_about(session: Session, coverage_ids: Sequence[str]) -> set[str]:
    query = (
        select(SlipSide.coverage_id)
        .join(Slip, col(Slip.slip_id) == col(SlipSide.slip_id))
        .where(among(col(SlipSide.coverage_id), coverage_ids), col(Slip.state).in_(rules.UNFINISHED))
    )
    return set(session.exec(query))


def _ceased(session: Session, caller: Caller, day: date) -> list[Slip]:
    """Unfinished slips of which at most one county's period still runs."""
    query = select(Slip).where(within(caller, col(Slip.area)), col(Slip.state).in_(rules.UNFINISHED))
    slips = session.exec(query).all()
    sides = sides_of(session, [one.slip_id for one in slips])
    held = still_held(session, [side.coverage_id for some in sides.values() for side in some], day)
    return [one for one in slips if sum(side.coverage_id in held for side in sides[one.slip_id]) < 2]


def _put(desk: Desk, found: Iterable[Double], day: date) -> list[Slip]:
    area, terms = desk.caller.area, Terms.of(desk.settings)
    last = select(func.max(Slip.serial)).where(col(Slip.area) == area, col(Slip.year) == day.year)
    serial, made = desk.session.exec(last).one() or 0, []
    for one in found:
        serial += 1
        slip = Slip(
            slip_id=new_id(), area=area, year=day.year, serial=serial, key=one.key, state=rules.OPEN,
            due_on=terms.calendar.after(day, desk.settings.slip_working_days), issued_at=now(), issued_on=day,
            issued_by=desk.caller.client_id,
        )  # fmt: skip
        desk.session.add(slip)
        desk.session.flush()
        for side in one.sides:
            values = {name: side[name] for name in side if name != "start"}
            desk.session.add(SlipSide(side_id=new_id(), slip_id=slip.slip_id, since=side["start"], **values))
        remember(desk, slip, "issue")
        made.append(slip)
    desk.session.flush()
    return made


def remember(
    desk: Desk, slip: Slip, action: str, of: tuple[str | None, str | None] = (None, None), word: str | None = None
) -> None:
    """One more event; `of`: which county, and its code."""
    event_id = new_id()
    sealed = None if word is None else desk.ring.encrypt(word, f"{WORD}.{event_id}")
    event = SlipEvent(
        event_id=event_id, slip_id=slip.slip_id, at=now(), actor=desk.caller.client_id, action=action, county=of[0],
        code=of[1], state_after=slip.state, word_sealed=sealed,
    )  # fmt: skip
    desk.session.add_all([slip, event])
    desk.session.flush()


def visible(caller: Caller) -> ColumnElement[bool]:
    """Slips the caller's area asked, and those that ask somebody in it."""
    mine = exists().where(col(SlipSide.slip_id) == col(Slip.slip_id), within(caller, col(SlipSide.area)))
    return or_(within(caller, col(Slip.area)), mine)


def find(session: Session, caller: Caller, slip_id: str) -> Slip:
    """One slip. Raises NotFound: absent or not yours."""
    found = session.exec(select(Slip).where(col(Slip.slip_id) == slip_id, visible(caller))).first()
    if found is None:
        raise NotFound
    return found


def page(
    session: Session, caller: Caller, narrowed: SlipFilter, day: date, at: tuple[str | None, int]
) -> Sequence[Slip]:
    """Slips the caller may see, the newest first; `at`: before which id, and how many."""
    before, limit = at
    query = select(Slip).where(visible(caller))
    if before is not None:
        query = query.where(col(Slip.slip_id) < before)
    if narrowed.area is not None:
        there = (col(SlipSide.slip_id) == col(Slip.slip_id), in_part(caller, col(SlipSide.area), narrowed.area))
        query = query.where(exists().where(*there, within(caller, col(SlipSide.area))))
    if narrowed.state is not None:
        query = query.where(col(Slip.state) == narrowed.state)
    if narrowed.overdue:
        query = query.where(col(Slip.state) == rules.OPEN, col(Slip.due_on) < day)
    if narrowed.waiting:
        waits = or_(col(SlipSide.answer).is_(None), col(SlipSide.answer) == rules.VERIFYING)
        mine = (col(SlipSide.slip_id) == col(Slip.slip_id), within(caller, col(SlipSide.area)), waits)
        query = query.where(col(Slip.state) == rules.OPEN, exists().where(*mine))
    return session.exec(query.order_by(col(Slip.slip_id).desc()).limit(limit)).all()


def sides_of(session: Session, slip_ids: Sequence[str]) -> dict[str, list[SlipSide]]:
    """The sides of each slip, in order of counties."""
    found: dict[str, list[SlipSide]] = {one: [] for one in slip_ids}
    query = select(SlipSide).where(among(col(SlipSide.slip_id), slip_ids))
    for side in session.exec(query.order_by(col(SlipSide.county))):
        found[side.slip_id].append(side)
    return found


def events_of(session: Session, slip: Slip) -> Sequence[SlipEvent]:
    """What happened to it, oldest first."""
    query = select(SlipEvent).where(col(SlipEvent.slip_id) == slip.slip_id)
    return session.exec(query.order_by(col(SlipEvent.event_id))).all()


def word_of(ring: KeyRing, event: SlipEvent) -> str | None:
    """What was said with it."""
    return None if event.word_sealed is None else ring.decrypt(event.word_sealed, f"{WORD}.{event.event_id}")


def answer(desk: Desk, slip: Slip, body: AnswerSlipIn) -> None:
    """A county's answer, or its next one while the slip is not closed. Raises SlipClosed, SlipAnsweredByCounty."""
    sides = sides_of(desk.session, [slip.slip_id])[slip.slip_id]
    own = [one for one in sides if covers(desk.caller.area, one.county)]
    if len(own) != 1:
        raise SlipAnsweredByCounty
    _unfinished(slip)
    side, day = own[0], today(desk.settings)
    side.answer, side.stop_from, side.answered_by = body.code, body.stop_from, desk.caller.client_id
    if body.code in rules.SAID:
        side.answered_on = side.answered_on or day
    desk.session.add(side)
    verdict = rules.came_to({one.county: one.answer for one in sides})
    _close(slip, verdict, day, "answers")
    remember(desk, slip, "answer", (side.county, body.code), body.note)


def decide(desk: Desk, slip: Slip, body: DecideSlipIn) -> None:
    """Whoever asked decides, disputed or not yet answered. Raises SlipClosed, SlipCountyUnknown."""
    _unfinished(slip)
    counties = [one.county for one in sides_of(desk.session, [slip.slip_id])[slip.slip_id]]
    if body.keeps is not None and body.keeps not in counties:
        raise SlipCountyUnknown
    _close(slip, rules.Verdict(rules.SETTLED, body.keeps), today(desk.settings), "decision")
    remember(desk, slip, "decide", (body.keeps, None), body.reason)


def _unfinished(slip: Slip) -> None:
    if slip.state not in rules.UNFINISHED:
        raise SlipClosed


def _close(slip: Slip, verdict: rules.Verdict, day: date, by: str) -> None:
    slip.state, slip.version = verdict.state, slip.version + 1
    if verdict.state == rules.SETTLED:
        slip.keeps, slip.settled_on, slip.settled_by = verdict.keeps, day, by


def touched(session: Session, slips: Sequence[Slip]) -> list[Touched]:
    """Who must hear of it: whoever asked, and every county asked."""
    sides = sides_of(session, [one.slip_id for one in slips])
    return [
        Touched("slip", slip.slip_id, area)
        for slip in slips
        for area in (slip.area, *(side.area for side in sides[slip.slip_id]))
    ]
