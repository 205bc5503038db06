"""户籍人口登记: how many people are registered in a division, on which day and by whose word: what a ‰ rests on."""

from registry.registers.declaring import Field, Kind, Register, Rule, Values, day, text


def _more_homes(values: Values) -> bool:
    return int(values.get("households", 0)) > int(values.get("persons", 0))


REGISTER = Register(
    id="population",
    title="户籍人口登记簿",
    about="area",
    duty="L16",
    citation="国办发〔2023〕39号：低收入人口动态监测和分层分类救助（各类人数占户籍人口的千分比要有分母；数取自公安、统计部门）",
    fields=(
        text("place", "区划名称", needed=True, also=("乡镇（街道）", "名称")),
        day("counted_on", "统计截止日", needed=True, also=("截止日期", "统计日期")),
        Field("persons", "户籍人口", Kind.INTEGER, needed=True, least=1, width=10),
        Field("households", "户籍户数", Kind.INTEGER, least=1, width=10),
        text("source", "数据来源", needed=True, also=("来源", "提供部门")),
    ),
    key=("place", "counted_on"),
    begins="counted_on",
    rules=(Rule("more-households", "households", "户数多于人口", "more households than people", _more_homes),),
)
