"""委托照料落实记录: whether what was agreed is done (A1)."""

from registry.registers.declaring import (
    Doubt,
    Due,
    Reason,
    Register,
    choice,
    date_of,
    day,
    needed_where,
    not_before,
    person,
    text,
    words,
    yes_no,
)

HOW = {"visit": "入户", "phone": "电话", "video": "视频"}
DONE = {"fulfilled": "落实", "partly": "部分落实", "not": "未落实"}
NEXT = Reason("visit-due", "应再次走访查看", "to be visited again")

REGISTER = Register(
    id="care-visit",
    title="委托照料落实记录",
    about="person",
    duty="A1",
    citation="民办函〔2020〕21号：检查“签订委托照料服务协议以及委托照料服务落实情况”",
    fields=(
        person("beneficiary", "特困人员", needed=True, also=("供养对象", "对象")),
        day("visited_on", "查看日期", needed=True, also=("走访日期",)),
        choice("how", "查看方式", HOW, needed=True, also=("走访方式",)),
        text("visitor", "查看人", needed=True, also=("走访人",)),
        yes_no("carer_present", "照料人是否在场"),
        choice("done", "落实情况", DONE, needed=True),
        words("findings", "存在问题", also=("问题",)),
        day("next_on", "下次查看日期"),
    ),
    key=("beneficiary", "visited_on"),
    subject="beneficiary",
    begins="visited_on",
    rules=(
        not_before("next_on", "visited_on", "下次查看日期早于本次", "the next visit comes before this one"),
        needed_where(
            "findings",
            "未完全落实的须写明存在问题",
            "what is wrong is to be said",
            lambda values: values.get("done") in {"partly", "not"},
        ),
    ),
    due=Due(NEXT, lambda values, _: date_of(values, "next_on")),
    doubts=(
        Doubt(
            Reason("care-not-done", "委托照料未落实", "the care agreed on is not given"),
            lambda values, _: values.get("done") == "not",
        ),
    ),
)
