"""Slips by county: how many each was put, answered by when, what it answered, and what it still owes."""

from sqlalchemy import select
from sqlmodel import col

from registry.slips import rules
from registry.slips.tables import Slip, SlipSide
from registry.statistics.ground import AREA, NAME, Figures, Span, Statistic, count, share
from registry.statistics.sums import Tally

_COLUMNS = (
    count("received", "本期收到协查函"), count("due", "本期应答复"), count("in_time", "其中按期答复"),
    share("in_time_share", "按期答复率"), count("keeps", "本期答复继续保障"), count("stops", "本期答复停发"),
    count("waiting", "待答复"), count("overdue", "超期未答复"), count("disputed", "意见不一待裁定"),
)  # fmt: skip


def _slips(ground: Span) -> Figures:
    tally = Tally(_COLUMNS, {"in_time_share": ("in_time", "due")})
    query = select(Slip, SlipSide).join(SlipSide, col(SlipSide.slip_id) == col(Slip.slip_id))
    for slip, side in ground.session.execute(query.where(ground.inside(col(SlipSide.area)))):
        tally.add(ground.unit(side.area), **_of(ground, slip, side))
    return tally.figures(ground)


def _of(ground: Span, slip: Slip, side: SlipSide) -> dict[str, int]:
    answered, day = side.answered_on, ground.day
    # A slip that ceased unanswered asks nobody any more, nor does one that was decided.
    over = slip.settled_on is not None and slip.settled_on <= day
    waits = slip.issued_on <= day and not over and (answered is None or answered > day)
    due = ground.holds(slip.due_on)
    return {
        "received": int(ground.holds(slip.issued_on)),
        "due": int(due and (slip.state != rules.CEASED or answered is not None)),
        "in_time": int(due and answered is not None and answered <= slip.due_on),
        "keeps": int(ground.holds(answered) and side.answer == rules.KEEPS),
        "stops": int(ground.holds(answered) and side.answer == rules.STOPS),
        "waiting": int(waits),
        "overdue": int(waits and slip.due_on < day),
        "disputed": int(slip.state == rules.DISPUTED),
    }


SLIPS = Statistic(
    "slips",
    "跨县协查",
    "按协查函所涉保障的下一级区划统计，一份协查函对每个所涉县各计一次。本期收到：发出日期在统计期内；应答复：答复期限"
    "落在统计期内，未答复而重复已消除的不计；按期答复：第一次作出明确答复（“核实中”不算）不晚于期限；待答复、超期未答"
    "复：统计日的情况；意见不一为当前数，不随统计日变化。",
    (AREA, NAME, *_COLUMNS),
    _slips,
    asks=("as_of", "since"),
)
