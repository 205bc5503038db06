"""资金筹集、下达、拨付台账: what comes before a payout, by programme, level and month (A8)."""

from registry.registers.declared.codes import PROGRAMMES
from registry.registers.declaring import Field, Kind, Register, Rule, choice, day, text

STEPS = {"source": "筹集", "allocated": "下达", "disbursed": "拨付", "withdrawn": "收回"}
LEVELS = {"central": "中央", "province": "省级", "prefecture": "市级", "county": "县级", "township": "乡镇级"}

REGISTER = Register(
    id="fund-flow",
    title="救助资金流转台账",
    about="area",
    duty="A8",
    citation="民办函〔2020〕21号：“资金筹集、拨付、发放、使用等各个环节”；“专账管理、专款专用”",
    fields=(
        text("number", "文号（凭证号）", needed=True, also=("文号", "凭证号")),
        choice("step", "环节", STEPS, needed=True),
        choice("level", "资金级次", LEVELS, needed=True, also=("级次",)),
        choice("programme", "救助类别", PROGRAMMES, needed=True, also=("资金用途",)),
        Field("period", "所属年月", Kind.MONTH, needed=True, width=10, also=("年月",)),
        Field("amount", "金额", Kind.MONEY, needed=True),
        day("booked_on", "日期", needed=True),
        text("from_unit", "付出单位"),
        text("to_unit", "收入单位"),
        text("note", "备注"),
    ),
    key=("number", "step", "level", "programme", "period"),
    begins="booked_on",
    rules=(
        Rule(
            "same-unit",
            "to_unit",
            "付出单位与收入单位相同",
            "money does not flow from a unit to itself",
            lambda values: values.get("to_unit") is not None and values.get("to_unit") == values.get("from_unit"),
        ),
    ),
)
