"""问题线索办理: how a clue is handled, 协查 直查 转办 督办, until when, and what came back (L20)."""

from registry.registers.declaring import (
    Field,
    Kind,
    Reason,
    Register,
    choice,
    day,
    needed_with,
    not_before,
    open_until,
    text,
    words,
)

ROUTES = {"assist": "协查协办", "direct": "直查直办", "forward": "转办", "supervise": "督办"}
RESULTS = {"true": "属实", "partly": "部分属实", "untrue": "不属实"}
LATE = Reason("feedback-due", "线索应反馈未反馈", "the feedback on a clue is due")


REGISTER = Register(
    id="clue-route",
    title="问题线索办理台账",
    about="case",
    duty="L20",
    citation="民函〔2020〕12号：“问题线索协查协办、直查直办、重点案件转办督办”",
    fields=(
        Field("case", "台账事项编号", Kind.CASE, needed=True, also=("事项编号",), width=38),
        choice("route", "办理方式", ROUTES, needed=True, also=("办理途径",)),
        text("unit", "承办单位", needed=True),
        text("person", "承办人"),
        day("sent_on", "交办日期", needed=True, also=("转办日期",)),
        day("answer_by", "反馈期限", needed=True, also=("办理期限",)),
        day("answered_on", "反馈日期"),
        choice("result", "查办结果", RESULTS),
        words("answer", "反馈情况", also=("办理情况",)),
        text("receipt", "回执编号"),
    ),
    key=("case", "route", "sent_on"),
    begins="sent_on",
    rules=(
        not_before("answer_by", "sent_on", "反馈期限早于交办日期", "due before it was handed on"),
        not_before("answered_on", "sent_on", "反馈日期早于交办日期", "answered before it was handed on"),
        needed_with("result", "answered_on", "已反馈的须写明查办结果", "what was found"),
        needed_with("answer", "answered_on", "已反馈的须写明情况", "what was answered"),
    ),
    due=open_until("answer_by", "answered_on", LATE),
)
