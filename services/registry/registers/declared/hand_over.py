"""移送: what was handed over to the discipline inspection or the police; then only few see it (L21)."""

from registry.registers.declaring import (
    Doubt,
    Field,
    Kind,
    Reason,
    Register,
    choice,
    day,
    needed_with,
    not_before,
    text,
    words,
)

TO = {"discipline": "纪检监察机关", "police": "公安机关", "other": "其他机关"}

REGISTER = Register(
    id="hand-over",
    title="问题线索移送登记簿",
    about="case",
    duty="L21",
    citation="泾民发〔2021〕32号：“涉嫌违法违纪…移送纪检监察”；“涉黑涉恶问题线索，及时移送”",
    fields=(
        Field("case", "台账事项编号", Kind.CASE, needed=True, also=("事项编号",), width=38),
        choice("to", "移送机关类别", TO, needed=True, also=("移送去向",)),
        text("to_unit", "接收单位", needed=True, also=("移送单位",)),
        day("handed_on", "移送日期", needed=True),
        text("handed_by", "移送人", needed=True, also=("经办人",)),
        words("matter", "移送事项", needed=True, secret=True, also=("线索内容",)),
        text("receipt", "回执编号", also=("回执",)),
        day("receipt_on", "回执日期"),
    ),
    key=("case", "to_unit", "handed_on"),
    begins="handed_on",
    rules=(
        not_before("receipt_on", "handed_on", "回执日期早于移送日期", "the receipt comes before the hand-over"),
        needed_with("receipt_on", "receipt", "有回执的须写明回执日期", "the day of the receipt"),
    ),
    doubts=(
        Doubt(
            Reason("receipt-missing", "移送后没有回执", "handed over without a receipt"),
            lambda values, _: values.get("receipt") is None,
        ),
    ),
    scope="registers:handed-over",
)
