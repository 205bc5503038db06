"""Standards, yearly figures and rules: what each kind is called, in which unit people write it, and what its findings
rest on."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import NamedTuple


class Kind(NamedTuple):
    """A kind of standard: its title, the unit it is written in, and how much of the registry's unit one of it is."""

    title: str
    unit: str
    of_one: int = 100


MONTHLY, YEARLY, SUM, SHARE = "元/月", "元/年", "元", "%"
KINDS: Mapping[str, Kind] = {
    "dibao-urban": Kind("城市低保标准", MONTHLY),
    "dibao-rural": Kind("农村低保标准", MONTHLY),
    "tekun-living-urban": Kind("城市特困人员基本生活标准", MONTHLY),
    "tekun-living-rural": Kind("农村特困人员基本生活标准", MONTHLY),
    "care-full": Kind("特困照料护理标准（全自理）", MONTHLY),
    "care-partial": Kind("特困照料护理标准（部分丧失自理能力）", MONTHLY),
    "care-none": Kind("特困照料护理标准（完全丧失自理能力）", MONTHLY),
    "consumption-urban": Kind("城镇居民年人均消费支出", YEARLY),
    "consumption-rural": Kind("农村居民年人均消费支出", YEARLY),
    "income-urban": Kind("城镇居民年人均可支配收入", YEARLY),
    "income-rural": Kind("农村居民年人均可支配收入", YEARLY),
    "ratio-urban-lower": Kind("城市低保标准占比指导区间下限", SHARE),
    "ratio-urban-low-part": Kind("城市低保标准占比低位上界", SHARE),
    "ratio-urban-upper": Kind("城市低保标准占比指导区间上限", SHARE),
    "ratio-rural-lower": Kind("农村低保标准占比指导区间下限", SHARE),
    "ratio-rural-low-part": Kind("农村低保标准占比低位上界", SHARE),
    "ratio-rural-upper": Kind("农村低保标准占比指导区间上限", SHARE),
    "amount-step": Kind("补助金额取整单位", SUM),
    "phase-out-factor": Kind("渐退收入上限占低保标准", SHARE),
    "phase-out-months-least": Kind("渐退期最短月数", "月", 1),
    "phase-out-months-most": Kind("渐退期最长月数", "月", 1),
    "aid-emergency-township": Kind("急难型临时救助乡镇审批限额", SUM),
    "aid-expense-township": Kind("支出型临时救助乡镇审批限额", SUM),
}
GROUPS: Mapping[str, str] = {"standard": "救助标准", "figure": "年度数据", "rule": "规则"}
RULES: Mapping[str, str] = {
    "E12": "按上年度人均消费支出的占比调整",
    "E13": "低位的适度提高，高位的不降低",
    "E14": "特困标准和照料护理标准的规定",
}
ROW_FAULTS: Mapping[str, str] = {"unreadable": "读不出来", "repeated": "与前面的行重复"}


def group_of(kind: str) -> str:
    """`standard` that is paid, `figure` of a year, or `rule`."""
    if kind.startswith(("dibao", "tekun", "care")):
        return "standard"
    return "figure" if KINDS[kind].unit == YEARLY else "rule"


def value_text(kind: str, value: int) -> str:
    """`480 元/月`, `37.5%`."""
    known = KINDS[kind]
    told = f"{Decimal(value) / known.of_one:,f}" if known.of_one > 1 else f"{value:,}"
    return f"{told}%" if known.unit == SHARE else f"{told} {known.unit}"


def read_value(kind: str, told: str) -> int | None:
    """What was typed in the registry's unit; None where it is no such number."""
    try:
        value = Decimal(told.replace(",", "").replace("，", "")) * KINDS[kind].of_one
    except InvalidOperation:
        return None
    return int(value) if value.is_finite() and value > 0 and value == value.to_integral_value() else None


def share_text(basis_points: int | None) -> str:
    """`37.50%`."""
    return "—" if basis_points is None else f"{basis_points / 100:.2f}%"
