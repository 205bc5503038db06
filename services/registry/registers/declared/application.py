"""申请登记: who applied for what, how far it is, and whether aid comes first (E8)."""

from datetime import date

from registry.registers.declared.codes import PROGRAMMES
from registry.registers.declaring import (
    Doubt,
    Due,
    Field,
    Kind,
    Reason,
    Register,
    Terms,
    Unlinked,
    Values,
    choice,
    date_of,
    day,
    needed_where,
    needed_with,
    not_before,
    person,
    text,
)

GROUPS = {"policy": "脱贫享受政策人口", "prompt": "即时帮扶人口", "none": "其他"}
STATES = {
    "accepted": "已受理",
    "checking": "审核中",
    "granted": "已同意",
    "refused": "不同意",
    "withdrawn": "已撤回",
}
OPEN = frozenset({"accepted", "checking"})
DECIDED = frozenset({"granted", "refused"})
LATE = Reason("decision-due", "申请应办结未办结", "the application is due and not decided")


def _until(values: Values, terms: Terms) -> date | None:
    applied = date_of(values, "applied_on")
    return terms.calendar.after(applied, terms.decision_days) if applied and values.get("state") in OPEN else None


def _aid_first(values: Values, _: date) -> bool:
    waits = values.get("state") in OPEN and values.get("group") in {"policy", "prompt"}
    return waits and values.get("aid_on") is None and values.get("no_aid_reason") is None


REGISTER = Register(
    id="application",
    title="救助申请登记簿",
    about="household",
    duty="E8",
    citation="鲁民函〔2020〕34号：“对申请低保、特困…的脱贫享受政策人口、即时帮扶人口…可以视情先给予临时救助…再按照规定程序审核”",
    fields=(
        person("applicant", "申请人", needed=True, also=("户主",)),
        Field("household", "户号", Kind.HOUSEHOLD, also=("家庭编号",)),
        choice("programme", "申请类别", PROGRAMMES, needed=True, also=("救助类别",)),
        choice("group", "人员类别", GROUPS, needed=True, also=("申请人类别",)),
        day("applied_on", "申请日期", needed=True),
        choice("state", "办理状态", STATES, needed=True, also=("状态",)),
        day("decided_on", "决定日期"),
        day("aid_on", "先行临时救助日期", also=("临时救助日期",)),
        Field("aid_amount", "临时救助金额", Kind.MONEY),
        text("aid_number", "临时救助编号", also=("救助编号",)),
        text("no_aid_reason", "不先行救助的理由"),
    ),
    key=("applicant", "programme", "applied_on"),
    subject="applicant",
    begins="applied_on",
    rules=(
        needed_where(
            "decided_on",
            "已决定的须写明决定日期",
            "the day of the decision",
            lambda values: values.get("state") in DECIDED,
        ),
        not_before("decided_on", "applied_on", "决定日期早于申请日期", "decided before it was applied for"),
        needed_with("aid_amount", "aid_on", "先行救助的须写明金额", "how much aid was given"),
        needed_with("aid_number", "aid_on", "先行救助的须写明救助编号", "which aid it was"),
    ),
    due=Due(LATE, _until),
    beside=(
        Unlinked(
            Reason("aid-unknown", "所填救助编号没有临时救助登记", "names no temporary aid on record"),
            "aid_number",
            "temporary-aid",
            "number",
        ),
    ),
    doubts=(Doubt(Reason("aid-first", "可先给予临时救助，再按程序审核", "consider temporary aid first"), _aid_first),),
)
