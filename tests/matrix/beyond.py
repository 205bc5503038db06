"""What is said of the township's person next door, by support, monitoring and visits: it puts nobody of the township
into a category, and of its cases the township is told nothing."""

from datetime import date
from typing import TYPE_CHECKING

from sqlmodel import col, select

from kit.columns import new_id, now
from kit.database import transaction
from registry.coverage.tables import Coverage
from registry.households import write
from registry.provincial.tables import ProvincialPackage
from tests.matrix.two_levels import plant_two_levels
from tests.registry.cases import ACCEPT, lead_of, outcome

if TYPE_CHECKING:
    from tests.matrix.registry_world import RegistryWorld

NATION = "000000000000"


def plant_beyond(world: "RegistryWorld") -> None:
    """The sibling's support in the township's household, its monitored household, its case about the township's."""
    own, there = world.planted["own"], world.planted["sibling"]
    with transaction(world.house.database) as session:
        mine = (col(Coverage.person_id) == own.values["person"], col(Coverage.area) == own.area)
        held = session.exec(select(Coverage).where(*mine).order_by(col(Coverage.row_id))).all()[0].model_dump()
        ids = {"row_id": new_id(), "coverage_id": new_id(), "person_id": there.values["person"], "area": there.area}
        terms = {"programme": "rigid-expenditure", "household_id": own.values["household_id"]}
        session.add(Coverage(**held | ids | terms))
        there.marks.add(ids["coverage_id"])
        since = date(2021, 1, 1)
        values = {"kind": "monitored", "number": "隔壁监测", "area": there.area, "monitored_as": "unstable"}
        watched = write.create(session, {**values, "valid_from": since}).household_id
        write.change_member(session, watched, own.values["person"], write.Place(), since)
        there.marks.add(watched)
    lead = "lead-beyond"
    body = lead_of(lead, area=there.area, household_key="beyond", person_id=own.values["person"], subject_id=new_id())
    case = world.must("PUT", f"/cases/by-lead/{lead}", NATION, "cases:lead", json=body)
    there.marks.add(case["case_id"])
    taken = {"cases": [{"case_id": case["case_id"], **ACCEPT}]}
    world.must("POST", "/cases/accept", there.area, "cases:write", json=taken)
    said = {"outcomes": [outcome("18", lead)]}
    assert world.must("POST", "/cases/outcomes", there.area, "cases:write", json=said)["taken"] == 1
    plant_two_levels(world)
    plant_packages(world)


def plant_packages(world: "RegistryWorld") -> None:
    """A package that left each area for the province."""
    with transaction(world.house.database) as session:
        for one in world.planted.values():
            package = ProvincialPackage(
                package_id=new_id(), layout="low-income-sample", direction="out", sequence=1, area=one.area,
                client_id="planter", sha256="0" * 64, files=[], made_at=now(),
            )  # fmt: skip
            session.add(package)
            one.keep(package=package.package_id)
