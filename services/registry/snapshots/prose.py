"""The month in official prose (L10, L13), from a frozen ledger alone: text and figures cannot differ."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from registry.ledger import states
from registry.ledger.outcome_codes import OUTCOMES
from registry.settings import CHINA
from registry.snapshots.tables import Snapshot

TOWNSHIP = 9  # leading digits
MOST_NAMED = 3  # townships named for what is overdue


def figures_of(row: Snapshot, lines: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """What the text states, from the lines."""
    overdue = Counter(line["area"][:TOWNSHIP].ljust(12, "0") for line in lines if line["overdue"])
    codes = Counter(code for line in lines for code in line["codes"])
    return {
        "opened": row.opened,
        "closed": row.closed,
        "still_open": row.still_open,
        "overdue": row.overdue,
        "opened_this_month": sum(line["opened_on"].startswith(row.month) for line in lines),
        "closed_this_month": sum((line["closed_on"] or "").startswith(row.month) for line in lines),
        "states": dict(Counter(line["state"] for line in lines)),
        "codes": {code: codes[code] for code in OUTCOMES if codes[code]},
        "overdue_by_township": dict(overdue.most_common()),
    }


def text_of(row: Snapshot, figures: Mapping[str, Any], names: Mapping[str, str]) -> tuple[str, str]:
    """Title and text; a percentage only where there is something to take it of."""
    place = names.get(row.area, row.area)
    year, month = row.month[:4], int(row.month[5:])
    title = f"{place}{year}年{month}月低收入人口动态监测核查工作情况报告"
    parts = [
        f"（台账快照 {row.number}，数据截至{last_day_of(row.cut_off):%Y年%m月%d日}）",
        "一、基本情况\n" + _basics(month, figures),
        "二、核查结果\n" + _results(figures),
        "三、存在问题\n" + _problems(figures, names),
        "四、下一步工作\n" + _next(figures),
    ]
    return title, "\n\n".join(parts)


def last_day_of(cut_off: datetime) -> date:
    """The last day the figures speak of, in China: a month that is over is cut off at the first moment of the next."""
    return (cut_off - timedelta(microseconds=1)).astimezone(CHINA).date()


def _basics(month: int, told: Mapping[str, Any]) -> str:
    rate = f"，办结率{told['closed'] / told['opened']:.1%}" if told["opened"] else ""
    return (
        f"截至目前，累计开立核查事项{told['opened']}件，办结{told['closed']}件{rate}，在办{told['still_open']}件"
        f"（开立＝办结＋在办）。{month}月当月新开立{told['opened_this_month']}件，办结{told['closed_this_month']}件。"
    )


def _results(told: Mapping[str, Any]) -> str:
    if not told["codes"]:
        return "本期尚无核查结果。"
    listed = "，".join(f"{OUTCOMES[code].title}{number}人" for code, number in told["codes"].items())
    return f"现行核查结果共{sum(told['codes'].values())}人：{listed}。"


def _problems(told: Mapping[str, Any], names: Mapping[str, str]) -> str:
    if not told["overdue"]:
        return "本期无超期事项。"
    worst = list(told["overdue_by_township"].items())[:MOST_NAMED]
    named = "、".join(f"{names.get(code, code)}（{number}件）" for code, number in worst)
    return f"超期未办事项{told['overdue']}件，主要集中在{named}。"


def _next(told: Mapping[str, Any]) -> str:
    waiting = {state: told["states"].get(state, 0) for state in states.LABELS if state != states.CLOSED}
    listed = "，".join(f"{states.LABELS[state]}{number}件" for state, number in waiting.items() if number)
    if not listed:
        return "继续按月比对、动态监测，做到不漏一户、不落一人。"
    return f"对在办事项（{listed}）逐件明确责任人和时限，按期办结、对账销号，做到不漏一户、不落一人。"
