"""What a visit can come to, as data: 01-18 for people who may have been missed, W1-W5 for support that may be wrong,
P1-P5 for doubts about how it is paid out, kept or filed.

No outcome makes or ends coverage. A code says what must be stated with it, whether a second person has to confirm,
and what the item waits for then: nothing more (`settled`), the next civil affairs import (`in-progress`), or another
visit (`revisit`).
"""

import calendar
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Literal, Protocol

from registry.coverage.rules import COVERING

Kind = Literal["missed", "wrong", "doubt"]
After = Literal["settled", "in-progress", "revisit"]
MISSED: Kind = "missed"
WRONG: Kind = "wrong"
DOUBT: Kind = "doubt"
KIND_TITLES: dict[str, str] = {MISSED: "疑似漏保", WRONG: "疑似错保", DOUBT: "疑点复核"}
# What a screen is about (the matcher's word with each hit) → which codes answer it. What is neither about wrong support
# nor about money, custody or care asks whether somebody goes without: 01-18.
ANSWERED_BY: dict[str, Kind] = {
    "wrongly-covered": WRONG,
    "payment": DOUBT,
    "conduct": DOUBT,
    "review": WRONG,
    "care": DOUBT,
}

# Whoever applied for one programme and was granted a stronger one is not uncovered either.
_DIBAO_TEKUN = COVERING
_MARGIN = COVERING | {"dibao-margin"}
_RIGID = _MARGIN | {"rigid-expenditure"}


@dataclass(frozen=True)
class OutcomeCode:
    """One code and everything that hangs on it.

    `required` are fields of OutcomeIn, `with_money` further ones where a screen about payments found it; `forms` are
    the ways of support it may name (empty: none is asked for); `programmes` are those whose appearance in an import
    closes the item (missed); `suppress_months` is how long the same lead stays away without new facts (None: until
    facts change); `label` is what the answer teaches the matcher; `correction` says that the agency's row was wrong and
    is to be told; `sampled` answers nobody else confirms are re-checked by sample; `decision_days` names the setting
    with the working days until the import should show it.
    """

    code: str
    title: str
    kinds: tuple[Kind, ...]
    after: After
    required: tuple[str, ...] = ()
    forms: tuple[str, ...] = ()
    second_person: bool = False
    programmes: frozenset[str] = frozenset()
    suppress_months: int | None = None
    label: Literal["match", "no-match", "dead", "absent", "alive"] | None = None
    correction: bool = False
    decision_days: Literal["decision_working_days", "stop_working_days"] | None = None
    with_money: tuple[str, ...] = ()

    @property
    def sampled(self) -> bool:
        """Settled on one person's word: the county re-checks a sample."""
        return self.after == "settled" and not self.second_person


_M: tuple[Kind, ...] = (MISSED,)
_W: tuple[Kind, ...] = (WRONG,)
_D: tuple[Kind, ...] = (DOUBT,)
_ANY: tuple[Kind, ...] = (MISSED, WRONG, DOUBT)

_CODES = (
    OutcomeCode("01", "已在保(系统未匹配)", _M, "settled", label="match"),
    OutcomeCode(
        "02", "符合低保", _M, "in-progress", ("form",), ("household", "single"), second_person=True,
        programmes=_DIBAO_TEKUN, decision_days="decision_working_days",
    ),
    OutcomeCode(
        "03", "符合特困", _M, "in-progress", (), ("institution", "home"), second_person=True,
        programmes=_DIBAO_TEKUN, decision_days="decision_working_days",
    ),
    OutcomeCode(
        "04", "符合低保边缘", _M, "in-progress", second_person=True, programmes=_MARGIN,
        decision_days="decision_working_days",
    ),
    OutcomeCode(
        "05", "符合刚性支出困难", _M, "in-progress", second_person=True, programmes=_RIGID,
        decision_days="decision_working_days",
    ),
    OutcomeCode("06", "给予临时救助", _M, "settled", second_person=True, suppress_months=6),
    OutcomeCode("07", "转介", _M, "settled", ("refer_to",), second_person=True, suppress_months=6),
    OutcomeCode("08", "暂无困难，持续监测", _M, "settled", suppress_months=3),
    OutcomeCode("09", "不符合条件", _M, "settled", ("reason",), suppress_months=12),
    OutcomeCode("10", "死亡", _M, "settled", ("died_on",), label="dead"),
    OutcomeCode("11", "户籍迁出或查无此人", _M, "settled", label="absent", correction=True),
    OutcomeCode("12", "身份不符", _M, "settled", label="no-match", correction=True),
    OutcomeCode("13", "本人拒绝", _M, "settled", suppress_months=12),
    OutcomeCode("14", "重复线索", _ANY, "settled", ("duplicate_of",), label="match"),
    OutcomeCode("15", "外出，未见到本人(再访)", _ANY, "revisit"),
    OutcomeCode("16", "在外县已享受", _M, "settled", suppress_months=12),
    OutcomeCode("17", "已在申请", _M, "in-progress", programmes=_RIGID, decision_days="decision_working_days"),
    OutcomeCode("18", "其他困难人员", _M, "settled", suppress_months=12),
    OutcomeCode(
        "W1", "属实，停发", _W, "in-progress", ("stop_from",), second_person=True, decision_days="stop_working_days"
    ),
    OutcomeCode(
        "W2", "属实，整户核减或换户主", _W, "in-progress", ("stop_from",), second_person=True,
        decision_days="stop_working_days",
    ),
    OutcomeCode("W3", "已停(数据滞后)", _W, "settled"),
    OutcomeCode("W4", "不属实(在世或未迁)", _W, "settled", label="alive", correction=True),
    OutcomeCode("W5", "合理维持", _W, "settled", suppress_months=12),
    OutcomeCode(
        "P1", "属实，已纠正", _D, "settled", ("note",), with_money=("paid_month", "overpaid_fen"), second_person=True
    ),
    OutcomeCode(
        "P2", "属实，追回", _D, "settled", ("paid_month", "overpaid_fen", "recovered_fen"), second_person=True
    ),
    OutcomeCode("P3", "核实合理", _D, "settled", ("note",)),
    OutcomeCode("P4", "台账或备案有误，已更正", _D, "settled", ("note",)),
    OutcomeCode("P5", "属实，移送", _D, "settled", ("refer_to", "note"), second_person=True),
)  # fmt: skip
OUTCOMES: dict[str, OutcomeCode] = {one.code: one for one in _CODES}
# After these the next import must not show the support any more.
STOPPING = frozenset({"W1", "W2", "W3"})


MONEY = "payment"  # what a screen about payments is told to be about


def kinds_of(hits: Iterable[str]) -> list[Kind]:
    """By which kinds of codes what screens found may be answered, the gravest first: whoever goes without comes before
    money that is wrongly paid, and that before a doubt."""
    found = {ANSWERED_BY.get(one, MISSED) for one in hits}
    return [kind for kind in (MISSED, WRONG, DOUBT) if kind in found]


class Found(Protocol):
    """An item, as far as its kinds go."""

    kind: str
    about: list[str] | None


def kinds_of_item(item: Found) -> list[Kind]:
    """Whose codes answer an item; of one nothing more is known of, those of its kind."""
    return kinds_of(item.about) if item.about else [kind for kind in (MISSED, WRONG, DOUBT) if kind == item.kind]


def months_after(day: date, months: int) -> date:
    """The same day so many months later; the month's last day where it has no such day."""
    month = day.month - 1 + months
    year, month = day.year + month // 12, month % 12 + 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def suppress_until(code: str, settled_on: date) -> date | None:
    """Until when a lead settled that way stays away without new facts; None: until facts change."""
    months = OUTCOMES[code].suppress_months
    return None if months is None else months_after(settled_on, months)
