"""Verified in time of what was due, how much of it at the door, and whom nobody met."""

from sqlalchemy import func, select
from sqlmodel import col

from registry.ledger import states
from registry.ledger.tables import Case, CaseItem, Outcome
from registry.statistics.ground import AREA, NAME, Figures, Span, Statistic, count, share
from registry.statistics.sums import Tally

NOT_MET = "15"
VISIT = "visit"
_COLUMNS = (
    count("due", "应核查人数"), count("in_time", "按期核查人数"), share("in_time_share", "按期核查率"),
    count("reported", "本期核查人数"), count("visited", "其中入户"), share("visited_share", "入户率"),
    count("not_met", "未见到本人"), share("not_met_share", "未见到占比"),
)  # fmt: skip
_SHARES = {
    "in_time_share": ("in_time", "due"),
    "visited_share": ("visited", "reported"),
    "not_met_share": ("not_met", "reported"),
}


def _verification(ground: Span) -> Figures:
    found = Tally(_COLUMNS, _SHARES)
    _due(ground, found)
    _reported(ground, found)
    return found.figures(ground)


def _due(ground: Span, found: Tally) -> None:
    """Whose last day fell into the period, and whether the first answer about them came by it."""
    due, first = func.coalesce(col(CaseItem.due_on), col(Case.due_on)), func.min(col(Outcome.reported_on))
    query = (
        select(col(Case.area), due.label("due_on"), first.label("first"))
        .join(Case, col(Case.case_id) == col(CaseItem.case_id))
        .join(Outcome, col(Outcome.item_id) == col(CaseItem.item_id), isouter=True)
        .where(
            ground.inside(col(Case.area)),
            due >= ground.since,
            due <= ground.day,
            func.coalesce(col(CaseItem.closed_reason), "") != states.WITHDRAWN,
        )
        .group_by(col(CaseItem.item_id), col(Case.area), due)
    )
    for area, until, answered in ground.session.execute(query):
        found.add(ground.unit(area), due=1, in_time=int(answered is not None and answered <= until))


def _reported(ground: Span, found: Tally) -> None:
    """Everybody about whom something was reported in the period, by the last that was."""
    query = (
        select(Outcome)
        .where(
            ground.inside(col(Outcome.area)),
            col(Outcome.reported_on) >= ground.since,
            col(Outcome.reported_on) <= ground.day,
        )
        .order_by(col(Outcome.reported_at), col(Outcome.outcome_id))
    )
    last: dict[str, Outcome] = {}
    seen: set[str] = set()
    for one in ground.session.execute(query).scalars():
        last[one.item_id] = one
        seen |= {one.item_id} if one.how == VISIT else set()
    for item, one in last.items():
        found.add(
            ground.unit(one.area), reported=1, visited=int(item in seen), not_met=int(one.code == NOT_MET)
        )  # fmt: skip


VERIFICATION = Statistic(
    "verification",
    "核查及时",
    "按事项所属下一级区划统计人数。应核查：办理期限落在统计期内的对象，线索撤回而关闭的不计；按期核查：其中第一次报告"
    "核查结果不晚于期限的，之后退回补充的不改变。本期核查：统计期内报告过核查结果的对象；入户：其中至少一次为入户核查"
    "；未见到本人：其中期内最后一次结果为“外出，未见到本人”。三项比率分别为按期核查÷应核查、入户÷本期核查、未见到÷本期"
    "核查。",
    (AREA, NAME, *_COLUMNS),
    _verification,
    asks=("as_of", "since"),
)
