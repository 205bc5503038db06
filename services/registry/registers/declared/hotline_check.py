"""值守抽查: whether somebody answered when the hotline was tried (L22)."""

import re

from registry.registers.declaring import Doubt, Reason, Register, Rule, day, needed_where, phone, text, words, yes_no

_TIME = re.compile(r"^([01]\d|2[0-3]):[0-5]\d$", re.ASCII)

REGISTER = Register(
    id="hotline-check",
    title="热线值守抽查登记簿",
    about="area",
    duty="L22",
    citation="民办函〔2020〕21号：“抽查投诉举报电话值守情况”；“确保工作时间有人值守”",
    fields=(
        phone("hotline", "热线电话", needed=True),
        day("checked_on", "抽查日期", needed=True, also=("日期",)),
        text("checked_at", "抽查时间", needed=True, also=("时间",), width=8),
        yes_no("answered", "是否接听", needed=True, also=("接听",)),
        text("officer", "接听人"),
        words("result", "抽查情况", also=("情况",)),
        text("checker", "抽查人", needed=True),
    ),
    key=("hotline", "checked_on", "checked_at"),
    begins="checked_on",
    rules=(
        Rule(
            "time-expected",
            "checked_at",
            "时间填 09:30 的形式",
            "a time like 09:30",
            lambda values: "checked_at" in values and not _TIME.match(values["checked_at"]),
        ),
        needed_where(
            "result", "无人接听的须写明情况", "what was found", lambda values: values.get("answered") is False
        ),
    ),
    doubts=(
        Doubt(
            Reason("hotline-unanswered", "抽查无人接听", "nobody answered"),
            lambda values, _: values.get("answered") is False,
        ),
    ),
)
