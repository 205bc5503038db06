"""What the last screening by a day counted: groups at risk, cards, double cover."""

from collections.abc import Callable

from sqlmodel import col, select

from matcher.leads.tables import Screening
from matcher.statistics import at_risk
from matcher.statistics.at_risk import Screened
from matcher.statistics.figure import AREA, Figures, Statistic
from matcher.statistics.ground import Ground


def _of_the_day(count: Callable[[Screened, Ground], Figures]) -> Callable[[Ground], Figures]:
    def build(ground: Ground) -> Figures:
        query = select(Screening).where(col(Screening.as_of) <= ground.day).order_by(col(Screening.id).desc()).limit(1)
        last = ground.session.scalars(query).first()
        return count(last.figures if last is not None else {}, ground)

    return build


GROUPS = Statistic(
    "risk-groups",
    "重点对象在保率",
    at_risk.GROUPS_DEFINITION,
    (*AREA, *at_risk.GROUP_MEASURES),
    _of_the_day(at_risk.groups),
    asks=("as_of",),
)
CARDS = Statistic(
    "disability-coverage",
    "残疾人在保情况",
    at_risk.CARDS_DEFINITION,
    at_risk.CARD_MEASURES,
    _of_the_day(at_risk.cards),
    asks=("as_of",),
)
DOUBLES = Statistic(
    "double-coverage",
    "重复保障",
    at_risk.DOUBLES_DEFINITION,
    (*AREA, *at_risk.DOUBLE_MEASURES),
    _of_the_day(at_risk.doubles),
    asks=("as_of",),
)
