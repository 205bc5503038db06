"""家庭经济状况核算: every line of a household's income with its source, counted or not (E17)."""

from registry.registers.declaring import (
    Doubt,
    Field,
    Kind,
    Reason,
    Register,
    choice,
    needed_where,
    person,
    text,
    yes_no,
)

ITEMS = {
    "wages": "工资性收入",
    "business": "经营净收入",
    "property": "财产净收入",
    "transfers": "转移净收入",
    "support": "赡养、抚养、扶养费",
    "other": "其他收入",
}

REGISTER = Register(
    id="income-sheet",
    title="家庭经济状况核算表",
    about="household",
    duty="E17",
    citation="吉林省民政厅实施意见（2020-04-01）：“进一步规范家庭经济状况核算方法”；2024年民政部通知：不得计入“虚拟收入”",
    fields=(
        Field("household", "户号", Kind.HOUSEHOLD, needed=True, also=("家庭编号", "低保证号")),
        person("earner", "家庭成员", numbered=False, needed=True, also=("成员", "收入人")),
        Field("period", "核算年月", Kind.MONTH, needed=True, also=("核算月份",), width=10),
        choice("item", "收入项目", ITEMS, needed=True, also=("项目",)),
        text("source", "收入来源", needed=True, also=("来源", "凭据")),
        Field("amount", "金额", Kind.MONEY, needed=True, also=("月收入",)),
        yes_no("counted", "是否计入", needed=True, also=("计入",)),
        text("why_not", "不计入理由", also=("不计入原因",)),
        yes_no("imputed", "是否推算", needed=True, also=("推算", "是否虚拟收入")),
        text("basis", "推算依据"),
    ),
    key=("household", "earner", "period", "item", "source"),
    subject="earner",
    rules=(
        needed_where(
            "why_not", "不计入的须写明理由", "why it is not counted", lambda values: values.get("counted") is False
        ),
        needed_where(
            "basis",
            "推算的须写明依据，不得虚拟收入",
            "what an imputed amount rests on",
            lambda values: values.get("imputed") is True,
        ),
    ),
    doubts=(
        Doubt(
            Reason("income-imputed", "计入了推算的收入", "an imputed income is counted"),
            lambda values, _: bool(values.get("imputed") and values.get("counted")),
        ),
    ),
)
