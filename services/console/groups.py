"""The ten groups of figures of the board: which numbers each has, and whose statistics they are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from console.figures import Missing, Table, Told, summed
from console.headlines import Asked, Headline, headline


@dataclass(frozen=True)
class Group:
    """One group: its number and title, its figures, and which lists lie behind it (query of the ledger's page)."""

    number: int
    title: str
    figures: tuple[Asked, ...]
    behind: str | None = None

    @property
    def statistics(self) -> list[tuple[str, str]]:
        """(service, name) of what it is made of, each once."""
        return list(dict.fromkeys((one.service, one.name) for one in self.figures))


def _of(service: str, name: str, *figures: tuple[Any, ...]) -> tuple[Asked, ...]:
    return tuple(Asked(title, service, name, figure, *more) for title, figure, *more in figures)


GROUPS = (
    Group(1, "低收入人口", _of(
        "registry", "categories", ("六类合计", "persons", "人", ("households", " 户")),
        ("占户籍人口", "per_thousand", "", ("", "户籍人口 ", "registered", " 人")),
    )),
    Group(2, "保障与资金", _of(
        "registry", "support",
        ("在保", "persons", "人", ("households", " 户")),
        ("整户保", "whole", "人", ("", "单人保 ", "single", " 人")),
        ("本期新增", "new", "人"), ("本期停止", "stopped", "人"), ("应发", "due_fen"),
        ("发放成功", "paid_fen", "", ("", "清册 ", "listed_fen", "")),
        ("退回", "returned", "笔", ("returned_fen", "")),
    )),
    Group(3, "疑似漏保存量", _of(
        "matcher", "coverage-gap", ("现存", "people", "人", ("households", " 户")), ("必访", "visit", "人"),
        ("电话核实", "phone", "人"), ("观察", "watch", "人"),
    ) + _of(
        "registry", "ledger",
        ("台账", "open", "件在办", ("", "开立 ", "opened", " ＝ 办结 ", "closed", " ＋ 在办 ", "open", "")),
    ), "area"),
    Group(4, "重点对象在保率", _of(
        "matcher", "risk-groups", ("在保率", "covered_share", "", ("covered", " 人在保，共 ", "people", " 人")),
        ("未保", "uncovered", "人"),
    ) + _of("matcher", "disability-coverage", ("残疾人在保率", "covered_share", "", ("", "持证 ", "people", " 人")))),
    Group(5, "核查及时", _of(
        "registry", "verification",
        ("按期核查率", "in_time_share", "", ("in_time", " 人，应核查 ", "due", " 人")),
        ("入户率", "visited_share", "", ("visited", " 人，本期核查 ", "reported", " 人")),
        ("未见到本人", "not_met", "人", ("not_met_share", "")),
    ), "area"),
    Group(6, "核定到首次发放", _of(
        "registry", "first-pay",
        ("本期首次发放", "paid", "人", ("", "本期核定符合 ", "verified", " 人")),
        ("累计发放率", "paid_share", "", ("paid_ever", " 人，核定符合 ", "verified_ever", " 人")),
        ("线索到首次发放", "days", "", ("", "中位数", "", "")),
    )),
    Group(7, "错保核查与追回", _of(
        "registry", "wrong-support",
        ("本期属实", "proven", "人", ("", "不属实 ", "unproven", " 人")), ("本期停发", "stopped", "人"),
        ("多发", "overpaid_fen", "", ("months", " 个月，", "claims", " 户（人）")),
        ("已追回", "recovered_fen", "", ("", "追回率 ", "recovered_share", "")), ("尚未追回", "outstanding_fen"),
    ) + _of("matcher", "wrong-coverage", ("疑似错保存量", "people", "人", ("households", " 户")))),
    Group(8, "临时救助", _of(
        "registry", "temporary-aid", ("救助", "times", "次", ("people", " 人")), ("金额", "fen"),
        ("按时限先行救助", "met_share", "", ("met", " 件按时，", "broken", " 件超时")),
    ) + _of(
        "registry", "reserve-funds",
        ("备用金结存", "closing_fen", "", ("funds", " 个备用金")), ("备用金支出", "paid_fen", "", ("payments", " 笔")),
    )),
    Group(9, "信访与整改", _of(
        "registry", "petitions", ("信访件", "received", "件", ("", "每千名在保对象 ", "per_thousand", "")),
        ("重复信访", "repeats", "件"), ("本期办结", "closed", "件", ("", "超期 ", "overdue", " 件")),
        ("整改未销号", "problems_open", "件", ("", "本期新增 ", "problems", " 件，销号 ", "problems_closed", " 件")),
        ("反弹", "relapsed", "件"),
    )),
    Group(10, "数据供给", _of(
        "matcher", "supply", ("按时供给", "on_time_share", "", ("on_time", " 个按时，约定 ", "agreed", " 个")),
        ("关联率", "matched_share", "", ("", "记录 ", "records", " 条")), ("待复核", "doubts", "条"),
        ("更正答复率", "answered_share", "", ("answered", " 条已答复，请求 ", "corrections", " 条")),
    ) + _of(
        "matcher", "double-coverage", ("跨县重复保障", "two_counties", "人", ("", "重复保障共 ", "people", " 人")),
    )),
)  # fmt: skip

_AT = {name: group.number for group in GROUPS for _, name in group.statistics}
BESIDE = {"timeliness": 5}  # drawn in a group that has no figure of it


def anchor_of(name: str) -> str:
    """The place on the board where a statistic is drawn; none where it has none of its own."""
    number = _AT.get(name) or BESIDE.get(name)
    return f"#g{number}" if number else ""


@dataclass(frozen=True)
class Shown:
    """A group with its figures as they are shown, and the statistics they rest on."""

    group: Group
    figures: list[Headline]
    rests_on: list[Told]


def shown_groups(now: Mapping[str, Told], before: Mapping[str, Told]) -> list[Shown]:
    """All of which anything was asked, in order."""
    found = []
    for group in GROUPS:
        figures = [headline(one, now, before) for one in group.figures if one.name in now]
        rests_on = [now[name] for _, name in group.statistics if name in now]
        if figures:
            found.append(Shown(group, figures, rests_on))
    return found


def by_word(told: Told, word: str, columns: Sequence[str]) -> list[list[str]]:
    """A statistic of divisions and words by the word alone: a line for each, its sums as people read them."""
    if isinstance(told, Missing):
        return []
    sums = {column: summed(told, word, column) for column in columns}
    kinds = {one.name: one.kind for one in told.columns}
    return [
        [name, *(_cell(told, sums[column][name], kinds[column]) for column in columns)] for name in sums[columns[0]]
    ]


def _cell(told: Table, value: float | None, kind: str) -> str:
    return told.as_text(value, kind)
