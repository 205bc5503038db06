"""入户核查表: how a household lives and what it needs, person by person where there are several (L2)."""

from datetime import date

from registry.registers.declaring import (
    Doubt,
    Field,
    Kind,
    Reason,
    Register,
    Values,
    choice,
    day,
    needed_where,
    person,
    phone,
    text,
    words,
    yes_no,
)

HOUSING = {"sound": "安全", "poor": "简陋", "unsafe": "危房", "none": "无房"}
HEALTH = {"well": "健康", "chronic": "长期慢性病", "serious": "患有大病", "disabled": "残疾"}
LABOUR = {"full": "正常", "weak": "弱劳动力或半劳动力", "none": "无劳动能力"}
NEEDS = {
    "need_living": "基本生活",
    "need_medical": "医疗",
    "need_education": "教育",
    "need_housing": "住房",
    "need_work": "就业",
    "need_care": "照料护理",
    "need_other": "其他",
}
UNSAFE = Reason("unsafe-house", "住危房或无房，应转住房救助", "the house is unsafe: housing aid")


def _housing_unasked(values: Values, _: date) -> bool:
    return values.get("housing") in {"unsafe", "none"} and not values.get("need_housing")


REGISTER = Register(
    id="visit-form",
    title="入户核查表",
    about="household",
    duty="L2",
    citation="泾民发〔2021〕32号：“逐人逐户摸清…基本生活状况和困难需求”",
    fields=(
        person("visited", "核查对象", needed=True, also=("姓名",)),
        Field("household", "户号", Kind.HOUSEHOLD, also=("家庭编号",)),
        Field("case", "台账事项编号", Kind.CASE, also=("事项编号",), width=38),
        day("visited_on", "入户日期", needed=True),
        text("visitor", "核查人", needed=True),
        Field("members", "家庭人口", Kind.INTEGER, needed=True, least=1),
        Field("income", "家庭月收入", Kind.MONEY),
        Field("spending", "近一年刚性支出", Kind.MONEY),
        choice("housing", "住房状况", HOUSING, needed=True),
        choice("health", "健康状况", HEALTH, needed=True),
        choice("labour", "劳动能力", LABOUR, needed=True),
        *(yes_no(name, f"需求：{title}") for name, title in NEEDS.items()),
        words("needs_told", "需求说明"),
        words("seen", "所见情况", needed=True, also=("生活状况",)),
        phone("phone", "联系电话"),
    ),
    key=("visited", "visited_on"),
    subject="visited",
    begins="visited_on",
    renews=True,
    rules=(
        needed_where(
            "needs_told", "有其他需求的须说明", "which other need", lambda values: values.get("need_other") is True
        ),
    ),
    doubts=(Doubt(UNSAFE, _housing_unasked),),
)
