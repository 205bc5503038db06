"""信访件: complaints and petitions since 2018, under the number of the petition system (L23, A11)."""

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
    needed_where,
    needed_with,
    not_before,
    person,
    phone,
    text,
    words,
)

CLASSES = {"request": "求决", "appeal": "申诉", "accusation": "揭发控告", "advice": "意见建议", "question": "咨询"}
CHANNELS = {"visit": "来访", "letter": "来信", "online": "网上信访", "phone": "来电", "forwarded": "上级转办"}
LATE = Reason("petition-due", "信访件应办结未办结", "the petition is due and not closed")


def _open_until(values: Values, _: Terms) -> date | None:
    return None if values.get("closed_on") else date_of(values, "answer_by")


REGISTER = Register(
    id="petition",
    title="信访件登记簿",
    about="person",
    duty="L23 A11 A12",
    citation="泾民发〔2021〕32号：“全面梳理2018年以来社会救助领域信访件，对其中的重复信访事项建立专门工作台账…分类处置，对账销号”",
    fields=(
        text("number", "信访编号", needed=True, also=("信访件编号", "信访系统编号", "编号"), width=18),
        person("petitioner", "信访人", numbered=False, also=("来访人", "投诉人")),
        phone("petitioner_phone", "信访人电话", also=("联系电话",)),
        words("others", "联名人、代表人", also=("联名人",), secret=True),
        text("accused", "被反映人", secret=True, also=("被举报人",)),
        day("received_on", "收件日期", needed=True, also=("信访日期", "登记日期", "来访日期")),
        choice("channel", "信访渠道", CHANNELS, also=("渠道", "信访形式")),
        choice("class", "信访类别", CLASSES, needed=True, also=("类别", "目的分类")),
        words("matter", "信访事项", needed=True, also=("事项", "反映问题", "主要诉求", "信访内容")),
        text("handled_by", "承办单位", also=("责任单位",)),
        day("answer_by", "办理期限", also=("应办结日期",)),
        day("closed_on", "办结日期"),
        words("closure", "办理结果", also=("处理结果", "办结情况")),
    ),
    key=("number",),
    subject="petitioner",
    begins="received_on",
    rules=(
        needed_where(
            "petitioner",
            "须有信访人；匿名的须有被反映人",
            "somebody petitions, or is accused",
            lambda values: values.get("accused") is None,
        ),
        not_before("closed_on", "received_on", "办结日期早于收件日期", "closed before it was received"),
        not_before("answer_by", "received_on", "办理期限早于收件日期", "due before it was received"),
        needed_with("closure", "closed_on", "已办结的须写明办理结果", "how it was closed"),
    ),
    due=Due(LATE, _open_until),
)
