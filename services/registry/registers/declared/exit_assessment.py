"""退出返贫风险评估: what awaits whoever leaves assistance without being able to work (E4)."""

from registry.registers.declared.codes import PROGRAMMES
from registry.registers.declaring import (
    Doubt,
    Field,
    Kind,
    Reason,
    Register,
    choice,
    day,
    needed_where,
    not_before,
    person,
    text,
    words,
)

LABOUR = {"lost": "完全丧失劳动能力", "partly": "部分丧失劳动能力", "able": "有劳动能力"}
RISKS = {"none": "无返贫风险", "low": "风险较低", "high": "风险较高"}

REGISTER = Register(
    id="exit-assessment",
    title="退出返贫风险评估登记簿",
    about="person",
    duty="E4",
    citation="吉林省民政厅实施意见（2020-04-01）：“对完全或者部分丧失劳动能力的贫困人口，必须全面评估退出后的返贫风险”",
    fields=(
        person("beneficiary", "保障对象", needed=True, also=("对象",)),
        choice("programme", "拟退出类别", PROGRAMMES, needed=True, also=("救助类别",)),
        choice("labour", "劳动能力", LABOUR, needed=True),
        day("assessed_on", "评估日期", needed=True),
        text("assessor", "评估人", needed=True),
        Field("income", "退出后年人均收入", Kind.MONEY, needed=True, also=("年人均收入",)),
        choice("risk", "返贫风险", RISKS, needed=True, also=("风险",)),
        words("conclusion", "评估结论", needed=True, also=("结论",)),
        words("measures", "后续措施", also=("帮扶措施",)),
        day("exit_on", "拟退出日期"),
    ),
    key=("beneficiary", "assessed_on"),
    subject="beneficiary",
    begins="assessed_on",
    rules=(
        needed_where(
            "measures",
            "风险较高的须写明后续措施",
            "what is done about a high risk",
            lambda values: values.get("risk") == "high",
        ),
        not_before("exit_on", "assessed_on", "评估须在退出之前", "the assessment comes before the exit"),
    ),
    doubts=(
        Doubt(
            Reason("exit-at-risk", "丧失劳动能力且返贫风险较高，不宜退出", "an exit at high risk"),
            lambda values, _: values.get("risk") == "high" and values.get("labour") in {"lost", "partly"},
        ),
    ),
)
