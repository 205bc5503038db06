"""临时救助登记: the clue, the first aid within its hours, who approved what, and papers completed later (E7, E9)."""

from collections.abc import Hashable
from datetime import date

from registry.coverage.codes import GROUNDS
from registry.registers.declaring import (
    Alike,
    ByStandard,
    Due,
    Field,
    Kind,
    Limit,
    Reason,
    Register,
    Rule,
    Terms,
    Unlinked,
    Values,
    choice,
    date_of,
    day,
    moment,
    needed_where,
    needed_with,
    not_before,
    person,
    text,
    yes_no,
)

TYPES = {"emergency": "急难型", "expense": "支出型"}
CAUSES = {code: words[0] for code, words in GROUNDS.items()}
LEVELS = {"township": "乡镇（街道）", "county": "县级民政部门"}
FORMS = {"cash": "现金", "goods": "实物", "service": "转介服务"}
FUNDS = {"reserve": "乡镇备用金", "county": "县级专户"}
# 乡镇审批限额, by type: kinds of standard, by area and day (registry/standards/kinds.py).
TIERS = {"emergency": "aid-emergency-township", "expense": "aid-expense-township"}
PAPERS = Reason("aid-papers-due", "先行救助后应补办手续", "papers of aid given first are to be completed")
OVER = Reason("aid-over-tier", "金额超过乡镇审批限额，应由县级审批", "more than a township may approve")
AGAIN = Reason("aid-same-cause", "同一事由本年度再次救助", "aided for the same cause in one calendar year")
UNKNOWN = Reason("application-unknown", "所填申请登记编号不存在", "names no application")


def over_tier(values: Values, limit: Limit) -> bool:
    """Whether a township approved more than its tier of that day; where no tier is on record nothing is said."""
    on = date_of(values, "aided_at") or date_of(values, "decided_on")
    if on is None or values.get("approver") != "township":
        return False
    most = limit(TIERS[values["type"]], on)
    return most is not None and values.get("amount", 0) > most


def papers_by(values: Values, terms: Terms) -> date | None:
    """The day by which the papers of aid given first are completed; None where they are, or none was given first."""
    aided = date_of(values, "aided_at")
    if aided is None or not values.get("aid_first") or values.get("papers_on") is not None:
        return None
    return terms.calendar.after(aided, terms.aid_papers_days)


def _same_cause(values: Values) -> Hashable | None:
    """Who, why and in which year; an exception that was reasoned is none of the doubted."""
    aided, who = date_of(values, "aided_at"), values["recipient"]
    if aided is None or values.get("exceptional"):
        return None
    return who.get("id_number") or who.get("person_id"), values["cause"], aided.year


def _aided(values: Values) -> bool:
    return values.get("aided_at") is not None


def _papers_early(values: Values) -> bool:
    papers, aided = date_of(values, "papers_on"), date_of(values, "aided_at")
    return papers is not None and aided is not None and papers < aided


REGISTER = Register(
    id="temporary-aid",
    title="临时救助登记簿",
    about="household",
    duty="E7 E9",
    citation="吉林省民政厅实施意见（2020-04-01）：“细化…临时救助对象范围和类别…急难型和支出型审批权限全部下放到乡镇”；"
    "鲁民函〔2020〕34号：“严格落实急难对象24小时先行救助制度”",
    fields=(
        text("number", "救助编号", needed=True, also=("编号",)),
        person("recipient", "救助对象", needed=True, also=("申请人", "对象")),
        Field("household", "户号", Kind.HOUSEHOLD, also=("家庭编号",)),
        choice("type", "救助类型", TYPES, needed=True, also=("类型",)),
        choice("cause", "致困事由", CAUSES, needed=True, also=("致困原因", "救助事由")),
        moment("clue_at", "线索（申请）时间", needed=True, also=("线索时间", "申请时间", "受理时间")),
        text("clue_from", "线索来源"),
        yes_no("aid_first", "是否先行救助", needed=True, also=("先行救助",)),
        moment("aided_at", "首次救助时间", also=("救助时间", "发放时间")),
        Field("amount", "救助金额", Kind.MONEY, also=("金额",)),
        choice("form", "救助方式", FORMS),
        choice("approver", "审批层级", LEVELS, also=("审批机关",)),
        day("decided_on", "审批日期"),
        choice("fund", "资金来源", FUNDS),
        day("papers_on", "补办手续日期", also=("手续补齐日期",)),
        yes_no("exceptional", "同一事由再次救助属特殊情形", also=("特殊情形",)),
        text("exceptional_why", "特殊情形说明"),
        text("application", "申请登记编号"),
        day("declined_on", "不予救助日期"),
        text("declined_why", "不予救助理由"),
    ),
    key=("number",),
    subject="recipient",
    begins="clue_at",
    rules=(
        not_before("aided_at", "clue_at", "首次救助早于线索", "aided before the clue"),
        Rule("date-unordered", "papers_on", "补办手续早于救助", "papers before the aid", _papers_early),
        needed_where("amount", "已救助的须写明金额", "how much aid was given", _aided),
        needed_where("approver", "已救助的须写明审批层级", "who approved", _aided),
        needed_where(
            "decided_on",
            "非先行救助的须先审批",
            "aid that is not given first is approved before",
            lambda values: _aided(values) and values.get("aid_first") is False,
        ),
        needed_where(
            "exceptional_why",
            "特殊情形须说明",
            "why it is an exception",
            lambda values: values.get("exceptional") is True,
        ),
        needed_with("declined_why", "declined_on", "不予救助的须说明理由", "why no aid is given"),
    ),
    due=Due(PAPERS, papers_by),
    beside=(
        ByStandard(OVER, over_tier),
        Alike(AGAIN, _same_cause),
        Unlinked(UNKNOWN, "application", "application"),
    ),
)
