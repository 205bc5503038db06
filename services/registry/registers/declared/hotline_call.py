"""来电登记: what the hotline was told, and what became of it (L22)."""

from datetime import date

from registry.registers.declaring import (
    Due,
    Reason,
    Register,
    Terms,
    Values,
    choice,
    date_of,
    day,
    needed_with,
    not_before,
    person,
    phone,
    text,
    words,
)

KINDS = {"question": "咨询", "help": "求助", "complaint": "投诉", "report": "举报"}
ANSWER = Reason("call-unanswered", "来电应答复未答复", "the call is due and not answered")


def _open_until(values: Values, _: Terms) -> date | None:
    return None if values.get("answered_on") else date_of(values, "answer_by")


REGISTER = Register(
    id="hotline-call",
    title="热线来电登记簿",
    about="person",
    duty="L22",
    citation="民办函〔2020〕21号：“抽查投诉举报电话值守情况”",
    fields=(
        text("number", "来电编号", needed=True, also=("编号",)),
        day("called_on", "来电日期", needed=True, also=("日期",)),
        text("called_at", "来电时间", also=("时间",), width=8),
        person("caller", "来电人", numbered=False),
        phone("caller_phone", "来电号码", also=("联系电话",)),
        choice("kind", "来电类别", KINDS, needed=True, also=("类别",)),
        words("matter", "来电内容", needed=True, also=("反映问题", "内容")),
        text("taken_by", "接听人", needed=True, also=("值守人员",)),
        text("forwarded_to", "转办单位"),
        day("answer_by", "答复期限"),
        day("answered_on", "答复日期"),
        words("answer", "答复情况", also=("办理结果",)),
    ),
    key=("number",),
    subject="caller",
    begins="called_on",
    rules=(
        not_before("answered_on", "called_on", "答复日期早于来电日期", "answered before it was asked"),
        needed_with("answer", "answered_on", "已答复的须写明答复情况", "what was answered"),
    ),
    due=Due(ANSWER, _open_until),
)
