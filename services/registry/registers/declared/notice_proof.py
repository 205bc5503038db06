"""公示留证: what was put up where from when, with the photograph that shows it (A13)."""

from registry.registers.declared.codes import PROGRAMMES
from registry.registers.declaring import (
    Reason,
    Register,
    choice,
    day,
    not_before,
    open_until,
    text,
)

WHAT = {"recipients": "救助对象名单", "review": "审核确认公示", "policy": "政策与标准", "funds": "资金发放"}
DOWN = Reason("notice-to-come-down", "公示期满应撤下", "the notice's time is over")


REGISTER = Register(
    id="notice-proof",
    title="公示留证登记簿",
    about="area",
    duty="A13",
    citation="民办函〔2020〕21号：“公开公示”；“实地查看信息公开公示情况”",
    fields=(
        choice("what", "公示内容", WHAT, needed=True, also=("内容",)),
        choice("programme", "救助类别", PROGRAMMES),
        text("place", "公示地点", needed=True, also=("地点", "公示栏")),
        day("put_up_on", "公示开始日期", needed=True, also=("张贴日期",)),
        day("until", "公示截止日期", needed=True, also=("公示结束日期",)),
        day("taken_down_on", "撤下日期"),
        text("photo", "照片编号", needed=True, also=("照片",)),
        day("photographed_on", "拍照日期", needed=True),
        text("photographed_by", "拍照人", needed=True),
        text("objections", "异议情况"),
    ),
    key=("place", "what", "put_up_on"),
    begins="put_up_on",
    rules=(
        not_before("until", "put_up_on", "公示截止早于开始", "it ends before it begins"),
        not_before("photographed_on", "put_up_on", "拍照早于公示开始", "photographed before it was put up"),
        not_before("taken_down_on", "put_up_on", "撤下早于公示开始", "taken down before it was put up"),
    ),
    due=open_until("until", "taken_down_on", DOWN),
)
