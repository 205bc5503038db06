"""约谈: a township called to account, what it promised, and whether it was done (L15)."""

from registry.registers.declaring import (
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

REASONS = {
    "late": "开展不及时",
    "weak": "成效不明显",
    "petitions": "信访矛盾突出",
    "problems": "问题整改不到位",
    "other": "其他",
}
LEFT = Reason("rectification-due", "约谈后应整改未整改", "what was promised is due")


REGISTER = Register(
    id="interview",
    title="约谈登记簿",
    about="area",
    duty="L15",
    citation="泾民发〔2021〕32号：“对…开展不及时、成效不明显的乡镇将采取通报、约谈”",
    fields=(
        text("unit", "被约谈单位", needed=True, also=("约谈对象",)),
        text("who", "被约谈人", needed=True),
        day("held_on", "约谈日期", needed=True),
        text("held_by", "约谈人", needed=True, also=("主持人",)),
        choice("reason", "约谈原因", REASONS, needed=True, also=("原因",)),
        words("content", "约谈内容", needed=True, also=("内容",)),
        words("commitments", "整改承诺", needed=True, also=("整改要求",)),
        day("rectify_by", "整改期限", needed=True),
        day("rectified_on", "整改完成日期"),
        words("outcome", "整改情况"),
    ),
    key=("unit", "held_on"),
    begins="held_on",
    rules=(
        not_before("rectify_by", "held_on", "整改期限早于约谈日期", "due before it was asked for"),
        not_before("rectified_on", "held_on", "整改完成早于约谈", "done before it was asked for"),
        needed_with("outcome", "rectified_on", "已整改的须写明整改情况", "what was done"),
    ),
    due=open_until("rectify_by", "rectified_on", LEFT),
)
