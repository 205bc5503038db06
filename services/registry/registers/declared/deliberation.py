"""一事一议: a meeting on one hardship that no rule foresaw, and what follows (L24)."""

from registry.registers.declaring import (
    Field,
    Kind,
    Reason,
    Register,
    choice,
    day,
    needed_where,
    needed_with,
    not_before,
    open_until,
    text,
    words,
)

DECISIONS = {"grant": "给予救助", "refer": "转介其他救助", "postpone": "暂缓", "refuse": "不予救助"}
FOLLOW = Reason("follow-up-due", "议定事项应跟进", "what was decided is to be followed up")


REGISTER = Register(
    id="deliberation",
    title="一事一议会议记录",
    about="case",
    duty="L24",
    citation="民函〔2020〕12号：“县级困难群众基本生活保障工作协调机制…个性化特殊困难”",
    fields=(
        Field("case", "台账事项编号", Kind.CASE, needed=True, also=("事项编号",), width=38),
        day("held_on", "会议日期", needed=True),
        text("chair", "主持人", needed=True),
        words("attendees", "参会人员", needed=True, also=("参会人",)),
        words("matter", "议题", needed=True, also=("困难情况",)),
        choice("decision", "议定结果", DECISIONS, needed=True, also=("决定",)),
        words("decided", "议定意见", needed=True, also=("会议决定",)),
        words("follow_up", "后续跟进", also=("跟进事项",)),
        day("follow_up_by", "跟进期限"),
        day("followed_up_on", "跟进完成日期"),
    ),
    key=("case", "held_on"),
    begins="held_on",
    rules=(
        needed_where(
            "follow_up",
            "给予救助或转介的须写明后续跟进",
            "what follows",
            lambda values: values.get("decision") in {"grant", "refer"},
        ),
        needed_with("follow_up_by", "follow_up", "有跟进事项的须写明期限", "until when"),
        not_before("follow_up_by", "held_on", "跟进期限早于会议日期", "due before it was decided"),
    ),
    due=open_until("follow_up_by", "followed_up_on", FOLLOW),
)
