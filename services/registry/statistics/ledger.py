"""How the ledger stands: cases by state, what visits came to, who is late. Opened = closed + open, always (L7)."""

from collections.abc import Iterable

import polars as pl
from polars.datatypes import DataType, DataTypeClass
from sqlalchemy import ColumnElement, and_, case, func, select
from sqlmodel import col

from registry.ledger import states
from registry.ledger.outcome_codes import OUTCOMES as CODES
from registry.ledger.store import overdue_on
from registry.ledger.tables import Case, CaseItem
from registry.settings import today
from registry.statistics.frozen import frozen
from registry.statistics.ground import AREA, NAME, Figures, Ground, Row, Span, Statistic, count, text
from registry.statistics.problems import LedgerNotFrozen
from registry.statistics.schemas import StatisticColumnOut

_COUNTED = ("overdue", "flagged", "reopened")
_NOT_KEPT = ("flagged", "reopened")  # in snapshots


def _number_of(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)


def _ledger(ground: Span) -> Figures:
    return _stands(ground) if ground.day == today(ground.desk.settings) else _was(ground)


def _was(ground: Span) -> Figures:
    """As it was signed; what a snapshot does not keep is empty."""
    past = frozen(ground)
    if past is None:
        raise LedgerNotFrozen(as_of=ground.day.isoformat())
    found: dict[str, Row] = {}
    for line in past.lines:
        state = line["state"]
        stands = {"closed": 1} if state == states.CLOSED else {"open": 1, state: 1}
        row = found.setdefault(ground.unit(line["area"]), _none())
        _add(row, {"opened": 1, **stands, "overdue": int(line["overdue"])})
    total = _none()
    for row in found.values():
        _add(total, row)
    unknown: Row = dict.fromkeys(_NOT_KEPT)
    divisions = ground.divisions(found)
    rows = [{**ground.label(one), **found.get(code, _none()), **unknown} for code, one in divisions.items()]
    return Figures(rows, {**total, **unknown}, past.told)


def _stands(ground: Ground) -> Figures:
    child = ground.child(col(Case.area))
    open_now = col(Case.state) != states.CLOSED
    query = select(
        child,
        col(Case.state),
        func.count(),
        _number_of(overdue_on(ground.day)),
        _number_of(and_(open_now, col(Case.flag).is_not(None))),
        _number_of(col(Case.reopened) > 0),
    ).where(ground.inside(col(Case.area)))
    found: dict[str, Row] = {}
    for code, state, number, *counted in ground.session.execute(query.group_by("child", col(Case.state))):
        row = found.setdefault(code, _none())
        stands = {"closed": number} if state == states.CLOSED else {"open": number, state: number}
        _add(row, {"opened": number, **stands, **dict(zip(_COUNTED, counted, strict=True))})
    total = _none()
    for row in found.values():
        _add(total, row)
    divisions = ground.divisions(found)
    rows = [{**ground.label(division), **found.get(code, _none())} for code, division in divisions.items()]
    return Figures(rows, total)


def _none() -> Row:
    return dict.fromkeys(("opened", "closed", "open", *_STATES, *_COUNTED), 0)


def _add(row: Row, more: Row) -> None:
    for name, number in more.items():
        row[name] = int(row[name] or 0) + int(number or 0)


_STATES = tuple(state for state in states.LABELS if state != states.CLOSED)
LEDGER = Statistic(
    "ledger",
    "台账进度",
    "按事项所属下一级区划统计。开立＝办结＋在办。办结含线索撤回和人工办结；在办按当前状态分列。超期：过签收期限未签收"
    "，或过办理期限（挂起的过挂起期限）未办结。提醒：在办且有提醒（如线索撤回、仍在发放）。重开：曾经重新打开过的事项"
    "。以往月份的为月末数，取自已签发的月度快照（本级的、上级的，或下一级全部签发后相加），提醒、重开不在快照内。",
    (AREA, NAME, count("opened", "开立"), count("closed", "办结"), count("open", "在办"),
     *(count(state, states.LABELS[state]) for state in _STATES),
     count("overdue", "超期"), count("flagged", "提醒"), count("reopened", "重开")),
    _ledger,
    asks=("as_of",),
)  # fmt: skip


def _outcomes(ground: Ground) -> Figures:
    child = ground.child(col(Case.area))
    query = (
        select(child, col(CaseItem.code), func.count())
        .join(Case, col(Case.case_id) == col(CaseItem.case_id))
        .where(ground.inside(col(Case.area)), col(CaseItem.code).is_not(None))
        .group_by("child", col(CaseItem.code))
    )
    counted = {(code, result): number for code, result, number in ground.session.execute(query)}
    whole: dict[str, int] = {}
    for (code, _), number in counted.items():
        whole[code] = whole.get(code, 0) + number
    rows: list[Row] = [
        {
            **ground.label(division),
            "code": result,
            "code_title": CODES[result].title,
            "count": counted[code, result],
            "share": round(counted[code, result] / whole[code], 4),
        }
        for code, division in ground.divisions(whole).items()
        for result in CODES
        if (code, result) in counted
    ]
    return Figures(rows, {"count": sum(counted.values())})


OUTCOMES = Statistic(
    "outcomes",
    "核查结果分布",
    "按事项所属下一级区划和结果代码统计现行核查结果的人数：每名对象只计最后一次有效结果，被退回、重新打开后未再报的不"
    "计。占比为该结果占本区划已有结果人数的比例。",
    (AREA, NAME, text("code", "结果代码"), text("code_title", "核查结果"), count("count", "人数"),
     StatisticColumnOut(name="share", title="占比", kind="share")),
    _outcomes,
)  # fmt: skip


def _timeliness(ground: Ground) -> Figures:
    """One narrow row per case leaves the database; medians are no SQL both databases share."""
    worked_on = func.coalesce(col(CaseItem.closed_reason), "") != states.WITHDRAWN
    settled = (
        select(func.max(col(CaseItem.settled_on)))
        .where(col(CaseItem.case_id) == col(Case.case_id), worked_on)
        .scalar_subquery()
    )
    query = select(
        ground.child(col(Case.area)),
        col(Case.opened_at),
        col(Case.accepted_at),
        col(Case.reported_at),
        col(Case.closed_at),
        col(Case.due_on),
        settled,
        case((col(Case.state) == states.CLOSED, 1), else_=0),
        case((overdue_on(ground.day), 1), else_=0),
    ).where(ground.inside(col(Case.area)))
    moment = pl.Datetime("us", "UTC")
    schema: dict[str, DataType | DataTypeClass] = {
        "child": pl.String, "opened": moment, "accepted": moment, "reported": moment, "shut": moment,
        "due_on": pl.Date, "settled_on": pl.Date, "closed": pl.Boolean, "overdue": pl.Boolean,
    }  # fmt: skip
    cases = _measured(pl.DataFrame(list(map(tuple, ground.session.execute(query))), schema=schema, orient="row"))
    found = {str(row.pop("child")): row for row in cases.group_by("child").agg(_SUMMED).iter_rows(named=True)}
    nothing = pl.DataFrame(schema=cases.schema).select(_SUMMED).row(0, named=True)
    rows = [
        {**ground.label(division), **found.get(code, nothing)} for code, division in ground.divisions(found).items()
    ]
    return Figures(_ranked(rows), cases.select(_SUMMED).row(0, named=True))


def _measured(cases: pl.DataFrame) -> pl.DataFrame:
    """Days between the steps; one its leads left, nothing being settled, is neither early nor late."""

    def days(since: str, until: str) -> pl.Expr:
        return (pl.col(until) - pl.col(since)).dt.total_seconds() / 86400

    worked = pl.col("closed") & pl.col("settled_on").is_not_null()
    in_time = worked & (pl.col("due_on").is_null() | (pl.col("settled_on") <= pl.col("due_on")))
    return cases.with_columns(
        days_to_accept=days("opened", "accepted"),
        days_to_report=days("accepted", "reported"),
        days_to_close=pl.when(worked).then(days("opened", "shut")),
        in_time=in_time,
        late=(worked & ~in_time) | pl.col("overdue"),
    )


_DUE = pl.col("in_time").sum() + pl.col("late").sum()
_SUMMED = [
    pl.len().alias("opened"),
    pl.col("closed").sum().alias("closed"),
    pl.col("overdue").sum().alias("overdue"),
    pl.when(_DUE > 0).then((pl.col("in_time").sum() / _DUE).round(4)).alias("in_time_share"),
    *(pl.col(name).median().round(1) for name in ("days_to_accept", "days_to_report", "days_to_close")),
]


def _ranked(rows: Iterable[Row]) -> list[Row]:
    """Worst first: the smallest share in time, then most overdue, then slowest; without cases last."""

    def badness(row: Row) -> tuple[float, float, float, str]:
        share, slow = row["in_time_share"], row["days_to_close"]
        in_time = float(share) if share is not None else 2.0
        return in_time, -float(row["overdue"] or 0), -float(slow or 0), str(row["area"])

    return [{"rank": place, **row} for place, row in enumerate(sorted(rows, key=badness), start=1)]


def _days(name: str, title: str) -> StatisticColumnOut:
    return StatisticColumnOut(name=name, title=title, kind="days")


TIMELINESS = Statistic(
    "timeliness",
    "办理时效（排名）",
    "按事项所属下一级区划统计，从最差到最好排列：先比按期率，再比超期件数，再比办结用时。"
    "按期率＝按期办结÷（办结＋在办超期）；按期办结指最后一人的办结日不晚于当时的办理期限；线索撤回而关闭的不计。"
    "用时为中位数（天）：开立到签收、签收到首次报告结果、开立到办结。",
    (count("rank", "名次"), AREA, NAME, count("opened", "开立"), count("closed", "办结"), count("overdue", "超期"),
     StatisticColumnOut(name="in_time_share", title="按期率", kind="share"), _days("days_to_accept", "签收用时"),
     _days("days_to_report", "核查用时"), _days("days_to_close", "办结用时")),
    _timeliness,
)  # fmt: skip
