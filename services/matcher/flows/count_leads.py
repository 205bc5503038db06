"""The match list in figures: what stands on it, and how far the answers have come."""

from collections.abc import Callable

import polars as pl
from sqlalchemy import and_, func, select
from sqlmodel import col

from matcher.leads.tables import Lead, Screening
from matcher.screens.catalogue import CATALOGUE, looks_for_missed
from matcher.settlements.tables import Settlement
from matcher.statistics import funnel as funnels
from matcher.statistics import runs as screenings
from matcher.statistics.figure import AREA, Figures, Statistic
from matcher.statistics.ground import Ground
from matcher.statistics.stock import LEADS, stock, stock_columns

RUNS = 24
_MISSED = {screen.id: screen.title for screen in CATALOGUE if screen.kind == "uncovered"}
_WRONG = {screen.id: screen.title for screen in CATALOGUE if screen.kind == "wrongly-covered"}
_EVERY = {screen.id: screen.title for screen in CATALOGUE}


def _open(ground: Ground) -> pl.DataFrame:
    """The leads that stand in the area (LEADS)."""
    query = select(col(Lead.area), col(Lead.card), col(Lead.tier), col(Lead.screens))
    found = ground.session.execute(query.where(ground.inside(col(Lead.area)), col(Lead.state) == "open"))
    return pl.DataFrame([tuple(row) for row in found], schema=LEADS, orient="row")


def _stock(screens: dict[str, str]) -> Callable[[Ground], Figures]:
    measures = stock_columns(screens)

    def build(ground: Ground) -> Figures:
        mine = pl.element().is_in(list(screens))
        leads = _open(ground).with_columns(pl.col("screens").list.filter(mine))
        return stock(leads.filter(pl.col("screens").list.len() > 0), ground, measures)

    return build


def _funnel(ground: Ground) -> Figures:
    last = ground.session.scalars(select(Screening).order_by(col(Screening.id).desc()).limit(1)).first()
    return funnels.funnel(_standings(ground), last.figures if last is not None else {}, ground)


def _standings(ground: Ground) -> pl.DataFrame:
    """How many leads stand where (STANDINGS): counted by the database, of each kind as the ledger has it."""
    said = (col(Settlement.kind), col(Settlement.code), col(Settlement.standing), col(Settlement.closed_reason))
    of = (col(Lead.area), col(Lead.state), col(Lead.screens), *said)
    query = (
        select(*of, func.count())
        .join(Settlement, and_(col(Settlement.lead_id) == col(Lead.id)), isouter=True)
        .where(ground.inside(col(Lead.area)))
        .group_by(*of)
    )
    rows = [
        (area, state, _is_missed(kind, screens), code, standing, reason, people)
        for area, state, screens, kind, code, standing, reason, people in ground.session.execute(query)
    ]
    return pl.DataFrame(rows, schema=funnels.STANDINGS, orient="row")


def _is_missed(kind: str | None, screens: list[str]) -> bool:
    if kind is not None:
        return kind == "missed"
    return not screens or any(looks_for_missed(screen) for screen in screens)


def _runs(ground: Ground) -> Figures:
    found = ground.session.scalars(select(Screening).order_by(col(Screening.id).desc()).limit(RUNS)).all()
    return screenings.runs([row.model_dump() for row in found], ground)


COVERAGE_GAP = Statistic(
    "coverage-gap",
    "疑似漏保存量",
    "今日仍在比对清单上的疑似漏保线索，按主办区划。一人一条线索，多项筛查命中只计一人，各筛查之和可大于人数；"
    "户数为线索所在户（同一户卡只计一户，跨下级区划的户在合计中只计一次）。已有核查结论且无新情况的和已撤回的不计。",
    (*AREA, *stock_columns(_MISSED)),
    _stock(_MISSED),
)
WRONG_COVERAGE = Statistic(
    "wrong-coverage",
    "疑似错保存量",
    "今日仍在比对清单上的疑似错保线索（死亡未停保等），按主办区划。一人一条线索；两位以上在保人员都可能是死者的，"
    "一条死亡登记计一条。未核实前不得停发。",
    (*AREA, *stock_columns(_WRONG)),
    _stock(_WRONG),
)
BY_SCREEN = Statistic(
    "by-screen",
    "各筛查项存量",
    "今日仍在比对清单上的全部线索，按主办区划，筛查目录里的每一项一列。一人一条线索，多项筛查命中只计一人，"
    "各筛查之和可大于人数；户数为线索所在户。已有核查结论且无新情况的和已撤回的不计。",
    (*AREA, *stock_columns(_EVERY)),
    _stock(_EVERY),
)
FUNNEL = Statistic("funnel", "从风险到保障", funnels.DEFINITION, (*AREA, *funnels.MEASURES), _funnel)
RUNS_MADE = Statistic("runs", "筛查运行", screenings.DEFINITION, screenings.MEASURES, _runs)
