"""Slips as a reader may see them: its own side with the person masked, of the others no more than the question needs.

A county that is asked whether it goes on must know who else gives what since when. Name, number, address, household
and money of the other side stay where they are (个人信息保护法 art. 6: no more than the purpose needs). What the other
answered is told once all have, so that no answer waits for the other's. Where somebody is protected, not even the
other county is named.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, cast

from sqlmodel import Session, col, select

from china.masks import mask_in_text, mask_name, mask_number
from kit.among import among
from kit.auth import Caller
from kit.crypto import KeyRing
from kit.reveals import Seen
from kit.scope import covers, within
from registry.areas.store import names_of
from registry.coverage.rules import TITLES
from registry.desk import Desk
from registry.persons import protections
from registry.persons.protections import SHIELD
from registry.persons.sealed import ID_NUMBER
from registry.persons.tables import Person, PersonVersion
from registry.settings import today
from registry.slips import rules
from registry.slips.find import still_held
from registry.slips.schemas import Action, Answer, SlipDetailOut, SlipEventOut, SlipOut, SlipSideOut, SlipState
from registry.slips.store import events_of, sides_of, word_of
from registry.slips.tables import Slip, SlipEvent, SlipSide
from registry.times import NOW, standing

_SIDE = (
    "county", "area", "person_id", "coverage_id", "programme", "form", "since", "answer", "stop_from", "answered_on",
)  # fmt: skip


@dataclass(frozen=True)
class Viewer:
    """What slips are shown with: when, which sides are the reader's, who is who, and who is not told of."""

    caller: Caller
    ring: KeyRing
    day: date
    revealed: bool
    own: frozenset[str]  # ids of sides
    names: Mapping[str, str]  # of places
    people: Mapping[str, PersonVersion]
    hidden: frozenset[str]  # persons
    held: frozenset[str]  # periods that still run


def show(desk: Desk, slips: Sequence[Slip], *, revealed: bool = False) -> list[SlipOut]:
    """Slips as this caller may read them."""
    sides = sides_of(desk.session, [one.slip_id for one in slips])
    viewer = _viewer(desk, slips, [side for some in sides.values() for side in some], revealed=revealed)
    return [_slip(viewer, slip, sides[slip.slip_id]) for slip in slips]


def show_one(desk: Desk, slip: Slip, *, revealed: bool = False) -> SlipDetailOut:
    """One with what happened to it."""
    sides = sides_of(desk.session, [slip.slip_id])[slip.slip_id]
    viewer = _viewer(desk, [slip], sides, revealed=revealed)
    events = [_event(viewer, slip, sides, one) for one in events_of(desk.session, slip)]
    return SlipDetailOut(**_slip(viewer, slip, sides).model_dump(), events=events)


def people_of(session: Session, caller: Caller, slips: Sequence[Slip]) -> list[Seen]:
    """Whom these slips tell this caller of: those of its own sides, where they are registered with it too."""
    ids = [one.slip_id for one in slips]
    own = _own(session, caller, ids)
    sides = [side for some in sides_of(session, ids).values() for side in some if side.side_id in own]
    people = _people(session, caller, [side.person_id for side in sides])
    return [Seen(side.person_id, side.area) for side in sides if side.person_id in people]


def number_of(slip: Slip) -> str:
    """As it is written on the paper."""
    return f"协查〔{slip.year}〕{slip.serial}号"


def _own(session: Session, caller: Caller, slip_ids: Sequence[str]) -> frozenset[str]:
    query = select(SlipSide.side_id).where(among(col(SlipSide.slip_id), slip_ids), within(caller, col(SlipSide.area)))
    return frozenset(session.exec(query))


def _viewer(desk: Desk, slips: Sequence[Slip], sides: Sequence[SlipSide], *, revealed: bool) -> Viewer:
    session, day = desk.session, today(desk.settings)
    own = _own(session, desk.caller, [one.slip_id for one in slips])
    places = {one.area for one in slips} | {side.county for side in sides}
    return Viewer(
        caller=desk.caller,
        ring=desk.ring,
        day=day,
        revealed=revealed,
        own=own,
        names=names_of(session, places),
        people=_people(session, desk.caller, [side.person_id for side in sides if side.side_id in own]),
        hidden=frozenset(protections.hidden(session, desk.caller, [side.person_id for side in sides])),
        held=frozenset(still_held(session, [side.coverage_id for side in sides], day)),
    )


def _people(session: Session, caller: Caller, ids: Sequence[str]) -> dict[str, PersonVersion]:
    """Each of these persons as whoever remained of it is registered in the caller's area."""
    pairs = select(Person.person_id, Person.survivor_id).where(among(col(Person.person_id), ids))
    remained = {who: survivor or who for who, survivor in session.exec(pairs)}
    versions = select(PersonVersion).where(
        among(col(PersonVersion.person_id), sorted(set(remained.values()))),
        *standing(PersonVersion, NOW),
        within(caller, col(PersonVersion.area)),
    )
    found = {row.person_id: row for row in session.exec(versions)}
    return {who: found[one] for who, one in remained.items() if one in found}


def _slip(viewer: Viewer, slip: Slip, sides: Sequence[SlipSide]) -> SlipOut:
    waits = any(side.side_id in viewer.own and side.answer not in rules.SAID for side in sides)
    return SlipOut(
        slip_id=slip.slip_id,
        number=number_of(slip),
        area=slip.area,
        area_name=viewer.names.get(slip.area, slip.area),
        state=cast(SlipState, slip.state),
        state_label=rules.STATES[slip.state],
        issued_on=slip.issued_on,
        due_on=slip.due_on,
        overdue=slip.state == rules.OPEN and slip.due_on < viewer.day,
        waits_for_us=slip.state == rules.OPEN and waits,
        settled_on=slip.settled_on,
        settled_by=cast(Any, slip.settled_by),
        keeps_name=_county_name(viewer, sides, slip.keeps),
        fulfilled=_fulfilled(viewer, slip, sides),
        sides=[_side(viewer, slip, sides, side) for side in sides],
        version=slip.version,
    )


def _county_name(viewer: Viewer, sides: Sequence[SlipSide], county: str | None) -> str | None:
    """What a county of the slip is called; another's than the reader's is not named where somebody is protected."""
    if county is None:
        return None
    mine = any(side.county == county and side.side_id in viewer.own for side in sides)
    return viewer.names.get(county, county) if mine or not _protected(viewer, sides) else SHIELD


def _protected(viewer: Viewer, sides: Sequence[SlipSide]) -> bool:
    return any(side.person_id in viewer.hidden for side in sides)


def _fulfilled(viewer: Viewer, slip: Slip, sides: Sequence[SlipSide]) -> bool | None:
    """Whether those who are to stop have: their periods are followed, whatever was said."""
    if slip.state != rules.SETTLED or slip.keeps is None:
        return None
    return not any(side.coverage_id in viewer.held for side in sides if side.county != slip.keeps)


def _side(viewer: Viewer, slip: Slip, sides: Sequence[SlipSide], side: SlipSide) -> SlipSideOut:
    own, protected = side.side_id in viewer.own, _protected(viewer, sides)
    if own:
        told = {name: getattr(side, name) for name in _SIDE} | _who(viewer, side, protected=protected)
        told["county"] = side.county if covers(viewer.caller.area, side.county) else None
    else:
        told = dict.fromkeys((*_SIDE, "name", "id_number"))
        if not protected:
            told |= {"programme": side.programme, "since": side.since}
            if slip.state != rules.OPEN:
                told |= {"answer": side.answer, "stop_from": side.stop_from}
    return SlipSideOut(
        own=own,
        county_name=_county_name(viewer, sides, side.county),
        programme_label=TITLES.get(told["programme"] or ""),
        answer_label=rules.ANSWERS.get(told["answer"] or ""),
        **told,
    )


def _who(viewer: Viewer, side: SlipSide, *, protected: bool) -> dict[str, str | None]:
    if protected:
        return {"name": SHIELD, "id_number": None}
    row = viewer.people.get(side.person_id)
    if row is None:  # supported here and registered elsewhere
        return {"name": None, "id_number": None, "person_id": None}
    number = None if row.id_number_sealed is None else viewer.ring.decrypt(row.id_number_sealed, ID_NUMBER)
    if viewer.revealed:
        return {"name": row.name, "id_number": number}
    return {"name": mask_name(row.name), "id_number": mask_number(number)}


def _event(viewer: Viewer, slip: Slip, sides: Sequence[SlipSide], event: SlipEvent) -> SlipEventOut:
    mine = any(side.county == event.county and side.side_id in viewer.own for side in sides)
    answer = event.code if mine or slip.state != rules.OPEN else None
    told = mine or event.action != "answer"
    word = word_of(viewer.ring, event) if told and not _protected(viewer, sides) else None
    return SlipEventOut(
        at=event.at,
        action=cast(Action, event.action),
        action_label=rules.ACTIONS[event.action],
        county_name=_county_name(viewer, sides, event.county),
        answer=cast(Answer | None, answer),
        answer_label=rules.ANSWERS.get(answer or ""),
        state_after=cast(SlipState, event.state_after),
        word=word if viewer.revealed else mask_in_text(word),
    )
