"""Low-income people by category: everybody once, at the highest; by the definitions of the area of each."""

from typing import Any

from sqlalchemy import union
from sqlmodel import col, select

from registry.categories.kinds import SHIPPED
from registry.categories.people import Asker, of_people
from registry.coverage.tables import Coverage
from registry.households.tables import Membership
from registry.ledger.tables import CaseItem
from registry.persons.merges import survivors
from registry.persons.tables import PersonVersion
from registry.times import running, standing
from registry.views.statistics_ground import AREA, NAME, Figures, Ground, Row, Statistic, count, text


def _categories(ground: Ground) -> Figures:
    areas = _people(ground)
    found = of_people(Asker(ground.session, ground.caller, ground.asked), areas)
    counted: dict[tuple[str, str], int] = {}
    for who, reasons in found.items():
        if reasons:
            key = (areas[who][: ground.width], reasons[0].category)
            counted[key] = counted.get(key, 0) + 1
    rows: list[Row] = [
        {
            **ground.label(division),
            "category": code,
            "category_name": one.title,
            "persons": counted.get((child, code), 0),
        }
        for child, division in ground.divisions({child for child, _ in counted}).items()
        for code, one in SHIPPED.items()
    ]
    return Figures(rows, {"persons": sum(counted.values())})


def _people(ground: Ground) -> dict[str, str]:
    """Everybody of the area who could be in one, and where they are registered: who is somebody else is not counted."""
    candidates = union(*(_named(ground, query) for query in _candidates(ground)))
    areas = {str(who): str(area) for who, area in ground.session.execute(candidates)}
    gone = survivors(ground.session, sorted(areas), ground.asked)
    kept = {who: area for who, area in areas.items() if who not in gone}
    missing = set(gone.values()) - set(kept)
    there = select(PersonVersion.person_id, PersonVersion.area).where(
        col(PersonVersion.person_id).in_(sorted(missing)),
        *standing(PersonVersion, ground.asked),
        ground.inside(col(PersonVersion.area)),
    )
    return kept | {str(who): str(area) for who, area in ground.session.execute(there)}


def _candidates(ground: Ground) -> list[Any]:
    reported = select(CaseItem.person_id).where(col(CaseItem.person_id).is_not(None))
    held = select(Coverage.person_id).where(*running(Coverage, ground.asked))
    return [held, select(Membership.person_id).where(*standing(Membership, ground.asked)), reported]


def _named(ground: Ground, ids: Any) -> Any:
    return select(PersonVersion.person_id, PersonVersion.area).where(
        col(PersonVersion.person_id).in_(ids),
        *standing(PersonVersion, ground.asked),
        ground.inside(col(PersonVersion.area)),
    )


CATEGORIES = Statistic(
    "categories",
    "低收入人口类别",
    "统计日各类低收入人口的人数，按下一级区划（户籍）和类别，每人只计一次，计入最高一类。各类依据什么认定、"
    "先后次序如何，按本人户籍所在区划当日有效的定义（见 /categories），停发的仍计；名称列用国办发〔2023〕39号的称谓。",
    (AREA, NAME, text("category", "类别代码"), text("category_name", "类别"), count("persons", "人数")),
    _categories,
    bitemporal=True,
)
