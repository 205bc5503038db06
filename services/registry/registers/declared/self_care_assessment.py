"""生活自理能力评估: six items, the grade that follows, and when it is to be done anew (E16)."""

from collections.abc import Mapping
from datetime import date

from registry.registers.declared.codes import SELF_CARE
from registry.registers.declaring import (
    Due,
    Reason,
    Register,
    Rule,
    Terms,
    Values,
    choice,
    date_of,
    day,
    needed_with,
    person,
    text,
    words,
    yes_no,
)

# 特困人员认定办法: met in all six = full; one to three not met = partial; four or more = none.
ITEMS = {
    "eats": "自主吃饭",
    "dresses": "自主穿衣",
    "gets_up": "自主上下床",
    "toilet": "自主如厕",
    "walks": "室内自主行走",
    "washes": "自主洗澡",
}
AGAIN = Reason("reassessment-due", "报告变化后应重新评估", "to be assessed again since a change was reported")


def grade_of(values: Values) -> str | None:
    """The grade of six items; None while one is missing."""
    said = [values.get(name) for name in ITEMS]
    if None in said:
        return None
    unmet = said.count(False)
    return "full" if unmet == 0 else "partial" if unmet <= 3 else "none"


def _derived(values: Values) -> Mapping[str, str]:
    grade = grade_of(values)
    return {} if grade is None else {"grade": grade}


def _again(values: Values, terms: Terms) -> date | None:
    """So many working days after a change was reported that the assessment does not yet know of."""
    told, assessed = date_of(values, "change_reported_on"), date_of(values, "assessed_on")
    if told is None or assessed is None or assessed > told:
        return None
    return terms.calendar.after(told, terms.reassess_days)


REGISTER = Register(
    id="self-care-assessment",
    title="特困人员生活自理能力评估登记簿",
    about="person",
    duty="E16",
    citation="吉林省民政厅实施意见（2020-04-01）：“第三方机构开展复核评估…精准评估特困人员生活自理能力”",
    fields=(
        person("beneficiary", "特困人员", needed=True, also=("对象",)),
        *(yes_no(name, title, needed=True) for name, title in ITEMS.items()),
        choice("grade", "生活自理能力认定类别", SELF_CARE, also=("评估结果", "自理能力")),
        text("assessor", "评估人（机构）", needed=True, also=("评估机构", "评估人")),
        day("assessed_on", "评估日期", needed=True),
        day("change_reported_on", "报告变化日期", also=("变化报告日期",)),
        words("change", "变化情况"),
    ),
    key=("beneficiary",),
    subject="beneficiary",
    begins="assessed_on",
    renews=True,
    derives=("grade",),
    derived=_derived,
    rules=(
        Rule(
            "grade-differs",
            "grade",
            "与六项评估不符：全部达到为全自理，一至三项未达到为半失能，四项以上为失能",
            "it does not follow from the six items",
            lambda values: grade_of(values) is not None and values.get("grade") != grade_of(values),
        ),
        needed_with("change", "change_reported_on", "报告变化的须写明变化情况", "what changed"),
    ),
    due=Due(AGAIN, _again),
)
