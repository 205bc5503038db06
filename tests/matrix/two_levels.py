"""A slip in each area, put to it and to another county, and one about somebody supported here who lives next door; and
of each area a lead that the prefecture matched."""

from datetime import date
from typing import TYPE_CHECKING

from sqlalchemy import update
from sqlmodel import Session, col

from kit.columns import new_id, now
from kit.database import transaction
from registry.ledger.tables import CaseItem
from registry.slips.tables import Slip, SlipEvent, SlipSide
from tests.matrix.people import Planted

if TYPE_CHECKING:
    from tests.matrix.registry_world import RegistryWorld

PREFECTURE = "640400000000"


def plant_two_levels(world: "RegistryWorld") -> None:
    """Issued by the prefecture; the other county's side is about the person planted there."""
    with transaction(world.house.database) as session:
        for serial, one in enumerate(world.planted.values(), start=1):
            other = world.planted["own" if one.place == "abroad" else "abroad"]
            there = other if one.place != "abroad" else None
            one.keep(slip=_put(session, world, serial, [(one, one.values["person"]), (there, other.values["person"])]))
        own, beside, abroad = (world.planted[place] for place in ("own", "sibling", "abroad"))
        sides: list[tuple[Planted | None, str]] = [(own, beside.values["person"]), (abroad, abroad.values["person"])]
        own.keep(slip_of_stranger=_put(session, world, 99, sides))
        decided = [one.values["item_decided"] for one in world.planted.values()]
        session.execute(update(CaseItem).where(col(CaseItem.item_id).in_(decided)).values(origin="prefecture"))


def _put(session: Session, world: "RegistryWorld", serial: int, sides: list[tuple[Planted | None, str]]) -> str:
    """None for a side: a county of which nothing is planted."""
    slip = Slip(
        slip_id=new_id(), area=PREFECTURE, year=2021, serial=serial, key=f"{serial:064}", state="open",
        due_on=date(2021, 6, 22), issued_at=now(), issued_on=date(2021, 6, 1), issued_by="planter",
    )  # fmt: skip
    session.add(slip)
    session.flush()
    for one, person_id in sides:
        area = one.area if one is not None else "640497100201"
        side = SlipSide(
            side_id=new_id(), slip_id=slip.slip_id, area=area, county=f"{area[:6]}000000", person_id=person_id,
            coverage_id=one.values["coverage"] if one is not None else new_id(), programme="dibao-rural",
            since=date(2019, 7, 1),
        )  # fmt: skip
        session.add(side)
        session.add(_answer(world, side, one))
    session.flush()
    return slip.slip_id


def _answer(world: "RegistryWorld", side: SlipSide, one: Planted | None) -> SlipEvent:
    """What that county said, and a word that names its person."""
    event_id, said = new_id(), f"{one.name}在本地居住" if one is not None else "在他处居住"
    return SlipEvent(
        event_id=event_id, slip_id=side.slip_id, at=now(), actor="planter", action="answer", county=side.county,
        code="verifying", state_after="open", word_sealed=world.house.ring.encrypt(said, f"slip.word.{event_id}"),
    )  # fmt: skip
