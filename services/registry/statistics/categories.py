"""Low-income people by category: everybody once, at the highest; by the definitions of the area of each."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from sqlalchemy import union
from sqlmodel import col, select

from kit.scope import within
from registry.categories.kinds import SHIPPED
from registry.categories.people import Asker, of_people
from registry.coverage.tables import Coverage
from registry.households.kinds import ASSISTANCE
from registry.households.tables import Household, Membership
from registry.ledger.tables import CaseItem
from registry.persons.merges import survivors
from registry.persons.tables import PersonVersion
from registry.statistics.ground import AREA, NAME, Figures, Ground, Row, Span, Statistic, count, permille, text
from registry.statistics.population import population
from registry.statistics.schemas import StatisticColumnOut
from registry.statistics.sums import thousandths
from registry.times import running, standing

BULK = 500


def _categories(ground: Span) -> Figures:
    areas = _people(ground)
    found = of_people(Asker(ground.session, ground.caller, ground.asked), areas)
    highest: dict[str, tuple[str, str]] = {
        who: (areas[who][: ground.width], reasons[0].category) for who, reasons in found.items() if reasons
    }
    homes = _homes(ground, sorted(highest))
    people = Counter(highest.values())
    doors = Counter(of for of, _ in {(of, homes[who]) for who, of in highest.items() if who in homes})
    divisions, registered = ground.divisions({child for child, _ in people}), population(ground)
    rows: list[Row] = [
        {
            **ground.label(division),
            "category": code,
            "category_name": one.title,
            "persons": people[child, code],
            "households": doors[child, code],
            "registered": registered.by_unit.get(child),
            "per_thousand": thousandths(people[child, code], registered.by_unit.get(child)),
        }
        for child, division in divisions.items()
        for code, one in SHIPPED.items()
    ]
    whole = registered.whole(list(divisions))
    total: Row = {
        "persons": len(highest),
        "households": len({homes[who] for who in highest if who in homes}),
        "registered": whole,
        "per_thousand": thousandths(len(highest), whole),
    }
    return Figures(rows, total)


def _homes(ground: Span, people: Sequence[str]) -> dict[str, str]:
    """Whose household each is of on the day: one of assistance first, then by id."""
    found: dict[str, tuple[bool, str]] = {}
    for start in range(0, len(people), BULK):
        query = (
            select(Membership.person_id, Household.kind, Household.household_id)
            .join(Household, col(Household.household_id) == col(Membership.household_id))
            .where(
                col(Membership.person_id).in_(people[start : start + BULK]),
                *standing(Membership, ground.asked),
                within(ground.caller, col(Household.area)),
            )
        )
        for who, kind, home in ground.session.execute(query):
            one = (kind != ASSISTANCE, home)
            found[who] = min(one, found.get(who, one))
    return {who: home for who, (_, home) in found.items()}


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
    "统计日各类低收入人口的人数，按下一级区划（户籍）和类别，每人只计一次，计入最高一类。各类依据什么认定、先后次序如"
    "何，按本人户籍所在区划当日有效的定义，停发的仍计；名称列用国办发〔2023〕39号的称谓。户数：这些"
    "人当日所在的家庭（先低保等救助家庭，再其他），同一户有几类人的每类各计一次，合计去重；没有家庭的不计户。千分比＝"
    "人数÷户籍人口×1000，户籍人口取“户籍人口登记簿”中统计日以前最近的一次，没有登记的为空。",
    (AREA, NAME, text("category", "类别代码"), text("category_name", "类别"), count("persons", "人数"),
     count("households", "户数"), StatisticColumnOut(name="registered", title="户籍人口", kind="number"),
     permille("per_thousand", "占户籍人口")),
    _categories,
    asks=("as_of", "known_at"),
)  # fmt: skip
