"""The kinds of standard: what each is called and counted in. The figures themselves are dated data, never constants.

A kind that counts basis points is a share or a factor: 3500 are 35 %, 15000 are 1.5 times.
"""

from dataclasses import dataclass
from typing import Literal

Unit = Literal["fen-per-month", "fen-per-year", "fen", "basis-points", "months"]
Group = Literal["standard", "figure", "rule"]


@dataclass(frozen=True)
class Kind:
    """What staff call it, its unit, and whether it is a standard paid, a yearly figure or a rule."""

    zh: str
    unit: Unit
    group: Group


KINDS: dict[str, Kind] = {
    "dibao-urban": Kind("城市低保标准", "fen-per-month", "standard"),
    "dibao-rural": Kind("农村低保标准", "fen-per-month", "standard"),
    "tekun-living-urban": Kind("城市特困人员基本生活标准", "fen-per-month", "standard"),
    "tekun-living-rural": Kind("农村特困人员基本生活标准", "fen-per-month", "standard"),
    "care-full": Kind("特困照料护理标准（全自理）", "fen-per-month", "standard"),
    "care-partial": Kind("特困照料护理标准（部分丧失自理能力）", "fen-per-month", "standard"),
    "care-none": Kind("特困照料护理标准（完全丧失自理能力）", "fen-per-month", "standard"),
    "consumption-urban": Kind("城镇居民年人均消费支出", "fen-per-year", "figure"),
    "consumption-rural": Kind("农村居民年人均消费支出", "fen-per-year", "figure"),
    "income-urban": Kind("城镇居民年人均可支配收入", "fen-per-year", "figure"),
    "income-rural": Kind("农村居民年人均可支配收入", "fen-per-year", "figure"),
    "ratio-urban-lower": Kind("城市低保标准占比指导区间下限", "basis-points", "rule"),
    "ratio-urban-low-part": Kind("城市低保标准占比低位上界", "basis-points", "rule"),
    "ratio-urban-upper": Kind("城市低保标准占比指导区间上限", "basis-points", "rule"),
    "ratio-rural-lower": Kind("农村低保标准占比指导区间下限", "basis-points", "rule"),
    "ratio-rural-low-part": Kind("农村低保标准占比低位上界", "basis-points", "rule"),
    "ratio-rural-upper": Kind("农村低保标准占比指导区间上限", "basis-points", "rule"),
    "amount-step": Kind("补助金额取整单位", "fen", "rule"),
    "phase-out-factor": Kind("渐退收入上限为低保标准的倍数", "basis-points", "rule"),
    "phase-out-months-least": Kind("渐退期最短月数", "months", "rule"),
    "phase-out-months-most": Kind("渐退期最长月数", "months", "rule"),
    "aid-emergency-township": Kind("急难型临时救助乡镇审批限额", "fen", "rule"),
    "aid-expense-township": Kind("支出型临时救助乡镇审批限额", "fen", "rule"),
}
UNITS: dict[Unit, str] = {
    "fen-per-month": "元/月", "fen-per-year": "元/年", "fen": "元", "basis-points": "%", "months": "月",
}  # fmt: skip
YEARLY = frozenset(name for name, kind in KINDS.items() if kind.unit == "fen-per-year")


def shown(kind: str, value: int) -> str:
    """A value as people write it: yuan, per cent or months."""
    return str(value) if KINDS[kind].unit == "months" else f"{value // 100}.{value % 100:02d}"
