"""Who is covered: persons and households by division and programme on the day."""

from sqlalchemy import func, or_, select
from sqlmodel import col

from registry.coverage.rules import COVERING
from registry.coverage.rules import TITLES as TITLE_OF
from registry.coverage.store import is_paid_on
from registry.coverage.tables import Coverage
from registry.persons.merges import survivors
from registry.persons.tables import Person
from registry.statistics.ground import AREA, NAME, Figures, Ground, Row, Statistic, count, text
from registry.times import running

TITLES = {programme: title for programme, title in TITLE_OF.items() if programme in COVERING}


def _coverage(ground: Ground) -> Figures:
    if ground.known_at is not None:
        return _as_known(ground)
    # A merged person's coverage counts for the one it turned out to be.
    person = func.coalesce(Person.survivor_id, Person.person_id)
    persons, households = func.count(person.distinct()), func.count(col(Coverage.household_id).distinct())
    held = (
        ground.inside(col(Coverage.area)),
        col(Coverage.superseded_at).is_(None),
        col(Coverage.programme).in_(sorted(COVERING)),
        col(Coverage.start) <= ground.day,
        or_(col(Coverage.end).is_(None), col(Coverage.end) >= ground.day),
        is_paid_on(ground.day),
        col(Person.person_id) == col(Coverage.person_id),
    )
    child = ground.child(col(Coverage.area))
    query = select(child, col(Coverage.programme), persons, households).where(*held)
    counted = {
        (code, programme): {"persons": people, "households": homes}
        for code, programme, people, homes in ground.session.execute(query.group_by("child", col(Coverage.programme)))
    }
    nobody = {"persons": 0, "households": 0}
    rows = [
        {
            **ground.label(division),
            "programme": programme,
            "programme_name": title,
            **counted.get((code, programme), nobody),
        }
        for code, division in ground.divisions(code for code, _ in counted).items()
        for programme, title in TITLES.items()
    ]
    people, homes = ground.session.execute(select(persons, households).where(*held)).one()
    return Figures(rows, {"persons": people, "households": homes})


def _as_known(ground: Ground) -> Figures:
    """By the knowledge of a moment: who was whom was known otherwise too, so people are counted one by one."""
    query = select(
        col(Coverage.area), col(Coverage.programme), col(Coverage.person_id), col(Coverage.household_id)
    ).where(
        ground.inside(col(Coverage.area)),
        col(Coverage.programme).in_(sorted(COVERING)),
        *running(Coverage, ground.asked),
        is_paid_on(ground.day, ground.asked),
    )
    rows = ground.session.execute(query).all()
    gone = survivors(ground.session, sorted({person for _, _, person, _ in rows}), ground.asked)
    people: dict[tuple[str, str], set[str]] = {}
    homes: dict[tuple[str, str], set[str]] = {}
    for area, programme, person, home in rows:
        key = (area[: ground.width], programme)
        people.setdefault(key, set()).add(gone.get(person, person))
        homes.setdefault(key, set()).update({home} if home is not None else set())
    told: list[Row] = [
        {
            **ground.label(division),
            "programme": programme,
            "programme_name": title,
            "persons": len(people.get((code, programme), ())),
            "households": len(homes.get((code, programme), ())),
        }
        for code, division in ground.divisions({code for code, _ in people}).items()
        for programme, title in TITLES.items()
    ]
    total: Row = {"persons": len(set().union(*people.values())), "households": len(set().union(*homes.values()))}
    return Figures(told, total)


COVERAGE = Statistic(
    "coverage",
    "在保情况",
    "统计日在保的人数和户数，按下一级区划和救助类别。在保：低保（整户、单人）或特困，起保日不晚于统计日且停保月未过；"
    "低保边缘、刚性支出、临时救助和统计日停发的不算。区划以保障记录为准；户数只计有户号的家庭。合计按人去重。",
    (AREA, NAME, text("programme", "类别代码"), text("programme_name", "救助类别"),
     count("persons", "在保人数"), count("households", "在保户数")),
    _coverage,
    asks=("as_of", "known_at"),
)  # fmt: skip
