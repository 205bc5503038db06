"""The figures at the top of the board: one number each, how it moved, of which day, and exactly what it counts."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from console.figures import NOTHING, WITHHELD, Missing, Table, Told, text_of
from console.show import day_text


@dataclass(frozen=True)
class Asked:
    """Which figure: of whose statistic, which column (`part/whole`: a share), its unit, and what stands beside it.

    In `beside` names of columns and words take turns.
    """

    title: str
    service: str
    name: str
    figure: str
    unit: str = ""
    beside: tuple[str, ...] = ()


@dataclass(frozen=True)
class Headline:
    """One figure as it is shown. `moved`: against when, and by how much; empty where nothing can be compared."""

    asked: Asked
    of: Told
    figure: str
    beside: str
    moved: str


GAP = "uncovered_now/at_risk"
FIRST = 4  # of them are what a leader is asked about; the others say how it comes
HEADLINES = (
    Asked("疑似漏保", "matcher", "coverage-gap", "people", "人", ("households", " 户，必访 ", "visit", " 人")),
    Asked("风险人员未在保", "matcher", "funnel", GAP, "", ("uncovered_now", " 人，共 ", "at_risk", " 人")),
    Asked("超期", "registry", "ledger", "overdue", "件", ("", "占在办 ", "overdue/open", "")),
    Asked("疑似错保", "matcher", "wrong-coverage", "people", "人", ("households", " 户；未核实前不得停发")),
    Asked("低收入人口", "registry", "categories", "persons", "人"),
    Asked("在保", "registry", "coverage", "persons", "人", ("households", " 户")),
    Asked("台账在办", "registry", "ledger", "open", "件",
          ("", "开立 ", "opened", " ＝ 办结 ", "closed", " ＋ 在办 ", "open", "")),
    Asked("按期率", "registry", "timeliness", "in_time_share", "", ("", "办结用时中位数 ", "days_to_close", "")),
    Asked("已核查", "matcher", "funnel", "verified/uncovered", "",
          ("verified", " 人，累计疑似漏保 ", "uncovered", " 人")),
    Asked("核查后纳入保障", "matcher", "funnel", "covered/verified", "",
          ("covered", " 人，已核查 ", "verified", " 人")),
)  # fmt: skip


def headlines(now: Mapping[str, Told], before: Mapping[str, Told]) -> list[Headline]:
    """All of them, in the order they are looked at. `before`: what can be asked of the month's end before."""
    return [headline(asked, now, before) for asked in HEADLINES]


def headline(asked: Asked, now: Mapping[str, Told], before: Mapping[str, Told]) -> Headline:
    """One of them."""
    told = now[asked.name]
    if isinstance(told, Missing):
        return Headline(asked, told, NOTHING, "", "")
    moved = _since_last_run(now["runs"]) if asked.figure == GAP else _moved(told, before.get(asked.name), asked)
    beside = "".join(part if at % 2 else _figure(told, part) for at, part in enumerate(asked.beside))
    return Headline(asked, told, _figure(told, asked.figure), beside, moved)


def _figure(told: Table, column: str) -> str:
    if not column:
        return ""
    part, _, whole = column.partition("/")
    if not whole:
        return told.shown(told.total, part)
    if told.is_withheld(told.total):
        return WITHHELD
    above, below = told.whole(part), told.whole(whole)
    return text_of(above / below, "share") if below and above is not None else NOTHING


def _moved(now: Table, before: Told | None, asked: Asked) -> str:
    column = asked.figure
    if not isinstance(before, Table):
        return ""
    if "/" in column or next((one.kind for one in now.columns if one.name == column), "count") != "count":
        return ""
    return _difference(now.whole(column), before.whole(column), before.day, asked.unit)


def _since_last_run(runs: Told) -> str:
    """What the last screening counted against the last one of an earlier day."""
    if isinstance(runs, Missing) or not runs.rows:
        return ""
    last = runs.rows[0]
    before = next((row for row in runs.rows if row["as_of"] < last["as_of"]), None)
    return "" if before is None else _difference(last["uncovered"], before["uncovered"], before["as_of"])


def _difference(now: Any, before: Any, since: str, unit: str = "人") -> str:
    if now is None or before is None:
        return ""
    more = now - before
    sign = "▲ 增加" if more > 0 else "▼ 减少"
    return f"{sign} {abs(more):,} {unit}（比{day_text(since)}）" if more else f"与{day_text(since)}相同"
